#!/usr/bin/env python3
"""agent.py - an agent that may be killed at any time, and goes on where it was.

    understudy run --task trip --restart on-failure -- python3 agent.py
"""
import ctypes
import io
import json
import os
import signal

import pycurl

lib = ctypes.CDLL(os.environ.get("LIBUNDERSTUDY", "libunderstudy.so.0"))
P, N = ctypes.c_void_p, ctypes.c_size_t
TOOL = ctypes.CFUNCTYPE(ctypes.c_int, P, P)


class Tool(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("call", TOOL),
        ("self", P),
        ("classify", P),
        ("rules", P),
        ("nrules", N),
    ]


class Policy(ctypes.Structure):
    _fields_ = [
        ("attempts", ctypes.c_uint),
        ("backoff_low_ms", ctypes.c_uint64),
        ("backoff_high_ms", ctypes.c_uint64),
        ("deadline_ms", ctypes.c_uint64),
    ]


lib.understudy_error.restype = ctypes.c_char_p
lib.understudy_result_bytes.restype = P
for name, args in {
    "open": [P],
    "close": [P],
    "resume_or_start": [P, ctypes.c_char_p, P],
    "step_get": [P, ctypes.c_char_p, P, P],
    "step_complete": [P, ctypes.c_char_p, ctypes.c_char_p, N],
    "drop": [P],
    "task_free": [P],
    "tool_call": [P, P, N, ctypes.c_char_p, N, P, P],
    "call_attempt": [P],
    "call_result": [P, ctypes.c_char_p, N],
    "result_bytes": [P, P],
    "result_free": [P],
}.items():
    getattr(lib, "understudy_" + name).argtypes = args


def must(rc):
    if rc < 0:
        raise RuntimeError(lib.understudy_error().decode())
    return rc


class Agent:
    def __init__(self, task=None):
        self.u, self.t = P(), P()
        must(lib.understudy_open(ctypes.byref(self.u)))
        self.resumed = must(lib.understudy_resume_or_start(self.u, task, ctypes.byref(self.t)))

    def step(self, name, work):
        """The result of a step, which is done unless an earlier life has."""
        result, n = P(), N()
        if lib.understudy_step_get(self.t, name.encode(), ctypes.byref(result), ctypes.byref(n)):
            return ctypes.string_at(result, n.value).decode()
        with open(os.environ.get("JOURNAL", "/dev/stderr"), "a") as journal:
            print(name, file=journal)
        text = work().encode()
        must(lib.understudy_step_complete(self.t, name.encode(), text, len(text)))
        if not self.resumed and os.environ.get("DIE_AFTER") == name:
            os.kill(os.getpid(), signal.SIGKILL)
        return text.decode()

    def call(self, name, function):
        """Calls a tool: function(attempt) returns its result, or a number that is an error."""

        def run(_, call):
            answer = function(lib.understudy_call_attempt(call))
            if isinstance(answer, int):
                return answer
            return lib.understudy_call_result(call, answer.encode(), len(answer.encode()))

        tool, result, n = Tool(name.encode(), TOOL(run)), P(), N()
        policy = Policy(backoff_low_ms=10, backoff_high_ms=100)
        rc = lib.understudy_tool_call(
            self.u, ctypes.byref(tool), 1, b"", 0, ctypes.byref(policy), ctypes.byref(result)
        )
        text = ctypes.string_at(lib.understudy_result_bytes(result, ctypes.byref(n)), n.value)
        lib.understudy_result_free(result)
        must(rc)
        return text.decode()

    def finish(self):
        must(lib.understudy_drop(self.t))
        lib.understudy_task_free(self.t)
        lib.understudy_close(self.u)


def ask(prompt):
    body, answer = {"model": "gpt-4o", "messages": [{"role": "user", "content": prompt}]}, io.BytesIO()
    curl = pycurl.Curl()
    base = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
    curl.setopt(pycurl.URL, base + "/chat/completions")
    key = os.environ.get("OPENAI_API_KEY", "")
    curl.setopt(pycurl.HTTPHEADER, ["Authorization: Bearer " + key, "Content-Type: application/json"])
    curl.setopt(pycurl.POSTFIELDS, json.dumps(body))
    curl.setopt(pycurl.WRITEDATA, answer)
    curl.perform()
    return json.loads(answer.getvalue())["choices"][0]["message"]["content"]


agent = Agent()
agent.step("plan", lambda: ask("plan"))
found = agent.step(
    "search", lambda: agent.call("trains-python", lambda attempt: 503 if attempt == 1 else "three trains")
)
agent.step("choose", lambda: ask("choose"))
text = agent.step("write", lambda: ask("write"))
print(f"found: {found}\nwrote: {text}")
agent.finish()
