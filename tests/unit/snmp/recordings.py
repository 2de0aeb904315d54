"""Recordings of tests: snmpsim's lines `OID|TAG|VALUE` as what a poll gives."""

from exporters.snmp.oid import Oid
from exporters.snmp.oid import parse as parse_oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import Profile

SYS_DESCR, SYS_OBJECT_ID = (1, 3, 6, 1, 2, 1, 1, 1, 0), (1, 3, 6, 1, 2, 1, 1, 2, 0)


def parse(text: str) -> dict[Oid, Value]:
    """Returns the values by OID: tag 4 is text, 4x hexadecimal, 6 an OID, any other a number."""
    values: dict[Oid, Value] = {}
    for line in text.splitlines():
        name, tag, value = line.split("|", 2)
        if tag == "6":
            values[parse_oid(name)] = parse_oid(value)
        elif tag.startswith("4"):
            values[parse_oid(name)] = bytes.fromhex(value) if tag == "4x" else value.encode()
        else:
            values[parse_oid(name)] = int(value)
    return values


def tables_of(profile: Profile, values: dict[Oid, Value]) -> dict[Oid, dict[Oid, Value]]:
    """Returns what a poll of the profile's columns and scalars gives: index to value."""
    return {
        root: {name[len(root) :]: value for name, value in sorted(values.items()) if name[: len(root)] == root}
        for root in (*profile.columns, *profile.scalars)
    }
