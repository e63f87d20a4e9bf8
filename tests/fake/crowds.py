"""crowds.py - programs of words (tests/clients/multi.c): each a way to use libcurl's multi interface"""

import dataclasses

import fake
from programs import ASK, ASK_STREAM, BODY, FACTS, JSON, PROGRAMS, TRACED, URL, Program

STYLES = ("poll", "wait", "select", "busy", "epoll", "asking", "event", "old", "all")
MAIN_STYLES = ("poll", "epoll")  # one of each kind: for what need not be tried in all
# what it got, once it has ended and before it is removed
TELL = tuple("after=" + word for word in FACTS)
# connections are shared by chance
TELL_MANY = tuple(word for word in TELL if "NUM_CONNECTS" not in word)
UNTIMED_MANY = tuple(word for word in TELL_MANY if word != "after=times")
# an error text of another call would stay
MUTE = tuple(word for word in ASK if word != "errbuf")
FIRST, SECOND, BOTH = "with=0", "with=1", "each=0-1"


def in_multi(program, style):
    """A program of the easy interface, with a multi in place of curl_easy_perform."""
    return dataclasses.replace(program, words=("style=" + style, *program.words))


def crowd(n, words=ASK):
    """n handles at once. Of many, a busy machine hears late that they have ended."""
    tell = TELL_MANY if n < 8 else UNTIMED_MANY
    return (f"each=0-{n - 1}", *words, *tell, "add", "run")


MULTI_PROGRAMS = tuple(p for p in PROGRAMS if "madd" not in p.words)
MIXED = (
    "each=0-5", *ASK, "with=1", *ASK_STREAM, "with=2", "url={A}/page", "opt=HTTPGET=1", "with=3",
    "url=file://{DIR}/body", "with=4", "url={A}/submit", "with=5", "url={A}/v1/models",
    "opt=HTTPGET=1", "each=0-5")
IN_CALLBACKS = {
    "removed": "remove",
    "added once more": "add",
    "performed": "eperform",
    "asked": "info=RESPONSE_CODE",
    "asked for its private pointer": "info=PRIVATE",
    "duplicated": "dup=1",
    "given another header callback": "hfunc=b",
    "given a timeout": "opt=TIMEOUT_MS=9000",
}
CALLBACKS = {"w": "a write", "h": "a header line", "p": "a progress", "s": "a socket callback"}


def words_in_callbacks():
    for what, word in IN_CALLBACKS.items():
        for callback, where in CALLBACKS.items():
            if (what, callback) == ("asked for its private pointer", "p"):
                continue
            words = MUTE if word == "eperform" else ASK
            yield Program(f"a handle that is {what} in {where}",
                          ("private=mine", *words, "progress", f"on={callback}:1:{word}", "add",
                           "run", "info=RESPONSE_CODE"), loose=callback == "p")


# Programs of more than one handle, or of what curl_easy_perform does not have.
CROWDS = (
    Program("two handles", crowd(2), asks=2),
    Program("two handles that stream", crowd(2, ASK_STREAM), asks=2),
    Program("two handles, one streams", (BOTH, *ASK, SECOND, *ASK_STREAM, BOTH, *TELL_MANY, "add",
                                         "run"), asks=2),
    Program("32 handles", crowd(32), asks=32),
    Program("32 handles that stream", crowd(32, ASK_STREAM), asks=32),
    Program("32 handles whose messages are read late",
            ("late", "each=0-31", *ASK, *UNTIMED_MANY, "add", "run"), asks=32),
    Program("handles that stay when they have ended",
            ("keep", *crowd(3), "running", "info=RESPONSE_CODE", "remove", "info=RESPONSE_CODE"),
            asks=3),
    Program("handles that are never removed", ("keep", *crowd(3)), asks=3),
    Program("handles that go before their message is read",
            ("deaf", "each=0-2", *ASK, "add", "run", "remove", "messages", "info=RESPONSE_CODE",
             "add", "run", SECOND, "remove", "messages"), asks=6),
    Program("handles that are cleaned up before their message is read",
            ("deaf", "each=0-2", *ASK, "add", "run", SECOND, "cleanup", "messages"), asks=3),
    Program("a multi that is gone before its messages are read",
            ("deaf", "each=0-2", *ASK, "add", "run", "mcleanup", "info=RESPONSE_CODE", "cleanup"),
            asks=3),
    Program("a handle that is removed when another one has ended",
            (BOTH, *ASK, "after=say=ended", FIRST, "add", SECOND, "url={A}/page", "add", FIRST,
             "after=remove", BOTH, "run"), asks=1, other=False, retried=False),
    Program("a timer callback that gives up", (*ASK, "on=t:2:ret=abort", "add", "run"), asks=1,
            retried=False, other=False),
    Program("a socket callback that gives up", (*ASK, "on=s:1:ret=abort", "add", "run"), asks=1,
            retried=False, other=False),
    Program("handles that are used again", (*crowd(3), "add", "run", "add", "run"), asks=9),
    Program("messages that are asked for too often",
            (*ASK, "messages", "add", "messages", "run", "messages"), asks=1),
    Program("a handle that is added while others run",
            ("each=0-2", *ASK, "with=2", "later=0:add", BOTH, "add", "run"), asks=3),
    Program("a handle that is added when the first has ended",
            ("each=0-1", *ASK, FIRST, "after=say=ended", "add", "run", SECOND, "add", "run"),
            asks=2),
    Program("handles of all sorts", (*MIXED, *UNTIMED_MANY, "add", "run"), asks=2,
            retried=False, other=False),
    Program("a handle in a multi, performed by itself",
            (*MUTE, "add", "eperform", "run", "eperform"), asks=2),
    Program("a handle that is added twice", (*ASK, "add", "add", "run"), asks=1),
    Program("a handle that is added to a second multi",
            (*ASK, "multi=0", "add", "multi=1", "add", "multi=0", "run"), asks=1),
    Program("a handle that is removed twice", (*ASK, "add", "remove", "remove", "add", "run"),
            asks=1),
    Program("a handle that was never added", (*ASK, "remove", "add", "run"), asks=1),
    Program("a handle that is gone before it began",
            (BOTH, *ASK, "add", FIRST, "cleanup", "run"), asks=1),
    Program("a handle that is gone when it has ended",
            (*ASK, "after=cleanup", "add", "run", "say=end"), asks=1),
    Program("a multi that is gone before its handles ran",
            (BOTH, *ASK, "add", "mcleanup", "cleanup", *ASK, "add", "run"), asks=2),
    Program("a multi that is gone before its handles were removed",
            ("keep", BOTH, *ASK, "add", "run", "mcleanup", "info=RESPONSE_CODE", "add", "run"),
            asks=4),
    Program("two multis, one after the other",
            ("multi=0", FIRST, *ASK, "add", "multi=1", SECOND, *ASK, "add", "run", "multi=0",
             "run"), asks=2),
    Program("a handle that moves to another multi",
            (*ASK, "multi=0", "add", "run", "multi=1", "add", "run", "multi=0", "add", "run"),
            asks=3),
    Program("a handle that moves to another multi before it began",
            (*ASK, "multi=0", "add", "remove", "multi=1", "add", "run"), asks=1),
    Program("a handle by itself, in a multi, by itself",
            (*ASK, "eperform", *FACTS[:-1], "add", "run", *FACTS[:-1], "eperform", *FACTS[:-1]),
            asks=3),
    Program("limits of a multi: two connections",
            ("mopt=MAX_TOTAL_CONNECTIONS=2", *crowd(8)), asks=8),
    Program("limits of a multi: one connection to a host",
            ("mopt=MAX_HOST_CONNECTIONS=1", *crowd(5)), asks=5),
    Program("limits of a multi: one connection is kept",
            ("mopt=MAXCONNECTS=1", *ASK, *TELL, "add", "run", "add", "run"), asks=2),
    Program("no multiplexing", ("mopt=PIPELINING=0", *crowd(4)), asks=4),
    Program("multiplexing, asked of a server that can't",
            ("mopt=PIPELINING=2", *crowd(4), "opt=PIPEWAIT=1", "add", "run"), asks=8),
    Program("all options of a multi", tuple(
        f"mopt={name}={value}" for name, value in (
            ("PIPELINING", 3), ("MAXCONNECTS", 7), ("MAX_HOST_CONNECTIONS", 3),
            ("MAX_PIPELINE_LENGTH", 4), ("CONTENT_LENGTH_PENALTY_SIZE", 9),
            ("CHUNK_LENGTH_PENALTY_SIZE", 9), ("MAX_TOTAL_CONNECTIONS", 4),
            ("MAX_CONCURRENT_STREAMS", 12), ("MAX_CONCURRENT_STREAMS", -1),
            ("PIPELINING_SITE_BL", 0), ("PIPELINING_SERVER_BL", 0), ("PUSHFUNCTION", 0),
            ("PUSHDATA", 0), ("NETWORK_CHANGED", 0), ("NOTIFYFUNCTION", 0), ("NOTIFYDATA", 0),
            ("NOTHING", 1))) + (*crowd(3),), asks=3),
    Program("what this libcurl has of the newest", ("newest",), asks=0),
    Program("a share handle", (FIRST, *ASK, "share", "add", "run", "info=NUM_CONNECTS", "add",
                               "run", "info=NUM_CONNECTS", "mcleanup", "cleanup"), asks=2),
    Program("added here, run there, removed elsewhere",
            ("keep", *ASK, "thread=add", "thread=run", "thread=info=RESPONSE_CODE",
             "thread=remove", "thread=add", "run", "thread=remove"), asks=2),
    Program("handles of several threads in one multi",
            ("each=0-3", *ASK, "thread=add", "thread=run"), asks=4),
    Program("made in one thread and used in others",
            ("thread=url={A}/v1/chat/completions", *ASK[1:], "thread=add", "thread=run",
             "thread=cleanup"), asks=1),
    Program("threads with a multi each", ("threads=4", *crowd(4)), asks=16, threads=True),
    Program("a child that does nothing", (*ASK, "add", "forked=say=child", "run"), asks=1),
    Program("a child that has handles of its own",
            (*ASK, "add", "fork", "remove", "add", "run"), asks=2),
    Program("another handle performed in a write",
            (BOTH, *ASK, FIRST, "on=w:1:eperform=1", "add", "run"), asks=2),
    Program("another handle performed in a header line",
            (BOTH, *ASK, FIRST, "on=h:2:eperform=1", "add", "run"), asks=2),
    Program("questions after it ended, and after it was removed",
            ("keep", *ASK, "add", "run", *FACTS, "remove",
             *(word for word in FACTS if word not in ("headers", "times"))), asks=1),
    Program("reset after it was removed",
            (*ASK, "add", "run", "reset", "info=RESPONSE_CODE", *ASK, "add", "run"), asks=2),
    Program("a write callback that takes less, among others",
            ("each=0-2", *ASK, SECOND, "on=w:1:ret=short", "each=0-2", "add", "run"), asks=3),
    Program("a progress callback that stops, among others",
            ("each=0-2", *ASK, SECOND, "progress", "on=p:1:ret=1", "each=0-2", "add", "run"),
            asks=2),
    Program("a pause in a write, among others",
            ("each=0-2", *ASK, SECOND, "on=w:1:ret=pause", "progress", "unpause=3", "each=0-2",
             *TELL_MANY, "add", "run"), asks=3),
    Program("bodies that are read, many",
            ("each=0-7", URL, JSON, "opt=POST=1", "read=@" + BODY, "piece=7", *TRACED,
             f"opt=POSTFIELDSIZE={len(fake.OPENAI_REQUEST) + 6}", *TELL_MANY, "add", "run"),
            asks=8),
    *words_in_callbacks(),
)
