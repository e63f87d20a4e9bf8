"""fake.py - a stand-in provider on a raw socket, for tests

A Server answers each request with what a script says, as bytes: an answer is a list of steps that
are done one after the other.

    bytes        are sent
    a number     is a pause, in seconds
    CLOSE, RST   end the connection, kindly or not; the server forgets the rest
    HANG         is silence until the client goes away (or the server ends)
    a function   is called with the Request; false stands for: the test has gone wrong, close

What came in is kept, as it came: server.requests, server.connections; and when clients went away
from a HANG: server.left.
"""

import gzip
import json
import socket
import struct
import threading
import time

CLOSE, RST, HANG = "close", "rst", "hang"
PATIENCE = 20  # seconds: no test may hang longer on a server


class Request:
    def __init__(self, line, head, body, connection):
        self.method, self.path = line.split(" ")[:2]
        self.line, self.head, self.body, self.connection = line, head, body, connection
        self.turn, self.time = 1, time.monotonic()  # the nth request on its connection

    def header(self, name):
        for line in self.head.split("\r\n")[1:]:
            if line.lower().startswith(name.lower() + ":"):
                return line.split(":", 1)[1].strip()
        return None

    @property
    def json(self):
        return json.loads(self.body)


class Listener:
    """A port of its own; the connections to it are taken by _accept, in a thread."""

    def __init__(self, scheme):
        self.requests, self.connections = [], 0
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


class Server(Listener):
    """Answers the nth request with the nth answer; the last one is for all that follow. An answer
    may be a function of the request that returns one. `early`: answer before reading the body (or a
    function of the request that says so); not `continues`: read it, but tell nobody who waits for a
    100 to send it."""

    def __init__(self, *answers, early=False, continues=True):
        self.answers, self.early, self.continues = answers, early, continues
        self.left, self.threads, self.markers = [], [], {}
        super().__init__("http")

    def _accept(self):
        while True:
            try:
                sock, peer = self.listener.accept()
            except OSError:
                return
            with self.lock:
                if peer in self.markers:
                    sock.close()
                    self.markers.pop(peer).set()
                    continue
                self.connections += 1
                number = self.connections
                thread = threading.Thread(target=self._serve, args=(sock, number), daemon=True)
                self.threads.append(thread)
                thread.start()

    def settle(self):
        """Waits until all that clients who are gone have sent has been read."""
        noticed = threading.Event()
        with socket.socket() as marker:
            marker.bind(("127.0.0.1", 0))
            self.markers[marker.getsockname()] = noticed  # accepted after all that came before
            marker.connect(("127.0.0.1", self.port))
            noticed.wait(PATIENCE)
        with self.lock:
            threads = list(self.threads)
        for thread in threads:
            thread.join(2)

    def _serve(self, sock, number):
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with sock, sock.makefile("rb") as stream:
                turn = 1
                while self._one(sock, stream, number, turn):
                    turn += 1
        except (OSError, ValueError):
            pass  # the client went away

    def _one(self, sock, stream, number, turn):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                return False
            head += line
        text = head.decode("latin-1")
        request = Request(text.split("\r\n")[0], text, b"", number)
        request.turn = turn
        if not (self.early(request) if callable(self.early) else self.early):
            if request.header("expect") and self.continues:
                sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.body = read_body(request, stream)
        with self.lock:
            n = min(len(self.requests), len(self.answers) - 1)
            self.requests.append(request)
        return self._play(self.answers[n], request, sock)

    def _play(self, steps, request, sock):
        if callable(steps):
            steps = steps(request)
        for step in steps:
            if step == CLOSE:
                return False
            if step == RST:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            if step == HANG:
                return self._wait_for_end(sock)
            if isinstance(step, (int, float)):
                if self.ended.wait(step):
                    return False
            elif callable(step):
                if not step(request):
                    return False
            else:
                sock.sendall(step)
        return True

    def _wait_for_end(self, sock):
        sock.settimeout(0.1)
        while not self.ended.is_set():
            try:
                if not sock.recv(4096):
                    self.left.append(time.monotonic())
                    return False
            except TimeoutError:
                pass
        return False


def read_body(request, stream):
    if request.header("transfer-encoding"):
        body = b""
        while size := int(stream.readline().strip() or b"0", 16):
            body += stream.read(size)
            stream.readline()
        stream.readline()
        return body
    return stream.read(int(request.header("content-length") or 0))


class Refused:
    """A port that refuses connections, held so that nobody else gets it."""

    def __enter__(self):
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests, self.connections = [], 0
        return self

    def __exit__(self, *_):
        self.sock.close()


# --- answers -------------------------------------------------------------------------------------


def head(status="200 OK", *headers):
    return ("HTTP/1.1 " + "\r\n".join((status, *headers)) + "\r\n\r\n").encode()


def whole(body, status="200 OK", *headers, kind="application/json"):
    """One answer with its length."""
    length = f"Content-Length: {len(body)}"
    return [head(status, f"Content-Type: {kind}", length, *headers) + body]


def zipped(body):
    return whole(gzip.compress(body, mtime=0), "200 OK", "Content-Encoding: gzip")


def until_close(body, *headers):
    return [head("200 OK", "Content-Type: application/json", *headers) + body, CLOSE]


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def chunked(*pieces, pause=0.0, kind="application/json", trailers=b"", headers=(),
            status="200 OK"):
    """Each piece a chunk and a packet of its own."""
    steps = [head(status, f"Content-Type: {kind}", "Transfer-Encoding: chunked", *headers)]
    for piece in pieces:
        steps += [chunk(piece), pause]
    return steps + [b"0\r\n" + trailers + b"\r\n"]


def stream(*events, pause=0.005):
    return chunked(*events, pause=pause, kind="text/event-stream; charset=utf-8")


# --- two dialects --------------------------------------------------------------------------------

OPENAI_REQUEST = (b'{"model":"gpt-4.1","messages":[{"role":"user","content":"Say hello."}]}')
OPENAI_STREAMED = (b'{"model":"gpt-4.1","stream":true,'
                   b'"messages":[{"role":"user","content":"Say hello."}]}')
OPENAI_ANSWER = (
    b'{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4.1",'
    b'"choices":[{"index":0,"message":{"role":"assistant","content":"Hello from OpenAI.",'
    b'"refusal":null},"logprobs":null,"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}')


def openai_event(delta, finish="null"):
    return (b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,'
            b'"model":"gpt-4.1","choices":[{"index":0,"delta":%s,"logprobs":null,'
            b'"finish_reason":%s}]}\n\n' % (delta.encode(), finish.encode()))


OPENAI_EVENTS = (
    openai_event('{"role":"assistant","content":""}'), openai_event('{"content":"Hello"}'),
    openai_event('{"content":" from"}'), openai_event('{"content":" OpenAI."}'),
    openai_event("{}", '"stop"'), b"data: [DONE]\n\n")

ANTHROPIC_REQUEST = (b'{"model":"claude-sonnet-4-5","max_tokens":64,'
                     b'"messages":[{"role":"user","content":"Say hello."}]}')
ANTHROPIC_STREAMED = (b'{"model":"claude-sonnet-4-5","max_tokens":64,"stream":true,'
                      b'"messages":[{"role":"user","content":"Say hello."}]}')
ANTHROPIC_ANSWER = (
    b'{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5",'
    b'"content":[{"type":"text","text":"Hello from Anthropic."}],"stop_reason":"end_turn",'
    b'"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":4}}')


def anthropic_event(name, rest):
    return b'event: %s\ndata: {"type":"%s"%s}\n\n' % (name.encode(), name.encode(), rest.encode())


def anthropic_text(text):
    return anthropic_event("content_block_delta",
                           ',"index":0,"delta":{"type":"text_delta","text":"%s"}' % text)


ANTHROPIC_EVENTS = (
    anthropic_event("message_start",
                    ',"message":{"id":"msg_1","type":"message","role":"assistant",'
                    '"model":"claude-sonnet-4-5","content":[],"stop_reason":null,'
                    '"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}'),
    anthropic_event("content_block_start",
                    ',"index":0,"content_block":{"type":"text","text":""}'),
    anthropic_text("Hello"), anthropic_text(" from"), anthropic_text(" Anthropic."),
    anthropic_event("content_block_stop", ',"index":0'),
    anthropic_event("message_delta", ',"delta":{"stop_reason":"end_turn","stop_sequence":null},'
                    '"usage":{"output_tokens":4}'),
    anthropic_event("message_stop", ""))


def healthy(request):
    """As the provider of that path would answer."""
    streamed = b'"stream":true' in request.body.replace(b" ", b"")
    if request.path.startswith("/v1/messages"):
        return stream(*ANTHROPIC_EVENTS) if streamed else whole(ANTHROPIC_ANSWER)
    if request.path.startswith("/v1/chat/completions"):
        return stream(*OPENAI_EVENTS) if streamed else whole(OPENAI_ANSWER)
    return whole(b"no such page", "404 Not Found", kind="text/plain")


def openai_error(status, kind="server_error", *headers):
    return whole(b'{"error":{"message":"It broke.","type":"%s","param":null,"code":null}}'
                 % kind.encode(), status, *headers)


def anthropic_error(status, kind="api_error"):
    return whole(b'{"type":"error","error":{"type":"%s","message":"It broke."}}' % kind.encode(),
                 status)
