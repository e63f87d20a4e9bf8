#!/usr/bin/env python3
"""test_mirror.py BUILD - a provider that one host finds dead is not asked by another

Two hosts are two state directories; a real Redis is between them, started here on a free port.
"""

import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenario"))
import stage  # noqa: E402

BUILD = pathlib.Path(sys.argv[1]).resolve()
REQUEST = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]})
PATIENCE = 10  # seconds, of a busy machine


def until(truth):
    end = time.monotonic() + PATIENCE
    while not truth() and time.monotonic() < end:
        time.sleep(0.02)
    return truth()


class Host:
    def __init__(self, top, name, redis, provider, **settings):
        self.dir = pathlib.Path(top, name)
        self.dir.mkdir()
        self.url = provider.url + "/v1/chat/completions"
        self.env = stage.environment(BUILD, self.dir, UNDERSTUDY_REDIS_URL=redis,
                                     **{"UNDERSTUDY_ATTEMPTS": "1",
                                        "UNDERSTUDY_FALLBACKS": "anthropic@http://127.0.0.1:1",
                                        **settings})

    def run(self, *words):
        return subprocess.run([BUILD / "understudy", *words], env=self.env, capture_output=True,
                              text=True, timeout=60)

    def ask(self):
        return self.run("run", "--", "curl", "-sS", self.url, "-H",
                        "Content-Type: application/json", "-H", "Authorization: Bearer k", "-d",
                        REQUEST)

    def mirror(self):
        return subprocess.Popen([BUILD / "understudy", "mirror"], env=self.env)

    def status(self):
        return json.loads(self.run("status", "--json").stdout or "{}")

    def breaker(self):
        return {p["provider"]: p["breaker"] for p in self.status().get("providers", [])}.get("openai")

    def retries_left(self):
        return self.status().get("retries_left")


def budgets(top, redis, provider, checks):
    """What one host has spent in vain another cannot spend. That their mirrors have begun is known
    by the breaker of the provider that was asked before."""
    settings = {"UNDERSTUDY_ATTEMPTS": "3", "UNDERSTUDY_FALLBACKS": "", "UNDERSTUDY_BUDGET": "2",
                "UNDERSTUDY_BREAKER": "1000/60s", "ANTHROPIC_API_KEY": ""}
    c, d = (Host(top, name, redis, provider, **settings) for name in "cd")
    mirrors = [host.mirror() for host in (c, d)]
    try:
        checks.append((until(lambda: c.breaker() == d.breaker() == "open") and d.retries_left() == 2,
                       "a host begins with its whole budget"))
        c.ask()
        checks.append((len(provider.new_requests()) == 3, "one host tries again"))
        checks.append((until(lambda: d.retries_left() == 0), "its retries are missing elsewhere"))
        d.ask()
        checks.append((len(provider.new_requests()) == 1, "where nobody tries again"))
    finally:
        for mirror in mirrors:
            mirror.terminate()
            mirror.wait(PATIENCE)


def main():
    if not shutil.which("redis-server"):
        print("ok 1 - hosts share breakers # SKIP no redis-server\n1..1")
        return 0
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    checks = []
    with tempfile.TemporaryDirectory() as top, \
            stage.Provider(BUILD, "primary", "503") as provider:
        redis = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1",
                                  "--save", "", "--dir", top], stdout=subprocess.DEVNULL)
        url = f"redis://127.0.0.1:{port}"
        a, b = Host(top, "a", url, provider), Host(top, "b", url, provider)
        other = b.mirror()
        began = time.monotonic()
        # the shell stays for a moment: its mirror is one of `understudy run`'s own
        a.run("run", "--", "sh", "-c", f"curl -sS {a.url} -H 'Content-Type: application/json' -H "
              f"'Authorization: Bearer k' -d '{REQUEST}'; sleep 1")
        checks.append((a.breaker() == "open", "the host that asked has an open breaker"))
        checks.append((until(lambda: b.breaker() == "open"), "another host has it open, too"))
        print(f"# known after {time.monotonic() - began:.1f} s, of which the program took 1")
        with stage.Provider(BUILD, "second", "503") as second:
            budgets(top, url, second, checks)
        redis.terminate()
        redis.wait()
        before = time.monotonic()
        done = b.ask()
        checks.append((done.returncode == 0 and time.monotonic() - before < PATIENCE,
                       "without Redis a call goes on"))
        other.terminate()
        checks.append((other.wait(PATIENCE) == 0, "a mirror ends when it is told to"))
    for n, (ok, name) in enumerate(checks, 1):
        print(f"{'ok' if ok else 'not ok'} {n} - {name}")
    print(f"1..{len(checks)}")
    return 0 if all(ok for ok, _ in checks) else 1


sys.exit(main())
