"""story.py - judges that a program sees one play when another provider steps in

The same happens in the same order as on a healthy provider, what it gets says what the other one
said, and libcurl's figures fit what it got.
"""

import dataclasses
import json
import pathlib
import re

import fake
from fake import HANG, RST, Refused, Server
from play import Trace, expect, expect_equal
from programs import WITH_NUL

CLAUDE = "anthropic:claude-sonnet-4-5@{B}"
GPT = "openai:gpt-4.1@{B}/v1"
LOCAL = "local:gpt-4.1@{B}/v1"
# what tells of the bytes: these have their own expectations
FIGURES = ("H", "B", "N", "G", "HEADER_SIZE", "NUM_CONNECTS", "REQUEST_SIZE", "SIZE_DOWNLOAD",
           "SIZE_DOWNLOAD_T", "CONTENT_LENGTH_DOWNLOAD", "CONTENT_LENGTH_DOWNLOAD_T", "progressed")
ANTHROPIC_WORDS = {
    fake.OPENAI_REQUEST.decode(): fake.ANTHROPIC_REQUEST.decode(),
    fake.OPENAI_STREAMED.decode(): fake.ANTHROPIC_STREAMED.decode(),
    fake.OPENAI_REQUEST.replace(b"hello", b"good bye").decode():
        fake.ANTHROPIC_REQUEST.replace(b"hello", b"good bye").decode(),
    "/v1/chat/completions": "/v1/messages",
    "Authorization: Bearer own-key": "x-api-key: own-key",
}
ANTHROPIC_NUL = fake.ANTHROPIC_REQUEST.replace(b"Say", b"Say\\u0000")
CUT_STREAM = fake.stream(*fake.OPENAI_EVENTS[:1])[:-1] + [fake.CLOSE]
DOWN = {
    "500": (fake.openai_error("500 Oops"),),
    "429": (fake.openai_error("429 Too Many", "rate_limit", "Retry-After: 60"),),
    "a reset": ([RST],),
    "silence": ([HANG],),
    "silence behind a head": ([fake.head("200 OK", "Content-Type: application/json"), HANG],),
    "a page": (fake.whole(b"<html>Sorry</html>", kind="text/html"),),
    "an error inside 200": (fake.whole(b'{"error":{"message":"no","type":"server_error"}}'),),
    "a stream that breaks off before its first word": (CUT_STREAM,),
}


# --- what answers say ----------------------------------------------------------------------------


def said_by(document):
    """The words of a whole answer, or of one event, of either dialect."""
    if "choices" in document:
        return "".join((c.get("message") or c["delta"]).get("content") or ""
                       for c in document["choices"])
    if isinstance(document.get("content"), list):
        return "".join(block["text"] for block in document["content"])
    return document.get("delta", {}).get("text", "")


def end_of(document):
    reasons = [c["finish_reason"] for c in document.get("choices", [])]
    reasons.append(document.get("stop_reason") or document.get("delta", {}).get("stop_reason"))
    return "".join({"end_turn": "stop"}.get(r, r) for r in reasons if r)


def words_of(text):
    """Replaces each whole answer, and each stream, by what it says."""
    decoder, out, at = json.JSONDecoder(), "", 0
    text = re.sub(r"\r|event: [a-z_]+\n|data: (?=\{)", "", text).replace("data: [DONE]\n\n", "")
    while (found := text.find('{"', at)) >= 0:
        document, end = decoder.raw_decode(text, found)
        out += text[at:found] + said_by(document) + end_of(document)
        at = end + 2 * text.startswith("\n\n", end)
    return out + text[at:]


def without_heads(text):
    return re.sub(r"HTTP/1\.1 200 OK\r?\n(.+\r?\n)*\r?\n", "", text)


def stories(trace):
    """What happened; of threads, what happened to any."""
    return sorted({story(Trace(part, "")) for part in re.split("(?m)^.* threads alike\n", trace.text)})


def story(trace):
    """What happened, less what was told of the bytes, and what was said by whoever spoke."""
    said = words_of(without_heads(trace.body.decode()))
    rest = words_of(without_heads(re.sub(r"\\x0d\\x0a", "\r\n", trace.without(*FIGURES)
                                         .replace("\\x22", '"'))))
    return (rest + "\n" + said).replace("Anthropic", "OpenAI")


# --- figures -------------------------------------------------------------------------------------


def length_in(head):
    found = re.search(rb"(?im)^content-length: *(\d+)", head)
    return found.group(1).decode() if found else "-1"


def names_in(head):
    block = head.removesuffix(b"\r\n\r\n").split(b"\r\n\r\n")[-1]
    return [line.split(b":")[0].decode() for line in block.split(b"\r\n")[1:]]


def facts_of(head, body):
    """What libcurl must say of them."""
    if head and body.startswith(head):
        body = body[len(head):]  # CURLOPT_HEADER
    size, length = str(len(body)), length_in(head)
    return {"HEADER_SIZE": str(len(head)), "SIZE_DOWNLOAD": size, "SIZE_DOWNLOAD_T": size,
            "CONTENT_LENGTH_DOWNLOAD": length, "CONTENT_LENGTH_DOWNLOAD_T": length,
            "progressed": f"{size} of {max(int(length), 0)},"}


def performs(trace):
    """For each transfer that ended well: what came, and the lines after it."""
    lines, begin = trace.text.split("\n"), 0
    ends = [i for i, line in enumerate(lines) if line.startswith("perform ")]
    for i, end in enumerate(ends):
        following = lines[end + 1:ends[i + 1] if i + 1 < len(ends) else len(lines)]
        until = next((n for n, line in enumerate(following) if line[:2] in ("H ", "B ")),
                     len(following))
        if lines[end] == 'perform 0 ""':
            came = Trace("\n".join(lines[begin:end]), "")
            yield came.head, came.body, following[:until]
        begin = end + 1 + until


def expect_figures(trace):
    for head, body, lines in performs(trace):
        wanted = facts_of(head, body)
        for line in lines:
            name, _, value = line.partition(" ")
            if name in wanted:
                expect(value.startswith(wanted[name]), f"{line}, but {wanted[name]} came")
        told = [line.split("=")[0][2:] for line in lines if line.startswith("N ")]
        expect(told in ([], names_in(head)), f"the header API tells {told} of {head}")


# --- playing -------------------------------------------------------------------------------------


def as_anthropic(program):
    """The same program, of a user of Anthropic."""
    words = []
    for word in program.words:
        if re.match("curlu=|url=", word):
            words.append("header=anthropic-version: 2023-06-01")
        for old, new in ANTHROPIC_WORDS.items():
            word = word.replace(old, new)
        words.append(re.sub(rf"SIZE(_LARGE)?={len(WITH_NUL)}$",
                            rf"SIZE\1={len(ANTHROPIC_NUL)}", word)
                     .replace(f"={len(fake.OPENAI_REQUEST)}", f"={len(fake.ANTHROPIC_REQUEST)}"))
    stdin = program.stdin and fake.ANTHROPIC_REQUEST
    return dataclasses.replace(program, words=tuple(words), stdin=stdin)


def clean(stage, body):
    stage.write("body", body)
    for made in ("out", "heads"):
        pathlib.Path(stage.path(made)).unlink(missing_ok=True)


def bare_story(stage, program, body):
    clean(stage, body)
    with Server(*program.answers) as a:
        stage.servers["A"] = a
        trace = stage.bare(program.words, stdin=program.stdin)
    if not program.loose:  # libcurl keeps a header line that was paused in twice
        expect_figures(trace)
    return trace


def steps_in(stage, program, chain, own, body=WITH_NUL, **settings):
    """`own` is down, the fallback of `chain` is well."""
    wanted = bare_story(stage, program, body)
    clean(stage, body)
    stage.place(A=own, B=Server(*program.answers))
    got = stage.under(program.words, stdin=program.stdin, UNDERSTUDY_FALLBACKS=chain, **settings)
    expect_equal("\n".join(stories(got)), "\n".join(stories(wanted)), "the story")
    expect_equal(got.errors, wanted.errors, "stderr")
    expect_figures(got)
    b = stage.servers["B"]
    expect(len(b.requests) >= program.asks, f"{len(b.requests)} requests for {program.asks}")
    return wanted, got, b.requests


def nothing_else_crosses(requests, key):
    """A stand-in gets what it needs and nothing of the program's own."""
    for r in requests:
        names = sorted(line.split(":")[0].lower() for line in r.head.split("\r\n")[1:] if line)
        wanted = ["accept", "accept-encoding", "content-length", "content-type", "host",
                  "user-agent", *key]
        expect_equal(names, sorted(wanted), "the names of the headers")
        expect("own-key" not in r.head + str(r.body), "the program's key crossed")
        expect_equal(r.header("Accept-Encoding"), "identity", "Accept-Encoding")
        expect_equal(r.header("User-Agent").split("/")[0], "understudy", "User-Agent")


def to_anthropic(stage, program):
    _, _, requests = steps_in(stage, program, CLAUDE, Refused())
    nothing_else_crosses(requests, ("x-api-key", "anthropic-version"))
    for r in requests:
        expect_equal(r.header("x-api-key"), "key-of-anthropic", "the key")
        expect_equal(r.json["model"], "claude-sonnet-4-5", "the model")
        expect(r.json["max_tokens"] > 0, "no max_tokens")


def to_openai(stage, program):
    program = as_anthropic(program)
    _, _, requests = steps_in(stage, program, GPT, Refused(), ANTHROPIC_NUL)
    nothing_else_crosses(requests, ("authorization",))
    for r in requests:
        expect_equal(r.header("Authorization"), "Bearer key-of-openai", "the key")
        expect_equal(r.json["model"], "gpt-4.1", "the model")


def to_a_local_server(stage, program):
    """The very bytes of its answer are the program's."""
    wanted, got, requests = steps_in(stage, program, LOCAL, Refused())
    nothing_else_crosses(requests, ())
    expect_equal(without_heads(got.body.decode()), without_heads(wanted.body.decode()), "the body")


def after_a_fault(stage, program, answers, chain):
    steps_in(stage, program, chain, Server(*answers), UNDERSTUDY_ANSWER="500ms",
             UNDERSTUDY_FIRST_TOKEN="500ms")
