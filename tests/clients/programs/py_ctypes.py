"""py_ctypes.py STYLE COUNT URL BODY - asks COUNT times by ctypes: no binding at all, only dlsym

    perform  one after the other, one handle for all
    multi    all at once, by curl_multi_perform and curl_multi_poll
"""
import ctypes
import sys

import trace

POSTFIELDS, URL, HTTPHEADER, WRITEFUNCTION, HEADERFUNCTION = 10015, 10002, 10023, 20011, 20079
RESPONSE_CODE, CONTENT_TYPE = 0x200002, 0x100012
WRITER = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t,
                          ctypes.c_void_p)


class Message(ctypes.Structure):
    _fields_ = [("what", ctypes.c_int), ("handle", ctypes.c_void_p), ("result", ctypes.c_int)]


curl = ctypes.CDLL("libcurl.so.4")
curl.curl_version.restype = ctypes.c_char_p
curl.curl_slist_append.restype = ctypes.c_void_p
curl.curl_easy_init.restype = curl.curl_multi_init.restype = ctypes.c_void_p
curl.curl_multi_info_read.restype = ctypes.POINTER(Message)


class Handle:
    def __init__(self, url, body):
        self.easy = ctypes.c_void_p(curl.curl_easy_init())
        self.headers = None
        for line in trace.HEADERS:
            self.headers = ctypes.c_void_p(curl.curl_slist_append(self.headers, line.encode()))
        self.body = body.encode()
        self.set(URL, url.encode())
        self.set(HTTPHEADER, self.headers)
        self.set(POSTFIELDS, self.body)

    def set(self, option, value):
        curl.curl_easy_setopt(self.easy, option, value)

    def write_as(self, n):
        def write(data, size, count, _):
            trace.chunk(n, ctypes.string_at(data, size * count))
            return size * count
        def line(data, size, count, _):
            trace.line(n, ctypes.string_at(data, size * count))
            return size * count
        self.kept = WRITER(write), WRITER(line)  # libcurl keeps no reference
        self.set(WRITEFUNCTION, self.kept[0])
        self.set(HEADERFUNCTION, self.kept[1])

    def tell(self, n, error):
        status, kind = ctypes.c_long(), ctypes.c_char_p()
        curl.curl_easy_getinfo(self.easy, RESPONSE_CODE, ctypes.byref(status))
        curl.curl_easy_getinfo(self.easy, CONTENT_TYPE, ctypes.byref(kind))
        trace.facts(n, error=error, status=status.value, type=(kind.value or b"").decode())

    def close(self):
        curl.curl_easy_cleanup(self.easy)
        curl.curl_slist_free_all(self.headers)


def at_once(handles):
    multi, running, left = ctypes.c_void_p(curl.curl_multi_init()), ctypes.c_int(1), ctypes.c_int()
    for n, handle in enumerate(handles):
        handle.write_as(n)
        curl.curl_multi_add_handle(multi, handle.easy)
    while running.value:
        curl.curl_multi_perform(multi, ctypes.byref(running))
        curl.curl_multi_poll(multi, None, 0, 1000, None)
    while message := curl.curl_multi_info_read(multi, ctypes.byref(left)):
        done = message.contents
        n = [handle.easy.value for handle in handles].index(done.handle)
        handles[n].tell(n, done.result)
        curl.curl_multi_remove_handle(multi, handles[n].easy)
    curl.curl_multi_cleanup(multi)


def main(style, count=0, url="", body=""):
    if style == "version":
        trace.facts(0, version=curl.curl_version().decode())
    elif style == "multi":
        handles = [Handle(url, body) for _ in range(int(count))]
        at_once(handles)
        for handle in handles:
            handle.close()
    else:
        handle = Handle(url, body)
        for n in range(int(count)):
            handle.write_as(n)
            handle.tell(n, curl.curl_easy_perform(handle.easy))
        handle.close()


main(*sys.argv[1:])
