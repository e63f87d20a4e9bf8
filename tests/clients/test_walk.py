#!/usr/bin/env python3
"""test_walk.py BUILD - random walks over the multi interface, while all providers misbehave

walk.c keeps the books of what libcurl promises. Seeds are fixed, timing is not: a walk that fails
is worth a second one with the same seed.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenario"))
import stage  # noqa: E402

BUILD = pathlib.Path(sys.argv[1]).resolve()
PRIMARY = (
    "503,ok,reset,429:retry-after-ms=20,ok,cut=3,hang-headers,ok,refuse,html,500,ok,error-in-200,"
    "stall=2:ms=3000,truncated,empty,ok,garbage=2,error-after=2,ok"
)
STANDIN = "ok,ok,503,ok,cut=4,ok,reset,ok,stall=3:ms=2000,ok,error-after=2,ok"
MEMCHECK = "valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=9"


def walk(seed, steps, tool, directory):
    """What is broken, in lines."""
    brisk = ("--words", "8", "--token-ms", "2")
    with stage.Provider(BUILD, "openai", PRIMARY, *brisk) as primary, stage.Provider(
        BUILD, "anthropic", STANDIN, *brisk
    ) as standin:
        env = stage.environment(
            BUILD,
            directory,
            LD_PRELOAD=stage.preload(BUILD),
            UNDERSTUDY_FALLBACKS=f"anthropic@{standin.url},local:llama@{standin.url}/v1",
            UNDERSTUDY_FIRST_TOKEN="200ms",
            UNDERSTUDY_ANSWER="300ms",
            UNDERSTUDY_STALL="300ms",
            UNDERSTUDY_BREAKER="20/1s",
        )
        command = [*tool.split(), str(BUILD / "tests/clients/walk")]
        command += [primary.url + stage.PATHS["openai"], str(seed), str(steps)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
        story = standin.new_requests()
    why = re.findall("^broken: .*", done.stdout, re.M)
    if done.returncode:
        why += [f"exit {done.returncode}", done.stderr[-3000:]]
    if not re.search(r"[1-9]\d* of them well", done.stdout):
        why += ["nothing went well: " + done.stdout[-200:]]
    if not story:
        why += ["the stand-in was never asked"]
    return why


def main():
    tap = stage.Tap()
    walks = [(seed, 8000, "") for seed in range(1, 5)]
    if not stage.is_sanitized(BUILD) and shutil.which("valgrind"):
        walks.append((5, 3000, MEMCHECK))
    for seed, steps, tool in walks:
        with tempfile.TemporaryDirectory(prefix="understudy-walk-") as directory:
            name = f"walk {seed}" + (", watched" if tool else "")
            tap.result(name, walk(seed, steps, tool, directory))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
