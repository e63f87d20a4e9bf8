"""failures.py - judges that a program sees its own provider's failure when nobody can serve"""

import fake
from fake import CLOSE, RST, Refused, Server
from play import expect_equal
from programs import ASK, ASK_STREAM, BODY, FACTS, JSON, POST, TRACED, URL, WITH_NUL

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
