"""Interface: one port of one device. How full it is, whether it loses packets, since when it is up, where it leads."""

from grafana_foundation_sdk.builders import stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import dashboard

from sotpctl.render.grafana import (
    device_neighbours,
    links,
    looks,
    numbers,
    page,
    panels,
    shared,
    tables,
    targets,
    variables,
)
from sotpctl.render.grafana.numbers import ONE, PORT
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import BITS, EACH_SECOND, RATIO

_WORDS = " ".join(f"{look.text.capitalize()}: {look.meaning}" for look in looks.INTERFACES)
_NEAR = 0.25  # of its speed: from there on the speed is drawn, else traffic would be a line on the floor


def build() -> dashboard.Dashboard:
    """Build the dashboard: a section for each chosen interface."""
    return page.build(
        links.INTERFACE,
        "One interface: its state, its traffic against its speed, errors and discards, and where it leads.",
        [variables.site(), variables.polled_device(), variables.interface()],
        [
            Section(
                "$device $ifName",
                (
                    Row(4, tuple((4, tile) for tile in _tiles())),
                    Row(4, ((24, _state_over_time()),)),
                    Row(9, ((12, _traffic()), (12, _utilization()))),
                    Row(8, ((12, _faults()), (12, _share()))),
                    Row(6, ((12, device_neighbours.other_end()), (12, _alerts()))),
                ),
                repeat="ifName",
            )
        ],
        since="now-6h",
        refresh="30s",
    )


def _tiles() -> tuple[stat.Panel, ...]:
    state = (
        panels.tile("Interface", _WORDS, targets.now(f"max({numbers.port_state(PORT)})"))
        .mappings(looks.by_code(looks.INTERFACES))
        .data_links([links.to(links.DEVICE, "The device", device=links.choice("device"))])
    )
    uptime, changed = numbers.lately(f"sysUpTime{{{ONE}}}"), numbers.lately(f"ifLastChange{{{PORT}}}")
    since = panels.tile(
        "In this state since",
        "When the interface came into its state, as the device says; some say when they started. Shorter than you "
        "expect: it comes and goes, see below.",
        targets.now(numbers.stamp(f"(time() - (max({uptime}) - max({changed})) / 100)")),
        shared.AGO,
    )
    speed = panels.tile(
        "Speed",
        "What the interface could carry in each direction, as the device says. Less than you expect: the other end, or "
        "the cable, agreed on less.",
        targets.now(f"max(interface:speed:bits{{{PORT}}})"),
        BITS,
    )
    into = panels.tile(
        "In",
        "Bits received each second, now.",
        targets.now(f"max(interface:in_bits:rate{{{PORT}}})"),
        BITS,
    ).decimals(1)
    out = panels.tile(
        "Out",
        "Bits sent each second, now.",
        targets.now(f"max(interface:out_bits:rate{{{PORT}}})"),
        BITS,
    ).decimals(1)
    errors = (
        panels.tile(
            "Errors",
            "Packets with errors each second, in and out together, now. Anything but 0 that goes on is a cable, an "
            "optic or a duplex mismatch.",
            targets.now(f"max(interface:errors:rate{{{PORT}}})"),
            EACH_SECOND,
        )
        .decimals(1)
        .thresholds(panels.steps(*shared.ANY_IS_BAD))
    )
    return state, since, speed, into, out, errors


def _state_over_time() -> statetimeline.Panel:
    return panels.timeline(
        "Interface over time",
        "Whether the interface worked, poll by poll; what was shorter than a poll isn't seen here but in the log. No "
        "band: SNMP told nothing. Many short breaks are a bad cable or optic, or a neighbour that restarts.",
        targets.over_time(f"max({numbers.port_state(PORT)})", "state"),
        looks.INTERFACES,
    )


def _traffic() -> timeseries.Panel:
    speed = f"max(interface:speed:bits{{{PORT}}})"
    most = " or ".join(
        f"(max_over_time(interface:{way}_bits:rate{{{PORT}}}[$__range] @ end()) > on (device, ifName) "
        f"{_NEAR} * interface:speed:bits{{{PORT}}} @ end())"
        for way in ("in", "out")
    )
    panel = panels.lines(
        "Traffic",
        "Bits each second as the device sees it: received above the line, sent below it; dashed, the interface's "
        f"speed, drawn where traffic came to {_NEAR:.0%} of it in the time range. A flat top at the speed is a full "
        "line; a flat top below it is somebody's policer.",
        [
            targets.over_time(f"max(interface:in_bits:rate{{{PORT}}})", "in", "In"),
            targets.over_time(f"max(interface:out_bits:rate{{{PORT}}})", "out", "Out"),
            targets.over_time(f"{speed} and on () ({most})", "speed in", "SpeedIn"),
            targets.over_time(f"{speed} and on () ({most})", "speed out", "SpeedOut"),
        ],
        BITS,
    )
    panel = panel.override_by_name("in", _area(looks.BLUE)).override_by_name("out", [*_area(looks.PURPLE), _BELOW])
    panel = panels.dashed(panel, "speed in", looks.GREY)
    panel = panels.dashed(panel, "speed out", looks.GREY)
    return panel.override_by_name(
        "speed out", [_BELOW, panels.value("custom.hideFrom", {"legend": True, "tooltip": True, "viz": False})]
    )


_BELOW = panels.value("custom.transform", "negative-Y")


def _area(colour: str) -> list[dashboard.DynamicConfigValue]:
    return [panels.fixed(colour), panels.value("custom.fillOpacity", 25)]


def _utilization() -> timeseries.Panel:
    panel = panels.lines(
        "Utilization",
        "Of the busier direction, the share of the interface's speed; dashed, its thresholds from the inventory, else "
        "its device's. Above 80 % packets wait in bursts, near 100 % they are lost: see discards. None: the interface "
        "tells no speed.",
        [targets.over_time(f"max(interface:utilization:ratio{{{PORT}}})", "utilization", "Utilization")],
        RATIO,
    ).override_by_name("utilization", _area(looks.BLUE))
    return shared.with_limits(panel.axis_soft_max(0.1), "interface_utilization", of_port=True)


def _faults() -> timeseries.Panel:
    panel = panels.lines(
        "Errors and discards",
        "Packets with errors, and faultless ones thrown away, each second, in and out together; dashed, the thresholds "
        "of errors. Errors are the cable's, the optic's or the duplex's; discards with much traffic a full queue's.",
        [
            targets.over_time(f"max(interface:errors:rate{{{PORT}}})", "errors", "Errors"),
            targets.over_time(f"max(interface:discards:rate{{{PORT}}})", "discards", "Discards"),
        ],
        EACH_SECOND,
    )
    panel = panel.override_by_name("errors", [panels.fixed(looks.RED)])
    panel = panel.override_by_name("discards", [panels.fixed(looks.SKY)])
    return shared.with_limits(panel, "interface_errors", of_port=True)


def _share() -> timeseries.Panel:
    panel = panels.lines(
        "Share of packets with errors",
        "Of all packets, those with errors. Above a hundredth of a percent TCP slows down; a good line has none.",
        [targets.over_time(f"max(interface:errors:ratio{{{PORT}}})", "with errors", "Share")],
        RATIO,
    )
    panel = panel.override_by_name("with errors", [panels.fixed(looks.RED), panels.value("custom.fillOpacity", 25)])
    return panel.axis_soft_max(0.001)


def _alerts() -> table.Panel:
    return tables.build(
        "Alerts of this interface",
        "Its alerts that fire now. None, though it is down: it wasn't up lately, or the other end's message tells it.",
        [
            targets.rows(
                numbers.stamp(
                    numbers.labels(("alertname", "severity"), f"alert:firing_since:timestamp_seconds{{{PORT}}}")
                )
            )
        ],
        [
            shared.since_column("Value"),
            tables.Column("severity", "Severity", width=105, looks=looks.SEVERITIES),
            tables.Column("alertname", "Alert", width=150),
        ],
        sort="Since",
        empty="no alert fires",
    )
