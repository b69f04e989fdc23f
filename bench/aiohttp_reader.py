"""Reads streams as a Python program would: aiohttp_reader.py URL STREAMS [EVENTS_FILE SECONDS]

With a file, each stream's content events are written as JSON lines like `{"request_id": …,
"sending_ns": …, "events": [ns, …]}` after so many seconds; else it runs until it is killed.
"""

import asyncio
import json
import resource
import sys
import time

import aiohttp

BODY = {"model": "claude-haiku-4-5", "max_tokens": 60000, "stream": True,
        "messages": [{"role": "user", "content": "Hello"}]}
HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}


async def read(session, url, done):
    while True:
        stream = {"request_id": "", "sending_ns": time.monotonic_ns(), "events": []}
        done.append(stream)
        async with session.post(url + "/v1/messages", json=BODY, headers=HEADERS) as answer:
            stream["request_id"] = answer.headers.get("request-id", "")
            async for line in answer.content:
                if line.startswith(b"event: content_block_delta"):
                    stream["events"].append(time.monotonic_ns())
        stream["whole"] = True


async def main(url, streams, path=None, seconds=0):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    done = []
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        tasks = []
        for _ in range(int(streams)):
            tasks.append(asyncio.create_task(read(session, url, done)))
            await asyncio.sleep(0.001)
        if path is None:
            await asyncio.gather(*tasks)
        await asyncio.sleep(float(seconds))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    with open(path, "w") as file:
        for stream in done:
            if stream.get("whole"):
                file.write(json.dumps(stream) + "\n")


asyncio.run(main(*sys.argv[1:]))
