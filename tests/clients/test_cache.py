#!/usr/bin/env python3
"""test_cache.py - answers from the cache: what programs see, and who gets which

Programs of words (tests/clients/easy.c and multi.c) ask {A} twice. The second time they must see
what they saw bare, but for the head, which tells of the cache, and what libcurl tells of a transfer
that there was none of.
"""

import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from crowds import MAIN_STYLES, crowd, in_multi  # noqa: E402
from fake import HANG, RST, Server  # noqa: E402
from play import Trace, expect, expect_equal, main, test  # noqa: E402
from programs import ASK, ASK_STREAM, JSON, KEY, POST, PROGRAMS, TRACED, URL, WITH_NUL  # noqa: E402
from story import expect_figures, stories  # noqa: E402

ON = {"UNDERSTUDY_CACHE": "1h", "XDG_CACHE_HOME": "{DIR}/cache"}
STALE = {"UNDERSTUDY_CACHE_STALE": "1h", "XDG_CACHE_HOME": "{DIR}/cache", "UNDERSTUDY_ATTEMPTS": "2"}
BUSY = fake.openai_error("503 Busy")
# it sees its own cookies, passwords, and what is not read to its end
NEVER = ("credentials", "cookies", "a write callback that takes", "a header callback that takes",
         "another transfer after an error", "a compressed answer that nobody undoes")


def is_kept(program):
    return (program.asks and program.other and not program.threads
            and not program.name.startswith(NEVER) and "fork" not in program.words)


def seen(trace):
    """All but what is told of a connection."""
    return stories(Trace(re.sub("(?m)^PRIMARY_IP .*\n", "", trace.text), trace.errors))


def kept(stage):
    """The files that hold answers."""
    return sorted(pathlib.Path(stage.path("cache")).glob("understudy/answers-?/*"))


def play(stage, program, **settings):
    stage.client = "multi" if program.words[0].startswith("style=") else "easy"
    stage.write("body", WITH_NUL)
    for made in ("out", "heads"):
        pathlib.Path(stage.path(made)).unlink(missing_ok=True)
    return stage.run(program.words, bool(settings), stdin=program.stdin, **settings)


def is_given_again(stage, program):
    stage.place(A=Server(*program.answers))
    bare = play(stage, program)
    play(stage, program, **ON)
    before = len(stage.servers["A"].requests)
    again = play(stage, program, **ON)
    expect_equal(len(stage.servers["A"].requests), before, "the number of requests")
    expect_equal("\n".join(seen(again)), "\n".join(seen(bare)), "what happened")
    expect_figures(again)
    if not any("hfunc" in word or "HEADER" in word for word in program.words):
        return
    expect("cache-status: understudy; hit; ttl=3" in again.text, "it does not say so")


def ask_again(stage, first, second, n, settings=ON):
    """`first`, then `second`: n requests come."""
    if "A" not in stage.servers:
        stage.place(A=Server(fake.healthy))
    stage.under(first, **{**ON, **settings})
    trace = stage.under(second, **{**ON, **settings})
    expect_equal(len(stage.servers["A"].requests), n, "the number of requests")
    return trace


PLAIN = (*ASK, "perform")
OTHER_KEY = "header=Authorization: Bearer other-key"


def by_default_nothing_is_kept(stage):
    ask_again(stage, PLAIN, PLAIN, 2, {"UNDERSTUDY_CACHE": "0"})
    expect(not os.path.exists(stage.path("cache")), "there is a directory")


def another_is_asked(stage, words):
    ask_again(stage, PLAIN, (*words, "perform"), 2)


def the_same_is_asked(stage, words):
    ask_again(stage, PLAIN, (*words, "perform"), 1)


def no_key_is_on_the_disk(stage):
    words = ("url={A}/v1/chat/completions?key=sk-in-url", JSON, KEY, POST, *TRACED, "perform")
    ask_again(stage, words, words, 1)
    files = [p for p in pathlib.Path(stage.path("cache")).rglob("*") if p.is_file()]
    expect(len(files) == 2, f"there are {files}")
    for file in files:
        for secret in (b"own-key", b"sk-in-url", b"Say hello"):
            expect(secret not in file.read_bytes(), f"{secret} is in {file}")


def the_program_forbids(stage, header, n):
    """What it says holds for it; others go on as they were."""
    ask_again(stage, (*ASK, "header=" + header, "perform"), (*ASK, "header=" + header, "perform"), 2)
    stage.under(PLAIN, **ON)
    expect_equal(len(stage.servers["A"].requests), n, "the number of requests")


def an_answer_that_is_not_good_is_not_kept(stage, *answers):
    stage.place(A=Server(*answers))
    stream = any(b"event-stream" in step for step in answers[0] if isinstance(step, bytes))
    words = (*(ASK_STREAM if stream else ASK), "perform")
    settings = {**ON, "UNDERSTUDY_ATTEMPTS": "1"}
    stage.under(words, **settings)
    expect_equal(kept(stage), [], "what is kept")


def many_of_a_kind(stage, style):
    """Handles that are added together; of those that come later none is asked."""
    stage.client = "multi"
    stage.place(A=Server(fake.healthy))
    stage.under(("style=" + style, *ASK, "add", "run"), **ON)
    trace = stage.under(("style=" + style, *crowd(16)), **ON)
    expect_equal(len(stage.servers["A"].requests), 1, "the number of requests")
    expect_equal(trace.text.count("RESPONSE_CODE 200"), 16, "good answers in\n" + trace.text)
    expect("ODD" not in trace.text, trace.text)


def between_others(stage, style):
    """One is kept, one is asked, one is a page."""
    stage.client = "multi"
    stage.place(A=Server(fake.healthy))
    stage.under(("style=" + style, *ASK, "add", "run"), **ON)
    words = ("style=" + style, "each=0-2", *ASK, "with=1", POST.replace("hello", "good bye"), "with=2",
             "url={A}/page", "opt=HTTPGET=1", "each=0-2", "after=info=RESPONSE_CODE", "add", "run")
    trace = stage.under(words, **ON)
    expect_equal(len(stage.servers["A"].requests), 3, "the number of requests")
    expect("ODD" not in trace.text, trace.text)
    expect_equal(trace.text.count("RESPONSE_CODE 200"), 2, "good answers in\n" + trace.text)
    expect_equal(trace.text.count("cache-status"), 1, "answers from the cache in\n" + trace.text)


def removed_before_it_was_given(stage, style):
    """Nothing of it is shown, then or later."""
    stage.client = "multi"
    stage.place(A=Server(fake.healthy))
    first = stage.under(("style=" + style, *ASK, "add", "run"), **ON)
    again = stage.under(("style=" + style, *ASK, "add", "remove", "say=removed", "add", "run"), **ON)
    expect_equal(len(stage.servers["A"].requests), 1, "the number of requests")
    told = again.text[again.text.index("removed"):]
    expect(again.text.count('"Content-Type') == told.count('"Content-Type') == 1, again.text)
    expect_equal(again.body, first.body, "the body")


def an_older_one_is_better_than_nothing(stage, style, fault, *words):
    stage.client = "multi" if style else "easy"
    begin, after = (("style=" + style,), "after=") if style else ((), "")
    facts = tuple(after + fact for fact in ("info=RESPONSE_CODE", "info=EFFECTIVE_URL"))
    words = (*begin, *ASK, *words, *((*facts, "add", "run") if style else ("perform", *facts)))
    stage.place(A=Server(fake.healthy, fault))
    first = stage.under(words, **STALE)
    again = stage.under(words, **STALE)
    expect_equal("\n".join(seen(again)), "\n".join(seen(first)), "what happened")
    expect(b"detail=stale-if-error" in again.head, f"it does not say so: {again.head}")
    expect(len(stage.servers["A"].requests) > 1, "nobody was asked")


def where_it_cannot_be_kept_it_is_told(stage):
    pathlib.Path(stage.path("cache")).write_text("a file")
    trace = ask_again(stage, PLAIN, PLAIN, 2, {"UNDERSTUDY_LOG": "warn"})
    expect("no answers are kept" in trace.errors, trace.errors)


def tests():
    for program in PROGRAMS:
        if is_kept(program):
            test(f"{program.name}: from the cache", program)(is_given_again)
            if "madd" not in program.words:
                style = MAIN_STYLES[len(program.name) % len(MAIN_STYLES)]
                test(f"{program.name}: from the cache ({style})",
                     in_multi(program, style))(is_given_again)
    for name, words in {
            "another key": (URL, JSON, OTHER_KEY, POST, *TRACED),
            "another body": (URL, JSON, KEY, POST + " ", *TRACED),
            "a stream": ASK_STREAM,
            "another header": (*ASK, "header=OpenAI-Beta: x"),
            "another query": ("url={A}/v1/chat/completions?a=b", JSON, KEY, POST, *TRACED),
            "a name and a password": (*ASK, "opt=USERPWD=me:secret"),
            "cookies": (*ASK, "opt=COOKIEFILE="),
            "a password from a file": (*ASK, "opt=NETRC=1"),
            "compression": (*ASK, "opt=ACCEPT_ENCODING=gzip")}.items():
        test(f"{name}: asked", words)(another_is_asked)
    for name, words in {
            "headers in another order": (URL, KEY, JSON, POST, *TRACED),
            "headers in other letters": (URL, JSON, KEY.replace("Auth", "auth"), POST, *TRACED),
            "a share": (*ASK, "share"),
            "another trace": (*ASK, "header=traceparent: 00-1", "header=X-Request-Id: 7"),
            "another agent": (*ASK, "opt=USERAGENT=agent/1", "opt=REFERER=http://a/")}.items():
        test(f"{name}: the same", words)(the_same_is_asked)
    test("by default nothing is kept")(by_default_nothing_is_kept)
    test("no key and no request is on the disk")(no_key_is_on_the_disk)
    for header, n in {"Cache-Control: no-store": 3, "Cache-Control: max-age=1, no-cache": 2,
                      "Pragma: no-cache": 2, "cache-control: max-age=0": 2}.items():
        test(f"a program that says {header}", header, n)(the_program_forbids)
    for name, answer in {
            "a refusal": fake.openai_error("400 Bad Request", "invalid_request_error"),
            "a failure": BUSY,
            "half an answer": fake.whole(fake.OPENAI_ANSWER)[0][:-9:],
            "an error inside 200": fake.whole(b'{"error":{"message":"no","type":"server_error"}}'),
            "half a stream": [*fake.stream(*fake.OPENAI_EVENTS[:2])[:-1], fake.CLOSE]}.items():
        answer = [answer, fake.CLOSE] if isinstance(answer, bytes) else answer
        test(f"{name} is not kept", answer)(an_answer_that_is_not_good_is_not_kept)
    for style in MAIN_STYLES:
        test(f"many of a kind ({style})", style)(many_of_a_kind)
        test(f"one is kept, one is asked, one is a page ({style})", style)(between_others)
        test(f"removed before it was given ({style})", style)(removed_before_it_was_given)
    for style in ("", *MAIN_STYLES):
        for name, fault in {"503": BUSY, "a reset": [RST], "429": fake.openai_error("429 Slow"),
                            "a page": fake.whole(b"<p>sorry</p>", kind="text/html")}.items():
            test(f"an older one is better than {name} ({style or 'easy'})", style,
                 fault)(an_older_one_is_better_than_nothing)
        test(f"an older one is better than silence ({style or 'easy'})", style, [HANG],
             "opt=TIMEOUT_MS=400")(an_older_one_is_better_than_nothing)
    test("where it cannot be kept it is told")(where_it_cannot_be_kept_it_is_told)


tests()
main()
