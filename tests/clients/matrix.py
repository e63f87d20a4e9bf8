"""matrix.py - the clients of libcurl that people really run: one table

A client is a program as its distribution ships it (curl, git) or the smallest program of its
language (programs/), which is called

    PROGRAM STYLE COUNT URL BODY

asks COUNT times in that style, and prints what it got, each line about the transfer N:

    chunk N LENGTH      followed by that many bytes and a newline: a piece, at once when it came
    line N TEXT         a line of the header, at once when it came
    NAME N VALUE        error (what it calls it), status, type, size, url, lines (of the header)

PROGRAM version prints `version 0 ...` of the libcurl that it uses.
"""
import dataclasses
import json
import pathlib
import re
import shlex

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
NODE = pathlib.Path("build/node").resolve()  # what `make check-clients` has npm build
PYTHON = "/usr/bin/python3"  # Debian's: its packages belong to it
SORTS = ("blocking", "streaming", "multi")


@dataclasses.dataclass
class Style:
    name: str
    sort: str  # blocking: one call for the whole; streaming: piece by piece; multi: many at once
    count: int = 1
    live: bool = False  # it shows what comes when it comes
    words: str = ""  # of a command that is not one of ours
    covered: bool = True  # whether libcurl does it at all
    thrifty: bool = False  # it waits whether a connection can be shared: how many, is chance

    @property
    def at_once(self):
        """Whether all are asked before one is answered."""
        return self.sort == "multi" and not self.thrifty


@dataclasses.dataclass
class Client:
    name: str
    packages: str  # as setup.sh calls them
    how: str  # it comes to libcurl
    command: str
    styles: tuple
    version: str = ""  # the command that tells libcurl's version, if it is not one of ours
    build: str = ""
    made: str = ""  # what `make check-clients` builds
    tells: bool = True  # its files tell which libcurl it takes
    environment: dict = dataclasses.field(default_factory=dict)

    @property
    def main_package(self):
        return re.split("[ ,]", self.packages)[-1]

    @property
    def npm_version(self):
        described = NODE / "node_modules" / self.packages / "package.json"
        return json.loads(described.read_text())["version"] if described.exists() else ""

    def words(self, style, **places):
        """The command that asks in a style."""
        line = f"{self.command} {style.words}" if style.words else (
            f"{self.command} {style.name} {style.count} {{url}} {{body}}")
        return self.fill(line, **places)

    def fill(self, line, **places):
        return [word.format(programs=PROGRAMS, **places) for word in shlex.split(line)]

    def version_words(self, out):
        return self.fill(self.version or self.command + " version", out=out)


def blocking(*names, count=2):
    return tuple(Style(name, "blocking", count) for name in names)


def streaming(*names, live=True):
    return tuple(Style(name, "streaming", 2, live) for name in names)


def multi(*names, count=3, live=False):
    return tuple(Style(name, "multi", count, live) for name in names)


def curl(*options, sort="blocking", **how):
    """Styles of the command: what stands between its usual options and the URL."""
    return tuple(Style(name, sort, 1, words=CURL + words + " {url}", **how)
                 for name, words in options)


CURL = '-sS -H "Content-Type: application/json" -H "Authorization: Bearer sk-mine" '
FACTS = r' -w "error %{{urlnum}} %{{exitcode}}\nstatus %{{urlnum}} %{{http_code}}\ntype ' \
    r'%{{urlnum}} %{{content_type}}\nsize %{{urlnum}} %{{size_download}}\n"'
PARALLEL = "".join(" -o {directory}/%d.got {url}" % n for n in range(3))

COMMAND = (
    *curl(("plain", "-d {body}"), ("-i", "-i -d {body}"), ("--fail", "--fail -d {body}"),
          ("--compressed", "--compressed -d {body}"), ("--data @file", "--data @{file}"),
          ("-T", "-X POST -T {file}"), ("--retry", "--retry 1 -d {body}"),
          ("-o -w", "-d {body} -o {directory}/0.got" + FACTS)),
    *curl(("-N", "-N -d {body}"), sort="streaming", live=True),
    *(Style(name, "multi", 3, thrifty=name == "-Z",
            words=CURL + name + " --no-progress-meter -d {body}" + FACTS + PARALLEL)
      for name in ("-Z", "-Z --parallel-immediate")),
)

CLIENTS = (
    Client("curl", "curl", "linked; easy, -Z: multi", "curl", COMMAND, version="curl --version"),
    Client("PHP ext/curl", "php-cli,php-curl", "dlopen with RTLD_DEEPBIND; easy, multi",
           "php {programs}/ext_curl.php",
           blocking("return", "header") + streaming("write")
           + multi("multi") + multi("multi_write", live=True)),
    Client("Guzzle", "php-cli,php-curl php-guzzlehttp-guzzle", "by ext/curl; easy, multi",
           "php {programs}/guzzle.php",
           blocking("sync") + streaming("sink") + multi("pool", count=20)
           + (Style("php_stream", "streaming", 2, covered=False),)),
    Client("Guzzle without allow_url_fopen", "php-cli,php-curl php-guzzlehttp-guzzle",
           "by ext/curl; easy", "php -d allow_url_fopen=0 {programs}/guzzle.php",
           streaming("curl_stream", live=False)),
    Client("Symfony HttpClient", "php-cli,php-curl php-symfony-http-client", "by ext/curl; multi",
           "php {programs}/symfony.php",
           blocking("sync") + streaming("stream") + multi("multi", live=True)),
    Client("pycurl", "python3-pycurl", "dlopen with RTLD_LOCAL; easy, multi, multi_socket",
           PYTHON + " {programs}/py_curl.py",
           blocking("data") + streaming("write", "header", "upload")
           + multi("select", "socket", live=True)),
    Client("tornado", "python3-pycurl python3-tornado", "by pycurl; multi_socket",
           PYTHON + " {programs}/py_tornado.py",
           blocking("fetch") + streaming("stream") + multi("gather")),
    Client("Python ctypes", "libcurl4", "dlopen and dlsym; easy, multi",
           PYTHON + " {programs}/py_ctypes.py", streaming("perform") + multi("multi", live=True),
           tells=False),
    Client("R curl", "r-cran-curl", "dlopen with RTLD_LOCAL; multi",
           "Rscript {programs}/curl.R",
           blocking("memory") + streaming("stream") + streaming("connection", live=False)
           + multi("multi") + multi("multi_stream", live=True)),
    Client("R httr2", "r-cran-curl r-cran-httr2", "by R curl; multi",
           "Rscript {programs}/httr2.R",
           blocking("perform") + streaming("stream", live=False) + multi("parallel")),
    Client("Ruby typhoeus", "ruby-typhoeus", "by ethon; easy, multi",
           "ruby -W0 {programs}/typhoeus.rb",
           blocking("run") + streaming("on_body") + multi("hydra")
           + multi("hydra_on_body", live=True)),
    Client("Ruby ethon", "ruby-ethon", "FFI: dlopen and dlsym; easy, multi",
           "ruby -W0 {programs}/ethon.rb",
           blocking("perform") + streaming("on_body") + multi("multi", live=True)),
    Client("Ruby curb", "ruby-curb", "dlopen with RTLD_LOCAL; multi", "ruby -W0 {programs}/curb.rb",
           blocking("perform") + streaming("on_body") + multi("multi", live=True)),
    Client("Perl WWW::Curl", "libwww-curl-perl", "dlopen with RTLD_LOCAL; easy, multi",
           "perl {programs}/www_curl.pl",
           blocking("data") + streaming("write") + multi("multi", live=True)),
    Client("Lua curl", "lua5.1,lua-curl", "dlopen with RTLD_LOCAL; easy",
           "lua5.1 {programs}/lua_curl.lua", streaming("perform")),
    Client("TclCurl", "tcl,tclcurl", "dlopen with RTLD_LOCAL; easy, multi",
           "tclsh {programs}/tclcurl.tcl",
           blocking("bodyvar") + streaming("write") + multi("multi", live=True)),
    Client("OCaml curl", "ocaml-findlib,libcurl-ocaml-dev", "linked; easy, multi, multi_socket",
           "{out}/ocurl", streaming("perform") + multi("multi", "lwt", live=True),
           build="ocamlfind ocamlopt -thread -package curl.lwt,lwt.unix -linkpkg -o {out}/ocurl "
                 "{out}/ocurl.ml"),
    Client("C++ curlpp", "g++,libcurlpp-dev", "linked; easy, multi", "{out}/curlpp",
           blocking("stream") + streaming("write") + multi("multi", live=True),
           build="g++ -std=c++17 -Wall -Wextra -Werror -o {out}/curlpp {out}/curlpp.cpp -lcurlpp "
                 "-lcurl"),
    Client("node-libcurl", "node-libcurl", "dlopen with RTLD_LOCAL; easy, multi_socket",
           "node {programs}/node_libcurl.js",
           blocking("curly") + streaming("easy") + multi("curl", "multi", live=True),
           made=str(NODE / "node_modules/node-libcurl/lib/binding/node_libcurl.node"),
           environment={"NODE_PATH": str(NODE / "node_modules")}),
)
