"""Whose turn it is. Pure: it counts and queues.

- About `limit` requests may be under way at once: more would only make answers wait in the receive buffer. A request
  counts until its answer, and no longer than the device's answers usually take: a late one is not in the buffer either.
- A device that gave no answer the last time, or was never asked, is owed nothing: it gets its datagram, which counts
  for nobody, and a place among the others when it answers. A fleet of them is asked a few in each turn of the loop, so
  that answers are read meanwhile.
- Devices take turns, an operation each.
"""

from collections import deque

from exporters.snmp.agent import Agent
from exporters.snmp.operation import Operation

KNOCKS = 8  # some 0.5 ms
PATIENCE_S = (0.05, 0.25)

_USUALLY = 4  # times the smoothed delay


class Turns:
    """The devices that wait for their turn.

    Attributes:
        taken: Requests that count against the limit.
    """

    def __init__(self, limit: int) -> None:
        self.taken = 0
        self._limit = limit
        self._answering: deque[Agent] = deque()
        self._silent: deque[Agent] = deque()
        self._knocks = 0

    @property
    def more(self) -> bool:
        """Whether devices wait for the loop's next turn only."""
        return bool(self._silent)

    def enter(self, agent: Agent) -> None:
        """Queues a device."""
        (self._answering if agent.answered else self._silent).append(agent)

    def next(self) -> Agent | None:
        """Returns whose turn it is; None: nobody's."""
        if self._answering and self.taken < self._limit:
            return self._answering.popleft()
        if self._silent and self._knocks < KNOCKS:
            self._knocks += 1
            return self._silent.popleft()
        return None

    def next_turn(self) -> None:
        """The loop turned."""
        self._knocks = 0

    def count(self, operation: Operation, *, counted: bool) -> None:
        """Has an operation's request count, or no longer."""
        if operation.counted != counted:
            operation.counted = counted
            self.taken += 1 if counted else -1


def patience(agent: Agent) -> float:
    """Returns for how many seconds a request to a device counts."""
    least, most = PATIENCE_S
    return min(most, max(least, _USUALLY * agent.delay))
