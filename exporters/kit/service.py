"""What the kit asks of an exporter."""

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

from aiohttp import web

from exporters.kit.document import Document

Config = TypeVar("Config")


class StartError(Exception):
    """An exporter can't start; the text says what is wrong and how it is put right."""


class Service(Protocol[Config]):
    """One exporter, as `run.run` drives it.

    The order of calls is `prepare`, `swap`, `start`, then any number of `prepare` and `swap`, then `stop`.

    Attributes:
        name: A row of `ports.EXPORTERS`; also the name of its logger.
    """

    name: str

    def prepare(self, document: Document) -> Config:
        """Builds everything that the document asks for, and changes nothing.

        It is called in a thread, so that requests go on being answered meanwhile.

        Raises:
            ConfigError: The document can't be used.
        """
        ...

    def swap(self, config: Config) -> None:
        """Puts what was built into force. It can't fail, and runs in the event loop."""
        ...

    async def start(self) -> None:
        """Opens sockets and starts tasks.

        Raises:
            StartError: It can't; with the fix.
        """
        ...

    async def stop(self) -> None:
        """Ends tasks and closes sockets; no request is in flight any more."""
        ...

    def routes(self) -> Sequence[web.RouteDef]:
        """The paths that the exporter serves besides the kit's own."""
        ...

    def ready(self) -> str:
        """Why it can't serve yet, or "" when it can."""
        ...


@runtime_checkable
class OnMetrics(Protocol):
    """A service whose own families stand on `/metrics` beside the self-metrics (facts)."""

    def metrics_text(self) -> str:
        """Families in the text format, each with its header, ending in a newline."""
        ...
