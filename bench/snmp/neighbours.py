"""LibreNMS's links against our neighbours: by the interface, the neighbour and its port. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporters.snmp.oid import Oid
from exporters.snmp.oid import parse as parse_oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import Sample
from exporters.snmp.profiles.values import text_of

_LLDP_PORT_ID, _LLDP_SYS_DESC = (parse_oid(f"1.0.8802.1.1.2.1.4.1.1.{arc}") for arc in (7, 10))

Values = Mapping[Oid, Value]


def differences(
    samples: Sequence[Sample], values: Values, links: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, str | None, bool]]:
    """Yields of each link what it is, why it isn't ours (None: it is), and whether that is explained."""
    ours = [(labels_of(sample), sample) for sample in samples if sample.name == "device_neighbor_info"]
    for link in links:
        local = link["ifName"] or link["ifDescr"]
        port = re.sub(r" \([0-9a-f]*\)$", "", link["remote_port"] or "")
        there = [
            (row, sample)
            for row, sample in ours
            if row["protocol"] == link["protocol"] and row["ifName"] in (local, link["ifDescr"])
        ]
        here = [(row, sample) for row, sample in there if row["neighbor"] == link["remote_hostname"]]
        reason = None
        if not here:
            why: str | None = f"ours: {[row for row, _ in ours][:3]}"
            if any(_column(values, _LLDP_SYS_DESC, sample) == _plain(link["remote_hostname"]) for _, sample in there):
                reason = "it has no name: theirs is its description, ours its chassis"
        elif any(row["neighbor_ifName"] == port or _is_port(values, sample, port) for row, sample in here):
            why = None
        else:
            why = f"the neighbour's port is {here[0][0]['neighbor_ifName']}"
        what = f"{link['protocol']} {local} → {link['remote_hostname']} {port}"
        yield what, why and (reason or why), reason is not None


def _plain(text: str) -> str:
    """A name or a hardware address without what only separates."""
    return re.sub(r"[ :.-]", "", text).casefold()


def _column(values: Values, column: Oid, sample: Sample) -> str:
    return _plain(text_of(values.get(column + (sample.source[1] if sample.source else ()))))


def _is_port(values: Values, sample: Sample, port: str) -> bool:
    """Whether the neighbour's port has that LLDP id: LibreNMS has it where ours is the interface's name."""
    value = values.get(_LLDP_PORT_ID + (sample.source[1] if sample.source else ()))
    return _plain(port) in (_plain(text_of(value)), value.hex() if isinstance(value, bytes) else "")


def labels_of(sample: Sample) -> dict[str, str]:
    """Returns a sample's labels."""
    return {
        found[1]: found[2].replace('\\"', '"') for found in re.finditer(r'(\w+)="((?:[^"\\]|\\.)*)"', sample.labels)
    }
