"""Whether a v3 message is new: boots and time of the sender's engine only go forward (RFC 3414 §3.2 7b). Pure.

pysnmp stores a message's own boots and time before it compares them, so that it would take a recorded trap again.
"""

from collections import OrderedDict
from dataclasses import dataclass

_LATE_S = 150
_LAST_BOOTS = 2**31 - 1


@dataclass(slots=True)
class _Clock:
    boots: int
    time: int
    heard: float


class Windows:
    """The clocks of the engines that were authenticated, a bounded number; who was silent longest is forgotten."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._clocks: OrderedDict[tuple[str, bytes], _Clock] = OrderedDict()

    def holds(self, device: str, engine_id: bytes, boots: int, time: int, now: float) -> bool:
        """Whether an authenticated message is in time; if so, its clock is the engine's from now on.

        Args:
            device: Who sent it: cloned devices share an engine ID, and each has its own clock.
            engine_id: The authoritative engine's.
            boots: Its snmpEngineBoots.
            time: Its snmpEngineTime, seconds.
            now: Monotonic seconds.
        """
        key = (device, engine_id)
        known = self._clocks.get(key)
        if boots >= _LAST_BOOTS:
            return False
        if known is None or boots > known.boots:
            self._clocks[key] = _Clock(boots, time, now)
        elif boots < known.boots or time < known.time + int(now - known.heard) - _LATE_S:
            return False
        elif time > known.time:
            known.time, known.heard = time, now
        self._clocks.move_to_end(key)
        if len(self._clocks) > self._most:
            self._clocks.popitem(last=False)
        return True
