"""Device: its health, from SNMP: CPU, memory, temperatures, fans, power supplies, optics."""

from grafana_foundation_sdk.builders import stat, table, timeseries

from sotpctl.render.grafana import looks, numbers, panels, shared, tables, targets
from sotpctl.render.grafana.numbers import ONE
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import CELSIUS, COUNT, DBM, RATIO, SECONDS

_MOST = 8


def section() -> Section:
    """Build the section, once for each chosen device."""
    return Section(
        "$device: health",
        (
            Row(4, tuple((4, tile) for tile in _tiles())),
            Row(8, ((8, _cpu()), (8, _memory()), (8, _temperature()))),
            Row(9, ((9, _optics()), (8, _parts()), (7, _sensors()))),
            Row(5, ((12, _hardware()), (12, _modules()))),
        ),
        repeat="device",
    )


def _tiles() -> tuple[stat.Panel, ...]:
    answers = panels.tile(
        "SNMP",
        "Whether the device answers SNMP as it is asked. Silent: what this section and the interfaces show ends there; "
        "the table of modules says why. Silent while it answers pings: its SNMP, an access list or the credentials.",
        targets.now(f"max(device:snmp_up:bool{{{ONE}}})"),
    ).mappings(looks.yes_no("answers", "silent"))
    age = panels.tile(
        "Age of the last poll",
        "Seconds since the device was asked for what is shown here. Worry when it is more than twice its poll "
        "interval: then the exporter can't keep up, or Prometheus doesn't reach it.",
        targets.now(f"max(snmp_poll_age_seconds{{{ONE}}})"),
        SECONDS,
    ).decimals(0)
    since = panels.tile(
        "Running since",
        "When the device started, as it says itself. Shorter than you expect: it restarted, and its alerts tell of it.",
        targets.now(numbers.stamp(f"(time() - max(device:uptime:seconds{{{ONE}}}))")),
        shared.AGO,
    )
    cpu = panels.tile(
        "CPU, now",
        "How busy its processors are, on average of them. Its thresholds are drawn below.",
        targets.now(f"max(device:cpu_utilization:ratio{{{ONE}}})"),
        RATIO,
    ).decimals(0)
    memory = panels.tile(
        "Memory, fullest",
        "The share in use of the pool of memory that is fullest. A pool that fills over weeks is a leak; below, which.",
        targets.now(f"max(device:memory_utilization:ratio{{{ONE}}})"),
        RATIO,
    ).decimals(0)
    hottest = panels.tile(
        "Temperature, hottest",
        "The hottest of its sensors. What is too hot depends on the sensor: compare with its own past, below.",
        targets.now(f"max(device:temperature_celsius:last{{{ONE}}})"),
        CELSIUS,
    ).decimals(0)
    return answers, age, since, cpu, memory, hottest


def _cpu() -> timeseries.Panel:
    panel = panels.lines(
        "CPU over time",
        "How busy the processors are: the average of them, which thresholds (dashed, from the inventory) are of, and "
        "the busiest alone. One that is always busy, others idle: a process that only knows one. A step with a change "
        "of the network: routing; without: somebody polls too much.",
        [
            targets.over_time(f"max(device:cpu_utilization:ratio{{{ONE}}})", "average", "Average"),
            targets.over_time(f"max(device_cpu_utilization_ratio{{{ONE}}})", "busiest", "Busiest"),
        ],
        RATIO,
    )
    panel = panel.override_by_name(
        "average", [panels.fixed(looks.BLUE), panels.value("custom.fillOpacity", 25)]
    ).override_by_name("busiest", [panels.fixed(looks.PURPLE), panels.value("custom.lineWidth", 1)])
    return shared.with_limits(panel.axis_soft_max(0.2), "cpu")


def _memory() -> timeseries.Panel:
    panel = panels.lines(
        "Memory by pool",
        f"The share in use of each pool of memory, of the {_MOST} fullest; dashed, the device's thresholds from the "
        "inventory. A line that only rises is a leak: it ends in a restart.",
        [targets.over_time(_by("pool", f"device:memory_utilization:ratio{{{ONE}}}"), "{{pool}}", "Pool")],
        RATIO,
    )
    return shared.with_limits(panel, "memory")


def _temperature() -> timeseries.Panel:
    panel = panels.lines(
        "Temperature",
        f"Degrees Celsius of the {_MOST} hottest sensors; dashed, the device's thresholds from the inventory. All that "
        "rise together: the room or the fans. One alone: that part.",
        [targets.over_time(_by("sensor", f"device:temperature_celsius:last{{{ONE}}}"), "{{sensor}}", "Sensor")],
        CELSIUS,
    ).no_value("it tells no temperature")
    return shared.with_limits(panel, "temperature")


def _optics() -> timeseries.Panel:
    panel = panels.lines(
        "Optical power",
        f"Light that transceivers send and receive, in dBm, of the {_MOST} weakest; dashed, the device's thresholds "
        "from the inventory. What falls slowly is dirt or age, what falls at once is a fibre; -40 is darkness.",
        [
            targets.over_time(
                f"max by (sensor) (device:optic_power_dbm:last{{{ONE}}}) and on (sensor) bottomk({_MOST}, "
                f"min by (sensor) (min_over_time(device:optic_power_dbm:last{{{ONE}}}[$__range] @ end())))",
                "{{sensor}}",
                "Sensor",
            )
        ],
        DBM,
    ).no_value("it tells of no optics")
    return shared.with_limits(panel, "optic_power", side="below")


def _by(label: str, metric: str) -> str:
    return f"max by ({label}) ({metric}) and on ({label}) {numbers.largest(_MOST, metric, by=label)}"


def _parts() -> table.Panel:
    rows = " or ".join(
        f'label_replace(label_replace(max by ({label}) ({metric}{{{ONE}}}), "part", "$1", "{label}", "(.+)"), '
        f'"kind", "{kind}", "", "")'
        for kind, label, metric in (
            ("fan", "fan", "device:fan_ok:bool"),
            ("power supply", "supply", "device:power_supply_ok:bool"),
        )
    )
    return tables.build(
        "Fans and power supplies",
        "Each fan and power supply that is fitted, failed ones first. One that failed is replaced before the second "
        "does: then the device is down, or hot.",
        [targets.rows(rows)],
        [
            tables.Column("Value", "State", COUNT, width=85, mappings=looks.yes_no("ok", "failed")),
            tables.Column("part", "Part", width=140),
            tables.Column("kind", "Kind", width=95),
        ],
        sort="State",
        descending=False,
        empty="it tells of none",
    )


def _sensors() -> table.Panel:
    metric = numbers.lately(f'device_sensor_value{{{ONE},type!~"optical_power|state|truth"}}')
    return tables.build(
        "Other sensors",
        "What else the device measures, now: voltages, currents, power, fan speeds. A number alone says little; worry "
        "when the device does, in its log.",
        [targets.rows(numbers.labels(("sensor", "type", "unit"), metric))],
        [
            tables.Column("sensor", "Sensor", width=120),
            tables.Column("Value", "Value", "short", width=80),
            tables.Column("unit", "Unit", width=70),
        ],
        sort="Sensor",
        descending=False,
        empty="it tells of none",
    )


def _hardware() -> table.Panel:
    return tables.build(
        "Hardware and software",
        "What the device says of itself: its name, model, software and serial number. A name other than the "
        "inventory's is a typing error or another device at this address.",
        [
            targets.rows(
                numbers.labels(("sys_name", "hardware", "software", "serial"), numbers.lately(f"device_info{{{ONE}}}"))
            )
        ],
        [
            tables.Column("sys_name", "Name", width=110),
            tables.Column("hardware", "Hardware", width=140),
            tables.Column("software", "Software", width=140),
            tables.Column("serial", "Serial number", width=110),
        ],
        sort="Name",
        empty="it hasn't said: is SNMP asked of it?",
    )


def _modules() -> table.Panel:
    return tables.build(
        "SNMP by module",
        "What is asked of the device: whether it was read, if not why (docs/snmp.md says what to do), how long it took "
        "and how many packets it cost. timeout: no answer, with v1 and v2c a wrong community too; auth, unknown_user: "
        "credentials; no_such_object: the device doesn't have that. Worry when one takes more than half the interval.",
        [
            targets.rows(numbers.labels(("module",), f"snmp_module_success{{{ONE}}}"), "A"),
            targets.rows(numbers.labels(("module", "reason"), f"snmp_module_failure{{{ONE}}}"), "B"),
            targets.rows(numbers.labels(("module",), f"snmp_scrape_duration_seconds{{{ONE}}}"), "C"),
            targets.rows(numbers.labels(("module",), f"snmp_scrape_packets_sent{{{ONE}}}"), "D"),
            targets.rows(numbers.labels(("module",), f"snmp_scrape_packets_retried{{{ONE}}}"), "E"),
        ],
        [
            tables.Column("module", "Module", width=95),
            tables.Column("Value #A", "Result", COUNT, width=85, mappings=looks.yes_no("read", "failed")),
            tables.Column("reason", "Reason", width=105),
            tables.Column("Value #C", "Took", SECONDS, width=75, decimals=1),
            tables.Column("Value #D", "Packets", COUNT, width=75),
            tables.Column("Value #E", "Repeated", COUNT, width=80),
        ],
        sort="Result",
        descending=False,
        empty="it isn't asked by SNMP",
    )
