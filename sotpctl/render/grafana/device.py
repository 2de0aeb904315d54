"""Device: what a message's link opens. What it is, since when, what hangs on it, and how it has answered."""

from grafana_foundation_sdk.builders import stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import dashboard

from sotpctl.render.grafana import (
    device_health,
    device_interfaces,
    device_logs,
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
from sotpctl.render.grafana.numbers import ONE
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import COUNT, RATIO, SECONDS


def build() -> dashboard.Dashboard:
    """Build the dashboard: a section for each chosen device."""
    return page.build(
        links.DEVICE,
        "One device: its state and since when, what hangs on it, its alerts, loss and round-trip time; what SNMP says "
        "of its interfaces, health and neighbours; its logs.",
        [variables.logs_source(), variables.site(), variables.role(), variables.device(all_of_them=False)],
        [
            Section(
                "$device",
                (
                    Row(4, tuple((4, tile) for tile in _tiles())),
                    Row(4, ((24, _state_over_time()),)),
                    Row(8, ((12, _loss()), (12, _rtt()))),
                    Row(7, ((12, _jitter()), (12, _alerts()))),
                    Row(8, ((12, _neighbours()), (12, _about()))),
                ),
                repeat="device",
            ),
            device_interfaces.section(),
            device_health.section(),
            device_neighbours.section(),
            device_logs.section(),
        ],
        since="now-6h",
        refresh="10s",
    )


def _tiles() -> tuple[stat.Panel, ...]:
    state = panels.tile(
        "State",
        " ".join(f"{look.text.capitalize()}: {look.meaning}" for look in looks.STATES),
        targets.now(f"max(device:state:code{{{ONE}}})"),
    ).mappings(looks.by_code(looks.STATES))
    since = panels.tile(
        "Since",
        "When the device came into this state. Shorter than you expect means that it comes and goes: see its states "
        "over time.",
        targets.now(numbers.stamp(f"max(device:state_since:timestamp_seconds{{{ONE}}})")),
        shared.AGO,
    )
    behind = panels.tile(
        "Devices behind it",
        "How many devices lose every path when this one dies. Those are told of in its message and page nobody "
        "themselves.",
        targets.now(f"max(sotp_device_dependents{{{ONE}}})"),
        COUNT,
    )
    loss = panels.tile(
        "Loss, 5 min",
        "Of the last five minutes' pings, the share that went unanswered. Its threshold is drawn below.",
        targets.now(f"max(device:icmp_loss:ratio{{{ONE}}})"),
        RATIO,
    ).decimals(1)
    rtt = panels.tile(
        "Round trip, 5 min",
        "Mean round-trip time of the last five minutes' answers. No data while it doesn't answer. Compare it with its "
        "own past, below.",
        targets.now(f"max(device:icmp_rtt_seconds:mean_5m{{{ONE}}})"),
        SECONDS,
    ).decimals(1)
    day = panels.tile(
        "Up in 24 h",
        "Of the last 24 hours, as far as the device's state is known, the share in which it was up, maintenance "
        "included.",
        targets.now(numbers.share_up("device", ONE, "1d")),
        RATIO,
    ).decimals(3)
    return state, since, behind, loss, rtt, day


def _state_over_time() -> statetimeline.Panel:
    return panels.timeline(
        "State over time",
        "The worst state in every step. No band means that nothing was recorded. Many short breaks are flapping: a "
        "cable, a supply, a duplex mismatch.",
        targets.over_time(f"max(max_over_time(device:state:code{{{ONE}}}[$__interval]))", "state"),
    )


def _loss() -> timeseries.Panel:
    panel = panels.lines(
        "Loss",
        "Share of pings that went unanswered, over five minutes; dashed, the device's thresholds from the inventory. "
        "Loss that comes with load is a full line, loss without load a bad one.",
        [targets.over_time(f"max(device:icmp_loss:ratio{{{ONE}}})", "loss", "Loss")],
        RATIO,
    )
    panel = panel.override_by_name("loss", [panels.fixed(looks.BLUE), panels.value("custom.fillOpacity", 25)])
    return shared.with_limits(panel.axis_soft_max(0.05), "icmp_loss")


def _rtt() -> timeseries.Panel:
    quantiles = [
        targets.over_time(f"max(device:icmp_rtt_seconds:{name}_5m{{{ONE}}})", legend, name.upper())
        for name, legend in (("p50", "half within"), ("p95", "95 % within"), ("p99", "99 % within"))
    ]
    usual = targets.over_time(f"max(device:icmp_rtt_seconds:baseline_1d{{{ONE}}})", "usual", "Usual")
    panel = panels.lines(
        "Round trip",
        "Round-trip time as bands: half, 95 and 99 of a hundred answers came within; dotted, what is usual for this "
        "device, the median of its last day; dashed, its thresholds from the inventory. A band that widens is a queue "
        "that fills; a step is another route.",
        [*quantiles, usual],
        SECONDS,
    )
    panel = (
        panel.override_by_name("half within", [panels.fixed(looks.BLUE), panels.value("custom.fillOpacity", 0)])
        .override_by_name("95 % within", _band("half within", looks.SKY, 35))
        .override_by_name("99 % within", _band("95 % within", looks.SKY, 15))
        .override_by_name(
            "usual",
            [panels.fixed(looks.PURPLE), panels.value("custom.lineStyle", {"fill": "dot", "dash": [0, 8]})],
        )
    )
    return shared.with_limits(panel, "icmp_rtt")


def _band(down_to: str, colour: str, opacity: int) -> list[dashboard.DynamicConfigValue]:
    return [
        panels.fixed(colour),
        panels.value("custom.fillBelowTo", down_to),
        panels.value("custom.fillOpacity", opacity),
        panels.value("custom.lineWidth", 1),
    ]


def _jitter() -> timeseries.Panel:
    panel = panels.lines(
        "Jitter",
        "How much successive round-trip times differ, smoothed (RFC 3550); dashed, the device's thresholds from the "
        "inventory. Voice and video suffer above 30 ms. No line while the device is down.",
        [targets.over_time(f"max(device:icmp_jitter_seconds:max{{{ONE}}})", "jitter", "Jitter")],
        SECONDS,
    )
    return shared.with_limits(panel.override_by_name("jitter", [panels.fixed(looks.BLUE)]), "icmp_jitter")


def _alerts() -> table.Panel:
    return tables.build(
        "Alerts of this device",
        "Its alerts that fire now. None, though it is down: then the message is its parent's, or it is in maintenance.",
        [targets.rows(numbers.stamp(numbers.labels(("alertname", "severity", "ifName"), _FIRING)))],
        [
            shared.since_column("Value"),
            tables.Column("severity", "Severity", width=105, looks=looks.SEVERITIES),
            tables.Column("alertname", "Alert", width=150),
            tables.Column("ifName", "Interface", width=90),
        ],
        sort="Since",
        empty="no alert fires",
    )


_FIRING = f"alert:firing_since:timestamp_seconds{{{ONE}}}"


def _neighbours() -> table.Panel:
    up = f'label_replace(icmp_parent_info{{{ONE}}}, "other", "$1", "parent", "(.+)")'
    below = 'label_replace(icmp_parent_info{parent=~"$device"}, "other", "$1", "device", "(.+)")'
    state = 'max by (other) (label_replace(device:state:code, "other", "$1", "device", "(.+)"))'
    asked = " or ".join(
        f'label_replace(max by (other) ({info}) * on (other) {state}, "relation", "{relation}", "", "")'
        for info, relation in ((up, "▲ leads to it"), (below, "▼ hangs on it"))
    )
    return tables.build(
        "Next to it",
        "What leads to this device and what hangs directly on it, each with its state now. If all that leads to it is "
        "down, look there first.",
        [targets.rows(asked)],
        [
            tables.Column("relation", "Relation", width=120),
            shared.device_column(name="other"),
            shared.state_column("Value"),
        ],
        sort="Relation",
        descending=False,
    )


def _about() -> table.Panel:
    return tables.build(
        "What it is",
        "The device as the inventory has it. Its site leads to its neighbours.",
        [targets.rows(f"max by (device, site, role, platform, vendor, team) (device:state:code{{{ONE}}})")],
        [
            shared.site_column(),
            tables.Column("role", "Role", width=75),
            tables.Column("platform", "Platform", width=130),
            tables.Column("vendor", "Vendor", width=75),
            tables.Column("team", "Team", width=75),
        ],
        sort="Site",
    )
