"""Real stores, asked back for every message: VictoriaLogs, and a Loki where there is one."""

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from exporters.kit.loki import protocol
from exporters.kit.loki.answers import Kind
from exporters.kit.loki.push import Endpoint, Push
from sotpctl.inventory import load
from sotpctl.render import loki as rendering
from sotpctl.verify import tools
from tests.integration.syslog.conftest import LIMIT_S, Running, document, until
from tests.ports import free_port, free_ports

SOURCE = Path(__file__).parents[3] / "loki" / "loki.yml"
COUNT = 2000


async def _answers(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + LIMIT_S
    async with aiohttp.ClientSession() as http:
        while True:
            assert process.poll() is None
            assert time.monotonic() < end
            try:
                async with http.get(url) as got:
                    if got.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    end = time.monotonic() + LIMIT_S
    while not await condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.2)


@pytest.fixture
async def victoria(tmp_path: Path) -> AsyncIterator[str]:
    """VictoriaLogs on a free port."""
    program = tools.find("victoria-logs")
    if program is None:
        pytest.skip("no victoria-logs: run `make engines`")
    port = free_port()
    process = subprocess.Popen(  # noqa: ASYNC220
        [program, f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={tmp_path / 'victoria'}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await _answers(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
async def loki(tmp_path: Path) -> AsyncIterator[str]:
    """A Loki as render configures it."""
    program = tools.find("loki")
    if program is None:
        pytest.skip("no loki on PATH: SOTP runs it as it comes and builds none")
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text(
        f"settings: {{apply: {{directory: {tmp_path}/sotp}}}}\ndevices: {{core-1: {{address: 192.0.2.1}}}}\n"
    )
    loaded = load(inventory)
    assert loaded.inventory is not None
    config = tmp_path / "loki.yml"
    config.write_text(yaml.safe_dump(yaml.safe_load(rendering.build(loaded.inventory, SOURCE.read_text()))))
    (tmp_path / "sotp/data").mkdir(parents=True)
    http, grpc = free_ports(2)
    process = subprocess.Popen(  # noqa: ASYNC220
        [program, f"-config.file={config}", f"-server.http-listen-port={http}", f"-server.grpc-listen-port={grpc}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path,
    )  # fmt: skip
    try:
        await _answers(f"http://127.0.0.1:{http}/ready", process)
        yield f"http://127.0.0.1:{http}"
    finally:
        process.terminate()
        process.wait(60)


async def _found(url: str, query: str) -> list[dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{url}/loki/api/v1/query_range", params={"query": query, "since": "2h", "limit": "5000"}) as got,
    ):
        assert got.status == 200, await got.text()
        result: list[dict[str, Any]] = (await got.json())["data"]["result"]
        return result


async def _lines(url: str, query: str) -> list[str]:
    return [line for stream in await _found(url, query) for _, line in stream["values"]]


def _messages() -> bytes:
    """Many equal ones of one second among them."""
    stamp = time.strftime("%b %e %H:%M:%S", time.gmtime())
    return b"".join(b"<13>%s core-1 app: number %d\n" % (stamp.encode(), n // 2) for n in range(COUNT))


@pytest.mark.engines
async def test_victoria_has_every_message(tmp_path: Path, victoria: str) -> None:
    """Each of 2,000 messages is found by the device's label, with its metadata as fields."""
    running = await Running(document(tmp_path, f"{victoria}/insert")).start()
    await running.send_tcp(_messages())
    await until(lambda: running.total("syslog_messages_shipped_total") == COUNT)

    async def query(text: str) -> list[dict[str, str]]:
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{victoria}/select/logsql/query", data={"query": text, "limit": "5000"}) as got,
        ):
            return [json.loads(row) for row in (await got.text()).splitlines()]

    async def all_there() -> bool:
        return len(await query('{device="core-1"}')) == COUNT

    await _until(all_there)
    rows = await query('{device="core-1"} severity:notice')
    assert len(rows) == COUNT
    assert {row["_msg"].rpartition(" ")[2] for row in rows} == {str(number) for number in range(COUNT // 2)}
    await running.service.stop()


@pytest.mark.loki
async def test_loki_has_every_message(tmp_path: Path, loki: str) -> None:
    """Each of 2,000 messages, equal ones of one second too, is found under our four labels, with its metadata."""
    running = await Running(document(tmp_path, loki)).start()
    await running.send_tcp(_messages())
    await until(lambda: running.total("syslog_messages_shipped_total") == COUNT)

    async def all_there() -> bool:
        return len(await _lines(loki, '{device="core-1"} | severity="notice"')) == COUNT

    await _until(all_there)
    assert running.balanced()
    assert running.metrics()['syslog_messages_dropped_total{reason="rejected"}'] == 0
    await running.service.stop()


@pytest.mark.loki
async def test_loki_stores_a_repeated_push_once(loki: str) -> None:
    """What a kill sends twice is there once: stamps are frozen at receipt."""
    push = Push(Endpoint(loki))
    now = time.time_ns()
    entries = b"".join(protocol.entry(now + n, b"line %d" % n, protocol.pairs([("app", "x")])) for n in range(100))
    request = protocol.stream(b'{device="d", job="syslog"}', entries)
    for _ in range(3):
        assert (await push.send(request)).kind is Kind.STORED

    async def all_there() -> bool:
        return len(await _lines(loki, '{device="d"}')) >= 100

    await _until(all_there)
    assert len(await _lines(loki, '{device="d"}')) == 100
    await push.close()


@pytest.mark.loki
async def test_loki_answers_as_they_are_read(loki: str) -> None:
    """A bad label: refused whole. An old, a future, a long line: the rest is stored. Joined requests: one request."""
    push = Push(Endpoint(loki))
    now = time.time_ns()
    good = protocol.stream(b'{device="g", job="syslog"}', protocol.entry(now, b"good", b""))
    bad = protocol.stream(b"{device=}", protocol.entry(now, b"bad", b""))
    answer = await push.send(good + bad)
    assert answer.kind is Kind.REFUSED, answer
    day = 86400 * 10**9
    for number, entry in enumerate((
        protocol.entry(now - 8 * day, b"old", b""),
        protocol.entry(now + 3600 * 10**9, b"new", b""),
        protocol.entry(now, b"x" * 300_000, b""),
    )):  # fmt: skip
        beside = protocol.entry(now + number, b"beside %d" % number, b"")
        answer = await push.send(protocol.stream(b'{device="g", job="syslog"}', entry + beside))
        assert answer.kind is Kind.PARTIAL, answer
    assert (await push.send(good + good)).kind is Kind.STORED

    async def all_there() -> bool:
        return sorted(await _lines(loki, '{device="g"}')) == ["beside 0", "beside 1", "beside 2", "good"]

    await _until(all_there)
    await push.close()


@pytest.mark.loki
async def test_a_bad_stream_costs_only_itself(tmp_path: Path, loki: str) -> None:
    """The shipper bisects what a real Loki refused: good streams arrive, the bad one is set aside."""
    from tests.integration.syslog.sink import Sink
    from tests.integration.syslog.test_syslog_answers import Bench

    bench = Bench(tmp_path, Sink(url=loki))
    now = time.time_ns()
    parts = [protocol.stream(b'{device="s%d"}' % n, protocol.entry(now, b"fine %d" % n, b"")) for n in range(5)]
    parts.insert(2, protocol.stream(b"{device=}", protocol.entry(now, b"bad", b"")))
    bench.spool.put(b"".join(parts), 6, now, {"tcp": 6}, {})
    await bench.spool.flush()
    assert await bench.shipper.once()
    assert bench.spool.ledger.dropped() == {"rejected": 1}
    assert [row["line"] for row in bench.rejected()] == ["bad"]

    async def all_there() -> bool:
        return len(await _lines(loki, '{device=~"s.*"}')) == 5

    await _until(all_there)
    await bench.close()
