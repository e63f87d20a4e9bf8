"""play.py - runs programs of words (tests/clients/easy.c, multi.c) bare and under the preload, and
tells TAP"""

import codecs
import concurrent.futures
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zlib

PLAYERS = 6  # tests at once: they mostly wait
VALGRIND = ["valgrind", "-q", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect",
            "--error-exitcode=9"]


class Wrong(Exception):
    pass


class Skip(Exception):
    pass


def expect(truth, why):
    if not truth:
        raise Wrong(why)


def expect_equal(got, wanted, what):
    if got == wanted:
        return
    ours, theirs = str(got).split("\n"), str(wanted).split("\n")
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b),
              min(len(ours), len(theirs)))
    raise Wrong("\n".join([f"{what} differs in line {at + 1}",
                           *("  got    " + line[:1500] for line in ours[at:at + 4]),
                           *("  wanted " + line[:1500] for line in theirs[at:at + 4])]))


class Trace:
    """What a program printed, with the servers' ports replaced by their names."""

    def __init__(self, text, errors):
        self.text, self.errors = text, errors

    def without(self, *names):
        """Less the lines that begin with one of these words."""
        kept = [line for line in self.text.split("\n") if line.split(" ")[0] not in names]
        return "\n".join(kept)

    def _bytes(self, mark):
        return [codecs.decode(line.split(" ", 2)[2][1:-1], "unicode_escape").encode("latin-1")
                for line in self.text.split("\n") if line.startswith(mark + " ")]

    @property
    def body(self):
        return b"".join(self._bytes("B"))

    @property
    def head(self):
        return b"".join(self._bytes("H"))

    def get(self, name):
        for line in self.text.split("\n"):
            if line.startswith(name + " "):
                return line[len(name) + 1:]
        raise Wrong(f"no line {name} in\n{self.text}")


class Stage:
    """One test's own directory, state and servers."""

    client = "easy"  # the program of words

    def __init__(self, build, top):
        self.build = build
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=top))
        self.servers = {}
        self.curtain = contextlib.ExitStack()

    def place(self, **servers):
        """Servers under the names by which words call them: {A}."""
        for name, server in servers.items():
            self.servers[name] = self.curtain.enter_context(server)
        return self

    def path(self, name):
        return str(self.dir / name)

    def write(self, name, data):
        (self.dir / name).write_bytes(data)
        os.utime(self.dir / name, (0, 0))  # libcurl tells it
        return self.path(name)

    def environment(self, preload, settings):
        kept = {k: v for k, v in os.environ.items()
                if not re.match(r"UNDERSTUDY_|LD_|.*_(KEY|BASE_URL|proxy)$", k, re.I)}
        kept["LC_ALL"] = "C"
        if "LIBCURL" in os.environ:  # a directory: the programs use the libcurl there
            kept["LD_LIBRARY_PATH"] = os.environ["LIBCURL"]
        if "/san-" in self.build:
            kept.update(ASAN_OPTIONS="detect_leaks=0", TSAN_OPTIONS="halt_on_error=1",
                        UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1")
        if not preload:
            return kept
        kept.update(UNDERSTUDY_STATE=self.path("state"), UNDERSTUDY_BACKOFF="10ms..20ms",
                    ANTHROPIC_API_KEY="key-of-anthropic", OPENAI_API_KEY="key-of-openai")
        kept.update({k: self.fill(v) for k, v in settings.items()})
        kept["LD_PRELOAD"] = " ".join(runtimes(self.build) + [library(self.build)])
        return kept

    def fill(self, text):
        for name, server in self.servers.items():
            text = text.replace("{%s}" % name, server.url)
        return text.replace("{DIR}", str(self.dir))

    def names(self, text):
        for name, server in self.servers.items():
            text = text.replace(f"127.0.0.1:{server.port}", "{%s}" % name)
            text = text.replace(f"port {server.port}", "port {%s}" % name)
        return re.sub(r"after \d+ m(illisecond)?s", "after N ms", text.replace(str(self.dir), "{DIR}"))

    def run(self, words, preload, stdin=b"", tool=(), **settings):
        command = [*tool, f"{self.build}/tests/clients/{self.client}", *map(self.fill, words)]
        done = subprocess.run(command, input=stdin, capture_output=True, check=False,
                              timeout=120 if tool else 20,
                              env=self.environment(preload, settings))
        errors = done.stderr.decode("latin-1")
        expect(done.returncode == 0, f"exit {done.returncode}\n{errors[-3000:]}")
        return Trace(self.names(done.stdout.decode("latin-1")), errors)

    def bare(self, words, **how):
        return self.run(words, False, **how)

    def under(self, words, **how):
        return self.run(words, True, **how)

    def close(self):
        self.curtain.close()


def library(build):
    return os.path.abspath(f"{build}/libunderstudy-preload.so")


def runtimes(build):
    """A sanitizer's runtime must be the first library of a process."""
    if "/san-" not in build:
        return []
    name = "libtsan.so" if "/san-thread" in build else "libasan.so"
    return [subprocess.check_output(["gcc", f"-print-file-name={name}"], text=True).strip()]


def can_valgrind(build):
    if "/san-" in build:
        raise Skip("a sanitizer build")
    if not shutil.which("valgrind"):
        raise Skip("no valgrind")


# --- tests ---------------------------------------------------------------------------------------

tests = []


def test(name, *args):
    """Registers a function of a Stage; `args` follow the stage."""
    def register(function):
        tests.append((name, function, args))
        return function
    return register


def play(build, top, function, args):
    began = time.monotonic()
    stage = Stage(build, top)
    try:
        function(stage, *args)
        return "ok", "", time.monotonic() - began
    except Skip as why:
        return "ok", f" # SKIP {why}", 0
    except Exception as why:  # a bug of the test is a failure too
        return "not ok", f"{type(why).__name__}: {why}", time.monotonic() - began
    finally:
        stage.close()


def choose(one_of):
    """The tests to play: those whose name holds argv[2], else one of so many, unless FULL is set.
    Which one, the name decides: a table of programs by faults by loops is cut in no direction."""
    if len(sys.argv) > 2:
        return [t for t in tests if sys.argv[2] in t[0]]
    if os.environ.get("FULL"):
        return tests
    return [t for t in tests if zlib.crc32(t[0].encode()) % one_of == 0]


def results(build, chosen):
    """(name, whether it is ok, why not or why it was skipped) of tests, in order."""
    with tempfile.TemporaryDirectory() as top, \
            concurrent.futures.ThreadPoolExecutor(PLAYERS) as pool:
        plays = [pool.submit(play, build, top, function, args) for _, function, args in chosen]
        for (name, _, _), future in zip(chosen, plays):
            verdict, why, _ = future.result()
            yield name, verdict == "ok", why


def main(one_of=1):
    """Plays the tests; the exit code says whether all is well."""
    chosen = choose(one_of)
    failed = 0
    for n, (name, ok, why) in enumerate(results(sys.argv[1], chosen), 1):
        failed += not ok
        print(f"ok {n} - {name}{why}" if ok else f"not ok {n} - {name}")
        if not ok:
            print("\n".join("# " + line for line in why.split("\n")))
    print(f"1..{len(chosen)}")
    if len(chosen) < len(tests):
        print(f"# {len(chosen)} of {len(tests)} tests; FULL=1 plays all")
    sys.exit(1 if failed else 0)
