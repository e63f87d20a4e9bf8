#!/usr/bin/env python3
"""test_failback.py BUILD - what a stand-in answered comes back to the program's own provider

The program is an unmodified curl that keeps its conversation as programs do: the answer, streamed or
not, becomes a part of the next request. For each pair of dialects the own provider is down at first,
somebody stands in and calls a tool, and then the own provider is well again. The mock refuses what
the real one would: ids that it never gave, answers that it never made, thoughts without its
signature.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import answers  # noqa: E402
import stage  # noqa: E402
from stage import Wrong, need  # noqa: E402

HEADERS = {
    "openai": ["Authorization: Bearer sk-own"],
    "responses": ["Authorization: Bearer sk-own"],
    "anthropic": ["x-api-key: sk-own", "anthropic-version: 2023-06-01"],
    "ollama": [],
    "gemini": ["x-goog-api-key: own"],
}
MODELS = {
    "openai": "gpt-4o",
    "responses": "gpt-4o",
    "anthropic": "claude-sonnet-4-5",
    "ollama": "llama3.2",
    "gemini": "gemini-3-pro",
}
FALLBACKS = {
    "openai": "openai:gpt-4o",
    "responses": "openai-responses:gpt-4o",
    "anthropic": "anthropic:claude-haiku-4-5",
    "ollama": "ollama-native:llama3.2",
    "gemini": "gemini:gemini-2.5-flash",
}
ASK = 'call get_weather with {"city":"Bern"} call get_weather with {"city":"Rome"}'
WITHOUT_IDS = ("ollama", "gemini")  # calls have none: nobody knows whose a loop is
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


# --- what programs do with an answer: it becomes messages of the next request ------------------


def openai_message(form, text):
    if form == "answer":
        return [json.loads(text)["choices"][0]["message"]]
    message = {"role": "assistant", "content": None}
    calls = []
    for _, data in list(answers.events(text))[:-1]:
        for choice in json.loads(data)["choices"]:
            delta = choice["delta"]
            if delta.get("content"):
                message["content"] = (message["content"] or "") + delta["content"]
            for call in delta.get("tool_calls", []):
                if call["index"] == len(calls):
                    calls.append({**call, "function": {**call["function"], "arguments": ""}})
                    del calls[-1]["index"]
                calls[-1]["function"]["arguments"] += call["function"].get("arguments", "")
    if calls:
        message["tool_calls"] = calls
    return [message]


def anthropic_message(form, text):
    if form == "answer":
        return [{"role": "assistant", "content": json.loads(text)["content"]}]
    blocks, inputs = [], []
    for kind, data in answers.events(text):
        doc = json.loads(data)
        if kind == "content_block_start":
            blocks.append(doc["content_block"])
            inputs.append("")
        elif kind == "content_block_delta" and doc["delta"]["type"] == "text_delta":
            blocks[-1]["text"] += doc["delta"]["text"]
        elif kind == "content_block_delta":
            inputs[-1] += doc["delta"]["partial_json"]
    for block, given in zip(blocks, inputs):
        if block["type"] == "tool_use":
            block["input"] = json.loads(given or "{}")
    return [{"role": "assistant", "content": blocks}]


def ollama_message(form, text):
    message = {"role": "assistant", "content": ""}
    for line in text.splitlines():
        part = json.loads(line)["message"]
        message["content"] += part["content"]
        message.setdefault("tool_calls", []).extend(part.get("tool_calls", []))
    return [message]


def gemini_message(form, text):
    docs = [json.loads(text)] if form == "answer" else [json.loads(d) for _, d in answers.events(text)]
    parts = [p for doc in docs for p in doc["candidates"][0]["content"].get("parts", [])]
    return [{"role": "model", "parts": [p for p in parts if p.get("text") != ""]}]


def responses_document(form, text):
    if form == "answer":
        return json.loads(text)
    return json.loads(list(answers.events(text))[-1][1])["response"]


def responses_items(form, text):
    return responses_document(form, text)["output"]


SAID = {
    "openai": openai_message,
    "anthropic": anthropic_message,
    "ollama": ollama_message,
    "gemini": gemini_message,
    "responses": responses_items,
}


def results(dialect, said):
    """What the tools answer."""
    if dialect == "openai":
        ids = [c["id"] for c in said[0]["tool_calls"]]
        return [{"role": "tool", "tool_call_id": i, "content": "sunny"} for i in ids]
    if dialect == "ollama":
        calls = said[0]["tool_calls"]
        return [{"role": "tool", "tool_name": c["function"]["name"], "content": "sunny"} for c in calls]
    if dialect == "gemini":
        calls = [p["functionCall"] for p in said[0]["parts"] if "functionCall" in p]
        return [{"role": "user", "parts": [{"functionResponse": {"name": c["name"],
                 "response": {"output": "sunny"}}} for c in calls]}]
    if dialect == "responses":
        ids = [i["call_id"] for i in said if i["type"] == "function_call"]
        return [{"type": "function_call_output", "call_id": i, "output": "sunny"} for i in ids]
    ids = [b["id"] for b in said[0]["content"] if b["type"] == "tool_use"]
    blocks = [{"type": "tool_result", "tool_use_id": i, "content": "sunny"} for i in ids]
    return [{"role": "user", "content": blocks}]


def tool(dialect):
    if dialect == "anthropic":
        return {"name": "get_weather", "input_schema": SCHEMA}
    function = {"name": "get_weather", "parameters": SCHEMA}
    if dialect == "gemini":
        return {"functionDeclarations": [function]}
    if dialect == "responses":
        return {"type": "function", "strict": False, **function}
    return {"type": "function", "function": function}


class Program:
    """An agent in a shell: curl, a file with the conversation, a new process for each turn."""

    def __init__(self, build, directory, dialect, form, own, **more):
        self.build, self.directory = build, pathlib.Path(directory)
        self.dialect, self.form, self.own = dialect, form, own
        self.talk, self.more, self.by_file = [], more, True
        self.env = stage.environment(
            build,
            directory,
            LD_PRELOAD=stage.preload(build),
            UNDERSTUDY_LOG=f"debug:{self.directory / 'log'}",
            UNDERSTUDY_ATTEMPTS="1",
        )

    def request(self, **members):
        key = {"responses": "input", "gemini": "contents"}.get(self.dialect, "messages")
        if self.dialect == "gemini":
            return {"tools": [tool("gemini")], key: self.talk, **self.more, **members}
        doc = {"model": MODELS[self.dialect], "stream": self.form == "stream"}
        if self.dialect == "anthropic":
            doc["max_tokens"] = 4000
        return {**doc, "tools": [tool(self.dialect)], key: self.talk, **self.more, **members}

    def path(self):
        if self.dialect != "gemini":
            return stage.PATHS[self.dialect]
        method = "generateContent" if self.form == "answer" else "streamGenerateContent?alt=sse"
        return f"/v1beta/models/{MODELS['gemini']}:{method}"

    def send(self, *options, **members):
        """The answer's bytes as text."""
        (self.directory / "request.json").write_text(json.dumps(self.request(**members)))
        how = ["-d", "@request.json"]
        if not self.by_file:  # libcurl asks for the body piece by piece
            how = ["-T", "request.json", "-X", "POST"]
        headers = [*HEADERS[self.dialect], "Content-Type: application/json", "Expect:"]
        command = ["curl", "-sSN", self.own.url + self.path(), *how, *options]
        command += [word for line in headers for word in ("-H", line)]
        command += ["-w", "%{stderr}%{http_code} %{size_upload}"]
        done = subprocess.run(
            command, env=self.env, cwd=self.directory, capture_output=True, timeout=30, check=False
        )
        code, self.uploaded = done.stderr.decode().split()[:2]
        need(code == "200", f"HTTP {done.stderr}", done.stdout.decode(), self.log())
        return done.stdout.decode()

    def log(self):
        log = self.directory / "log"
        return log.read_text() if log.exists() else "no log"

    def ask(self, text, **members):
        said = {"parts": [{"text": text}]} if self.dialect == "gemini" else {"content": text}
        self.talk = [*self.talk, {"role": "user", **said}]
        return self.hear(self.send(**members))

    def hear(self, text):
        if "Mock" not in text:  # ids of the mock: what it says itself is not ours to judge
            answers.read(self.dialect, self.form, text.encode())
        said = SAID[self.dialect](self.form, text)
        self.talk = [*self.talk, *said]
        return said

    def give(self, said, *options, **members):
        self.talk = [*self.talk, *results(self.dialect, said)]
        return self.hear(self.send(*options, **members))


class Play:
    """Own provider and stand-in, and how many requests each has had since it was last asked."""

    def __init__(self, build, other, *more):
        self.own = stage.Provider(build, "own")
        self.standin = stage.Provider(build, "standin")
        self.build, self.other = build, other

    def program(self, directory, dialect, form, **more):
        p = Program(self.build, directory, dialect, form, self.own, **more)
        base = self.standin.url + ("/v1" if self.other in ("openai", "responses") else "")
        p.env["OLLAMA_HOST"] = self.own.url
        p.env["UNDERSTUDY_FALLBACKS"] = f"{FALLBACKS[self.other]}@{base}"
        return p

    def expect(self, own, standin, p):
        seen = [len(x.new_requests()) for x in (self.own, self.standin)]
        need(seen == [own, standin], f"requests to the own one, the stand-in: {seen}", p.log())

    def again(self, p):
        """The own provider is well, and all have forgotten that it was not."""
        self.own.fault("ok")
        for page in pathlib.Path(p.env["UNDERSTUDY_STATE"]).glob("state-*"):
            page.unlink()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.own.close()
        self.standin.close()


def begun_by_the_standin(play, p):
    """A tool loop that the stand-in has begun."""
    play.own.fault("503")
    said = p.ask(ASK)
    play.expect(1, 1, p)
    play.again(p)
    return said


def the_own_one_accepts_what_was_said(play, p):
    p.env["UNDERSTUDY_STICKY"] = "0"
    said = begun_by_the_standin(play, p)
    said = p.give(said)
    play.expect(1, 0, p)
    p.ask("And tomorrow?")
    play.expect(1, 0, p)


def the_loop_is_gone_on_with_by_who_began_it(play, p):
    said = begun_by_the_standin(play, p)
    p.give(said)
    if p.dialect in WITHOUT_IDS:
        play.expect(1, 0, p)
        return
    play.expect(0, 1, p)
    p.ask("And tomorrow?")
    play.expect(1, 0, p)


def a_standin_that_has_died_leaves_the_loop_to_the_own_one(play, p):
    said = begun_by_the_standin(play, p)
    play.standin.fault("503")
    p.give(said)
    play.expect(1, 0 if p.dialect in WITHOUT_IDS else 1, p)


def for_each_pair(build, tap):
    plots = [
        the_own_one_accepts_what_was_said,
        the_loop_is_gone_on_with_by_who_began_it,
        a_standin_that_has_died_leaves_the_loop_to_the_own_one,
    ]
    for other in FALLBACKS:
        with Play(build, other) as play:
            for dialect in HEADERS:
                for form in ("answer", "stream"):
                    if dialect == other:
                        continue
                    for plot in plots:
                        tell(tap, play, plot, dialect, form)


def tell(tap, play, plot, dialect, form, **more):
    name = f"{plot.__name__.replace('_', ' ')}: {dialect}, {play.other} stands in, {form}"
    with tempfile.TemporaryDirectory() as directory:
        try:
            play.own.fault("ok")
            play.standin.fault("ok")
            play.own.new_requests()
            play.standin.new_requests()
            plot(play, play.program(directory, dialect, form, **more))
        except (Wrong, answers.Broken, subprocess.TimeoutExpired, KeyError, ValueError) as e:
            tap.result(name, [f"{type(e).__name__}: {e}"])
        else:
            tap.result(name)


# --- thoughts ----------------------------------------------------------------------------------


def thoughts_are_not_asked_for_while_the_loop_is_open(play, p):
    p.env["UNDERSTUDY_STICKY"] = "0"
    said = begun_by_the_standin(play, p)
    p.give(said)
    sent = json.loads(play.own.requests()[-1]["body"])
    need("thinking" not in sent, sent)
    play.expect(1, 0, p)
    p.talk = [*p.talk, {"role": "user", "content": "And tomorrow?"}]
    thinks_again(play, p)


def a_loop_that_the_own_one_went_on_with_stays_without_thoughts(play, p):
    p.env["UNDERSTUDY_STICKY"] = "0"
    said = begun_by_the_standin(play, p)
    p.talk = [*p.talk, *results(p.dialect, said)]
    p.talk[-1]["content"].append({"type": "text", "text": ASK})
    said = p.hear(p.send())
    play.expect(1, 0, p)
    p.give(said)
    play.expect(1, 0, p)
    sent = json.loads(play.own.requests()[-1]["body"])
    need("thinking" not in sent, sent)


# --- from an id --------------------------------------------------------------------------------


def chained(p, text, previous, **members):
    answer = p.send(
        input=text if isinstance(text, list) else str(text), previous_response_id=previous, **members
    )
    return responses_document(p.form, answer)


def a_program_goes_on_from_an_id_through_an_outage_and_back(play, p):
    first = chained(p, "My name is Anna.", None)
    play.expect(1, 0, p)
    play.own.fault("503")
    second = chained(p, ASK, first["id"])
    play.expect(1, 1, p)
    sent = play.standin.requests()[-1]["body"]
    need("My name is Anna." in sent and "get_weather" in sent, sent)
    play.again(p)
    p.env["UNDERSTUDY_STICKY"] = "0"
    third = chained(p, results("responses", second["output"]), second["id"])
    play.expect(1, 0, p)
    sent = json.loads(play.own.requests()[-1]["body"])
    need("previous_response_id" not in sent, sent)
    need(sent["input"][0] == {"role": "user", "content": "My name is Anna."}, sent)
    need(third["output"], third)


def without_a_shelf_an_id_of_ours_is_not_found(play, p):
    p.env["UNDERSTUDY_HISTORY"] = "0"
    play.own.fault("503")
    first = chained(p, "My name is Anna.", None)
    play.again(p)
    play.own.new_requests()
    try:
        chained(p, "And then?", first["id"])
    except Wrong as e:
        need("previous_response_not_found" in str(e), e)
    else:
        raise Wrong("it was found")


def what_is_not_to_be_stored_is_not_kept(play, p):
    play.own.fault("503")
    chained(p, "My name is Anna.", None, store=False)
    kept = list(pathlib.Path(p.env["UNDERSTUDY_STATE"]).glob("conversations/*"))
    need(kept == [], kept)


# --- bodies ------------------------------------------------------------------------------------


def thinks_again(play, p):
    """The own provider's own thoughts are nothing to answers.py: only what was sent is looked at."""
    p.send()
    sent = json.loads(play.own.requests()[-1]["body"])
    need(sent["thinking"]["type"] == "enabled", sent)


def a_body_that_comes_in_pieces_is_changed_too(play, p):
    """That somebody has stood in is known from the page; that it was for this model is not."""
    p.env["UNDERSTUDY_STICKY"] = "0"
    play.own.fault("503")
    said = p.ask(ASK)
    play.own.fault("ok")
    p.by_file = False
    p.give(said)
    play.expect(2, 1, p)
    got = play.own.requests()[-1]
    need(not any("id" in item for item in json.loads(got["body"])["input"]), got)
    need(int(got["headers"]["content-length"]) == len(got["body"].encode()), got["headers"])


def the_programs_own_word_on_the_length_is_left_out(play, p):
    p.env["UNDERSTUDY_STICKY"] = "0"
    said = begun_by_the_standin(play, p)
    p.talk = [*p.talk, *results(p.dialect, said)]
    n = len(json.dumps(p.request()))
    p.send("-H", f"Content-Length: {n}")
    need(p.uploaded == str(n), f"the program was told that it sent {p.uploaded} of {n} bytes")
    got = play.own.requests()[-1]
    need(not any("id" in item for item in json.loads(got["body"])["input"]), got)
    need(int(got["headers"]["content-length"]) == len(got["body"].encode()) < n, got["headers"])


def with_another_key_the_own_one_gets_the_same(play, p):
    """Another body, another key, and the program's own word on the length, in one attempt."""
    p.env.update(UNDERSTUDY_STICKY="0", OPENAI_BASE_URL=p.own.url + "/v1")
    p.env.update(UNDERSTUDY_KEYS="openai-responses=SECOND", SECOND="sk-the-second")
    said = begun_by_the_standin(play, p)
    play.own.fault("429:retry-after=30,ok")
    p.talk = [*p.talk, *results(p.dialect, said)]
    p.send("-H", f"Content-Length: {len(json.dumps(p.request()))}", "-H", "X-More: yes")
    play.expect(2, 0, p)
    first, second = play.own.requests()[-2:]
    need(first["body"] == second["body"], first, second)
    need(int(second["headers"]["content-length"]) == len(second["body"].encode()), second)
    need(second["headers"]["authorization"] == "Bearer sk-the-second", second["headers"])
    need(second["headers"]["x-more"] == "yes", second["headers"])


def main():
    build = sys.argv[1]
    tap = stage.Tap()
    why = stage.why_not(build, ["curl", "--version"])
    if why:
        tap.result("what a stand-in said comes back", skip=why)
        return tap.end()
    for_each_pair(build, tap)
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 2000}}
    with Play(build, "openai") as play:
        for form in ("answer", "stream"):
            tell(tap, play, thoughts_are_not_asked_for_while_the_loop_is_open, "anthropic", form,
                 **thinking)
            tell(tap, play, a_loop_that_the_own_one_went_on_with_stays_without_thoughts,
                 "anthropic", form, **thinking)
    for other in ("anthropic", "openai", "responses"):
        with Play(build, other) as play:
            for form in ("answer", "stream"):
                for plot in (
                    a_program_goes_on_from_an_id_through_an_outage_and_back,
                    without_a_shelf_an_id_of_ours_is_not_found,
                    what_is_not_to_be_stored_is_not_kept,
                    a_body_that_comes_in_pieces_is_changed_too,
                    the_programs_own_word_on_the_length_is_left_out,
                    with_another_key_the_own_one_gets_the_same,
                ):
                    tell(tap, play, plot, "responses", form)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
