#!/usr/bin/env python3
"""test_clients.py BUILD - other people's clients of libcurl, unmodified, under the preload

Each asks in each of its ways, for a whole answer and for a stream:
  healthy   it gets what it gets without the preload: error, status, header lines, figures, body
  outage    its provider is down: it gets the stand-in's answer, a stream piece by piece
  all down  it gets its own provider's failure, as without the preload
"""
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "scenario"))
import answers  # noqa: E402
import play  # noqa: E402
import stage  # noqa: E402

BUILD = sys.argv[1]
TOKEN_MS = 40  # between two words of a stream
PYTHON = "/usr/bin/python3"  # Debian's: python3-pycurl belongs to it
CURL = (
    "curl -sSN {way} {url} -H @{headers} -d @{body} -o {body}.got -D {body}.head "
    "-w %{{json}} --stderr /dev/null"
)

# name: (is it there?, how it is run, its ways)
CLIENTS = {
    "php": (["php", "-r", "curl_version();"], "php client.php", "return header write"),
    "pycurl": ([PYTHON, "-c", "import pycurl"], f"{PYTHON} client.py", "data write header upload"),
    "ruby": (
        ["ruby", "-e", "require 'typhoeus'"],
        "ruby client.rb",
        "typhoeus on_body ethon ethon_body",
    ),
    "curl": (["curl", "--version"], None, "--http1.1 --compressed"),
}


class Bench:
    """A directory with the requests, and a way to run a client there."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        play.write_presets(self.directory)

    def run(self, client, way, url, form, **env):
        headers, body = self.directory / "openai.h", self.directory / f"openai-{form}.json"
        program = CLIENTS[client][1]
        if program:
            command = [*program.split(), way, url, str(headers), str(body)]
        else:
            command = CURL.format(way=way, url=url, headers=headers, body=body).split()
        done = subprocess.run(
            command,
            cwd=HERE,
            env=stage.environment(BUILD, self.directory, **env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
        try:
            result = json.loads(done.stdout)
        except ValueError:
            raise play.Failed(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}") from None
        return self.from_curl(result, body) if client == "curl" else result

    def from_curl(self, facts, body):
        got, head = pathlib.Path(f"{body}.got"), pathlib.Path(f"{body}.head")
        result = {
            "error": facts["exitcode"],
            "status": facts["response_code"],
            "type": facts["content_type"],
            "size": facts["size_download"],
            "url": facts["url_effective"],
            "lines": head.read_text().count("\n") if head.exists() else 0,
            "spread_ms": 0,
            "body": got.read_text() if got.exists() else "",
        }
        for path in (got, head):
            path.unlink(missing_ok=True)
        return result


def steady(result):
    """Without what differs from run to run: the mock counts its answers, and times vary."""
    text = play.VOLATILE.sub(b"*", result["body"].encode())
    return {**result, "body": text, "spread_ms": 0}


def same(bench, client, way, form, script):
    primary = stage.Provider(BUILD, "primary", script)
    standin = stage.Provider(BUILD, "standin", "503")
    with primary, standin:
        url = primary.url + stage.PATHS["openai"]
        fallbacks = "anthropic@" + standin.url
        ours = bench.run(
            client,
            way,
            url,
            form,
            LD_PRELOAD=stage.preload(BUILD),
            UNDERSTUDY_FALLBACKS=fallbacks,
            UNDERSTUDY_STATE=str(bench.directory / f"page-{client}-{way}-{form}-{script}"),
        )
        asked = len(standin.new_requests())
        theirs = bench.run(client, way, url, form)
    play.need(asked == (0 if script == "ok" else 3), f"the stand-in was asked {asked} times")
    wanted, got = steady(theirs), steady(ours)
    play.need(got == wanted, f"without: {wanted}", f"with:    {got}")


def healthy(bench, client, way, form):
    same(bench, client, way, form, "ok")


def all_down(bench, client, way, form):
    same(bench, client, way, form, "503")


def outage(bench, client, way, form):
    primary = stage.Provider(BUILD, "primary", "503")
    standin = stage.Provider(BUILD, "standin", "ok", "--token-ms", str(TOKEN_MS))
    with primary, standin:
        result = bench.run(
            client,
            way,
            primary.url + stage.PATHS["openai"],
            form,
            LD_PRELOAD=stage.preload(BUILD),
            UNDERSTUDY_FALLBACKS="anthropic@" + standin.url,
            UNDERSTUDY_STATE=str(bench.directory / f"page-{client}-{way}-{form}"),
        )
        asked = len(primary.new_requests())
    answer = answers.read("openai", form, result["body"].encode())
    play.need(answer.text == "Hello from standin.", answer)
    play.need(result["status"] == 200 and result["error"] in (0, "ok"), result)
    size = len(result["body"].encode())
    play.need(result["size"] == size, f"a size that does not fit the body's {size}", result)
    play.need(result["url"].startswith(primary.url), result["url"])
    play.need(asked == 3, f"its own provider was asked {asked} times")
    if form == "stream" and way in ("write", "on_body", "ethon_body"):
        play.need(result["spread_ms"] >= TOKEN_MS, f"all came within {result['spread_ms']} ms")


def main():
    tap = stage.Tap()
    with tempfile.TemporaryDirectory(prefix="understudy-clients-") as directory:
        bench = Bench(directory)
        for client, (is_there, _, ways) in CLIENTS.items():
            skip = stage.why_not(BUILD, is_there)
            if skip:
                tap.result(client, skip=skip)
                continue
            for way, form, test in itertools.product(
                ways.split(), ("answer", "stream"), (healthy, outage, all_down)
            ):
                name = f"{client} {way.strip('-')}, {form}: {re.sub('_', ' ', test.__name__)}"
                try:
                    test(bench, client, way, form)
                    tap.result(name)
                except (play.Failed, answers.Broken) as e:
                    tap.result(name, [str(e)])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
