"""What Prometheus has of devices that are polled: 14 columns of each port, and what a profile finds."""

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import yaml

import exporters.snmp.modules
from bench.prometheus.recorded import PORTS, Metric, around, constant, identity
from bench.rules.families import Family, counter
from bench.rules.network import port_name

POLL_S = 60
JOB = "snmp-60s"
_DEAD = 200  # of so many devices one is dead
_CUT = 50  # of so many one lost a port within the hour, its third
_DESKS = 8  # ports of these pasts and above have nobody in them
_EVERY_DEVICE = (
    ("snmp_up", ({},), 1.0),
    ("snmp_poll_age_seconds", ({},), 0.1),
    ("snmp_module_success", ({"module": "if_mib"}, {"module": "profile"}), 1.0),
    *(
        (f"snmp_scrape_{what}", ({"module": "if_mib"}, {"module": "profile"}), 4.0)
        for what in ("walk_duration_seconds", "packets_sent", "packets_retried", "pdus_returned", "duration_seconds")
    ),
    ("up", ({},), 1.0),
    ("scrape_duration_seconds", ({},), 0.1),
    ("scrape_samples_scraped", ({},), 700.0),
    ("scrape_samples_post_metric_relabeling", ({},), 700.0),
    ("scrape_series_added", ({},), 0.0),
)
_PROFILE = (
    ("device_info", ({"hardware": "C9300-48P", "software": "17.9.4", "serial": "FOC1", "sys_name": "sw"},), 1.0),
    ("device_cpu_utilization_ratio", ({"cpu": "1"},), 0.3),
    ("device_memory_used_bytes", ({"pool": "Processor"}, {"pool": "IO"}), 4e8),
    ("device_memory_size_bytes", ({"pool": "Processor"}, {"pool": "IO"}), 4e9),
    ("device_temperature_celsius", tuple({"sensor": f"Temp {place}"} for place in range(4)), 30.0),
    ("device_fan_ok", ({"fan": "1"}, {"fan": "2"}), 1.0),
    ("device_power_supply_ok", ({"supply": "A"}, {"supply": "B"}), 1.0),
    (
        "device_sensor_value",
        tuple({"sensor": f"Te1/1/{port} Rx", "type": "optical_power", "unit": "dbm"} for port in range(1, 5)),
        -3.0,
    ),
    (
        "device_neighbor_info",
        ({"ifName": "Te1/1/1", "neighbor": "up", "neighbor_ifName": "1", "protocol": "lldp"},),
        1.0,
    ),
)
_BGP = ("device_bgp_peer_state", tuple({"peer": f"192.0.2.{n}", "remote_as": "64500"} for n in range(4)), 6.0)


def dead(number: int) -> bool:
    """Whether the device of this number answers nothing any more."""
    return number % _DEAD == 1


def desk(number: int, port: int) -> bool:
    """Whether nobody ever plugged anything into a port."""
    return (number + port) % 16 >= _DESKS


def families(devices: int, now_s: int) -> Iterator[Family]:
    """Give what Prometheus has of so many devices; of dead ones only that they are."""
    numbers = range(devices)
    for name, rows, value in _EVERY_DEVICE:
        yield _of_devices(Metric(name, POLL_S, partial(constant, value=value)), rows, numbers)
    alive = [number for number in numbers if not dead(number)]
    for name, rows, value in _PROFILE:
        yield _of_devices(Metric(name, POLL_S, partial(around, middle=value / 5)), rows, alive)
    yield _of_devices(Metric("sysUpTime", POLL_S, partial(counter, rate=100)), ({},), alive)
    yield _of_devices(Metric("device_uptime_seconds", POLL_S, partial(counter, rate=1)), ({},), alive)
    name, rows, value = _BGP
    cores = [number for number in alive if identity(number)["role"] == "core"]
    yield _of_devices(Metric(name, POLL_S, partial(constant, value=value)), rows, cores)
    yield from _ports(alive, now_s)


def target(number: int) -> dict[str, str]:
    """The labels that service discovery gives a device."""
    who = identity(number)
    return {"job": JOB, "instance": who["device"], **who}


def _of_devices(metric: Metric, rows: tuple[dict[str, str], ...], numbers: range | list[int]) -> Family:
    family = Family(metric, spread=True)
    for number in numbers:
        for labels in rows:
            family.add(target(number) | labels, number)
    return family


def _ports(numbers: list[int], now_s: int) -> Iterator[Family]:
    path = Path(exporters.snmp.modules.__file__).with_name("if_mib.yml")
    for column in yaml.safe_load(path.read_text())["modules"]["if_mib"]["metrics"]:
        name = column["name"]
        if not column.get("indexes"):
            continue
        metric = Metric(name, POLL_S, partial(counter, rate=_RATES.get(name, 0.0)))
        if name in _STATES:
            metric = Metric(name, POLL_S, partial(constant, value=_STATES[name]))
        usual, desks = (
            Family(metric, spread=True),
            Family(Metric(name, POLL_S, partial(constant, value=2.0)), spread=True),
        )
        cut = Family(Metric(name, POLL_S, partial(_cut, at_s=now_s - 1200)), spread=True)
        for number in numbers:
            for port in range(1, PORTS + 1):
                family = usual
                if name == "ifOperStatus":
                    lost = number % _CUT == 2 and port == 3
                    family = cut if lost else desks if desk(number, port) else usual
                family.add(target(number) | _port(number, port), number + port)
        yield from (usual, desks, cut)


def _cut(_: random.Random, at: float, _past: int, at_s: int) -> float:
    return 2.0 if at > at_s else 1.0


def _port(number: int, port: int) -> dict[str, str]:
    return {
        "ifIndex": str(port),
        "ifName": port_name(port),
        "ifDescr": f"GigabitEthernet1/0/{port}",
        "ifAlias": f"desk {number * PORTS + port}",
    }


_RATES = {
    "ifHCInOctets": 1e6,
    "ifHCOutOctets": 1e6,
    "ifHCInUcastPkts": 1e3,
    "ifHCOutUcastPkts": 1e3,
    "ifHCInBroadcastPkts": 10.0,
    "ifHCOutBroadcastPkts": 10.0,
    "ifInErrors": 0.01,
    "ifOutErrors": 0.01,
}
_STATES = {"ifAdminStatus": 1.0, "ifOperStatus": 1.0, "ifHighSpeed": 1000.0, "ifLastChange": 12345.0}
