"""house.py - what the tests of hygiene share: a house for guests

A house is a directory with programs built for the purpose, a provider that is down (primary), one
that is well (standin), and one that the program can also reach by itself (healthy). A test is a
function of the house; Wrong and Skip end it.

In a build for aarch64 on another machine, programs are built and run for that: the build directory
has a `root` with its libraries, and qemu-user runs them. The providers are this machine's own.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent.parent / "scenario"))
import stage  # noqa: E402

BUILD = sys.argv[1]
CROSS = pathlib.Path(BUILD).name == "aarch64"
ROOT = pathlib.Path(BUILD, "root").resolve() if CROSS else pathlib.Path("/")
MOCKS = pathlib.Path(BUILD).parent if CROSS else BUILD
CC = "gcc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -Werror -g -O1".split()
# Linked with libcurl: a constructor of GnuTLS's hangs in a program that has only the runtime.
WITH_CURL = ["-l:libcurl.so.4"]
if stage.is_sanitized(BUILD):
    WITH_CURL += ["-fsanitize=" + pathlib.Path(BUILD).name.removeprefix("san-").replace("-", ",")]
if CROSS:
    CC[0] = "aarch64-linux-gnu-gcc"
    LIBRARIES = ROOT / "usr/lib/aarch64-linux-gnu"
    CC += ["-idirafter", "/usr/include/x86_64-linux-gnu", "-idirafter", "/usr/include"]
    CC += [f"-L{LIBRARIES}", f"-Wl,-rpath-link={LIBRARIES}:{ROOT}/lib/aarch64-linux-gnu"]
BODY = '{"model":"gpt-4o","messages":[{"role":"user","content":"Are you there?"}]}'
CONFIG = """{
	// read by a cJSON of ours, not by the host's
	"fallbacks": ["anthropic:claude-haiku-4-5@%s"],
	"breaker": "5/60s" /* the usual */
}
"""


class Wrong(Exception):
    pass


class Skip(Exception):
    pass


def need_equal(got, wanted, what="what it printed"):
    if got != wanted:
        raise Wrong(f"{what}: {got}"[:4000], f"but it should be: {wanted}"[:4000])


def need(condition, *why):
    if not condition:
        raise Wrong(*why)


def served(n=1, by="standin"):
    return [f"0 200 Hello from {by}."] * n


def not_cross(why):
    if CROSS:
        raise Skip(f"in an emulator {why}")


def not_sanitized(why):
    if stage.is_sanitized(BUILD):
        raise Skip(f"in a sanitizer's build {why}")


class House:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.primary = stage.Provider(MOCKS, "primary", "503")
        self.standin = stage.Provider(MOCKS, "standin")
        self.healthy = stage.Provider(MOCKS, "healthy")
        self.config = self.directory / "understudy.json"
        self.config.write_text(CONFIG % self.standin.url)
        self.runs = 0
        self.built = {}

    def close(self):
        for provider in (self.primary, self.standin, self.healthy):
            provider.close()

    def build(self, name, source, *flags, compiler=CC):
        """The path of a program, built once; a compiler or a library that is missing is a Skip."""
        path = str(self.directory / name)
        if name not in self.built:
            command = [*compiler, "-o", path, HERE / source, *flags]
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=60)
                self.built[name] = done.stderr if done.returncode else ""
            except FileNotFoundError:
                self.built[name] = "not installed"
        missing = re.search("not installed|.*(cannot find|No such file).*", self.built[name])
        if missing:
            raise Skip(f"{compiler[0]}: {missing[0].strip()}")
        need(not self.built[name], f"{name} is not built", self.built[name])
        return path

    def program(self, flags=(), name="rough"):
        return self.build(name, "rough.c", *flags, "-pthread", *WITH_CURL)

    def run(self, command, preload=True, before="", after="", timeout=20, **settings):
        """(its directory, what became of it). Each run has a state of its own. `before` and `after`
        are what is preloaded beside ours, or without it."""
        self.runs += 1
        at = self.directory / f"run{self.runs}"
        at.mkdir()
        settings = {"UNDERSTUDY_CONFIG": str(self.config), "UNDERSTUDY_LOG": f"debug:{at}/log", **settings}
        env = stage.environment(BUILD, at, **settings)
        ours = stage.preload(BUILD) if preload is True else preload or stage.runtime(BUILD)
        env["LD_PRELOAD"] = " ".join(filter(None, (before, ours, after)))
        if CROSS:
            command = ["qemu-aarch64", "-L", ROOT, "-E", "LD_PRELOAD=" + env.pop("LD_PRELOAD"), *command]
        done = subprocess.run(
            command,
            env=env,
            cwd=at,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
        return at, done

    def lines(self, command, **how):
        """(its directory, its lines) of a program that must end well, without a word on stderr."""
        at, done = self.run(command, **how)
        if done.returncode or done.stderr:
            raise Wrong(f"exit {exit_words(done.returncode)}\n{done.stdout}\n{done.stderr}")
        return at, done.stdout.splitlines()

    def same(self, command, **how):
        """A command does with us what it does without."""
        _, bare = self.run(command, preload=False, **how)
        at, ours = self.run(command, **how)
        for name in ("returncode", "stdout", "stderr"):
            need_equal(getattr(ours, name), getattr(bare, name), name)
        return at, ours

    def ask(self, program, *words, **how):
        """The directory and lines of a program whose provider is down. When it is well, all is as
        without us."""
        url = stage.PATHS["openai"]
        self.same([program, self.healthy.url + url, BODY, *words], **how)
        return self.lines([program, self.primary.url + url, BODY, *words], **how)


def exit_words(code):
    return f"by {signal.Signals(-code).name}" if code < 0 else str(code)


def log_of(at):
    log = pathlib.Path(at, "log")
    return log.read_text() if log.exists() else ""


def need_log(at, text):
    need(text in log_of(at), f"the log lacks: {text}", log_of(at))


def find_library(name):
    """The path of an installed shared library, or a Skip."""
    if CROSS:
        return str(LIBRARIES / name)
    for line in subprocess.run(
        ["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True
    ).stdout.splitlines():
        if re.match(rf"\s*{re.escape(name)}[ .]", line) and "x86-64" in line or "AArch64" in line:
            return line.split("=> ")[1]
    raise Skip(f"{name} is not installed")


def is_root():
    return os.geteuid() == 0


def main(cases):
    """Runs (label, test, arguments) in one house."""
    tap = stage.Tap()
    with tempfile.TemporaryDirectory(prefix="understudy-hygiene-") as directory:
        os.chmod(directory, 0o755)
        house = House(directory)
        for label, test, args in cases:
            name = test.__name__.replace("_", " ") + (f": {label}" if label else "")
            if len(sys.argv) > 2 and sys.argv[2] not in name:
                continue
            try:
                test(house, *args)
                tap.result(name)
            except Wrong as e:
                tap.result(name, e.args)
            except Skip as e:
                tap.result(name, skip=e)
            except subprocess.TimeoutExpired as e:
                tap.result(name, [f"it hangs: {e}"])
        house.close()
    return tap.end()
