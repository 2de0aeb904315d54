"""A store that takes every push and notes when each message was acknowledged: `python -m bench.syslog.store`.

It takes Loki's protobuf with snappy, Elasticsearch's bulks and plain JSON. GET /figures gives what came: messages,
different ones, p50 and p99 of the seconds from sending to acknowledging.
"""

import asyncio
import re
import time

import cramjam
from aiohttp import web

_MARK = re.compile(rb"n=(\d+) t=(\d+)")


class Store:
    """Counts when it is asked, after the answers, so that decoding delays none."""

    def __init__(self) -> None:
        self.pushes: list[tuple[bytes, int]] = []
        self.seen: set[int] = set()
        self.delays: list[int] = []

    async def push(self, request: web.Request) -> web.Response:
        """Acknowledges: 204 as Loki does, or what Elasticsearch says of a bulk."""
        body = await request.read()
        if request.content_type == "application/x-protobuf":
            answer = web.Response(status=204)
        else:
            answer = web.json_response({"took": 1, "errors": False, "items": []})
        if body:
            self.pushes.append((body, time.time_ns()))
        return answer

    async def figures(self, _: web.Request) -> web.Response:
        """Decodes what came since."""
        pushes, self.pushes = self.pushes, []
        for body, at in pushes:
            plain = body if _MARK.search(body) and body[:1] == b"{" else bytes(cramjam.snappy.decompress_raw(body))
            for number, sent in _MARK.findall(plain):
                self.seen.add(int(number))
                self.delays.append(at - int(sent))
        delays = sorted(self.delays)
        share = {
            name: delays[int(len(delays) * part)] / 1e9 if delays else 0.0
            for name, part in (("p50", 0.5), ("p99", 0.99))
        }
        return web.json_response({"messages": len(delays), "different": len(self.seen), **share})


async def main() -> None:
    """Serves until it is killed; the port is the first line."""
    store = Store()
    app = web.Application(client_max_size=2**30)
    app.router.add_get("/figures", store.figures)
    app.router.add_route("*", "/{path:.*}", store.push)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
