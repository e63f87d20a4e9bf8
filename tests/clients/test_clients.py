#!/usr/bin/env python3
"""test_clients.py BUILD [PART OF A NAME | --readme] - other people's clients of libcurl, unmodified

Each client of matrix.py, in each of its styles:
  healthy   without the preload and with it, it gets the same, byte for byte, and its provider
            is asked the same, over as many connections; a stream is shown while it comes
  outage    its provider is down: it gets the stand-in's answer in its own provider's form
  all down  it gets its own provider's failure, as without the preload

--readme writes what was seen into the README's table. A client that is not installed is skipped.
"""
import concurrent.futures
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[1:1] = [str(HERE.parent / "fake"), str(HERE.parent / "scenario")]
import answers  # noqa: E402
import fake  # noqa: E402
import play  # noqa: E402
import readme  # noqa: E402
import stage as scenario_stage  # noqa: E402
from matrix import CLIENTS, PROGRAMS  # noqa: E402
from play import Wrong, expect, expect_equal  # noqa: E402

BUILD = sys.argv[1]
OUT = pathlib.Path(BUILD, "tests/clients/programs").resolve()
RUN_SECONDS = 20
BODIES = {"answer": fake.OPENAI_REQUEST, "stream": fake.OPENAI_STREAMED}
FIRST_WORDS = [fake.chunk(event) for event in fake.OPENAI_EVENTS + fake.ANTHROPIC_EVENTS
               if b"Hello" in event]
DOWN = fake.openai_error("503 Service Unavailable")


# --- what a run gave -----------------------------------------------------------------------------


class Transfer:
    """What one transfer got, as the program told it."""

    def __init__(self):
        self.body, self.facts = b"", {}

    def __repr__(self):
        return f"{self.facts} {self.body}"


def read_trace(text):
    """(transfers, what is not of the trace); the text may end anywhere."""
    transfers, rest, at = {}, b"", 0
    for line in iter(lambda: text[at : text.find(b"\n", at) + 1], b""):
        at += len(line)
        words = line.decode("latin-1").rstrip("\n").split(" ", 2)
        if len(words) < 2 or not words[1].isdigit():
            rest += line
            continue
        transfer = transfers.setdefault(int(words[1]), Transfer())
        if words[0] == "chunk":
            size = int(words[2])
            transfer.body += text[at : at + size]
            at += size + 1
        else:
            transfer.facts[words[0]] = " ".join(words[2:]).strip()
    return transfers, rest + text[at:]


def read_output(text, directory):
    """What a command got that is no program of ours: on stdout, or in files named by transfers."""
    transfers, rest = read_trace(text)
    for got in directory.glob("*.got"):
        transfers.setdefault(int(got.stem), Transfer()).body = got.read_bytes()
    if rest:
        head, gap, body = rest.partition(b"\r\n\r\n")
        transfers[0] = Transfer()
        transfers[0].body = body if gap and head.startswith(b"HTTP/") else rest
        transfers[0].facts["head"] = head.decode() if gap and head.startswith(b"HTTP/") else ""
    return transfers


class Cue:
    """What the providers of a run wait for before they go on.

    Where all is asked at once, an answer begins when all questions are there. Of a stream that is
    shown live, what follows the first words comes when those have been shown."""

    def __init__(self, style):
        self.style = style
        self.together = threading.Barrier(style.count)
        self.change = threading.Condition()
        self.begun = self.shown = 0
        self.late = ""

    def everybody_is_here(self, _):
        try:
            self.together.wait(10)
        except threading.BrokenBarrierError:
            self.late = "the questions did not come at once"
        return not self.late

    def first_words_are_shown(self, _):
        with self.change:
            self.begun += 1
            mine = self.begun
            if not self.change.wait_for(lambda: self.shown >= mine, 10):
                self.late = "the first words were not shown before the rest was sent"
        return not self.late

    def see(self, transfers):
        with self.change:
            self.shown = sum(b"Hello" in t.body for t in transfers.values())
            self.change.notify_all()

    def answer(self, request):
        steps = fake.healthy(request)
        if b"stream" not in request.body and "gzip" in (request.header("accept-encoding") or ""):
            answer = steps[0].partition(b"\r\n\r\n")[2]
            steps = fake.zipped(answer)
        if self.style.live and b"stream" in request.body:
            at = next(i for i, step in enumerate(steps) if step in FIRST_WORDS) + 1
            steps = [*steps[:at], self.first_words_are_shown, *steps[at:]]
        return [self.everybody_is_here, *steps] if self.style.at_once else steps


class Show:
    """One run of a client in a style."""

    def __init__(self, stage, client, style, form):
        self.stage, self.client, self.style, self.form = stage, client, style, form
        self.cue = Cue(style)

    def run(self, primary, standin=None):
        """Bare, or with a stand-in."""
        self.stage.place(A=primary)
        settings = {}
        if standin:
            self.stage.place(B=standin)
            settings["UNDERSTUDY_FALLBACKS"] = "anthropic:claude-haiku-4-5@{B}"
        environment = self.stage.environment(bool(standin), settings)
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=self.stage.dir))
        self.perform({**environment, **self.client.environment})
        self.requests = sorted(
            self.stage.names((r.head.encode("latin-1") + r.body).decode("latin-1"))
            for r in primary.requests)
        self.connections = primary.connections
        return self

    def words(self):
        body = BODIES[self.form]
        request = self.directory / "request"
        request.write_bytes(body)
        return self.client.words(
            self.style, url=self.stage.servers["A"].url + "/v1/chat/completions",
            body=body.decode(), file=request, directory=self.directory, out=OUT)

    def perform(self, environment):
        text = b""
        errors = self.directory / "stderr"
        with open(errors, "wb") as to, subprocess.Popen(
                self.words(), cwd=self.directory, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=to) as process:
            alarm = threading.Timer(RUN_SECONDS, process.kill)
            alarm.start()
            while piece := os.read(process.stdout.fileno(), 1 << 16):
                text += piece
                self.cue.see(self.read(text))
            self.code = process.wait()
            expect(alarm.is_alive(), f"it hangs\n{text[-2000:]}\n{errors.read_bytes()}")
            alarm.cancel()
        self.transfers = self.read(text)
        self.errors = errors.read_text(errors="replace")
        self.seen = self.stage.names(self.told())
        expect(not self.cue.late, f"{self.cue.late}\n{self}")

    def read(self, text):
        return read_output(text, self.directory)

    def told(self):
        lines = [f"exit {self.code}"]
        for n, transfer in sorted(self.transfers.items()):
            lines += [f"{n} {name} {value}" for name, value in sorted(transfer.facts.items())]
            lines += [f"{n} body {transfer.body}"]
        return "\n".join([*lines, self.errors])

    def __str__(self):
        return self.seen


# --- tests ---------------------------------------------------------------------------------------


def healthy(stage, client, style, form):
    bare, ours = (Show(stage, client, style, form) for _ in range(2))
    bare.run(fake.Server(bare.cue.answer))
    standin = fake.Server(fake.healthy)
    ours.run(fake.Server(ours.cue.answer), standin)
    expect(bare.code == 0 and len(bare.transfers) == style.count, f"it fails without us\n{bare}")
    expect_equal(ours.seen, bare.seen, "what it got")
    expect_equal("\n".join(ours.requests), "\n".join(bare.requests), "what was asked")
    expect_equal(ours.connections, bare.connections, "the number of connections")
    expect(not standin.requests, "the stand-in was asked")


def need_answer(show, n, form):
    transfer = show.transfers.get(n)
    expect(transfer, f"transfer {n} is not told\n{show}")
    answer = answers.read("openai", form, transfer.body)
    expect(answer.text == "Hello from Anthropic.", f"{answer}\n{show}")
    kind = {"answer": "application/json", "stream": "text/event-stream"}[form]
    size = len(transfer.body)
    wanted = {"status": "200", "type": kind, "size": str(size),
              "url": "http://{A}/v1/chat/completions", "error": ("0", "ok")}
    for name in wanted.keys() & transfer.facts.keys():
        got = show.stage.names(transfer.facts[name]).split(";")[0]
        expect(got and got in wanted[name], f"{n} {name} {got} instead of {wanted[name]}\n{show}")


def outage(stage, client, style, form, primary):
    show = Show(stage, client, style, form)
    standin = fake.Server(show.cue.answer)
    show.run(primary(), standin)
    expect(show.code == 0 and not show.errors, f"it did not end well\n{show}")
    for n in range(style.count):
        need_answer(show, n, form)
    expect(len(standin.requests) == style.count, f"{len(standin.requests)} asked the stand-in")
    for request in standin.requests:
        expect("sk-mine" not in request.head, f"a key of its own crossed\n{request.head}")


def all_down(stage, client, style, form, primary):
    bare, ours = (Show(stage, client, style, form) for _ in range(2))
    bare.run(primary())
    standin = fake.Server(fake.anthropic_error("529 Overloaded", "overloaded_error"))
    ours.run(primary(), standin)
    expect_equal(ours.seen, bare.seen, "what it got")
    expect(standin.requests, "nobody asked the stand-in")


def unnoticed(stage, client, style, form, primary):
    """libcurl has no part in this style: nothing changes, not even in an outage."""
    bare, ours = (Show(stage, client, style, form) for _ in range(2))
    bare.run(primary())
    ours.run(primary(), fake.Server(fake.healthy))
    expect_equal(ours.seen, bare.seen, "what it got")


def in_words(style, sentence):
    return f"{style.name}: {sentence}"


def tests_of(client, style):
    """(sentence, test, arguments)"""
    forms, usual = ("answer", "stream"), "stream" if style.live else "answer"
    refused, failing = fake.Refused, functools.partial(fake.Server, DOWN)
    for form in forms:
        yield f"healthy, {form}", healthy, (form,)
    if not style.covered:
        yield "an outage is not noticed by us", unnoticed, (usual, failing)
        return
    for form in forms:
        yield f"outage, {form}", outage, (form, failing)
    yield f"outage, refused, {usual}", outage, (usual, refused)
    yield f"all down, {usual}", all_down, (usual, failing)
    yield f"all down, refused, {usual}", all_down, (usual, refused)


# --- who is there --------------------------------------------------------------------------------


def not_installed():
    """The packages that setup.sh misses."""
    said = subprocess.check_output(["./setup.sh", "--missing", "check", "clients"], text=True)
    return [line.split(" ")[0].lstrip("?") for line in said.splitlines()]


def compiled(client):
    """Why it can't be compiled."""
    if not client.build:
        return None
    OUT.mkdir(parents=True, exist_ok=True)
    words = client.fill(client.build, out=OUT)
    for source in PROGRAMS.iterdir():
        if str(OUT / source.name) in words:
            shutil.copy(source, OUT)  # a compiler may leave things beside it
    done = subprocess.run(words, capture_output=True, text=True)
    return done.returncode and f"it can't be compiled:\n{done.stderr}"


def why_not(client, missing):
    """(why it can't be played, its libcurl's version). What should work here is not excused."""
    for package in client.packages.split(" "):
        if package in missing:
            return f"{package} is not installed", ""
    if client.made and not os.path.exists(client.made):
        return "make check-clients has not built it", ""
    why = compiled(client)
    if why:
        return why, ""
    words = client.version_words(OUT)
    environment = {**os.environ, **client.environment, "ASAN_OPTIONS": "detect_leaks=0"}
    if scenario_stage.is_sanitized(BUILD):
        environment["LD_PRELOAD"] = scenario_stage.runtime(BUILD)
    try:
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        return "it hangs under a sanitizer's runtime", ""
    found = re.search(r"libcurl/[\d.]+( \(\w+\))?( ?[A-Z]\w+/[\d.]+)?", done.stdout)
    if done.returncode or not found:
        return f"{words[0]} does not run here: {done.stderr.strip()[:80]!r}", ""
    return None, found[0]


def absent(_, why):
    expect("compiled" not in why, why)
    raise play.Skip(why)


def main():
    wanted, missing = sys.argv[2:] or [""], not_installed()
    clients = [c for c in CLIENTS if wanted[0].startswith(c.name)] or CLIENTS
    with concurrent.futures.ThreadPoolExecutor(play.PLAYERS) as pool:
        there = list(pool.map(lambda client: why_not(client, missing), clients))
    for client, (why, _) in zip(clients, there):
        if why:
            play.test(client.name, why)(absent)
            continue
        for style in client.styles:
            for sentence, function, args in tests_of(client, style):
                play.test(f"{client.name} {style.name}: {sentence}", client, style, *args)(function)
    if wanted == ["--readme"]:
        seen = {name: ok for name, ok, _ in play.results(BUILD, play.tests)}
        readme.write(zip(clients, (version for _, version in there)), seen)
    else:
        play.main()


main()
