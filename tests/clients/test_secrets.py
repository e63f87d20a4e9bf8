#!/usr/bin/env python3
"""test_secrets.py BUILD - whose secret is whose

secrets.c plants a marked secret in every place that libcurl has for one, and another is the key of
the program's own provider in the environment. The own provider fails; whatever the stand-in and
those it points to receive is kept, and searched. The other way round, a stand-in's key may be
nowhere but in the one header that it is for.
"""
import base64
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "scenario"), str(HERE.parent / "fake")]
sys.dont_write_bytecode = True
import fake  # noqa: E402
import stage  # noqa: E402
from stage import Skip, Wrong, need  # noqa: E402

BUILD = pathlib.Path(sys.argv[1]).resolve()
MARK = b"MARKED"
OWN_KEY = "MARKED-own-key-of-the-environment"
KEY = "sk-key-of-the-stand-in-9c1e"

# Not planted as text: these make it another request, or are done by secrets.c in another way. Nor
# is the allow-list: it comes over by design.
ELSEWHERE = (
    "URL", "CUSTOMREQUEST", "RANGE", "PROTOCOLS_STR", "UNIX_SOCKET_PATH", "ABSTRACT_UNIX_SOCKET",
)  # fmt: skip
# The own provider must have been told of these, or the test tests nothing.
SENT_TO_OWN = (
    b"MARKED-authorization", b"MARKED-api-key", b"MARKED-x-api-key", b"MARKED-custom",
    b"MARKED-header-cookie", b"MARKED-query", b"MARKED-cookielist", b"MARKED-cookiefile",
    b"MARKED-bearer", b"MARKED-COOKIE", b"MARKED-REFERER",
    b"MARKED-USERAGENT", b"MARKED-REQUEST_TARGET", base64.b64encode(b"MARKED-basic:MARKED-basic"),
    base64.b64encode(b"MARKED-netrc:MARKED-netrc"), base64.b64encode(b"MARKED-home:MARKED-home"),
    base64.b64encode(b"MARKED-user:MARKED-password"),
)  # fmt: skip
KEY_HEADERS = {"openai": f"Authorization: Bearer {KEY}", "anthropic": f"x-api-key: {KEY}"}
VARIABLES = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
REQUESTS = {"openai": fake.OPENAI_REQUEST, "anthropic": fake.ANTHROPIC_REQUEST}
OTHER = {"openai": "anthropic", "anthropic": "openai"}


def carried():
    """The allow-list: what may come over to a stand-in."""
    text = (HERE.parent.parent / "shim/setopt.def").read_text()
    return re.findall(r"^X\((\w+), +\w+, +CARRY\)", text, re.M)


def traces(secret):
    """As it stands, and in the middle of something in base64."""
    yield secret
    for shift in range(3):
        whole = base64.b64encode(b"x" * shift + secret)
        yield whole[-(-shift * 8 // 6) : len(secret) * 8 // 6]


def absent(secret, data, where):
    data = data if isinstance(data, bytes) else data.encode("latin-1", "replace")
    for trace in traces(secret):
        at = data.find(trace)
        need(at < 0, f"a secret in {where}: {data[max(at - 80, 0):at + 80]!r}")


def received(server):
    server.settle()
    return "".join(r.head for r in server.requests).encode("latin-1") + b"".join(
        r.body for r in server.requests
    )


class Plot:
    """A directory, an own provider that fails, and a run of secrets.c against it."""

    def __init__(self, directory, speaks, how="quiet", own=None, **settings):
        self.directory = pathlib.Path(directory)
        self.speaks = speaks
        (self.directory / "cookies").write_text(
            "127.0.0.1\tFALSE\t/\tFALSE\t0\tjar\tMARKED-cookiefile\n"
        )
        (self.directory / "netrc").write_text(
            "machine 127.0.0.1 login MARKED-netrc password MARKED-netrc\n"
        )
        (self.directory / ".netrc").write_text(
            "machine 127.0.0.1 login MARKED-home password MARKED-home\n"
        )
        self.log = self.directory / "log"
        # 409 is left at once, and opens no breaker: the own provider is asked each time
        with own or fake.Server(fake.openai_error("409 Conflict")) as own:
            self.env = self.environment(own, settings)
            words = [f"{BUILD}/tests/clients/secrets", own.url + stage.PATHS[speaks]]
            words += [REQUESTS[speaks].decode(), how, *ELSEWHERE, *carried()]
            self.done = self.run(words)
            self.own = received(own)
        need(self.done.returncode == 0, f"exit {self.done.returncode}", self.done.stderr[-2000:])

    def environment(self, own, settings):
        keys = {VARIABLES[self.speaks]: OWN_KEY, VARIABLES[OTHER[self.speaks]]: KEY}
        base = own.url + ("/v1" if self.speaks == "openai" else "")
        return stage.environment(
            BUILD,
            self.directory,
            LD_PRELOAD=stage.preload(BUILD),
            UNDERSTUDY_LOG=f"debug:{self.log}",
            UNDERSTUDY_ATTEMPTS="1",
            **{f"{self.speaks.upper()}_BASE_URL": base, **keys, **settings},
        )

    def run(self, words):
        plain = {k: v for k, v in self.env.items() if k != "LD_PRELOAD"}
        env = self.env if "secrets" in words[0] else plain
        return subprocess.run(words, env=env, cwd=self.directory, capture_output=True, timeout=120)

    def ends(self):
        """(name, refused, code, status) of each handle."""
        rows = re.findall(rb"^@ (\S+) (\d+) (\d+) (\d+)$", self.done.stdout, re.M)
        return [(name.decode(), int(r), int(code), int(status)) for name, r, code, status in rows]

    def remains(self):
        """(what, bytes) of all that is left behind for others to read."""
        yield "the log", self.log.read_bytes()
        for page in (self.directory / "page").iterdir():
            yield "the page", page.read_bytes()
        for words in ("status", "status --json", "doctor"):
            done = self.run([f"{BUILD}/understudy", *words.split()])
            yield "understudy " + words, done.stdout + done.stderr


def a_stand_in_gets_nothing_of_the_programs(directory, speaks, plays, auth):
    with fake.Server(fake.healthy) as standin:
        plot = Plot(directory, speaks, UNDERSTUDY_FALLBACKS=f"{plays}@{standin.url}")
        heads = received(standin)
    ends = plot.ends()
    need(len(ends) > 80, f"only {len(ends)} handles")
    bad = [end for end in ends if end[2:] != (0, 200)]
    need(not bad, f"not served: {bad}"[:1000])
    need(len(standin.requests) == len(ends), f"{len(standin.requests)} requests of {len(ends)}")
    absent(MARK, heads, "what the stand-in got")
    different = {r.head for r in standin.requests}
    need(len(different) == 1, "the requests differ", *different)
    names = [line.split(":")[0].lower() for line in standin.requests[0].head.split("\r\n")[1:-2]]
    expected = ["host", "user-agent", "content-type", "accept-encoding", "accept", "content-length"]
    expected += [line.split(":")[0].lower() for line in auth]
    need(sorted(names) == sorted(expected), f"headers: {names}")
    for line in auth:
        need(line in standin.requests[0].head.split("\r\n"), f"no {line}", standin.requests[0].head)
    for secret in SENT_TO_OWN:
        need(secret in plot.own, f"the own provider did not get {secret}")
    for what, data in plot.remains():
        absent(MARK, data, what)


def the_key_is_in_its_header_only(directory, speaks, how):
    with fake.Server(fake.healthy) as standin:
        plot = Plot(
            directory, speaks, how, UNDERSTUDY_FALLBACKS=f"{OTHER[speaks]}@{standin.url}"
        )
        text = received(standin).decode("latin-1")
    header = KEY_HEADERS[OTHER[speaks]]
    need(text.count(header) == len(standin.requests), f"not once in each request: {header}")
    absent(KEY.encode(), text.replace(header, ""), "the rest of what the stand-in got")
    absent(KEY.encode(), plot.own, "what the own provider got")
    absent(KEY.encode(), plot.done.stdout, "stdout")
    absent(KEY.encode(), plot.done.stderr, "stderr")
    need(b"HTTP/1.1 200 OK" in plot.done.stdout + plot.done.stderr, "nothing verbose was said")
    for what, data in plot.remains():
        absent(KEY.encode(), data, what)


def a_redirect_of_a_stand_in_is_not_followed(directory, status):
    with fake.Server(fake.healthy) as elsewhere:
        away = fake.whole(b"", status, f"Location: {elsewhere.url}/v1/messages")
        with fake.Server(away) as standin:
            plot = Plot(directory, "openai", UNDERSTUDY_FALLBACKS=f"anthropic@{standin.url}")
            absent(MARK, received(standin), "what the stand-in got")
        need(not elsewhere.connections, "it was followed")
    need({end[3] for end in plot.ends()} <= {409, 0}, plot.ends())
    for what, data in plot.remains():
        absent(KEY.encode(), data, what)
        absent(MARK, data, what)


def a_stand_in_that_repeats_the_key_is_not_quoted(directory, place):
    said = f'"Incorrect API key provided: {KEY}."'.encode()
    error = b'{"type":"error","error":{"type":"authentication_error","message":%s}}' % said
    headers = [f"X-Your-Key: {KEY}"] if place == "head" else []
    answer = fake.whole(error, "401 Unauthorized", *headers)
    with fake.Server(answer) as standin:
        plot = Plot(
            directory, "openai", UNDERSTUDY_FALLBACKS=f"anthropic@{standin.url}"
        )
    need(standin.requests, "the stand-in was not asked")
    absent(KEY.encode(), plot.done.stdout + plot.done.stderr, "the program's output")
    for what, data in plot.remains():
        absent(KEY.encode(), data, what)


def a_key_that_is_two_lines_is_not_sent(directory, key):
    with fake.Server(fake.healthy) as standin:
        plot = Plot(
            directory,
            "openai",
            UNDERSTUDY_FALLBACKS=f"anthropic@{standin.url}",
            ANTHROPIC_API_KEY=key,
        )
        standin.settle()
    need(not standin.connections, f"it was sent: {[r.head for r in standin.requests[:1]]}")
    need({end[3] for end in plot.ends()} <= {409, 0}, plot.ends())
    for what, data in plot.remains():
        absent(KEY.encode(), data, what)


def a_secret_in_a_base_url_stays_there(directory, part):
    with fake.Server(fake.healthy) as standin:
        host = standin.url.removeprefix("http://")
        url = f"http://me:{KEY}@{host}" if part == "user-info" else f"http://{host}/v1?key={KEY}"
        plot = Plot(
            directory,
            "openai",
            "verbose",
            UNDERSTUDY_FALLBACKS=f"anthropic@{url}",
            ANTHROPIC_API_KEY="sk-other",
        )
    absent(KEY.encode(), plot.own, "what the own provider got")
    absent(KEY.encode(), plot.done.stdout + plot.done.stderr, "the program's output")
    for what, data in plot.remains():
        absent(KEY.encode(), data, what)


SECOND, THIRD = "sk-second-of-the-own-5b71", "sk-third-of-the-own-0d2e"


def own_with_keys(own_answer, others_answer):
    """The own provider, which answers its other keys in another way than what the program brings."""

    def answer(request):
        it = others_answer if SECOND in request.head or THIRD in request.head else own_answer
        return it(request) if callable(it) else it

    return fake.Server(answer)


LIMIT = fake.openai_error("429 Too Many Requests", "rate_limit_error", "Retry-After: 1")


def another_key_of_the_own_is_in_its_header_only(directory, how):
    refusal = fake.openai_error("401 Unauthorized", "invalid_request_error")
    with fake.Server(fake.healthy) as standin, own_with_keys(LIMIT, refusal) as own:
        plot = Plot(
            directory,
            "openai",
            how,
            own=own,
            UNDERSTUDY_KEYS="openai=SECOND+THIRD",
            SECOND=SECOND,
            THIRD=THIRD,
            UNDERSTUDY_BUDGET="0",
            UNDERSTUDY_FALLBACKS=f"anthropic@{standin.url}",
        )
        heads = received(standin)
    own_text = plot.own.decode("latin-1")
    for key in (SECOND, THIRD):
        header = f"Authorization: Bearer {key}\r\n"
        need(header in own_text, f"{key} was not tried", own_text[-2000:])
        absent(key.encode(), own_text.replace(header, ""), "the rest of what the own got")
        absent(key.encode(), heads, "what the stand-in got")
        absent(key.encode(), plot.done.stdout + plot.done.stderr, "the program's output")
        for what, data in plot.remains():
            absent(key.encode(), data, what)
    with_key = [r.head for r in own.requests if SECOND in r.head or THIRD in r.head]
    for mark in ("MARKED-authorization", "MARKED-organization", "MARKED-bearer"):
        absent(mark.encode(), "".join(with_key), "a request with another key than the program's")
    need({end[3] for end in plot.ends()} == {200}, plot.ends())
    for what, data in plot.remains():
        absent(MARK, data, what)
    status = plot.run([f"{BUILD}/understudy", "status"]).stdout
    need(b"openai SECOND" in status and b"openai THIRD" in status, status)


def another_key_of_the_own_follows_no_redirect(directory, status):
    with fake.Server(fake.healthy) as elsewhere:
        away = fake.whole(b"", status, f"Location: {elsewhere.url}/v1/chat/completions")
        with own_with_keys(LIMIT, away) as own:
            plot = Plot(
                directory,
                "openai",
                own=own,
                UNDERSTUDY_KEYS="openai=SECOND",
                SECOND=SECOND,
                UNDERSTUDY_BUDGET="0",
                UNDERSTUDY_FALLBACKS="",
                UNDERSTUDY_DEADLINE="300ms",
            )
        need(SECOND in plot.own.decode("latin-1"), "it was not tried")
        need(not elsewhere.connections, "it was followed")


def a_handle_is_its_programs_again(directory):
    """In one process: the key of the program is back where it was, for another provider too."""
    if why := stage.why_not(BUILD, ["curl", "--version"]):
        raise Skip(why)
    with fake.Server(fake.healthy) as other, own_with_keys(LIMIT, fake.healthy) as own:
        url = own.url + "/v1/chat/completions"
        words = ["curl", "-sS", "-H", "Authorization: Bearer MARKED-own", "-H", "X-More: yes"]
        words += ["-H", "Content-Type: application/json", "-d", fake.OPENAI_REQUEST.decode()]
        words += [url, other.url + "/v1/chat/completions", other.url + "/elsewhere"]
        env = stage.environment(
            BUILD,
            directory,
            LD_PRELOAD=stage.preload(BUILD),
            OPENAI_BASE_URL=own.url + "/v1",
            UNDERSTUDY_KEYS="openai=SECOND",
            SECOND=SECOND,
        )
        done = subprocess.run(words, env=env, capture_output=True, timeout=60)
        need(done.returncode == 0, done.stderr)
        need(len(own.requests) == 2, [r.head for r in own.requests])
        need(SECOND in own.requests[1].head, own.requests[1].head)
        absent(SECOND.encode(), received(other), "what another server got")
        need(received(other).count(b"Bearer MARKED-own") == 2, received(other))
        absent(SECOND.encode(), done.stdout + done.stderr, "the program's output")


def a_key_of_asterisks_does_not_hang_the_verbose_output(directory):
    with fake.Server(fake.healthy) as standin:
        plot = Plot(
            directory,
            "openai",
            "verbose",
            UNDERSTUDY_FALLBACKS=f"anthropic@{standin.url}",
            ANTHROPIC_API_KEY="***",
        )
    need({end[3] for end in plot.ends()} == {200}, plot.ends())


def the_page_is_the_users_alone(directory):
    with fake.Server(fake.healthy) as standin:
        Plot(directory, "openai", UNDERSTUDY_FALLBACKS=f"anthropic@{standin.url}")
    for path in (directory / "log", *(directory / "page").iterdir()):
        need(path.stat().st_mode & 0o077 == 0, f"{path.name}: {oct(path.stat().st_mode)}")


def cases():
    version = "anthropic-version: 2023-06-01"
    for speaks, plays, auth in (
        ("openai", "anthropic", [KEY_HEADERS["anthropic"], version]),
        ("anthropic", "openai", [KEY_HEADERS["openai"]]),
        ("openai", "local:llama", []),
        ("anthropic", "local:llama", []),
    ):
        args = (speaks, plays, auth)
        yield f"{speaks}, then {plays}", a_stand_in_gets_nothing_of_the_programs, args
    for speaks in OTHER:
        for how in ("verbose", "debug"):
            yield f"{OTHER[speaks]}, {how}", the_key_is_in_its_header_only, (speaks, how)
    for status in ("301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect"):
        yield status[:3], a_redirect_of_a_stand_in_is_not_followed, (status,)
    for place in ("body", "head"):
        yield place, a_stand_in_that_repeats_the_key_is_not_quoted, (place,)
    for name, key in (
        ("CR LF", f"{KEY}\r\nX-Injected: yes"),
        ("LF", f"{KEY}\nX-Injected: yes"),
        ("CR", f"{KEY}\rX-Injected: yes"),
        ("at the end", f"{KEY}\n"),
        ("at the beginning", f"\r\n{KEY}"),
    ):
        yield name, a_key_that_is_two_lines_is_not_sent, (key,)
    for part in ("user-info", "query"):
        yield part, a_secret_in_a_base_url_stays_there, (part,)
    for how in ("quiet", "verbose", "debug"):
        yield how, another_key_of_the_own_is_in_its_header_only, (how,)
    for status in ("307 Temporary Redirect", "308 Permanent Redirect"):
        yield status[:3], another_key_of_the_own_follows_no_redirect, (status,)
    yield "", a_handle_is_its_programs_again, ()
    yield "", a_key_of_asterisks_does_not_hang_the_verbose_output, ()
    yield "", the_page_is_the_users_alone, ()


def main():
    tap = stage.Tap()
    for label, test, args in cases():
        name = test.__name__.replace("_", " ") + (f": {label}" if label else "")
        if len(sys.argv) > 2 and sys.argv[2] not in name:
            continue
        with tempfile.TemporaryDirectory(prefix="understudy-secrets-") as directory:
            try:
                test(pathlib.Path(directory), *args)
                tap.result(name)
            except Skip as e:
                tap.result(name, skip=e)
            except Wrong as e:
                tap.result(name, [e])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
