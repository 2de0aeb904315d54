"""The facts exporter: what the inventory says, as series that rules join with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web
from prometheus_client import CollectorRegistry

from exporters.facts.exposition import maintenance_text, static_text
from exporters.facts.maintenance import Window, windows
from exporters.kit.document import Document, member, only


@dataclass(frozen=True, slots=True)
class Facts:
    """A document's facts, rendered."""

    text: str
    windows: tuple[Window, ...]


def service(registry: CollectorRegistry) -> "FactsService":
    """Makes the facts exporter; it has no self-metrics but the kit's."""
    del registry
    return FactsService()


class FactsService:
    """Serves the facts on `/metrics`, beside the self-metrics."""

    name = "facts"

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._facts = Facts("", ())
        self._open: tuple[bool, ...] | None = None  # which windows `_maintenance` was rendered for
        self._maintenance = ""

    def prepare(self, document: Document) -> Facts:
        """Renders the facts."""
        only(document.settings, ("commit", "expected_targets", "links", "maintenance"), "settings")
        return Facts(static_text(document), windows(member(document.settings, "maintenance", list, "settings", [])))

    def swap(self, config: Facts) -> None:
        """Puts them into force."""
        self._facts, self._open = config, None

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
        is_open = tuple([window.open_at(now) for window in self._facts.windows])
        if is_open != self._open:
            open_now = [window for window, holds in zip(self._facts.windows, is_open, strict=True) if holds]
            self._maintenance = maintenance_text(name for window in open_now for name in window.devices)
            self._open = is_open
        return self._facts.text + self._maintenance
