"""Reads what a device's profile names, all at once, and says what came of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from exporters.snmp import oid
from exporters.snmp.columns import Table
from exporters.snmp.errors import Failure
from exporters.snmp.modules.text import value_text
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import Profile
from exporters.snmp.visit import Visit
from sotpctl.snmp.ask import Line
from sotpctl.snmp.findings import Findings, examine
from sotpctl.snmp.match import Match, match

_SYS_DESCR: Oid = (1, 3, 6, 1, 2, 1, 1, 1, 0)
_SYS_OBJECT_ID: Oid = (1, 3, 6, 1, 2, 1, 1, 2, 0)
_MOST_S = 120.0  # what reading a whole profile may take


@dataclass(frozen=True, slots=True)
class Seen:
    """A device and its profile.

    Attributes:
        sys_object_id, sys_descr: As it says them; "" where it doesn't.
        match: Its profile.
        findings: What that gives.
        packets: Sent for it.
        seconds: For which the device was waited for.
        failure: Why there may be more than was read.
    """

    sys_object_id: str
    sys_descr: str
    match: Match
    findings: Findings
    packets: int
    seconds: float
    failure: Failure | None


async def look(line: Line, modules: Sequence[str]) -> Seen | Failure:
    """Read a device's profile; a failure where it doesn't even say what it is.

    Args:
        line: To the device.
        modules: Optional parts of the profile that are asked, too: bgp, ospf.
    """
    first = await line.get([_SYS_DESCR, _SYS_OBJECT_ID])
    if first.failure:
        return first.failure
    if not first.found:
        return Failure("no_such_object", "the device has no system group, or doesn't let this auth see it")
    said = {name: binding.value for name, binding in first.found.items()}
    where, descr = _dotted(said.get(_SYS_OBJECT_ID)), value_text(said.get(_SYS_DESCR), "DisplayString")
    found = match(where, descr)
    visit = Visit(line.engine, line.agent, time.monotonic() + _MOST_S)
    tables, failure = await _read(visit, Profile(found.whole, modules))
    findings = examine(found, tables, modules)
    return Seen(where, descr, found, findings, visit.counts.packets + 1, visit.counts.seconds, failure)


async def _read(visit: Visit, profile: Profile) -> tuple[dict[Oid, Table], Failure | None]:
    got, failure = await visit.get(profile.scalars)
    if failure and failure.reason == "no_such_object":
        failure = None
    tables: dict[Oid, Table] = {name: {(): value} for name, value in got.items()}
    groups: dict[Oid, list[Oid]] = {}
    for column in profile.columns:
        groups.setdefault(column[:-1], []).append(column)
    for roots in groups.values():
        came, failed = await visit.walk(roots)
        tables |= came
        failure = failure or failed
        if visit.dead or (failed and failed.reason == "timeout"):
            break
    return tables, failure


def _dotted(value: Value) -> str:
    return oid.text(value) if isinstance(value, tuple) else ""
