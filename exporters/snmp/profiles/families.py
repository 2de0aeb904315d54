"""What a rule's `type` becomes: which metrics, with which labels. Pure; the names are design's contract."""

from typing import NamedTuple


class Sample(NamedTuple):
    """One sample, ready for exposition.

    Attributes:
        name: The metric.
        labels: `cpu="0"`, escaped, without braces: what `exporters.kit.exposition.series` takes.
        value: In the metric's unit.
        source: The object and the index that it was read from, for `sotpctl snmp profile`; None for what has several.
    """

    name: str
    labels: str
    value: float
    source: tuple[tuple[int, ...], tuple[int, ...]] | None


class Family(NamedTuple):
    """A type.

    Attributes:
        label: The label that tells the rows apart.
        metrics: Each metric and the key that has its expression.
        ok: Whether the value is 1 where it is one of `ok`, else 0.
    """

    label: str
    metrics: tuple[tuple[str, str], ...]
    ok: bool = False


FAMILIES = {
    "cpu": Family("cpu", (("device_cpu_utilization_ratio", "value"),)),
    "memory": Family(
        "pool",
        (
            ("device_memory_used_bytes", "used"),
            ("device_memory_size_bytes", "size"),
            ("device_memory_utilization_ratio", "ratio"),
        ),
    ),
    # What a pool's used bytes hold, not a pool itself: caches that are full are no memory that runs short
    "memory_part": Family(
        "part", (("device_memory_part_bytes", "used"), ("device_memory_part_pool_size_bytes", "size"))
    ),
    "temperature": Family("sensor", (("device_temperature_celsius", "value"),)),
    "fan": Family("fan", (("device_fan_ok", "value"),), ok=True),
    "power_supply": Family("supply", (("device_power_supply_ok", "value"),), ok=True),
    "bgp": Family(
        "peer",
        (
            ("device_bgp_peer_state", "value"),
            ("device_bgp_peer_enabled", "enabled"),
            ("device_bgp_peer_established_seconds", "established"),
            ("device_bgp_peer_updates_received_total", "received"),
            ("device_bgp_peer_updates_sent_total", "sent"),
        ),
    ),
    "ospf": Family("neighbor", (("device_ospf_neighbor_state", "value"),)),
}

SENSOR = "device_sensor_value"
# Types of device_sensor_value and their units.
UNITS = {
    "apparent_power": "voltamperes",
    "bitrate": "bits_per_second",
    "airflow": "cubic_meters_per_minute",
    "charge": "ratio",
    "count": "",
    "current": "amperes",
    "energy": "joules",
    "fan_duty": "ratio",
    "fan_speed": "rpm",
    "frequency": "hertz",
    "gain": "db",
    "humidity": "ratio",
    "load": "ratio",
    "optical_power": "dbm",
    "power": "watts",
    "power_factor": "ratio",
    "pressure": "pascals",
    "runtime": "seconds",
    "signal": "dbm",
    "state": "",
    "truth": "bool",
    "voltage": "volts",
}
TYPES = (*FAMILIES, *UNITS)
COUNTERS = frozenset({"device_bgp_peer_updates_received_total", "device_bgp_peer_updates_sent_total"})
HELP = {
    "device_info": "What the device is; always 1.",
    "device_uptime_seconds": "Since it started, as far as it says.",
    "device_cpu_utilization_ratio": "Busy, 0 to 1, over the time that the device averages.",
    "device_memory_used_bytes": "Used; without buffers and caches where the device tells them apart.",
    "device_memory_size_bytes": "The pool's size.",
    "device_memory_utilization_ratio": "Used, 0 to 1; only where the device doesn't tell the pool's size.",
    "device_memory_part_bytes": "What memory is used for: buffers, caches; given back when it runs short.",
    "device_memory_part_pool_size_bytes": "The size of the memory that the part is of.",
    "device_temperature_celsius": "A temperature.",
    "device_fan_ok": "Whether the fan works; absent where none is fitted.",
    "device_power_supply_ok": "Whether the power supply works; absent where none is fitted.",
    "device_sensor_value": "Any other sensor; of type state, the number of the MIB's enumeration that the unit names.",
    "device_neighbor_info": "A neighbour by LLDP or CDP; always 1.",
    "device_bgp_peer_state": "BGP's state: 1 idle, 2 connect, 3 active, 4 opensent, 5 openconfirm, 6 established.",
    "device_bgp_peer_enabled": "Whether the session is meant to be up.",
    "device_bgp_peer_established_seconds": "How long it has been in its state established, or was last.",
    "device_bgp_peer_updates_received_total": "UPDATE messages received.",
    "device_bgp_peer_updates_sent_total": "UPDATE messages sent.",
    "device_ospf_neighbor_state": "1 down, 2 attempt, 3 init, 4 two-way, 5 exstart, 6 exchange, 7 loading, 8 full.",
    "device_samples_dropped": "Rows beyond the limit of a device; absent where there are none.",
}
