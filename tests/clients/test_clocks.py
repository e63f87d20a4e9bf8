#!/usr/bin/env python3
"""test_clocks.py - every limit on time runs in every phase of a call, and in every style of program

Of a program's CURLOPT_TIMEOUT_MS: whatever its providers do, all is over in time, and the last one
that is asked still has its share of it. Of our own limits, each where it belongs. "In time" is twenty
milliseconds beyond what bare libcurl needs in the same minute; who is late once may have been held up
by the machine, who is late each time is late. That deadlines are exact is tests/unit/
test_call_clocks.c's to say, whose clock is moved by hand.

The styles: a blocking program; a loop that polls; a loop that knows sockets and the timer callback.
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "fake"), str(TESTS / "scenario")]
import fake  # noqa: E402
import stage as ports  # noqa: E402
from fake import HANG, Refused, Server  # noqa: E402
from play import Wrong, expect, expect_equal, main, test  # noqa: E402
from programs import ASK, ASK_STREAM  # noqa: E402

T = 1200     # the program's limit
SHARE = 0.3  # of it, for the last one
LIMIT = 300  # ours
LATE = 20
TRIES = 5
STYLES = {"blocking": (), "poll": ("style=poll",), "sockets": ("style=epoll",)}
CHAINS = ("local:b@{B}/v1", "local:b@{B}/v1,local:c@{C}/v1")
CALL = fake.openai_event('{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1",'
                         '"type":"function","function":{"name":"f","arguments":"{\\"a"}}]}')


class Deaf(ports.Swallowing):
    """Does not even take a connection."""
    port = property(lambda self: self.address[1])
    requests = ()


def silent_behind(*events):
    return [*fake.stream(*events, pause=0)[:-1], HANG]


def dripping(_):
    yield fake.stream()[0]
    while True:
        yield fake.chunk(b":\n")
        yield 0.02


# Where a provider falls silent: what it is, and whether a stream is asked for.
SILENCES = {
    "silence before the connection": (Deaf, False),
    "silence after the request": (lambda: Server([HANG]), False),
    "silence after the request of a stream": (lambda: Server([HANG]), True),
    "silence after the head": (lambda: Server([fake.whole(b"")[0].replace(b": 0", b": 9"), HANG]), False),
    "silence after a stream's head": (lambda: Server(silent_behind()), True),
    "silence after a stream's role": (lambda: Server(silent_behind(fake.OPENAI_EVENTS[0])), True),
    "comments and nothing else": (lambda: Server(dripping), True),
    "silence in mid-stream": (lambda: Server(silent_behind(*fake.OPENAI_EVENTS[:3])), True),
}


def took(trace):
    return int(re.search(r"^took (\d+) ms", trace.text, re.M).group(1))


def words(style, streamed, *options):
    go = ("add", "run") if STYLES[style] else ("perform",)
    return (*STYLES[style], *(ASK_STREAM if streamed else ASK), *options, *go, "within=1-0")


def on_stage(stage, style):
    stage.client = "multi" if STYLES[style] else "easy"


def in_time(stage, style, ms, play):
    """`play` gives a trace, or is Wrong; it took no longer than `ms`, as far as this machine can tell."""
    whys = []
    for _ in range(TRIES):
        stage.place(A=Server([HANG]))
        bare = took(stage.bare(words(style, False, f"opt=TIMEOUT_MS={ms}"))) - ms
        try:
            got = play()
            late = took(got) - ms - max(bare, 0)
            if late <= LATE:
                return
            whys.append(f"{late} ms late\n{got.text}")
        except Wrong as why:
            whys.append(str(why))
    raise Wrong("each time, at last: " + whys[-1])


def quick(request):
    """A healthy provider's answer, all at once."""
    return [b"".join(step for step in fake.healthy(request) if isinstance(step, bytes))]


def ended(trace, code):
    expect(re.search(rf"^perform {code} ", trace.text, re.M), trace.text)


# --- the program's limit -------------------------------------------------------------------------


def over_when_all_are_silent(stage, style, provider, streamed, chain):
    on_stage(stage, style)

    def play():
        stage.place(A=provider(), B=Server([HANG]), C=Deaf())
        got = stage.under(words(style, streamed, f"opt=TIMEOUT_MS={T}"), UNDERSTUDY_FALLBACKS=chain)
        ended(got, 28)
        expect(took(got) >= T, f"the program was given {took(got)} ms")
        return got
    in_time(stage, style, T, play)


def last_has_its_share(stage, style, provider, streamed, chain):
    """It needs most of what is its due, and serves."""
    on_stage(stage, style)
    late = (SHARE - 0.05) * T / 1000

    def slow(request):
        return [late, *quick(request)]

    def play():
        last = {"B": Server(slow)} if chain == CHAINS[0] else {"B": Server([HANG]), "C": Server(slow)}
        stage.place(A=provider(), **last)
        got = stage.under(words(style, streamed, f"opt=TIMEOUT_MS={T}"), UNDERSTUDY_FALLBACKS=chain)
        ended(got, 0)
        expect_equal(got.body.count(b"OpenAI"), 1, f"who serves\n{got.text}")
        return got
    in_time(stage, style, T, play)


def not_waited_for(stage, style, chain):
    """A wish that goes beyond the program's limit."""
    on_stage(stage, style)
    busy = fake.openai_error("429 Too Many Requests", "rate_limit", "Retry-After: 60")

    def play():
        stage.place(A=Server(busy), B=Server(busy), C=Server(busy))
        got = stage.under(words(style, False, f"opt=TIMEOUT_MS={T}"), UNDERSTUDY_FALLBACKS=chain)
        ended(got, 0)
        expect(b"429 Too Many" in got.head, got.text)
        return got
    in_time(stage, style, LIMIT, play)


def not_beyond_it_for_a_token(stage, style):
    """The budget is used up, by another question: who waits for a token waits for a part of what is left."""
    on_stage(stage, style)
    settings = {"UNDERSTUDY_FALLBACKS": CHAINS[0], "UNDERSTUDY_BUDGET": "1", "UNDERSTUDY_BREAKER": "1000/6s"}
    busy = fake.openai_error("503 Service Unavailable")
    stage.place(A=Server(busy), B=Server(busy))
    stage.under(words(style, True), **settings)

    def play():
        stage.place(A=Server(busy), B=Server([HANG]))
        got = stage.under(words(style, False, f"opt=TIMEOUT_MS={T}"), **settings)
        expect(not stage.servers["B"].requests, "there was a token")
        expect(took(got) >= LIMIT, f"it waited for {took(got)} ms")
        return got
    in_time(stage, style, T, play)


def not_beyond_it_for_the_cooling(stage, style):
    """Its only provider asked to be left alone: it is, and what is left is the attempt's."""
    on_stage(stage, style)
    settings = {"UNDERSTUDY_FALLBACKS": "", "UNDERSTUDY_ATTEMPTS": "1", "UNDERSTUDY_BREAKER": "1000/1s",
                "UNDERSTUDY_BUDGET": "0"}
    busy = fake.openai_error("429 Too Many Requests", "rate_limit", "Retry-After-Ms: 500")

    def play():
        stage.place(A=Server(busy, [HANG]))
        stage.under(words(style, False), **settings)
        got = stage.under(words(style, False, f"opt=TIMEOUT_MS={T}"), **settings)
        ended(got, 28)
        expect_equal(len(stage.servers["A"].requests), 2, "requests")
        return got
    in_time(stage, style, T, play)


# --- our own limits ------------------------------------------------------------------------------

OURS = {
    "silence before the connection": "CONNECT",
    "silence after the request": "ANSWER",
    "silence after the request of a stream": "FIRST_TOKEN",
    "silence after the head": "ANSWER",
    "silence after a stream's head": "FIRST_TOKEN",
    "silence after a stream's role": "FIRST_TOKEN",
    "comments and nothing else": "FIRST_TOKEN",
    "silence in mid-stream": "STALL",
    "silence in a tool call": "STALL",
}


def left_after_its_limit(stage, style, provider, streamed, setting):
    on_stage(stage, style)

    def play():
        stage.place(A=provider(), B=Server(quick))
        got = stage.under(words(style, streamed), UNDERSTUDY_FALLBACKS=CHAINS[0],
                          **{f"UNDERSTUDY_{setting}": f"{LIMIT}ms"})
        ended(got, 0)
        expect(took(got) >= LIMIT, f"it was left after {took(got)} ms")
        expect_equal(got.body.count(b"OpenAI"), 1, f"who serves\n{got.text}")
        return got
    in_time(stage, style, LIMIT, play)


def over_at_the_deadline(stage, style, provider, streamed):
    on_stage(stage, style)

    def play():
        stage.place(A=provider(), B=Server([HANG]))
        got = stage.under(words(style, streamed), UNDERSTUDY_FALLBACKS=CHAINS[0],
                          UNDERSTUDY_DEADLINE="600ms")
        ended(got, 28)
        expect(took(got) >= 600, f"the call was given {took(got)} ms")
        return got
    in_time(stage, style, 600, play)


def whoever_holds_the_loop_up_costs_nobody_his_time(stage, style):
    """The program's own progress callback, while its provider's failure is found out."""
    on_stage(stage, style)
    stage.place(A=Refused(), B=Server(quick))
    got = stage.under(words(style, False, "progress", f"on=p:3:sleep={2 * LIMIT}"),
                      UNDERSTUDY_FALLBACKS=CHAINS[0], UNDERSTUDY_ANSWER=f"{LIMIT}ms")
    ended(got, 0)
    expect_equal(got.body.count(b"OpenAI"), 1, f"who serves\n{got.text}")
    expect(took(got) >= 2 * LIMIT, f"nobody held it up: {took(got)} ms")


IN_A_CALL = (lambda: Server(silent_behind(CALL)), True)


def main_tests():
    for style in STYLES:
        for name, (provider, streamed) in SILENCES.items():
            for chain in CHAINS:
                where = f"{name}, {chain.count('@')} stand-in(s) ({style})"
                test(f"within the program's limit: {where}", style, provider, streamed,
                     chain)(over_when_all_are_silent)
                test(f"the last one has its share: {where}", style, provider, streamed,
                     chain)(last_has_its_share)
            test(f"within UNDERSTUDY_DEADLINE: {name} ({style})", style, provider,
                 streamed)(over_at_the_deadline)
        for name, setting in OURS.items():
            provider, streamed = SILENCES.get(name, IN_A_CALL)
            test(f"UNDERSTUDY_{setting} holds: {name} ({style})", style, provider, streamed,
                 setting)(left_after_its_limit)
        for chain in ("", CHAINS[0], CHAINS[1]):
            test(f"Retry-After beyond the program's limit, {chain.count('@')} stand-in(s) ({style})",
                 style, chain)(not_waited_for)
        test(f"no token for a retry within the program's limit ({style})", style)(not_beyond_it_for_a_token)
        test(f"a program that holds its loop up costs nobody his time ({style})",
             style)(whoever_holds_the_loop_up_costs_nobody_his_time)
        test(f"a cooling provider within the program's limit ({style})", style)(not_beyond_it_for_the_cooling)


main_tests()
main(one_of=3)
