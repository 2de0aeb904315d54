"""Names to addresses, again and again: every minute, and soon after a failure of the name or of the device behind it.

At most `_AT_ONCE` look-ups run at a time; while all of them hang, the last good addresses stay in use.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping

from exporters.kit.log import fields
from exporters.kit.lookup import Lookup, in_thread, system_lookup

AGAIN_S = 60.0
SOON_S = 5.0  # after a failure, and the least time between two look-ups of a name

_AT_ONCE = 16
_TOGETHER_S = 0.1

Asked = tuple[str, int]  # a name; AF_INET, AF_INET6 or 0 for any


class Names:
    """Follows the names of devices.

    Attributes:
        failures: Look-ups that failed.
    """

    def __init__(
        self, on_found: Callable[[str, list[str]], None], log: logging.Logger, lookup: Lookup = system_lookup
    ) -> None:
        """Takes what is done with addresses.

        Args:
            on_found: Called with a device and its addresses (the preferred first) after each look-up that was good;
                an OSError of it is a failure of the look-up.
            log: Where a device's first failure in a row is told.
            lookup: How names are resolved.
        """
        self.failures = 0
        self._on_found, self._log, self._lookup = on_found, log, lookup
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._asked: dict[str, Asked] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._early: dict[str, asyncio.Event] = {}

    def want(self, asked: Mapping[str, Asked]) -> None:
        """Follows these names, by device, and no others any more; in a running loop."""
        for device in [one for one, old in self._asked.items() if asked.get(one) != old]:
            self._tasks.pop(device).cancel()
            del self._early[device]
        for device in asked.keys() - self._tasks.keys():
            self._early[device] = asyncio.Event()
            self._tasks[device] = asyncio.create_task(self._follow(device, *asked[device], self._early[device]))
        self._asked = dict(asked)

    def hurry(self, device: str) -> None:
        """Looks a device's name up soon: it doesn't answer, or has no address yet."""
        if device in self._tasks:
            self._early[device].set()

    async def stop(self) -> None:
        """Ends everything; a look-up that hangs is left behind."""
        tasks = list(self._tasks.values())
        self.want({})
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self, name: str, family: int) -> list[str]:
        """Looks a name up once, as `in_thread` does, when its turn comes."""
        await self._slots.acquire()
        return await in_thread(self._lookup, name, family, self._slots.release)

    async def _follow(self, device: str, name: str, family: int, early: asyncio.Event) -> None:
        failed = False
        while True:
            try:
                self._on_found(device, await self.look(name, family))
            except OSError as error:
                self.failures += 1
                if not failed:
                    self._log.warning("name not resolved", extra=fields(device=device, name=name, error=error))
                failed = True
            else:
                failed = False
            early.clear()
            await asyncio.sleep(SOON_S)
            if not failed:
                try:
                    await asyncio.wait_for(early.wait(), AGAIN_S - SOON_S)
                except TimeoutError:
                    continue


class SenderNames:
    """The addresses from which devices with a host name may send.

    Attributes:
        found: Addresses by device, as last looked up: a name that can't be looked up keeps what it had.
    """

    def __init__(self, on_change: Callable[[], None], log: logging.Logger, lookup: Lookup = system_lookup) -> None:
        """Takes what is called when addresses changed: once for those that change at about the same time."""
        self.found: dict[str, tuple[str, ...]] = {}
        self._on_change = on_change
        self._wanted: dict[str, Asked] = {}
        self._names = Names(self._found, log, lookup)
        self._timer: asyncio.TimerHandle | None = None

    @property
    def failures(self) -> int:
        """How many look-ups failed."""
        return self._names.failures

    def want(self, asked: Iterable[tuple[str, Asked]]) -> None:
        """Follows these devices' names, and forgets the addresses of all others; in a running loop."""
        before, self._wanted = self._wanted, dict(asked)
        self._names.want(self._wanted)
        kept = {device for device, one in self._wanted.items() if before.get(device) == one}
        self.found = {device: addresses for device, addresses in self.found.items() if device in kept}

    async def stop(self) -> None:
        """Ends everything."""
        if self._timer:
            self._timer.cancel()
        await self._names.stop()

    def _found(self, device: str, addresses: list[str]) -> None:
        new = tuple(sorted(addresses))
        if new == self.found.get(device):
            return
        self.found[device] = new
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TOGETHER_S, self._changed)

    def _changed(self) -> None:
        self._timer = None
        self._on_change()
