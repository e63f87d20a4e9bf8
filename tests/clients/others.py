"""others.py - users of libcurl that talk to no model: with the preload they do as without"""
import dataclasses
import functools
import os
import pathlib
import subprocess

import fake
from play import Skip, expect, expect_equal
from stage import is_sanitized

TEXT = b"<http://example.org/a> <http://example.org/b> \"c\" .\n"
BUILD_ID = "0123456789abcdef0123456789abcdef01234567"


def git(*words, **how):
    """A git of nobody's settings."""
    names = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER")
             for what in ("NAME", "EMAIL")}
    settings = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **names, **how.pop("env", {})}
    return subprocess.run(["git", *words], env=settings, check=True, capture_output=True, **how)


def repository(stage):
    """A bare repository with a commit."""
    work, bare = stage.path("work"), stage.path("repo.git")
    if not os.path.exists(bare):
        git("init", "-q", work)
        pathlib.Path(work, "file").write_bytes(TEXT * 1000)
        git("-C", work, "add", "file")
        git("-C", work, "commit", "-q", "-m", "one")
        git("clone", "-q", "--bare", work, bare)
        git("-C", bare, "update-server-info")
    return bare


def by_git(stage, request):
    """What git's own CGI program answers."""
    path, _, query = request.path.partition("?")
    asked = {"REQUEST_METHOD": request.method, "PATH_INFO": path, "QUERY_STRING": query,
             "GIT_PROJECT_ROOT": stage.path(""), "GIT_HTTP_EXPORT_ALL": "1",
             "CONTENT_TYPE": request.header("content-type") or "",
             "HTTP_CONTENT_ENCODING": request.header("content-encoding") or "",
             "GIT_PROTOCOL": request.header("git-protocol") or ""}
    done = git("http-backend", env=asked, input=request.body)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    kind = [line.split(": ")[1] for line in head.decode().split("\r\n") if "Content-Type" in line]
    return fake.whole(body, kind=kind[0])


def by_files(stage, request):
    path = pathlib.Path(stage.path(request.path.partition("?")[0].lstrip("/")))
    if not path.is_file():
        return fake.whole(b"", "404 Not Found")
    return fake.whole(path.read_bytes(), kind="application/octet-stream")


@dataclasses.dataclass
class Other:
    name: str
    packages: str
    how: str
    command: str  # {url}: of the server; {directory}: of this run
    answer: object
    prepare: object = lambda stage: None
    environment: dict = dataclasses.field(default_factory=dict)


def a_page(stage):
    stage.write("page.ttl", TEXT)


def a_script(stage):
    a_page(stage)
    stage.write("script.cmake",
                b"file(DOWNLOAD $ENV{PAGE} got STATUS status)\nmessage(${status})\n")


OTHERS = (
    Other("git clone", "git", "git-remote-http, linked; multi",
          "git clone -q {url}/repo.git {directory}/clone", by_git, repository),
    Other("git clone, dumb protocol", "git", "git-remote-http, linked; multi",
          "git clone -q {url}/repo.git {directory}/clone", by_files, repository,
          {"GIT_SMART_HTTP": "0"}),
    Other("debuginfod-find", "debuginfod", "linked, in a library; multi",
          f"debuginfod-find debuginfo {BUILD_ID}",
          lambda stage, request: fake.whole(TEXT, kind="application/octet-stream"),
          environment={"DEBUGINFOD_URLS": "{url}", "DEBUGINFOD_CACHE_PATH": "{directory}/cache"}),
    Other("rapper", "raptor2-utils", "linked, in a library; easy",
          "rapper -q -i turtle {url}/page.ttl", by_files, a_page),
    Other("cmake file(DOWNLOAD)", "cmake", "linked; easy",
          "cmake -P {directory}/../script.cmake", by_files, a_script,
          {"PAGE": "{url}/page.ttl"}),
    Other("apt-helper", "apt", "not at all",
          "/usr/lib/apt/apt-helper -qq -o APT::Sandbox::User=root download-file {url}/page.ttl "
          "{directory}/got", by_files, a_page),
)


class Run:
    def __init__(self, stage, other, preload):
        self.directory = pathlib.Path(stage.path("ours" if preload else "bare"))
        self.directory.mkdir()
        server = fake.Server(functools.partial(other.answer, stage))
        stage.place(A=server, B=fake.Server(fake.healthy))
        environment = stage.environment(
            preload, {"UNDERSTUDY_FALLBACKS": "anthropic:claude-haiku-4-5@{B}"} if preload else {})
        fill = functools.partial(str.format, url=server.url, directory=self.directory)
        done = subprocess.run(
            [fill(word) for word in other.command.split()], capture_output=True, timeout=60,
            stdin=subprocess.DEVNULL, cwd=self.directory, check=False,
            env={**environment, **{name: fill(value) for name, value in other.environment.items()}})
        said = f"exit {done.returncode}\n{done.stdout}\n{done.stderr}\n{self.files()}"
        self.seen = stage.names(said.replace(str(self.directory), "{RUN}"))
        self.ok = done.returncode == 0
        self.asked = [stage.names(f"{r.head}{r.body}") for r in server.requests]
        self.connections = server.connections

    def files(self):
        """What it has left; git's own files have times in them."""
        return {str(path.relative_to(self.directory)): path.read_bytes()
                for path in sorted(self.directory.rglob("*"))
                if path.is_file() and ".git/" not in str(path)}


def notices_nothing(stage, other):
    if is_sanitized(stage.build):
        raise Skip("git-remote-http hangs under a sanitizer's runtime, without ours too")
    other.prepare(stage)
    bare, ours = Run(stage, other, False), Run(stage, other, True)
    expect(bare.ok and bare.asked, f"it fails without us\n{bare.seen}")
    expect_equal(ours.seen, bare.seen, "what it did")
    expect_equal("\n".join(ours.asked), "\n".join(bare.asked), "what was asked")
    expect_equal(ours.connections, bare.connections, "the number of connections")
    expect(not os.path.exists(stage.path("state")), "a state is kept for it")
