"""Compares the samples of one recording with what LibreNMS has of it. Pure but for the files."""

import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.snmp import recording
from exporters.snmp.oid import Oid
from exporters.snmp.oid import parse as parse_oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import Profile, Sample, match, samples
from exporters.snmp.profiles.values import text_of

KINDS = ("ports", "processors", "mempools", "sensors", "neighbors")
# LibreNMS' class: our type, and what makes our unit theirs.
_CLASSES: dict[str, tuple[str, float]] = {
    "airflow": ("airflow", 1),
    "bitrate": ("bitrate", 1),
    "charge": ("charge", 100),
    "count": ("count", 1),
    "current": ("current", 1),
    "dbm": ("optical_power", 1),
    "fanspeed": ("fan_speed", 1),
    "frequency": ("frequency", 1),
    "humidity": ("humidity", 100),
    "load": ("load", 100),
    "percent": ("fan_duty", 100),
    "power": ("power", 1),
    "power_consumed": ("energy", 1 / 3600_000),
    "pressure": ("pressure", 1 / 1000),
    "runtime": ("runtime", 1 / 60),
    "snr": ("gain", 1),
    "state": ("state", 1),
    "temperature": ("temperature", 1),
    "voltage": ("voltage", 1),
}
_PORT = "1.3.6.1.2.1.2.2.1."
_PORT_X = "1.3.6.1.2.1.31.1.1.1."
_NAMES = {"ifName": (_PORT_X + "1",), "ifDescr": (_PORT + "2",)}
_STATES = {1: "up", 2: "down", 3: "testing", 4: "unknown", 5: "dormant", 6: "notPresent", 7: "lowerLayerDown"}
# 64 bits first.
_COUNTERS = {
    "ifInOctets": (_PORT_X + "6", _PORT + "10"),
    "ifOutOctets": (_PORT_X + "10", _PORT + "16"),
    "ifInUcastPkts": (_PORT_X + "7", _PORT + "11"),
    "ifOutUcastPkts": (_PORT_X + "11", _PORT + "17"),
    "ifInErrors": (_PORT + "14",),
    "ifOutErrors": (_PORT + "20",),
    "ifMtu": (_PORT + "4",),
}
_STATUS = {"ifAdminStatus": _PORT + "7", "ifOperStatus": _PORT + "8"}
_SYS_DESCR, _SYS_OBJECT_ID = ((1, 3, 6, 1, 2, 1, 1, arc, 0) for arc in (1, 2))
_ROUNDED = 0.00051  # logarithms are rounded to three decimals, by us and sometimes by them
_SPEED, _HIGH_SPEED, _ALIAS = _PORT + "5", _PORT_X + "15", _PORT_X + "18"


_NOT_RECORDED = "not in the recording"
_NO_VALUE = "by which the device says that it has no value"
_EXPLAINED = (_NOT_RECORDED, _NO_VALUE)
_NO_VALUES = (-32768, 2147483647, -2147483648)  # what agents send instead of a value
_USED = ("device_memory_used_bytes", "device_memory_part_bytes")
_SIZES = ("device_memory_size_bytes", "device_memory_part_pool_size_bytes")
_LLDP_PORT_ID = "1.0.8802.1.1.2.1.4.1.1.7"


Poll = tuple[Profile, dict[Oid, dict[Oid, Value]]]
# The columns that LibreNMS' ports are compared by.
PORT_COLUMNS = tuple(
    parse_oid(column)
    for column in dict.fromkeys(
        [*sum(_NAMES.values(), ()), *sum(_COUNTERS.values(), ()), *_STATUS.values(), _SPEED, _HIGH_SPEED]
    )
)


class Finding(NamedTuple):
    """One value that LibreNMS has.

    Attributes:
        equal: Whether ours is.
        explained: Whether there is a reason that is no fault: the recording hasn't got it, or says that it's no value.
        why: The reason where it isn't equal.
    """

    device: str
    profile: str
    kind: str
    what: str
    equal: bool
    explained: bool
    why: str


class _Device(NamedTuple):
    """A recording, and what was read of it; `values` is all that it has, which explains what wasn't."""

    name: str
    profile: Profile
    values: dict[Oid, Value]
    answered: dict[Oid, Value]
    samples: list[Sample]

    def finding(self, kind: str, what: str, why: str | None) -> Finding:
        explained = why is not None and why.endswith(_EXPLAINED)
        return Finding(self.name, self.profile.name, kind, what, why is None, explained, why or "")


def compare(path: Path, expected: Path, agent: Callable[[str], Poll] | None = None) -> Iterator[Finding]:
    """Yields a finding for each value that LibreNMS has of a recording.

    Args:
        path: The recording.
        expected: What LibreNMS has of it.
        agent: Polls an agent that answers from the recording whose name is given; None: the file itself is read.
    """
    want = json.loads(expected.read_text())
    values = recording.read(path)
    if agent is None:
        profile = match(text_of(values.get(_SYS_OBJECT_ID)), text_of(values.get(_SYS_DESCR))).select(["bgp", "ospf"])
        tables = recording.tables(values, (*profile.columns, *profile.scalars))
        answered = values
    else:
        profile, tables = agent(path.stem)
        answered = {column + index: value for column, table in tables.items() for index, value in table.items()}
    device = _Device(path.stem, profile, values, answered, list(samples(profile, tables)))
    yield from _ports(device, want["ports"])
    yield from _processors(device, want["processors"])
    yield from _pools(device, want["mempools"])
    yield from _sensors(device, want["sensors"])
    yield from _neighbors(device, want["links"])
    yield from _peers(device, want["bgpPeers"])


def _ports(device: _Device, ports: list[dict[str, Any]]) -> Iterator[Finding]:
    for port in ports:
        index = port["ifIndex"]
        where = f"ifIndex {index}"
        for field, columns in _COUNTERS.items():
            if port.get(field) is not None:
                ours = _instance(device, columns, index)
                yield device.finding("ports", f"{where} {field}", _equal(_number(ours), port[field]))
        for field, column in _STATUS.items():
            if port.get(field) is not None:
                status = _STATES.get(int(_number(_instance(device, (column,), index)) or 0), "")
                yield device.finding("ports", f"{where} {field}", _same(status, port[field]))
        if port.get("ifSpeed"):
            high = _number(_instance(device, (_HIGH_SPEED,), index))
            speed = high * 1e6 if high else _number(_instance(device, (_SPEED,), index))
            yield device.finding("ports", f"{where} ifSpeed", _equal(speed, port["ifSpeed"]))
        for field, columns in _NAMES.items():
            if port.get(field):
                text = _instance(device, (*columns, *_NAMES["ifDescr"], *_NAMES["ifName"]), index)
                yield device.finding("ports", f"{where} {field}", _same(text_of(text), port[field]))


def _processors(device: _Device, processors: list[dict[str, Any]]) -> Iterator[Finding]:
    by_source = _by_source(device, "device_cpu_utilization_ratio")
    for processor in processors:
        oid = _oid(processor["processor_oid"])
        ours = by_source.get(("", oid))
        why = _why_missing(device, oid) if ours is None else _equal(round(ours * 100), processor["processor_usage"])
        yield device.finding("processors", f"{processor['processor_descr']} ({processor['processor_oid']})", why)


def _pools(device: _Device, pools: list[dict[str, Any]]) -> Iterator[Finding]:
    sizes = {sample.labels: sample.value for sample in device.samples if sample.name in _SIZES}
    used = {sample.labels: sample.value for sample in device.samples if sample.name in _USED}
    ratios = [sample.value for sample in device.samples if sample.name == "device_memory_utilization_ratio"]
    free = dict(sizes)
    for pool in pools:
        if pool["mempool_total"] == 100:
            ratios += [used[labels] / sizes[labels] for labels in used]
            good = any(_near(ratio * 100, pool["mempool_used"], 0.5) for ratio in ratios)
            why = None if good else f"{pool['mempool_used']} % isn't among {[round(ratio, 3) for ratio in ratios]}"
        else:
            want = (pool["mempool_used"], pool["mempool_total"])
            found = [key for key in free if _close(used[key], want[0]) and _close(sizes[key], want[1])]
            why = None if found else f"used {want[0]} of {want[1]} isn't among {[(k, used[k], sizes[k]) for k in free]}"
            for key in found[:1]:
                del free[key]
        yield device.finding("mempools", pool["mempool_descr"], why)


def _sensors(device: _Device, sensors: list[dict[str, Any]]) -> Iterator[Finding]:
    by_source = _by_source(device, "device_temperature_celsius", "temperature")
    by_source |= {
        (kind[1], key[1]): value
        for sample in device.samples
        if sample.name == "device_sensor_value" and (kind := re.search(r'type="(\w+)"', sample.labels))
        for key, value in _by_source(device, sample.name, kind[1], [sample]).items()
    }
    for sensor in sensors:
        kind, factor = _CLASSES.get(sensor["sensor_class"], (sensor["sensor_class"], 1))
        oid = _oid(sensor["sensor_oid"])
        what = f"{sensor['sensor_class']} {sensor['sensor_descr']} ({sensor['sensor_oid']})"
        ours = by_source.get((kind, oid))
        if ours is None:
            others = [key[0] for key in by_source if key[1] == oid]
            why: str | None = f"ours is of type {others[0]}" if others else _why_missing(device, oid)
            why = f"theirs is {sensor['sensor_current']}: {why}"
        else:
            near = sensor["sensor_class"] == "dbm" and _near(ours, float(sensor["sensor_current"]), _ROUNDED)
            why = None if near else _equal(ours * factor, sensor["sensor_current"])
        yield device.finding("sensors", what, why)


def _neighbors(device: _Device, links: list[dict[str, Any]]) -> Iterator[Finding]:
    ours = [(_labels(sample), sample) for sample in device.samples if sample.name == "device_neighbor_info"]
    for link in links:
        local = link["ifName"] or link["ifDescr"]
        port = re.sub(r" \([0-9a-f]{12}\)$", "", link["remote_port"] or "")
        here = [
            (row["neighbor_ifName"], sample)
            for row, sample in ours
            if row["protocol"] == link["protocol"]
            and row["neighbor"] == link["remote_hostname"]
            and row["ifName"] in (local, link["ifDescr"])
        ]
        why = None
        if not here:
            why = f"ours: {[row for row, _ in ours][:3]}"
        elif not any(name == port or _plain(_port_id(device, sample)) == _plain(port) for name, sample in here):
            why = f"the neighbour's port is {here[0][0]}"
        yield device.finding("neighbors", f"{link['protocol']} {local} → {link['remote_hostname']} {port}", why)


def _plain(text: str) -> str:
    """A name or a hardware address without what only separates."""
    return re.sub(r"[ :.-]", "", text).casefold()


def _port_id(device: _Device, sample: Sample) -> str:
    """The neighbour's port by its LLDP id: LibreNMS has that where ours is the interface's name, and they differ."""
    index = sample.source[1] if sample.source else ()
    return text_of(device.values.get(parse_oid(_LLDP_PORT_ID) + index))


def _peers(device: _Device, peers: list[dict[str, Any]]) -> Iterator[Finding]:
    states = ("idle", "connect", "active", "opensent", "openconfirm", "established")
    fields: dict[str, Callable[[dict[str, Any]], float]] = {
        "device_bgp_peer_state": lambda peer: states.index(peer["bgpPeerState"]) + 1,
        "device_bgp_peer_enabled": lambda peer: int(peer["bgpPeerAdminStatus"] in ("start", "running")),
        "device_bgp_peer_established_seconds": lambda peer: peer["bgpPeerFsmEstablishedTime"],
        "device_bgp_peer_updates_received_total": lambda peer: peer["bgpPeerInUpdates"],
        "device_bgp_peer_updates_sent_total": lambda peer: peer["bgpPeerOutUpdates"],
    }
    ours = {(sample.name, _labels(sample).get("peer")): sample for sample in device.samples}
    for peer in peers:
        address = str(ipaddress.ip_address(peer["bgpPeerIdentifier"]))
        for name, want in fields.items():
            sample = ours.get((name, address))
            why = "no such peer" if sample is None else _equal(sample.value, want(peer))
            if sample is not None and _labels(sample).get("remote_as") != str(peer["bgpPeerRemoteAs"]):
                why = f"its AS is {_labels(sample).get('remote_as')}"
            yield device.finding("bgp", f"{name} {address}", why)


def _by_source(
    device: _Device, name: str, kind: str = "", rows: list[Sample] | None = None
) -> dict[tuple[str, Oid], float]:
    return {
        (kind, sample.source[0] + sample.source[1]): sample.value
        for sample in (device.samples if rows is None else rows)
        if sample.name == name and sample.source is not None
    }


def _labels(sample: Sample) -> dict[str, str]:
    return {
        found[1]: found[2].replace('\\"', '"') for found in re.finditer(r'(\w+)="((?:[^"\\]|\\.)*)"', sample.labels)
    }


def _why_missing(device: _Device, oid: Oid) -> str:
    if oid not in device.values:
        return _NOT_RECORDED
    value = device.values[oid]
    if value in _NO_VALUES:
        return f"the recording says {value}, {_NO_VALUE}"
    read = any(oid[: len(root)] == root for root in (*device.profile.columns, *device.profile.scalars))
    shown = value.decode(errors="replace") if isinstance(value, bytes) else value
    return f"the recording says {shown!r}; " + ("a rule leaves it out" if read else "no rule reads it")


def _instance(device: _Device, columns: tuple[str, ...], index: int) -> Value | None:
    for column in columns:
        value = device.answered.get((*parse_oid(column), index))
        if value is not None and value != b"":
            return value
    return None


def _number(value: Value | None) -> float | None:
    return value if isinstance(value, int) else None


def _oid(text: str) -> Oid:
    """LibreNMS's OIDs; some hold a word for a number, which no recording has."""
    try:
        return parse_oid(text)
    except ValueError:
        return ()


def _near(ours: float, theirs: float, by: float) -> bool:
    return abs(ours - theirs) <= by


def _close(ours: float, theirs: float) -> bool:
    return _near(ours, theirs, max(2e-4 * abs(theirs), 1e-9))


def _equal(ours: float | None, theirs: float | None) -> str | None:
    """Returns None where the numbers are equal, else what they are; nothing and 0 are the same for a counter."""
    if theirs is None or (_close(ours or 0, float(theirs))):
        return None
    return f"ours is {ours}, theirs {theirs}"


def _same(ours: str, theirs: str) -> str | None:
    return None if " ".join(theirs.split()) == ours else f"ours is {ours!r}, theirs {theirs!r}"
