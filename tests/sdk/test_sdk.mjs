// test_sdk.mjs CASES - the official SDKs hear what understudy writes, and understand it
//
// CASES are the lines of cases.c. A server on the loopback plays each in small pieces; the SDK is
// asked as any program would, and what it gives back is compared with the sum of the events. The
// model's name, wherever the SDK puts it, says which case is meant. Speaks TAP.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { sdks } from "./sdks.mjs";

const PIECE = 61; // bytes at a time: in the middle of events, and of characters

const cases = readFileSync(process.argv[2], "utf8").trim().split("\n").map((line) => JSON.parse(line));

async function serve(request, response) {
  let asked = request.url;
  for await (const piece of request) asked += piece;
  const one = cases[Number(/case-(\d+)/.exec(asked)[1])];
  const body = Buffer.from(one.body);
  response.writeHead(one.status, { "content-type": one.type });
  for (let at = 0; at < body.length; at += PIECE) {
    response.write(body.subarray(at, at + PIECE));
    await new Promise(setImmediate);
  }
  response.end();
}

// Texts that something else stood between may be parted by an empty line.
function assertText(got, texts) {
  let rest = got;
  for (const text of texts) {
    if (!rest.startsWith(text) && rest.startsWith("\n\n")) rest = rest.slice(2);
    assert.equal(rest.slice(0, text.length), text, "a text");
    rest = rest.slice(text.length);
  }
  assert.equal(rest, "", "there is more text");
}

// Where arguments are an object, what is none stands within one (wire-formats 3.2).
function argsOf(sdk, block) {
  if (block.args === "empty") return sdk.strings ? "{}" : {};
  if (sdk.strings) return block.text;
  if (block.args === "object") return JSON.parse(block.text);
  return block.args === "other" ? { value: JSON.parse(block.text) } : { INVALID_JSON: block.text };
}

function compare(sdk, hub, got) {
  const of = (kind) => hub.blocks.filter((b) => b.kind === kind);
  const texts = hub.blocks.filter((b) => b.kind === "text" || (!sdk.refuses && b.kind === "refusal"));
  assertText(got.text, texts.map((b) => b.text).filter((t) => t));
  if (sdk.refuses) assert.equal(got.refusal, of("refusal").map((b) => b.text).join(""), "the refusal");
  assert.deepEqual(got.calls, of("call").map((b) => [b.name, argsOf(sdk, b)]), "the calls");
  assert.equal(got.stop, sdk.stop(hub), "the stop reason");
  for (const [name, n] of Object.entries(hub.usage))
    if (name in got.usage) assert.equal(got.usage[name], n, `usage: ${name}`);
}

// Arguments that only began like an object are out already when they turn out to be none.
const torn = (hub) => hub.stream && hub.blocks?.some((b) => b.args === "invalid" && b.text.trim().startsWith("{"));

async function hear(sdk, ask, hub, n) {
  const answer = ask(`case-${n}`, hub.stream);
  if (hub.clean) return compare(sdk, hub, await answer);
  const error = await answer.then(() => null, (e) => e);
  assert.ok(error, "the SDK does not notice that it is no answer");
  if (hub.status >= 400) assert.equal(error.status ?? error.status_code, hub.status, "the status of the error");
}

const groups = Object.keys(sdks).flatMap((to) => [
  [to, "documents", (c) => !c.stream && c.clean],
  [to, "streams", (c) => c.stream && c.clean],
  [to, "streams that break off", (c) => c.stream && !c.clean],
  [to, "errors", (c) => c.status >= 400],
]);

const server = createServer(serve).listen(0, "127.0.0.1");
await new Promise((done) => server.once("listening", done));
const base = `http://127.0.0.1:${server.address().port}`;
console.log(`1..${groups.length}`);
for (const [i, [to, what, belongs]] of groups.entries()) {
  const sdk = sdks[to];
  const ask = sdk.asker(base);
  const failures = [];
  let heard = 0;
  for (const [n, one] of cases.entries()) {
    if (one.to !== to || !belongs(one) || torn(one)) continue;
    heard++;
    await hear(sdk, ask, one, n).catch((e) => failures.push(`# case ${n} from ${one.from}: ${e.message ?? e}`));
  }
  const ok = heard && !failures.length;
  console.log(`${ok ? "ok" : "not ok"} ${i + 1} - ${sdk.name}: ${what}, ${heard} of other dialects`);
  for (const failure of failures) console.log(failure.replaceAll("\n", "\n# "));
}
server.close();
server.closeAllConnections();
