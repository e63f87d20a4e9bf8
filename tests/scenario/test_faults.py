#!/usr/bin/python3
"""test_faults.py BUILD [NAME] - every fault that providers are known for, by every kind of client

faults.py has the faults, one row each. A row is played by curl (which blocks), by curl with a
stream, by curl -Z (the multi interface), and by a program whose loop knows sockets and the timer
callback only; the fallback speaks another language than the program, or the same. What is judged is
beside `judge`. Settings are the defaults, times a tenth of them. A plain run plays a part of the
table, FULL=1 plays and prints all of it. NAME: only rows whose name has it.

Under a sanitizer, whose runtime curl may not bear, its places are taken by programs of our own.
Its python is the system's: h2 comes as a package.
"""

import concurrent.futures
import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import answers  # noqa: E402
import faults  # noqa: E402
import stage  # noqa: E402
from stage import Skip, Wrong, need  # noqa: E402
from faults import AS_BARE, OWN, REFUSED, WHOLE, fake  # noqa: E402

BUILD = pathlib.Path(sys.argv[1]).resolve()
FULL = bool(os.environ.get("FULL"))
SLACK = 4 if stage.is_sanitized(BUILD) else 1
PLAYERS = 4
MEMORY, READ_MAX = 160 << 20, 16 << 20  # resident, at most
# the defaults, a tenth of them
SETTINGS = {
    "UNDERSTUDY_BACKOFF": "100ms..1s", "UNDERSTUDY_PATIENCE": "500ms",
    "UNDERSTUDY_BREAKER": f"5/{6 * SLACK}s", "UNDERSTUDY_CONNECT": f"{500 * SLACK}ms",
    "UNDERSTUDY_FIRST_TOKEN": f"{SLACK}s", "UNDERSTUDY_ANSWER": f"{12 * SLACK}s",
    "UNDERSTUDY_STALL": f"{2 * SLACK}s",
}
OWN_KEY = "sk-the-programs-own"
WISH = f"call weather with {faults.ARGUMENTS}"
TOOL = {"name": "weather", "description": "d", "parameters": {"type": "object", "properties": {
    "place": {"type": "string"}, "units": {"type": "string"}, "days": {"type": "integer"}}}}
NOWHERE = "http://" + "a" * 70 + ".example"  # no host name has a part of 70 letters


# --- languages ---------------------------------------------------------------------------------------

ANTHROPIC, OPENAI = "anthropic:claude-haiku-4-5@{}", "openai:gpt-4.1@{}/v1"
STANDINS = {  # of a program in this language: of another one, of the same
    "openai": (ANTHROPIC, "local:standin@{}/v1"),
    "responses": (ANTHROPIC, "openai-responses:gpt-4.1@{}/v1"),
    "anthropic": (OPENAI, ANTHROPIC),
    "gemini": (ANTHROPIC, "gemini:gemini-2.5-flash@{}"),
}
LANGUAGES = ("another language", "the same")
HEADERS = {
    "openai": [f"Authorization: Bearer {OWN_KEY}"],
    "responses": [f"Authorization: Bearer {OWN_KEY}"],
    "anthropic": [f"x-api-key: {OWN_KEY}", "anthropic-version: 2023-06-01"],
    "gemini": [f"x-goog-api-key: {OWN_KEY}"],
}
PATHS = {**stage.PATHS, "gemini": stage.PATHS["gemini-answer"]}


def request(fault, stream):
    speaks, tool = fault.speaks, "tool" in fault.does
    turn = {"role": "user", "content": WISH if tool else "Say it."}
    if "long" in fault.does:  # libcurl waits for a 100 before it sends a megabyte
        turn["content"] += " Look: " + "pages and pages " * 70000
    asked = {"model": "gpt-4o", "messages": [turn]}
    if tool:
        asked["tools"] = [{"type": "function", "function": TOOL}]
    if speaks == "responses":
        asked = {"model": "gpt-4o", "input": [turn]}
    if speaks == "anthropic":
        asked = {"model": "claude-sonnet-4-5", "max_tokens": 1000, "messages": [turn]}
    if speaks == "gemini":
        return json.dumps({"contents": [{"role": "user", "parts": [{"text": "Say it."}]}]})
    return json.dumps({**asked, "stream": True} if stream else asked)


# --- clients -----------------------------------------------------------------------------------------


@dataclasses.dataclass
class Came:
    """What a program got, and how it fared."""
    code: int
    status: int = 0
    size: int = 0
    body: bytes = b""
    first: bytes = b""  # the answer before it, of a program that asks twice
    heads: str = ""
    errors: str = ""
    seconds: float = 0
    memory: int = 0


def by_curl(play, *options):
    does, fault = play.fault.does, play.fault
    once = ["-D", play.path("heads"), "-H", "Content-Type: application/json"]
    for line in HEADERS[fault.speaks]:
        once += ["-H", line]
    for word, option in (("compressed", "--compressed"), ("follow", "-L")):
        once += [option] if word in does else []
    if "cafile" in does:
        once += ["--cacert", play.cafile]
    once += ["-d", "@" + play.request, play.url]
    before = [*once, "-o", play.path("first"), "--next", "-sSN"] if "twice" in does else []
    one_by_one = ["--parallel-max", "1"] if "-Z" in options and before else []
    return ["curl", "-sSN", *options, *one_by_one, *before, "-w", "%{stderr}\n=%{http_code} %{size_download}\n",
            *once]


def in_words(play, client, *words):
    """A program of words (tests/clients/easy.c, multi.c)."""
    does, go = play.fault.does, ("add", "run") if client == "multi" else ("perform",)
    words = [*words, f"url={play.url}", "post=@" + play.request, "hdata=file:" + play.path("heads"),
             "errbuf", "header=Content-Type: application/json"]
    words += ["header=" + line for line in HEADERS[play.fault.speaks]]
    words += ["opt=ACCEPT_ENCODING="] if "compressed" in does else []
    words += ["opt=FOLLOWLOCATION=1"] if "follow" in does else []
    words += ["opt=CAINFO=" + play.cafile] if "cafile" in does else []
    words += ["wdata=file:" + play.path("first"), *go] if "twice" in does else []
    words += ["wdata=file:" + ("/dev/null" if play.fault.huge else play.path("body")), *go]
    return [f"{BUILD}/tests/clients/{client}", *words, "info=RESPONSE_CODE", "info=SIZE_DOWNLOAD_T"]


# name: does it ask for a stream, its command
CLIENTS = {
    "curl": (False, by_curl),
    "curl, a stream": (True, by_curl),
    "curl -Z": (True, lambda play: by_curl(play, "-Z")),
    "sockets": (None, lambda play: in_words(play, "multi", "style=epoll")),
}
OURS = {
    "easy": (False, lambda play: in_words(play, "easy")),
    "easy, a stream": (True, lambda play: in_words(play, "easy")),
    "multi": (True, lambda play: in_words(play, "multi", "style=poll")),
    "sockets": CLIENTS["sockets"],
}


def told_by_curl(came, text):
    """What its -w says is a line of its own; -Z tells of its progress around it."""
    came.errors = text
    for status, size in re.findall(r"^=(\d+) (\d+)$", text, re.M):
        came.status, came.size = int(status), int(size)


def told_in_words(came, text):
    for line in text.split("\n"):
        word, _, rest = line.partition(" ")
        if word == "perform":
            came.code, came.errors = came.code or int(rest.split(" ")[0]), rest
        elif word == "RESPONSE_CODE":
            came.status = int(rest)
        elif word == "SIZE_DOWNLOAD_T":
            came.size = int(rest)
        elif word == "ODD":
            came.code, came.errors = came.code or 99, line


# --- providers ---------------------------------------------------------------------------------------


def of_http2(answer, stream):
    import streams as h2
    head, body = (h2.EVENTS, faults.EVENTS) if stream else (h2.JSON, [faults.ANSWER])
    return {
        "well": [head, *body],
        "goaway": [h2.GoAway()],
        "refused": [h2.Reset(h2.REFUSED_STREAM)],
        "cut": [head, *body[:6], faults.PAUSE, h2.Reset(h2.INTERNAL_ERROR)],
    }[answer]


class Play:
    """One fault, one client, one kind of fallback."""

    def __init__(self, top, fault, client, language):
        self.primary, self.url = None, ""
        self.fault, self.own_key, self.cafile = fault, OWN_KEY, ""
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=top))
        self.curtain = contextlib.ExitStack()
        self.is_curl = client in CLIENTS and client != "sockets"
        self.stream, self.command = {**OURS, **CLIENTS}[client]
        if self.stream is None:
            self.stream = fault.streamed is not None
        self.form = "stream" if self.stream else "answer"
        self.request = self.path("request")
        pathlib.Path(self.request).write_text(request(fault, self.stream))
        self.elsewhere = self.curtain.enter_context(fake.Server(faults.well))
        script = "crlf" if fault.speaks == "gemini" else ""  # as Google ends its lines
        if fault.standin:
            script = f"redirect={self.elsewhere.url}/v1/chat/completions"
        self.standin = self.curtain.enter_context(stage.Provider(
            BUILD, "standin", script, "--answer", faults.TEXT,
            *(("--compatible",) if "local:" in STANDINS[fault.speaks][language] else ())))
        self.env = stage.environment(BUILD, self.directory, **SETTINGS)
        self.env.update(UNDERSTUDY_LOG=f"debug:{self.path('log')}", **fault.settings)
        self.env["UNDERSTUDY_FALLBACKS"] = (
            "" if fault.alone else STANDINS[fault.speaks][language].format(self.standin.url))

    def path(self, name):
        return str(self.directory / name)

    def place(self):
        """The program's own provider."""
        fault = self.fault
        if fault.place in stage.PORTS:
            self.primary = self.curtain.enter_context(stage.PORTS[fault.place]())
            self.primary.requests, base = (), self.primary.url
            base = base.replace("http:", "https:") if fault.place == "babbling" else base
        elif fault.place == "nowhere":
            base = NOWHERE
        elif fault.place == "h2":
            base = self.place_http2()
        else:
            self.primary = self.curtain.enter_context(
                fake.Server(*map(self.redirected, fault.answers(self.stream)), **fault.server))
            base = self.primary.url
        path = PATHS["gemini-stream" if fault.speaks == "gemini" and self.stream else fault.speaks]
        self.url = base + path

    def place_http2(self):
        try:
            import streams as h2
        except ImportError:
            raise Skip("python3-h2 is not installed") from None
        self.cafile = h2.tls()[1]
        given = [of_http2(answer, self.stream) for answer in self.fault.answers(self.stream)]
        self.primary = self.curtain.enter_context(h2.Server(*given))
        return self.primary.url

    def redirected(self, answer):
        if answer != "redirect":
            return answer
        return [fake.head("307 Temporary Redirect", "Content-Length: 0",
                          f"Location: {self.elsewhere.url}/v1/chat/completions")]

    def run(self, bare=False):
        """The program, once."""
        for name in ("body", "heads", "first"):
            pathlib.Path(self.path(name)).unlink(missing_ok=True)
        env = self.env if bare else {**self.env, "LD_PRELOAD": stage.preload(BUILD)}
        began = time.monotonic()
        with open(self.path("out"), "wb") as out, open(self.path("err"), "wb") as err:
            to = subprocess.DEVNULL if self.is_curl and self.fault.huge else out
            process = subprocess.Popen(self.command(self), env=env, stdin=subprocess.DEVNULL, stdout=to,
                                       stderr=err)
            timer = threading.Timer(self.fault.seconds * SLACK + 10, process.kill)
            timer.start()
            _, status, used = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
        came = Came(process.returncode, seconds=time.monotonic() - began, memory=used.ru_maxrss << 10)
        return self.read(came)

    def bytes_of(self, name):
        """No more of it than fits: a child's memory counts from its parent's."""
        path = pathlib.Path(self.path(name))
        if not path.exists():
            return b""
        with path.open("rb") as file:
            return file.read(READ_MAX)

    def read(self, came):
        errors = self.bytes_of("err").decode(errors="replace")
        came.heads, came.first = self.bytes_of("heads").decode("latin-1"), self.bytes_of("first")
        if self.is_curl:
            came.body = self.bytes_of("out")
            told_by_curl(came, errors)
        else:
            came.body = self.bytes_of("body")
            told_in_words(came, self.bytes_of("out").decode("latin-1"))
            came.errors += errors
        return came

    # --- judging -------------------------------------------------------------------------------------

    def judge_answer(self, body):
        speaks = self.fault.speaks
        try:
            answer = answers.read(speaks, self.form, body)
        except answers.Broken as why:
            raise Wrong(f"no whole answer of {speaks}: {why}") from None
        if "tool" in self.fault.does:
            made = [(name, json.loads(given)) for name, given in answer.calls]
            need(made == [("weather", json.loads(faults.ARGUMENTS))] and not answer.text,
                 f"it calls {made}, it says {answer.text!r}")
        else:
            need(answer.text == faults.TEXT, f"it reads {answer.text!r}")

    def judge_whole(self, came):
        need(came.code == 0 and came.status == 200, f"exit {came.code}, {came.status}: {came.errors}")
        self.judge_answer(came.body)
        if "twice" in self.fault.does:
            self.judge_answer(came.first)

    def judge_as_bare(self, came):
        primary, url = self.primary, self.url
        self.place()
        bare = self.run(bare=True)
        self.primary, self.url = primary, url
        for what in ("code", "status", "size", "body"):
            ours, theirs = getattr(came, what), getattr(bare, what)
            need(ours == theirs, f"{what} is {str(ours)[:300]}, bare {str(theirs)[:300]}")

    def judge_attempts(self):
        if not self.primary or self.fault.place in stage.PORTS:
            return
        asked, fault = self.primary.requests, self.fault
        need(fault.least <= len(asked) <= fault.asked, f"{len(asked)} attempts on its own provider")
        if fault.gap:
            gap = asked[1].time - asked[0].time
            need(gap >= fault.gap, f"asked again after {gap:.3f} s")

    def judge_keys(self, sent):
        need(OWN_KEY not in json.dumps(sent), "the program's key went to the stand-in")
        for asked in self.primary.requests if self.primary else ():
            for key in stage.KEYS.values():
                need(key not in asked.head, "a stand-in's key went to the program's provider")

    def judge(self):
        """Whole, once, in time, with few attempts, in little memory, and no key where it is not due."""
        fault = self.fault
        came = self.run()
        sent = self.standin.requests()
        self.judge_attempts()
        if fault.wants in (OWN, WHOLE):
            self.judge_whole(came)
        if fault.wants in (OWN, REFUSED):
            need(not sent, f"the stand-in was asked {len(sent)} times")
        if fault.wants in (REFUSED, AS_BARE):
            self.judge_as_bare(came)
        need(len(sent) <= 2, f"the stand-in was asked {len(sent)} times")
        self.judge_keys(sent)
        need(came.seconds <= fault.seconds * SLACK, f"it took {came.seconds:.1f} s")
        need(SLACK > 1 or came.memory <= MEMORY, f"it took {came.memory >> 20} MiB of memory")
        why = fault.check and fault.check(self, came)
        need(not why, why)

    def status(self):
        """What `understudy status` says of the program's own provider."""
        said = subprocess.run([f"{BUILD}/understudy", "status", "--json"], env=self.env, timeout=20,
                              capture_output=True, check=True)
        origin = self.url.removesuffix(PATHS[self.fault.speaks])
        return next(p for p in json.loads(said.stdout)["providers"] if p["origin"] == origin)

    def log(self):
        return self.bytes_of("log").decode(errors="replace")


# --- the table ---------------------------------------------------------------------------------------


def perform(top, fault, client, language):
    """(verdict, why)"""
    play = None
    try:
        play = Play(top, fault, client, language)
        play.place()
        play.judge()
        return "pass", ""
    except Skip as why:
        return "skip", str(why)
    except Exception as why:  # a bug of the test is no pass either
        return "FAIL", f"{type(why).__name__}: {why}\n{play.log() if play else ''}"
    finally:
        if play:
            play.curtain.close()


def elsewhere():
    """(complaint, whether the test that judges it is there)"""
    for complaint, where, name in faults.ELSEWHERE:
        path = pathlib.Path(__file__).resolve().parents[2] / where
        yield f"{complaint}: {where}", path.exists() and name in path.read_text()


@functools.cache
def clients():
    return OURS if stage.why_not(BUILD, ["curl", "--version"]) else CLIENTS


def cells_of(fault):
    """Those in which it can be played; but for FULL, two of them: which ones, its name decides."""
    players = [client for client, (stream, _) in clients().items()
               if stream is None or fault.answers(stream) is not None]
    if FULL:
        return [(client, n) for client in players for n in range(2)]
    chance = zlib.crc32(fault.name.encode())
    first, second = chance % len(players), (chance + len(players) // 2) % len(players)
    return [(players[first], chance >> 8 & 1), (players[second], ~chance >> 8 & 1)]


def show(fault, verdicts):
    cells = [verdicts.get((client, n), ("-", ""))[0] for client in clients() for n in range(2)]
    print(f"{fault.name:<66}" + "".join(f"{v:>8}" for v in cells), flush=True)


def main():
    chosen = [f for f in faults.FAULTS if len(sys.argv) < 3 or sys.argv[2] in f.name]
    others = list(elsewhere()) if len(sys.argv) < 3 else []
    if FULL:
        faults.BIG = 1024
        print(f"{'':<66}" + "".join(f"{client.replace(', a stream', ' -N'):>16}" for client in clients()))
        print(f"{'the stand-in speaks':<66}" + "".join(f"{word:>8}" for word in ("other", "same") * 4))
    count = failed = 0
    with contextlib.suppress(ImportError):
        import streams
        streams.tls()  # once, not in each thread
    with tempfile.TemporaryDirectory() as top, \
            concurrent.futures.ThreadPoolExecutor(PLAYERS) as pool:
        plays = [(f, {cell: pool.submit(perform, top, f, *cell) for cell in cells_of(f)}) for f in chosen]
        for fault, futures in plays:
            verdicts = {cell: future.result() for cell, future in futures.items()}
            if FULL:
                show(fault, verdicts)
            for (client, n), (verdict, why) in verdicts.items():
                count += 1
                failed += verdict == "FAIL"
                cell = f"{fault.name} ({client}; {LANGUAGES[n]})"
                if not FULL:
                    print(f"{'not ok' if verdict == 'FAIL' else 'ok'} {count} - {cell}"
                          + (f" # SKIP {why}" if verdict == "skip" else ""), flush=True)
                if verdict == "FAIL":
                    print("\n".join(f"# {line}" for line in [cell, *why.split("\n")]))
    for name, there in others:
        count += 1
        failed += not there
        if FULL:
            print(f"{name:<130}{'there' if there else 'GONE':>8}")
        else:
            print(f"{'ok' if there else 'not ok'} {count} - {name}")
    print(f"{count - failed} of {count} pass" if FULL else f"1..{count}")
    sys.exit(1 if failed else 0)


main()
