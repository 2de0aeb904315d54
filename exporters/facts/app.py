"""The facts exporter: what the inventory says, as series that rules join with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry

from exporters.facts.exposition import maintenance_text, started_text, static_text
from exporters.facts.maintenance import Window, windows
from exporters.kit.document import Document, member, only


@dataclass(frozen=True, slots=True)
class Facts:
    """A document's facts, rendered.

    Attributes:
        text: What only a reload changes.
        windows: The maintenance windows.
        sites: The sites that each window holds for as a whole.
    """

    text: str
    windows: tuple[Window, ...]
    sites: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class _Windows:
    """What the windows are now, each in its place."""

    is_open: tuple[bool, ...]
    started: tuple[datetime | None, ...]


def service(registry: CollectorRegistry) -> "FactsService":
    """Makes the facts exporter; it has no self-metrics but the kit's."""
    del registry
    return FactsService()


class FactsService:
    """Serves the facts on `/metrics`, beside the self-metrics."""

    name = "facts"

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._facts = Facts("", (), ())
        self._shown: _Windows | None = None  # what `_maintenance` was rendered for
        self._maintenance = ""

    def prepare(self, document: Document) -> Facts:
        """Renders the facts."""
        only(document.settings, ("commit", "expected_targets", "links", "maintenance"), "settings")
        text = static_text(document)
        found = windows(member(document.settings, "maintenance", list, "settings", []))
        return Facts(text, found, tuple([_whole_sites(window, document.targets) for window in found]))

    def swap(self, config: Facts) -> None:
        """Puts them into force."""
        self._facts, self._shown = config, None

    async def start(self) -> None:
        """Needs nothing."""

    async def stop(self) -> None:
        """Holds nothing."""

    def routes(self) -> Sequence[web.RouteDef]:
        """None: everything is on `/metrics`."""
        return ()

    def ready(self) -> str:
        """Is ready as soon as it serves."""
        return ""

    def metrics_text(self) -> str:
        """Returns all facts; maintenance as it is now."""
        now = self._clock()
        shown = _Windows(
            tuple([window.open_at(now) for window in self._facts.windows]),
            tuple([window.started_by(now) for window in self._facts.windows]),
        )
        if shown != self._shown:
            self._maintenance = _maintenance(self._facts, shown)
            self._shown = shown
        return self._facts.text + self._maintenance


def _maintenance(facts: Facts, now: _Windows) -> str:
    devices: dict[str, float] = {}
    sites: dict[str, float] = {}
    for window, whole, start in zip(facts.windows, facts.sites, now.started, strict=True):
        if start:
            at = start.timestamp()
            devices.update({name: max(at, devices.get(name, 0.0)) for name in window.devices})
            sites.update({name: max(at, sites.get(name, 0.0)) for name in whole})
    open_now = [window for window, holds in zip(facts.windows, now.is_open, strict=True) if holds]
    return maintenance_text(name for window in open_now for name in window.devices) + started_text(devices, sites)


def _whole_sites(window: Window, targets: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Returns the sites of which the window leaves out no device."""
    covered = set(window.devices)
    inside: set[str] = set()
    outside = {""}
    for name, target in targets.items():
        (inside if name in covered else outside).add(target.get("labels", {}).get("site", ""))
    return frozenset(inside - outside)
