#!/usr/bin/env python3
"""test_multi_limits.py - time, number and company: what a multi promises while its provider is down

A loop is woken in time by whatever it obeys, and no sooner; a program's limits hold over the whole
call; one handle's outage is no other's; and what a thousand handles borrow is given back.
"""

import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from crowds import MAIN_STYLES, MIXED, STYLES, TELL_MANY  # noqa: E402
from fake import HANG, RST, Refused, Server  # noqa: E402
from play import Skip, Stage, Trace, expect, expect_equal, main, test  # noqa: E402
from programs import ASK, ASK_STREAM, JSON, TRACED, URL  # noqa: E402
from story import CLAUDE, LOCAL, said_by, words_of  # noqa: E402

Stage.client = "multi"
GOOD = 'perform 0 ""'
SOME_CHAIN = {"UNDERSTUDY_FALLBACKS": CLAUDE, "UNDERSTUDY_BREAKER": "1000/6s"}


def wait(ms):
    return fake.openai_error("503 Service Unavailable", "server_error", f"Retry-After-Ms: {ms}")


def lines(trace, *beginnings):
    return [line for line in trace.text.split("\n") if line.startswith(beginnings)]


def ends(trace, *wanted):
    """How its transfers ended, what the loop took, and what was odd."""
    expect_equal("\n".join(lines(trace, "perform", "took", "rounds", "ODD", "has not")),
                 "\n".join(wanted), "the end")


def parts(trace):
    """What each of several transfers saw."""
    whole, *each = trace.text.split("--- ")
    return [Trace(part.split("\n", 1)[1], "") for part in each]


def in_each(name, styles=STYLES):
    def register(function):
        for style in styles:
            test(f"{name} ({style})", style)(function)
        return function
    return register


# --- time ----------------------------------------------------------------------------------------


@in_each("a loop is woken for the next attempt, and only then")
def _(stage, style):
    stage.place(A=Server(wait(700), fake.healthy))
    busy = style in ("busy", "wait")
    got = stage.under((f"style={style}", *ASK, "add", "run", "took=690-1500",
                       f"rounds={9999 if busy else 60}"))
    ends(got, GOOD, "took 690-1500", f"rounds {9999 if busy else 60}")
    expect_equal(len(stage.servers["A"].requests), 2, "the number of requests")


@in_each("a loop that has other work is woken for the next attempt")
def _(stage, style):
    """The other handle's socket is busy, its timers are not the waiting one's."""
    def answer(request):
        if request.path == "/slow":
            return fake.chunked(*[b"x" * 10] * 60, pause=0.025, kind="text/plain")
        return wait(500) if len(stage.servers["A"].requests) < 3 else fake.healthy(request)
    stage.place(A=Server(answer))
    got = stage.under((f"style={style}", "each=0-1", *ASK, "with=1", "url={A}/slow",
                       "opt=HTTPGET=1", "each=0-1", "add", "run", "with=0", "within=490-1300"))
    first, second = parts(got)
    ends(first, GOOD)
    ends(second, GOOD)
    expect_equal(first.get("within"), "490-1300", "how long the first one took")


@in_each("several waits end each in its time")
def _(stage, style):
    waits = {"a": 900, "b": 300, "c": 600}

    def answer(request):
        name = request.header("User-Agent")
        asked = sum(r.header("User-Agent") == name for r in stage.servers["A"].requests)
        return wait(waits[name]) if asked == 1 else fake.healthy(request)
    stage.place(A=Server(answer))
    got = stage.under((f"style={style}", "each=0-2", *ASK, "with=0", "opt=USERAGENT=a", "with=1",
                       "opt=USERAGENT=b", "with=2", "opt=USERAGENT=c", "each=0-2", "add", "run",
                       "with=0", "within=890-1600", "with=1", "within=290-900", "with=2",
                       "within=590-1300"))
    for part, within in zip(parts(got), ("890-1600", "290-900", "590-1300")):
        expect_equal(part.text.split("\n")[-3:-1], [GOOD, "within " + within], "its end")


@in_each("a timeout is for all attempts")
def _(stage, style):
    stage.place(A=Server(wait(300), [HANG]))
    got = stage.under((f"style={style}", *ASK, "opt=TIMEOUT_MS=900", "add", "run",
                       "took=850-1700"))
    expect_equal(lines(got, "perform")[0][:10], "perform 28", "the end")
    ends(got, lines(got, "perform")[0], "took 850-1700")
    expect_equal(len(stage.servers["A"].requests), 2, "the number of requests")


@in_each("a wait beyond the timeout is not begun")
def _(stage, style):
    words = (f"style={style}", *ASK, "opt=TIMEOUT_MS=2000", *TELL_MANY, "add", "run", "took=0-1500")
    stage.place(A=Server(wait(3000)))
    expect_equal(stage.under(words).text, stage.bare(words).text, "the trace")


@in_each("a timeout leaves time for a stand-in")
def _(stage, style):
    stage.place(A=Server([HANG]), B=Server(fake.healthy))
    ends(stage.under((f"style={style}", *ASK, "opt=TIMEOUT_MS=2400", "add", "run",
                      "took=700-2400"), UNDERSTUDY_FALLBACKS=CLAUDE), GOOD, "took 700-2400")


@in_each("a silent provider is left for a stand-in when it is time")
def _(stage, style):
    stage.place(A=Server([HANG]), B=Server(fake.healthy))
    ends(stage.under((f"style={style}", *ASK_STREAM, "add", "run", "took=390-1500"),
                     UNDERSTUDY_FALLBACKS=CLAUDE, UNDERSTUDY_FIRST_TOKEN="400ms"),
         GOOD, "took 390-1500")


@in_each("a stand-in that falls silent ends with an error, in time")
def _(stage, style):
    stage.place(A=Refused(), B=Server(fake.stream(*fake.ANTHROPIC_EVENTS[:4])[:-1] + [HANG]))
    got = stage.under((f"style={style}", *ASK_STREAM, "add", "run", "took=300-2500"),
                      UNDERSTUDY_FALLBACKS=CLAUDE, UNDERSTUDY_STALL="300ms")
    ends(got, 'perform 18 "transfer closed with outstanding read data remaining"', "took 300-2500")


@in_each("a progress callback stops a wait")
def _(stage, style):
    """A loop that performs now and then, as all do; one that obeys callbacks is woken for it."""
    stage.place(A=Server(wait(4500)))
    got = stage.under((f"style={style}", *ASK, "progress", "stop=300", "later=9000:say=never",
                       "add", "run", "took=250-1800"))
    ends(got, 'perform 42 "Callback aborted"', "took 250-1800")


@in_each("a progress callback stops a stand-in", ("poll", "wait", "select", "busy"))
def _(stage, style):
    stage.place(A=Refused(), B=Server([HANG]))
    got = stage.under((f"style={style}", *ASK, "progress", "stop=300", "later=9000:say=never",
                       "add", "run", "took=250-1800"), UNDERSTUDY_FALLBACKS=CLAUDE)
    ends(got, 'perform 42 "Callback aborted"', "took 250-1800")


@in_each("a pause while understudy waits holds the answer back", MAIN_STYLES)
def _(stage, style):
    """The program pauses; the next attempt's answer comes when it goes on."""
    stage.place(A=Server(wait(300), fake.healthy))
    got = stage.under((f"style={style}", *ASK, "later=100:pause=1", "later=900:say=goes on",
                       "later=900:pause=0", "add", "run", "took=890-2000"))
    text = got.text
    expect(text.index("pause 0") < text.index("goes on") < text.index("H a/h"), text)
    ends(got, GOOD, "took 890-2000")


NEXT = ("later=150:url={C}/v1/chat/completions", "later=150:opt=USERAGENT=agent/2",
        "later=150:header=X-New: new",
        'later=150:opt=COPYPOSTFIELDS={"model":"gpt-4.1","messages":[]}')


@in_each("what is set while it waits is for the next transfer", MAIN_STYLES)
def _(stage, style):
    """The request in progress can't be made again: its failure is told."""
    stage.place(A=Server(wait(500), fake.healthy), C=Server(fake.healthy))
    got = stage.under((f"style={style}", *ASK, *NEXT, "add", "run", "say=next", "add", "run"))
    ends(got, GOOD, GOOD)
    before, after = got.text.split("next\n")
    expect("503 Service Unavailable" in before and "200 OK" not in before, before)
    expect("503 Service Unavailable" not in after and "200 OK" in after, after)
    expect_equal(len(stage.servers["A"].requests), 1, "requests to the first one")
    asked, = stage.servers["C"].requests
    expect_equal(asked.header("X-New"), "new", "the header of the next transfer")


@in_each("what is set while it waits does not reach its stand-in", MAIN_STYLES)
def _(stage, style):
    stage.place(A=Server(wait(500), fake.healthy), B=Server(fake.healthy), C=Server(fake.healthy))
    got = stage.under((f"style={style}", *ASK, *NEXT, "add", "run"),
                      UNDERSTUDY_FALLBACKS=CLAUDE)
    ends(got, GOOD)
    asked, = stage.servers["B"].requests
    expect(b"Say hello." in asked.body, asked.body)
    expect(not stage.servers["C"].requests, "the next transfer's provider was asked")


# --- waking --------------------------------------------------------------------------------------


def cued(stage, *steps):
    def cue(_):
        stage.write("now", b"")
        return True
    return [*steps, 0.1, cue, HANG]


@test("another thread wakes a loop while a call waits")
def _(stage):
    stage.place(A=Server(cued(stage, *wait(4500))))
    got = stage.under(("waker={DIR}/now", "cue={DIR}/now:remove", *ASK, "add", "run",
                       "took=0-2000"))
    ends(got, "took 0-2000")
    expect_equal(lines(got, "remove"), ["remove 0"], "the removal")


@test("another thread wakes a loop while a stand-in is asked")
def _(stage):
    stage.place(A=Refused(), B=Server(cued(stage)))
    got = stage.under(("waker={DIR}/now", "cue={DIR}/now:remove", *ASK, "add", "run",
                       "took=0-2000"), UNDERSTUDY_FALLBACKS=CLAUDE)
    ends(got, "took 0-2000")


@in_each("the program's own descriptor wakes a loop while a call waits", ("poll", "wait"))
def _(stage, style):
    stage.place(A=Server(cued(stage, *wait(4500))))
    got = stage.under((f"style={style}", "extra={DIR}/now", "cue={DIR}/now:remove", *ASK, "add",
                       "run", "took=0-2000"))
    ends(got, "took 0-2000")
    expect_equal(lines(got, "own"), ["own descriptor is ready"], "what the loop saw")


# --- company -------------------------------------------------------------------------------------

FATES = {"healthy": "OpenAI", "busy": "OpenAI", "resets": "Anthropic", "hangs": "Anthropic",
         "late": "OpenAI", "refuses": "", "streams": "OpenAI", "cuts": "Anthropic"}


def by_fate(request):
    fate = request.header("User-Agent")
    if fate == "late":
        return [0.4, *fake.healthy(request)]
    return {"resets": [RST], "hangs": [HANG],
            "refuses": fake.openai_error("400 Bad Request", "invalid_request_error"),
            "cuts": fake.stream(fake.OPENAI_EVENTS[0])[:-1] + [fake.CLOSE]
            }.get(fate) or fake.healthy(request)


@in_each("each handle of several has a fate of its own")
def _(stage, style):
    words = [f"style={style}", f"each=0-{len(FATES) - 1}", *ASK]
    for i, fate in enumerate(FATES):
        words += [f"with={i}", f"opt=USERAGENT={fate}",
                  *(ASK_STREAM[3:4] if fate in ("streams", "cuts") else ())]
        if fate == "busy":  # its provider is another one: what the others learn is not of it
            words.append("url={C}/v1/chat/completions")
    stage.place(A=Server(by_fate), B=Server(fake.healthy),
                C=Server(fake.openai_error("503 Service Unavailable"), fake.healthy))
    got = stage.under((*words, f"each=0-{len(FATES) - 1}", "add", "run"),
                      UNDERSTUDY_ANSWER="1500ms", **SOME_CHAIN)
    expect(not lines(got, "ODD"), got.text)
    for part, (fate, who) in zip(parts(got), FATES.items()):
        ends(part, GOOD)
        got_said = words_of(part.body.decode()) if who else part.body.decode()
        expect_equal(got_said.count(f"Hello from {who}." if who else "It broke."), 1,
                     f"{fate}: what it was told, once, in {got_said}")


@in_each("handles of all sorts, the model's provider is down")
def _(stage, style):
    """Pages, files and uploads beside it see what they see bare."""
    words = (f"style={style}", *MIXED, "add", "run")
    stage.write("body", fake.OPENAI_REQUEST)

    def answer(request):
        return wait(10) if "chat" in request.path else fake.healthy(request)
    stage.place(A=Server(fake.healthy))
    wanted = parts(stage.bare(words))
    stage.place(A=Server(answer), B=Server(fake.healthy))
    got = stage.under(words, **SOME_CHAIN)
    expect(not lines(got, "ODD"), got.text)
    for i, (ours, bare) in enumerate(zip(parts(got), wanted)):
        if i < 2:
            ends(ours, GOOD)
            expect("Hello from Anthropic." in words_of(ours.body.decode()), ours.text)
        else:
            expect_equal(ours.text, bare.text, f"what transfer {i} saw")


@in_each("32 handles that all fail at first")
def _(stage, style):
    stage.place(A=Server(fake.healthy))
    words = (f"style={style}", "each=0-31", *ASK, "add", "run")
    wanted = stage.bare(words)
    stage.place(A=Server(*[wait(200)] * 32, fake.healthy))
    got = stage.under(words, UNDERSTUDY_BREAKER="1000/6s")
    expect_equal(got.text, wanted.text, "the trace")
    expect_equal(len(stage.servers["A"].requests), 64, "the number of requests")


def thousand(stage):
    """libcurl's own work grows with the square of their number, a sanitizer's with that; and a
    newer libcurl's more than the one's of Debian 12."""
    return 300 if "/san-" in stage.build or "LIBCURL" in os.environ else 1000


@in_each("a thousand handles are played by a stand-in", MAIN_STYLES)
def _(stage, style):
    n = thousand(stage)
    stage.place(A=Refused(), B=Server(fake.healthy))
    got = stage.under((f"style={style}", "mopt=MAX_TOTAL_CONNECTIONS=20", f"each=0-{n - 1}", *ASK[:4],
                       "opt=NOSIGNAL=1", "wfunc=a", "wdata=w", "add", "run"), UNDERSTUDY_FALLBACKS=LOCAL)
    seen = {part.text for part in parts(got)}
    expect(not lines(got, "ODD"), got.text[:3000])
    expect_equal(len(parts(got)), n, "transfers")
    expect_equal(len(seen), 1, "different traces")
    ends(Trace(seen.pop(), ""), GOOD)
    expect_equal(len(stage.servers["B"].requests), n, "requests")


@in_each("a thousand handles fail as they fail bare", MAIN_STYLES)
def _(stage, style):
    words = (f"style={style}", f"each=0-{thousand(stage) - 1}", *ASK, "opt=NOSIGNAL=1", "add",
             "run")
    stage.place(A=Refused())
    expect_equal(stage.under(words).text, stage.bare(words).text, "the trace")


@in_each("one connection is enough for all, whoever they ask", MAIN_STYLES)
def _(stage, style):
    stage.place(A=Server([HANG]), B=Server(fake.healthy))
    got = stage.under((f"style={style}", "mopt=MAX_TOTAL_CONNECTIONS=1", "each=0-2", *ASK, "add",
                       "run"), UNDERSTUDY_ANSWER="300ms", **SOME_CHAIN)
    expect(not lines(got, "ODD"), got.text)
    for part in parts(got):
        ends(part, GOOD)


@in_each("waiting for a connection is not the provider's silence", MAIN_STYLES)
def _(stage, style):
    """Those behind in the queue of a multi's few connections have not been sent yet."""
    def answer(request):
        return [0.35, *fake.healthy(request)]
    stage.place(A=Server(answer), B=Server(fake.healthy))
    got = stage.under((f"style={style}", "mopt=MAX_HOST_CONNECTIONS=1", "each=0-4", *ASK, "with=3",
                       *ASK_STREAM[3:4], "each=0-4", "add", "run"),
                      UNDERSTUDY_FALLBACKS=LOCAL, UNDERSTUDY_CONNECT="500ms",
                      UNDERSTUDY_ANSWER="900ms", UNDERSTUDY_FIRST_TOKEN="900ms")
    for part in parts(got):
        ends(part, GOOD)
    expect(not stage.servers["B"].requests, "the stand-in was asked for what its provider serves")
    expect_equal(len(stage.servers["A"].requests), 5, "requests")


@in_each("two multis, both in the outage", MAIN_STYLES)
def _(stage, style):
    stage.place(A=Server(*[wait(300)] * 4, fake.healthy))
    got = stage.under((f"style={style}", "each=0-1", *ASK, "multi=0", "add", "each=2-3", *ASK,
                       "multi=1", "add", "run", "multi=0", "run"), UNDERSTUDY_BREAKER="1000/6s")
    expect(not lines(got, "ODD"), got.text)
    for part in parts(got):
        ends(part, GOOD)


@in_each("a waiting handle is removed when another one has ended")
def _(stage, style):
    """The first answer wins, as programs do that ask several."""
    def answer(request):
        if request.header("User-Agent") == "slow":
            return wait(4500)
        return [0.4, *fake.healthy(request)]
    stage.place(A=Server(answer))
    words = (f"style={style}", "each=0-1", *ASK, "with=0", "opt=USERAGENT=slow", "each=0-1", "add",
             "with=1", "after=remove=0", "run", "took=0-2500")
    got = stage.under(words)
    slow, quick = parts(got)
    expect_equal(slow.text, "add 0\nremove 0\n", "the removed one")
    ends(quick, GOOD)
    expect_equal(lines(got, "took"), ["took 0-2500"], "the loop")


@in_each("a call in each thread's multi, handed from thread to thread", MAIN_STYLES)
def _(stage, style):
    """It is added here, waits there, is asked for elsewhere; one thread at a time."""
    stage.place(A=Refused(), B=Server(fake.healthy))
    got = stage.under((f"style={style}", *ASK, "thread=add", "thread=run", "thread=add",
                       "thread=remove", "thread=add", "run", "thread=info=RESPONSE_CODE",
                       "thread=cleanup"), UNDERSTUDY_FALLBACKS=CLAUDE)
    ends(got, GOOD, GOOD)


@in_each("a body that is read is read in the loop, never while its handle is added", MAIN_STYLES)
def _(stage, style):
    """Of a provider that is known to be down, the stand-in is asked at once: it needs the body."""
    stage.place(A=Refused(), B=Server(fake.healthy))
    body = fake.OPENAI_REQUEST.decode()
    words = (f"style={style}", URL, JSON, "opt=POST=1", "read=" + body,
             f"opt=POSTFIELDSIZE={len(body)}", *TRACED, "on=r:1:say=read", "add", "run")
    for _ in range(2):
        got = stage.under(words, UNDERSTUDY_FALLBACKS=CLAUDE)
        ends(got, GOOD)
        expect(got.text.startswith("add 0\nread\n"), f"in this order: {got.text[:200]}")


# --- what is borrowed ----------------------------------------------------------------------------


def open_after(stage, words, times, **settings):
    """Descriptors that are open after the first round and after the last one."""
    got = stage.under((*words, "add", "run", "fds={DIR}/fds", *("add", "run") * times,
                       "fds={DIR}/fds"), **settings)
    ends(got, *[GOOD] * (times + 1))
    first, last = map(int, pathlib.Path(stage.path("fds")).read_text().split())
    return first, last


@in_each("no descriptor is lost in 200 calls", MAIN_STYLES)
def _(stage, style):
    stage.place(A=Server(fake.healthy))
    first, last = open_after(stage, (f"style={style}", *ASK), 200)
    expect_equal(last, first, "open descriptors")


@in_each("no descriptor is lost in 200 calls that a stand-in plays", MAIN_STYLES)
def _(stage, style):
    stage.place(A=Refused(), B=Server(fake.healthy))
    first, last = open_after(stage, (f"style={style}", *ASK), 200, UNDERSTUDY_FALLBACKS=CLAUDE)
    expect_equal(last, first, "open descriptors")


@in_each("no descriptor is lost in handles that come and go", MAIN_STYLES)
def _(stage, style):
    """100 handles, each cleaned up after its call: what is kept is the multi's."""
    stage.place(A=Refused(), B=Server(fake.healthy))
    first, last = open_after(stage, (f"style={style}", *ASK), 0, UNDERSTUDY_FALLBACKS=CLAUDE)
    (stage.dir / "fds").unlink()
    got = stage.under((f"style={style}", *(*ASK, "add", "run", "cleanup") * 100, "fds={DIR}/fds"),
                      UNDERSTUDY_FALLBACKS=CLAUDE)
    ends(got, *[GOOD] * 100)
    last = int((stage.dir / "fds").read_text())
    expect(last <= first, f"{first} descriptors are open after one call, {last} after a hundred")


# --- what this libcurl may not have --------------------------------------------------------------


def notified(stage, words, answers, **settings):
    """As bare of a healthy provider: who is told what, in which order."""
    words = ("notified", *words)
    stage.place(A=Server(fake.healthy))
    wanted = stage.bare(words)
    if lines(wanted, "no curl_multi_notify_enable"):
        raise Skip("this libcurl has no curl_multi_notify_enable")
    stage.place(A=Server(*answers) if answers else Refused(), B=Server(fake.healthy))
    got = stage.under(words, **settings)
    # libcurl forgets an end if its handle is removed, with another's message, before it tells it
    told = ("H", "B", "is") if "each=0-3" in words else ("H", "B")
    expect_equal(got.without(*told), wanted.without(*told), "the trace")


for style in MAIN_STYLES:
    for name, answers, settings in (
            ("healthy", (fake.healthy,), {}),
            ("retried", (fake.openai_error("503 No"), fake.healthy), {}),
            ("played by a stand-in", None, {"UNDERSTUDY_FALLBACKS": CLAUDE})):
        test(f"a program that is notified of its end: {name} ({style})",
             (f"style={style}", *ASK, "add", "run", "add", "run"), answers)(
                 lambda stage, words, answers, how=settings: notified(stage, words, answers, **how))
        test(f"programs that are notified of their ends: {name} ({style})",
             (f"style={style}", "each=0-3", *ASK, "add", "run", "add", "run"), answers)(
                 lambda stage, words, answers, how=settings: notified(stage, words, answers, **how))


@test("a loop by curl_multi_waitfds is woken for the next attempt")
def _(stage):
    stage.place(A=Server(wait(500), fake.healthy))
    got = stage.under(("style=waitfds", *ASK, "add", "run", "took=490-1500"))
    if lines(got, "no curl_multi_waitfds"):
        raise Skip("this libcurl has no curl_multi_waitfds")
    ends(got, GOOD, "took 490-1500")


main()
