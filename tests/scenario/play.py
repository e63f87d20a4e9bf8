"""play.py - plays one variant of a scenario, and judges it

Each verb of the format is a method `on_VERB`, each expectation a method `expect_WORD`. A Failed
ends the scenario; its text tells what was expected and what came.
"""
import os
import pathlib
import re
import shutil
import subprocess
import time

import answers
import stage
from script import Wrong

RUN_SECONDS = 30
MODELS = {
    "openai": "gpt-4o",
    "anthropic": "claude-sonnet-4-5",
    "ollama": "llama3.2",
    "responses": "gpt-4o",
}
EXTRA = {"openai": "", "anthropic": '"max_tokens":100,', "ollama": "", "responses": ""}
# How no stream is asked for, and how one is.
FORMS = {"ollama": ('"stream":false,', "")}
TALK = {"responses": "input"}  # where the conversation is, if not in "messages"
BEARER = "Authorization: Bearer sk-the-programs-own\nContent-Type: application/json\n"
HEADERS = {
    "openai": BEARER,
    "responses": BEARER,
    "anthropic": "x-api-key: sk-the-programs-own\nanthropic-version: 2023-06-01\n"
    "Content-Type: application/json\n",
    "ollama": "Authorization: Bearer sk-of-a-guard-before-it\n",
    "gemini": "x-goog-api-key: AIza-the-programs-own\nContent-Type: application/json\n",
}
GEMINI = '{"contents":[{"role":"user","parts":[{"text":"Are you there?"}]}]}'
# What differs between two runs of the same failure: the mock's clock and its count of requests,
# and how long curl says that it took.
VOLATILE = re.compile(
    rb"date: [^\r\n]*|req_\w+|(?<=after )\d+ ms|\"created\":\d+|\"created_at\":\"[^\"]+|"
    rb"created_at\":\d+|chatcmpl-\w+|msg_\w+|resp_\w+|fc_\w+|call_\w+|Mock\d+", re.I
)


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def need(condition, *why):
    if not condition:
        raise Failed("\n".join(str(w) for w in why))


def in_range(text, value):
    """Is the value N, or within LOW..HIGH, either of which may be missing?"""
    low, dots, high = text.partition("..")
    if not dots:
        return value == float(low)
    return float(low or "-inf") <= value <= float(high or "inf")


def write_presets(directory):
    for dialect, model in MODELS.items():
        (directory / f"{dialect}.h").write_text(HEADERS[dialect])
        for form, extra in zip(("answer", "stream"), FORMS.get(dialect, ("", '"stream":true,'))):
            text = f'{{"model":"{model}",{EXTRA[dialect]}{extra}' + (
                f'"{TALK.get(dialect, "messages")}":[{{"role":"user","content":"Are you there?"}}]}}'
            )
            (directory / f"{dialect}-{form}.json").write_text(text)
    (directory / "gemini.h").write_text(HEADERS["gemini"])
    (directory / "gemini.json").write_text(GEMINI)


class Result:
    """What a run gave."""

    def __init__(self, code, stdout, stderr, seconds):
        self.code, self.stdout, self.stderr, self.seconds = code, stdout, stderr, seconds

    def __str__(self):
        text = [f"exit {self.code} after {self.seconds:.2f} s"]
        for name in ("stdout", "stderr"):
            data = getattr(self, name)
            text += [f"{name}: {line}" for line in data.decode(errors="replace").splitlines()]
        return "\n".join(text)


class Play:
    def __init__(self, build, directory, bare=False, tell=None):
        self.build, self.directory, self.bare, self.tell = build, directory, bare, tell
        self.providers, self.received = {}, {}
        self.log = directory / "log"
        self.env = stage.environment(build, directory, UNDERSTUDY_LOG=f"debug:{self.log}")
        self.preload = stage.preload(build)
        self.last, self.command = None, []
        self.log_at = 0
        write_presets(directory)

    def play(self, lines):
        try:
            for line in lines:
                self.obey(line)
        finally:
            for provider in self.providers.values():
                provider.close()

    def obey(self, line):
        verb = getattr(self, "on_" + line.verb, None)
        if not verb:
            raise Wrong(f"line {line.number}: there is no {line.verb}")
        if self.bare and line.verb == "expect":
            return
        try:
            verb(*[self.fill(word) for word in line.words()])
        except Failed as e:
            shown = f"line {line.number}: {line.verb} {line.rest}\n{e}\n{self.last}"
            raise Failed(f"{shown}\n{self.told()}log:\n{self.read_log()}") from None
        except TypeError as e:
            raise Wrong(f"line {line.number}: {e}") from None

    def fill(self, text):
        """{NAME} and what else test_scenarios.py says."""

        def value(match):
            name, _, path = match.group(1).partition(".")
            if match.group(1) == "stdout.size" and self.last:
                return str(len(self.last.stdout))
            if name == "dir":
                return str(self.directory)
            if name not in self.providers:
                return match.group()
            url = self.providers[name].url
            if path == "host":
                return url.removeprefix("http://")
            return url + stage.PATHS.get(path, "")

        return re.sub(r"\{([\w-]+(?:\.[\w-]+)?)\}", value, text)

    def told(self):
        """What the providers received, in a line each."""
        return "".join(
            f"{name} received: {r['path']} ({r['fault']}) {r['status']} {r['refused'] or ''}\n"
            for name, requests in self.received.items()
            for r in requests
        )

    def read_log(self):
        return self.log.read_text()[self.log_at :] if self.log.exists() else ""

    # --- the stage ---------------------------------------------------------------------------

    def on_provider(self, name, script="ok", *options):
        if script in stage.PORTS:
            self.providers[name] = stage.PORTS[script]()
        else:
            self.providers[name] = stage.Provider(self.build, name, script, *options)

    def on_fault(self, name, script):
        self.providers[name].fault(script)

    def on_set(self, name, value):
        self.env[name] = value

    def on_unset(self, name):
        self.env.pop(name, None)

    def on_file(self, name, text=""):
        (self.directory / name).write_text(text)

    def on_forget(self):
        """What processes have learned of each other."""
        shutil.rmtree(self.env["UNDERSTUDY_STATE"], ignore_errors=True)

    def on_wait(self, seconds):
        time.sleep(float(seconds))

    def on_needs(self, *command):
        test = self.execute(command, self.env)
        if test.code != 0:
            raise Skipped(f"{' '.join(command)} does not work here")

    # --- runs --------------------------------------------------------------------------------

    def execute(self, command, env):
        began = time.monotonic()
        try:
            done = subprocess.run(
                command,
                env=env,
                cwd=self.directory,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=RUN_SECONDS,
            )
        except subprocess.TimeoutExpired as e:
            late = Result("none", e.stdout or b"", e.stderr or b"", RUN_SECONDS)
            raise Failed(f"{command[0]} did not end\n{late}") from None
        except FileNotFoundError:
            return Result(127, b"", b"not found", 0)
        return Result(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    def on_run(self, *command):
        self.perform(command, self.env if self.bare else {**self.env, "LD_PRELOAD": self.preload})

    def on_alone(self, *command):
        self.perform(command, self.env)

    def perform(self, command, env):
        self.log_at = len(self.read_log()) + self.log_at
        self.command = command
        for provider in self.providers.values():
            provider.new_requests()
        self.last = self.execute(command, env)
        self.received = {name: p.new_requests() for name, p in self.providers.items()}
        if self.tell:
            self.tell(f"{' '.join(command)}\n{self.last}\n{self.read_log()}")

    # --- expectations ------------------------------------------------------------------------

    def on_expect(self, what, *words):
        if what in stage.PATHS:
            self.expect_answer(what, *words)
        elif what.partition(":")[0] in ("stdout", "stderr", "log", "file", "sent", "head"):
            self.expect_text(what, *words)
        else:
            getattr(self, "expect_" + what)(*words)

    def expect_exit(self, code):
        need(self.last.code == int(code), f"exit {self.last.code}")

    def expect_seconds(self, bounds):
        slack = 3 if stage.is_sanitized(self.build) else 1
        low, _, high = bounds.partition("..")
        bounds = f"{low}..{float(high) * slack}"
        need(in_range(bounds, self.last.seconds), f"{self.last.seconds:.2f} s")

    def expect_requests(self, name, count):
        seen = [r["fault"] for r in self.received[name]]
        need(in_range(count, len(seen)), f"{len(seen)} requests: {seen}")

    def expect_gap(self, name, bounds):
        """Seconds between one request's end and the next one."""
        seen = self.received[name]
        gaps = [(b["at_ms"] - a["at_ms"]) / 1000 for a, b in zip(seen, seen[1:])]
        need(gaps and all(in_range(bounds, gap) for gap in gaps), f"gaps: {gaps}")

    def expect_same(self, *_):
        """As the same command without the preload: output and exit code."""
        bare = self.execute(self.command, self.env)
        for name in ("code", "stdout", "stderr"):
            ours, theirs = getattr(self.last, name), getattr(bare, name)
            if name != "code":
                ours, theirs = VOLATILE.sub(b"*", ours), VOLATILE.sub(b"*", theirs)
            need(ours == theirs, f"without understudy, {name} is: {theirs!r}", f"with: {ours!r}")

    def expect_answer(self, dialect, form, *words):
        try:
            answer = answers.read(dialect, form, self.last.stdout)
        except answers.Broken as e:
            raise Failed(f"not an {form} of {dialect}: {e}") from None
        words = list(words)
        if words[:1] == ["calls"]:
            expected = list(zip(words[1::2], words[2::2]))
            need(answer.calls == expected, f"calls {answer.calls}")
        elif words:
            name, expected = words
            need(str(getattr(answer, name)) == expected, f"{name} is {getattr(answer, name)!r}")

    def text_of(self, what):
        kind, _, name = what.partition(":")
        if kind in ("stdout", "stderr"):
            return getattr(self.last, kind).decode(errors="replace")
        if kind == "log":
            return self.read_log()
        if kind == "file":
            path = pathlib.Path(self.directory, name)
            need(path.exists(), f"there is no {name}: {os.listdir(self.directory)}")
            return path.read_text(errors="replace")
        need(self.received[name], f"{name} received nothing")
        request = self.received[name][-1]
        if kind == "sent":
            return request["body"]
        query = "?" + request["query"] if request["query"] else ""
        headers = "".join(f"{key}: {value}\n" for key, value in request["headers"].items())
        return f"{request['method']} {request['path']}{query}\n{headers}"

    def expect_text(self, what, how, *words):
        text = self.text_of(what)
        tests = {
            "equals": lambda word: text == word,
            "contains": lambda word: word in text,
            "lacks": lambda word: word not in text,
            "matches": lambda word: re.search(word, text, re.M | re.S),
        }
        if how == "tells":
            return self.in_order(text, words)
        if how not in tests:
            raise Wrong(f"no such comparison: {how}")
        for word in words:
            need(tests[how](word), f"{what} does not fit {word!r}:", text)
        return None

    def in_order(self, text, words):
        at = 0
        for word in words:
            found = text.find(word, at)
            need(found >= 0, f"not there, or not in this order: {word!r}", text)
            at = found + len(word)
