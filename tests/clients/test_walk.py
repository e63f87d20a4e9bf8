#!/usr/bin/env python3
"""test_walk.py BUILD - random walks over the multi interface, while all providers misbehave

walk.c keeps the books of what libcurl promises. Seeds are fixed, timing is not: a walk that fails
is worth a second one with the same seed.
"""
import json
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
SLOW_PRIMARY = (
    "slow=60,ok,slow=40,hang-headers,slow=70,503,slow=60,cut=3,slow=50,stall=2:ms=3000,slow=80,"
    "reset,slow=40"
)
SLOW_STANDIN = "ok,slow=30,ok,slow=60,503,slow=80,ok,reset,slow=40,cut=4,ok,stall=3:ms=2000"
TIMES = 40  # a walk asks often, and a script stays at its end
MEMCHECK = "valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=9"


def walk(seed, steps, tool, scripts, hedge, directory):
    """What is broken, in lines."""
    brisk = ("--words", "8", "--token-ms", "2")
    primary, standin = (",".join([script] * TIMES) for script in scripts)
    with stage.Provider(BUILD, "openai", primary, *brisk) as primary, stage.Provider(
        BUILD, "anthropic", standin, "--compatible", *brisk
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
            UNDERSTUDY_HEDGE=hedge,
            UNDERSTUDY_BUDGET="50" if hedge == "0" else "0",  # failures would use it up
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
    if hedge != "0" and hedges(directory) < 10:
        why += [f"only {hedges(directory)} were asked beside another"]
    return why


def hedges(directory):
    env = {"UNDERSTUDY_STATE": str(pathlib.Path(directory, "page"))}
    command = [str(BUILD / "understudy"), "status", "--json"]
    told = subprocess.run(command, env=env, capture_output=True, text=True, timeout=10)
    return sum(p["hedged"] for p in json.loads(told.stdout)["providers"])


def main():
    tap = stage.Tap()
    plain, hedged = ((PRIMARY, STANDIN), "0"), ((SLOW_PRIMARY, SLOW_STANDIN), "15ms")
    walks = [(seed, 8000, "", plain) for seed in range(1, 4)]
    walks += [(seed, 8000, "", hedged) for seed in range(4, 7)]
    if not stage.is_sanitized(BUILD) and shutil.which("valgrind"):
        walks += [(7, 3000, MEMCHECK, plain), (8, 3000, MEMCHECK, hedged)]
    for seed, steps, tool, how in walks:
        with tempfile.TemporaryDirectory(prefix="understudy-walk-") as directory:
            name = f"walk {seed}" + ", watched" * bool(tool) + ", with hedges" * (how == hedged)
            tap.result(name, walk(seed, steps, tool, *how, directory))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
