#!/usr/bin/env python3
"""test_multi_memory.py - under valgrind: a multi gives back what it borrows, on every way a call can go

A few programs of words each on a healthy provider, after a retry, played by another provider, with
everybody down, and left in the middle. In a sanitizer's build the other tests say the same.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from crowds import CROWDS, MAIN_STYLES, in_multi  # noqa: E402
from fake import CLOSE, HANG, RST, Refused, Server  # noqa: E402
from play import VALGRIND, Stage, can_valgrind, expect_equal, main, test  # noqa: E402
from programs import ASK, ASK_STREAM, WITH_NUL  # noqa: E402
from story import CLAUDE  # noqa: E402

Stage.client = "multi"
BUSY = fake.openai_error("503 Service Unavailable")
LATER = fake.openai_error("503 Service Unavailable", "server_error", "Retry-After-Ms: 9000")
HALF = fake.stream(*fake.ANTHROPIC_EVENTS[:3])[:-1] + [CLOSE]
NAMES = ("two handles", "two handles that stream", "handles that are never removed",
         "handles that go before their message is read",
         "a multi that is gone before its messages are read", "bodies that are read, many",
         "a write callback that takes less, among others", "threads with a multi each",
         "another handle performed in a write", "a handle that is duplicated in a write")
# a handle's end in the middle of a call: what the program does then
ENDS = {
    "removed": ("remove",),
    "cleaned up": ("cleanup",),
    "left behind": ("mcleanup", "cleanup"),
    "left behind by the program": ("halt",),
}
MIDDLES = {
    "while it waits": (Server, (LATER,), None),
    "while its provider is asked": (Server, ([HANG],), None),
    "while a stand-in is asked": (Refused, (), [HANG]),
    "while a stand-in streams":
        (Refused, (), fake.stream(*fake.ANTHROPIC_EVENTS[:4])[:-1] + [HANG]),
    "while two are asked at once": (Server, ([HANG],), [HANG], "200ms"),
}


def is_clean(stage, words, own, other, alone=False, hedge="0"):
    """valgrind has nothing to say."""
    can_valgrind(stage.build)
    stage.write("body", WITH_NUL)
    stage.place(A=own, B=Server(other) if other else Refused())
    trace = stage.under(words, tool=VALGRIND,
                        UNDERSTUDY_HEDGE=hedge,
                        **({} if alone else {"UNDERSTUDY_FALLBACKS": CLAUDE}))
    expect_equal(trace.errors, "", "stderr")


def of_program(stage, program, own, other):
    is_clean(stage, program.words, Server(*own) if own else Refused(), other)


def in_the_middle(stage, kind, own, other, hedge, deed):
    words = ("style=epoll", "each=0-1", *ASK_STREAM, "with=1", *ASK, "each=0-1",
             *("later=400:" + word for word in deed), "add", "run")
    is_clean(stage, words, kind(*own), other, other is None, *hedge)


def main_tests():
    chosen = [program for program in CROWDS if program.name in NAMES]
    assert len(chosen) == len(NAMES), "a program that is not there"
    for n, program in enumerate(chosen):
        played = in_multi(program, MAIN_STYLES[n % 2])
        test(f"{program.name}: clean after a failover", played, None, fake.healthy)(of_program)
    for program in chosen[:2]:
        for style in MAIN_STYLES:
            played = in_multi(program, style)
            test(f"{program.name}: clean after a retry ({style})", played,
                 (BUSY, [RST], fake.healthy), fake.healthy)(of_program)
            test(f"{program.name}: clean when nobody serves ({style})", played, (BUSY,),
                 fake.anthropic_error("529 Overloaded"))(of_program)
            test(f"{program.name}: clean when it breaks off ({style})", played, None,
                 HALF)(of_program)
    for when, (kind, own, other, *hedge) in MIDDLES.items():
        for what, deed in ENDS.items():
            test(f"a handle that is {what} {when}: clean", kind, own, other, hedge,
                 deed)(in_the_middle)


main_tests()
main(one_of=3)
