"""The real engines and exporters under the stack."""

import asyncio
import hashlib
import json
import os
import select
import signal
import sys
import time
from pathlib import Path

import aiohttp
import pytest
import yaml

from sotpctl.apply import APPLY, Store, Work, read_manifest, run
from sotpctl.inventory.model import Apply, Settings
from sotpctl.stack import Part, StackError, parts
from sotpctl.verify import tools

pytestmark = pytest.mark.engines


@pytest.fixture
async def wanted(stack, address, tmp_path: Path) -> list[Part]:
    """Prometheus that scrapes itself, and Alertmanager, applied and not yet started."""
    if not all(tools.find(name) for name in ("prometheus", "alertmanager")):
        pytest.skip("needs the engines: make engines")
    endpoints = {"prometheus": address(), "alertmanager": address()}
    scrape = {"job_name": "self", "scrape_interval": "1s", "static_configs": [{"targets": [endpoints["prometheus"]]}]}
    files = {
        "prometheus/prometheus.yml": yaml.safe_dump({"scrape_configs": [scrape]}),
        "alertmanager/alertmanager.yml": yaml.safe_dump({"route": {"receiver": "a"}, "receivers": [{"name": "a"}]}),
    }
    _write(tmp_path / "build", files, {"release": "0123456789ab", "endpoints": endpoints})
    await run(Work(Store(stack.directory), tmp_path / "build", {}), APPLY)
    return _parts(stack.directory)


async def test_data_survive_down_and_up(stack, wanted) -> None:
    """What Prometheus had stored before `down` is answered after the next `up`."""
    stack.up(wanted)
    await stack.ready(wanted)
    before = await _first_sample(wanted[-1].address)
    await asyncio.to_thread(list, stack.down())
    assert stack.up(wanted) == ["alertmanager", "prometheus"]
    await stack.ready(wanted)
    assert await _first_sample(wanted[-1].address) == before


async def test_an_acknowledgement_survives_a_kill(stack, wanted) -> None:
    """A silence of the last seconds holds after a power cut: Alertmanager alone would save it every 15 minutes."""
    alertmanager = wanted[:1]
    stack.up(alertmanager)
    await stack.ready(alertmanager)
    matcher = {"name": "device", "value": "sw", "isRegex": False, "isEqual": True}
    times = {"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z"}
    silence = {"matchers": [matcher], "createdBy": "anna", "comment": "on it", **times}
    url = f"http://{alertmanager[0].address}/api/v2/silences"
    async with aiohttp.ClientSession() as http:
        async with http.post(url, json=silence) as answer:
            made = (await answer.json())["silenceID"]
        await asyncio.to_thread(_saved, stack.directory / "data" / "alertmanager" / "silences", made.encode())
        await _killed((await stack.status(alertmanager))[0].pid)
        stack.up(alertmanager)
        await stack.ready(alertmanager)
        async with http.get(url) as answer:
            assert [one["id"] for one in await answer.json()] == [made]


async def test_a_configuration_that_prometheus_refuses_is_shown(stack, wanted) -> None:
    """`up` fails with Prometheus's own words."""
    _break(stack.directory / "current" / "prometheus" / "prometheus.yml")
    stack.up(wanted)
    with pytest.raises(StackError, match="not a valid duration string") as caught:
        await stack.ready(wanted)
    assert str(caught.value).startswith("prometheus ended right after its start")


async def test_an_exporter_takes_the_handed_over_socket(stack, address, tmp_path: Path) -> None:
    """Facts serves on the socket that we opened, as icmp does in the lab."""
    settings: dict[str, object] = {"commit": "", "expected_targets": {}, "links": [], "maintenance": []}
    document = {"revision": "0123456789ab", "settings": settings, "targets": {}}
    _write(tmp_path, {"facts.json": json.dumps(document)}, {})
    argv = (sys.executable, "-m", "exporters.main", "facts", "--config", str(tmp_path / "facts.json"))
    part = Part("facts", address(), ("env", *argv, "--web.systemd-socket"), socket=True)
    stack.up([part])
    await stack.ready([part], 20)
    assert [row.ready for row in await stack.status([part])] == [True]


def _saved(path: Path, content: bytes) -> None:
    """Wait until a file holds something."""
    while not path.exists() or content not in path.read_bytes():
        time.sleep(0.1)


async def _killed(pid: int) -> None:
    ended = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(select.select, [ended], [], [])
    os.close(ended)


def _parts(directory: Path) -> list[Part]:
    manifest = read_manifest(directory / "current")
    return parts(Settings("1d", "1d", None, "", "", manifest.endpoints, Apply(directory=directory)), manifest)


def _write(folder: Path, files: dict[str, str], manifest: dict[str, object]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    (folder / "manifest.json").write_text(json.dumps({"files": hashes, **manifest}))


def _break(path: Path) -> None:
    path.write_text(path.read_text().replace("scrape_interval: 1s", "scrape_interval: soon"))


async def _first_sample(address: str) -> float:
    """When the first sample was stored, by Prometheus's own time; waits for one."""
    query = "min_over_time(timestamp(up)[1h:1s])"
    async with aiohttp.ClientSession() as http:
        while True:
            async with http.get(f"http://{address}/api/v1/query", params={"query": query}) as answer:
                result = (await answer.json())["data"]["result"]
            if result:
                return float(result[0]["value"][1])
            await asyncio.sleep(0.1)
