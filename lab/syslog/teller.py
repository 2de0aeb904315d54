"""When devices say something: when something happened to them or to a cable of theirs, now and then, in a flood."""

import asyncio
import heapq
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from lab.snmp.fleet import Fleet
from lab.syslog.voice import End, Voice

QUIET = (120.0, 300.0)
"""Seconds from one routine message of a device to its next, at least and at most."""

MOST_RATE = 50_000.0
_TICK = 0.02  # seconds between two bursts of a flood
_BEHIND = 1.0  # seconds of a flood that are made up for, at most
_STEP = 0.05  # seconds between two things that one fault has to be told
_Cables = dict[frozenset[tuple[str, str]], bool]


@dataclass(slots=True)
class _Flood:
    rate: float
    until: float
    begun: float
    sent: int = 0


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was the case when we looked last."""

    cables: _Cables
    devices: dict[str, tuple[bool, bool, int]]  # a still fan, other credentials, boots


class Teller:
    """Notices what changed, and lets the devices tell it."""

    def __init__(self, voice: Voice, fleet: Fleet, chance: Random) -> None:
        self._voice, self._fleet, self._chance = voice, fleet, chance
        self._floods: dict[str, _Flood] = {}
        self._due: list[tuple[float, str]] = []
        self._wake = asyncio.Event()
        self._seen = self._see()

    def look(self) -> None:
        """Has told what is different from the last look."""
        before, self._seen = self._seen, self._see()
        now = self._seen
        for ends, carries in now.cables.items():
            if before.cables.get(ends, True) != carries:
                self._cable(sorted(ends), up=carries)
        for ends in before.cables.keys() - now.cables.keys():
            if not before.cables[ends]:
                self._cable(sorted(ends), up=True)
        for name in before.devices.keys() & now.devices.keys():
            self._device(name, before.devices[name], now.devices[name])

    def configure(self, name: str) -> None:
        """Has told that someone changed a device's configuration."""
        self._voice.event(name, "config_changed")

    def say(self, name: str, text: str) -> str:
        """Has a device log a text once. Returns the whole message; "" when nobody hears it."""
        return self._voice.say(name, text)

    def link_trap(self, end: End, *, up: bool) -> None:
        """Has a device send linkUp or linkDown once, whatever the interface does."""
        self._voice.link_trap(end, up=up)

    def flood(self, name: str, rate: float, seconds: float | None) -> None:
        """Lets a device log `rate` messages a second, for so long or until it is healed."""
        now = time.monotonic()
        self._floods[name] = _Flood(rate, now + seconds if seconds is not None else float("inf"), now)
        self._wake.set()

    def heal(self, names: Sequence[str]) -> list[str]:
        """Ends floods, all of them when no name is given. Returns whose."""
        ended = [name for name in self._floods if name in names or not names]
        for name in ended:
            del self._floods[name]
        return ended

    def faults(self, name: str) -> list[str]:
        """Returns what `status` says of a device."""
        flood = self._floods.get(name)
        return [f"logs {flood.rate:g} messages/s"] if flood else []

    async def run(self) -> None:
        """Sends what has no cause: a few messages of every device, and floods."""
        while True:
            now = time.monotonic()
            self._quiet(now)
            for name, flood in list(self._floods.items()):
                self._pour(name, flood, now)
            wait = _TICK if self._floods else (self._due[0][0] - now if self._due else QUIET[0])
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.0, wait))
            self._wake.clear()

    def _quiet(self, now: float) -> None:
        names = set(self._voice.names())
        due = [one for one in self._due if one[1] in names]
        known = {name for _, name in due}
        due += [(now + QUIET[1] * self._chance.random(), name) for name in names - known]
        if len(due) != len(self._due) or known != names:
            heapq.heapify(due)
            self._due = due
        while self._due and self._due[0][0] <= now:
            name = self._due[0][1]
            heapq.heapreplace(self._due, (now + self._chance.uniform(*QUIET), name))
            self._voice.routine(name)

    def _pour(self, name: str, flood: _Flood, now: float) -> None:
        until = min(now, flood.until)
        due = round((until - flood.begun) * flood.rate) - flood.sent  # int would lose one to the clock's fraction
        behind = max(0, due - int(flood.rate * _BEHIND))
        flood.sent += due
        for _ in range(due - behind):
            self._voice.routine(name, now=True)
        if now >= flood.until:
            self._floods.pop(name, None)

    def _see(self) -> _Seen:
        conditions = self._fleet.conditions()
        return _Seen(
            self._fleet.cables(), {name: (one.fan, one.community, one.boots) for name, one in conditions.items()}
        )

    def _device(self, name: str, before: tuple[bool, bool, int], now: tuple[bool, bool, int]) -> None:
        if before[0] != now[0]:
            self._voice.event(name, "fan_failed" if now[0] else "fan_restored")
        if before[1] != now[1]:
            self._voice.event(name, "config_changed")
        if before[2] != now[2]:
            self._voice.event(name, "restarted")
            self._voice.cold_start(name, _STEP)

    def _cable(self, ends: Sequence[tuple[str, str]], *, up: bool) -> None:
        """Both ends see it; what they speak over it ends or begins with it."""
        way = "up" if up else "down"
        for end, other in zip(ends, reversed(ends), strict=True):
            peer = other[0] if other != end else ""
            self._voice.event(end[0], f"interface_{way}", end, peer)
            self._voice.link_trap(end, _STEP)
            if protocol := self._voice.protocol(end[0], peer):
                self._voice.event(end[0], f"{protocol}_{way}", end, peer, (20 if up else 1) * _STEP)
