#!/usr/bin/env python3
"""test_scenarios.py BUILD [--only NAME]... [--bare] - plays the scenarios beside it

    --only NAME   those whose name contains NAME; shows what each run printed
    --bare        without the preload and without judging, to see what a program alone would do

A scenario is a text file: providers and how they fail, settings, an unmodified program with its
real arguments, and what is expected. Its first line is `# NAME.scn - what it shows`. Words are
split as the shell does; lines indented by a tab below a line are its last word; a line that ends in
a backslash goes on. Each scenario has a directory, a state and providers of its own.

    for A,B in 1,2 3,4        plays all once for each value, with {A} and {B} replaced
    needs COMMAND...          skips the scenario where this command fails
    provider NAME [SCRIPT]    a stand-in provider with a script of faults (`understudy mock --help`)
                              and more options of the mock; or a port that is `refusing`
                              connections, `swallowing` them, or `babbling`
    fault NAME SCRIPT         from now on
    set NAME VALUE            in the environment; it has keys of both providers, whose own addresses
                              are dead, and short backoffs
    unset NAME
    file NAME                 with the text below it, in the directory where programs run
    run COMMAND...            under the preload; the expectations below are about this run
    alone COMMAND...          likewise, without the preload
    wait SECONDS              only where time itself is what is shown
    forget                    removes the shared state

{NAME} is a provider's base URL, {NAME.openai} and the like its endpoints, {NAME.host} its
host and port, {dir} the directory, {stdout.size} what the last run printed. In the directory are,
for each dialect, openai.h (headers for `curl -H @openai.h`), openai-answer.json and
openai-stream.json (requests that ask "Are you there?"); of Gemini, whose URLs say the form
({NAME.gemini-answer}, -stream and -array), gemini.h and gemini.json.

    expect exit N
    expect TEXT equals|contains|lacks|matches WORD...
                              TEXT: stdout, stderr, log, file:NAME, or the body (sent:PROVIDER) and
                              head (head:PROVIDER) of its latest request
    expect log tells WORD...  in this order
    expect openai|responses|anthropic|gemini|ollama answer|stream|array [text T | finish F | model M | calls NAME ARGUMENTS...]
                              stdout is a well-formed answer of that dialect, with exactly this
    expect requests PROVIDER N|LOW..HIGH                 that it received in this run
    expect gap PROVIDER LOW..HIGH                        seconds between any two of them
    expect seconds LOW..HIGH
    expect same as bare       stdout, stderr and exit code are those of the same command without us
"""
import argparse
import concurrent.futures
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
import play  # noqa: E402
import script  # noqa: E402
import stage  # noqa: E402

HERE = pathlib.Path(__file__).parent
AT_A_TIME = 4


def perform(build, lines, bare, tell):
    """(what is wrong, why it was skipped)"""
    with tempfile.TemporaryDirectory(prefix="understudy-scn-") as directory:
        try:
            play.Play(build, pathlib.Path(directory), bare, tell).play(lines)
        except play.Failed as e:
            return [str(e)], None
        except play.Skipped as e:
            return [], str(e)
        except script.Wrong as e:
            return [f"the scenario is wrong: {e}"], None
    return [], None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", nargs="?", default="build")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--bare", action="store_true")
    args = parser.parse_args()
    tell = print if args.only or args.bare else None
    tap = stage.Tap()
    skip = stage.why_not(args.build, ["curl", "--version"])
    if skip:
        tap.result("scenarios", skip=skip)
        return tap.end()
    with concurrent.futures.ThreadPoolExecutor(1 if tell else AT_A_TIME) as pool:
        waiting = []
        for path in sorted(HERE.glob("*.scn")):
            if args.only and not any(name in path.stem for name in args.only):
                continue
            scenario = script.read(path)
            for label, lines in scenario.variants():
                name = scenario.name + (f" [{label}]" if label else "")
                job = pool.submit(perform, args.build, lines, args.bare, tell)
                waiting.append((f"{name}: {scenario.title}", job))
        for name, job in waiting:
            why, skip = job.result()
            tap.result(name, why, skip)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
