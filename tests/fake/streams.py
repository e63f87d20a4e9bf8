"""streams.py - a stand-in provider that speaks HTTP/2, over TLS as providers do, for tests

An answer is a list of steps as in fake.py, but of frames:

    a dict       is a head: {":status": "200", ...}
    bytes        are data; the stream ends with the answer
    a number     is a pause, in seconds
    HANG         is silence
    Reset(code)  ends the stream with RST_STREAM; the rest is forgotten
    GoAway(code) ends the connection: this stream was never looked at
    Push(path, answer)  promises another answer, and gives it
"""

import atexit
import dataclasses
import functools
import os
import pathlib
import select
import socket
import ssl
import subprocess
import tempfile
import threading

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from fake import HANG, PATIENCE, Listener

REFUSED_STREAM, INTERNAL_ERROR, ENHANCE_YOUR_CALM = 7, 2, 11
JSON = {":status": "200", "content-type": "application/json"}
EVENTS = {":status": "200", "content-type": "text/event-stream; charset=utf-8"}


@functools.cache
def tls():
    """Its certificate, which vouches for itself, and how to show it."""
    key, cert = (pathlib.Path(tempfile.gettempdir()) / f"understudy-{os.getpid()}.{name}"
                 for name in ("key", "cert"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.set_alpn_protocols(["h2"])
    key.unlink()
    atexit.register(cert.unlink)
    return context, str(cert)


@dataclasses.dataclass
class Reset:
    code: int


@dataclasses.dataclass
class GoAway:
    code: int = 0


@dataclasses.dataclass
class Push:
    path: str
    answer: list


class Request:
    def __init__(self, headers, connection):
        self.headers, self.connection, self.body = dict(headers), connection, b""
        self.head = "\n".join(f"{name}: {value}" for name, value in headers)

    def header(self, name):
        return self.headers.get(name.lower())


class Server(Listener):
    """Answers the nth request with the nth answer; the last one is for all that follow."""

    def __init__(self, *answers):
        self.answers = answers
        super().__init__("https")

    def _accept(self):
        while not self.ended.is_set():
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=Connection(self, sock, self.connections).serve,
                             daemon=True).start()

    def next_answer(self, request):
        with self.lock:
            answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
            self.requests.append(request)
        return answer(request) if callable(answer) else answer


class Connection:
    def __init__(self, server, sock, number):
        self.server, self.sock, self.number = server, sock, number
        self.open, self.lock = {}, threading.RLock()
        self.wire = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))

    def serve(self):
        self.sock.settimeout(PATIENCE)
        try:
            self.sock = tls()[0].wrap_socket(self.sock, server_side=True)
            with self.sock:
                self.wire.initiate_connection()
                self._flush()
                while data := self._receive():
                    with self.lock:
                        for event in self.wire.receive_data(data):
                            self._take(event)
                        self._flush()
        except (OSError, h2.exceptions.ProtocolError):
            pass  # the client went away

    def _receive(self):
        """What has come. OpenSSL does not bear two threads in one connection: no write meanwhile."""
        while True:
            if not self.sock.pending() and not select.select([self.sock], [], [], PATIENCE)[0]:
                raise TimeoutError
            with self.lock:
                self.sock.settimeout(0)
                try:
                    return self.sock.recv(65536)
                except ssl.SSLWantReadError:
                    pass  # not a whole record yet
                finally:
                    self.sock.settimeout(PATIENCE)

    def _flush(self):
        with self.lock:
            data = self.wire.data_to_send()
            if data:
                self.sock.sendall(data)

    def _take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.open[event.stream_id] = Request(event.headers, self.number)
        elif isinstance(event, h2.events.DataReceived):
            self.open[event.stream_id].body += event.data
            self.wire.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            request = self.open.pop(event.stream_id)
            answer = self.server.next_answer(request)
            threading.Thread(target=self._answer, args=(event.stream_id, request, answer),
                             daemon=True).start()

    def _answer(self, stream, request, steps):
        try:
            if all(self._step(stream, request, step) for step in steps):
                with self.lock:
                    self.wire.end_stream(stream)
                    self._flush()
        except (OSError, h2.exceptions.ProtocolError, KeyError):
            pass

    def _step(self, stream, request, step):
        if step == HANG:
            return self.server.ended.wait(PATIENCE) and False
        if isinstance(step, (int, float)):
            return not self.server.ended.wait(step)
        with self.lock:
            go_on = self._frame(stream, request, step)
            self._flush()
        return go_on

    def _frame(self, stream, request, step):
        if isinstance(step, dict):
            self.wire.send_headers(stream, list(step.items()))
        elif isinstance(step, bytes):
            self.wire.send_data(stream, step)
        elif isinstance(step, Push):
            self._promise(stream, request, step)
        elif isinstance(step, Reset):
            self.wire.reset_stream(stream, step.code)
            return False
        elif isinstance(step, GoAway):
            self.wire.close_connection(step.code, last_stream_id=0)
            self._flush()
            self.sock.shutdown(socket.SHUT_RDWR)
            return False
        return True

    def _promise(self, stream, request, push):
        promised = self.wire.get_next_available_stream_id()
        head = [(":method", "GET"), (":path", push.path), (":scheme", "https"),
                (":authority", request.header(":authority"))]
        self.wire.push_stream(stream, promised, head)
        threading.Thread(target=self._answer, args=(promised, request, push.answer),
                         daemon=True).start()
