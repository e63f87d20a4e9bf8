#!/usr/bin/env python3
"""test_failover.py BUILD - the sixteen faults of Failover Bench, streamed, with default settings

The public benchmark's table (a fake provider, sixty words at 15 ms each, one fallback): what a pass
needs is stated beside each fault. Played by curl, which is a program of the easy interface, and by
curl -Z, one of the multi interface; the fallback speaks another language than the program, or the
same. A plain run is ten times as fast, settings included, and judges no times: a busy machine's would
be ten times as long. FULL=1 plays the true timings, judges them, and prints the table.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import stage  # noqa: E402
from stage import need  # noqa: E402

BUILD = pathlib.Path(sys.argv[1]).resolve()
FULL = bool(os.environ.get("FULL"))
SCALE = 1 if FULL else 10
WORDS = 60
WHOLE = " ".join(f"w{n}" for n in range(1, WORDS + 1))
# the defaults, a tenth of them
FAST = {} if FULL else {
    "UNDERSTUDY_BACKOFF": "100ms..1s", "UNDERSTUDY_PATIENCE": "500ms", "UNDERSTUDY_BREAKER": "5/6s",
    "UNDERSTUDY_CONNECT": "500ms", "UNDERSTUDY_FIRST_TOKEN": "1s", "UNDERSTUDY_ANSWER": "12s",
    "UNDERSTUDY_STALL": "3s",
}
CLIENTS = {"curl": ["curl", "-sSN"], "curl -Z": ["curl", "-sSN", "-Z"]}
# provider, model, its part of the chain
STANDINS = {"another language": "anthropic:claude-haiku-4-5@{}", "the same": "local:standin@{}/v1"}
REQUEST = {"model": "gpt-4o", "stream": True, "stream_options": {"include_usage": True},
           "messages": [{"role": "user", "content": "Say sixty words."}]}


def in_time(seconds, limit, what="it took"):
    need(not FULL or (seconds is not None and seconds <= limit), f"{what} {seconds} s")


def ms(seconds):
    """So many seconds, as a fault's milliseconds."""
    return int(seconds * 1000 / SCALE)


class Answer:
    """What the program got."""

    def __init__(self, done, took):
        self.code, self.took, self.body = done.returncode, took * SCALE, done.stdout.decode()
        self.error = done.stderr.decode()
        self.text, self.finish, self.models, self.usage = "", [], set(), None
        self.done = False
        for line in self.body.split("\n"):
            if line.startswith("data: "):
                self._event(line[6:])

    def _event(self, data):
        if data == "[DONE]":
            self.done = True
            return
        need(not self.done, "something came after the end")
        event = json.loads(data)
        need("error" not in event, f"an error event: {data}")
        self.models.add(event["model"])
        self.usage = event.get("usage") or self.usage
        for choice in event["choices"]:
            self.text += choice["delta"].get("content") or ""
            if choice["finish_reason"]:
                self.finish.append(choice["finish_reason"])

    def is_whole(self):
        need(self.code == 0, f"exit {self.code}: {self.error}")
        need(self.text == WHOLE, f"it reads: {self.text[:60]} ... {self.text[-40:]}")
        need(self.finish == ["stop"], f"its end: {self.finish}")


class Play:
    """One fault, one client, one kind of fallback."""

    def __init__(self, top, client, standin, script):
        self.client, self.top = client, tempfile.mkdtemp(dir=top)
        words = ("--words", str(WORDS), "--token-ms", str(max(1, 15 // SCALE)))
        self.primary = stage.Provider(BUILD, "primary", script, *words)
        self.standin = stage.Provider(BUILD, "standin", "", *words, *(
            ("--compatible",) if standin.startswith("local") else ()))
        self.env = stage.environment(BUILD, self.top, **FAST)
        if FULL:
            del self.env["UNDERSTUDY_BACKOFF"]
        self.env.update(LD_PRELOAD=stage.preload(BUILD),
                        UNDERSTUDY_FALLBACKS=standin.format(self.standin.url))

    def ask(self):
        began = time.monotonic()
        done = subprocess.run(
            [*CLIENTS[self.client], self.primary.url + "/v1/chat/completions", "-H",
             "Content-Type: application/json", "-H", "Authorization: Bearer k", "-d",
             json.dumps(REQUEST)], env=self.env, capture_output=True, timeout=150)
        return Answer(done, time.monotonic() - began)

    def whole(self):
        answer = self.ask()
        answer.is_whole()
        return answer

    def asked(self):
        return len(self.primary.requests())

    def close(self):
        self.primary.close()
        self.standin.close()


# --- the sixteen: what the provider does, and what a pass needs --------------------------------------


def s01(play):
    play.whole()
    first, second = play.primary.requests()
    apart = (second["at_ms"] - first["at_ms"]) * SCALE / 1000
    need(apart >= 1.8, f"asked again after {apart} s")


def s02(play):
    play.whole()
    need(play.asked() <= 4, f"{play.asked()} attempts")


def s03(play):
    play.whole()
    need(play.asked() == 2 and not play.standin.requests(), "not by the same provider")


def s04(play):
    play.whole()
    need(play.asked() <= 6, f"{play.asked()} attempts")


def s05(play):
    play.whole()


def s06(play):
    answer = play.whole()
    need(play.asked() == 1, f"{play.asked()} attempts on the silent route")
    in_time(answer.took, 100)


def s07(play):
    answer = play.whole()
    in_time(answer.took, 15)


def s08(play):
    play.whole()


def s09(play):
    answer = play.whole()
    in_time(answer.took, 45)
    play.primary.fault("ok")
    play.whole()


def s10(play):
    play.whole()


def s11(play):
    answer = play.whole()
    in_time(answer.took, 8)
    need(answer.usage and answer.usage["completion_tokens"], "no usage")


def refused_once(play):
    answer = play.ask()
    need(play.asked() == 1, f"{play.asked()} attempts")
    return answer


def s12(play):
    refused_once(play)


def s13(play):
    answer = refused_once(play)
    need("content_policy_violation" in answer.body, f"the reason is lost: {answer.body}")


def s14(play):
    play.whole()


def s15(play):
    """503 for 60 s, then healthy; 20 calls, one every 4 s."""
    began, back, sick = time.monotonic(), None, None
    for n in range(20):
        time.sleep(max(0, began + 4 * n / SCALE - time.monotonic()))
        if sick is None and n >= 15:
            sick = play.asked()
            play.primary.fault("ok")
        play.whole()
        if sick is not None and back is None and play.asked() > sick:
            back = (time.monotonic() - began) * SCALE - 60
    need(sick <= (8 if FULL else 15), f"{sick} attempts on the dead primary")
    in_time(back, 12, "back after")


def s16(play):
    answer = play.whole()
    served = "standin" if "local" in play.env["UNDERSTUDY_FALLBACKS"] else "claude-haiku-4-5"
    need(answer.models == {served}, f"it says {answer.models}")
    need(answer.usage and answer.usage["completion_tokens"], "no usage")
    need(play.asked() <= 6, f"{play.asked()} attempts")


FAULTS = (
    (s01, f"429:retry-after-ms={ms(2)},ok" if SCALE > 1 else "429:retry-after=2,ok", "429 with Retry-After, then well"),
    (s02, "429", "429 for ever"),
    (s03, "500,ok", "one 500"),
    (s04, "503", "503 for ever"),
    (s05, "reset,ok", "a reset, once"),
    (s06, "hang", "accepts, never answers"),
    (s07, f"slow={ms(20)}", "first token after 20 s"),
    (s08, "cut=41", "the stream dies after 40 tokens"),
    (s09, f"stall=21:ms={ms(30)}", "silent after 20 tokens for 30 s"),
    (s10, "garbage=10", "the tenth event is not JSON"),
    (s11, "no-done", "a complete stream without [DONE]"),
    (s12, "400:code=context_length_exceeded", "400 context_length_exceeded"),
    (s13, "400:code=content_policy_violation", "400 content_policy_violation"),
    (s14, "cut=41", "as 8, and the fallback refuses a prefill"),
    (s15, "503", "503 for 60 s, then well"),
    (s16, "503", "503 for ever: who answers is said"),
)


def run(top, client, standin, fault):
    judge, script, _ = fault
    chain = STANDINS[standin]
    if judge is s14 and "anthropic" in chain:
        chain = chain.replace("claude-haiku-4-5", "claude-opus-4-6")
    play = Play(top, client, chain, script)
    try:
        judge(play)
        return "pass", ""
    except Exception as why:  # a bug of the test is no pass either
        return "FAIL", f"{type(why).__name__}: {why}"
    finally:
        play.close()


def main():
    why = stage.why_not(sys.argv[1], ["curl", "--version"])
    if why:
        print(f"ok 1 - the sixteen # SKIP {why}\n1..1")
        return
    cells = [(client, standin) for client in CLIENTS for standin in STANDINS]
    failed = number = 0
    with tempfile.TemporaryDirectory() as top, \
            concurrent.futures.ThreadPoolExecutor(16 if FULL else 6) as pool:
        plays = {(f[0], c): pool.submit(run, top, *c, f) for f in FAULTS for c in cells}
        if FULL:
            print(f"{'':<52}" + "".join(f"{c}, {s}".rjust(27) for c, s in cells))
        for fault in FAULTS:
            verdicts = [plays[fault[0], cell].result() for cell in cells]
            name = f"{fault[0].__name__.upper()} {fault[2]}"
            if FULL:
                print(f"{name:<52}" + "".join(v.rjust(27) for v, _ in verdicts), flush=True)
            for cell, (verdict, why) in zip(cells, verdicts):
                number += 1
                failed += verdict != "pass"
                if not FULL:
                    print(f"{'ok' if verdict == 'pass' else 'not ok'} {number} - {name} ({', '.join(cell)})")
                if why:
                    print(f"# {cell}: {why}")
    print(f"1..{number}" if not FULL else f"{number - failed} of {number} passes")
    sys.exit(1 if failed else 0)


main()
