"""Asking the engines, all at once and within a few seconds."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp

from sotpctl.alerts import model
from sotpctl.apply import engines
from sotpctl.apply.engines import Engine, NotRunningError, Running, UnansweredError
from sotpctl.apply.manifest import ApplyError, Manifest, drift, read_manifest
from sotpctl.apply.release import Store
from sotpctl.status import devices, firing
from sotpctl.status.devices import Devices, Sample
from sotpctl.status.firing import Firing
from sotpctl.status.report import Part, Report, Unknown

SECONDS = 4.0  # for all answers; to read them takes up to a second more where 10,000 devices are down
# What a process that has just started may lack yet: Prometheus finds its targets in steps of 5 s.
STARTING_S = 30.0
_AGAIN_S = 0.5
_STARTED = re.compile(r"^process_start_time_seconds (\S+)", re.MULTILINE)
_TITLES = {"prometheus": "Prometheus", "alertmanager": "Alertmanager"}
_T = TypeVar("_T")


async def gather(store: Store, release: str, seconds: float = SECONDS) -> Report:
    """Find out how everything stands.

    Args:
        store: The apply directory.
        release: Its current release.
        seconds: How long it may take; what hasn't answered by then is unknown.

    Raises:
        ApplyError: The release's manifest or a file of it can't be read.
    """
    folder = store.path(release)
    manifest = read_manifest(folder)
    try:
        drifted = drift(folder, manifest)
    except OSError as error:
        raise ApplyError(f"{error.filename or folder}: can't be read: {error.strerror}") from None
    expected = Running(folder, store.since())
    end = asyncio.get_running_loop().time() + seconds
    async with engines.session(seconds + 1) as http:  # our own limit ends first, and says so in its words
        parts, fleet, fires = await asyncio.gather(
            asyncio.gather(*(_part(http, engine, expected, end) for engine in engines.readers(manifest))),
            _asked("prometheus", manifest, end, lambda address: _devices(http, address, folder)),
            _asked("alertmanager", manifest, end, lambda address: _alerts(http, address)),
        )
    commit = str(_mapping(_document(folder, "facts").get("settings")).get("commit", ""))
    return Report(release, store.releases(), expected.since, commit, drifted, parts, fleet, fires)


async def _part(http: aiohttp.ClientSession, engine: Engine, expected: Running, end: float) -> Part:
    """Ask what an engine runs; one that has just started is asked again while there is time."""
    clock = asyncio.get_running_loop()
    part = Part(engine.name, engine.address, "unconfirmed", "it gives no answer in time")
    try:
        async with asyncio.timeout_at(end):
            while True:
                found = await engines.look(http, engine, expected)
                if found.state in ("confirmed", "absent", "restart"):
                    return Part(engine.name, engine.address, found.state, found.why)
                part = Part(engine.name, engine.address, "unconfirmed", found.why)
                if not await _young(http, engine):
                    return part
                part = Part(engine.name, engine.address, "starting", found.why)
                if clock.time() + _AGAIN_S > end:
                    return part
                await asyncio.sleep(_AGAIN_S)
    except TimeoutError:
        return part


async def _young(http: aiohttp.ClientSession, engine: Engine) -> bool:
    try:
        text = await engines.call(http, "GET", engine.address, "/metrics", engine.access)
    except (NotRunningError, UnansweredError):
        return False
    started = _STARTED.search(text)
    try:
        return started is not None and time.time() - float(started[1]) < STARTING_S
    except ValueError:
        return False


async def _asked(name: str, manifest: Manifest, end: float, ask: Callable[[str], Awaitable[_T]]) -> _T | Unknown:
    """Give an engine's answer, or why there is none."""
    address = manifest.endpoints.get(name, "")
    title = f"{_TITLES[name]} ({address})"
    if not address:
        return Unknown(f"the release has no {_TITLES[name]}")
    try:
        async with asyncio.timeout_at(end):
            return await ask(address)
    except NotRunningError:
        return Unknown(f"{title} is not running")
    except UnansweredError as error:
        return Unknown(f"{title}: {error}")
    except TimeoutError:
        return Unknown(f"{title} gives no answer in time")


async def _devices(http: aiohttp.ClientSession, address: str, folder: Path) -> Devices:
    answers = await asyncio.gather(*(_query(http, address, query) for query in devices.QUERIES))
    return devices.read(_mapping(_document(folder, "icmp").get("targets")), *answers)


async def _query(http: aiohttp.ClientSession, address: str, query: str) -> list[Sample]:
    text = await engines.call(http, "GET", address, f"/api/v1/query?query={quote(query)}")
    try:
        result = json.loads(text)["data"]["result"]
        return [({str(k): str(v) for k, v in one["metric"].items()}, float(one["value"][1])) for one in result]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise UnansweredError("what listens there doesn't answer as Prometheus does") from None


async def _alerts(http: aiohttp.ClientSession, address: str) -> Firing:
    text = await engines.call(http, "GET", address, firing.PATH)
    try:
        return firing.read([model.alert(one) for one in json.loads(text)])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise UnansweredError("what listens there doesn't answer as Alertmanager does") from None


def _document(folder: Path, exporter: str) -> dict[str, Any]:
    """Read an exporter's file; {} where it is missing or damaged, which the drift says."""
    try:
        return _mapping(json.loads((folder / "exporters" / f"{exporter}.json").read_bytes()))
    except (OSError, ValueError, RecursionError):
        return {}


def _mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, dict) else {}
