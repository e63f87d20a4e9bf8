#!/usr/bin/env python3
"""test_hygiene_company.py BUILD - a guest among other guests

Other libraries are preloaded too, before us and after us: allocators, clocks, proxies. And hosts
under AddressSanitizer, whose runtime wants to be the first.
"""
import glob
import pathlib
import shutil
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent / "hygiene"))
sys.dont_write_bytecode = True
import house as h  # noqa: E402

ORDERS = ("before", "after")
COMPANY = ("libjemalloc", "libtcmalloc_minimal", "libtcmalloc_minimal_debug", "libeatmydata")
CURL = "curl -sS -H @{headers} -d {body} {url}"
CLOCKS = {
    "another year": "@2001-01-01 00:00:00",
    "a clock that stands still": "2001-01-01 00:00:00",
    "ten times as fast": "+0 x10",
    "ten times as slow": "+0 x0.1",
}


def alone(why="the runtime must be the first of all"):
    h.not_sanitized(why)


def all_ways(house, **company):
    """C programs and curl, well and ill, threads and children."""
    _, lines = house.ask(house.program(), "ask", "threads=64", "fork", "spawn", "ask", **company)
    h.need_equal(
        lines, [*h.served(), "64 times: " + h.served()[0], *h.served(), "child 0", "by spawn", "child 0", *h.served()]
    )
    headers = house.directory / "headers"
    headers.write_text("Authorization: Bearer sk-key-of-openai\nContent-Type: application/json\n")
    for provider, name in ((house.healthy, "healthy"), (house.primary, "standin")):
        words = CURL.format(headers=headers, body="BODY", url=provider.url + h.stage.PATHS["openai"]).split()
        words[words.index("BODY")] = h.BODY
        _, lines = house.lines(words, **company)
        h.need(f"Hello from {name}." in "".join(lines), lines)


def another_preload(house, library, order):
    alone()
    all_ways(house, **{order: h.find_library(library)})


def faketime(clock, order):
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1") + glob.glob("/usr/lib*/faketime/libfaketime.so.1")
    if not found:
        raise h.Skip("libfaketime is not installed")
    return {order: found[0], "FAKETIME": clock}


def a_false_clock(house, label, order):
    """Waits end, and the page, which is shared, has the true time."""
    alone()
    company = faketime(CLOCKS[label], order)
    _, lines = house.ask(house.program(), "ask", "ask", **company)
    h.need_equal(lines, h.served(2))
    year = h.subprocess.run(["date", "+%Y"], capture_output=True, text=True).stdout
    at, done = house.run([house.program(), house.primary.url + h.stage.PATHS["openai"], h.BODY, "ask"], **company)
    h.need_equal(done.stdout.splitlines(), h.served())
    h.need(h.log_of(at).startswith(year.strip()), "the log has another time:", h.log_of(at))
    _, theirs = house.run(["date", "+%Y"], **company)
    h.need_equal(theirs.stdout, "2001\n" if "2001" in CLOCKS[label] else year, "the host's own year")


class Socks(h.stage.Refusing):
    """A SOCKS5 proxy for addresses; keeps the ports that were asked for."""

    def __init__(self):
        super().__init__()
        self.ports = []
        self.socket.listen(16)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.socket.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            greeting = client.recv(2)
            client.recv(greeting[1])
            client.sendall(b"\x05\x00")
            request = client.recv(10, socket.MSG_WAITALL)
            port = int.from_bytes(request[8:10], "big")
            self.ports.append(port)
            with socket.create_connection((socket.inet_ntoa(request[4:8]), port)) as server:
                client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
                back = threading.Thread(target=self.copy, args=(server, client), daemon=True)
                back.start()
                self.copy(client, server)
                back.join(5)

    @staticmethod
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        super().close()


def port_of(provider):
    return int(provider.url.rsplit(":", 1)[1])


def all_goes_through_proxychains(house, order):
    """The stand-in is reached as the program's own provider is."""
    alone()
    library = h.find_library("libproxychains")
    with Socks() as proxy:
        config = house.directory / f"proxychains-{order}.conf"
        config.write_text(f"strict_chain\nquiet_mode\n[ProxyList]\nsocks5 127.0.0.1 {proxy.address[1]}\n")
        company = {order: library, "PROXYCHAINS_CONF_FILE": str(config), "PROXYCHAINS_QUIET_MODE": "1"}
        _, lines = house.ask(house.program(), "ask", **company)
        h.need_equal(lines, h.served())
        h.need_equal(set(proxy.ports), {port_of(p) for p in (house.healthy, house.primary, house.standin)}, "ports")


def sockets_of_socket_wrapper(house, order):
    """No TCP at all: the wrapper's sockets are files, the stand-in's too."""
    alone()
    wrapper = h.find_library("libsocket_wrapper")
    place = house.directory / f"wrapped-{order}"
    place.mkdir()
    inside = {"SOCKET_WRAPPER_DIR": str(place), "SOCKET_WRAPPER_DEFAULT_IFACE": "10"}
    words = ["env", f"LD_PRELOAD={wrapper}", *(f"{k}={v}" for k, v in inside.items())]
    with Wrapped(words, "primary", "503") as primary, Wrapped(words, "standin") as standin:
        config = {"UNDERSTUDY_CONFIG": "", "UNDERSTUDY_FALLBACKS": "anthropic@" + standin.url}
        ask = [house.program(), primary.url + h.stage.PATHS["openai"], h.BODY, "ask", "ask"]
        _, lines = house.lines(ask, **{order: wrapper}, **inside, **config)
    h.need_equal(lines, h.served(2))


class Wrapped:
    """A mock that lives behind the wrapper, out of our reach but for its output."""

    def __init__(self, words, name, script="ok"):
        command = [*words, f"{h.BUILD}/understudy", "mock", "--name", name, "--fault", script]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.stdout.close()
        self.process.wait(10)


# --- AddressSanitizer ----------------------------------------------------------------------------


def under_asan(house, name, *flags, **company):
    alone("the host is sanitized anyway")
    program = house.program(["-fsanitize=address", *flags], f"rough-{name}")
    company = {"ASAN_OPTIONS": "detect_leaks=1", **company}
    _, lines = house.ask(program, "ask", "threads=16", "fork", "ask", **company)
    h.need_equal(lines, [*h.served(), "16 times: " + h.served()[0], *h.served(), "child 0", *h.served()])


def asan_in_the_host(house):
    under_asan(house, "static", "-static-libasan")


def asan_preloaded_first(house):
    library = subprocess.check_output(["gcc", "-print-file-name=libasan.so"], text=True).strip()
    under_asan(house, "dynamic", before=library)


def asan_that_does_not_look(house):
    under_asan(house, "dynamic", ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=1")


def an_error_of_the_host_is_still_found(house):
    alone("the host is sanitized anyway")
    program = house.build("leaky", "leaky.c", "-Wno-use-after-free", "-fsanitize=address", "-static-libasan", "-lcurl")
    for bug, word in (("leak", "LeakSanitizer"), ("late", "heap-use-after-free")):
        ask = [program, house.primary.url + h.stage.PATHS["openai"], h.BODY, bug]
        _, bare = house.run(ask, preload=False, ASAN_OPTIONS="detect_leaks=1")
        _, ours = house.run(ask, ASAN_OPTIONS="detect_leaks=1")
        h.need(word in bare.stderr, f"without us it is not found: {bare.stderr}")
        h.need(word in ours.stderr, f"it is not found: {ours.stderr}")
        h.need_equal(ours.returncode, bare.returncode, "exit status")
        h.need_equal(ours.stderr.count("object(s) allocated from"), bare.stderr.count("object(s) allocated from"), "leaks")


def cases():
    for library in COMPANY:
        for order in ORDERS:
            yield f"{library} {order} us", another_preload, (library, order)
    for label in CLOCKS:
        for order in ORDERS:
            yield f"{label}, {order} us", a_false_clock, (label, order)
    for order in ORDERS:
        yield f"{order} us", all_goes_through_proxychains, (order,)
        yield f"{order} us", sockets_of_socket_wrapper, (order,)
    for test in (
        asan_in_the_host,
        asan_preloaded_first,
        asan_that_does_not_look,
        an_error_of_the_host_is_still_found,
    ):
        yield "", test, ()


if __name__ == "__main__":
    sys.exit(h.main(cases()))
