#!/usr/bin/env python3
"""test_hedge.py - a program whose provider is slow, and another is asked beside it

The program sees what it sees of a healthy provider, whoever of the two serves it; the one that was
outrun sees its connection closed at once; and what two transfers borrow is given back.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from crowds import MAIN_STYLES, STYLES, TELL_MANY  # noqa: E402
from fake import HANG, RST, Refused, Server  # noqa: E402
from play import VALGRIND, can_valgrind, expect, expect_equal, main, test  # noqa: E402
from programs import ASK, ASK_STREAM, FACTS, WITH_NUL  # noqa: E402
from story import (CLAUDE, expect_figures, nothing_else_crosses, said_by,  # noqa: E402
                   words_of)

SOON = {"UNDERSTUDY_HEDGE": "80ms", "UNDERSTUDY_FALLBACKS": CLAUDE}
GOOD = 'perform 0 ""'
WAYS = {  # where words run, and how they begin and end
    "easy": ("easy", (), ("perform",)),
    **{style: ("multi", ("style=" + style,), ("add", "run")) for style in STYLES},
}
MAIN_WAYS = ("easy", *MAIN_STYLES)
BUSY = fake.openai_error("503 Service Unavailable")
STEADY = fake.stream(*fake.ANTHROPIC_EVENTS[:3], *[fake.anthropic_text("o")] * 20,
                     *fake.ANTHROPIC_EVENTS[5:], pause=0.05)


def after(seconds):
    """Healthy, but slow."""
    return lambda request: [seconds, *fake.healthy(request)]


def run(stage, way, asks, *tell, tool=(), **settings):
    stage.client, before, go = WAYS[way]
    settings = {**SOON, **settings}
    if stage.client == "multi":
        tell = tuple("after=" + word for word in tell)
        return stage.under((*before, *asks, *tell, *go), tool=tool, **settings)
    return stage.under((*before, *asks, *go, *tell), tool=tool, **settings)


def in_ways(name, ways=tuple(WAYS)):
    def register(function):
        for way in ways:
            test(f"{name} ({way})", way)(function)
        return function
    return register


def lines(trace, *beginnings):
    return [line for line in trace.text.split("\n") if line.startswith(beginnings)]


def said(trace):
    return words_of(trace.body.decode())


def requests(stage, *wanted):
    """How many came to A, to B and so on, once all that was sent there has been read."""
    for server in stage.servers.values():
        if isinstance(server, Server):
            server.settle()
    expect_equal(tuple(len(stage.servers[name].requests) for name in "ABC"[:len(wanted)]), wanted,
                 "the requests")


# --- who serves ----------------------------------------------------------------------------------


@in_ways("a silent provider is outrun in time")
def _(stage, way):
    stage.place(A=Server([HANG]), B=Server(fake.healthy))
    got = run(stage, way, ASK, "within=75-900")
    expect_equal(lines(got, "perform", "within", "ODD"), [GOOD, "within 75-900"], "the end")
    expect_equal(said_by(fake.json.loads(got.body)), "Hello from Anthropic.", "what was said")
    expect_figures(got)
    requests(stage, 1, 1)


@in_ways("a silent stream is outrun in time")
def _(stage, way):
    stage.place(A=Server([*fake.stream(fake.OPENAI_EVENTS[0])[:-1], HANG]), B=Server(fake.healthy))
    got = run(stage, way, ASK_STREAM, "within=75-900")
    expect_equal(lines(got, "perform", "within", "ODD"), [GOOD, "within 75-900"], "the end")
    expect_equal(said(got), "Hello from Anthropic.stop", "what was said")
    expect("OpenAI" not in got.text, "both were shown")
    requests(stage, 1, 1)


@in_ways("who was outrun sees its connection closed at once", MAIN_WAYS)
def _(stage, way):
    a, b = Server([HANG]), Server(STEADY)
    stage.place(A=a, B=b)
    got = run(stage, way, ASK_STREAM, "within=1000-4000")
    expect_equal(lines(got, "perform", "within"), [GOOD, "within 1000-4000"], "the end")
    requests(stage, 1, 1)
    expect_equal(len(a.left), 1, "closed connections")
    expect(a.left[0] - b.requests[0].time < 0.6, "it was closed late")


@in_ways("a second one that is slower is closed, and nothing of it is seen", MAIN_WAYS)
def _(stage, way):
    a, b = Server(after(0.3)), Server([HANG])
    stage.place(A=a, B=b)
    got = run(stage, way, ASK, "info=NUM_CONNECTS")
    expect_equal(lines(got, "perform", "ODD"), [GOOD], "the end")
    expect_equal(got.body, fake.OPENAI_ANSWER, "the body")
    requests(stage, 1, 1)
    expect_equal(len(b.left), 1, "closed connections")


@in_ways("a provider that answers in time is not raced")
def _(stage, way):
    stage.place(A=Server(after(0.1)), B=Server(fake.healthy))
    asks = (*ASK, "wfunc=a")
    stage.client, before, go = WAYS[way]
    words = (*before, *asks, *(TELL_MANY if before else ()), *go, *(() if before else FACTS))
    wanted = stage.bare(words)
    got = stage.under(words, **{**SOON, "UNDERSTUDY_HEDGE": "5s"})
    expect_equal(got.text, wanted.text, "the trace")
    requests(stage, 2, 0)


@in_ways("if the second fails the first is waited for", MAIN_WAYS)
def _(stage, way):
    for fails in ([RST], fake.anthropic_error("529 Overloaded")):
        stage.place(A=Server(after(0.4)), B=Server(fails))
        got = run(stage, way, ASK)
        expect_equal(lines(got, "perform", "ODD"), [GOOD], "the end")
        expect_equal(got.body, fake.OPENAI_ANSWER, "the body")
        requests(stage, 1, 1)


@in_ways("if the first fails the second is waited for", MAIN_WAYS)
def _(stage, way):
    for fails in ([0.3, RST], [0.3, *BUSY]):
        stage.place(A=Server(fails), B=Server(after(0.6)))
        got = run(stage, way, ASK, UNDERSTUDY_STATE=stage.path(f"state{len(fails)}"))
        expect_equal(lines(got, "perform", "ODD"), [GOOD], "the end")
        expect_equal(said_by(fake.json.loads(got.body)), "Hello from Anthropic.", "what was said")
        requests(stage, 1, 1)


@in_ways("if both fail the program sees its own provider's failure", MAIN_WAYS)
def _(stage, way):
    own = fake.openai_error("500 Own")
    stage.place(A=Server([0.3, *own]), B=Server([0.6, RST]))
    got = run(stage, way, ASK, "info=RESPONSE_CODE")
    expect_equal(lines(got, "perform", "RESPONSE_CODE", "ODD"), [GOOD, "RESPONSE_CODE 500"],
                 "the end")
    expect_equal([got.head + got.body], own, "what came")
    requests(stage, 1, 3)  # the second is tried again, as the last one always is


@in_ways("a timeout is for both", MAIN_WAYS)
def _(stage, way):
    stage.place(A=Server([HANG]), B=Server([HANG]))
    got = run(stage, way, (*ASK, "opt=TIMEOUT_MS=900"), "within=850-1500")
    expect_equal([line[:10] for line in lines(got, "perform")], ["perform 28"], "the end")
    expect_equal(lines(got, "within", "ODD"), ["within 850-1500"], "the time")
    requests(stage, 1, 1)


@in_ways("a progress callback stops both", MAIN_WAYS)
def _(stage, way):
    stage.place(A=Server([HANG]), B=Server([HANG]))
    got = run(stage, way, (*ASK, "progress", "stop=400", "opt=TIMEOUT_MS=9000"))
    expect_equal([line[:10] for line in lines(got, "perform")], ["perform 42"], "the end")
    requests(stage, 1, 1)


@in_ways("each provider gets its own key, and nothing else crosses", MAIN_WAYS)
def _(stage, way):
    a, b = Server([HANG]), Server(fake.healthy)
    stage.place(A=a, B=b)
    run(stage, way, ASK)
    nothing_else_crosses(b.requests, ("x-api-key", "anthropic-version"))
    expect_equal(b.requests[0].header("x-api-key"), "key-of-anthropic", "its key")
    expect_equal(a.requests[0].header("Authorization"), "Bearer own-key", "the program's key")


@in_ways("three are asked, two at a time", MAIN_WAYS)
def _(stage, way):
    """The first refuses, the second is silent, the third serves: two handles of ours fly."""
    stage.place(A=Refused(), B=Server([HANG]), C=Server(fake.healthy))
    stage.client, before, go = WAYS[way]
    got = stage.under((*before, *ASK, *go), UNDERSTUDY_HEDGE="80ms",
                      UNDERSTUDY_FALLBACKS=CLAUDE + ",local:gpt-4.1@{C}/v1")
    expect_equal(lines(got, "perform", "ODD"), [GOOD], "the end")
    expect_equal(said_by(fake.json.loads(got.body)), "Hello from OpenAI.", "what was said")
    expect_figures(got)
    requests(stage, 0, 1, 1)
    expect_equal(len(stage.servers["B"].left), 1, "closed connections")


@in_ways("a hedge's connection is used again", ("easy",))
def _(stage, way):
    a, b = Server([HANG]), Server(fake.healthy)
    stage.place(A=a, B=b)
    got = stage.under((*ASK, "perform", "info=NUM_CONNECTS", "perform", "info=NUM_CONNECTS"),
                      **SOON)
    expect_equal(lines(got, "perform", "NUM_CONNECTS"),
                 [GOOD, "NUM_CONNECTS 2", GOOD, "NUM_CONNECTS 1"], "the ends")
    expect_equal(b.connections, 1, "connections")


@in_ways("a budget caps what many slow calls cost", MAIN_STYLES)
def _(stage, way):
    stage.place(A=Server(after(0.5)), B=Server([HANG]))
    stage.client, before, go = WAYS[way]
    got = stage.under((*before, "each=0-15", *ASK, "add", "run"), **SOON, UNDERSTUDY_BUDGET="8")
    expect_equal(lines(got, "perform"), [GOOD] * 16, "the ends")
    asked = len(stage.servers["B"].requests)
    expect(4 <= asked <= 6, f"{asked} hedges with a budget of 8 for 16 calls")


# --- what is borrowed ----------------------------------------------------------------------------


@in_ways("valgrind has nothing to say", MAIN_WAYS)
def _(stage, way):
    can_valgrind(stage.build)
    stage.write("body", WITH_NUL)
    for a, b in (([HANG], fake.healthy), (after(0.9), [HANG]), ([1.5, RST], [2.5, RST]),
                 ([HANG], STEADY)):
        stage.place(A=Server(a), B=Server(b))
        got = run(stage, way, ASK_STREAM, tool=VALGRIND, UNDERSTUDY_HEDGE="400ms",
                  UNDERSTUDY_STATE=stage.path(f"state{id(a)}"))
        expect_equal(got.errors, "", "stderr")
        expect(stage.servers["B"].requests, "the second was not asked")


main()
