#!/usr/bin/env python3
"""test_watch.py BUILD - what is to be seen: events, their file, metrics, top

An unmodified curl makes calls of every kind; what the commands then say is held against what
happened. Metrics are read by a parser of our own, which is strict, and by promtool where it is.
"""
import collections
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "scenario")]
sys.dont_write_bytecode = True
import stage  # noqa: E402

BUILD = pathlib.Path(sys.argv[1]).resolve()
UNDERSTUDY = str(BUILD / "understudy")
REQUEST = '{"model":"gpt-4o",%s"messages":[{"role":"user","content":"a-secret-question"}]}'


class Wrong(Exception):
    pass


def need(condition, *why):
    if not condition:
        raise Wrong("\n".join(str(w) for w in why))


class Stage:
    """Two providers, a state, and the file of events."""

    def __init__(self, directory, script):
        self.file = pathlib.Path(directory, "events.jsonl")
        self.primary = stage.Provider(BUILD, "primary", script)
        self.standin = stage.Provider(BUILD, "standin")
        self.env = stage.environment(
            BUILD, directory,
            UNDERSTUDY_FALLBACKS=f"anthropic:claude-haiku-4-5@{self.standin.url}",
            UNDERSTUDY_EVENTS=str(self.file), UNDERSTUDY_NAME="agent 7",
        )  # fmt: skip

    def call(self, stream=False):
        url = self.primary.url + stage.PATHS["openai"]
        body = REQUEST % ('"stream":true,' if stream else "")
        command = ["curl", "-sSN", url, "-H", "Authorization: Bearer sk-own-secret"]
        command += ["-H", "Content-Type: application/json", "-d", body]
        env = {**self.env, "LD_PRELOAD": stage.preload(BUILD)}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)

    def ask(self, *words):
        done = subprocess.run([UNDERSTUDY, *words], env=self.env, capture_output=True, text=True, timeout=60)
        need(done.returncode == 0 and not done.stderr, f"{words}: {done}")
        return done.stdout

    def close(self):
        self.primary.close()
        self.standin.close()


@contextlib.contextmanager
def staged(script="ok"):
    with tempfile.TemporaryDirectory(prefix="understudy-watch-") as directory:
        s = Stage(directory, script)
        try:
            yield s
        finally:
            s.close()


def kinds(events):
    return [e["event"] for e in events]


# --- events -----------------------------------------------------------------------------------


def the_ring_and_the_file_tell_the_same():
    with staged("ok,503") as s:
        s.call()
        s.call(stream=True)
        text = s.ask("events", "--json")
        need(text == s.file.read_text(), text, s.file.read_text())
        need(not re.search("secret|sk-|question|Hello", text), text)
        events = [json.loads(line) for line in text.splitlines()]
        need(kinds(events)[0] == "call" and events[0]["outcome"] == "served", events)
        need(events[0]["input_tokens"] > 0 and events[0]["output_tokens"] == 3, events[0])
        need(
            kinds(events)[1:]
            == ["verdict", "wait", "attempt", "verdict", "wait", "attempt", "verdict", "breaker", "failover", "attempt", "call"],
            kinds(events),
        )
        last = events[-1]
        need((last["provider"], last["attempts"], last["name"]) == ("anthropic", 4, "agent 7"), last)
        need(s.ask("events", "--json", "--last", "1") == text.splitlines()[-1] + "\n")
        need(len(s.ask("events").splitlines()) == len(events))
        need((os.stat(s.file).st_mode & 0o777) == 0o600, "others can read the file")


def whoever_follows_hears_of_it_as_it_happens():
    with staged() as s:
        command = [UNDERSTUDY, "events", "--follow", "--json"]
        follower = subprocess.Popen(command, env=s.env, stdout=subprocess.PIPE, text=True)
        try:
            for n in range(3):  # before there is a page, and then twice on
                s.call()
                ready = select.select([follower.stdout], [], [], 20)[0]
                need(ready, f"call {n} was not told")
                need(json.loads(follower.stdout.readline())["event"] == "call")
            shutil.rmtree(s.env["UNDERSTUDY_STATE"])
            s.call()
            need(select.select([follower.stdout], [], [], 20)[0], "a new page was not seen")
            need(json.loads(follower.stdout.readline())["event"] == "call")
        finally:
            follower.terminate()
            follower.wait(10)
            follower.stdout.close()


def a_file_that_is_full_is_put_away():
    with staged() as s:
        with open(s.file, "wb") as f:
            f.truncate(64 << 20)
        s.call()
        need(s.file.stat().st_size < 1000 and len(s.file.read_text().splitlines()) == 1, s.file.stat())
        need(pathlib.Path(f"{s.file}.1").stat().st_size == 64 << 20)


def a_file_that_cannot_be_written_harms_nobody():
    with staged() as s:
        for path in ("/proc/nowhere/file", "/dev/full", s.file.parent):
            s.env["UNDERSTUDY_EVENTS"] = str(path)
            done = s.call()
            need(done.returncode == 0 and "Hello from primary" in done.stdout and not done.stderr, path, done)
        os.mkfifo(s.file.parent / "pipe")  # that nobody reads: it must not hold curl up
        s.env["UNDERSTUDY_EVENTS"] = str(s.file.parent / "pipe")
        need("Hello from primary" in s.call().stdout)


def processes_at_once_write_whole_lines():
    with staged() as s:
        threads = [threading.Thread(target=lambda: [s.call() for _ in range(5)]) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        events = [json.loads(line) for line in s.file.read_text().splitlines()]
        need(kinds(events) == ["call"] * 20, kinds(events))
        need(len({e["pid"] for e in events}) == 20)


# --- metrics ----------------------------------------------------------------------------------

SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{((?:[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\d+(?:\.\d+)?)')
LABEL = re.compile(r'([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


def family_of(name, types):
    for suffix in ("_bucket", "_sum", "_count"):
        base = name.removesuffix(suffix)
        if base != name and types.get(base) == "histogram":
            return base
    return name


def parse_metrics(text):
    """{name: {labels: value}}, after all that the format asks for."""
    types, helps, samples, current, done = {}, {}, collections.defaultdict(dict), None, set()
    need(text.endswith("\n"), "the last line does not end")
    for line in text[:-1].split("\n"):
        if line.startswith("# "):
            word, name, rest = line[2:].split(" ", 2)
            table = {"HELP": helps, "TYPE": types}[word]
            need(name not in table and rest, line)
            table[name] = rest
            continue
        match = SAMPLE.fullmatch(line)
        need(match, f"no sample: {line}")
        name, labels, value = match.groups()
        family = family_of(name, types)
        need(family in types and family in helps, f"of no family: {line}")
        if family != current:
            need(family not in done, f"{family} is in pieces")
            done.add(current)
            current = family
        pairs = LABEL.findall(labels or "")
        need(len(dict(pairs)) == len(pairs), f"a label twice: {line}")
        key = frozenset(pairs)
        need(key not in samples[name], f"twice: {line}")
        samples[name][key] = float(value)
    check_histograms(types, samples)
    return samples


def check_histograms(types, samples):
    for family in (f for f, t in types.items() if t == "histogram"):
        rows = collections.defaultdict(list)
        for key, value in samples[family + "_bucket"].items():
            le = dict(key)["le"]
            rest = frozenset(p for p in key if p[0] != "le")
            rows[rest].append((float(le.replace("+Inf", "inf")), value))
        for key, buckets in rows.items():
            buckets.sort()
            need(buckets[-1][0] == float("inf"), f"{family} has no +Inf")
            need([v for _, v in buckets] == sorted(v for _, v in buckets), f"{family} is not cumulative")
            need(samples[family + "_count"][key] == buckets[-1][1], f"{family}: count is not +Inf")
            need(key in samples[family + "_sum"], f"{family} has no sum")


def total(samples, family, **labels):
    return sum(v for k, v in samples[family].items() if labels.items() <= dict(k).items())


def the_figures_are_those_of_what_happened():
    with staged("ok,503") as s:
        need("understudy_info" in s.ask("metrics"), "before any call")
        s.call()
        s.call(stream=True)
        text = s.ask("metrics")
        m = parse_metrics(text)
        need(not re.search("secret|sk-", text), "a secret")
        need(total(m, "understudy_attempts_total", gen_ai_provider_name="openai") == 4)
        need(total(m, "understudy_attempt_failures_total", error_type="status") == 3)
        need(total(m, "understudy_calls_total", outcome="served") == 2)
        need(total(m, "understudy_stood_in_total", gen_ai_provider_name="anthropic") == 1)
        need(total(m, "gen_ai_client_operation_duration_seconds_count", gen_ai_request_model="gpt-4o") == 1)
        need(total(m, "gen_ai_client_operation_time_to_first_chunk_seconds_count") == 1)
        need(total(m, "gen_ai_client_token_usage_sum", gen_ai_token_type="output") == 6)
        need(total(m, "understudy_breaker_state", state="open") == 1)
        need(total(m, "understudy_program_calls_total", name="agent 7") == 2)
        need(total(m, "understudy_events_total") == 12)


def promtool_finds_no_fault():
    with staged("ok,503") as s:
        s.call()
        s.call(stream=True)
        checked = subprocess.run(["promtool", "check", "metrics"], input=s.ask("metrics"), capture_output=True, text=True)
        need(checked.returncode == 0 and not checked.stderr, checked)


def a_scraper_is_answered():
    with staged() as s:
        s.call()
        server = subprocess.Popen([UNDERSTUDY, "metrics", "--listen", "0"], env=s.env, stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().strip()
            for calls in (1, 2):
                with urllib.request.urlopen(url + "/metrics", timeout=20) as answer:
                    need(answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
                    m = parse_metrics(answer.read().decode())
                need(total(m, "understudy_calls_total") == calls, m["understudy_calls_total"])
                s.call()
        finally:
            server.terminate()
            server.wait(10)
            server.stdout.close()


# --- top --------------------------------------------------------------------------------------


class Terminal:
    """understudy top on a terminal of so many lines and columns."""

    def __init__(self, env, lines, columns):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            time.sleep(0.2)  # until it has its size
            os.execve(UNDERSTUDY, ["understudy", "top"], {**env, "TERM": "xterm"})
        self.resize(lines, columns)
        self.text = ""

    def resize(self, lines, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read_until(self, done, seconds=20):
        end = time.monotonic() + seconds
        while not done(self.text):
            ready = select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]
            need(ready, f"it did not come: {self.text[-2000:]!r}")
            try:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:  # it has ended
                need(done(self.text), f"it ended: {self.text[-2000:]!r}")

    def frames(self):
        """What was drawn, whole pictures only, without colours."""
        pictures = re.findall(r"\033\[H(.*?)\033\[J", self.text, re.S)
        return [[re.sub(r"\033\[\d*[mK]", "", line) for line in p.split("\r\n")] for p in pictures]

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def a_terminal_shows_it_live_and_obeys_its_size():
    with staged("503") as s:
        s.call()
        screen = Terminal(s.env, 12, 60)
        try:
            screen.read_until(lambda t: t.count("\033[J") >= 1)
            frame = screen.frames()[0]
            need(frame[0].startswith("understudy top"), frame)
            need(any(line.startswith("openai") and "open" in line for line in frame), frame)
            need(any("failover" in line for line in frame), frame)
            need(len(frame) <= 12 and max(map(len, frame)) <= 60, frame)
            seen = screen.text.count("\033[J")
            screen.resize(30, 150)
            screen.read_until(lambda t: t.count("\033[J") > seen)
            frame = screen.frames()[-1]
            need(60 < max(map(len, frame)) <= 150 and len(frame) > 12, frame)
            os.write(screen.fd, b"q")
            screen.read_until(lambda t: t.endswith("\033[?25h\033[?1049l"))
            need(os.waitstatus_to_exitcode(wait_for(screen.pid)) == 0)
        finally:
            with contextlib.suppress(ChildProcessError):
                screen.close()


def wait_for(pid, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        gone, status = os.waitpid(pid, os.WNOHANG)
        if gone:
            return status
        time.sleep(0.01)
    raise Wrong("it does not end")


def a_signal_leaves_the_terminal_as_it_was():
    with staged() as s:
        screen = Terminal(s.env, 24, 80)
        try:
            before = termios.tcgetattr(screen.fd)
            screen.read_until(lambda t: "no calls yet" in t)
            need(termios.tcgetattr(screen.fd)[3] != before[3], "keys would be echoed")
            os.kill(screen.pid, 15)
            screen.read_until(lambda t: t.endswith("\033[?25h\033[?1049l"))
            wait_for(screen.pid)
            need(termios.tcgetattr(screen.fd)[3] == before[3], "the terminal is not as it was")
        finally:
            with contextlib.suppress(ChildProcessError):
                screen.close()


def elsewhere_it_is_one_picture():
    with staged("503") as s:
        s.call()
        text = s.ask("top")
        need("\033" not in text and text.count("understudy top") == 1, text)
        need("anthropic" in text and "failover" in text, text)


TESTS = (
    the_ring_and_the_file_tell_the_same,
    whoever_follows_hears_of_it_as_it_happens,
    a_file_that_is_full_is_put_away,
    a_file_that_cannot_be_written_harms_nobody,
    processes_at_once_write_whole_lines,
    the_figures_are_those_of_what_happened,
    promtool_finds_no_fault,
    a_scraper_is_answered,
    a_terminal_shows_it_live_and_obeys_its_size,
    a_signal_leaves_the_terminal_as_it_was,
    elsewhere_it_is_one_picture,
)


def main():
    tap = stage.Tap()
    skip = stage.why_not(BUILD, ["curl", "--version"])
    for test in TESTS:
        why = []
        name = test.__name__.replace("_", " ")
        reason = skip or (test is promtool_finds_no_fault and not shutil.which("promtool") and "promtool is not installed")
        if not reason:
            try:
                test()
            except Wrong as e:
                why = [str(e)]
        tap.result(name, why, reason or None)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
