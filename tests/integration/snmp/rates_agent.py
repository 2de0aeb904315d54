"""Devices whose ports carry a constant rate, and a clock that runs as fast as a test wants."""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bench.snmp.agent import Mib, Responder
from exporters.snmp import pdu
from exporters.snmp.pdu import VarBind

IN_BITS, OUT_BITS = 400_000_000, 40_000_000
_IF = (1, 3, 6, 1, 2, 1, 2, 2, 1)
_IFX = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
_UP_TIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)


class Clock:
    """What `time` is to the exporter and to the loop: the real one, put forward by `ahead` seconds.

    `behind` is how far the wall clock lies in the past: Prometheus takes no samples of the future.
    """

    def __init__(self, behind: float) -> None:
        self.ahead = 0.0
        self._behind = behind

    def monotonic(self) -> float:
        """Like time.monotonic."""
        return time.monotonic() + self.ahead

    def time(self) -> float:
        """Like time.time."""
        return time.time() + self.ahead - self._behind

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def install(self, monkeypatch: pytest.MonkeyPatch, loop: Any) -> None:
        """Makes it the clock of the exporter's modules and of the loop."""
        for name, module in list(sys.modules.items()):
            if name.startswith("exporters.snmp") and getattr(module, "time", None) is time:
                monkeypatch.setattr(module, "time", self)
        monkeypatch.setattr(loop, "time", self.monotonic)


@dataclass
class Device:
    """A device with one port at a constant rate, seen by an agent of ours.

    Attributes:
        wide: Whether it has 64-bit counters.
        if_index: The port's.
        start: What the octet counters had at the boot.
        booted: When it started, seconds of the clock.
        silent: Whether it answers nothing.
        in_bits: Its rate in; out is a tenth.
    """

    wide: bool = True
    if_index: int = 1
    start: int = 0
    booted: float = 0.0
    silent: bool = False
    in_bits: int = IN_BITS
    responder: Responder = field(default_factory=lambda: Responder([]))

    def at(self, now: float) -> None:
        """Has the counters stand as they do at `now`."""
        self.responder.mib = Mib(list(self._varbinds(now - self.booted)))

    def __call__(self, data: bytes) -> bytes | None:
        return None if self.silent else self.responder(data)

    def _varbinds(self, seconds: float) -> Iterable[VarBind]:
        inward = self.start + round(seconds * self.in_bits / 8)
        outward = self.start + round(seconds * self.in_bits / 80)
        name = b"Ethernet1/1"
        yield VarBind(_UP_TIME, pdu.TIME_TICKS, round(seconds * 100))
        for column, kind, value in (
            (2, 4, name),
            (5, pdu.GAUGE32, 1_000_000_000),
            (7, 2, 1),
            (8, 2, 1),
            (10, pdu.COUNTER32, inward % 2**32),
            (16, pdu.COUNTER32, outward % 2**32),
        ):
            yield VarBind((*_IF, column, self.if_index), kind, value)
        wide = ((6, pdu.COUNTER64, inward), (10, pdu.COUNTER64, outward), (15, pdu.GAUGE32, 1000))
        for column, kind, value in ((1, 4, name), *(wide if self.wide else ())):
            yield VarBind((*_IFX, column, self.if_index), kind, value)
