"""A module that another one stands in for where a device lacks what it is for: 32-bit counters for 64-bit ones."""

from dataclasses import dataclass

from exporters.snmp.modules.poll import Poller, Result
from exporters.snmp.visit import Visit


@dataclass(frozen=True, slots=True)
class Fallback:
    """Polls with one module, and with the other, too, where the first gave no samples of a metric (collect.Module).

    Attributes:
        first: Asked always.
        metric: What it is for.
        second: Asked where a device has none of it.
    """

    first: Poller
    metric: str
    second: Poller

    @property
    def name(self) -> str:
        """The first one's."""
        return self.first.name

    async def poll(self, visit: Visit) -> Result:
        """Polls; a device that the first one failed with isn't asked for the second."""
        result = await self.first.poll(visit)
        if self.metric in result.families or (result.failure and result.failure.reason != "no_such_object"):
            return result
        second = await self.second.poll(visit)
        return Result(second.families | result.families, second.failure if result.failure else None)
