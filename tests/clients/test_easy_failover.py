#!/usr/bin/env python3
"""test_easy_failover.py - an unmodified libcurl program sees one play when another provider steps in

Programs of tests/fake/programs.py that another provider can serve are run bare on a healthy
provider, and under the preload with their own one down: the same happens in the same order, what
they get says what the other provider said, and libcurl's figures fit what they got.
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from fake import RST, Server  # noqa: E402
from play import expect, expect_equal, main, test  # noqa: E402
from programs import ASK, PROGRAMS  # noqa: E402
from story import (CLAUDE, DOWN, after_a_fault, said_by, to_a_local_server,  # noqa: E402
                   to_anthropic, to_openai)


def stays_with_the_own_one(stage, option):
    """What binds a transfer to one host does not lead the stand-in's there."""
    a, b = Server([RST]), Server(fake.healthy)
    stage.place(A=a, B=b)
    got = stage.under((*ASK, "opt=" + option.replace("{PORT}", str(a.port)), "perform"),
                      UNDERSTUDY_FALLBACKS=CLAUDE)
    expect_equal(got.get("perform"), '0 ""', "the end")
    expect_equal([r.line for r in b.requests], ["POST /v1/messages HTTP/1.1"], "the requests")


def by_the_program_s_proxy(stage):
    """The way out is the program's, whoever is asked."""
    def proxy(request):
        if request.path == "http://gateway.invalid/v1/chat/completions":
            return fake.openai_error("503 Service Unavailable")
        return fake.whole(fake.ANTHROPIC_ANSWER)
    a, b = Server(proxy), Server(fake.healthy)
    stage.place(A=a, B=b)
    got = stage.under((*ASK, "url=http://gateway.invalid/v1/chat/completions", "opt=PROXY={A}",
                       "perform"), UNDERSTUDY_FALLBACKS=CLAUDE)
    expect_equal(said_by(json.loads(got.body)), "Hello from Anthropic.", "what was said")
    expect_equal(a.requests[-1].path, b.url + "/v1/messages", "what the proxy was asked for")
    expect(not b.connections, "it went by itself")


def main_tests():
    for program in PROGRAMS:
        if not program.other or not program.asks:
            continue
        if program.answers == (fake.healthy,):
            test(f"{program.name}: played by Anthropic", program)(to_anthropic)
            test(f"{program.name}, of Anthropic: played by OpenAI", program)(to_openai)
        test(f"{program.name}: played by a local server", program)(to_a_local_server)
    for why, answers in DOWN.items():
        for program in PROGRAMS[:2]:
            test(f"{program.name}: played by Anthropic after {why}", program, answers,
                 CLAUDE)(after_a_fault)
    for option in ("CONNECT_TO=::127.0.0.1:{PORT}", "PORT={PORT}", "REQUEST_TARGET=/elsewhere",
                   "UNIX_SOCKET_PATH=/nowhere", "PROXYHEADER=X-Own: own"):
        test(f"{option.split('=')[0]} stays with its own provider",
             option)(stays_with_the_own_one)
    test("the program's proxy leads to the stand-in too")(by_the_program_s_proxy)


main_tests()
main()
