"""same.py - judges that a program sees the same with the preload as without, also after a retry"""

import pathlib
import re

import fake
from fake import Server
from play import expect, expect_equal
from programs import WITH_NUL

NOBODY = "local:other@{B}/v1"
CUT = [fake.head("200 OK", "Content-Type: application/json", "Content-Length: 400") + b'{"id":',
       fake.CLOSE]
CUT_STREAM = [fake.head("200 OK", "Content-Type: text/event-stream") + fake.OPENAI_EVENTS[0],
              fake.CLOSE]
IN_BAND = fake.whole(b'{"error":{"message":"overloaded","type":"server_error","code":500}}')
# what a provider does at first, and whether the program's connection outlives it
FAULTS = {
    "503": (fake.openai_error("503 Service Unavailable"), True),
    "a reset": ([fake.RST], False),
}
RARE_FAULTS = {
    "500 with a long page": (fake.whole(b"<html>" + b"x" * 100000, "500 Oops"), True),
    "429 with a time to wait": (fake.openai_error("429 Too Many", "rate_limit", "Retry-After-Ms: 500"),
                                True),
    "529 and a close": ([*fake.openai_error("529 Overloaded"), fake.CLOSE], False),
    "503 in chunks": (fake.chunked(b"{", b'"error":{"message":"no"}}'), True),
    "nothing but a close": ([fake.CLOSE], False),
    "half a head": ([b"HTTP/1.1 200 OK\r\nContent-", fake.RST], False),
    "half a body": (CUT, False),
    "half a stream": (CUT_STREAM, False),
    "an error inside 200": (IN_BAND, True),
    "no body": (fake.whole(b""), True),
}


def requests_of(server):
    """All that was sent; threads may send in any order."""
    sent = sorted(f"{r.head}{r.body!r}" for r in server.requests)
    return re.sub("-{24}[0-9A-Za-z]{16,22}", "BOUNDARY", "\n".join(sent).replace(str(server.port), "PORT"))


def sight(trace, program, connects=True):
    """What the program saw, as far as it is not chance."""
    text = trace.text if connects else trace.without("NUM_CONNECTS", "opens", "closes")
    if not program.loose:
        return text
    return f"{trace.head}\n{trace.body}\n{trace.without('H', 'B', 'N', 'G', 'NUM_CONNECTS')}"


def perform(stage, program, preload, answers, **settings):
    """The trace, and server A, settled."""
    stage.write("body", WITH_NUL)
    for made in ("out", "heads"):
        pathlib.Path(stage.path(made)).unlink(missing_ok=True)
    with Server(*answers) as a:
        stage.servers["A"] = a
        trace = stage.run(program.words, preload, stdin=program.stdin, **settings)
        a.settle()
        return trace, a


def is_the_same(stage, program, answers):
    stage.place(B=Server(fake.healthy))
    wanted, bare = perform(stage, program, False, answers)
    for chain in ({}, {"UNDERSTUDY_FALLBACKS": NOBODY}):
        got, a = perform(stage, program, True, answers, **chain)
        expect_equal(sight(got, program), sight(wanted, program), f"the trace with {chain}")
        expect_equal(requests_of(a), requests_of(bare), "what was sent")
        expect_equal(a.connections, bare.connections, "the number of connections")
        expect_equal(got.errors, wanted.errors, "stderr")
    expect(not stage.servers["B"].connections, "the fallback was asked")


def a_retry_is_not_seen(stage, program, fault, keeps):
    stage.place(B=Server(fake.healthy))
    wanted, bare = perform(stage, program, False, program.answers)
    got, a = perform(stage, program, True, (fault, *program.answers), UNDERSTUDY_FALLBACKS=NOBODY)
    expect_equal(sight(got, program, keeps), sight(wanted, program, keeps), "the trace")
    expect_equal(got.errors, wanted.errors, "stderr")
    expect(not stage.servers["B"].connections, "the fallback was asked")
    return bare, a, got


def one_more_request(stage, program, fault, keeps):
    bare, a, got = a_retry_is_not_seen(stage, program, fault, keeps)
    expect_equal(len(a.requests), len(bare.requests) + 1, "the number of requests")
    expect_equal(a.requests[1].head + str(a.requests[1].body),
                 a.requests[0].head + str(a.requests[0].body), "the second request")
    expect_equal(a.connections, bare.connections + (not keeps), "the number of connections")
    expect_equal(int(got.get("NUM_CONNECTS")), a.connections, "NUM_CONNECTS")
