#!/usr/bin/env python3
"""test_easy_limits.py - a program's own limits hold over the whole call, and ours never bind it

Time: its timeouts, its progress callback, its pauses, the pace of its streams. Size: what is larger
than may be held passes. Reach: what is not for us, or is switched off, is left alone; and what one
process has learnt spares the next one a dead provider.
"""

import concurrent.futures
import os
import pathlib
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from fake import CLOSE, HANG, RST, Refused, Server  # noqa: E402
from play import expect, expect_equal, main, test  # noqa: E402
from programs import ASK, ASK_STREAM, JSON, LONG, PROGRAMS, TRACED, URL  # noqa: E402

CLAUDE = "anthropic:claude-sonnet-4-5@{B}"
LOCAL = "local:other@{B}/v1"
STREAMED = ASK_STREAM + ("tee={DIR}/seen",)
PATIENCE = 10  # seconds for the program to see an event before the next one is sent


def last(trace, *beginnings):
    return [line for line in trace.text.split("\n") if line.startswith(beginnings)]


def ends(trace, *lines):
    """How its transfer ended, and in time."""
    expect_equal("\n".join(last(trace, "perform", "within", "took")), "\n".join(lines), "the end")


def wait(ms):
    return fake.openai_error("503 Service Unavailable", "server_error", f"Retry-After-Ms: {ms}")


# --- time ----------------------------------------------------------------------------------------


@test("a timeout holds on a provider that never answers")
def _(stage):
    words = (*ASK, "opt=TIMEOUT_MS=600", "perform", "within=600-3000", "info=RESPONSE_CODE")
    stage.place(A=Server([HANG]))
    wanted, got = stage.bare(words), stage.under(words)
    expect_equal(got.text, wanted.text, "the trace")
    ends(got, 'perform 28 "Operation timed out after N ms with 0 bytes received"',
         "within 600-3000")


@test("a timeout leaves time for a fallback")
def _(stage):
    stage.place(A=Server([HANG]), B=Server(fake.healthy))
    got = stage.under((*ASK, "opt=TIMEOUT_MS=3000", "perform", "within=1000-3000"),
                      UNDERSTUDY_FALLBACKS=CLAUDE)
    ends(got, 'perform 0 ""', "within 1000-3000")


@test("a timeout leaves time for the last of several")
def _(stage):
    stage.place(A=Server([HANG]), B=Server([HANG]), C=Server(fake.healthy))
    got = stage.under((*ASK, "opt=TIMEOUT=4", "perform", "within=1000-4000"),
                      UNDERSTUDY_FALLBACKS=CLAUDE + ",local:other@{C}/v1")
    ends(got, 'perform 0 ""', "within 1000-4000")


@test("a timeout is for all, when everybody is silent")
def _(stage):
    stage.place(A=Server([HANG]), B=Server([HANG]))
    got = stage.under((*ASK, "opt=TIMEOUT_MS=1500", "perform", "within=1400-4000", "times"),
                      UNDERSTUDY_FALLBACKS=CLAUDE)
    expect(last(got, "perform")[0].startswith("perform 28 "), got.text)
    expect_equal(got.text.split("\n")[-3:-1], ["within 1400-4000", "times fit"], "the end")


@test("a timeout is for all attempts")
def _(stage):
    for option in ("TIMEOUT_MS=1000", "TIMEOUT=1"):
        stage.place(A=Server(wait(400), [HANG]))
        # Without a budget: with one, the second of these is the program's own retry of the first.
        got = stage.under((*ASK, "opt=" + option, "perform", "within=950-3000"), UNDERSTUDY_BUDGET="0")
        expect(last(got, "perform")[0].startswith("perform 28 "), got.text)
        ends(got, last(got, "perform")[0], "within 950-3000")
        expect_equal(len(stage.servers["A"].requests), 2, "the number of requests")


@test("a timeout is the next transfer's again")
def _(stage):
    words = (*ASK, "opt=TIMEOUT_MS=2500", "perform", "url={A}/page", "opt=HTTPGET=1", "perform")
    page = [1.5, *fake.whole(b"a page")]
    stage.place(A=Server(fake.healthy, page))
    wanted = stage.bare(words)
    stage.place(A=Server(wait(1500), fake.healthy, page))
    expect_equal(stage.under(words).text, wanted.text, "the trace")


@test("a wait beyond the timeout is not begun")
def _(stage):
    words = (*ASK, "opt=TIMEOUT_MS=3000", "perform", "within=0-2500")
    stage.place(A=Server(wait(4000)))
    wanted, got = stage.bare(words), stage.under(words)
    expect_equal(got.text, wanted.text, "the trace")


@test("a limit for connecting is the program's, and each attempt's own")
def _(stage):
    words = (*ASK, "opt=CONNECTTIMEOUT_MS=5000", "opt=TIMEOUT_MS=9000", "perform", "perform",
             "info=NUM_CONNECTS")
    stage.place(A=Server(fake.healthy))
    wanted = stage.bare(words)
    stage.place(A=Server(wait(50), fake.healthy))
    expect_equal(stage.under(words).text, wanted.text, "the trace")


@test("without a fallback no limit of ours applies")
def _(stage):
    words = (*ASK, "perform")
    stage.place(A=Server(lambda _: [0.6, *fake.whole(fake.OPENAI_ANSWER)]))
    wanted = stage.bare(words)
    got = stage.under(words, UNDERSTUDY_ANSWER="100ms", UNDERSTUDY_FIRST_TOKEN="100ms",
                      UNDERSTUDY_CONNECT="50ms", UNDERSTUDY_STALL="50ms")
    expect_equal(got.text, wanted.text, "the trace")


def stops(stage, words, **settings):
    """As a program that stops a transfer that never ends."""
    words = (*words, "stop=300", "perform", "within=300-1800")
    got = stage.under(words, **settings)
    stage.place(A=Server([HANG]))
    expect_equal("\n".join(last(got, "perform", "within")),
                 "\n".join(last(stage.bare(words), "perform", "within")), "the end")


@test("a progress callback stops a wait")
def _(stage):
    stage.place(A=Server(wait(4500)))
    stops(stage, (*ASK, "progress"))
    expect_equal(len(stage.servers["A"].requests), 1, "the number of requests")


@test("a progress callback of old stops a wait")
def _(stage):
    stage.place(A=Server(wait(4500)))
    stops(stage, (*ASK, "oldprogress", "opt=NOPROGRESS=0"))


@test("a progress callback stops a stand-in")
def _(stage):
    stage.place(A=Refused(), B=Server([HANG]))
    stops(stage, (*ASK, "progress"), UNDERSTUDY_FALLBACKS=CLAUDE)


@test("a progress callback stops a paused answer that has ended")
def _(stage):
    words = (*ASK, "on=w:1:ret=pause", "progress", "stop=700", "perform", "within=700-2500")
    stage.place(A=Server(fake.healthy))
    wanted = stage.bare(words)
    stage.place(A=Refused(), B=Server(fake.healthy))
    got = stage.under(words, UNDERSTUDY_FALLBACKS=CLAUDE)
    expect_equal(got.without("H"), wanted.without("H"), "the trace")


@test("a program pauses while understudy waits")
def _(stage):
    words = (*ASK, "progress", "at=100:pause=1", "unpause=2", "perform")
    stage.place(A=Server(lambda _: [0.4, *fake.whole(fake.OPENAI_ANSWER)]))
    wanted = stage.bare(words)
    stage.place(A=Server(wait(400), fake.healthy))
    got = stage.under(words)
    expect_equal(got.head + got.body, wanted.head + wanted.body, "the answer")
    expect_equal(got.without("H"), wanted.without("H"), "the rest")


@test("a program that asks while understudy waits is told of nothing that it was not shown")
def _(stage):
    words = (*ASK, "progress", "at=100:info=RESPONSE_CODE", "perform", "info=RESPONSE_CODE")
    stage.place(A=Server(lambda _: [0.4, *fake.whole(fake.OPENAI_ANSWER)]))
    wanted = stage.bare(words)
    said = b"".join(wait(400))
    for busy in ([said], [said[:-9], 0.3, said[-9:]]):  # while it is being said, too
        stage.place(A=Server(busy, fake.healthy))
        expect_equal(stage.under(words).text, wanted.text, "the trace")


@test("a pause is not taken for silence")
def _(stage):
    words = (*ASK_STREAM, "on=w:1:ret=pause", "progress", "unpause=2", "perform")
    stage.place(A=Refused(), B=Server(fake.healthy))
    got = stage.under(words, UNDERSTUDY_FALLBACKS=CLAUDE, UNDERSTUDY_STALL="150ms")
    ends(got, 'perform 0 ""')
    expect(b'"content":" Anthropic."' in got.body and b"[DONE]" in got.body, got.text)


@test("a stand-in that falls silent ends with an error, and nothing comes twice")
def _(stage):
    stage.place(A=Refused(), B=Server(fake.stream(*fake.ANTHROPIC_EVENTS[:4])[:-1] + [HANG]))
    got = stage.under((*ASK_STREAM, "perform", "within=300-4000"), UNDERSTUDY_FALLBACKS=CLAUDE,
                      UNDERSTUDY_STALL="300ms")
    ends(got, 'perform 18 "transfer closed with outstanding read data remaining"',
         "within 300-4000")
    expect_equal(got.body.count(b"Hello"), 1, "the first word's number")
    expect(b"[DONE]" not in got.body, "it looks whole")


# --- pace ----------------------------------------------------------------------------------------


def seen(stage, text):
    """A step of a server: goes on when the program has been given that text."""
    def step(_):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            file = pathlib.Path(stage.path("seen"))
            if file.exists() and text in file.read_bytes():
                return True
            time.sleep(0.005)
        return False
    return step


def paced(stage, events, texts):
    """A stream whose next event is sent when the last one has arrived."""
    steps = []
    for piece, text in zip(fake.stream(*events, pause=0)[1:-1:2], texts):
        steps += [piece, seen(stage, text)] if text else [piece]
    return [fake.head("200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked"),
            *steps, b"0\r\n\r\n"]


def paced_openai(stage):
    return paced(stage, fake.OPENAI_EVENTS,
                 (b"", b'"Hello"', b'" from"', b'" OpenAI."', b'"stop"', b"[DONE]"))


def paced_anthropic(stage):
    return paced(stage, fake.ANTHROPIC_EVENTS,
                 (b"", b"", b'"Hello"', b'" from"', b'" Anthropic."', b"", b'"stop"', b"[DONE]"))


@test("each event of the own provider comes when it is sent")
def _(stage):
    stage.place(A=Server(paced_openai(stage)))
    ends(stage.under((*STREAMED, "perform"), UNDERSTUDY_FALLBACKS=LOCAL), 'perform 0 ""')


@test("each event comes when it is sent, after a retry")
def _(stage):
    stage.place(A=Server(wait(10), paced_openai(stage)))
    ends(stage.under((*STREAMED, "perform")), 'perform 0 ""')


@test("each event of a local server comes when it is sent")
def _(stage):
    stage.place(A=Refused(), B=Server(paced_openai(stage)))
    ends(stage.under((*STREAMED, "perform"), UNDERSTUDY_FALLBACKS=LOCAL), 'perform 0 ""')


@test("each event of another dialect comes when it is sent")
def _(stage):
    stage.place(A=Refused(), B=Server(paced_anthropic(stage)))
    ends(stage.under((*STREAMED, "perform"), UNDERSTUDY_FALLBACKS=CLAUDE), 'perform 0 ""')


@test("an answer comes when it is whole, not when its connection ends")
def _(stage):
    whole = [*fake.until_close(fake.OPENAI_ANSWER)[:-1], seen(stage, b"usage"), CLOSE]
    stage.place(A=Server(whole))
    ends(stage.under((*ASK, "tee={DIR}/seen", "perform")), 'perform 0 ""')


# --- size ----------------------------------------------------------------------------------------


def is_the_same_once(stage, words, answer, stdin=b"", **settings):
    """And no second attempt was made."""
    stage.place(A=Server(answer), B=Server(fake.healthy))
    wanted = stage.bare(words, stdin=stdin)
    before = len(stage.servers["A"].requests)
    got = stage.under(words, stdin=stdin, UNDERSTUDY_FALLBACKS=LOCAL, **settings)
    expect_equal(got.text, wanted.text, "the trace")
    expect_equal(len(stage.servers["A"].requests), 2 * before, "the number of requests")
    expect(not stage.servers["B"].requests, "the fallback was asked")


ANSWERS = {
    "an answer": fake.whole(LONG),
    "an answer that breaks off": [fake.head("200 OK", "Content-Length: 90000") + LONG, CLOSE],
    "an error page": fake.whole(b"<html>" + b"x" * 9000, "500 Oops", kind="text/html"),
    "a page": fake.whole(b"<html>" + b"x" * 9000, kind="text/html"),
}
LARGE = ('{"model":"gpt-4.1","messages":[{"role":"user","content":"%s"}]}' % ("x" * 5000))
BODIES = {
    "fields": (URL, JSON, "post=" + LARGE, *TRACED, "perform"),
    "copied fields": (URL, JSON, "copypost=" + LARGE, *TRACED, "perform"),
    "a body that is read": (URL, JSON, "opt=POST=1", "read=" + LARGE, *TRACED,
                            f"opt=POSTFIELDSIZE={len(LARGE)}", "perform"),
    "a body that is read without a size": (URL, JSON, "opt=POST=1", "read=" + LARGE, *TRACED,
                                           "perform"),
}

for name, larger in list(ANSWERS.items())[:2]:
    @test(f"{name} that is larger than may be held passes", larger)
    def _(stage, answer):
        is_the_same_once(stage, (*ASK, "perform"), answer, UNDERSTUDY_HOLD_MAX="4K")

for name, larger in ANSWERS.items():
    @test(f"{name} that is larger than may be held passes, without a fallback", larger)
    def _(stage, answer):
        stage.place(A=Server(answer))
        wanted = stage.bare((*ASK, "perform"))
        got = stage.under((*ASK, "perform"), UNDERSTUDY_HOLD_MAX="4K")
        expect_equal(got.text, wanted.text, "the trace")

for name, larger in BODIES.items():
    @test(f"{name}: larger than may be kept: passes", larger)
    def _(stage, words):
        is_the_same_once(stage, words, fake.whole(fake.OPENAI_ANSWER), UNDERSTUDY_BODY_MAX="2K")

    @test(f"{name}: larger than may be kept: its failure passes", larger)
    def _(stage, words):
        is_the_same_once(stage, words, wait(10), UNDERSTUDY_BODY_MAX="2K")


@test("a body whose reading pauses is not translated")
def _(stage):
    words = (URL, JSON, "opt=POST=1", "read=" + LARGE, "on=r:1:ret=pause", *TRACED,
             f"opt=POSTFIELDSIZE={len(LARGE)}", "perform")
    stage.place(A=Refused(), B=Server(fake.healthy))
    got = stage.under(words, UNDERSTUDY_FALLBACKS=CLAUDE)
    expect_equal(got.without("r"), stage.bare(words).text, "the trace")
    expect(not stage.servers["B"].connections, "the fallback was asked")


# --- reach ---------------------------------------------------------------------------------------


def is_left_alone(stage, program):
    stage.write("body", fake.OPENAI_REQUEST)
    is_the_same_once(stage, program.words, wait(10), program.stdin, UNDERSTUDY_OFF="1")
    expect(not os.path.exists(stage.path("state")), "it keeps a state")


@test("one word of the program's own is enough")
def _(stage):
    stage.place(A=Server([RST]), B=Server(fake.healthy))
    got = stage.under((*ASK, "perform"), UNDERSTUDY_FALLBACKS=LOCAL,
                      UNDERSTUDY_ROUTES="127.0.0.1=off")
    expect_equal(got.text, stage.bare((*ASK, "perform")).text, "the trace")
    expect(not stage.servers["B"].connections, "the fallback was asked")


for chosen in PROGRAMS[:2] + tuple(p for p in PROGRAMS if p.name in (
        "a body from stdin", "headers in the body", "a duplicate", "pause in the first write")):
    test(f"switched off: {chosen.name}", chosen)(is_left_alone)


# --- what other processes have learnt ------------------------------------------------------------


BREAKER = "5/18s"  # three seconds to the first probe: as long as two processes take when it is busy


def ask(stage, a, b, words=(*ASK, "perform"), breaker=BREAKER):
    """One process's transfer; how many requests it cost A and B."""
    before = len(a.requests), len(b.requests)
    ends(stage.under(words, UNDERSTUDY_FALLBACKS=LOCAL, UNDERSTUDY_BREAKER=breaker), 'perform 0 ""')
    return len(a.requests) - before[0], len(b.requests) - before[1]


def outage(stage, fault):
    """A has failed before one process's eyes."""
    a, b = Server(fault), Server(fake.healthy)
    stage.place(A=a, B=b)
    expect_equal(ask(stage, a, b), (3, 1), "the first process's requests")
    connections = a.connections
    expect_equal(ask(stage, a, b), (0, 1), "the second process's requests")
    expect_equal(a.connections, connections, "connections to a dead provider")
    time.sleep(3.1)  # a sixth of the breaker's time: the first probe is due
    return a, b


@test("a dead provider is probed when it is time, by one request")
def _(stage):
    a, b = outage(stage, wait(10))
    expect_equal(ask(stage, a, b), (1, 1), "the probe's requests")
    expect_equal(ask(stage, a, b, breaker="5/60s"), (0, 1), "the next process's requests")


@test("a provider that is well again is used again")
def _(stage):
    a, b = outage(stage, wait(10))
    a.answers = (fake.healthy,)
    expect_equal(ask(stage, a, b), (1, 0), "the probe's requests")
    expect_equal(ask(stage, a, b), (1, 0), "the next process's requests")


@test("of many processes one probes")
def _(stage):
    a, _ = outage(stage, wait(10))
    a.answers = ([0.5, *wait(10)],)
    before = a.connections
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: stage.under((*ASK, "perform"), UNDERSTUDY_FALLBACKS=LOCAL,
                                            UNDERSTUDY_BREAKER=BREAKER), range(6)))
    expect_equal(a.connections, before + 1, "connections")


main()
