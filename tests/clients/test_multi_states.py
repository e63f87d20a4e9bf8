#!/usr/bin/env python3
"""test_multi_states.py - what a program does to a handle while its provider is down

A program may do to a handle in a multi what it likes, at any moment. Under the preload that moment
may be one that libcurl does not have: the call waits for its next attempt, or plays elsewhere. The
program must then see what it sees bare of a provider that takes its time: each deed is done bare
while a server is silent, and under the preload in every state.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from fake import HANG, Refused, Server  # noqa: E402
from play import Stage, expect_equal, main, test  # noqa: E402
from programs import ASK, ASK_STREAM  # noqa: E402

Stage.client = "multi"
CLAUDE = "anthropic:claude-sonnet-4-5@{B}"
NOW = "cue={DIR}/now:"  # what follows is done when a server gives the cue
BUSY = fake.openai_error("503 Service Unavailable")
# a request of the same handle that gets an answer
AGAIN = "url={C}/v1/chat/completions"


def cue(stage):
    """A step of a server: the program's turn, once it has read what came before."""
    def step(_):
        stage.write("now", b"")
        return True
    return step


def wait(ms):
    return fake.openai_error("503 Service Unavailable", "server_error", f"Retry-After-Ms: {ms}")


def silent(stage):
    return [cue(stage), HANG]


HELD = fake.head("200 OK", "Content-Type: application/json", "Content-Length: 293") + b'{"id":'
BUSY_ANTHROPIC = fake.whole(b'{"type":"error","error":{"type":"api_error","message":"No."}}',
                            "503 No", "Retry-After-Ms: 4500")


class State:
    """What A and B do before and after the cue (None: it refuses), and how often they are asked."""

    def __init__(self, asked, a, b=lambda stage: None, **settings):
        self.asked, self.a, self.b, self.settings = asked, a, b, settings


STATES = {
    "waits for its next attempt": State((1, 0), lambda s: [[*wait(4500), 0.1, *silent(s)]]),
    "asks for the first time": State((1, 0), lambda s: [silent(s)]),
    "asks for the first time and has a stand-in":
        State((1, 0), lambda s: [silent(s)], lambda s: [[HANG]]),
    "asks once more": State((2, 0), lambda s: [BUSY, silent(s)]),
    "has an answer begun": State((1, 0), lambda s: [[HELD, 0.1, *silent(s)]], lambda s: [[HANG]]),
    "asks a stand-in": State((0, 1), lambda s: None, lambda s: [silent(s)]),
    "waits for its stand-in":
        State((0, 1), lambda s: None, lambda s: [[*BUSY_ANTHROPIC, 0.1, *silent(s)]]),
    "asks two at once":
        State((1, 1), lambda s: [[HANG]], lambda s: [silent(s)], UNDERSTUDY_HEDGE="300ms"),
    "asks a second one whose first has failed":
        State((1, 1), lambda s: [[0.7, *BUSY, 0.1, *silent(s)]], lambda s: [[HANG]],
              UNDERSTUDY_HEDGE="300ms"),
}
STREAMING = {
    "streams": State((1, 0), lambda s: [
        [*fake.stream(*fake.OPENAI_EVENTS[:3])[:-1], 0.1, *silent(s)]]),
    "streams from a stand-in": State((0, 1), lambda s: None, lambda s: [
        [*fake.stream(*fake.ANTHROPIC_EVENTS[:4])[:-1], 0.1, *silent(s)]]),
    "streams from a stand-in that was quicker": State((1, 1), lambda s: [[HANG]], lambda s: [
        [*fake.stream(*fake.ANTHROPIC_EVENTS[:4])[:-1], 0.1, *silent(s)]],
        UNDERSTUDY_HEDGE="300ms"),
}

# What is done, and what then. Handles left over are for the end of the program to clean up.
DEEDS = {
    "removed": ("remove",),
    "removed and added again": ("remove", AGAIN, "add"),
    "removed and performed": ("remove", AGAIN, "eperform", "info=RESPONSE_CODE"),
    "removed, and its options looked at": ("remove", "dup=1", "use=1", AGAIN, "eperform"),
    "removed and reset": ("remove", "reset", *ASK, AGAIN, "eperform"),
    "removed and asked": ("remove", "info=EFFECTIVE_METHOD", "info=PRIVATE", "say=gone"),
    "removed and cleaned up": ("remove", "cleanup", "say=gone"),
    "moved to another multi": ("remove", AGAIN, "multi=1", "add", "multi=0"),
    "removed in another thread": ("thread=remove", AGAIN, "thread=add"),
    "cleaned up": ("cleanup", "say=gone"),
    "cleaned up, and another one is added": ("cleanup", *ASK, AGAIN, "add"),
    "left behind by its multi": ("mcleanup", "cleanup", "say=gone"),
    "left behind by its multi, and used": ("mcleanup", AGAIN, "eperform"),
    "added once more": ("add", "remove"),
    "added to another multi": ("multi=1", "add", "multi=0", "remove"),
    "performed": ("eperform", "remove"),
    "asked": ("info=PRIVATE", "info=RESPONSE_CODE", "info=EFFECTIVE_URL", "info=SIZE_DOWNLOAD_T",
              "gethdr=Content-Type", "remove"),
    "duplicated": ("dup=1", "use=1", AGAIN, "eperform", "use=0", "remove"),
    "given other options, and used": ("wfunc=b", "opt=USERAGENT=agent/2", "remove", AGAIN,
                                      "eperform"),
    "reset": ("reset", *ASK, "remove", AGAIN, "eperform"),
    "paused": ("pause=1", "pause=0", "remove"),
    "paused and removed": ("pause=1", "remove", AGAIN, "eperform"),
    "in a child that does nothing": ("forked=say=here", "remove"),
    "removed in a child": ("forked=remove", "remove", AGAIN, "eperform"),
    "cleaned up in a child": ("forked=cleanup", "remove", AGAIN, "eperform"),
    "with its multi cleaned up in a child": ("forked=mcleanup", "remove", AGAIN, "eperform"),
    "read for messages": ("messages", "remove", "messages"),
}


def stand(stage, a, b):
    pathlib.Path(stage.path("now")).unlink(missing_ok=True)
    stage.place(A=Server(*a) if a else Refused(), B=Server(*b) if b else Refused(),
                C=Server(fake.healthy))
    return stage.servers["A"].requests, stage.servers["B"].requests


def seen(trace):
    """All but what had come before: that is for other tests."""
    return trace.without("H", "B")


def is_as_bare(stage, state, bare_state, deed, style, asks):
    words = ("private=mine", f"style={style}", *asks, *(NOW + word for word in DEEDS[deed]), "add",
             "run", "took=0-3500")
    stand(stage, bare_state.a(stage), None)
    wanted = stage.bare(words)
    a, b = stand(stage, state.a(stage), state.b(stage))
    chain = {"UNDERSTUDY_FALLBACKS": CLAUDE} if state.b(stage) else {}
    got = stage.under(words, **chain, **state.settings)
    expect_equal(seen(got), seen(wanted), "the trace")
    expect_equal(got.errors, wanted.errors, "stderr")
    expect_equal((len(a), len(b)), state.asked, "requests: it was not in that state")


def main_tests():
    silence, held = STATES["asks for the first time"], STATES["has an answer begun"]
    for deed in DEEDS:
        for style in ("poll", "epoll"):
            for name, state in STATES.items():
                test(f"a handle that {name} is {deed} ({style})", state,
                     held if state is held else silence, deed, style, ASK)(is_as_bare)
            for name, state in STREAMING.items():
                if deed == "asked" and "stand-in" in name:
                    continue  # of another stream there is other news
                test(f"a handle that {name} is {deed} ({style})", state, STREAMING["streams"],
                     deed, style, ASK_STREAM)(is_as_bare)


main_tests()
main(one_of=4)
