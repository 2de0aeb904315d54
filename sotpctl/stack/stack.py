"""Bringing the stack up and down, and saying how it stands."""

import asyncio
import os
import socket
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import aiohttp

from lab import bind
from sotpctl.apply import engines
from sotpctl.apply.access import PLAIN, Access
from sotpctl.stack import ports, process
from sotpctl.stack.parts import Part, StackError, ready_path
from sotpctl.stack.process import Process

READY_S = 120.0  # Prometheus replays its write-ahead log first
_STOP_S = 20.0
_POLL_S = 0.1
_SHOWN = 15  # lines of the culprit's log


@dataclass(frozen=True, slots=True)
class Status:
    """How one part stands; `pid` is None where it doesn't run, `why` says why it isn't ready."""

    name: str
    pid: int | None
    address: str
    state: Literal["running", "died", "stopped"]
    ready: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """The processes below one apply directory."""

    directory: Path

    def log(self, name: str) -> Path:
        """Where a part's output goes."""
        return self.directory / "logs" / f"{name}.log"

    def known(self) -> dict[str, Process]:
        """Every process that an `up` started and no `down` ended, the one started last first."""
        found = ((path.stat().st_mtime_ns, path.stem, process.read(path)) for path in self._run.glob("*.json"))
        return {name: known for _, name, known in sorted(found, key=lambda row: row[0], reverse=True) if known}

    def up(self, wanted: Sequence[Part], secret: Collection[str] = ()) -> list[str]:
        """Start what doesn't run, restart what runs with other arguments; give the names of what was started.

        Args:
            wanted: The parts that should run.
            secret: The environment variables that hold secrets: no part inherits them, each reads files of `apply`'s.

        Raises:
            StackError: A port is taken, here or in the lab's network; nothing was started.
        """
        known = self.known()
        starting = [part for part in wanted if not self._runs(part, known.get(part.name))]
        for part in starting:
            if part.name in known:
                process.stop(known[part.name], _STOP_S)
        sockets, inside = _listen(starting)
        environ = {name: value for name, value in os.environ.items() if name not in secret}
        try:
            for part in starting:
                (self.directory / "data" / part.name).mkdir(parents=True, exist_ok=True)
                listening = sockets[part.name]
                if not part.socket:
                    listening.close()  # free again: the process opens it itself
                handed = [("http", listening)] if part.socket else inside.get(part.name, [])
                started = process.start(part.argv, part.address, self.log(part.name), handed, environ)
                process.write(self._state(part.name), started)
        finally:
            _close(sockets, inside)
        return [part.name for part in starting]

    async def ready(self, wanted: Sequence[Part], seconds: float = READY_S) -> None:
        """Wait until every part says that it is ready.

        Raises:
            StackError: One ended or didn't get there in time; with the end of its log.
        """
        async with engines.session() as http:
            problems = await asyncio.gather(*(self._ready(http, part, seconds) for part in wanted))
        found = [problem for problem in problems if problem]
        if found:
            raise StackError("\n".join(found))

    def down(self) -> Iterator[str]:
        """End every process, the one started last first; yield each name when it has ended. Data stay."""
        for name, known in self.known().items():
            process.stop(known, _STOP_S)
            self._state(name).unlink(missing_ok=True)
            yield name

    async def status(self, wanted: Sequence[Part]) -> list[Status]:
        """Say how each part of the release stands, and each process that is left from another one."""
        known = self.known()
        addresses = {part.name: part.address for part in wanted}
        access = {part.name: part.access for part in wanted}
        addresses |= {name: old.address for name, old in known.items()}
        async with engines.session() as http:
            rows = (
                _status(http, name, address, known.get(name), access.get(name, PLAIN))
                for name, address in addresses.items()
            )
            return list(await asyncio.gather(*rows))

    def tail(self, name: str, lines: int) -> list[str]:
        """Give the last lines of a part's log."""
        try:
            with self.log(name).open("rb") as stream:
                stream.seek(max(0, stream.seek(0, os.SEEK_END) - 400 * lines))
                return stream.read().decode(errors="replace").splitlines()[-lines:]
        except FileNotFoundError:
            return []

    @property
    def _run(self) -> Path:
        return self.directory / "run"

    def _state(self, name: str) -> Path:
        return self._run / f"{name}.json"

    def _runs(self, part: Part, known: Process | None) -> bool:
        return known is not None and known.alive and known.argv == part.argv

    async def _ready(self, http: aiohttp.ClientSession, part: Part, seconds: float) -> str:
        """Wait for one part; "" when it is ready, else what happened."""
        started = process.read(self._state(part.name))
        end = asyncio.get_running_loop().time() + seconds
        while True:
            if started is None or not started.alive:
                return self._culprit(part, "ended right after its start")
            why = await _unready(http, part.name, part.address, part.access)
            if not why:
                return ""
            if asyncio.get_running_loop().time() > end:
                return self._culprit(part, f"isn't ready after {seconds:g} s: {why}")
            await asyncio.sleep(_POLL_S)

    def _culprit(self, part: Part, what: str) -> str:
        shown = "\n".join(f"  {line}" for line in self.tail(part.name, _SHOWN))
        return f"{part.name} {what}; the end of {self.log(part.name)}:\n{shown}"


_Inside = dict[str, list[tuple[str, socket.socket]]]


def _listen(starting: Sequence[Part]) -> tuple[dict[str, socket.socket], _Inside]:
    """Open every port at once: all that are taken are said together, and two parts can't want the same."""
    opened: dict[str, socket.socket] = {}
    inside: _Inside = {}
    problems: list[str] = []
    for part in starting:
        try:
            opened[part.name] = ports.listen(part.address)
            if part.inside:
                inside[part.name] = bind.inside(part.enter, part.inside)
        except (StackError, bind.BindError) as error:
            problems.append(f"{part.name}: {error}")
    if problems:
        _close(opened, inside)
        raise StackError("\n".join([*problems, "nothing was started"]))
    return opened, inside


def _close(opened: dict[str, socket.socket], inside: _Inside) -> None:
    """Close what is ours; who got one has its own."""
    for one in (*opened.values(), *(one for handed in inside.values() for _, one in handed)):
        one.close()


async def _status(
    http: aiohttp.ClientSession, name: str, address: str, known: Process | None, access: Access
) -> Status:
    if known is None:
        return Status(name, None, address, "stopped", ready=False)
    if not known.alive:
        return Status(name, None, address, "died", ready=False, why="`sotpctl stack up` starts it again")
    why = await _unready(http, name, address, access)
    return Status(name, known.pid, address, "running", ready=not why, why=why)


async def _unready(http: aiohttp.ClientSession, name: str, address: str, access: Access) -> str:
    try:
        await engines.call(http, "GET", address, ready_path(name), access)
    except engines.NotRunningError:
        return "it doesn't listen yet"
    except engines.UnansweredError as error:
        return str(error)
    return ""
