#!/usr/bin/env python3
"""test_easy_memory.py - under valgrind: what is borrowed is given back, on every way a call can go

A few programs of words each on a healthy provider, after a retry, played by another provider, and
with everybody down. In a sanitizer's build the other tests say the same.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from fake import CLOSE, RST, Refused, Server  # noqa: E402
from play import VALGRIND, can_valgrind, expect, expect_equal, main, test  # noqa: E402
from programs import JSON, KEY, POST_STREAM, PROGRAMS, TRACED, URL, WITH_NUL  # noqa: E402

CLAUDE = "anthropic:claude-sonnet-4-5@{B}"
NAMES = ("a read callback with a size", "pause in the first write of a stream",
         "a write callback that takes less", "a duplicate made in a callback",
         "reset within its own callback", "threads", "a child process of a handle")
BUSY = fake.openai_error("503 Service Unavailable")
HALF = fake.stream(*fake.ANTHROPIC_EVENTS[:3])[:-1] + [CLOSE]


def is_clean(stage, program, own, other):
    """As without valgrind, which has nothing to say; `own` None: its port refuses."""
    can_valgrind(stage.build)
    stage.write("body", WITH_NUL)
    stage.place(A=Server(*own) if own else Refused(), B=Server(other))
    trace = stage.under(program.words, tool=VALGRIND, stdin=program.stdin,
                        UNDERSTUDY_FALLBACKS=CLAUDE)
    expect_equal(trace.errors, "", "stderr")


def is_whole_again(stage):
    """Its own provider breaks off, and is sent another body to go on; then the program's once more."""
    can_valgrind(stage.build)
    cut = fake.stream(*fake.OPENAI_EVENTS[:3])[:-1] + [CLOSE]
    rest = fake.stream(*fake.OPENAI_EVENTS[:1], *fake.OPENAI_EVENTS[3:])
    stage.place(A=Server(cut, rest, fake.healthy))
    trace = stage.under((URL, JSON, KEY, "copy" + POST_STREAM, *TRACED, "perform", "perform"),
                        tool=VALGRIND)
    expect_equal(trace.errors, "", "stderr")
    expect_equal(trace.text.count('perform 0 ""'), 2, "calls that went well")
    first, second, again = (r.body for r in stage.servers["A"].requests)
    expect(second != first, "it was not asked to go on")
    expect_equal(again, first, "the body of the next call")


def main_tests():
    test("copied fields, after another body was sent: clean")(is_whole_again)
    for program in (p for p in PROGRAMS if p.name in NAMES):
        test(f"{program.name}: clean after a failover", program, None, fake.healthy)(is_clean)
    for program in PROGRAMS[:2]:
        test(f"{program.name}: clean", program, program.answers, fake.healthy)(is_clean)
        test(f"{program.name}: clean after a retry", program, (BUSY, [RST], *program.answers),
             fake.healthy)(is_clean)
        test(f"{program.name}: clean after a failover", program, None, fake.healthy)(is_clean)
        test(f"{program.name}: clean when nobody serves", program, (BUSY,), BUSY)(is_clean)
    test("a stream: clean when it breaks off", PROGRAMS[1], None, HALF)(is_clean)


main_tests()
main()
