"""stage.py - what tests of whole programs share: stand-in providers, and the way under the preload.

A provider is an `understudy mock` of its own, on a free port. Nothing here leaves the machine:
a child's environment is built from nothing, and the providers' usual addresses in it are dead.
"""
import contextlib
import http.client
import json
import os
import pathlib
import socket
import subprocess
import threading

DEAD = "http://127.0.0.1:1"  # tcpmux: nothing listens there
GEMINI = "/v1beta/models/gemini-2.5-flash"
PATHS = {
    "openai": "/v1/chat/completions",
    "anthropic": "/v1/messages",
    "ollama": "/api/chat",
    "responses": "/v1/responses",
    "gemini": GEMINI + ":generateContent",
    "gemini-answer": GEMINI + ":generateContent",
    "gemini-stream": GEMINI + ":streamGenerateContent?alt=sse",
    "gemini-array": GEMINI + ":streamGenerateContent",
}
KEYS = {"OPENAI_API_KEY": "sk-key-of-openai", "ANTHROPIC_API_KEY": "sk-ant-key-of-anthropic"}
KEYS["GEMINI_API_KEY"] = "AIza-key-of-gemini"


class Wrong(Exception):
    """A judgement: what was seen is not what should be."""


class Skip(Exception):
    """Why a test can't be made here."""


def need(condition, *why):
    if not condition:
        raise Wrong("\n".join(str(w) for w in why))


def runtime(build):
    """A sanitizer's runtime, which must come first of all libraries; "" in an ordinary build."""
    if not is_sanitized(build):
        return ""
    name = "libtsan.so" if "/san-thread" in str(build) else "libasan.so"
    return subprocess.check_output(["gcc", f"-print-file-name={name}"], text=True).strip()


def preload(build):
    """The value of LD_PRELOAD."""
    own = str(pathlib.Path(build, "libunderstudy-preload.so").resolve())
    return f"{runtime(build)} {own}".strip()


def why_not(build, command):
    """Why this command can't be run under the preload, whatever ours does; None if it can."""
    env = environment(build, "/tmp")
    try:
        if subprocess.run(command, env=env, capture_output=True, timeout=20).returncode:
            return f"{' '.join(command)} does not work here"
        if is_sanitized(build):
            env["LD_PRELOAD"] = runtime(build)
            if subprocess.run(command, env=env, capture_output=True, timeout=20).returncode:
                return f"{command[0]} does not run under a sanitizer's runtime"
    except FileNotFoundError:
        return f"{command[0]} is not installed"
    except subprocess.TimeoutExpired:  # Debian 12: curl, whose gnutls waits in its constructor
        return f"{command[0]} hangs under a sanitizer's runtime"
    return None


def environment(build, state, **more):
    """A child's whole environment, without the preload itself."""
    env = {
        "PATH": f"{pathlib.Path(build).resolve()}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(state),
        "LC_ALL": "C.UTF-8",
        "OPENAI_BASE_URL": DEAD + "/v1",
        "ANTHROPIC_BASE_URL": DEAD,
        "OLLAMA_HOST": DEAD,
        "GEMINI_BASE_URL": DEAD,
        "UNDERSTUDY_STATE": str(pathlib.Path(state, "page")),
        "UNDERSTUDY_BACKOFF": "10ms..20ms",
        "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0",
        "TSAN_OPTIONS": "report_bugs=1:exitcode=66",
    }
    return {**env, **KEYS, **more}


class Provider:
    """A stand-in provider. Use it in a `with`, or close it."""

    def __init__(self, build, name, script="", *options):
        words = [str(pathlib.Path(build, "understudy")), "mock", "--name", name]
        words += ["--fault", script] if script else []
        self.process = subprocess.Popen(
            [*words, *options], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        self.url = self.process.stdout.readline().decode().strip()
        self.seen = 0
        if not self.url:
            raise RuntimeError(f"the mock did not start: {words + list(options)}")

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=10)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        finally:
            connection.close()

    def requests(self, since=0):
        return json.loads(self.ask("GET", f"/requests?since={since}"))

    def new_requests(self):
        """Those that have come since the last time this was asked."""
        new = self.requests(self.seen)
        self.seen = new[-1]["n"] if new else self.seen
        return new

    def fault(self, script):
        self.ask("PUT", "/fault", script.encode())

    def close(self):
        self.process.terminate()
        self.process.stdout.close()
        self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Refusing:
    """A port that is taken, so that nobody else gets it, but refuses connections."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.address = self.socket.getsockname()
        self.url = "http://127.0.0.1:%d" % self.address[1]

    def new_requests(self):
        return []

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Swallowing(Refusing):
    """A port that answers nothing, not even that it refuses: its queue is full."""

    def __init__(self):
        super().__init__()
        self.socket.listen(0)
        self.queue = [socket.socket() for _ in range(3)]
        for waiting in self.queue:
            waiting.setblocking(False)
            waiting.connect_ex(self.address)

    def close(self):
        for waiting in self.queue:
            waiting.close()
        super().close()


class Babbling(Refusing):
    """A port that says to everybody what is neither HTTP nor TLS."""

    def __init__(self):
        super().__init__()
        self.socket.listen()
        threading.Thread(target=self.babble, daemon=True).start()

    def babble(self):
        with contextlib.suppress(OSError):  # until it is closed
            while True:
                with self.socket.accept()[0] as caller:
                    caller.recv(65536)
                    caller.sendall(b"220 mail.example.org ready\r\n")

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        super().close()


PORTS = {"refusing": Refusing, "swallowing": Swallowing, "babbling": Babbling}


class Tap:
    """Prints results as the Test Anything Protocol has it."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def result(self, name, why=(), skip=None):
        """`why`: what is wrong, in lines; none: it is ok."""
        self.count += 1
        self.failed += bool(why)
        skipped = f" # SKIP {skip}" if skip else ""
        print(f"{'not ' if why else ''}ok {self.count} - {name}{skipped}")
        for line in why:
            for part in str(line).splitlines() or [""]:
                print("#   " + part)

    def end(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0


def is_sanitized(build):
    return "/san-" in str(build)


def descriptors(pid="self"):
    return set(os.listdir(f"/proc/{pid}/fd"))
