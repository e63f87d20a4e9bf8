#!/usr/bin/env python3
"""test_multi_hedge.py - any program, whose provider is silent, and another has been asked beside it

Programs of the easy and the multi interface see one play: the same happens in the same order as on a
healthy provider, and what is told of the answer fits what they got.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from crowds import CROWDS, MAIN_STYLES, in_multi  # noqa: E402
from fake import HANG, Server  # noqa: E402
from play import main, test  # noqa: E402
from programs import PROGRAMS  # noqa: E402
from story import CLAUDE, steps_in  # noqa: E402


def is_one_play(stage, client, program):
    """Its own provider is silent: whatever it does, another has answered."""
    stage.client = client
    steps_in(stage, program, CLAUDE, Server([HANG]), UNDERSTUDY_HEDGE="80ms")


def any_programs():
    for program in PROGRAMS:
        if program.other and program.asks and program.answers == (fake.healthy,):
            test(f"{program.name}: one play", "easy", program)(is_one_play)
            if "madd" not in program.words:
                for style in MAIN_STYLES:
                    test(f"{program.name}: one play ({style})", "multi",
                         in_multi(program, style))(is_one_play)
    for program in CROWDS:
        if "mopt=MAX_TOTAL_CONNECTIONS=2" in program.words:
            continue  # silent ones hold all that there may be: nobody could be asked beside them
        if program.other and program.asks and program.asks < 32:
            for style in MAIN_STYLES:
                test(f"{program.name}: one play ({style})", "multi",
                     in_multi(program, style))(is_one_play)


any_programs()
main(one_of=6)
