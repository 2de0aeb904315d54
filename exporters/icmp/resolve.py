"""Destinations of targets that are names: looked up every minute, and soon when a device doesn't answer."""

import logging
from collections.abc import Mapping

from exporters.icmp.target import Target
from exporters.icmp.targets import Destination, literal
from exporters.kit.lookup import Lookup, system_lookup
from exporters.kit.names import Names

log = logging.getLogger("icmp")


class Resolver:
    """Keeps the destinations of all targets that are names."""

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self._targets: Mapping[str, Target] = {}
        self._names = Names(self._found, log, lookup)

    @property
    def failures(self) -> int:
        """How many look-ups failed."""
        return self._names.failures

    def watch(self, targets: Mapping[str, Target]) -> None:
        """Follows the names among `targets`, and no others any more."""
        self._targets = {name: target for name, target in targets.items() if target.spec.destination is None}
        self._names.want({name: (one.spec.address, one.spec.family) for name, one in self._targets.items()})
        for target in self._targets.values():
            if target.destination is None:
                self.hurry(target)

    def hurry(self, target: Target) -> None:
        """Looks a target's name up soon: it doesn't answer."""
        self._names.hurry(target.spec.name)

    async def stop(self) -> None:
        """Ends everything; a look-up that hangs is left behind."""
        await self._names.stop()

    async def resolve(self, name: str, family: int) -> Destination:
        """Looks a name up once.

        Raises:
            OSError: There is no address of the family (0: any), or the resolver failed.
        """
        return _preferred(await self._names.look(name, family))

    def _found(self, device: str, addresses: list[str]) -> None:
        self._targets[device].destination = _preferred(addresses)


def _preferred(addresses: list[str]) -> Destination:
    destination = next(filter(None, map(literal, addresses)), None)
    if destination is None:
        raise OSError("no address")
    return destination
