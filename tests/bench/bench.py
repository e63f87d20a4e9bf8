#!/usr/bin/env python3
"""bench.py BUILD - what understudy costs, against the bare library, in one run.

Bare and preloaded runs take turns, and the median of the pairs' ratios and differences is printed:
the machine's speed drifts, the pairs drift with it. Translation is measured beside what cJSON needs
to parse and print the same bytes (wire.c). Client and provider share one CPU: on two, what
is measured is where the kernel happened to wake them. Instructions are counted by callgrind where
valgrind is there: they repeat.
"""
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1]).resolve()
BENCH = str(BUILD / "tests/bench/bench")
PACE = str(BUILD / "tests/bench/wire")
PRELOAD = str(BUILD / "libunderstudy-preload.so")
ROUNDS = int(os.environ.get("ROUNDS", "15"))
ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


def run(preload, *args, prefix=()):
    env = dict(ENV, LD_PRELOAD=preload, UNDERSTUDY_STATE=state) if preload else ENV
    out = subprocess.run([*prefix, BENCH, *args], env=env, capture_output=True, text=True)
    if out.returncode:
        sys.exit(f"bench {args} failed: {out.stderr}")
    return out


def number(preload, *args):
    return int(run(preload, *args).stdout)


def pairs(name, unit, scale, aim, *args, rounds=ROUNDS):
    a, b = [], []
    for _ in range(rounds):
        a.append(number("", *args) / scale)
        b.append(number(PRELOAD, *args) / scale)
    show(name, unit, a, b, aim)


def show(name, unit, bare, ours, aim):
    ratio = statistics.median(y / x for x, y in zip(bare, ours))
    diff = statistics.median(y - x for x, y in zip(bare, ours))
    print(
        f"{name:<34}{statistics.median(bare):>12,.1f}{statistics.median(ours):>12,.1f} {unit:<5}"
        f"{ratio:>8.3f}x {diff:>+11,.1f}  {aim}"
    )


def instructions(preload, calls):
    with tempfile.NamedTemporaryFile() as out:
        prefix = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}")
        text = run(preload, "call", url, str(calls), prefix=prefix).stderr
    return int(re.search(r"Collected : (\d+)", text).group(1))


def per_call(preload):
    few, many = instructions(preload, 10), instructions(preload, 510)
    return (many - few) / 500


def empty_preload():
    so = pathlib.Path(state) / "empty.so"
    source = pathlib.Path(__file__).with_name("empty.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", so, source], check=True)
    return str(so)


def saves():
    """A checkpoint of four steps and 4 KiB, saved 5,000 times."""
    print(f"\n{'':<34}{'p50':>12}{'p99':>12}")
    for place in "files", "Redis":
        out = subprocess.run([str(BUILD / "tests/bench/saves"), place], env=ENV, capture_output=True, text=True)
        if out.returncode:
            sys.exit(f"saves in {place} failed: {out.stderr}")
        p50, p99 = (int(n) / 1e3 for n in out.stdout.split())
        print(f"{'save of a checkpoint, ' + place:<34}{p50:>12,.1f}{p99:>12,.1f} us    p99 <= 1,000")


def paces():
    out = subprocess.run([PACE], env=ENV, capture_output=True, text=True, check=True).stdout
    aims = {"stream": ">= 200 MB/s, <= 2,000 ns", "request": ">= 300 MB/s"}
    print(f"\n{'translation':<34}{'cJSON':>12}{'understudy':>12} {'unit':<5}{'ratio':>9} {'ns/event':>11}  aim")
    for line in out.splitlines():
        what, source, target, *numbers = line.split()
        ours, theirs, size, events = map(int, numbers)
        each = f"{ours / events:>11,.0f}" if events else " " * 11
        name = f"{what}, {source} to {target}"
        print(
            f"{name:<34}{size * 1e3 / theirs:>12,.1f}{size * 1e3 / ours:>12,.1f} {'MB/s':<5}"
            f"{theirs / ours:>8.2f}x {each}  {aims[what]}"
        )


state = tempfile.mkdtemp()
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
server = subprocess.Popen([BENCH, "serve"], stdout=subprocess.PIPE, text=True, env=ENV)
try:
    url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1/chat/completions"
    print(f"{'':<34}{'bare':>12}{'understudy':>12} {'unit':<5}{'ratio':>9} {'difference':>11}  aim")
    pairs("healthy call", "us", 1e3, "<= +2 us", "call", url, "2000")
    if shutil.which("valgrind"):
        bare, ours = per_call(""), per_call(PRELOAD)
        show("healthy call, instructions", "", [bare], [ours], "<= +10,000")
    for handles, calls in (1, 2000), (32, 4000), (1000, 4000):
        args = ("multi", url, str(calls), str(handles))
        pairs(f"healthy call, {handles} in a multi", "us", 1e3, "<= 1.02x", *args, rounds=max(ROUNDS // 2, 3))
    elsewhere = url.replace("chat/completions", "other")
    pairs("a call that is no LLM's", "us", 1e3, "", "call", elsewhere, "2000")
    pairs("first byte of a stream", "us", 1e3, "", "first", url, "1000")
    pairs("stream, per event", "us", 1e3, "<= +1 us", "events", url, "20000")
    pairs("private memory after 50 calls", "KiB", 1, "", "memory", url, rounds=3)
    empty = empty_preload()
    base, ours = [], []
    for _ in range(ROUNDS):
        base.append(number("", "exec", empty, "100") / 1e3)
        ours.append(number("", "exec", PRELOAD, "100") / 1e3)
    show("exec of true (against empty .so)", "us", base, ours, "<= 1.2x")
    saves()
    paces()
finally:
    server.kill()
    shutil.rmtree(state)
