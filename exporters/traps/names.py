"""The addresses of devices that have a host name: looked up at the start, at a reload, and now and then."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable, Mapping

from exporters.kit.log import fields

_AGAIN_S = 300.0
_SOONER_S = 15.0
_AT_ONCE = 16
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


class Names:
    """Looks names up.

    Attributes:
        found: Addresses by name, as last looked up: a name that can't be found keeps what it had.
        failures: Look-ups that failed.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._wanted: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._log = logging.getLogger("traps")
        self._told: set[str] = set()
        self.found: Mapping[str, tuple[str, ...]] = {}
        self.failures = 0

    def want(self, names: Iterable[tuple[str, int]]) -> None:
        """Says which names there are, with the family that counts (4, 6, 0 for either)."""
        self._wanted = dict(names)
        if self._task:
            self.start()

    def start(self) -> None:
        """Begins, or begins again."""
        self.stop()
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Ends."""
        if self._task:
            self._task.cancel()

    async def _run(self) -> None:
        while self._wanted:
            limit = asyncio.Semaphore(_AT_ONCE)
            rows = await asyncio.gather(*[self._look(name, family, limit) for name, family in self._wanted.items()])
            found = {name: addresses or self.found.get(name, ()) for name, addresses in rows}
            if found != self.found:
                self.found = found
                self._on_change()
            await asyncio.sleep(_AGAIN_S if all(found.values()) else _SOONER_S)

    async def _look(self, name: str, family: int, limit: asyncio.Semaphore) -> tuple[str, tuple[str, ...]]:
        async with limit:
            try:
                rows = await asyncio.get_running_loop().getaddrinfo(
                    name, None, family=_FAMILIES.get(family, socket.AF_UNSPEC), type=socket.SOCK_DGRAM
                )
            except OSError as error:
                self.failures += 1
                if name not in self._told:
                    self._told.add(name)
                    self._log.warning(
                        "a device's name can't be looked up; its traps are refused until then",
                        extra=fields(name_=name, error=error.strerror),
                    )
                return name, ()
        self._told.discard(name)
        return name, tuple(sorted({str(row[4][0]) for row in rows}))
