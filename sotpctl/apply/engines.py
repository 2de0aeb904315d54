"""The engines and exporters that a release concerns: how each is told to reload, and how it confirms.

A reload that answered 200 proves nothing by itself (Prometheus's can leave half of it), so each engine is asked over
its API what it runs, and since when.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import aiohttp

from sotpctl.apply import subset
from sotpctl.apply.access import PLAIN, Access
from sotpctl.apply.answers import ours, parsed_json, parsed_yaml, shape
from sotpctl.apply.client import REQUEST_S, NotRunningError, RestartNeededError, UnansweredError, call, session
from sotpctl.apply.loki import Loki
from sotpctl.apply.manifest import Manifest

__all__ = [
    "LOOK_S",
    "REQUEST_S",
    "Alertmanager",
    "Engine",
    "Exporter",
    "NotRunningError",
    "Outcome",
    "Prometheus",
    "Running",
    "UnansweredError",
    "call",
    "confirm",
    "look",
    "readers",
    "reload",
    "session",
]

LOOK_S = 10.0  # a question is answered sooner than a reload
_POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one engine stands: `why` is for people, empty when confirmed. `restart`: a reload isn't enough."""

    name: str
    address: str
    state: Literal["confirmed", "absent", "refused", "unconfirmed", "restart"]
    why: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.address}): {self.why or self.state}"


@dataclass(frozen=True, slots=True)
class Running:
    """What an engine must show: the release's folder, and when `current` was pointed at it (Unix seconds)."""

    release: Path
    since: float


class Engine(Protocol):
    """One process that reads the release."""

    @property
    def name(self) -> str:
        """Its name, as in the inventory's endpoints."""

    @property
    def address(self) -> str:
        """host:port of its HTTP."""

    @property
    def access(self) -> Access:
        """How its HTTP is reached."""

    async def difference(self, http: aiohttp.ClientSession, expected: Running) -> str:
        """Say what it doesn't run, "" when it runs all; raises NotRunningError, RestartNeededError, UnansweredError."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Prometheus: configuration, rules and targets, by its HTTP API v1."""

    address: str
    targets: Mapping[str, int]
    name: str = "prometheus"
    access: Access = PLAIN

    async def difference(self, http: aiohttp.ClientSession, expected: Running) -> str:
        """Compare its configuration, its rules and the targets of every job with the release."""
        folder = expected.release / "prometheus"
        config = ours(folder / "prometheus.yml")
        with shape(self.name):
            return (
                await self._elsewhere(http, expected.release)
                or await _stale(http, self.address, self.name, expected.since)
                or await self._config(http, config)
                or await self._rules(http, folder, config)
                or await self._targets(http)
            )

    async def _elsewhere(self, http: aiohttp.ClientSession, release: Path) -> str:
        """Say so when it was started for another SOTP: two that share the default ports, `make demo` and one's own."""
        try:
            read = Path((await self._get(http, "status/flags"))["config.file"])
        except UnansweredError:
            return ""  # the next question finds that
        if _same(read, release.parents[1] / "current" / "prometheus" / "prometheus.yml"):
            return ""
        return f"another SOTP's has this port, it reads {read}: stop that one, or change settings.endpoints"

    async def _config(self, http: aiohttp.ClientSession, config: Mapping[str, Any]) -> str:
        running = parsed_yaml((await self._get(http, "status/config"))["yaml"])
        return next(subset.missing(config, running), "")

    async def _rules(self, http: aiohttp.ClientSession, folder: Path, config: Mapping[str, Any]) -> str:
        answer = await self._get(http, "rules?exclude_alerts=true")
        running = {
            (Path(group["file"]).name, group["name"]): [rule["name"] for rule in group["rules"]]
            for group in answer["groups"]
        }
        for group, names in _rule_groups(folder, config):
            if running.pop(group, None) != names:
                return f"rule group {group[1]} of {group[0]} is not what it evaluates"
        return "".join(f"it still evaluates {name} of {file}" for file, name in sorted(running)[:1])

    async def _targets(self, http: aiohttp.ClientSession) -> str:
        found = (await self._get(http, "targets?state=active"))["activeTargets"]
        for job, number in sorted(self.targets.items()):
            have = sum(target["scrapePool"] == job for target in found)
            if have != number:
                return f"job {job} has {have} targets, rendered are {number}"
        return ""

    async def _get(self, http: aiohttp.ClientSession, path: str) -> Any:  # noqa: ANN401 - JSON
        return parsed_json(await call(http, "GET", self.address, f"/api/v1/{path}"))["data"]


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """Alertmanager, by its API v2. Its templates show only in when it read them."""

    address: str
    name: str = "alertmanager"
    access: Access = PLAIN

    async def difference(self, http: aiohttp.ClientSession, expected: Running) -> str:
        """Compare its configuration with the release's."""
        config = ours(expected.release / "alertmanager" / "alertmanager.yml")
        with shape(self.name):
            if stale := await _stale(http, self.address, self.name, expected.since):
                return stale
            answer = parsed_json(await call(http, "GET", self.address, "/api/v2/status"))
            return next(subset.missing(config, parsed_yaml(answer["config"]["original"])), "")


@dataclass(frozen=True, slots=True)
class Exporter:
    """An exporter of SOTP's, by the revision on its /metrics."""

    name: str
    address: str
    revision: str
    access: Access = PLAIN

    async def difference(self, http: aiohttp.ClientSession, expected: Running) -> str:  # noqa: ARG002 - Engine's
        """Compare the revision it runs with the manifest's."""
        text = await call(http, "GET", self.address, "/metrics", self.access)
        found = re.search(r'^sotp_exporter_config_info\{[^}]*revision="([^"]*)"', text, re.MULTILINE)
        if found is None:
            raise UnansweredError(
                "what listens there is no exporter of SOTP's: no sotp_exporter_config_info on /metrics"
            )
        return "" if found[1] == self.revision else f"it runs revision {found[1]}, rendered is {self.revision}"


def readers(manifest: Manifest) -> list[Engine]:
    """Give everything that reads the release: exporters first, so that what Prometheus finds is there."""
    found: list[Engine] = [
        Exporter(name, manifest.endpoints[name], revision, manifest.web)
        for name, revision in sorted(manifest.exporters.items())
    ]
    if "alertmanager/alertmanager.yml" in manifest.files:
        found.append(Alertmanager(manifest.endpoints["alertmanager"]))
    if "prometheus/prometheus.yml" in manifest.files:
        found.append(Prometheus(manifest.endpoints["prometheus"], manifest.targets))
    if manifest.loki_rules:
        found.append(Loki(manifest.endpoints["loki"]))
    return found


async def reload(http: aiohttp.ClientSession, engine: Engine) -> Outcome:
    """Tell one engine to read its files again; Loki, which has no reload, is asked for what it reads."""
    try:
        if isinstance(engine, Loki):
            await engine.told(http)
        else:
            await call(http, "POST", engine.address, "/-/reload", engine.access)
    except NotRunningError:
        return Outcome(engine.name, engine.address, "absent", "not running")
    except UnansweredError as error:
        return Outcome(engine.name, engine.address, "refused", str(error))
    return Outcome(engine.name, engine.address, "unconfirmed")


async def look(http: aiohttp.ClientSession, engine: Engine, expected: Running) -> Outcome:
    """Ask one engine once what it runs."""
    try:
        why = await engine.difference(http, expected)
    except NotRunningError:
        return Outcome(engine.name, engine.address, "absent", "not running")
    except RestartNeededError as error:
        return Outcome(engine.name, engine.address, "restart", str(error))
    except UnansweredError as error:
        why = str(error)
    return Outcome(engine.name, engine.address, "unconfirmed" if why else "confirmed", why)


async def confirm(http: aiohttp.ClientSession, engine: Engine, expected: Running, seconds: float) -> Outcome:
    """Ask one engine until it runs the release, or the time is over: discovery and loading take a moment."""
    clock = asyncio.get_running_loop()
    end = clock.time() + seconds
    why = "no answer"
    while True:
        try:
            async with asyncio.timeout_at(end):
                outcome = await look(http, engine, expected)
                if outcome.state in {"confirmed", "restart"}:
                    return outcome
                why = "stopped answering after the reload" if outcome.state == "absent" else outcome.why
                await asyncio.sleep(_POLL_S)
        except TimeoutError:
            return Outcome(engine.name, engine.address, "unconfirmed", f"{why} (waited {seconds:g} s)")


def _same(read: Path, ours: Path) -> bool:
    """Whether an engine's file is ours; a path that isn't here is one in a container, and taken for ours."""
    try:
        return not read.is_absolute() or read.samefile(ours)
    except OSError:
        return True


async def _stale(http: aiohttp.ClientSession, address: str, engine: str, since: float) -> str:
    """Say so when the engine last read its files before `current` was swapped, or failed to."""
    text = await call(http, "GET", address, "/metrics")
    successful = re.search(rf"^{engine}_config_last_reload_successful (\S+)", text, re.MULTILINE)
    stamp = re.search(rf"^{engine}_config_last_reload_success_timestamp_seconds (\S+)", text, re.MULTILINE)
    if successful is None or stamp is None:
        raise UnansweredError(
            f"what listens there is no {engine}: no {engine}_config_last_reload_successful on /metrics"
        )
    if float(successful[1]) != 1:
        return "its last reload failed; its log says why"
    return "" if float(stamp[1]) >= since else "it hasn't read its files since the release became current"


def _rule_groups(folder: Path, config: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    for pattern in config.get("rule_files", []):
        for path in sorted(folder.glob(pattern)):
            for group in ours(path).get("groups", []):
                names = [rule.get("record") or rule["alert"] for rule in group.get("rules", [])]
                yield (path.name, group["name"]), names
