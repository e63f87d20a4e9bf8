#!/usr/bin/env python3
"""test_idempotency.py - whoever knows by a header whether he has had a request, is told by us

All attempts of one call on such a provider bear one key; nobody else hears of it, and what the
program says itself is left alone. A provider that nobody said it of gets what the program sends.
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from fake import CLOSE, RST, Refused, Server  # noqa: E402
from play import expect, expect_equal, main, test  # noqa: E402
from programs import ASK, BODY, JSON, POST_STREAM, TRACED, URL, WITH_NUL  # noqa: E402

HEADER = "Idempotency-Key"
BUSY = fake.openai_error("503 Service Unavailable")
STYLES = {"blocking": (), "loop": ("style=epoll",)}


def play(stage, style, program, preload=True, fallbacks=("other",), known=("own", "other"), times=1,
         header=HEADER):
    """`known`: who has such a header."""
    stage.client = "multi" if STYLES[style] else "easy"
    who = {"own": {"base_url": stage.fill("{A}/v1"), "key_env": ""},
           "other": {"base_url": stage.fill("{B}/v1"), "key_env": "", "model": "m"},
           "third": {"base_url": stage.fill("{B}/v1"), "key_env": "", "model": "another"}}
    for name in known:
        who[name]["idempotency_header"] = header
    config = stage.write("config", json.dumps({"providers": who, "fallbacks": list(fallbacks)}).encode())
    go = ("add", "run") if STYLES[style] else ("perform",)
    return stage.run((*STYLES[style], *program, *go * times), preload, UNDERSTUDY_CONFIG=config)


def keys(server):
    told = [[line.split(": ")[1] for line in r.head.split("\r\n") if line.startswith(HEADER + ":")]
            for r in server.requests]
    expect(all(len(lines) == 1 for lines in told), f"not one key in each request: {told}")
    return [line for line, in told]


def none(server):
    expect(all(not r.header(HEADER) for r in server.requests), "it was told a key")


def all_attempts_bear_one(stage, style):
    stage.place(A=Server([RST], BUSY, BUSY), B=Server(fake.healthy))
    play(stage, style, ASK, known=("own",))
    own = keys(stage.servers["A"])
    expect_equal(len(own), 3, "attempts")
    expect_equal(len(set(own)), 1, "keys")
    expect(own[0].startswith("understudy-"), own[0])
    expect_equal(len(stage.servers["B"].requests), 1, "requests to the stand-in")
    none(stage.servers["B"])


def each_call_has_its_own(stage, style):
    stage.place(A=Server([RST], fake.healthy, [RST], fake.healthy), B=Refused())
    play(stage, style, ASK, times=2)
    first, again, second, once_more = keys(stage.servers["A"])
    expect(first == again and second == once_more and first != second, f"{first} {second}")


def so_has_each_provider_and_each_request(stage, style):
    """A stand-in is tried again if nobody else is left; under another name it is sent something else."""
    stage.place(A=Server(BUSY), B=Server(BUSY, BUSY, BUSY, BUSY, fake.healthy))
    play(stage, style, ASK, fallbacks=("other", "third"), known=("own", "other", "third"))
    own, others = set(keys(stage.servers["A"])), {}
    for request, key in zip(stage.servers["B"].requests, keys(stage.servers["B"])):
        others.setdefault(request.json["model"], set()).add(key)
    expect_equal(sorted(others), ["another", "m"], "the models")
    expect(all(len(told) == 1 for told in others.values()), f"one key for each: {others}")
    expect_equal(len(own.union(*others.values())), 3, "different keys")


def the_programs_own_is_left_alone(stage, style):
    stage.place(A=Server(BUSY), B=Server(fake.healthy))
    play(stage, style, (*ASK, "header=idempotency-key: mine"))
    heads = [r.head.lower() for r in stage.servers["A"].requests]
    expect(all(head.count("idempotency-key") == 1 and "idempotency-key: mine" in head for head in heads),
           f"it was told {heads}")
    key, = keys(stage.servers["B"])
    expect(key.startswith("understudy-"), f"the stand-in was told {key}")


def it_is_not_sent_with_another_request(stage, style, header):
    """Its provider breaks off, and is sent another body to go on: by that key it would give what it gave."""
    cut = fake.stream(*fake.OPENAI_EVENTS[:3])[:-1] + [CLOSE]
    rest = fake.stream(*fake.OPENAI_EVENTS[:1], *fake.OPENAI_EVENTS[3:])
    stage.place(A=Server(cut, rest), B=Refused())
    play(stage, style, (URL, JSON, f"header={header}: mine", POST_STREAM, *TRACED), fallbacks=(),
         known=("own",), header=header)
    first, second = ([line for line in r.head.split("\r\n") if line.startswith(header)]
                     for r in stage.servers["A"].requests)
    expect_equal(first, [f"{header}: mine"], "the key of the first request")
    expect(not any("mine" in line for line in second), f"it was asked to go on with {second}")


def nobody_else_is_told(stage, style):
    stage.place(A=Server(BUSY), B=Server(fake.healthy))
    play(stage, style, ASK, known=())
    none(stage.servers["A"])
    none(stage.servers["B"])


def nothing_else_is_different(stage, style, program, times=2):
    """... in the request, nor in what the program sees, nor in its handle afterwards."""
    seen = []
    for preload in (False, True):
        stage.write("body", WITH_NUL)
        stage.place(A=Server(fake.healthy, fake.healthy), B=Refused())
        trace = play(stage, style, program, preload, times=times)
        heads = ["\r\n".join(line for line in r.head.split("\r\n") if not line.startswith((HEADER, "Host")))
                 for r in stage.servers["A"].requests]
        seen.append((trace.text, heads, [r.body for r in stage.servers["A"].requests]))
    expect_equal(seen[1], seen[0], "what was sent and seen")


READ = (URL, JSON, "opt=POST=1", "read=@" + BODY, f"opt=POSTFIELDSIZE={len(WITH_NUL)}", *TRACED)


def main_tests():
    for style in STYLES:
        for judge in (all_attempts_bear_one, each_call_has_its_own, so_has_each_provider_and_each_request,
                      the_programs_own_is_left_alone, nobody_else_is_told):
            test(f"{judge.__name__.replace('_', ' ')} ({style})", style)(judge)
        for header in (HEADER, "X-Request-Key"):
            test(f"it is not sent with another request: {header} ({style})", style,
                 header)(it_is_not_sent_with_another_request)
        test(f"nothing else is different of a program that reads its body ({style})", style, READ,
             1)(nothing_else_is_different)
        for name, program in (("with headers", ASK), ("without headers", (URL, *ASK[3:])),
                              ("that says its length", (ASK[0], f"header=Content-Length: "
                               f"{len(fake.OPENAI_REQUEST)}", *ASK[1:]))):
            test(f"nothing else is different of a program {name} ({style})", style,
                 program)(nothing_else_is_different)


main_tests()
main()
