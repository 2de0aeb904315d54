"""What a poll of a recorded device gives: its values, and of them the columns and scalars of a profile."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from bench.snmp import snmprec
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value

Tables = dict[Oid, dict[Oid, Value]]


def read(path: Path) -> dict[Oid, Value]:
    """Returns a recording's values by OID."""
    return {varbind.oid: varbind.value for varbind in snmprec.read(path) or ()}


def tables(values: Mapping[Oid, Value], wanted: Iterable[Oid]) -> Tables:
    """Returns the columns and scalars that are wanted, as a poll gives them: index to value."""
    roots = set(wanted)
    lengths = sorted({len(root) for root in roots}, reverse=True)
    found: Tables = {root: {} for root in roots}
    for name in sorted(values):
        for length in lengths:
            if name[:length] in found:
                found[name[:length]][name[length:]] = values[name]
                break
    return found
