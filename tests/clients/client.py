"""client.py WAY URL HEADERS BODY - asks by pycurl and prints what came, as JSON

    data     WRITEDATA, a file-like object
    write    WRITEFUNCTION
    header   WRITEFUNCTION and HEADERFUNCTION
    upload   READFUNCTION with UPLOAD and CUSTOMREQUEST
"""
import io
import json
import sys
import time

import pycurl

way, url, headers, body = sys.argv[1:]
pieces, times, lines = [], [], []
to = io.BytesIO()


def write(piece):
    times.append(time.monotonic())
    pieces.append(piece)


with open(headers) as f:
    header_list = f.read().splitlines()
with open(body, "rb") as f:
    request = f.read()
c = pycurl.Curl()
c.setopt(c.URL, url)
c.setopt(c.HTTPHEADER, header_list)
if way == "upload":
    c.setopt(c.UPLOAD, 1)
    c.setopt(c.CUSTOMREQUEST, "POST")
    c.setopt(c.READFUNCTION, io.BytesIO(request).read)
else:
    c.setopt(c.POSTFIELDS, request)
if way == "data":
    c.setopt(c.WRITEDATA, to)
else:
    c.setopt(c.WRITEFUNCTION, write)
if way == "header":
    c.setopt(c.HEADERFUNCTION, lines.append)
error = 0
try:
    c.perform()
except pycurl.error as e:
    error = e.args[0]
text = to.getvalue() or b"".join(pieces)
result = {
    "error": error,
    "status": c.getinfo(c.RESPONSE_CODE),
    "type": c.getinfo(c.CONTENT_TYPE),
    "size": int(c.getinfo(c.SIZE_DOWNLOAD)),
    "url": c.getinfo(c.EFFECTIVE_URL),
    "lines": len(lines),
    "spread_ms": int((times[-1] - times[0]) * 1000) if times else 0,
    "body": text.decode(),
}
c.close()
print(json.dumps(result))
