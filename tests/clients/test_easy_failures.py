#!/usr/bin/env python3
"""test_easy_failures.py - when nobody can serve, a program sees its own provider's failure as it was

Programs of words (tests/clients/easy.c) are run bare on a failing provider, and under the preload
with every stand-in down too: codes, heads, bodies, error texts and libcurl's figures are the same.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from fake import CLOSE, RST, Refused, Server  # noqa: E402
from play import expect, expect_equal, main, test  # noqa: E402
from programs import (ASK, ASK_STREAM, BODY, FACTS, JSON, POST, TRACED, URL,  # noqa: E402
                      WITH_NUL)

CHAIN = "anthropic:claude-sonnet-4-5@{B},local:other@{C}/v1"
PAGE = b"<html><body>Bad gateway</body></html>"
LONG_PAGE = b"<html>" + b"x" * 100000 + b"</html>"
ERROR = b'{"error":{"message":"It broke.","type":"server_error","param":null,"code":null}}'
PART = fake.OPENAI_ANSWER[:100]


def cut(body, kind="application/json"):
    return [fake.head("200 OK", f"Content-Type: {kind}", "Content-Length: 4000") + body, CLOSE]


FAILURES = {
    "refuses": None,
    "resets": [RST],
    "closes at once": [CLOSE],
    "answers 429": fake.openai_error("429 Too Many Requests", "rate_limit", "Retry-After-Ms: 500"),
    "answers 500": fake.openai_error("500 Internal Server Error"),
    "answers 503": fake.openai_error("503 Service Unavailable"),
    "answers 529": fake.openai_error("529 Overloaded", "overloaded_error"),
    "answers 502 with a page": fake.whole(PAGE, "502 Bad Gateway", kind="text/html"),
    "answers 500 with a long page": fake.whole(LONG_PAGE, "500 Oops", kind="text/html"),
    "answers 200 with a page": fake.whole(PAGE, kind="text/html"),
    "answers 200 with an error": fake.whole(ERROR),
    "answers 200 with an error in a stream": fake.stream(b"data: " + ERROR + b"\n\n"),
    "answers 200 with nothing": fake.whole(b""),
    "answers 503 in pieces": fake.chunked(b"{", ERROR[1:], pause=0.01, status="503 No"),
    "answers 503 until it closes": [fake.head("503 No", "Content-Type: text/plain") + b"No.", CLOSE],
    "answers 503 and breaks off":
        [fake.head("503 No", "Content-Length: 400") + b"half of it", CLOSE],
    "breaks off in the head": [b"HTTP/1.1 200 OK\r\nContent-", RST],
    "breaks off in the body": cut(PART),
    "breaks off in a stream": cut(fake.OPENAI_EVENTS[0], "text/event-stream"),
    "says what is not HTTP": [b"SSH-2.0-OpenSSH_9.2p1\r\n", CLOSE],
    "redirects": [fake.head("302 Found", "Location: /elsewhere", "Content-Length: 0")],
    "refuses the key": fake.openai_error("401 Unauthorized", "invalid_request_error"),
    "refuses the request": fake.openai_error("400 Bad Request", "invalid_request_error"),
}
WORDS = {
    "a program": (*ASK, "perform", *FACTS),
    "a streaming program": (*ASK_STREAM, "perform", *FACTS),
    "a program with FAILONERROR": (*ASK, "opt=FAILONERROR=1", "perform", *FACTS),
    "a program with HEADER": (*ASK, "opt=HEADER=1", "perform", *FACTS),
    "a program with both": (*ASK, "opt=HEADER=1", "opt=FAILONERROR=1", "perform", *FACTS),
}
RARE_WORDS = {
    "a program with the defaults": (URL, JSON, POST, "perform"),
    "a program that pauses": (*ASK, "on=w:1:ret=pause", "progress", "unpause=2", "perform"),
    "a program that stops": (*ASK, "on=w:1:ret=short", "perform"),
    "a program that reads its body":
        (URL, JSON, "opt=POST=1", "read=@" + BODY, "piece=9", f"opt=POSTFIELDSIZE={len(WITH_NUL)}",
         *TRACED, "perform"),
    "a program that asks thrice": (*ASK, "perform", "perform", "perform"),
    "a program that asks in a write": (*ASK, "on=w:1:info=RESPONSE_CODE", "on=w:1:gethdr=x-nothing",
                                       "on=w:1:info=CONTENT_LENGTH_DOWNLOAD_T", "perform"),
}


def down(answer):
    return Refused() if answer is None else Server(answer)


def sight(trace):
    """All but how often it connected: that is told of all attempts."""
    return trace.without("NUM_CONNECTS")


def is_its_own_failure(stage, words, answer, **settings):
    stage.write("body", WITH_NUL)
    stage.place(A=down(answer))
    wanted = stage.bare(words)
    stage.place(A=down(answer), B=Server(fake.anthropic_error("529 Overloaded")), C=Refused())
    got = stage.under(words, **settings)
    expect_equal(sight(got), sight(wanted), "the trace")
    expect_equal(got.errors, wanted.errors, "stderr")
    return got, stage.servers


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
