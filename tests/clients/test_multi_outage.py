#!/usr/bin/env python3
"""test_multi_outage.py - a program of the multi interface through its provider's outage

What the tests of the easy interface demand after a retry, from another provider, and when nobody can
serve, is demanded of the same programs in a multi, in a loop that performs and in one that obeys
callbacks; the first of them in all styles of event loop.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from crowds import CROWDS, MAIN_STYLES, MULTI_PROGRAMS, STYLES, in_multi  # noqa: E402
from failures import CHAIN, FAILURES, RARE_WORDS, WORDS, is_its_own_failure  # noqa: E402
from play import Stage, main, test  # noqa: E402
from same import FAULTS, RARE_FAULTS, a_retry_is_not_seen, one_more_request  # noqa: E402
from story import (CLAUDE, DOWN, after_a_fault, to_a_local_server, to_anthropic,  # noqa: E402
                   to_openai)

Stage.client = "multi"


def retries():
    for program in MULTI_PROGRAMS:
        for why, fault in FAULTS.items():
            if program.asks and program.retried and (fault[1] or not program.threads):
                for style in MAIN_STYLES:
                    test(f"{program.name}: the same after {why} ({style})",
                         in_multi(program, style), *fault)(a_retry_is_not_seen)
    for program in MULTI_PROGRAMS[:2]:
        for why, fault in RARE_FAULTS.items():
            for style in MAIN_STYLES:
                test(f"{program.name}: one more request after {why} ({style})",
                     in_multi(program, style), *fault)(one_more_request)
        for style in STYLES:
            for why, fault in FAULTS.items():
                test(f"{program.name}: one more request after {why} ({style})",
                     in_multi(program, style), *fault)(one_more_request)


def failovers():
    for program in MULTI_PROGRAMS:
        if not program.other or not program.asks:
            continue
        for style in MAIN_STYLES:
            played = in_multi(program, style)
            if program.answers == (fake.healthy,):
                test(f"{program.name}: played by Anthropic ({style})", played)(to_anthropic)
                test(f"{program.name}, of Anthropic: played by OpenAI ({style})",
                     played)(to_openai)
            test(f"{program.name}: played by a local server ({style})", played)(to_a_local_server)
    for program in MULTI_PROGRAMS[:2]:
        for style in STYLES:
            for why, answers in DOWN.items():
                test(f"{program.name}: played by Anthropic after {why} ({style})",
                     in_multi(program, style), answers, CLAUDE)(after_a_fault)


def alone(stage, words, answer):
    is_its_own_failure(stage, words, answer)


def with_others_down(stage, words, answer):
    is_its_own_failure(stage, words, answer, UNDERSTUDY_FALLBACKS=CHAIN)


def failures():
    for does, answer in FAILURES.items():
        for who, words in WORDS.items():
            for style in MAIN_STYLES:
                name = f"{who}, its provider {does}"
                test(f"{name} ({style})", ("style=" + style, *words), answer)(alone)
                test(f"{name}, the others are down ({style})", ("style=" + style, *words),
                     answer)(with_others_down)
    for does in ("refuses", "answers 503", "breaks off in the body"):
        for who, words in RARE_WORDS.items():
            for style in MAIN_STYLES:
                test(f"{who}, its provider {does}, the others are down ({style})",
                     ("style=" + style, *words), FAILURES[does])(with_others_down)


def crowds():
    for program in CROWDS:
        for style in MAIN_STYLES:
            played = in_multi(program, style)
            if program.asks and program.retried:
                for why, fault in FAULTS.items():
                    if fault[1] or not program.threads:
                        test(f"{program.name}: the same after {why} ({style})", played,
                             *fault)(a_retry_is_not_seen)
            if program.asks and program.other:
                test(f"{program.name}: played by Anthropic ({style})", played)(to_anthropic)
                test(f"{program.name}: played by a local server ({style})",
                     played)(to_a_local_server)


retries()
failovers()
failures()
crowds()
main(one_of=16)
