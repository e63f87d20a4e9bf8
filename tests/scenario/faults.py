"""faults.py - what providers do (test_faults.py plays it): one row per fault

A row says how the program's own provider behaves, in the bytes that it sends (tests/fake/fake.py),
and what a good client makes of it:

    WHOLE    the whole answer comes, once, whoever gives it; `asked` bounds the attempts
    OWN      the same, and by the program's own provider: the stand-in is left alone
    REFUSED  the program sees its provider's own answer as it came, after one attempt
    AS_BARE  it sees what it sees without understudy, whatever that is

`plain` and `streamed` are the provider's answers to the first request, the second and so on; the
last is for all that follow. None: this fault has no such form.
"""

import dataclasses
import email.utils
import gzip
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fake"))
import fake  # noqa: E402
from fake import CLOSE, HANG, RST  # noqa: E402

WHOLE, OWN, REFUSED, AS_BARE = "whole", "own", "refused", "as bare"
WORDS = ['He', ' "said":', " Grüße!", *(f" w{n}" for n in range(4, 21))]
TEXT = "".join(WORDS)
ARGUMENTS = '{"place":"Zürich","units":"metric","days":7}'
PAUSE = 0.05  # for what was sent to be read before a reset throws it away
MOMENT = 0.5


@dataclasses.dataclass
class Fault:
    name: str
    plain: tuple | None
    streamed: tuple | None
    wants: str = WHOLE
    asked: int = 3       # attempts on the own provider, at most
    least: int = 1       # ... and at least
    speaks: str = "openai"
    does: tuple = ()     # how the program asks: tool, compressed, follow, long, twice, cafile
    place: str = "fake"  # where it is asked: fake, h2, refusing, swallowing, babbling, nowhere
    settings: dict = dataclasses.field(default_factory=dict)
    gap: float = 0       # seconds between the first attempt and the second, at least
    seconds: float = 12  # in which all is over
    server: dict = dataclasses.field(default_factory=dict)  # its manners, see fake.Server
    huge: bool = False   # what comes is only counted
    check: object = None # more to judge: a function of the play and what came
    standin: str = ""    # the stand-in's script
    alone: bool = False  # there is no stand-in

    def answers(self, stream):
        return self.streamed if stream else self.plain


def both(name, *answers, **more):
    """A fault that is the same for a stream."""
    return Fault(name, answers, answers, **more)


def plain(name, *answers, **more):
    return Fault(name, answers, None, **more)


def stream(name, *answers, **more):
    return Fault(name, None, answers, **more)


# --- what OpenAI says ------------------------------------------------------------------------------


def event(delta, finish="null"):
    return fake.openai_event(json.dumps(delta, ensure_ascii=False), finish)


ROLE = event({"role": "assistant", "content": ""})
EVENTS = (ROLE, *(event({"content": word}) for word in WORDS), event({}, '"stop"'),
          b"data: [DONE]\n\n")
ANSWER = json.dumps({
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "gpt-4o",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT, "refusal": None},
                 "logprobs": None, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}},
    ensure_ascii=False).encode()
CALL_BEGINS = event({"role": "assistant", "content": None, "tool_calls": [
    {"index": 0, "id": "call_1", "type": "function",
     "function": {"name": "weather", "arguments": ""}}]})
CALL_ANSWER = ANSWER.replace(json.dumps(TEXT, ensure_ascii=False).encode(), json.dumps(
    None).encode()).replace(b'"refusal"', b'"tool_calls":[{"id":"call_1","type":"function",'
                            b'"function":{"name":"weather","arguments":%s}}],"refusal"'
                            % json.dumps(ARGUMENTS, ensure_ascii=False).encode())
SSE = "text/event-stream; charset=utf-8"


def arguments(piece):
    return event({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})


def well(request):
    if request.json.get("stream"):
        return fake.stream(*EVENTS, pause=0)
    return fake.whole(ANSWER)


def headed(*steps, kind=SSE, headers=()):
    """A stream in chunks, or what comes instead of it."""
    return [fake.head("200 OK", f"Content-Type: {kind}", "Transfer-Encoding: chunked", *headers),
            *steps]


def said(n):
    """The chunks of its first n words."""
    return b"".join(fake.chunk(e) for e in EVENTS[:n + 1])


def error(status, kind="server_error", *headers, code=None, message="It broke."):
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return fake.whole(json.dumps(body).encode(), status, "X-From: primary", *headers)


def text(status, words, *headers):
    return fake.whole(words.encode(), status, *headers, kind="text/plain")


def zipped(status, body):
    return fake.whole(gzip.compress(body), status, "Content-Encoding: gzip")


PAGE = b"<html><head><title>Welcome</title></head><body>Log in to the network.</body></html>"
ERROR = b'{"error":{"message":"It broke.","type":"server_error","param":null,"code":null}}'
ERROR_EVENT = b"data: " + ERROR + b"\n\n"

# --- where a byte stream can break -----------------------------------------------------------------


def up_to(data, what):
    """As far as the middle of `what`: its first byte is the last."""
    return data[:data.index(what) + 1]


def part(data):
    """One body whose length is told, and the rest is missing."""
    return [fake.head("200 OK", "Content-Type: application/json", f"Content-Length: {len(ANSWER)}")
            + data, PAUSE]


def part_of_event(before, whole, what):
    """A stream that breaks off in a chunk, in `what`."""
    return headed(before + b"%x\r\n" % len(whole) + up_to(whole, what), PAUSE)


UMLAUT = "ü".encode()
PLACES = {
    "a chunk header": (
        [fake.head("200 OK", "Content-Type: application/json", "Transfer-Encoding: chunked")
         + fake.chunk(ANSWER[:60]) + b"1", PAUSE],
        headed(said(5) + b"1", PAUSE), headed(said(0) + b"f", PAUSE)),
    "a UTF-8 character": (
        part(up_to(ANSWER, UMLAUT)),
        part_of_event(said(2), EVENTS[3], UMLAUT),
        part_of_event(said(0), event({"content": "Grüße"}), UMLAUT)),
    "a JSON escape": (
        part(up_to(ANSWER, b'\\"said')),
        part_of_event(said(1), EVENTS[2], b'\\"said'),
        part_of_event(said(0), event({"content": '"said"'}), b'\\"said')),
}


def breaks():
    for end, how in ((RST, "reset in the middle of"), (CLOSE, "FIN instead of RST in the middle of")):
        for where, (whole, late, early) in PLACES.items():
            yield Fault(f"{how} {where}", ([*whole, end],), ([*late, end],))
            yield Fault(f"{how} {where}, the first event", None, ([*early, end],))
            yield Fault(f"{how} {where}, once", ([*whole, end], well), ([*early, end], well), OWN,
                        asked=2, least=2)
        yield Fault(f"{how} tool arguments", ([*part(up_to(CALL_ANSWER, UMLAUT)), end],),
                    (headed(fake.chunk(CALL_BEGINS), fake.chunk(arguments('{"place":"Z')), PAUSE, end),),
                    does=("tool",))


# --- other dialects --------------------------------------------------------------------------------

CREATED = {"id": "resp_1", "object": "response", "created_at": 1700000000, "status": "in_progress",
           "model": "gpt-4o", "output": [], "error": None}


def named(name, body):
    return f"event: {name}\ndata: {json.dumps({'type': name, **body})}\n\n".encode()


RESPONSE_CREATED = (named("response.created", {"sequence_number": 0, "response": CREATED}) +
                    named("response.in_progress", {"sequence_number": 1, "response": CREATED}))
RESPONSE_ERROR = named("error", {"sequence_number": 2, "code": "server_error",
                                 "message": "It broke.", "param": None})
RESPONSE_FAILED = named("response.failed", {"sequence_number": 2, "response": {
    **CREATED, "status": "failed", "error": {"code": "server_error", "message": "It broke."}}})
MESSAGE_START = fake.ANTHROPIC_EVENTS[0]


def claude(status, kind, *headers):
    body = {"type": "error", "error": {"type": kind, "message": "It broke."}, "request_id": "req_1"}
    return fake.whole(json.dumps(body).encode(), status, *headers)


def google(status, code, message, *details):
    body = {"error": {"code": code, "message": message, "status": status.split(" ", 1)[1],
                      "details": list(details)}}
    return fake.whole(json.dumps(body).encode(), f"{code} Error")


RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.4s"}

# --- without end -----------------------------------------------------------------------------------


def for_ever(piece, every):
    def steps(_):
        yield headed()[0]
        while True:
            yield fake.chunk(piece)
            yield every
    return steps


def drip(data, every, before=b""):
    def steps(_):
        yield headed(before)[0] + before
        for i in range(len(data)):
            yield fake.chunk(data[i:i + 1])
            yield every
    return steps


def drip_body(every):
    def steps(_):
        yield fake.head("200 OK", "Content-Type: application/json", f"Content-Length: {len(ANSWER)}")
        for i in range(len(ANSWER)):
            yield ANSWER[i:i + 1]
            yield every
    return steps


MEGABYTE = b"x" * (1 << 20)
BIG = 32  # megabytes; where all is played, a gigabyte


def big(first, last, status="200 OK", kind="application/json"):
    def steps(_):
        n = len(first) + (BIG << 20) + len(last)
        yield fake.head(status, f"Content-Type: {kind}", f"Content-Length: {n}", "X-From: primary")
        yield first
        for _ in range(BIG):
            yield MEGABYTE
        yield last
    return steps


def big_stream(before):
    def steps(_):
        yield headed()[0] + before
        for _ in range(BIG):
            yield fake.chunk(MEGABYTE)
        yield CLOSE
    return steps


LONG_ANSWER = tuple(ANSWER.split(b"He", 1))
DEEP = b'{"id":"x","choices":' + b"[" * 100000 + b"]" * 100000 + b"}"


def many_headers(n, size):
    lines = [f"X-Filler-{i}: {'x' * size}" for i in range(n)]

    def answer(request):
        first, *rest = well(request)
        return [first.replace(b"\r\n", b"\r\n" + "\r\n".join(lines).encode() + b"\r\n", 1), *rest]
    return answer


# --- how long to wait ------------------------------------------------------------------------------


def limited(*headers, **more):
    return error("429 Too Many Requests", "rate_limit_error", *headers, **more)


def in_a_second(_):
    """A date has no fractions: the second after the next."""
    return limited("Retry-After: " + email.utils.formatdate(time.time() + 2, usegmt=True))


def not_in_its_headers(play, came):
    if "x-from" in came.heads.lower():
        return "the failed provider's headers leak into the answer"
    return None


def is_shown_to_whom_it_concerns(play, came):
    if came.status not in (401, 413, 307, 400):
        return f"status {came.status}"
    return None


def ten_times(play, came):
    """A key that was revoked is not hammered: each call asks once and tells."""
    for _ in range(4):
        again = play.run()
        if again.status != 401 or again.body != came.body:
            return f"the next call sees {again.status} {again.body[:200]}"
    if len(play.primary.requests) != 5:
        return f"{len(play.primary.requests)} requests for 5 calls"
    return None


def not_asked_again(play, _):
    """What was learnt holds for the next call."""
    before = len(play.primary.requests)
    play.judge_whole(play.run())
    if len(play.primary.requests) != before:
        return "the next call asks it again"
    return None


def nothing_was_added(play, _):
    """The prompt is the program's."""
    asked = json.loads(play.standin.requests()[-1]["body"])
    if len(asked["messages"]) != 1 or asked.get("system"):
        return f"the stand-in was told more: {asked}"
    return None


def status_says(what):
    """... who is not asked, why, and until when."""
    def check(play, _):
        for _ in range(2):
            play.run()
        said = play.status()
        told = said["breaker"] == what and "wait_ms" in said and said["last_failure"]
        return None if told else f"status says {said}"
    return check


def is_a_transport_error(_, came):
    return None if came.code in (18, 56) else f"exit {came.code}"


def key_stays_home(play, _):
    for request in play.elsewhere.requests:
        if play.own_key in request.head:
            return "the key went along"
    return None


def connections(n):
    def check(play, _):
        if play.primary.connections > n:
            return f"{play.primary.connections} connections"
        return None
    return check


def dies_when_asked_again(end):
    """Its connections are good for one answer each: the second request on one meets its end."""
    return lambda request: [end] if request.turn > 1 else well(request)


def continues(*steps):
    """It says go on, though the request does not ask; or what comes of one that does."""
    return [b"HTTP/1.1 100 Continue\r\n\r\n", *steps]


def expectation_fails(request):
    if request.header("expect"):
        return text("417 Expectation Failed", "no")[:1]
    return well(request)


# --- all of section 2 -----------------------------------------------------------------------------------

BUSY = error("503 Service Unavailable")
FAULTS = (
    both("connection refused", place="refusing"),
    both("DNS failure", place="nowhere"),
    both("TLS failure: what answers speaks no TLS", place="babbling"),
    both("TLS failure: a certificate that nobody vouches for", "well", place="h2", asked=0,
         least=0),
    both("blackhole (no SYN-ACK)", place="swallowing"),
    both("reset before any byte", [RST], check=not_in_its_headers),
    both("reset before any byte, once", [RST], well, wants=OWN, asked=2, least=2),
    both("not one byte, then FIN", [CLOSE]),
    both("accepts, never answers", [HANG], asked=1, settings={"UNDERSTUDY_ANSWER": "2s"}),
    Fault("reset after headers", ([fake.head("200 OK", "Content-Length: 500",
                                             "Content-Type: application/json"), PAUSE, RST],),
          (headed(PAUSE, RST),)),
    Fault("reset after headers, once",
          ([fake.head("200 OK", "Content-Length: 500", "Content-Type: application/json"), PAUSE,
            RST], well), (headed(PAUSE, RST), well), OWN, asked=2, least=2),
    Fault("silence after headers",
          ([fake.head("200 OK", "Content-Length: 500", "Content-Type: application/json"), HANG],),
          (headed(HANG),), asked=1, settings={"UNDERSTUDY_ANSWER": "2s"}),
    *breaks(),
    both("HTTP/2 GOAWAY", "goaway", place="h2", does=("cafile",)),
    both("HTTP/2 GOAWAY, once", "goaway", "well", place="h2", does=("cafile",), wants=OWN, asked=3,
         least=2),
    both("HTTP/2 REFUSED_STREAM", "refused", place="h2", does=("cafile",), asked=6),
    both("HTTP/2 REFUSED_STREAM, once", "refused", "well", place="h2", does=("cafile",), wants=OWN,
         least=2),
    stream("HTTP/2 a stream that is reset in mid-answer", "cut", place="h2", does=("cafile",)),
    both("a keep-alive connection closed just as we write", dies_when_asked_again(CLOSE),
         wants=OWN, does=("twice",), asked=4, least=3),
    both("a keep-alive connection reset just as we write", dies_when_asked_again(RST),
         wants=OWN, does=("twice",), asked=4, least=3),
    both("100-continue", lambda r: continues(*well(r)), wants=OWN, asked=1),
    both("100-continue that is waited for", well, wants=OWN, asked=1, does=("long",)),
    both("100-continue that never comes", well, wants=OWN, asked=1, server={"continues": False},
         settings={"UNDERSTUDY_FIRST_TOKEN": "5s"},
         does=("long",)),
    both("100-continue, then silence", continues(HANG), asked=1,
         settings={"UNDERSTUDY_ANSWER": "2s"}),
    both("100-continue, then a reset", continues(PAUSE, RST)),
    both("100-continue is refused (417)", expectation_fails, wants=OWN, asked=2, least=2,
         server={"early": lambda r: r.header("expect")}, does=("long",)),
    both("100-continue: 503 instead, before the body is sent", [*BUSY, CLOSE], server={"early": True},
         does=("long",)),
    both("200 with HTML (captive portal)", fake.whole(PAGE, kind="text/html"), asked=1),
    both("200 with HTML (captive portal) that is called JSON", fake.whole(PAGE)),
    both("200 with an error object", fake.whole(ERROR, "200 OK", "X-From: primary"),
         check=not_in_its_headers),
    both("200 with an empty body", fake.whole(b""), least=3),
    stream("200 with an empty stream", headed(b"0\r\n\r\n")),
    plain("truncated JSON with a right Content-Length", fake.whole(ANSWER[:len(ANSWER) // 2])),
    stream("truncated JSON of an event, and the stream goes on", fake.stream(
        *EVENTS[:4], EVENTS[4][:60] + b"\n\n", *EVENTS[5:], pause=0)),
    Fault("wrong Content-Type: text/plain", (fake.whole(ANSWER, kind="text/plain"),),
          (fake.chunked(*EVENTS, kind="text/plain"),), OWN, asked=1),
    Fault("wrong Content-Type: none", ([fake.head("200 OK", f"Content-Length: {len(ANSWER)}")
                                        + ANSWER],),
          (headed(*map(fake.chunk, EVENTS), b"0\r\n\r\n", kind=""),), OWN, asked=1),
    Fault("wrong Content-Type: JSON, and it is a stream", None,
          (fake.chunked(*EVENTS, kind="application/json"),), OWN, asked=1),
    Fault("wrong Content-Type: a stream, and it is JSON", (fake.whole(ANSWER, kind=SSE),), None, OWN,
          asked=1),
    both("gzip'd error", zipped("503 Service Unavailable", ERROR), does=("compressed",)),
    both("gzip'd error inside a 200", zipped("200 OK", ERROR), does=("compressed",)),
    both("gzip'd error that nobody undoes", zipped("503 Service Unavailable", ERROR)),
    both("gzip'd error that says: no money", does=("compressed",), asked=1, wants=WHOLE,
         *[zipped("429 Too Many Requests", ERROR.replace(b'"code":null',
                                                         b'"code":"insufficient_quota"'))]),
    stream("error as first event", fake.stream(ERROR_EVENT)),
    stream("error as first event, named, and called JSON", fake.chunked(b"event: error\n" + ERROR_EVENT)),
    stream("error as first event, behind the role", fake.stream(ROLE, ERROR_EVENT)),
    stream("error after `response.created`", fake.stream(RESPONSE_CREATED, RESPONSE_ERROR),
           speaks="responses"),
    stream("error after `response.created`: response.failed",
           fake.stream(RESPONSE_CREATED, RESPONSE_FAILED), speaks="responses"),
    stream("reset after `response.created`", headed(fake.chunk(RESPONSE_CREATED), PAUSE, RST),
           speaks="responses"),
    stream("overloaded after message_start", fake.stream(MESSAGE_START, fake.anthropic_event(
        "error", ',"error":{"type":"overloaded_error","message":"Overloaded"}')),
           speaks="anthropic"),
    stream("error after content, then the end", fake.stream(*EVENTS[:8], ERROR_EVENT), asked=1),
    stream("error after content, followed by more chunks",
           fake.stream(*EVENTS[:8], ERROR_EVENT, *EVENTS[8:], pause=0), asked=1),
    stream("error after content, followed by [DONE]",
           fake.stream(*EVENTS[:8], ERROR_EVENT, EVENTS[-1]), asked=1),
    stream("rate limit after content", fake.stream(*EVENTS[:8], ERROR_EVENT.replace(
        b"server_error", b"rate_limit_error")), asked=1),
    stream("comments without end", for_ever(b": keep-alive\n\n", 0.02), asked=1),
    stream("pings without end", for_ever(b"event: ping\ndata: {\"type\": \"ping\"}\n\n", 0.02),
           asked=1, speaks="anthropic"),
    stream("blank lines without end", for_ever(b"\n", 0.02), asked=1),
    Fault("a byte a second", (drip_body(0.1),), (drip(EVENTS[1], 0.1),), asked=1,
          settings={"UNDERSTUDY_ANSWER": "1s"}),
    stream("a byte a second after content", drip(EVENTS[6], 0.1, said(5)), asked=1),
    plain("1 GB body: a good answer", big(LONG_ANSWER[0] + b"He", LONG_ANSWER[1]), wants=AS_BARE,
          asked=1, huge=True, seconds=90),
    both("1 GB body: an error", big(b'{"error":{"message":"', b'"}}', "503 Service Unavailable"),
         seconds=60),
    both("1 GB body: a page", big(b"<html>", b"</html>", kind="text/html"), seconds=60),
    plain("1 GB body: no JSON", big(b'{"id":', b"}"), seconds=60),
    stream("1 GB body: one event without end", big_stream(b"5\r\ndata:\r\n"), wants=AS_BARE, asked=1,
           huge=True, seconds=90, settings={"UNDERSTUDY_FIRST_TOKEN": "30s"}),
    both("1 MB header", many_headers(1, 1 << 20)),
    both("1 MB of headers", many_headers(1000, 1000)),
    both("10,000 headers", many_headers(10000, 1), wants=AS_BARE),
    plain("deep JSON", fake.whole(DEEP), wants=AS_BARE, asked=1),
    stream("deep JSON in an event", fake.stream(ROLE, b"data: " + DEEP + b"\n\n")),
    plain("deep JSON of an error", fake.whole(DEEP, "503 Service Unavailable")),
    both("redirect to another host", "redirect", wants=REFUSED, asked=1, check=key_stays_home),
    both("redirect to another host that is followed", "redirect", wants=AS_BARE, asked=1,
         does=("follow",), check=key_stays_home),
    both("redirect to another host, by the stand-in", BUSY, standin="redirect", wants=AS_BARE,
         asked=3, does=("follow",), check=key_stays_home),
    both("401 storm", error("401 Unauthorized", "invalid_request_error", code="invalid_api_key"),
         wants=REFUSED, asked=1, check=ten_times),
    both("402", error("402 Payment Required", "billing_error"), asked=1, check=not_asked_again),
    both("403 region", error("403 Forbidden", "request_forbidden",
                             code="unsupported_country_region_territory"), asked=1,
         check=not_asked_again),
    both("403 permission", error("403 Forbidden", "invalid_request_error"), wants=REFUSED, asked=1),
    both("404 retired model", error("404 Not Found", "invalid_request_error", code="model_not_found"),
         asked=1, check=not_asked_again),
    both("408", error("408 Request Timeout", "timeout"), least=3),
    both("408 in plain text", text("408 Request Timeout", "Request Timeout"), least=3),
    both("409", error("409 Conflict", "conflict"), least=3),
    both("425", error("425 Too Early", "too_early"), least=3),
    both("413", error("413 Payload Too Large", "request_too_large"), wants=REFUSED, asked=1),
    both("413 in plain text", text("413 Payload Too Large", "too large"), wants=REFUSED, asked=1),
    both("429 with date", in_a_second, well, wants=OWN, asked=2, least=2, gap=1,
         settings={"UNDERSTUDY_PATIENCE": "5s"}),
    both("429 with ms", limited("Retry-After-Ms: 400"), well, wants=OWN, asked=2, least=2, gap=0.4),
    both("429 with both, alike", limited("Retry-After: 1", "Retry-After-Ms: 400"), well, wants=OWN,
         asked=2, least=2, gap=0.4),
    both("429 with both and contradictory", limited("Retry-After: 60", "Retry-After-Ms: 400"), well,
         wants=OWN, asked=2, least=2, gap=0.4),
    both("429 with zero", limited("Retry-After: 0"), well, wants=OWN, asked=2, least=2, gap=0.1),
    both("429 with zero ms beside a second (Azure)", limited("Retry-After-Ms: 0", "Retry-After: 1"),
         well, wants=OWN, asked=2, least=2, gap=1, settings={"UNDERSTUDY_PATIENCE": "5s"}),
    both("429 with a day", limited("Retry-After: 86400"), asked=1, check=not_asked_again),
    both("429 for ever", limited(), least=2),
    both("500 with x-should-retry: false",
         error("500 Internal Server Error", "server_error", "X-Should-Retry: false"), asked=1),
    both("529 without Retry-After", claude("529 Overloaded", "overloaded_error"), speaks="anthropic",
         least=3),
    both("529 without Retry-After, with x-should-retry: true",
         claude("529 Overloaded", "overloaded_error", "X-Should-Retry: true"), speaks="anthropic",
         least=3),
    both("Anthropic's 429 with x-should-retry: false",
         claude("429 Too Many Requests", "rate_limit_error", "X-Should-Retry: false"),
         speaks="anthropic", asked=1),
    both("OpenAI's rate_limit_exceeded that says: Request too large", limited(
        code="rate_limit_exceeded", message="Request too large for gpt-4o on tokens per min (TPM)"),
         asked=1),
    both("Gemini puts retryDelay in the body",
         google("429 RESOURCE_EXHAUSTED", 429, "Resource exhausted.", RETRY_INFO),
         speaks="gemini", gap=0.4, least=2),
    both("503 in plain text", text("503 Service Unavailable", "upstream connect error"), least=3,
         check=nothing_was_added),
    both("503 with a page", fake.whole(PAGE, "503 Service Unavailable", kind="text/html"), least=3),
    both("Gemini answers a bad key with 400", google(
        "400 INVALID_ARGUMENT", 400, "API key not valid. Please pass a valid API key.",
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}),
         speaks="gemini", wants=REFUSED, asked=1),
    both("xAI answers a bad key with 400", fake.whole(
        b'{"code":"invalid-argument","error":"Incorrect API key provided: k. You can obtain an API '
        b'key from https://console.x.ai."}', "400 Bad Request"), wants=REFUSED, asked=1),
)

# --- section 3: what users of others complain about ------------------------------------------------

CUT_SHORT = headed(said(5), PAUSE, CLOSE)
COMPLAINTS = (
    stream("an upstream cut ends as a clean 200 (Portkey#1797)", CUT_SHORT, wants=AS_BARE, alone=True,
           check=is_a_transport_error),
    stream("an upstream cut, once, and nobody else is there", CUT_SHORT, well, wants=OWN, asked=2,
           alone=True),
    stream("a cut stream: the fallback is never asked (litellm#40404)", CUT_SHORT, asked=1),
    stream("a stalled stream: the fallback is never asked (litellm#40404)", headed(said(5), HANG),
           asked=1),
    stream("one bad line alone (litellm#40404)", fake.stream(
        *EVENTS[:4], b'data: {"garbage": "this line brea\n\n', *EVENTS[4:], pause=0), asked=1),
    stream("429 in mid-stream without a fallback (litellm#26015)", fake.stream(
        *EVENTS[:8], ERROR_EVENT.replace(b"server_error", b"rate_limit_error")), wants=AS_BARE,
           alone=True),
    both("a breaker that never opens, and cannot be asked (Portkey#1289)", BUSY,
         check=status_says("open")),
    both("nobody can see what is cooling, why, until when (litellm#25504)",
         limited("Retry-After: 60"), asked=1, check=status_says("cooling")),
    both("Responses reads other settings than plain chat (litellm#28216)", BUSY, speaks="responses",
         least=3),
    both("a stale flag kills every retried stream (bifrost#4788)", [RST], well, [RST], well,
         does=("twice",), wants=OWN, asked=4, least=4),
    both("the failed provider's headers leak into the answer (bifrost#6973)", BUSY, least=3,
         check=not_in_its_headers),
)
FAULTS += COMPLAINTS

# What is judged elsewhere: the complaint, where, and the name of the test, or what it says of itself.
ELSEWHERE = (
    ("continuation by prefill: 400 hides the real error (litellm#27967)",
     "tests/scenario/begun_answer_is_refused.scn", "its refusal is nobody's business"),
    ("continuation with tools becomes prose (litellm#31067)", "tests/scenario/call_is_cut.scn",
     "never made from a part"),
    ("cooling again keeps the shorter deadline (litellm#40130)", "tests/unit/test_health.c",
     "cooling_keeps_the_later_of_two_times"),
    ("all cooling: instant failure (litellm#3646)", "tests/unit/test_call.c",
     "who_is_cooling_alone_is_waited_for"),
    ("no first-token limit (litellm#5859)", "tests/unit/test_call_clocks.c",
     "a_silent_stream_is_left_after_three_times_what_it_usually_needs"),
    ("the gateway holds back events (litellm#39431)", "tests/clients/test_easy_limits.py",
     "each event of another dialect comes when it is sent"),
    ("timeouts do not run while headers are awaited (bifrost#7034)", "tests/clients/test_clocks.py",
     "silence after the request"),
    ("nothing limits the time after the first token (tensorzero#6328)",
     "tests/scenario/standin_falls_silent.scn", "falls silent"),
    ("a slow first target starves a healthy third (openclaw#58049)",
     "tests/clients/test_easy_limits.py", "a timeout leaves time for the last of several"),
    ("A's fragment and B's whole answer are glued together (caracal#344)", "tests/unit/test_cuts.c",
     "a_thousand_cuts_leave_no_answer_short_or_doubled"),
    ("storms: retries stacked on retries (better-ccflare#349)", "tests/unit/test_call_storm.c",
     "when_everything_fails_all_attempts_are_a_tenth_more_and_the_bucket"),
    ("half-open lets everybody in (future-agi#2693)", "tests/unit/test_permits.c",
     "there_is_never_more_than_one_and_none_is_lost"),
    ("blind resubmission (ComfyUI#16204)", "tests/clients/test_tools.py",
     "what_may_be_done_is_not_done_again"),
)
