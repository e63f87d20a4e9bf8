#!/usr/bin/env python3
"""test_multi.py - a program of the multi interface sees the same with the preload as without

When nothing is wrong: each program is run bare and under the preload, in a loop that performs and in
one that obeys callbacks, and the first of them in all styles; what it prints is compared, and what
its server got. The program itself says where libcurl's documentation does not hold (ODD).
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from crowds import CROWDS, MAIN_STYLES, MULTI_PROGRAMS, STYLES, in_multi  # noqa: E402
from play import Stage, main, test  # noqa: E402
from same import is_the_same  # noqa: E402

Stage.client = "multi"


def main_tests():
    refusal = [*fake.openai_error("503 Service Unavailable"), fake.CLOSE]
    for program in MULTI_PROGRAMS + CROWDS:
        for style in MAIN_STYLES:
            test(f"{program.name}: the same ({style})", in_multi(program, style),
                 program.answers)(is_the_same)
            if not program.asks and style == "epoll":
                test(f"{program.name}: the same of 503 ({style})", in_multi(program, style),
                     (refusal,))(is_the_same)
    for program in MULTI_PROGRAMS[:2] + CROWDS[:6]:
        for style in STYLES:
            if style not in MAIN_STYLES:
                test(f"{program.name}: the same ({style})", in_multi(program, style),
                     program.answers)(is_the_same)


main_tests()
main(one_of=6)
