"""What engines may answer: anything at all, and each time it is a sentence, never a traceback."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from sotpctl.apply import engines
from sotpctl.apply.engines import Alertmanager, Prometheus, Running

RUBBISH = ["", "null", "[]", "7", '"text"', "<html>", '{"data": []}', '{"data": null}', '{"config": []}', "\udcff"]
GOOD = {
    "/metrics": "{0}_config_last_reload_successful 1\n{0}_config_last_reload_success_timestamp_seconds 2e9\n",
    "/api/v1/status/config": json.dumps({"data": {"yaml": "global: {}\n"}}),
    "/api/v1/status/flags": json.dumps({"data": {"config.file": "prometheus.yml"}}),
    "/api/v1/rules": json.dumps({"data": {"groups": []}}),
    "/api/v1/targets": json.dumps({"data": {"activeTargets": []}}),
    "/api/v2/status": json.dumps({"config": {"original": "route: {}\n"}}),
}
Serve = Callable[..., str]


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    """Answer sound pages of one engine, but for those that are given; give the address."""
    pages: dict[str, str] = {}

    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=pages[request.path].encode(errors="surrogateescape"))

    application = web.Application()
    application.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()

    def address(engine: str, **spoiled: str) -> str:
        pages.update({path: text.replace("{0}", engine) for path, text in GOOD.items()})
        pages.update(spoiled)
        host, port = runner.addresses[0][:2]
        return f"{host}:{port}"

    yield address
    await runner.cleanup()


@pytest.fixture
def running(tmp_path: Path) -> Running:
    """A release whose configurations are those of `GOOD`."""
    for name, text in (("prometheus", "global: {}\n"), ("alertmanager", "route: {}\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.yml").write_text(text)
    return Running(tmp_path, 1.0)


@asynccontextmanager
async def _silent() -> AsyncIterator[str]:
    """Accept and say nothing; give the address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other side goes
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield "{}:{}".format(*server.sockets[0].getsockname())


async def _look(engine: engines.Engine, running: Running) -> engines.Outcome:
    async with engines.session(5) as http:
        return await engines.look(http, engine, running)


async def test_sound_answers_confirm(serve: Serve, running: Running) -> None:
    """The pages that the other tests spoil are right."""
    assert (await _look(Prometheus(serve("prometheus"), {}), running)).state == "confirmed"
    assert (await _look(Alertmanager(serve("alertmanager")), running)).state == "confirmed"


@pytest.mark.parametrize("text", [*RUBBISH, '{"data": {"yaml": "a: ["}}', '{"data": {"yaml": 7}}'])
@pytest.mark.parametrize("path", [path for path in GOOD if "v2" not in path])
async def test_prometheus_may_answer_anything(serve: Serve, running: Running, path: str, text: str) -> None:
    """Every page replaced by rubbish: not confirmed, with a reason."""
    outcome = await _look(Prometheus(serve("prometheus", **{path: text}), {"icmp": 1}), running)
    assert outcome.state == "unconfirmed"
    assert "Traceback" not in outcome.why
    assert outcome.why


@pytest.mark.parametrize("text", [*RUBBISH, '{"config": {"original": "a: ["}}', '{"config": {"original": 7}}'])
@pytest.mark.parametrize("path", ["/metrics", "/api/v2/status"])
async def test_alertmanager_may_answer_anything(serve: Serve, running: Running, path: str, text: str) -> None:
    """Every page replaced by rubbish: not confirmed, with a reason."""
    outcome = await _look(Alertmanager(serve("alertmanager", **{path: text})), running)
    assert outcome.state == "unconfirmed"
    assert outcome.why


@pytest.mark.parametrize("number", ["NaN", "abc", "1,5"])
async def test_a_number_that_is_none_is_no_confirmation(serve: Serve, running: Running, number: str) -> None:
    """A reload's time that can't be read doesn't count as later than the swap."""
    page = GOOD["/metrics"].replace("2e9", number)
    outcome = await _look(Prometheus(serve("prometheus", **{"/metrics": page.format("prometheus")}), {}), running)
    assert outcome.state == "unconfirmed", outcome


async def test_a_torn_file_of_the_release_is_named(serve: Serve, running: Running) -> None:
    """There is nothing to compare with: the file is named, and what puts it back."""
    path = running.release / "prometheus" / "prometheus.yml"
    path.write_text("global: {")
    outcome = await _look(Prometheus(serve("prometheus"), {}), running)
    assert outcome.why == f"{path} can't be read to compare: `sotpctl apply` puts it back"


async def test_another_sotps_prometheus_is_told_apart(serve: Serve, running: Running, tmp_path: Path) -> None:
    """One that was started with another folder's configuration: its path and the way out are said."""
    release = tmp_path / "releases" / "0123456789ab"
    (release / "prometheus").mkdir(parents=True)
    (release / "prometheus" / "prometheus.yml").write_text("global: {}\n")
    (tmp_path / "current").symlink_to(release)
    ours, theirs = tmp_path / "current/prometheus/prometheus.yml", tmp_path / "prometheus.yml"
    theirs.write_text("global: {}\n")

    async def why(read: Path) -> str:
        page = json.dumps({"data": {"config.file": str(read)}})
        address = serve("prometheus", **{"/api/v1/status/flags": page})
        return (await _look(Prometheus(address, {}), Running(release, running.since))).why

    assert await why(theirs) == (
        f"another SOTP's has this port, it reads {theirs}: stop that one, or change settings.endpoints"
    )
    assert await why(ours) == ""
    assert await why(tmp_path / "in-a-container") == ""


async def test_nobody_waits_longer_than_the_time_given(running: Running) -> None:
    """An engine that accepts and says nothing: `confirm` ends at its time, though a request may take longer."""
    async with asyncio.timeout(4), _silent() as address, engines.session(60) as http:
        outcome = await engines.confirm(http, Prometheus(address, {}), running, 0.3)
    assert (outcome.state, outcome.why) == ("unconfirmed", "no answer (waited 0.3 s)")
    async with asyncio.timeout(4), _silent() as address, engines.session(0.2) as http:
        outcome = await engines.reload(http, Prometheus(address, {}))
    assert (outcome.state, outcome.why) == ("refused", "POST /-/reload got no answer: time-out")
