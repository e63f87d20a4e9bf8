"""py_tornado.py STYLE COUNT URL BODY - asks COUNT times by tornado's curl client

    fetch     one after the other
    stream    the same with a streaming_callback
    gather    all at once
"""
import asyncio
import sys

import pycurl
import trace
from tornado.httpclient import AsyncHTTPClient, HTTPError

AsyncHTTPClient.configure("tornado.curl_httpclient.CurlAsyncHTTPClient")


async def ask(client, n, style, url, body):
    headers = dict(line.split(": ") for line in trace.HEADERS)
    options = {"method": "POST", "headers": headers, "body": body}
    if style == "stream":
        options["streaming_callback"] = lambda piece: trace.chunk(n, piece)
    try:
        got = await client.fetch(url, raise_error=False, **options)
    except HTTPError as e:
        trace.facts(n, error=e.errno)
        return
    error = getattr(got.error, "errno", 0)
    if got.body:
        trace.chunk(n, got.body)
    trace.facts(n, error=error, status=got.code, type=got.headers.get("Content-Type"),
                url=got.effective_url)


async def main(style, count=0, url="", body=""):
    if style == "version":
        trace.facts(0, version=pycurl.version)
        return
    client = AsyncHTTPClient()
    questions = [ask(client, n, style, url, body) for n in range(int(count))]
    if style == "gather":
        await asyncio.gather(*questions)
    else:
        for question in questions:
            await question


asyncio.run(main(*sys.argv[1:]))
