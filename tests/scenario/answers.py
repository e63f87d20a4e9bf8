"""answers.py - reads what a program got as an answer, strictly, in its dialect

Written from the providers' formats, not from src/wire: it is what src/wire is tested against.
Anything that a provider's own SDK would stumble over is a Broken.
"""
import dataclasses
import json
import re


class Broken(Exception):
    """Not an answer of this dialect; says why."""


@dataclasses.dataclass
class Answer:
    text: str = ""
    calls: list = dataclasses.field(default_factory=list)  # (name, arguments as they were written)
    finish: str = ""
    model: str = ""
    usage: dict = dataclasses.field(default_factory=dict)


def need(condition, why):
    if not condition:
        raise Broken(why)


def parse(text, what="answer"):
    try:
        return json.loads(text)
    except ValueError as e:
        raise Broken(f"the {what} is not JSON ({e}): {text[:300]!r}") from None


def events(text):
    """(name, data) of each event of an SSE stream; comments are passed over."""
    ended = text.endswith(("\n\n", "\r\n\r\n"))
    need(ended, f"the stream does not end with a blank line: {text[-80:]!r}")
    for block in re.split(r"\r?\n\r?\n", text.rstrip("\r\n")):
        lines = [line for line in block.splitlines() if line[:1] != ":"]
        fields = [re.split(": ?", line, maxsplit=1) for line in lines]
        need(all(len(f) == 2 for f in fields), f"not a line of SSE: {block!r}")
        name = "".join(value for field, value in fields if field == "event")
        data = "\n".join(value for field, value in fields if field == "data")
        if fields:
            yield name, data


def openai_answer(text):
    doc = parse(text)
    need(doc.get("object") == "chat.completion" and doc.get("id"), "no chat.completion with an id")
    need(len(doc["choices"]) == 1, "not one choice")
    choice = doc["choices"][0]
    message = choice["message"]
    need(message["role"] == "assistant" and "content" in message, "not an assistant's message")
    need(type(doc["created"]) is int, "no time of creation")
    text = message["content"] or ""
    answer = Answer(text, [], choice["finish_reason"], doc["model"], doc["usage"])
    for call in message.get("tool_calls", []):
        need(call["type"] == "function" and call["id"], "a tool call without type or id")
        answer.calls.append((call["function"]["name"], call["function"]["arguments"]))
    return answer


def openai_chunk(answer, doc, open_calls):
    for choice in doc["choices"]:
        need(not answer.finish, "a choice after the finish")
        delta = choice["delta"]
        answer.text += delta.get("content") or ""
        for call in delta.get("tool_calls", []):
            if call["index"] == len(open_calls):
                need(call["id"] and call["type"] == "function", "a call begins without id or type")
                open_calls.append([call["function"]["name"], ""])
            need(call["index"] == len(open_calls) - 1, "pieces of two tool calls are mixed")
            open_calls[-1][1] += call["function"].get("arguments", "")
        answer.finish = choice["finish_reason"] or ""


def openai_stream(text):
    answer, calls, ids = Answer(), [], set()
    all_events = list(events(text))
    need(all_events and all_events[-1] == ("", "[DONE]"), "the stream does not end with [DONE]")
    for number, (name, data) in enumerate(all_events[:-1]):
        doc = parse(data, "chunk")
        is_chunk = not name and doc.get("object") == "chat.completion.chunk"
        need(is_chunk, f"not a chunk: {data[:200]}")
        if number == 0:
            role = doc["choices"][0]["delta"].get("role")
            need(role == "assistant", "the first chunk has no role")
        ids.add((doc["id"], doc["model"], doc["created"]))
        answer.usage = doc.get("usage") or answer.usage
        openai_chunk(answer, doc, calls)
    need(len(ids) == 1, f"id, model or time of creation change within the stream: {ids}")
    need(answer.finish, "no finish reason")
    answer.model = doc["model"]
    answer.calls = [tuple(call) for call in calls]
    return answer


def anthropic_answer(text):
    doc = parse(text)
    is_message = doc.get("type") == "message" and doc.get("role") == "assistant"
    need(is_message and doc["id"], "not a message")
    answer = Answer("", [], doc["stop_reason"], doc["model"], doc["usage"])
    need("stop_sequence" in doc, "no stop_sequence")
    inputs = raw_members(text, "input")
    for block in doc["content"]:
        if block["type"] == "text":
            answer.text += block["text"]
        else:
            need(block["type"] == "tool_use" and block["id"], f"a block of type {block['type']}")
            answer.calls.append((block["name"], next(inputs)))
    return answer


def raw_members(text, name):
    """The values of all members of this name, as they were written."""
    for match in re.finditer(f'"{name}" *: *', text):
        _, end = json.JSONDecoder().raw_decode(text, match.end())
        yield text[match.end() : end]


def anthropic_block(answer, kind, doc, opened):
    """One event about a block; `opened`: [number of blocks so far, the open one's type or None]."""
    if kind == "content_block_start":
        need(opened[1] is None and doc["index"] == opened[0], "a block begins out of order")
        block = doc["content_block"]
        opened[:] = [opened[0] + 1, block["type"]]
        if block["type"] == "tool_use":
            need(block["input"] == {} and block["id"], "a tool_use begins with input or without id")
            answer.calls.append((block["name"], ""))
        return
    need(opened[1] and doc["index"] == opened[0] - 1, f"{kind} of a block that is not open")
    if kind == "content_block_stop":
        opened[1] = None
        return
    delta = doc["delta"]
    pairs = {"text": "text_delta", "tool_use": "input_json_delta"}
    need(pairs.get(opened[1]) == delta["type"], f"{delta['type']} in a block of type {opened[1]}")
    if opened[1] == "text":
        answer.text += delta["text"]
    else:
        name, arguments = answer.calls[-1]
        answer.calls[-1] = (name, arguments + delta["partial_json"])


def anthropic_stream(text):
    answer, opened, order = Answer(), [0, None], []
    for kind, data in events(text):
        doc = parse(data, "event")
        need(doc["type"] == kind, f"event {kind} holds a {doc['type']}")
        if kind == "ping":
            continue
        order.append(kind)
        if kind == "message_start":
            answer.model, answer.usage = doc["message"]["model"], doc["message"]["usage"]
        elif kind == "message_delta":
            need(opened[1] is None, "the message ends within a block")
            answer.finish = doc["delta"]["stop_reason"]
            answer.usage = {**answer.usage, **doc["usage"]}
        elif kind != "message_stop":
            anthropic_block(answer, kind, doc, opened)
    ends = order[:1] + order[-2:] if len(order) > 2 else order
    wanted = ["message_start", "message_delta", "message_stop"]
    need(ends == wanted, f"events in this order: {order}")
    need(order.count("message_start") == 1, "two messages in one stream")
    answer.calls = [(name, arguments or "{}") for name, arguments in answer.calls]
    return answer


def ollama_line(answer, text):
    doc = parse(text, "line")
    message = doc["message"]
    need(message["role"] == "assistant" and type(message["content"]) is str, "not a message")
    need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", doc["created_at"]), "no time")
    need(answer.model in ("", doc["model"]), "the model changes")
    answer.model = doc["model"]
    answer.text += message["content"]
    for at, call in enumerate(message.get("tool_calls", [])):
        function = call["function"]
        need(type(function["arguments"]) is dict, "arguments are no object")
        need(function["index"] == len(answer.calls), "calls are not counted 0, 1, 2")
        written = text.split('"arguments":')[at + 1]
        _, end = json.JSONDecoder().raw_decode(written)
        answer.calls.append((function["name"], written[:end]))
    if doc["done"]:
        answer.finish = doc["done_reason"]
        counts = {k: doc[k] for k in ("prompt_eval_count", "eval_count")}
        need(all(doc[k] > 0 for k in doc if k.endswith("_duration")), "a duration of nothing")
        answer.usage = counts
    return doc["done"]


def ollama_answer(text):
    answer = Answer()
    need(ollama_line(answer, text), "the answer is not done")
    return answer


def ollama_stream(text):
    answer = Answer()
    need(text.endswith("\n"), f"the stream does not end with a line: {text[-80:]!r}")
    lines = text.splitlines()
    done = [ollama_line(answer, line) for line in lines]
    need(done.index(True) == len(done) - 1, "the last line, and only that, is done")
    return answer


def responses_document(doc):
    need(doc.get("object") == "response" and doc["id"].startswith("resp_"), "no response with an id")
    need(doc["error"] is None and type(doc["created_at"]) is int, "an error, or no time of creation")
    reason = (doc["incomplete_details"] or {}).get("reason", doc["status"])
    answer = Answer("", [], reason, doc["model"], doc["usage"])
    for item in doc["output"]:
        if item["type"] == "message":
            need(item["role"] == "assistant" and item["content"], "not an assistant's message")
            for part in item["content"]:
                need(part["type"] == "output_text", f"a part of type {part['type']}")
                need(part["annotations"] == [], "annotations of nobody")
                answer.text += part["text"]
        elif item["type"] != "reasoning":
            need(item["type"] == "function_call", f"an item of type {item['type']}")
            need(item["id"].startswith("fc_") and item["call_id"], "a call without ids")
            answer.calls.append((item["name"], item["arguments"]))
    return answer


def responses_answer(text):
    return responses_document(parse(text))


class Items:
    """What a stream of Responses has told so far, item by item."""

    def __init__(self):
        self.done, self.item, self.pieces = [], None, {}

    def hear(self, kind, doc):
        if kind == "output_item.added":
            need(self.item is None, "an item begins within another")
            self.item, self.pieces = doc["item"], {}
        need(self.item is not None, f"{kind} outside of any item")
        need(doc["output_index"] == len(self.done), f"{kind} of another item")
        need(doc.get("item_id", self.item["id"]) == self.item["id"], f"{kind} of another id")
        index = doc.get("content_index", 0)
        if kind == "content_part.added":
            need(index == len(self.pieces), "parts out of order")
            self.pieces[index] = ""
        elif kind.endswith(".delta"):
            need(doc["delta"], "an empty delta")
            self.pieces[index] = self.pieces.get(index, "") + doc["delta"]
        elif kind in ("output_text.done", "function_call_arguments.done"):
            said = doc["text" if "text" in kind else "arguments"]
            need(self.pieces.get(index, "") == said, f"{kind} differs from its deltas")
        elif kind == "output_item.done":
            need(doc["item"]["id"] == self.item["id"], "an item changes its id")
            self.done.append(doc["item"])
            self.item = None


def responses_stream(text):
    items, order, ids = Items(), [], set()
    for number, (name, data) in enumerate(events(text)):
        doc = parse(data, "event")
        need(doc["type"] == name, f"event {name} holds a {doc['type']}")
        need(doc["sequence_number"] == number, f"event {number} is numbered {doc['sequence_number']}")
        kind = name.removeprefix("response.")
        order.append(kind)
        if "response" in doc:
            ids.add((doc["response"]["id"], doc["response"]["model"]))
        else:
            items.hear(kind, doc)
    need(order[:2] == ["created", "in_progress"], f"events in this order: {order}")
    need(order[-1] == doc["response"]["status"], f"{order[-1]} says {doc['response']['status']}")
    need(len(ids) == 1, f"id or model change within the stream: {ids}")
    need(items.item is None and items.done == doc["response"]["output"], "other items at the end")
    return responses_document(doc["response"])


def gemini_piece(answer, text, doc):
    """One document of an answer. True: it gives the reason why the answer ends."""
    need(set(doc) <= {"candidates", "usageMetadata", "modelVersion", "responseId"}, "odd members")
    (candidate,) = doc["candidates"]
    need(candidate["index"] == 0 and candidate["content"]["role"] == "model", "not the model's")
    need(answer.model in ("", doc["modelVersion"]), "the model changes")
    answer.model = doc["modelVersion"]
    written = text
    for part in candidate["content"]["parts"]:
        (kind,) = set(part) - {"thought", "thoughtSignature"}
        if kind == "text":
            answer.text += part["text"]
            continue
        call = part["functionCall"]
        need(type(call["args"]) is dict, "arguments are no object")
        written = written.split('"args":', 1)[1].lstrip()
        _, end = json.JSONDecoder().raw_decode(written)
        answer.calls.append((call["name"], written[:end]))
    if "finishReason" in candidate:
        answer.finish = candidate["finishReason"]
        usage = doc["usageMetadata"]
        need(usage["totalTokenCount"] >= usage["promptTokenCount"], "the total is no sum")
        answer.usage = usage
    return "finishReason" in candidate


def gemini_answer(text):
    answer = Answer()
    need(gemini_piece(answer, text, parse(text, "answer")), "there is no finishReason")
    return answer


def gemini_pieces(pieces):
    answer = Answer()
    done = [gemini_piece(answer, text, parse(text, "piece")) for text in pieces]
    need(done.index(True) == len(done) - 1, "the last piece, and only that, has a finishReason")
    return answer


def gemini_stream(text):
    need(text.endswith("\r\n\r\n"), f"the stream does not end with an event: {text[-80:]!r}")
    events = text.removesuffix("\r\n\r\n").split("\r\n\r\n")
    need(all(e.startswith("data: ") and "\n" not in e for e in events), "not events")
    return gemini_pieces([e.removeprefix("data: ") for e in events])


def gemini_array(text):
    need(text.startswith("[{") and text.endswith("}]"), "not an array")
    parse(text, "array")
    return gemini_pieces(text[1:-1].split(",\r\n"))


READERS = {
    ("gemini", "answer"): gemini_answer,
    ("gemini", "stream"): gemini_stream,
    ("gemini", "array"): gemini_array,
    ("openai", "answer"): openai_answer,
    ("openai", "stream"): openai_stream,
    ("anthropic", "answer"): anthropic_answer,
    ("anthropic", "stream"): anthropic_stream,
    ("ollama", "answer"): ollama_answer,
    ("ollama", "stream"): ollama_stream,
    ("responses", "answer"): responses_answer,
    ("responses", "stream"): responses_stream,
}


def read(dialect, form, data):
    """The answer in `data` (bytes); Broken if it is none."""
    try:
        return READERS[dialect, form](data.decode())
    except (KeyError, TypeError, IndexError, StopIteration, UnicodeDecodeError) as e:
        raise Broken(f"{type(e).__name__} {e} in: {data[:300]!r}") from None
