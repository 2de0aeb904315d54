"""A Loki of ours: decodes what is pushed, keeps it, and answers by a script, else as a real one does."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import cramjam
from aiohttp import web

from exporters.kit.loki import protocol
from exporters.kit.loki.protocol import Entry

Answer = tuple[int, str, dict[str, str]]


@dataclass
class Sink:
    """What was stored and asked.

    Attributes:
        stored: Every entry that was stored, by its stream's labels, repeats too.
        requests: The headers of each request.
        script: Answers to give first; None lets the sink answer for itself.
        refuse_labels: A stream whose labels have this text loses the whole push.
        refuse_line: An entry whose line has this text is refused alone.
        down: Answers 503 to everything.
        delays: Seconds from the stamp in a line ("t=NANOSECONDS") to the answer.
    """

    stored: dict[str, list[Entry]] = field(default_factory=dict)
    requests: list[dict[str, str]] = field(default_factory=list)
    script: list[Answer | None] = field(default_factory=list)
    refuse_labels: str = ""
    refuse_line: str = ""
    down: bool = False
    url: str = ""
    on_push: Callable[[], None] = lambda: None

    @property
    def lines(self) -> list[str]:
        """All lines, in the order in which they were stored."""
        return [one.line for entries in self.stored.values() for one in entries]

    def unique(self) -> set[tuple[str, int, str]]:
        """What a store that deduplicates has."""
        return {(labels, one.stamp_ns, one.line) for labels, found in self.stored.items() for one in found}

    async def handle(self, request: web.Request) -> web.Response:
        """Answers a push."""
        body = bytes(cramjam.snappy.decompress_raw(await request.read()))
        self.requests.append(dict(request.headers))
        answer = self.script.pop(0) if self.script else None
        if self.down:
            answer = (503, "Ingester is shutting down", {})
        if answer is None:
            answer = self._store(body)
        elif answer[0] == 204:
            self._store(body)
        self.on_push()
        status, text, headers = answer
        return web.Response(status=status, text=text or None, headers=headers)

    def _store(self, body: bytes) -> Answer:
        """As Loki: a bad label loses all of it, a bad line itself."""
        found = list(protocol.streams(body))
        if not found:
            return 422, "at least one valid stream is required for ingestion", {}
        if self.refuse_labels and any(self.refuse_labels.encode() in labels for labels, _ in found):
            return 400, "couldn't parse labels: 1:2: parse error: unexpected character", {}
        bad = total = 0
        for labels, joined in found:
            entries = list(protocol.entries(joined))
            total += len(entries)
            good = [one for one in entries if not self._bad(one)]
            bad += len(entries) - len(good)
            self.stored.setdefault(labels.decode(), []).extend(good)
        if bad:
            return 400, f"entry with timestamp X ignored, reason: 'too old',\ntotal ignored: {bad} out of {total}", {}
        return 204, "", {}

    def _bad(self, one: Entry) -> bool:
        return (bool(self.refuse_line) and self.refuse_line in one.line) or one.stamp_ns < (
            time.time() - 7 * 86400
        ) * 1e9


async def start(sink: Sink) -> web.AppRunner:
    """Serves it on a free port; `sink.url` says where."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/loki/api/v1/push", sink.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    sink.url = f"http://127.0.0.1:{port}"
    return runner
