#!/usr/bin/env python3
"""test_cuts.py - streams that are cut at any byte come out whole, in every loop of a program

Eight transfers at once, each cut where the dice say, kindly or not, their bytes in packets of any
size; a stand-in, or the provider itself, is asked for the rest. What each program's callbacks got
must be the whole answer, once, with one end: programs of words in all styles of loop, which pause
now and then; curl -Z; pycurl's CurlMulti by select and by sockets. FULL=1 plays 128 cuts of each.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from crowds import STYLES  # noqa: E402
from fake import CLOSE, OPENAI_STREAMED, RST, Server  # noqa: E402
from play import Skip, Stage, Trace, Wrong, expect, expect_equal, main, runtimes, test  # noqa: E402
from programs import ASK_STREAM  # noqa: E402

MANY = 8
ROUNDS = 16 if os.environ.get("FULL") else 2
WORDS = ["caf\u00e9", "two\\n", "\U0001f600", "of", "x:"] * 12
WHOLE = " ".join(f"{word}{i}" for i, word in enumerate(WORDS))
SETTINGS = {"UNDERSTUDY_BREAKER": "1000/6s", "UNDERSTUDY_BUDGET": "0"}
HOW = {"a stand-in": "anthropic:claude-sonnet-4-5@{B}", "its own provider": ""}


def pieces(text, dice):
    while text:
        n = dice.randint(1, 9)
        yield text[:n]
        text = text[n:]


def openai(text, dice):
    yield fake.openai_event('{"role":"assistant","content":""}')
    for piece in pieces(text, dice):
        yield openai_text(piece, dice)
    yield fake.openai_event("{}", '"stop"')
    yield b"data: [DONE]\n\n"


def openai_text(piece, dice):
    event = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000,
             "model": "gpt-4.1", "choices": [{"index": 0, "delta": {"content": piece},
                                              "logprobs": None, "finish_reason": None}]}
    return b"data: " + json.dumps(event, ensure_ascii=dice.random() < 0.5).encode() + b"\n\n"


def anthropic(text, dice):
    begin, end = fake.ANTHROPIC_EVENTS[:2], fake.ANTHROPIC_EVENTS[5:]
    yield from begin
    for piece in pieces(text, dice):
        yield (b'event: content_block_delta\ndata: ' + json.dumps(
            {"type": "content_block_delta", "index": 0,
             "delta": {"type": "text_delta", "text": piece}}).encode() + b"\n\n")
    yield from end


def packets(data, dice):
    """The same bytes, cut anywhere."""
    while data:
        n = dice.choice((1, 7, 60, 400, 4000))
        yield data[:n]
        data = data[n:]


def said(request):
    """What the program has got, as the request for the rest says it; None: it is another one."""
    turns = [m for m in request.json["messages"] if m["role"] == "assistant"]
    if not turns:
        return None
    content = turns[-1]["content"]
    return content if isinstance(content, str) else "".join(b["text"] for b in content)


class Cutter:
    """Cuts the first so many streams, and goes on with any."""

    def __init__(self, seed):
        self.dice, self.left = random.Random(seed), MANY

    def events(self, request, text):
        tell = anthropic if request.path.startswith("/v1/messages") else openai
        return b"".join(tell(text, self.dice))

    def __call__(self, request):
        begun = said(request)
        if begun is not None:
            expect(WHOLE.startswith(begun), f"asked to go on with what was not said: {begun!r}")
            rest = self.events(request, WHOLE[len(begun):])
            return fake.stream(*packets(rest, self.dice), pause=0)
        data = self.events(request, WHOLE)
        if not self.left:
            return fake.stream(*packets(data, self.dice), pause=0)
        self.left -= 1
        data = data[:self.dice.randint(0, len(data))]
        cut = fake.stream(*packets(data, self.dice), pause=0)[:-1]
        return cut + [0.005, self.dice.choice((CLOSE, RST))]


def parts(trace):
    return [Trace(part.split("\n", 1)[1], "") for part in trace.text.split("--- ")[1:]]


def text_of(body):
    """What the events say; the last one is the end."""
    events = [e for e in body.decode().split("\n\n") if e and not e.startswith(":")]
    expect_equal(events.count("data: [DONE]"), 1, "ends in the stream")
    expect_equal(events[-1], "data: [DONE]", "the last event")
    chunks = [json.loads(e.removeprefix("data: ")) for e in events[:-1]]
    expect_equal(sum(bool(c["choices"][0]["finish_reason"]) for c in chunks), 1, "stop reasons")
    expect_equal(len({c["id"] for c in chunks}), 1, "ids")
    return "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks)


def trace_is_whole(trace):
    lines = [line for line in trace.text.split("\n") if line.startswith(("perform", "ODD"))]
    expect_equal(lines, ['perform 0 ""'], "how it ended")
    expect_equal(trace.head.count(b"HTTP/1.1 200"), 1, "heads")
    expect_equal(text_of(trace.body), WHOLE, "the answer")


def words_of(style, pauses, dice):
    if style == "easy":
        pause = (f"on=w:{dice.randint(1, 6)}:ret=pause", "progress", "unpause=2") if pauses else ()
        return (*ASK_STREAM, *pause, "perform")
    each = []
    for n in range(MANY if pauses else 0):
        each += [f"with={n}", f"on=w:{dice.randint(1, 6)}:ret=pause", "progress", "unpause=3"]
    all_of_them = f"each=0-{MANY - 1}"
    return (f"style={style}", all_of_them, *ASK_STREAM, *each, all_of_them, "add", "run")


def by_words(stage, settings, dice, style, pauses):
    stage.client = "easy" if style == "easy" else "multi"
    for _ in range(2 if style == "easy" else 1):
        got = stage.under(words_of(style, pauses, dice), **settings)
        for trace in [got] if style == "easy" else parts(got):
            trace_is_whole(trace)


def run(stage, settings, *command):
    done = subprocess.run(command, capture_output=True, check=False, timeout=20,
                          env=stage.environment(True, settings))
    expect(done.returncode == 0, f"exit {done.returncode}: {done.stderr.decode()[-800:]}")
    return done.stdout


def by_curl(stage, settings, dice):
    if runtimes(stage.build):
        raise Skip("curl hangs under a sanitizer's runtime: its gnutls waits in a constructor")
    urls = []
    for n in range(MANY):
        urls += ["-o", stage.path(f"answer-{n}"), stage.fill("{A}/v1/chat/completions")]
    run(stage, settings, "curl", "-sSN", "-Z", "--parallel-immediate", "-H",
        "content-type: application/json", "-d", OPENAI_STREAMED.decode(), *urls)
    for n in range(MANY):
        body = pathlib.Path(stage.path(f"answer-{n}")).read_bytes()
        expect_equal(text_of(body), WHOLE, "the answer")


def by_pycurl(stage, settings, dice, style):
    python = shutil.which("python3", path="/usr/bin")
    if not python or subprocess.run([python, "-c", "import pycurl"], capture_output=True,
                                    check=False).returncode:
        raise Skip("no pycurl")
    program = pathlib.Path(__file__).resolve().parent / "programs" / "py_curl.py"
    told = run(stage, settings, python, "-B", str(program), style, str(MANY),
               stage.fill("{A}/v1/chat/completions"), OPENAI_STREAMED.decode())
    bodies = [b""] * MANY
    while told:
        line, told = told.split(b"\n", 1)
        word, n, value = line.split(b" ", 2)
        if word == b"chunk":
            bodies[int(n)] += told[:int(value)]
            told = told[int(value) + 1:]
        expect(word != b"error" or value == b"0", f"{line}")
    for body in bodies:
        expect_equal(text_of(body), WHOLE, "the answer")


def cut(stage, how, play, *args):
    for n in range(ROUNDS):
        seed = f"{how} {play.__name__} {args} {n}"
        stage.place(A=Server(Cutter(seed + " a")), B=Server(Cutter(seed + " b")))
        stage.servers["B"].answers[0].left = 0
        try:
            play(stage, {"UNDERSTUDY_FALLBACKS": HOW[how], **SETTINGS}, random.Random(seed), *args)
        except (Wrong, OSError, subprocess.SubprocessError, ValueError) as why:
            raise Wrong(f"{seed}: {why!r}") from why
        asked = stage.servers["B" if HOW[how] else "A"].requests
        expect(any(said(r) is not None for r in asked), "nobody was asked for the rest")


for how_ in HOW:
    for style_ in ("easy", *STYLES):
        for pauses_ in (False, True):
            name_ = f"cut anywhere, {how_} goes on{', with pauses' if pauses_ else ''} ({style_})"
            test(name_, how_, by_words, style_, pauses_)(cut)
    test(f"cut anywhere, {how_} goes on (curl -Z)", how_, by_curl)(cut)
    for style_ in ("select", "socket"):
        test(f"cut anywhere, {how_} goes on (pycurl, {style_})", how_, by_pycurl, style_)(cut)
main(one_of=2)
