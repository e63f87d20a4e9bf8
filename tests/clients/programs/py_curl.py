"""py_curl.py STYLE COUNT URL BODY - asks COUNT times by pycurl

    data     perform with WRITEDATA, a file-like object; one handle for all
    write    the same with WRITEFUNCTION
    header   the same with WRITEFUNCTION and HEADERFUNCTION
    upload   the same with READFUNCTION, UPLOAD and CUSTOMREQUEST
    select   all at once, by CurlMulti.perform and select
    socket   all at once, by socket_action with callbacks of sockets and of the timer
"""
import io
import select
import sys

import pycurl
import trace


def handle(style, url, body):
    c = pycurl.Curl()
    c.setopt(c.URL, url)
    c.setopt(c.HTTPHEADER, trace.HEADERS)
    if style == "upload":
        c.setopt(c.UPLOAD, 1)
        c.setopt(c.CUSTOMREQUEST, "POST")
    else:
        c.setopt(c.POSTFIELDS, body)
    return c


def tell(c, n, error):
    trace.facts(n, error=error, status=c.getinfo(c.RESPONSE_CODE), type=c.getinfo(c.CONTENT_TYPE),
                size=int(c.getinfo(c.SIZE_DOWNLOAD)), url=c.getinfo(c.EFFECTIVE_URL))


def ask(c, n, style, body):
    to = io.BytesIO()
    if style == "upload":
        c.setopt(c.READFUNCTION, io.BytesIO(body.encode()).read)
    if style == "data":
        c.setopt(c.WRITEDATA, to)
    else:
        c.setopt(c.WRITEFUNCTION, lambda piece: trace.chunk(n, piece))
    if style == "header":
        c.setopt(c.HEADERFUNCTION, lambda line: trace.line(n, line))
    error = 0
    try:
        c.perform()
    except pycurl.error as e:
        error = e.args[0]
    if to.getvalue():
        trace.chunk(n, to.getvalue())
    tell(c, n, error)


def all_of(multi, handles):
    for n, c in enumerate(handles):
        c.n = n
        c.setopt(c.WRITEFUNCTION, lambda piece, n=n: trace.chunk(n, piece))
        multi.add_handle(c)


def tell_all(multi):
    _, good, bad = multi.info_read()
    for c, error in [(c, 0) for c in good] + [(c, error) for c, error, _ in bad]:
        tell(c, c.n, error)
        multi.remove_handle(c)


def by_select(multi):
    running = True
    while running:
        _, running = multi.perform()
        tell_all(multi)
        if running:
            multi.select(1.0)


def by_sockets(multi):
    """An event loop that knows nothing but what the callbacks said."""
    poll, timer = select.poll(), [None]
    events = {pycurl.POLL_IN: select.POLLIN, pycurl.POLL_OUT: select.POLLOUT,
              pycurl.POLL_INOUT: select.POLLIN | select.POLLOUT}

    def watch(what, fd, _multi, _data):
        if what == pycurl.POLL_REMOVE:
            poll.unregister(fd)
        else:
            poll.register(fd, events[what])

    def wake(ms):
        timer[0] = None if ms < 0 else ms

    multi.setopt(pycurl.M_SOCKETFUNCTION, watch)
    multi.setopt(pycurl.M_TIMERFUNCTION, wake)
    _, running = multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
    while running:
        ready = poll.poll(timer[0])
        if not ready:
            timer[0] = None
            _, running = multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        for fd, what in ready:
            bits = (pycurl.CSELECT_IN if what & ~select.POLLOUT else 0) | (
                pycurl.CSELECT_OUT if what & select.POLLOUT else 0)
            _, running = multi.socket_action(fd, bits)
        tell_all(multi)


def main(style, count=0, url="", body=""):
    if style == "version":
        trace.facts(0, version=pycurl.version)
    elif style in ("select", "socket"):
        multi = pycurl.CurlMulti()
        handles = [handle(style, url, body) for _ in range(int(count))]
        all_of(multi, handles)
        by_select(multi) if style == "select" else by_sockets(multi)
    else:
        c = handle(style, url, body)
        for n in range(int(count)):
            ask(c, n, style, body)
        c.close()


main(*sys.argv[1:])
