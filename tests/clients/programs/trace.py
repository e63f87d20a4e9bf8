"""trace.py - says what a program got, in the words of ../matrix.py"""
import sys

HEADERS = ["Content-Type: application/json", "Authorization: Bearer sk-mine"]


def chunk(n, data):
    out = sys.stdout.buffer
    out.write(b"chunk %d %d\n%s\n" % (n, len(data), data))
    out.flush()


def line(n, text):
    facts(n, line=text.decode().rstrip())


def facts(n, **values):
    for name, value in values.items():
        sys.stdout.buffer.write(f"{name} {n} {value}\n".encode())
    sys.stdout.buffer.flush()
