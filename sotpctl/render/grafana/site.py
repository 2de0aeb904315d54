"""Site: the devices of one place, or of a few, worst first, and how well the place answers."""

from grafana_foundation_sdk.builders import bargauge, statetimeline, table, timeseries
from grafana_foundation_sdk.models import dashboard

from sotpctl.render.grafana import fleet, links, numbers, page, panels, shared, tables, targets, variables
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import COUNT, EACH_SECOND, RATIO, SECONDS

_LABELS = ("device", "site", "role")
_CRITICAL, _WARNING = "Value #F", "Value #G"


def build() -> dashboard.Dashboard:
    """Build the dashboard."""
    return page.build(
        links.SITE,
        "The devices of a site, worst first; how well the site answers; its alerts; its busiest interfaces.",
        [variables.site()],
        [
            Section(
                "",
                (
                    Row(4, (*shared.state_tiles(4), (4, shared.day_tile()))),
                    Row(11, ((24, _devices()),)),
                    Row(10, ((24, _states()),)),
                    Row(8, ((8, _loss()), (8, _rtt()), (8, shared.not_up_over_time()))),
                    Row(8, ((24, fleet.firing_now("")),)),
                    Row(8, tuple((8, panel) for panel in _busiest())),
                ),
            )
        ],
        since="now-6h",
        refresh="10s",
    )


def _devices() -> table.Panel:
    chosen = f"{{{numbers.SITE}}}"
    asked = {
        "A": numbers.labels(_LABELS, f"device:state:code{chosen}"),
        "B": numbers.stamp(numbers.labels(_LABELS, f"device:state_since:timestamp_seconds{chosen}")),
        "C": numbers.labels(_LABELS, f"device:icmp_loss:ratio{chosen}"),
        "D": numbers.labels(_LABELS, f"device:icmp_rtt_seconds:mean_5m{chosen}"),
        "E": numbers.labels(_LABELS, f"device:icmp_jitter_seconds:max{chosen}"),
        "F": _alerts("critical"),
        "G": _alerts("warning"),
        "H": numbers.share_up("device", numbers.SITE, "1d", by=", ".join(_LABELS)),
        # The table's order: down, unreachable, unknown, maintenance, up.
        "I": numbers.labels(_LABELS, _urgency(chosen)),
    }
    return tables.build(
        "Devices",
        "Every device of the site, worst state first: since when, what it loses, how fast and how evenly it answers "
        "(of the last five minutes), its firing alerts, and its availability of the last 24 hours. An empty cell "
        "means that nobody knows. Click a device for its history.",
        [targets.rows(expr, ref) for ref, expr in asked.items()],
        [
            shared.device_column(),
            shared.state_column("Value #A"),
            shared.since_column("Value #B"),
            tables.Column(_CRITICAL, "▼ critical", COUNT, width=80),
            tables.Column(_WARNING, "◆ warning", COUNT, width=85),
            tables.Column("Value #C", "Loss", RATIO, width=75, decimals=1),
            tables.Column("Value #D", "Round trip", SECONDS, width=90, decimals=1),
            tables.Column("Value #E", "Jitter", SECONDS, width=90, decimals=1),
            tables.Column("Value #H", "Up in 24 h", RATIO, width=90, decimals=3),
            tables.Column("role", "Role", width=90),
            shared.site_column(),
        ],
        then=[tables.sorted_by("Value #I")],
    )


def _alerts(severity: str) -> str:
    """Count each device's alerts of that severity which fire."""
    chosen = f'{numbers.SITE},device!="",severity="{severity}"'
    return f"count by ({', '.join(_LABELS)}) (alert:firing_since:timestamp_seconds{{{chosen}}})"


def _urgency(chosen: str) -> str:
    """Rank states by how soon somebody should look: 4 down, 3 unreachable, 2 unknown, 1 maintenance, 0 up."""
    code = f"device:state:code{chosen}"
    return f"4 * ({code} == bool 2) + 3 * ({code} == bool 3) + 2 * ({code} == bool 0) + ({code} == bool 4)"


def _states() -> statetimeline.Panel:
    return panels.timeline(
        "States over time",
        "A band for each device: its worst state in every step. Bands that break off at one moment have one cause; no "
        "band means that nothing was recorded.",
        targets.over_time(
            f"max by (device) (max_over_time(device:state_code:max_1m{{{numbers.SITE}}}[$__interval]))", "{{device}}"
        ),
    ).interval("1m")


def _loss() -> timeseries.Panel:
    return panels.lines(
        "Loss by site",
        "Share of pings that went unanswered: the mean of the site's devices and its worst device. A mean that rises "
        "is the line to the site; a worst device that rises alone is that device.",
        [
            targets.over_time(f"site:icmp_loss_ratio:avg{{{numbers.SITE}}}", "{{site}} mean", "Mean"),
            targets.over_time(f"site:icmp_loss_ratio:max{{{numbers.SITE}}}", "{{site}} worst", "Worst"),
        ],
        RATIO,
    )


def _rtt() -> timeseries.Panel:
    return panels.lines(
        "Round trip by site",
        "Round-trip time: the mean of the site's devices and its slowest device. A step of all at once is another "
        "route or a full line.",
        [
            targets.over_time(f"site:icmp_rtt_seconds:avg{{{numbers.SITE}}}", "{{site}} mean", "Mean"),
            targets.over_time(f"site:icmp_rtt_seconds:max{{{numbers.SITE}}}", "{{site}} slowest", "Slowest"),
        ],
        SECONDS,
    )


def _busiest() -> tuple[bargauge.Panel, ...]:
    """Build the three lists of ten from SNMP."""
    chosen = f"{{{numbers.SITE}}}"
    port = ("device", "ifName")
    return (
        shared.bars(
            "Busiest interfaces",
            "Of the busier direction, the share of the interface's speed, now. Near 100 % packets wait, then are lost; "
            "the inventory's thresholds are drawn on the interface's page.",
            f"interface:utilization:ratio{chosen} > 0",
            RATIO,
            empty="SNMP tells of no traffic",
            by=port,
        ).decimals(1),
        shared.bars(
            "Interfaces with most errors",
            "Packets with errors each second, in and out together, now, from 0.01 on. What goes on is a cable, an "
            "optic or a duplex mismatch.",
            f"interface:errors:rate{chosen} > 0.01",
            EACH_SECOND,
            empty="no interface has errors",
            by=port,
        ).decimals(1),
        shared.bars(
            "Busiest processors",
            "How busy a device's processors are, on average of them, now. Worry about one that is far above its likes: "
            "the inventory's thresholds are drawn on its page.",
            f"device:cpu_utilization:ratio{chosen} > 0",
            RATIO,
            empty="SNMP tells of no processor",
        ).decimals(0),
    )
