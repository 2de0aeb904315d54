"""Polls an agent that serves recordings, with the engine, as the exporter would: what `truth` compares then."""

import asyncio
import time
from collections.abc import Callable, Iterable

import click

from bench.snmp.comparison import PORT_COLUMNS, Poll
from exporters.snmp.agent import Agent, Sockaddr
from exporters.snmp.engine import Engine
from exporters.snmp.oid import Oid
from exporters.snmp.oid import text as dotted
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import match
from exporters.snmp.profiles.values import text_of
from exporters.snmp.session import Community
from exporters.snmp.visit import Visit

_SYSTEM = tuple((1, 3, 6, 1, 2, 1, 1, arc, 0) for arc in (1, 2, 3, 5))
_SYS_DESCR, _SYS_OBJECT_ID = _SYSTEM[:2]
_MOST_S = 300.0


def agent(address: str) -> Callable[[str], Poll]:
    """Returns what polls a recording by its name, of the agent at HOST:PORT."""
    host, _, port = address.rpartition(":")
    return lambda name: asyncio.run(_poll((host, int(port)), name))


async def _poll(sockaddr: Sockaddr, name: str) -> Poll:
    engine = Engine()
    engine.start()
    try:
        device = Agent(sockaddr, Community("2c", name))
        visit = Visit(engine, device, time.monotonic() + _MOST_S)
        visit.tune()
        system, failure = await visit.get(_SYSTEM)
        if failure and not system:
            raise click.ClickException(f"{name}: {failure.reason}: {failure.detail}")
        named = system.get(_SYS_OBJECT_ID)
        profile = match(dotted(named) if isinstance(named, tuple) else "", text_of(system.get(_SYS_DESCR)))
        profile = profile.select(["bgp", "ospf"])
        scalars, _ = await visit.get(dict.fromkeys((*_SYSTEM, *profile.scalars)))
        tables: dict[Oid, dict[Oid, Value]] = {oid: {(): value} for oid, value in scalars.items()}
        for roots in _groups((*profile.columns, *PORT_COLUMNS)):
            found, failure = await visit.walk(roots)
            if failure:
                click.echo(f"{name}: {dotted(roots[0])}: {failure.reason}: {failure.detail}", err=True)
            tables |= found
        return profile, tables
    finally:
        engine.stop()


def _groups(columns: Iterable[Oid]) -> Iterable[list[Oid]]:
    """Those of one table together."""
    groups: dict[Oid, list[Oid]] = {}
    for column in dict.fromkeys(columns):
        groups.setdefault(column[:-1], []).append(column)
    return groups.values()
