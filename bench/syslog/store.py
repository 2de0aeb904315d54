"""A store that answers 204 and notes when each message was acknowledged: `python -m bench.syslog.store`.

GET /figures gives what came: messages, different ones, p50 and p99 of the seconds from sending to acknowledging.
"""

import asyncio
import re
import time

import cramjam
from aiohttp import web

_MARK = re.compile(rb"n=(\d+) t=(\d+)")


class Store:
    """Counts after the answer, so that decoding delays none."""

    def __init__(self) -> None:
        self.pushes: list[tuple[bytes, int]] = []

    async def push(self, request: web.Request) -> web.Response:
        """Acknowledges."""
        self.pushes.append((await request.read(), time.time_ns()))
        return web.Response(status=204)

    async def count(self, _: web.Request) -> web.Response:
        """How many pushes came."""
        return web.json_response(len(self.pushes))

    async def figures(self, _: web.Request) -> web.Response:
        """Decodes everything."""
        seen: set[int] = set()
        delays: list[int] = []
        messages = 0
        for body, at in self.pushes:
            for number, sent in _MARK.findall(bytes(cramjam.snappy.decompress_raw(body))):
                messages += 1
                seen.add(int(number))
                delays.append(at - int(sent))
        delays.sort()
        share = {name: delays[int(len(delays) * part)] / 1e9 for name, part in (("p50", 0.5), ("p99", 0.99))}
        return web.json_response({"messages": messages, "different": len(seen), **share})


async def main() -> None:
    """Serves until it is killed; the port is the first line."""
    store = Store()
    app = web.Application(client_max_size=2**30)
    app.router.add_post("/loki/api/v1/push", store.push)
    app.router.add_get("/count", store.count)
    app.router.add_get("/figures", store.figures)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
