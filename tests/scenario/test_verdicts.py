#!/usr/bin/env python3
"""test_verdicts.py BUILD - what `explain` says of a request is what happens to it

For each pair of dialects, and for requests of which nothing, something, or too much would be lost:
the stand-in is sent the body that `explain` shows, the log names the losses that it names, and one
that it would pass by is not asked.
"""
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import stage  # noqa: E402

TARGETS = {
    "openai": "openai:gpt-4o",
    "responses": "openai-responses:gpt-4o",
    "anthropic": "anthropic:claude-haiku-4-5",
    "gemini": "gemini:gemini-2.5-flash",
    "ollama": "ollama-native:llama3.2",
}
USER = [{"role": "user", "content": "Are you there?"}]
FILE = {"type": "document", "source": {"type": "file", "file_id": "file_1"}}
PART = [{"role": "user", "parts": [{"text": "Are you there?"}]}]
REQUESTS = {
    "openai": [
        {"model": "gpt-4o", "max_tokens": 100, "messages": USER},
        {"model": "gpt-4o", "max_tokens": 100, "logit_bias": {"1": 5}, "messages": USER},
        {"model": "gpt-4o", "messages": [{"role": "user", "content": [
            {"type": "file", "file": {"file_id": "file-1"}}]}]},
    ],
    "responses": [
        {"model": "gpt-4o", "max_output_tokens": 100, "input": "Are you there?"},
        {"model": "gpt-4o", "text": {"verbosity": "low"}, "input": "Are you there?"},
        {"model": "gpt-4o", "conversation": "conv_1", "input": "Are you there?"},
    ],
    "anthropic": [
        {"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": USER},
        {"model": "claude-sonnet-4-5", "max_tokens": 100, "stop_sequences": ["x"],
         "messages": USER},
        {"model": "claude-sonnet-4-5", "max_tokens": 100,
         "messages": [{"role": "user", "content": [FILE]}]},
    ],
    "gemini": [
        {"generationConfig": {"maxOutputTokens": 100}, "contents": PART},
        {"generationConfig": {"seed": 7, "topK": 5, "presencePenalty": 0.5}, "contents": PART},
        {"cachedContent": "cachedContents/1", "contents": PART},
    ],
    "ollama": [
        {"model": "llama3.2", "stream": False, "options": {"num_predict": 100}, "messages": USER},
        {"model": "llama3.2", "stream": False, "messages": USER,
         "options": {"num_predict": 100, "seed": 7, "min_p": 0.1, "repeat_penalty": 1.5}},
        {"model": "llama3.2", "stream": False, "options": {"num_ctx": 9}, "messages": [
            {"role": "user", "content": "See?", "images": ["AAAA"]}]},
    ],
}
KINDS = ("exact", "degraded", "impossible")  # what the three are
BETTER = {("gemini", "ollama", "degraded"): "exact"}  # which has all of these options


def url_of(dialect, base):
    return base + ("/v1" if dialect in ("openai", "responses") else "")


def judge(build, directory, dialect, target, kind, request, primary, standin):
    """What is wrong, in lines."""
    directory = pathlib.Path(directory)
    (directory / "request.json").write_text(json.dumps(request))
    log = directory / "log"
    env = stage.environment(
        build,
        directory,
        UNDERSTUDY_LOG=f"debug:{log}",
        UNDERSTUDY_ATTEMPTS="1",
        OLLAMA_HOST=primary.url,
        UNDERSTUDY_FALLBACKS=f"{TARGETS[target]}@{url_of(target, standin.url)}",
    )
    path = stage.PATHS[dialect]
    command = ["understudy", "explain", "request.json", "--from", dialect, "--json"]
    said = subprocess.run(command, env=env, cwd=directory, capture_output=True, timeout=30, check=False)
    row = json.loads(said.stdout)["targets"][0]
    standin.new_requests()
    done = subprocess.run(
        ["curl", "-sS", primary.url + path, "-d", "@request.json", "-H", "Content-Type: application/json",
         "-H", "anthropic-version: 2023-06-01", "-H", "x-api-key: k", "-H", "x-goog-api-key: k",
         "-H", "Authorization: Bearer k"],
        env={**env, "LD_PRELOAD": stage.preload(build)},
        cwd=directory, capture_output=True, timeout=30, check=False,
    )
    sent = [r["body"] for r in standin.new_requests()]
    told = log.read_text() if log.exists() else "no log"
    wrong = []
    if row["loss"] != BETTER.get((dialect, target, kind), kind):
        wrong.append(f"explain says: {row['loss']}")
    if row["asked"] != bool(sent):
        wrong.append(f"explain says asked: {row['asked']} ({row['why']}); it got {len(sent)} requests")
    if sent and json.loads(sent[0]) != row["body"]:
        wrong.append(f"explain shows {row['body']}, sent was {sent[0]}")
    codes = {(loss["code"], loss["at"]) for loss in row["losses"]}
    logged = set(re.findall(r"for [\w-]+ \([^)]*\): (\w+) at (.*)", told))
    if codes != logged:
        wrong.append(f"explain names {sorted(codes)}, the log {sorted(logged)}")
    return wrong + [told, done.stdout.decode()] if wrong else []


def perform(build, dialect, target):
    """(name, what is wrong) of each request."""
    with stage.Provider(build, "primary", "503") as primary, stage.Provider(build, "standin") as standin:
        for kind, request in zip(KINDS, REQUESTS[dialect]):
            name = f"what explain says of a request is what happens to it: {dialect} to {target}, {kind}"
            with tempfile.TemporaryDirectory() as directory:
                yield name, judge(build, directory, dialect, target, kind, request, primary, standin)


def main():
    build = sys.argv[1]
    tap = stage.Tap()
    why = stage.why_not(build, ["curl", "--version"])
    if why:
        tap.result("what explain says of a request is what happens to it", skip=why)
        return tap.end()
    pairs = [(d, t) for d in REQUESTS for t in TARGETS if d != t]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for results in pool.map(lambda pair: list(perform(build, *pair)), pairs):
            for name, wrong in results:
                tap.result(name, wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
