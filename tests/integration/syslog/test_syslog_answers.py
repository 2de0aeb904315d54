"""What Loki answers, and what becomes of each message then."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from exporters.kit.loki import protocol
from exporters.kit.loki.answers import Answer
from exporters.kit.loki.push import Endpoint, Push
from exporters.kit.loki.rejects import Rejects
from exporters.kit.loki.shipper import Shipper
from exporters.kit.spool import Spool
from tests.integration.syslog.conftest import until
from tests.integration.syslog.sink import Sink


class Bench:
    """A spool and a shipper whose sleeps are only noted."""

    def __init__(self, directory: Path, sink: Sink, **endpoint: str) -> None:
        self.slept: list[float] = []
        self.directory = directory
        self.spool = Spool(directory / "spool", most_bytes=64 * 1024 * 1024)
        self.push = Push(Endpoint(sink.url, **endpoint))  # type: ignore[arg-type]
        rejects = Rejects(directory / "rejected")
        self.shipper = Shipper(self.spool, self.push, rejects, sleep=self._sleep)  # type: ignore[arg-type]

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def ship(self, by_device: dict[str, list[tuple[int, str]]]) -> None:
        """Put a block in and ship it."""
        parts = []
        for device, lines in by_device.items():
            entries = b"".join(protocol.entry(stamp, line.encode(), b"") for stamp, line in lines)
            parts.append(protocol.stream(protocol.labels_text({"device": device}).encode(), entries))
        count = sum(map(len, by_device.values()))
        oldest = min(stamp for lines in by_device.values() for stamp, _ in lines)
        self.spool.put(b"".join(parts), count, oldest, {"tcp": count}, {})
        await self.spool.flush()
        assert await self.shipper.once()

    def rejected(self) -> list[dict[str, object]]:
        """What was set aside."""
        path = self.directory / "rejected/rejected.jsonl"
        return [json.loads(row) for row in path.read_text().splitlines()] if path.exists() else []

    async def close(self) -> None:
        """End it."""
        await self.push.close()
        await self.spool.close()


@pytest.fixture
async def bench(tmp_path: Path, sink: Sink):
    """One."""
    made = Bench(tmp_path, sink)
    yield made
    await made.close()


def lines(count: int, word: str = "line") -> list[tuple[int, str]]:
    """Lines of now, each with a stamp of its own."""
    now = time.time_ns()
    return [(now + number, f"{word} {number}") for number in range(count)]


async def test_only_204_is_an_acknowledgement(bench: Bench, sink: Sink) -> None:
    """429, 500 and a broken proxy's 200 are tried again, the same push each time, until 204."""
    sink.script = [(429, "rate", {}), (500, "", {}), (503, "", {}), (200, "ok", {}), (260, "blocked", {}), None]
    await bench.ship({"a": lines(3)})
    assert len(sink.requests) == 6
    assert sink.lines == ["line 0", "line 1", "line 2"]
    assert (bench.spool.ledger.shipped, bench.spool.ledger.spooled) == (3, 0)


async def test_retry_after_and_backoff(bench: Bench, sink: Sink) -> None:
    """Retry-After is honoured; without it waits grow, never alike, to 30 s."""
    sink.script = [(429, "", {"Retry-After": "7"}), *[(503, "", {})] * 12, None]
    await bench.ship({"a": lines(1)})
    assert bench.slept[0] == 7
    assert 0.1 <= bench.slept[1] <= 0.2
    assert all(15 <= wait <= 30 for wait in bench.slept[10:])


@pytest.mark.parametrize("status", [401, 403, 404, 302, 260])
async def test_blocked_until_somebody_acts(bench: Bench, sink: Sink, status: int) -> None:
    """Credentials, a wrong address, a block on ingestion: nothing is dropped, nothing is tried often."""
    sink.script = [(status, "no", {"Location": "http://127.0.0.1:1/"}), None]
    await bench.ship({"a": lines(2)})
    assert 15 <= bench.slept[0] <= 30
    assert bench.shipper.counts.pushes["blocked"] == 1
    assert bench.spool.ledger.shipped == 2


async def test_a_bad_label_loses_only_its_stream(bench: Bench, sink: Sink) -> None:
    """Where Loki refused the whole push, the good streams arrive, each once; the bad one is set aside."""
    sink.refuse_labels = "bad"
    await bench.ship({f"d{number}": lines(5, f"d{number}") for number in range(7)} | {"bad": lines(4, "bad")})
    assert len(sink.lines) == 35 == len(set(sink.lines))
    assert bench.spool.ledger.dropped() == {"rejected": 4}
    assert [row["line"] for row in bench.rejected()] == [f"bad {number}" for number in range(4)]
    assert bench.spool.ledger.spooled == 0


async def test_a_bad_line_loses_only_itself(bench: Bench, sink: Sink) -> None:
    """A 400 for lines: they are found and set aside; what was stored before is to the store the same entry."""
    sink.refuse_line = "number 3"
    await bench.ship({"a": [*lines(10, "line"), (time.time_ns(), "number 3")], "b": lines(4, "b")})
    assert bench.spool.ledger.dropped() == {"rejected": 1}
    assert [row["line"] for row in bench.rejected()] == ["number 3"]
    assert len(sink.unique()) == 14
    assert bench.spool.ledger.shipped == 14


async def test_too_old_isnt_even_asked(bench: Bench, sink: Sink) -> None:
    """What waited for longer than Loki takes is set aside before the push: no 400."""
    old = time.time_ns() - 8 * 86400 * 10**9
    await bench.ship({"a": [(old, "old"), *lines(2)], "b": [(old + 1, "older")]})
    assert len(sink.requests) == 1
    assert bench.shipper.counts.pushes == {"stored": 1}
    assert bench.spool.ledger.dropped() == {"rejected": 2}
    assert sorted(str(row["line"]) for row in bench.rejected()) == ["old", "older"]


async def test_too_large_is_halved(bench: Bench, sink: Sink) -> None:
    """413: the push goes out in halves, each entry once."""
    sink.script = [(413, "too large", {}), (413, "too large", {}), None]
    await bench.ship({"a": lines(8)})
    assert sink.lines == [f"line {number}" for number in range(8)]
    assert bench.spool.ledger.shipped == 8


async def test_credentials(tmp_path: Path, sink: Sink) -> None:
    """Tenant, and basic auth or a bearer token, are in every request; no text of ours shows them."""
    for number, options in enumerate(({"username": "u", "password": "geheim"}, {"token": "geheim", "tenant": "noc"})):
        bench = Bench(tmp_path / str(number), sink, **options)
        await bench.ship({"a": lines(1)})
        await bench.close()
        assert "geheim" not in repr(Endpoint(sink.url, **options))  # type: ignore[arg-type]
    first, second = sink.requests
    assert first["Authorization"] == "Basic dTpnZWhlaW0="
    assert (second["Authorization"], second["X-Scope-OrgID"]) == ("Bearer geheim", "noc")


async def test_a_large_batch_reorders_no_stream(bench: Bench, sink: Sink) -> None:
    """Several requests at once: each stream's entries arrive in their order."""
    await bench.ship({f"d{number}": lines(2000, f"d{number} {'x' * 100}") for number in range(6)})
    assert len(sink.requests) > 1
    for found in sink.stored.values():
        stamps = [one.stamp_ns for one in found]
        assert stamps == sorted(stamps)
        assert len(stamps) == 2000


async def test_nobody_listens(tmp_path: Path, sink: Sink) -> None:
    """A refused connection is tried again like a 503."""
    url, sink.url = sink.url, "http://127.0.0.1:9"
    bench = Bench(tmp_path, sink)

    async def heal(seconds: float) -> None:
        bench.slept.append(seconds)
        if len(bench.slept) == 3:
            await bench.push.close()
            bench.shipper.push = bench.push = Push(Endpoint(url))

    bench.shipper._sleep = heal  # type: ignore[assignment]
    await bench.ship({"a": lines(1)})
    assert len(bench.slept) == 3
    assert sink.lines == ["line 0"]
    await bench.close()


async def test_a_bug_in_one_push_ends_no_other(
    bench: Bench, sink: Sink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody foresaw is logged, waited for, and the same batch is tried again: shipping goes on."""
    send, calls = bench.push.send, []

    async def broken_once(request: bytes) -> Answer:
        calls.append(request)
        if len(calls) == 1:
            raise RuntimeError("a bug")
        return await send(request)

    monkeypatch.setattr(bench.push, "send", broken_once)
    now = time.time_ns()
    entries = protocol.entry(now, b"kept", b"")
    bench.spool.put(protocol.stream(b'{device="a"}', entries), 1, now, {"tcp": 1}, {})
    await bench.spool.flush()
    shipping = asyncio.create_task(bench.shipper.run())
    try:
        await until(lambda: bench.spool.ledger.shipped == 1)
    finally:
        shipping.cancel()
        await asyncio.gather(shipping, return_exceptions=True)
    assert [one.line for one in sink.stored['{device="a"}']] == ["kept"]
    assert calls[0] == calls[1]
    assert "a bug" in caplog.text
    assert max(bench.slept) == 30
