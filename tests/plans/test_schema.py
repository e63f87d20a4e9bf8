#!/usr/bin/env python3
"""test_schema.py BUILD - what we write in OpenAI's dialects, held to OpenAI's own schema

The schema is not part of the project: $SPECS names its directory, ../shared/specs if nothing else is
said. Requests are made by chance (test_plans --print), answers are those of tests/golden, told by
tests/sdk/cases: whole, and each event of their streams. Speaks TAP.
"""
import collections
import json
import os
import pathlib
import subprocess
import sys

BUILD = pathlib.Path(sys.argv[1])
SPEC = pathlib.Path(os.environ.get("SPECS", "../shared/specs")) / "openai-wire.schema.json"
HUBS = "400"
REASONS = 5

REQUESTS = {"openai": "CreateChatCompletionRequest", "responses": "CreateResponse"}
ANSWERS = {"openai": "CreateChatCompletionResponse", "responses": "Response"}
EVENTS = {"openai": "CreateChatCompletionStreamResponse", "responses": "ResponseStreamEvent"}


def skip(why):
    print(f"1..1\nok 1 - OpenAI's schema # SKIP {why}")
    sys.exit(0)


if not SPEC.exists():
    skip("no schema here (SPECS names its directory)")
try:
    import jsonschema
except ImportError:
    skip("python3-jsonschema is not installed")



def loosened(schema):
    """Its unions overlap (an easy message is an input message, too): one of them is any of them."""
    if isinstance(schema, dict):
        return {"anyOf" if k == "oneOf" else k: loosened(v) for k, v in schema.items()}
    return [loosened(v) for v in schema] if isinstance(schema, list) else schema


SCHEMA = loosened(json.loads(SPEC.read_text()))

# In what OpenAI itself, and requests that it accepted, differ from its schema: nulls that it prints,
# and members of an input that need not be said.
def without_nulls(value, names):
    return {k: v for k, v in value.items() if v is not None or k not in names}


def answer_as_said(answer):
    return without_nulls(answer, {"usage", "user"})


def choice_as_said(choice):
    return without_nulls({**choice, "finish_reason": choice["finish_reason"] or "stop"}, {"logprobs"})


def event_as_said(event):
    if "choices" in event:
        return answer_as_said({**event, "choices": [choice_as_said(c) for c in event["choices"]]})
    return {**event, "response": answer_as_said(event["response"])} if "response" in event else event


def part_as_said(part):
    if part["type"] == "output_text":
        return {"annotations": [], "logprobs": [], **part}
    return {"detail": "auto", **part} if part["type"] == "input_image" else part


def item_as_said(item):
    """A message's parts, and what an assistant's message of parts is."""
    for name in "content", "output":
        if isinstance(item.get(name), list):
            item = {**item, name: [part_as_said(p) for p in item[name]]}
    if item.get("role") == "assistant" and isinstance(item["content"], list):
        return {"type": "message", "id": "msg_1", "status": "completed", **item}
    return item


def request_as_said(request):
    if isinstance(request.get("input"), list):
        return {**request, "input": [item_as_said(item) for item in request["input"]]}
    return request


def lines(*command):
    out = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def documents(case):
    """What of an answer the schema speaks of."""
    if not case["stream"]:
        return [case["body"]]
    data = [line[6:] for line in case["body"].splitlines() if line.startswith("data: ")]
    return [d for d in data if d != "[DONE]" and '"error":{' not in d]


def validator(name):
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


def check(number, title, name, values):
    judge = validator(name)
    reasons = collections.Counter()
    for value in values:
        error = jsonschema.exceptions.best_match(judge.iter_errors(value))
        if error:
            reasons[f"{error.json_path}: {error.message[:200]}"] += 1
    ok = values and not reasons
    print(f"{'ok' if ok else 'not ok'} {number} - {title} are as {name} says: {len(values)}")
    for reason, n in reasons.most_common(REASONS):
        print(f"# {n} times {reason}")


asks = lines(BUILD / "tests/plans/test_plans", "--print", HUBS)
told = [c for c in lines(BUILD / "tests/sdk/cases") if c["status"] == 200 and c["clean"]]
print("1..6")
for i, dialect in enumerate(REQUESTS):
    mine = [c for c in told if c["to"] == dialect]
    whole = [answer_as_said(json.loads(d)) for c in mine if not c["stream"] for d in documents(c)]
    events = [event_as_said(json.loads(d)) for c in mine if c["stream"] for d in documents(c)]
    check(i * 3 + 1, "requests", REQUESTS[dialect], [request_as_said(a["request"]) for a in asks if a["dialect"] == dialect])
    check(i * 3 + 2, "answers", ANSWERS[dialect], whole)
    check(i * 3 + 3, "events", EVENTS[dialect], events)
