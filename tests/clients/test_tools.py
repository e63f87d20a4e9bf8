#!/usr/bin/env python3
"""test_tools.py - HTTP tools that are no LLMs: retry, breaker, deadline and alternatives

Programs of words (tests/clients/easy.c and multi.c) ask the tool {A}, which UNDERSTUDY_TOOLS names;
{B} can take its place.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from fake import CLOSE, HANG, RST, Refused, Server  # noqa: E402
from play import Stage, expect, expect_equal, main, test  # noqa: E402
from programs import TRACED  # noqa: E402

URL = "url={A}/v1/search?q=a%20b"
GET = (URL, *TRACED)
HEAD = (URL, "opt=NOBODY=1", *TRACED)
DELETE = (URL, "opt=CUSTOMREQUEST=DELETE", *TRACED)
POST = (URL, "post=what to do", "header=Content-Type: text/plain", *TRACED)
PUT = (URL, "opt=UPLOAD=1", "opt=INFILESIZE_LARGE=10", "read=what to do", "header=Expect:", *TRACED)
SECRETS = ("header=Authorization: Bearer own-key", "header=X-Tenant: me", "header=Accept: text/plain",
           "opt=COOKIE=a=own-key", "opt=USERAGENT=own-key")
SAFE = {"GET": GET, "HEAD": HEAD, "DELETE": DELETE, "PUT": PUT}
KEYED = (*POST, "header=Idempotency-Key: 1")
FOUND = fake.whole(b"found it", kind="text/plain")
TOO_LONG = b"0123456789" * 200000
BUSY = fake.whole(b"<p>busy</p>", "503 Service Unavailable", kind="text/html")
CUT = [fake.head("200 OK", "Content-Type: text/plain", "Content-Length: 100") + b"found", CLOSE]
CUT_CHUNK = [fake.head("200 OK", "Transfer-Encoding: chunked") + fake.chunk(b"found"), CLOSE]
FAULTS = {"503": BUSY, "a reset": [RST], "half an answer": CUT, "half a chunked answer": CUT_CHUNK}
FACTS = ("info=RESPONSE_CODE", "info=SIZE_DOWNLOAD_T", "info=CONTENT_TYPE", "info=EFFECTIVE_METHOD")


def rule(*words):
    return {"UNDERSTUDY_TOOLS": " ".join(("{A}/v1/*", *words))}


def found(request):
    """What a server answers to that method."""
    return [FOUND[0][:-len(b"found it")]] if request.method == "HEAD" else FOUND


def asked(words):
    return (*words, "perform", *FACTS)


def looped(words):
    return ("style=epoll", *words, *("after=" + fact for fact in FACTS), "add", "run")


def play(stage, words, preload, *answers, **settings):
    stage.client = "multi" if words[0].startswith("style=") else "easy"
    with Server(*answers) as a:
        stage.servers["A"] = a
        trace = stage.run(words, preload, **settings)
        a.settle()
    return trace, a


def sent(server):
    return [(r.head.replace(str(server.port), "PORT"), r.body) for r in server.requests]


def is_the_same(stage, words, answer):
    stage.place(B=Server(found))
    wanted, bare = play(stage, words, False, answer)
    for settings in (rule(), rule("else={B}/v1")):
        got, a = play(stage, words, True, answer, **settings)
        expect_equal(got.text, wanted.text, "the trace")
        expect_equal(sent(a), sent(bare), "what was sent")
        expect_equal(a.connections, bare.connections, "the number of connections")
    expect(not stage.servers["B"].requests, "the other one was asked")


def is_tried_again(stage, words, fault):
    wanted, _ = play(stage, words, False, found)
    got, a = play(stage, words, True, fault, found, **rule())
    expect_equal(got.text, wanted.text, "the trace")
    expect_equal(len(a.requests), 2, "the number of requests")


def another_is_asked(stage, words, method, a):
    wanted, _ = play(stage, asked(words), False, found)
    stage.client = "easy"
    stage.place(A=a, B=Server(found))
    words = asked((*words, *SECRETS))
    got = stage.under(words, **rule("else={B}/other", "pass=x-tenant"))
    expect_equal(got.text, wanted.text, "the trace")
    request = stage.servers["B"].requests[0]
    expect_equal(request.line, f"{method} /other/search?q=a%20b HTTP/1.1", "the request")
    expect_equal(request.body, b"" if method in ("GET", "HEAD", "DELETE") else b"what to do", "the body")
    expect("own-key" not in request.head, "a secret crossed:\n" + request.head)
    expect_equal(request.header("X-Tenant"), "me", "a header that may pass")
    expect_equal(request.header("Accept"), "text/plain", "what is wanted")


def is_shown_as_it_came(stage, words, answer, n=1):
    """Asked so often, and no other."""
    stage.place(B=Server(found))
    wanted, _ = play(stage, words, False, answer)
    got, a = play(stage, words, True, answer, **rule("else={B}/v1"))
    expect_equal(got.text, wanted.text, "the trace")
    expect_equal(len(a.requests), n, "the number of requests")
    expect(not stage.servers["B"].requests, "the other one was asked")


def what_never_left_goes_elsewhere(stage):
    stage.place(A=Refused(), B=Server(found))
    got = stage.under(asked(POST), **rule("else={B}/v1"))
    expect_equal(got.body, b"found it", "the body")


def what_may_be_done_is_not_done_again(stage):
    """The second of two others is not asked after the first has failed in the middle."""
    stage.place(A=Refused(), B=Server([RST]), C=Server(found))
    got = stage.under(asked(POST), **rule("else={B}/v1", "else={C}/v1"))
    expect(got.get("perform").startswith("56 "), got.text)
    expect(not stage.servers["C"].requests, "it was asked")


def never_is_never(stage):
    stage.place(B=Server(found))
    _, a = play(stage, asked(GET), True, BUSY, **rule("retry=never", "else={B}/v1"))
    expect_equal(len(a.requests), 1, "the number of requests")


def always_is_always(stage):
    got, a = play(stage, asked(POST), True, BUSY, found, **rule("retry=always"))
    expect_equal(got.body, b"found it", "the body")
    expect_equal(len(a.requests), 2, "the number of requests")


def a_deadline_ends_it(stage):
    got, _ = play(stage, (*GET, "perform", "within=250-1500"), True, [HANG], **rule("deadline=300ms"))
    expect(got.get("perform").startswith("28 "), got.text)


def a_deadline_leaves_time_for_another(stage):
    stage.place(B=Server(found))
    got, _ = play(stage, asked(GET), True, [HANG], **rule("deadline=1s", "else={B}/v1"))
    expect_equal(got.body, b"found it", "the body")


def a_dead_one_is_passed_by(stage):
    stage.place(B=Server(found))
    play(stage, asked(GET), True, BUSY, UNDERSTUDY_ATTEMPTS="1", **rule("else={B}/v1"))
    port = stage.servers["A"].port
    with Refused() as a:
        stage.servers["A"].url = f"http://127.0.0.1:{port}"
        got = stage.under((*GET, "perform", "info=NUM_CONNECTS"), **rule("else={B}/v1"))
        del a
    expect_equal(got.body, b"found it", "the body")
    expect_equal(got.get("NUM_CONNECTS"), "1", "connections: the dead one was asked")


def other_paths_are_not_ours(stage):
    words = asked(("url={A}/v2/search", *TRACED))
    _, a = play(stage, words, True, BUSY, **rule())
    expect_equal(len(a.requests), 1, "the number of requests")


def main_tests():
    for name, words in {**SAFE, "POST": POST}.items():
        for how in (asked, looped):
            played, loop = how(words), how.__name__
            test(f"{name}: the same ({loop})", played, found)(is_the_same)
            test(f"{name}: the same of 404 ({loop})", played,
                 fake.whole(b"", "404 Not Found"))(is_the_same)
    for name, words in {**SAFE, "POST with a key": KEYED}.items():
        for why, fault in FAULTS.items():
            if name != "HEAD" or why in ("503", "a reset"):
                for how in (asked, looped):
                    test(f"{name}: tried again after {why} ({how.__name__})", how(words),
                         fault)(is_tried_again)
    for name, words in SAFE.items():
        test(f"{name}: another is asked", words, name, Refused())(another_is_asked)
        test(f"{name}: another is asked after 503", words, name, Server(BUSY))(another_is_asked)
    for why, fault in FAULTS.items():
        test(f"POST: {why} is shown as it came", asked(POST), fault)(is_shown_as_it_came)
    test("a long answer flows through", asked(GET), fake.whole(TOO_LONG))(is_the_same)
    test("a long answer that breaks off is no success", asked(GET),
         [fake.head("200 OK", "Content-Length: 9000000") + TOO_LONG, CLOSE])(is_shown_as_it_came)
    test("events flow", asked(GET), fake.stream(b"data: 1\n\n", b"data: 2\n\n"))(is_the_same)
    test("no answer at all", asked(GET), fake.whole(b"", "204 No Content"))(is_the_same)
    test("a zipped answer", asked((*GET, "opt=ACCEPT_ENCODING=gzip")),
         fake.zipped(b"found it"))(is_the_same)
    for function in (what_never_left_goes_elsewhere, what_may_be_done_is_not_done_again,
                     never_is_never, always_is_always, a_deadline_ends_it,
                     a_deadline_leaves_time_for_another, a_dead_one_is_passed_by,
                     other_paths_are_not_ours):
        test(function.__name__.replace("_", " "))(function)


main_tests()
main()
