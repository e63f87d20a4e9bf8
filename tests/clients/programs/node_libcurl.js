/* node_libcurl.js STYLE COUNT URL BODY - asks COUNT times by node-libcurl
 *
 *   easy    Easy.perform, which waits; one handle for all
 *   curly   promises, one after the other
 *   curl    Curl with events, in pieces, all at once
 *   multi   Multi and Easy, all at once
 */
const { Curl, Easy, Multi, curly } = require("node-libcurl");

const [style, count, url, body] = process.argv.slice(2);
const headers = ["Content-Type: application/json", "Authorization: Bearer sk-mine"];
const indices = [...Array(Number(count || 0)).keys()];

function chunk(n, bytes) {
  process.stdout.write(Buffer.concat([Buffer.from(`chunk ${n} ${bytes.length}\n`), bytes, Buffer.from("\n")]));
}

function facts(n, all) {
  for (const [name, value] of Object.entries(all)) process.stdout.write(`${name} ${n} ${value}\n`);
}

function prepared(handle, n) {
  handle.setOpt("URL", url);
  handle.setOpt("POSTFIELDS", body);
  handle.setOpt("HTTPHEADER", headers);
  handle.setOpt("WRITEFUNCTION", (data, size, nmemb) => {
    chunk(n(), data);
    return size * nmemb;
  });
  handle.setOpt("HEADERFUNCTION", (line, size, nmemb) => {
    facts(n(), { line: line.toString().trimEnd() });
    return size * nmemb;
  });
  return handle;
}

function tell(n, handle, error) {
  const got = handle instanceof Curl ? (name) => handle.getInfo(name) : (name) => handle.getInfo(name).data;
  facts(n, { error, status: got("RESPONSE_CODE"), type: got("CONTENT_TYPE"), url: got("EFFECTIVE_URL") });
}

function easy() {
  let now = 0;
  const handle = prepared(new Easy(), () => now);
  for (now of indices) tell(now, handle, handle.perform());
  handle.close();
}

async function promised() {
  for (const n of indices) {
    try {
      const got = await curly.post(url, { postFields: body, httpHeader: headers, curlyResponseBodyParser: false });
      chunk(n, got.data);
      const types = Object.entries(got.headers.at(-1)).filter(([name]) => /^content-type$/i.test(name));
      facts(n, { error: 0, status: got.statusCode, type: types[0][1] });
    } catch (e) {
      facts(n, { error: e.code });
    }
  }
}

function events(n) {
  const curl = prepared(new Curl(), () => n);
  curl.on("end", () => {
    tell(n, curl, 0);
    curl.close();
  });
  curl.on("error", (_, code) => {
    tell(n, curl, code);
    curl.close();
  });
  curl.perform();
}

function multi() {
  const all = new Multi();
  const handles = indices.map((n) => prepared(new Easy(), () => n));
  let left = handles.length;
  all.onMessage((_, handle, code) => {
    tell(handles.indexOf(handle), handle, code);
    all.removeHandle(handle);
    handle.close();
    if (--left === 0) all.close();
  });
  handles.forEach((handle) => all.addHandle(handle));
}

const styles = { version: () => facts(0, { version: Curl.getVersion() }), easy, curly: promised, multi };
styles.curl = () => indices.forEach(events);
styles[style]();
