#!/usr/bin/env python3
"""test_easy.py - an unmodified libcurl program sees the same with the preload as without

Each program of tests/fake/programs.py is run bare and under the preload; what it prints is compared,
and what its server got. Then the same when its provider fails at first (a retry).
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from play import main, test  # noqa: E402
from programs import PROGRAMS  # noqa: E402
from same import (FAULTS, RARE_FAULTS, a_retry_is_not_seen, is_the_same,  # noqa: E402
                  one_more_request)


def main_tests():
    refusal = [*fake.openai_error("503 Service Unavailable"), fake.CLOSE]
    for program in PROGRAMS:
        test(f"{program.name}: the same", program, program.answers)(is_the_same)
        if not program.asks:
            test(f"{program.name}: the same of 503", program, (refusal,))(is_the_same)
    for why, fault in FAULTS.items():
        for program in PROGRAMS:
            if program.asks and program.retried and (fault[1] or not program.threads):
                test(f"{program.name}: the same after {why}", program, *fault)(a_retry_is_not_seen)
    for why, fault in RARE_FAULTS.items():
        for program in PROGRAMS[:2]:
            test(f"{program.name}: one more request after {why}", program,
                 *fault)(one_more_request)


main_tests()
main()
