"""Engines that hang, lie or curse: status says so in time."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from sotpctl.cli.status_text import lines
from sotpctl.status import Unknown


@asynccontextmanager
async def _server(address: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    host, _, port = address.rpartition(":")
    await web.TCPSite(runner, host, int(port)).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def test_an_engine_that_hangs_is_given_up(network) -> None:
    """It takes the connection and never answers: unknown, within the time that was allowed, the others are told."""
    await network.apply()
    hangs = asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        await hangs.wait()
        return web.Response()

    async with _server(network.addresses["prometheus"], hang):
        start = time.monotonic()
        found = await network.report(1.0)
        took = time.monotonic() - start
        hangs.set()
    assert took < 3
    assert isinstance(found.devices, Unknown)
    assert found.devices.why.startswith(f"Prometheus ({network.addresses['prometheus']})")
    assert {part.name: part.state for part in found.parts}["prometheus"] == "unconfirmed"
    assert {part.name: part.state for part in found.parts}["icmp"] == "absent"


async def test_an_engine_that_drips_is_given_up(network) -> None:
    """A byte now and then is no answer either."""
    await network.apply()

    async def drip(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b" ")
            await asyncio.sleep(0.05)

    async with _server(network.addresses["alertmanager"], drip):
        start = time.monotonic()
        found = await network.report(1.0)
        assert time.monotonic() - start < 3
    assert isinstance(found.alerts, Unknown)


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"data": {"result": [1]}}', "\x1b[31mred\x07", '[{"labels": 5}]', "null"]
)
async def test_a_stranger_on_the_port_is_named(network, body: str) -> None:
    """Whatever answers there: no traceback, not sound, and nothing of it steers the terminal."""
    await network.apply()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body)

    async with _server(network.addresses["prometheus"], answer), _server(network.addresses["alertmanager"], answer):
        found = await network.report(2.0)
    assert not found.sound
    assert all(line.text.isprintable() for line in lines(found, time.time(), 80))
    assert isinstance(found.devices, Unknown)


async def test_before_the_first_apply(network) -> None:
    """Exit 1 with the way out; for scripts the same keys as ever, as far as there is something."""
    text = await network.sotpctl("status")
    assert (text.returncode, text.stdout) == (1, "")
    assert text.stderr == f"nothing is applied in {network.store.directory}: run `sotpctl apply`\n"
    data = await network.sotpctl("status", "--output", "json")
    assert (data.returncode, data.stdout) == (1, '{\n  "release": null,\n  "releases": [],\n  "sound": false\n}\n')


async def test_a_link_that_leads_nowhere_is_said(network) -> None:
    """Somebody deleted the current release: that is something else than never having applied."""
    await network.apply()
    network.store.link.unlink()
    network.store.link.symlink_to("releases/0123456789ab")
    text = await network.sotpctl("status")
    assert text.returncode == 1
    assert "points to releases/0123456789ab, which is no release here: run `sotpctl apply`" in text.stderr
