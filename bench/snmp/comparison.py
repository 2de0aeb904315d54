"""Compares the samples of one recording with what LibreNMS has of it. Pure but for the files."""

import ipaddress
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.snmp import reasons, recording
from bench.snmp.neighbours import differences, labels_of
from bench.snmp.sensors import Sensors
from exporters.snmp.oid import Oid
from exporters.snmp.oid import parse as parse_oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import Profile, Sample, match, samples
from exporters.snmp.profiles.values import text_of

KINDS = ("ports", "processors", "mempools", "sensors", "neighbors")
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
_SPEED, _HIGH_SPEED, _ALIAS = _PORT + "5", _PORT_X + "15", _PORT_X + "18"


_USED = ("device_memory_used_bytes", "device_memory_part_bytes")
_SIZES = ("device_memory_size_bytes", "device_memory_part_pool_size_bytes")
_PERCENTS = (100, 100 << 10, 100 << 20)  # the size of a pool of which only percent are known, in the unit that it has


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

    def finding(self, kind: str, what: str, why: str | None, *, explained: bool = False) -> Finding:
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
    for what, why, explained in Sensors(device.samples, profile, values).differences(want["sensors"]):
        yield device.finding("sensors", what, why, explained=explained)
    for what, why, explained in differences(device.samples, values, want["links"]):
        yield device.finding("neighbors", what, why, explained=explained)
    yield from _peers(device, want["bgpPeers"])


def _ports(device: _Device, ports: list[dict[str, Any]]) -> Iterator[Finding]:
    for port in ports:
        index = port["ifIndex"]
        # LibreNMS makes ports of its own, as of a radio or a subscriber
        made = not any(
            (*parse_oid(column), index) in device.values for column in (*_NAMES["ifDescr"], *_NAMES["ifName"])
        )
        for what, why in _port(device, port, index):
            reason = reasons.NOT_RECORDED if made else why
            yield device.finding("ports", f"ifIndex {index} {what}", why and reason, explained=bool(why) and made)


def _port(device: _Device, port: dict[str, Any], index: int) -> Iterator[tuple[str, str | None]]:
    for field, columns in _COUNTERS.items():
        if port.get(field) is not None:
            yield field, _equal(_number(_instance(device, columns, index)), port[field])
    for field, column in _STATUS.items():
        if port.get(field) is not None:
            status = _STATES.get(int(_number(_instance(device, (column,), index)) or 0), "")
            yield field, _same(status, port[field])
    if port.get("ifSpeed"):
        high = _number(_instance(device, (_HIGH_SPEED,), index))
        speed = high * 1e6 if high else _number(_instance(device, (_SPEED,), index))
        yield "ifSpeed", _equal(speed, port["ifSpeed"])
    for field, columns in _NAMES.items():
        if port.get(field):
            text = _instance(device, (*columns, *_NAMES["ifDescr"], *_NAMES["ifName"]), index)
            yield field, _same(text_of(text), port[field])


def _processors(device: _Device, processors: list[dict[str, Any]]) -> Iterator[Finding]:
    by_source = _by_source(device, "device_cpu_utilization_ratio")
    for processor in processors:
        oid = _oid(processor["processor_oid"])
        ours = by_source.get(oid)
        missing = "nothing of ours is read there" if oid in device.values else reasons.NOT_RECORDED
        why = missing if ours is None else _equal(round(ours * 100), processor["processor_usage"])
        what = f"{processor['processor_descr']} ({processor['processor_oid']})"
        yield device.finding("processors", what, why, explained=why == reasons.NOT_RECORDED)


def _pools(device: _Device, pools: list[dict[str, Any]]) -> Iterator[Finding]:
    sizes = {sample.labels: sample.value for sample in device.samples if sample.name in _SIZES}
    used = {sample.labels: sample.value for sample in device.samples if sample.name in _USED}
    ratios = [sample.value for sample in device.samples if sample.name == "device_memory_utilization_ratio"]
    used = {labels: value for labels, value in used.items() if labels in sizes}
    free = {labels: size for labels, size in sizes.items() if labels in used}
    for pool in pools:
        reason = None
        if pool["mempool_total"] in _PERCENTS:
            percent = 100 * pool["mempool_used"] / pool["mempool_total"]
            every = [*ratios, *(used[labels] / sizes[labels] for labels in used)]
            good = any(_near(ratio * 100, percent, 0.5) for ratio in every)
            why = None if good else f"{percent:g} % isn't among {[round(ratio, 3) for ratio in every]}"
        else:
            want = (pool["mempool_used"], pool["mempool_total"])
            found = [key for key in free if _close(used[key], want[0]) and _close(sizes[key], want[1])]
            why = None if found else f"used {want[0]} of {want[1]} isn't among {[(k, used[k], sizes[k]) for k in free]}"
            if any(used[key] == want[0] * 1024 and sizes[key] == want[1] * 1024 for key in free):
                reason = "theirs are kilobytes, taken for bytes"
            for key in found[:1]:
                del free[key]
        yield device.finding("mempools", pool["mempool_descr"], why and (reason or why), explained=reason is not None)


def _peers(device: _Device, peers: list[dict[str, Any]]) -> Iterator[Finding]:
    states = ("idle", "connect", "active", "opensent", "openconfirm", "established")
    fields: dict[str, Callable[[dict[str, Any]], float]] = {
        "device_bgp_peer_state": lambda peer: states.index(peer["bgpPeerState"]) + 1,
        "device_bgp_peer_enabled": lambda peer: int(peer["bgpPeerAdminStatus"] in ("start", "running")),
        "device_bgp_peer_established_seconds": lambda peer: peer["bgpPeerFsmEstablishedTime"],
        "device_bgp_peer_updates_received_total": lambda peer: peer["bgpPeerInUpdates"],
        "device_bgp_peer_updates_sent_total": lambda peer: peer["bgpPeerOutUpdates"],
    }
    ours = {(sample.name, labels_of(sample).get("peer")): sample for sample in device.samples}
    for peer in peers:
        address = str(ipaddress.ip_address(peer["bgpPeerIdentifier"]))
        for name, want in fields.items():
            sample = ours.get((name, address))
            why = "no such peer" if sample is None else _equal(sample.value, want(peer))
            if sample is not None and labels_of(sample).get("remote_as") != str(peer["bgpPeerRemoteAs"]):
                why = f"its AS is {labels_of(sample).get('remote_as')}"
            yield device.finding("bgp", f"{name} {address}", why)


def _by_source(device: _Device, name: str) -> dict[Oid, float]:
    return {
        sample.source[0] + sample.source[1]: sample.value
        for sample in device.samples
        if sample.name == name and sample.source is not None
    }


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
