"""Names to addresses, again and again: every minute, and soon after a failure of the name or of the device behind it.

A lookup runs in a thread of its own: a resolver that hangs neither holds up the loop nor the end of the process.
At most `_AT_ONCE` threads live; while all hang, the last good addresses stay in use.
"""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Mapping

from exporters.icmp.pinger import Target
from exporters.icmp.targets import Destination, literal
from exporters.kit.log import fields

AGAIN_S = 60.0
SOON_S = 5.0  # after a failure, and the least time between two lookups of a name

_AT_ONCE = 16

Lookup = Callable[[str, int], list[str]]

log = logging.getLogger("icmp")


def system_lookup(name: str, family: int) -> list[str]:
    """Asks the system's resolver; blocks.

    Returns:
        Addresses, the preferred first.

    Raises:
        OSError: There is none, or the resolver failed.
    """
    found = socket.getaddrinfo(name, None, socket.AddressFamily(family), socket.SOCK_DGRAM)
    return list(dict.fromkeys([str(address[0]) for *_, address in found]))


class Resolver:
    """Keeps the destinations of all targets that are names.

    Attributes:
        failures: Lookups that failed.
    """

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self.failures = 0
        self._lookup = lookup
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._early: dict[str, asyncio.Event] = {}

    def watch(self, targets: Mapping[str, Target]) -> None:
        """Follows the names among `targets`, and no others any more."""
        named = {name: target for name, target in targets.items() if target.spec.destination is None}
        for name in self._tasks.keys() - named.keys():
            self._tasks.pop(name).cancel()
            self._early.pop(name)
        for name, target in named.items():
            if name not in self._tasks:
                self._early[name] = asyncio.Event()
                self._tasks[name] = asyncio.create_task(self._follow(target, self._early[name]))
            elif target.destination is None:
                self._early[name].set()

    def hurry(self, target: Target) -> None:
        """Looks a target's name up soon: it doesn't answer."""
        event = self._early.get(target.spec.name)
        if event:
            event.set()

    async def stop(self) -> None:
        """Ends everything; a lookup that hangs is left behind."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def resolve(self, name: str, family: int) -> Destination:
        """Looks a name up once.

        Raises:
            OSError: There is no address of the family (0: any), or the resolver failed.
        """
        await self._slots.acquire()
        for address in await _in_thread(self._lookup, name, family, self._slots.release):
            destination = literal(address)
            if destination and family in {0, destination.family}:
                return destination
        raise OSError("no address")

    async def _follow(self, target: Target, early: asyncio.Event) -> None:
        failed = False
        while True:
            asked = target.spec.address, target.spec.family
            try:
                destination = await self.resolve(*asked)
            except OSError as error:
                self.failures += 1
                if not failed:
                    log.warning("name not resolved", extra=fields(device=target.spec.name, name=asked[0], error=error))
                failed = True
            else:
                failed = False
                if asked == (target.spec.address, target.spec.family):  # else a reload changed it meanwhile
                    target.destination = destination
            early.clear()
            if asked != (target.spec.address, target.spec.family):
                continue
            await asyncio.sleep(SOON_S)
            if not failed:
                try:
                    await asyncio.wait_for(early.wait(), AGAIN_S - SOON_S)
                except TimeoutError:
                    continue


async def _in_thread(lookup: Lookup, name: str, family: int, done: Callable[[], None]) -> list[str]:
    """Runs a lookup in a daemon thread; pools' threads would be waited for at exit. `done` is called when it ended."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[str]] = loop.create_future()

    def settle(result: list[str], error: OSError | None) -> None:
        done()
        if not future.done():
            if error:
                future.set_exception(error)
            else:
                future.set_result(result)

    def run() -> None:
        result: list[str] = []
        failure: OSError | None = None
        try:
            result = lookup(name, family)
        except OSError as error:
            failure = error
        except UnicodeError as error:  # a name that IDNA can't encode
            failure = OSError(str(error))
        try:
            loop.call_soon_threadsafe(settle, result, failure)
        except RuntimeError:
            return  # the loop ended meanwhile

    threading.Thread(target=run, name=f"resolve {name}", daemon=True).start()
    return await future
