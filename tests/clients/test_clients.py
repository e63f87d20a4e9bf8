#!/usr/bin/env python3
"""test_clients.py BUILD [PART OF A NAME | --readme] - other people's clients of libcurl, unmodified

Each client of matrix.py, in each of its styles:
  healthy   without the preload and with it, it gets the same, byte for byte, and its provider
            is asked the same, over as many connections; a stream is shown while it comes
  outage    its provider is down: it gets the stand-in's answer in its own provider's form
  all down  it gets its own provider's failure, as without the preload

Those of others.py talk to no model, and notice nothing at all.

--readme writes what was seen into the README's table. A client that is not installed is skipped.
Each style is seen healthy and in an outage; the rest is played if FULL is set, or a name is given.
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

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[1:1] = [str(HERE.parent / "fake"), str(HERE.parent / "scenario")]
import answers  # noqa: E402
import fake  # noqa: E402
import play  # noqa: E402
import readme  # noqa: E402
import stage  # noqa: E402
from matrix import CLIENTS, NODE, PROGRAMS  # noqa: E402
from others import OTHERS, notices_nothing  # noqa: E402
from play import Skip, Wrong, expect, expect_equal  # noqa: E402
from show import Show, compiled_at  # noqa: E402

BUILD = sys.argv[1]
FULL = bool(sys.argv[2:] or os.environ.get("FULL"))
PROBE_SECONDS = 20
DOWN = fake.openai_error("503 Service Unavailable")


# --- tests ---------------------------------------------------------------------------------------


def healthy(here, client, style, form):
    bare, ours = (Show(here, client, style, form) for _ in range(2))
    bare.run(fake.Server(bare.cue.answer))
    standin = fake.Server(fake.healthy)
    ours.run(fake.Server(ours.cue.answer), standin)
    expect(bare.code == 0 and len(bare.transfers) == style.count, f"it fails without us\n{bare}")
    expect_equal(ours.seen, bare.seen, "what it got")
    expect_equal("\n".join(ours.requests), "\n".join(bare.requests), "what was asked")
    if not style.thrifty:
        expect_equal(ours.connections, bare.connections, "the number of connections")
    expect(not standin.requests, "the stand-in was asked")


def need_answer(show, n, form):
    transfer = show.transfers.get(n)
    expect(transfer, f"transfer {n} is not told\n{show}")
    answer = answers.read("openai", form, transfer.body)
    expect(answer.text == "Hello from Anthropic.", f"{answer}\n{show}")
    kind = {"answer": "application/json", "stream": "text/event-stream"}[form]
    size = len(transfer.body)
    wanted = {"status": ["200"], "type": [kind], "size": [str(size)],
              "url": ["http://{A}/v1/chat/completions"], "error": ["0", "ok"]}
    for name in wanted.keys() & transfer.facts.keys():
        got = show.stage.names(transfer.facts[name]).split(";")[0]
        expect(got in wanted[name], f"{n} {name} {got} instead of {wanted[name]}\n{show}")


def outage(here, client, style, form, primary):
    show = Show(here, client, style, form)
    standin = fake.Server(show.cue.answer)
    show.run(primary(), standin)
    expect(show.code == 0 and not show.errors, f"it did not end well\n{show}")
    for n in range(style.count):
        need_answer(show, n, form)
    expect(len(standin.requests) == style.count, f"{len(standin.requests)} asked the stand-in")
    asked = len(show.requests)  # by the first call; the others know
    expect(style.sort == "multi" or asked == (3 if primary is not fake.Refused else 0),
           f"its own provider was asked {asked} times")
    for request in standin.requests:
        expect("sk-mine" not in request.head, f"a key of its own crossed\n{request.head}")


def all_down(here, client, style, form, primary):
    bare, ours = (Show(here, client, style, form) for _ in range(2))
    bare.run(primary())
    standin = fake.Server(fake.anthropic_error("529 Overloaded", "overloaded_error"))
    ours.run(primary(), standin)
    expect_equal(ours.seen, bare.seen, "what it got")
    expect(standin.requests, "nobody asked the stand-in")


def unnoticed(here, client, style, form, primary):
    """libcurl has no part in this style: nothing changes, not even in an outage."""
    bare, ours = (Show(here, client, style, form) for _ in range(2))
    bare.run(primary())
    ours.run(primary(), fake.Server(fake.healthy))
    expect_equal(ours.seen, bare.seen, "what it got")


def doctor_is_right(here, client, libcurl):
    """It reads files only: that the client is covered, and by which libcurl."""
    if stage.is_sanitized(BUILD):
        raise Skip("a sanitizer's runtime must come first, and the doctor tries it alone")
    command = [os.path.abspath(f"{BUILD}/understudy"), "doctor"]
    program = client.fill(client.command, out=compiled_at(BUILD))[0]
    done = subprocess.run([*command, program], env=here.environment(False, {}), text=True,
                          cwd=NODE if client.made else None, capture_output=True, check=False)
    expect("ok    verdict     covered" in done.stdout, done.stdout)
    tls = re.search(r"(OpenSSL|GnuTLS)/", libcurl)[1]
    expect(not client.tells or re.search(rf"libcurl     /.*\({tls}\)", done.stdout),
           f"{libcurl} instead of\n{done.stdout}")


def readme_is_of_today(_):
    """What was seen stays true as long as the same things are looked at."""
    expect_equal(readme.outline(readme.read()), readme.outline(readme.made(CLIENTS, OTHERS)),
                 "the README's table of clients (--readme writes it)")


def tests_of(style):
    """(sentence, test, arguments)"""
    usual = "stream" if style.live else "answer"
    forms = ("answer", "stream") if FULL else (usual,)
    refused, failing = fake.Refused, functools.partial(fake.Server, DOWN)
    for form in forms:
        yield f"healthy, {form}", healthy, (form,)
    if not style.covered:
        yield "an outage is not noticed by us", unnoticed, (usual, failing)
        return
    for form in forms:
        yield f"outage, {form}", outage, (form, failing)
    if FULL:
        yield f"outage, refused, {usual}", outage, (usual, refused)
        yield f"all down, {usual}", all_down, (usual, failing)


# --- who is there --------------------------------------------------------------------------------


def not_installed():
    """The packages that setup.sh misses."""
    said = subprocess.check_output(["./setup.sh", "--missing", "check", "clients"], text=True)
    return [line.split(" ")[0].lstrip("?") for line in said.splitlines()]


def compile_at(out, client):
    """In a place of this run, as a compiler leaves things beside its source; then it is moved."""
    program = pathlib.Path(client.fill(client.command, out=out)[0])
    source = next(PROGRAMS.glob(program.name + ".*"))
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime:
        return
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as place:
        shutil.copy(source, place)
        done = subprocess.run(client.fill(client.build, out=place), capture_output=True, text=True)
        expect(done.returncode == 0, f"it can't be compiled:\n{done.stderr}")
        os.replace(pathlib.Path(place, program.name), program)


def version(client, missing):
    """Of its libcurl. A Skip: it can't be played here, whatever ours does."""
    for package in client.packages.split(" "):
        if package in missing:
            raise Skip(f"{package} is not installed")
    if client.made and not os.path.exists(client.made):
        raise Skip("only make check-clients builds it")
    if client.build:
        compile_at(compiled_at(BUILD), client)
    environment = {**os.environ, **client.environment, "ASAN_OPTIONS": "detect_leaks=0"}
    if stage.is_sanitized(BUILD):
        environment["LD_PRELOAD"] = stage.runtime(BUILD)
    try:
        done = subprocess.run(client.version_words(compiled_at(BUILD)), env=environment,
                              capture_output=True, text=True, timeout=PROBE_SECONDS)
    except subprocess.TimeoutExpired:
        raise Skip("it hangs under a sanitizer's runtime") from None
    if done.returncode and stage.is_sanitized(BUILD):
        raise Skip("it does not run under a sanitizer's runtime")
    found = re.search(r"libcurl/[\d.]+( \(\w+\))?( ?[A-Z]\w+/[\d.]+)?", done.stdout)
    expect(found, f"it does not run here: {done.stdout} {done.stderr}")
    return found[0]


def probe(client, missing):
    """Its libcurl's version, or why there is none, which ends its only test."""
    try:
        return version(client, missing)
    except (Skip, Wrong) as why:
        return why


def absent(_, why):
    raise why


def register(client, libcurl):
    if isinstance(libcurl, Exception):
        play.test(client.name, libcurl)(absent)
        return
    play.test(f"{client.name}: the doctor is right", client, libcurl)(doctor_is_right)
    for style in client.styles:
        for sentence, function, args in tests_of(style):
            play.test(f"{client.name} {style.name}: {sentence}", client, style, *args)(function)


def main():
    wanted, missing = sys.argv[2:] or [""], not_installed()
    clients = [c for c in CLIENTS if wanted[0].startswith(c.name)] or CLIENTS
    with concurrent.futures.ThreadPoolExecutor(play.PLAYERS) as pool:
        libcurls = list(pool.map(functools.partial(probe, missing=missing), clients))
    for client, libcurl in zip(clients, libcurls):
        register(client, libcurl)
    for other in OTHERS:
        if other.packages in missing:
            play.test(other.name, Skip(f"{other.packages} is not installed"))(absent)
        else:
            play.test(f"{other.name}: notices nothing", other)(notices_nothing)
    play.test("the README's table is of these clients")(readme_is_of_today)
    if wanted == ["--readme"]:
        seen = {name: ok for name, ok, why in play.results(BUILD, play.tests) if not (ok and why)}
        readme.write(readme.made(clients, OTHERS, libcurls, seen))
    else:
        play.main()


main()
