"""show.py - one run of a client of matrix.py, in a style, and what it got"""
import os
import pathlib
import subprocess
import tempfile
import threading

import fake
from play import expect

RUN_SECONDS = 60  # a machine may be busy
WORDS = ("chunk", "line", "error", "status", "type", "size", "url", "lines", "version")
BODIES = {"answer": fake.OPENAI_REQUEST, "stream": fake.OPENAI_STREAMED}
FIRST_WORDS = [fake.chunk(event) for event in fake.OPENAI_EVENTS + fake.ANTHROPIC_EVENTS
               if b"Hello" in event]


def compiled_at(build):
    """Where programs of the matrix are compiled to."""
    return pathlib.Path(build, "tests/clients/programs").resolve()


class Transfer:
    """What one transfer got, as the program told it."""

    def __init__(self):
        self.body, self.facts = b"", {}
        self.order = []  # of what it told; into how many pieces a body falls is chance

    def add_piece(self, piece):
        self.body += piece
        if self.order[-1:] != ["chunk"]:
            self.order.append("chunk")

    def add_fact(self, name, value):
        self.facts[name] = value
        self.order.append(f"{name} {value}")


def read_trace(text):
    """(transfers, what is not of the trace); the text may end anywhere."""
    transfers, rest, at = {}, b"", 0
    for line in iter(lambda: text[at : text.find(b"\n", at) + 1], b""):
        at += len(line)
        words = line.decode("latin-1").rstrip("\n").split(" ", 2)
        if words[0] not in WORDS or not line.endswith(b"\n"):
            rest += line
            continue
        transfer = transfers.setdefault(int(words[1]), Transfer())
        if words[0] == "chunk":
            size = int(words[2])
            transfer.add_piece(text[at : at + size])
            at += size + 1
        else:
            transfer.add_fact(words[0], " ".join(words[2:]).strip())
    return transfers, rest + text[at:]


def read_output(text, directory):
    """What a command got that is no program of ours: on stdout, or in files named by transfers."""
    transfers, rest = read_trace(text)
    for got in directory.glob("*.got"):
        transfers.setdefault(int(got.stem), Transfer()).body = got.read_bytes()
    if rest:
        head, gap, body = rest.partition(b"\r\n\r\n")
        transfers[0] = Transfer()
        if gap and head.startswith(b"HTTP/"):
            transfers[0].add_fact("head", head.decode())
            rest = body
        transfers[0].add_piece(rest)
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
        if request.header("connection") == "close":
            steps = [*steps, fake.CLOSE]
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
            body=body.decode(), file=request, directory=self.directory,
            out=compiled_at(self.stage.build))

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
            lines += [f"{n} {what}" for what in transfer.order] + [f"{n} body {transfer.body}"]
        return "\n".join([*lines, self.errors])

    def __str__(self):
        return self.seen
