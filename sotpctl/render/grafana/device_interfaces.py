"""Device: its interfaces, from SNMP. Each leads to a page of its own."""

from grafana_foundation_sdk.builders import table, timeseries

from sotpctl.render.grafana import links, looks, numbers, panels, shared, tables, targets
from sotpctl.render.grafana.numbers import ONE
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import BITS, COUNT, EACH_SECOND, RATIO

_MOST = 8  # lines that one still tells apart
_PORT = ("ifName",)
_WORDS = " ".join(f"{look.text.capitalize()}: {look.meaning}" for look in looks.INTERFACES)
NO_SNMP = "no interfaces: is SNMP asked of it?"
_BUSIEST = numbers.largest(_MOST, f"interface:utilization:ratio{{{ONE}}}", by="ifName", how="avg")


def section() -> Section:
    """Build the section, once for each chosen device."""
    return Section(
        "$device: interfaces",
        (
            Row(11, ((24, _interfaces()),)),
            Row(8, ((12, _traffic("in", "received")), (12, _traffic("out", "sent")))),
            Row(8, ((8, _utilization()), (8, _errors()), (8, _discards()))),
        ),
        repeat="device",
    )


def _interfaces() -> table.Panel:
    asked = {
        "A": f"interface:admin_up:bool{{{ONE}}}",
        "B": numbers.port_state(ONE),
        "C": f"interface:speed:bits{{{ONE}}}",
        "D": f"interface:in_bits:rate{{{ONE}}}",
        "E": f"interface:out_bits:rate{{{ONE}}}",
        "F": f"interface:utilization:ratio{{{ONE}}}",
        "G": f"interface:errors:rate{{{ONE}}}",
        "H": f"interface:discards:rate{{{ONE}}}",
    }
    named = numbers.lately(f'ifOperStatus{{{ONE},ifAlias!=""}}')
    linked = f"sotp_link_info{{{ONE}}}"
    down = f"2 * ({numbers.port_state(ONE)} == bool 0)"  # more than any utilization
    return tables.build(
        "Interfaces",
        "Every interface that SNMP tells of, those that are down first, then the busiest: as it is configured and as "
        f"it is ({_WORDS}), its traffic against its speed, packets a second with errors or thrown away, and where the "
        "inventory says that it leads. Worry about errors that aren't 0, and about red. Click one for its history.",
        [
            *(targets.rows(numbers.labels(_PORT, expr), ref) for ref, expr in asked.items()),
            targets.rows(numbers.labels(("ifName", "ifAlias"), named), "I"),
            targets.rows(numbers.labels(("ifName", "peer"), linked), "J"),
            targets.rows(numbers.labels(_PORT, f"{down} + interface:utilization:ratio{{{ONE}}} or {down}"), "K"),
        ],
        [
            shared.port_column(device=links.choice("device")),
            tables.Column("ifAlias", "Description", width=130),
            tables.Column("Value #A", "Admin", COUNT, width=60, words=("on", "off")),
            tables.Column("Value #B", "Oper", COUNT, width=95, looks=looks.INTERFACES, coded=True),
            tables.Column("Value #C", "Speed", BITS, width=85, decimals=0),
            tables.Column("Value #D", "In", BITS, width=85, decimals=1),
            tables.Column("Value #E", "Out", BITS, width=85, decimals=1),
            tables.Column("Value #F", "Utilization", RATIO, width=110, decimals=1, bar=True),
            tables.Column("Value #G", "Errors", EACH_SECOND, width=75, decimals=2, steps=shared.ANY_IS_BAD),
            tables.Column("Value #H", "Discards", EACH_SECOND, width=75, decimals=2),
            shared.device_column("Peer", "peer"),
        ],
        empty=NO_SNMP,
        then=[tables.sorted_by("Value #K")],
    )


def _traffic(direction: str, verb: str) -> timeseries.Panel:
    metric = f"interface:{direction}_bits:rate{{{ONE}}}"
    return panels.lines(
        f"Traffic {direction}",
        f"Bits that the {_MOST} interfaces with the highest utilization {verb} each second, as the device sees it; the "
        "table above has them all. A line that hits a ceiling is full; one that ends is a port, or the device's SNMP, "
        "that went down.",
        [targets.over_time(f"max by (ifName) ({metric}) and on (ifName) {_BUSIEST}", "{{ifName}}")],
        BITS,
    ).no_value(NO_SNMP)


def _utilization() -> timeseries.Panel:
    panel = panels.lines(
        "Utilization by interface",
        "Of the busier direction, the share of the interface's speed, of the same interfaces; dashed, the device's "
        "thresholds from the inventory: an interface's own are on its page. Near 100 % packets wait, then are lost. "
        "Interfaces that tell no speed aren't here.",
        [
            targets.over_time(
                f"max by (ifName) (interface:utilization:ratio{{{ONE}}}) and on (ifName) {_BUSIEST}",
                "{{ifName}}",
                "Utilization",
            )
        ],
        RATIO,
    ).no_value(NO_SNMP)
    return shared.with_limits(panel.axis_soft_max(0.1), "interface_utilization")


def _errors() -> timeseries.Panel:
    return _faulty(
        "Errors by interface",
        "Packets with errors each second, in and out together, of the interfaces that had the most in the time range; "
        "dashed, the device's thresholds from the inventory. Anything but 0 that goes on is a cable, an optic or a "
        "duplex mismatch.",
        "interface:errors:rate",
        "no interface has errors",
        "interface_errors",
    )


def _discards() -> timeseries.Panel:
    return _faulty(
        "Discards by interface",
        "Packets without a fault that were thrown away each second, in and out together, of the interfaces that had "
        "the most in the time range. With traffic: a full queue. Without: packets that the device wants none of, such "
        "as of a VLAN that the port isn't in.",
        "interface:discards:rate",
        "no interface discards a packet",
        "",
    )


def _faulty(title: str, description: str, metric: str, empty: str, limits: str) -> timeseries.Panel:
    chosen = f"{metric}{{{ONE}}}"
    most = f"{numbers.largest(_MOST, chosen, by='ifName')} > 0"
    panel = panels.lines(
        title,
        description,
        [targets.over_time(f"max by (ifName) ({chosen}) and on (ifName) ({most})", "{{ifName}}", "Rate")],
        EACH_SECOND,
    ).no_value(empty)
    return shared.with_limits(panel, limits) if limits else panel
