#!/usr/bin/env python3
"""test_easy_failures.py - when nobody can serve, a program sees its own provider's failure as it was

Programs of words (tests/clients/easy.c) are run bare on a failing provider, and under the preload
with every stand-in down too: codes, heads, bodies, error texts and libcurl's figures are the same.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
from failures import (CHAIN, FAILURES, RARE_WORDS, WORDS, is_its_own_failure,  # noqa: E402
                      sight)
from play import expect, expect_equal, main, test  # noqa: E402
from programs import ASK  # noqa: E402


def alone(stage, words, answer):
    is_its_own_failure(stage, words, answer)


def in_vain(stage, words, answer):
    is_its_own_failure(stage, words, answer, UNDERSTUDY_FALLBACKS=CHAIN)


def with_others_down(stage, words, answer):
    got, servers = is_its_own_failure(stage, words, answer, UNDERSTUDY_FALLBACKS=CHAIN)
    refused = "HTTP/1.1 4" in got.text and "429" not in got.text or "HTTP/1.1 3" in got.text
    expect(bool(servers["B"].requests) != refused, "the wrong ones were asked")


def connections_are_summed(stage, words, answer):
    """Each attempt's, on whomever."""
    got, servers = is_its_own_failure(stage, (*ASK, "perform", "info=NUM_CONNECTS"), answer,
                                      UNDERSTUDY_FALLBACKS=CHAIN)
    made = sum(servers[name].connections for name in "ABC")
    expect_equal(int(got.get("NUM_CONNECTS")), made, "NUM_CONNECTS")


def asked_after_all(stage, words, answer):
    """A dead provider whose breaker is open is asked when nobody else is left: the program must see
    what it would have seen."""
    is_its_own_failure(stage, ("url={A}/v1/chat/completions", *words[1:]), answer,
                       UNDERSTUDY_FALLBACKS=CHAIN)
    a, b = stage.servers["A"], stage.servers["B"]
    before = len(a.requests), len(b.requests)
    wanted = stage.bare(words)
    got = stage.under(words, UNDERSTUDY_FALLBACKS=CHAIN)
    expect_equal(sight(got), sight(wanted), "the second trace")
    expect_equal(len(a.requests), before[0] + 2 * (answer is not None), "requests to the own one")
    expect_equal(len(b.requests), before[1], "requests to one that has just failed")


def main_tests():
    for does, answer in FAILURES.items():
        for who, words in WORDS.items():
            test(f"{who}, its provider {does}", words, answer)(alone)
            test(f"{who}, its provider {does}, the others are down", words,
                 answer)(with_others_down)
    for does in ("refuses", "answers 503", "answers 200 with an error", "breaks off in the body"):
        for who, words in RARE_WORDS.items():
            test(f"{who}, its provider {does}", words, FAILURES[does])(alone)
            test(f"{who}, its provider {does}, the others are down", words,
                 FAILURES[does])(in_vain)
        test(f"connections are counted: {does}", (), FAILURES[does])(connections_are_summed)
    for does in ("resets", "answers 500", "answers 200 with a page"):
        for who, words in WORDS.items():
            test(f"{who}, its breaker open, its provider {does}", words,
                 FAILURES[does])(asked_after_all)


main_tests()
main()
