"""programs.py - programs of words (tests/clients/easy.c): each a way to use libcurl's easy interface

A program asks the server {A}. Under the preload it must see what it sees bare: from its own
provider, after a retry, and from another provider (then but for the head, which is ours).
"""

import dataclasses

import fake

URL = "url={A}/v1/chat/completions"
JSON = "header=Content-Type: application/json"
KEY = "header=Authorization: Bearer own-key"
TRACED = ("wfunc=a", "wdata=w", "hfunc=a", "hdata=h", "errbuf")
POST = "post=" + fake.OPENAI_REQUEST.decode()
POST_STREAM = "post=" + fake.OPENAI_STREAMED.decode()
BODY = "{DIR}/body"  # a file with the request, an escaped NUL in its string
FACTS = tuple("info=" + name for name in (
    "RESPONSE_CODE CONTENT_TYPE CONTENT_LENGTH_DOWNLOAD_T CONTENT_LENGTH_DOWNLOAD SIZE_DOWNLOAD_T "
    "SIZE_DOWNLOAD SIZE_UPLOAD_T CONTENT_LENGTH_UPLOAD_T HEADER_SIZE REQUEST_SIZE EFFECTIVE_URL "
    "EFFECTIVE_METHOD REDIRECT_URL REDIRECT_COUNT NUM_CONNECTS HTTP_VERSION SCHEME PRIMARY_IP "
    "RETRY_AFTER HTTP_CONNECTCODE CONDITION_UNMET COOKIELIST FILETIME").split()) + (
    "headers", "gethdr=Content-Type", "gethdr=nothing", "times")
# chunks may be cut otherwise when they are sent again
UNSIZED = tuple(word for word in FACTS if word != "info=SIZE_UPLOAD_T")
# libcurl's own times of several heads need not be in order
UNTIMED = FACTS[:-1]
ASK = (URL, JSON, KEY, POST, *TRACED)
ASK_STREAM = (URL, JSON, KEY, POST_STREAM, *TRACED)


@dataclasses.dataclass
class Program:
    name: str
    words: tuple
    answers: tuple = (fake.healthy,)
    asks: int = 1         # transfers that understudy manages; 0: it is none of its business
    stream: bool = False
    threads: bool = False
    stdin: bytes = b""
    retried: bool = True  # its provider may fail at first, and it sees the same
    loose: bool = False   # libcurl joins what comes after a pause: compare heads and bodies only
    other: bool = True    # another provider can serve it with the same sight for the program


LONG = fake.OPENAI_ANSWER.replace(b"Hello", b"Hello " * 9000)  # some 50 KB: more than one write
WITH_NUL = fake.OPENAI_REQUEST.replace(b"Say", b"Say\\u0000")
EXTRA = (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Many: one\r\nx-many: two\r\n'
         b'Set-Cookie: a=b\r\nX-Folded: a\r\n b\r\nContent-Length: %d\r\n\r\n'
         % len(fake.OPENAI_ANSWER))


def redirect(where):
    return [fake.head(f"307 Temporary Redirect\r\nLocation: {where}\r\nContent-Length: 0")]


CONNECTED = [fake.head("200 Connection established", "Via: proxy")]
HINTS = [fake.head("103 Early Hints", "Link: </a>; rel=preload"), *fake.whole(fake.OPENAI_ANSWER)]

PROGRAMS = (
    Program("a plain answer", (*ASK, "perform", *FACTS)),
    Program("a stream", (*ASK_STREAM, "perform", *FACTS), stream=True),
    Program("an answer in chunks", (*ASK, "perform", *FACTS), other=False,
            answers=(fake.chunked(fake.OPENAI_ANSWER[:10], fake.OPENAI_ANSWER[10:90],
                                  fake.OPENAI_ANSWER[90:], pause=0.01),)),
    Program("an answer until close", (*ASK, "perform", *FACTS, "perform", "info=NUM_CONNECTS"),
            answers=(fake.until_close(fake.OPENAI_ANSWER),), asks=2, other=False),
    Program("a long answer", (*ASK, "perform", *FACTS), answers=(fake.whole(LONG),)),
    Program("an answer with odd headers", (*ASK, "perform", *FACTS, "gethdr=X-Many"), other=False,
            answers=([EXTRA, fake.OPENAI_ANSWER],)),
    Program("a trailer", (*ASK, "perform", "headers"), other=False,
            answers=(fake.chunked(fake.OPENAI_ANSWER, trailers=b"X-Late: yes\r\n"),)),
    Program("a trailer, and headers in the body", (*ASK, "opt=HEADER=1", "perform"), other=False,
            answers=(fake.chunked(fake.OPENAI_ANSWER, trailers=b"X-A: a\r\nX-B: b\r\n"),)),
    Program("an answer with no words behind it", (*ASK, "perform"), other=False,
            answers=(fake.whole(fake.OPENAI_ANSWER + b"\r\n\r\n"),)),

    Program("an answer after early hints", (*ASK, "perform", *FACTS), answers=(HINTS,),
            other=False),
    Program("an answer without a head", (*ASK, "opt=HTTP09_ALLOWED=1", "perform", *FACTS),
            answers=([b"hello, world", fake.CLOSE],), asks=0),

    # bodies
    Program("copied fields", (URL, JSON, "copy" + POST, *TRACED, "perform", *FACTS)),
    Program("fields with a size", (URL, JSON, "sized=@" + BODY, *TRACED, "perform", *FACTS)),
    Program("copied fields with a size before",
            (URL, JSON, "sizedcopy=@" + BODY, *TRACED, "perform", *FACTS)),
    Program("fields that change between transfers",
            (*ASK, "perform", POST.replace("hello", "good bye"), "perform", *FACTS), asks=2),
    Program("a read callback with a size",
            (URL, JSON, "opt=POST=1", "read=@" + BODY, "piece=7",
             f"opt=POSTFIELDSIZE={len(WITH_NUL)}", *TRACED, "perform", *FACTS)),
    Program("a read callback without a size",
            (URL, JSON, "opt=POST=1", "read=@" + BODY, "piece=7", *TRACED, "perform",
             *UNSIZED),
            other=False),
    Program("a read callback that pauses",
            (URL, JSON, "opt=POST=1", "read=@" + BODY, "piece=40", "on=r:2:ret=pause", "progress",
             "unpause=2", "header=Expect:", *TRACED, "perform", *UNSIZED), other=False),
    Program("a read callback that gives up",
            (URL, JSON, "opt=POST=1", "read=@" + BODY, "piece=40", "on=r:2:ret=abort",
             "header=Expect:", *TRACED, "perform"), other=False),
    Program("an upload", (URL, JSON, "opt=UPLOAD=1", "opt=CUSTOMREQUEST=POST", "read=@" + BODY,
                          f"opt=INFILESIZE_LARGE={len(WITH_NUL)}", *TRACED, "perform", *FACTS)),
    Program("a body from stdin",
            (URL, JSON, "opt=POST=1", f"opt=POSTFIELDSIZE={len(fake.OPENAI_REQUEST)}", *TRACED,
             "perform", *FACTS), stdin=fake.OPENAI_REQUEST),
    Program("a form", (URL, "mime=value", *TRACED, "perform", "info=SIZE_DOWNLOAD_T"), asks=0),
    Program("a body that waits for 100", (*ASK, "header=Expect: 100-continue", "perform", *FACTS),
            other=False),

    Program("a read callback that is asked again after a redirect",
            (URL, JSON, "opt=POST=1", "read=@" + BODY, "seek", "piece=7", "opt=FOLLOWLOCATION=1",
             f"opt=POSTFIELDSIZE={len(WITH_NUL)}", *TRACED, "perform", *UNTIMED),
            answers=(redirect("/v1/chat/completions?again"), fake.healthy), other=False),
    Program("fields after no body", (URL, JSON, "opt=NOBODY=1", "opt=POST=1", POST, *TRACED,
                                     "perform", *FACTS)),
    Program("fields, GET, POST", (*ASK, "opt=HTTPGET=1", "opt=POST=1", "perform", *FACTS)),
    Program("fields and no POST", (*ASK, "opt=POST=0", "perform", *FACTS), asks=0),
    Program("an upload that is none", (*ASK, "opt=UPLOAD=1", "opt=UPLOAD=0", "perform"), asks=0),

    # where it goes
    Program("a parsed URL",
            ("curlu={A}/v1/chat/completions", JSON, POST, *TRACED, "perform", *FACTS)),
    Program("a URL with query, fragment and odd case",
            ("url={A}/v1/chat/completions?api-version=2#x", JSON, POST, *TRACED, "perform",
             *FACTS)),
    Program("POST by custom request",
            (URL, JSON, POST, "opt=CUSTOMREQUEST=POST", *TRACED, "perform", *FACTS)),
    Program("HTTP/1.0", (*ASK, "opt=HTTP_VERSION=1", "perform", *FACTS), other=False),
    Program("a proxy", ("opt=PROXY={A}", "url=http://gateway.invalid/v1/chat/completions", JSON,
                        POST, *TRACED, "perform", *FACTS), other=False,
            answers=(fake.whole(fake.OPENAI_ANSWER),)),
    Program("a redirect that is followed", (*ASK, "opt=FOLLOWLOCATION=1", "perform", *UNTIMED),
            answers=(redirect("/v1/chat/completions?again"), fake.healthy), other=False),
    Program("a redirect that is not followed", (*ASK, "perform", *FACTS), other=False,
            answers=(redirect("/v1/chat/completions?again"), fake.healthy)),

    Program("a tunnel through a proxy",
            ("opt=PROXY={A}", "opt=HTTPPROXYTUNNEL=1", *ASK,
             "url=http://gateway.invalid/v1/chat/completions", "perform", *FACTS),
            answers=(CONNECTED, fake.whole(fake.OPENAI_ANSWER)), other=False, loose=True),
    Program("a tunnel through a proxy that is not shown",
            ("opt=PROXY={A}", "opt=HTTPPROXYTUNNEL=1", "opt=SUPPRESS_CONNECT_HEADERS=1", *ASK,
             "url=http://gateway.invalid/v1/chat/completions", "perform", *FACTS),
            answers=(CONNECTED, fake.whole(fake.OPENAI_ANSWER)), other=False, loose=True),
    Program("DELETE", (*ASK, "opt=CUSTOMREQUEST=DELETE", "perform"), asks=0),
    Program("another protocol", ("url=file://{DIR}/body", *TRACED, "perform"), asks=0),

    # who gets it
    Program("the default target", (URL, JSON, POST, "perform", "say=end")),
    Program("a file", (URL, JSON, POST, "wdata=file:{DIR}/out", "perform", "reset",
                       "cat={DIR}/out")),
    Program("a write callback without data", (URL, JSON, POST, "wfunc=a", "perform")),
    Program("header data without a header callback",
            (URL, JSON, POST, "wfunc=a", "wdata=w", "hdata=h", "perform")),
    Program("header data to a file", (URL, JSON, POST, "hdata=file:{DIR}/heads", "wfunc=a",
                                      "wdata=w", "hfunc=none", "perform")),
    Program("a header callback without data", (URL, JSON, POST, "wfunc=a", "hfunc=a", "perform")),
    Program("headers in the body", (*ASK, "opt=HEADER=1", "perform", *FACTS)),
    Program("headers in a streamed body", (*ASK_STREAM, "opt=HEADER=1", "perform", *FACTS),
            stream=True),
    Program("headers to the default target", (URL, JSON, POST, "opt=HEADER=1", "perform")),
    Program("no body wanted", (*ASK, "opt=NOBODY=1", "perform", *FACTS), asks=0),

    # callbacks that want something
    Program("pause in the first write",
            (*ASK, "on=w:1:ret=pause", "progress", "unpause=3", "perform", *FACTS)),
    Program("pause in the first write of a stream",
            (*ASK_STREAM, "on=w:1:ret=pause", "progress", "unpause=3", "perform", *FACTS),
            stream=True),
    Program("pause in the status line",
            (*ASK, "on=h:1:ret=pause", "progress", "unpause=2", "perform", *FACTS), loose=True),
    Program("pause in the last header line",
            (*ASK, "on=h:4:ret=pause", "progress", "unpause=2", "perform", *FACTS), other=False),
    Program("pause in a header line and in a write",
            (*ASK_STREAM, "on=h:2:ret=pause", "on=w:1:ret=pause", "on=w:2:ret=pause", "progress",
             "unpause=2", "perform", *FACTS), stream=True, loose=True),
    Program("pause in a header line that is in the body too",
            (*ASK, "opt=HEADER=1", "on=h:2:ret=pause", "on=w:3:ret=pause", "progress", "unpause=2",
             "perform", *FACTS), loose=True),
    Program("a write callback that takes less", (*ASK, "on=w:1:ret=short", "perform", *FACTS)),
    Program("a write callback that takes nothing of a stream",
            (*ASK_STREAM, "on=w:1:ret=zero", "perform"), stream=True),
    Program("a header callback that takes less", (*ASK, "on=h:2:ret=short", "perform")),
    Program("a header callback that takes nothing of the status line",
            (*ASK, "on=h:1:ret=zero", "perform")),
    Program("another transfer after an error",
            (*ASK, "on=w:1:ret=short", "perform", "perform", *FACTS), asks=2),
    Program("a progress callback that stops at once", (*ASK, "progress", "on=p:1:ret=1",
                                                       "perform"), asks=0),
    Program("questions in the first write",
            (*ASK, *("on=w:1:" + word for word in FACTS[:2] + ("info=RESPONSE_CODE", "info=SCHEME",
                     "info=CONTENT_LENGTH_DOWNLOAD_T", "info=HEADER_SIZE", "info=EFFECTIVE_URL",
                     "gethdr=Content-Type", "info=PRIMARY_IP")), "perform")),
    Program("questions in a header line",
            (*ASK, "on=h:2:info=RESPONSE_CODE", "on=h:2:info=EFFECTIVE_URL",
             "on=h:1:info=RESPONSE_CODE", "perform")),
    Program("another write callback while it runs",
            (*ASK, "on=h:2:wfunc=b", "on=h:2:wdata=other", "perform", "perform"), asks=2),
    Program("another header callback while it runs",
            (*ASK, "on=h:2:hfunc=b", "on=h:2:hdata=other", "perform")),
    Program("another error buffer while it runs", (*ASK, "on=h:2:errbuf", "perform")),
    Program("a transfer within its own callback",
            (*ASK, "on=w:1:perform", "perform", *FACTS)),
    Program("reset within its own callback",
            (*ASK, "on=h:2:reset", "perform", "info=RESPONSE_CODE", "say=end"), other=False),
    Program("a duplicate made in a callback",
            (*ASK, "on=w:1:dup=1", "perform", "use=1", "perform", *FACTS), asks=2),
    Program("pause by call and go on by call in a write",
            (*ASK, "on=w:1:pause=1", "on=w:1:pause=0", "perform", *FACTS)),
    Program("pause by call in a header line",
            (*ASK, "on=h:2:pause=1", "progress", "unpause=2", "perform", *FACTS),
            loose=True),

    Program("a progress callback",
            (*ASK, "progress", "perform", "progressed", *ASK_STREAM, "perform", *FACTS), asks=2),
    Program("pause and go on by call in a progress callback",
            (*ASK, "progress", "at=100:pause=1", "unpause=2", "perform", *FACTS),
            answers=(lambda _: [0.3, *fake.whole(fake.OPENAI_ANSWER)],), loose=True, other=False,
            retried=False),

    # encodings
    Program("a compressed answer", (*ASK, "opt=ACCEPT_ENCODING=gzip", "perform", *FACTS),
            answers=(fake.zipped(fake.OPENAI_ANSWER),), other=False),
    Program("an answer that could be compressed",
            (*ASK, "opt=ACCEPT_ENCODING=gzip", "header=Accept-Encoding: gzip", "perform", *FACTS)),
    Program("a compressed answer that nobody undoes",
            (*ASK, "header=Accept-Encoding: gzip", "perform", *FACTS), other=False,
            answers=(fake.zipped(fake.OPENAI_ANSWER),)),
    Program("an answer as it crossed the wire", (*ASK, "opt=HTTP_TRANSFER_DECODING=0", "perform"),
            answers=(fake.stream(*fake.OPENAI_EVENTS),), asks=0),

    # failures that are the program's to see
    Program("a refusal", (*ASK, "perform", *FACTS), other=False,
            answers=(fake.openai_error("400 Bad Request", "invalid_request_error"),)),
    Program("a refusal with FAILONERROR", (*ASK, "opt=FAILONERROR=1", "perform", *FACTS),
            answers=(fake.openai_error("404 Not Found", "invalid_request_error"),), other=False),
    Program("a refusal with FAILONERROR and HEADER",
            (*ASK, "opt=FAILONERROR=1", "opt=HEADER=1", "perform", *FACTS), other=False,
            answers=(fake.openai_error("401 Unauthorized", "invalid_request_error"),)),
    Program("a good answer with FAILONERROR", (*ASK, "opt=FAILONERROR=1", "perform", *FACTS)),
    Program("a refusal of a stream", (*ASK_STREAM, "perform", *FACTS), other=False,
            answers=(fake.openai_error("422 Unprocessable Entity", "invalid_request_error"),)),
    Program("an answer that is too large", (*ASK, "opt=MAXFILESIZE=10", "perform"), other=False,
            retried=False),  # so is the error page

    # a handle's life
    Program("a handle twice", (*ASK, "perform", "perform", *FACTS, "upkeep"), asks=2),
    Program("upkeep of a new handle", (*ASK, "upkeep", "perform", "upkeep")),
    Program("reset between transfers", (*ASK, "perform", "reset", "info=RESPONSE_CODE", *ASK,
                                        "perform", *FACTS), asks=2),
    Program("the defaults after a reset",
            (*ASK, "perform", "reset", URL, JSON, POST, "wfunc=a", "perform"), asks=2),
    Program("a duplicate", (*ASK, "dup=1", "use=1", "perform", *FACTS, "use=0", "perform",
                            *FACTS), asks=2),
    Program("a duplicate of copied fields",
            (URL, JSON, "sizedcopy=@" + BODY, *TRACED, "dup=1", "cleanup", "use=1", "perform",
             *FACTS)),
    Program("a duplicate of a handle that was used",
            (*ASK, "perform", "dup=1", "cleanup", "use=1", "info=RESPONSE_CODE", "perform",
             *FACTS), asks=2),
    Program("a question, a page, a question",
            (*ASK, "perform", "info=NUM_CONNECTS", "url={A}/page", "opt=HTTPGET=1", "perform",
             "info=NUM_CONNECTS", URL, POST, "perform", "info=NUM_CONNECTS"), other=False, asks=2),
    Program("a question, then a page, by what was set before",
            (URL, JSON, POST, "wfunc=a", "hfunc=a", "opt=HEADER=1", "opt=FAILONERROR=1", "errbuf",
             "perform", "url={A}/page", "perform", "info=SIZE_DOWNLOAD_T"), other=False),
    Program("a question that is read, then a page that is",
            (URL, JSON, "opt=POST=1", POST.replace("post=", "read=") + "more",
             f"piece={len(fake.OPENAI_REQUEST)}", f"opt=POSTFIELDSIZE={len(fake.OPENAI_REQUEST)}",
             *TRACED, "perform", "url={A}/submit", "opt=POSTFIELDSIZE=4", "perform"), other=False),
    Program("a duplicate made in a callback, for a page",
            (*ASK, "on=w:1:dup=1", "perform", "use=1", "url={A}/page", "opt=HTTPGET=1", "perform",
             *FACTS), other=False),
    Program("the program's own pointer",
            (*ASK, "private=mine", "perform", "info=PRIVATE", "dup=1", "use=1", "info=PRIVATE",
             "on=w:2:info=PRIVATE", "perform"), asks=2),
    Program("callbacks of sockets", (*ASK, "sockets", "perform", "perform", "cleanup", "say=end"),
            asks=2, other=False),
    Program("connections that are shared",
            (*ASK, "share", "perform", "cleanup", "use=1", *ASK, "share", "perform",
             "info=NUM_CONNECTS"), asks=2, other=False),
    Program("threads", ("threads=4", *ASK, "perform", *FACTS, "perform", *FACTS), asks=8,
            threads=True),
    Program("a child process", ("say=begin", "fork", *ASK, "perform", *FACTS), asks=2),
    Program("a child process of a handle",
            (*ASK, "perform", "fork", "info=RESPONSE_CODE", "cleanup", *ASK, "perform", *FACTS),
            asks=3),
    Program("a handle in a multi", (*ASK, "madd", "perform", "mremove", "perform", *FACTS)),
    Program("a multi after a question", (*ASK, "perform", "madd", "mperform", *FACTS[:-1], "mremove"),
            other=False),

    # beside
    Program("limits that hold", (*ASK, "opt=TIMEOUT=20", "opt=CONNECTTIMEOUT_MS=5000",
                                 "opt=LOW_SPEED_LIMIT=1", "opt=LOW_SPEED_TIME=5", "perform",
                                 *FACTS)),
    Program("small buffers", (*ASK, "opt=BUFFERSIZE=1024", "perform", *FACTS),
            answers=(fake.whole(LONG),)),
    Program("cookies", (*ASK, "opt=COOKIEFILE=", "perform", "info=COOKIELIST", "perform"),
            answers=([EXTRA, fake.OPENAI_ANSWER],), other=False, asks=2),
    Program("credentials", (*ASK, "opt=USERPWD=me:secret", "opt=USERAGENT=agent/1",
                            "opt=REFERER=http://a/", "opt=COOKIE=x=y", "perform", *FACTS)),
    Program("a debug callback", (*ASK, "debug", "perform", "debugs"), other=False, retried=False),
    Program("a connection only", ("url={A}/v1/chat/completions", "opt=CONNECT_ONLY=1", "errbuf",
                                  "perform", "info=ACTIVESOCKET"), asks=0),
    Program("a connection only, after a question",
            (*ASK, "perform", "url={A}", "opt=HTTPGET=1", "opt=CONNECT_ONLY=1", "perform",
             "info=ACTIVESOCKET", "talk=GET /page HTTP/1.1\r\nHost: a\r\n\r\n"),
            other=False, retried=False),
    Program("the rest of an answer", (*ASK, "opt=RESUME_FROM=5", "perform", *FACTS), asks=0),
    Program("only what is new", (*ASK, "opt=TIMECONDITION=1", "opt=TIMEVALUE=1", "perform"),
            asks=0),
    Program("a body that is sent on all the same",
            (*ASK, "opt=KEEP_SENDING_ON_ERROR=1", "perform"), asks=0),
    Program("an answer whose length does not matter",
            (*ASK, "opt=IGNORE_CONTENT_LENGTH=1", "header=Connection: close", "perform"), asks=0,
            answers=(fake.until_close(fake.OPENAI_ANSWER),)),
    Program("a range", (*ASK, "opt=RANGE=0-9", "perform", *FACTS), asks=0),
    Program("PUT", (URL, "opt=UPLOAD=1", "read=@" + BODY, "opt=INFILESIZE=20", *TRACED, "perform"),
            asks=0),
    Program("GET", (URL, *TRACED, "perform", *FACTS), asks=0),
    Program("an empty body", (URL, JSON, "post=", *TRACED, "perform", *FACTS), asks=0),
    Program("no body at all", (URL, "opt=POST=1", "opt=POSTFIELDSIZE=0", *TRACED, "perform"),
            asks=0),
    Program("a page elsewhere", ("url={A}/v1/models", *TRACED, "perform", *FACTS), asks=0),
    Program("a POST elsewhere", ("url={A}/submit", POST, *TRACED, "perform", *FACTS), asks=0),
    Program("no URL", (*TRACED, "perform", "url=", "perform", "url=nowhere:80:80/", "perform"),
            asks=0),
)
