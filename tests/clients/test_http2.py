#!/usr/bin/python3
"""test_http2.py - what HTTP/2 has beside: many streams on one connection, streams that are refused
or reset, a connection that says goodbye, pushed answers

Its python is the system's: h2 comes as a package.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
import streams as h2  # noqa: E402
from play import Skip, Stage, Wrong, expect, expect_equal, main, test  # noqa: E402
from programs import ASK, ASK_STREAM  # noqa: E402
from story import CLAUDE, stories  # noqa: E402

Stage.client = "multi"
TLS = ("opt=CAINFO=" + h2.tls()[1], "opt=PIPEWAIT=1")
TELL = ("after=info=RESPONSE_CODE", "after=info=HTTP_VERSION", "after=info=CONTENT_TYPE",
        "after=info=SIZE_DOWNLOAD_T")
WHOLE = [{**h2.JSON, "content-length": str(len(fake.OPENAI_ANSWER))}, fake.OPENAI_ANSWER]
STREAM = [h2.EVENTS, *(step for event in fake.OPENAI_EVENTS for step in (event, 0.002))]
PAGE = [{":status": "200", "content-type": "text/plain"}, b"a page", b" that was pushed"]
PROGRAMS = {"a whole answer": (ASK, WHOLE), "a stream": (ASK_STREAM, STREAM)}
# what a provider does at first
FAULTS = {
    "a refused stream": [h2.Reset(h2.REFUSED_STREAM)],
    "a reset stream": [h2.Reset(h2.INTERNAL_ERROR)],
    "too many calls": [h2.Reset(h2.ENHANCE_YOUR_CALM)],
    "a goodbye": [h2.GoAway()],
    "half a body and a reset": [h2.JSON, b'{"id":', h2.Reset(h2.INTERNAL_ERROR)],
    "a head and a goodbye": [h2.JSON, h2.GoAway()],
    "503": [{":status": "503", "content-type": "application/json"}, b'{"error":{"message":"no"}}'],
}
STYLES = ("poll", "epoll")


def asked(words, style, n=1):
    return ("style=" + style, f"each=0-{n - 1}", *words, *TLS, *TELL, "add", "run")


def play(stage, words, preload, *answers, **settings):
    with h2.Server(*answers) as a:
        stage.servers["A"] = a
        return stage.run(words, preload, **settings), a


def sent(server):
    return sorted(f"{r.head}\n{r.body!r}".replace(str(server.port), "PORT") for r in server.requests)


def is_the_same(stage, words, answer):
    stage.place(B=fake.Refused())
    wanted, bare = play(stage, words, False, answer)
    got, a = play(stage, words, True, answer, UNDERSTUDY_FALLBACKS=CLAUDE)
    expect_equal(got.text, wanted.text, "the trace")
    expect_equal(sent(a), sent(bare), "what was sent")
    expect_equal(a.connections, bare.connections, "the number of connections")


def a_retry_is_not_seen(stage, words, answer, fault):
    stage.place(B=fake.Refused())
    wanted, _ = play(stage, words, False, answer)
    got, a = play(stage, words, True, fault, answer, UNDERSTUDY_FALLBACKS=CLAUDE)
    expect_equal(got.text, wanted.text, "the trace")
    expect(len(a.requests) > 1, "it was not asked again")


def another_steps_in(stage, words, answer, fault):
    """The stand-in speaks HTTP/1.1."""
    wanted, _ = play(stage, words, False, answer)
    stage.place(B=fake.Server(fake.healthy))
    got, a = play(stage, words, True, fault, UNDERSTUDY_FALLBACKS=CLAUDE)
    expect_equal(stories(got)[0].replace("HTTP_VERSION 2", "HTTP_VERSION 3"),
                 stories(wanted)[0], "the story")
    expect(stage.servers["B"].requests, "the stand-in was not asked")


def pushes(stage, does, path):
    stage.client = "push"
    answer = [h2.Push(path, PAGE), 0.1, *WHOLE]
    words = ("{A}", fake.OPENAI_REQUEST.decode(), h2.tls()[1], does)
    try:
        wanted, _ = play(stage, words, False, answer)
    except Wrong as why:
        raise Skip("this libcurl crashes when a push is taken") if does == "take" else why
    expect(f"is pushed {path}" in wanted.text, "nothing was pushed")
    got, _ = play(stage, words, True, answer)
    expect_equal(got.text, wanted.text, "the trace")


def main_tests():
    for what, (words, answer) in PROGRAMS.items():
        for style in STYLES:
            for n in (1, 12):
                test(f"{what}, {n} at once: the same ({style})", asked(words, style, n),
                     answer)(is_the_same)
            for why, fault in FAULTS.items():
                played = asked(words, style)
                test(f"{what}: the same after {why} ({style})", played, answer,
                     fault)(a_retry_is_not_seen)
                test(f"{what}: played by Anthropic after {why} ({style})", played, answer,
                     fault)(another_steps_in)
    for does in ("take", "deny"):
        for path in ("/page", "/mine"):
            test(f"a program that {does}s pushed {path} sees the same".replace("ys", "ies"), does,
                 path)(pushes)


main_tests()
main()
