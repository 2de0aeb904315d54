"""When operations are looked at again: one timer of the event loop for all of them.

Times are rounded up to steps. No time-out needs to be more exact, and what is due of a thousand silent devices within a
step costs the loop one turn instead of one each. An operation that ended is taken out, and wakes nobody.
"""

import asyncio
import heapq
from collections.abc import Callable
from math import ceil

from exporters.snmp.operation import Operation

STEP_S = 1 / 32  # a fraction that floats hold exactly


class Timers:
    """The times of an engine's operations."""

    def __init__(self, tick: Callable[[int], None]) -> None:
        """Creates it.

        Args:
            tick: Called with the number of the step that it is, when something may be due.
        """
        self._tick = tick
        self._steps: dict[int, dict[Operation, None]] = {}
        self._order: list[int] = []  # a heap; a step may be empty by the time that it comes
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begins."""
        self._loop = loop

    def stop(self) -> None:
        """Forgets everything."""
        self._steps.clear()
        self._order.clear()
        self._loop = None
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def set(self, operation: Operation, when: float) -> None:
        """Has an operation looked at in the step that `when` (monotonic seconds) falls into, and not before.

        It stays where it is when it comes up earlier anyway: `due` then puts it where it belongs, once for many times
        that it was put off, as it is with each answer.
        """
        operation.due = ceil(when / STEP_S)
        if operation.armed is None or operation.due < operation.armed:
            self.clear(operation)
            self._put(operation)

    def clear(self, operation: Operation) -> None:
        """Takes an operation out."""
        if operation.armed is not None:
            self._steps.get(operation.armed, {}).pop(operation, None)
            operation.armed = None

    def due(self, step: int, most: int) -> list[Operation]:
        """Takes out at most `most` operations whose step has come; the others are ticked for at once."""
        found: list[Operation] = []
        while self._order and self._order[0] <= step and len(found) < most:
            waiting = self._steps[self._order[0]]
            while waiting and len(found) < most:
                operation = waiting.popitem()[0]
                operation.armed = None
                if operation.due <= step:
                    found.append(operation)
                else:
                    self._put(operation)
            if not waiting:
                del self._steps[heapq.heappop(self._order)]
        return found

    def _put(self, operation: Operation) -> None:
        step = operation.armed = operation.due
        waiting = self._steps.get(step)
        if waiting is None:
            self._steps[step] = {operation: None}
            heapq.heappush(self._order, step)
            self._set_timer()
        else:
            waiting[operation] = None

    def _set_timer(self) -> None:
        when = self._order[0] * STEP_S
        if self._timer and self._timer.when() <= when:
            return
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._on_timer, self._order[0]) if self._loop else None

    def _on_timer(self, step: int) -> None:
        self._timer = None
        while self._order and not self._steps[self._order[0]]:
            del self._steps[heapq.heappop(self._order)]
        if self._order and self._order[0] <= step:
            self._tick(step)
        if self._order:
            self._set_timer()
