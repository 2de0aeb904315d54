"""Panels that stand on several dashboards, the same on each."""

from grafana_foundation_sdk.builders import bargauge, common, dashboard, stat, timeseries
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models

from sotpctl.render.grafana import links, looks, numbers, panels, tables, targets
from sotpctl.render.grafana.page import PanelBuilder
from sotpctl.render.grafana.variables import DATA_SOURCE

RATIO, SECONDS, AGO, DATE, COUNT = "percentunit", "s", "dateTimeFromNow", "dateTimeAsIso", "none"
BITS, CELSIUS, DBM = "bps", "celsius", "dBm"
EACH_SECOND = "suffix:/s"  # of few: with a prefix, 0.03 packets would be 30 mp/s, which looks like millions
OF_A_DAY = "Availability, 24 h"
_LIMITS = {"warning": looks.AMBER, "critical": looks.RED}
_BAD_STATES = tuple(look for look in looks.STATES if look.name != "up")
BUDGET_STEPS: tuple[tuple[float | None, str], ...] = ((None, looks.RED), (0, looks.AMBER), (0.25, looks.GREEN))
ANY_IS_BAD: tuple[tuple[float | None, str], ...] = ((None, "transparent"), (0.01, looks.AMBER))


def state_tiles(width: int) -> tuple[tuple[int, PanelBuilder], ...]:
    """Build a tile for each state, worst first: zero is quiet, everything else has the state's colour."""
    return tuple((width, _state_tile(look)) for look in looks.STATES)


def _state_tile(look: looks.Look) -> stat.Panel:
    worry = "" if look.name == "up" else " Anything but 0 has its colour; click for the devices, worst first."
    return (
        panels.tile(
            look.text,
            f"Devices of the chosen sites that are {look.name} now. {look.meaning}{worry}",
            targets.now(numbers.devices_in(look.name)),
        )
        .thresholds(panels.steps((None, "transparent"), (1, look.colour)))
        .data_links([links.to(links.SITE, "The devices, worst first", "site")])
    )


def day_tile() -> stat.Panel:
    """Build the tile of a day's availability."""
    return (
        panels.tile(
            OF_A_DAY,
            "Of the last 24 hours, as far as the devices' state is known, the share in which they were up, "
            "maintenance included. Worry below what you promised: the dashboard Availability measures it against an "
            "objective.",
            targets.now(numbers.share_up("site", numbers.SITE, "1d")),
            RATIO,
        )
        .decimals(3)
        .data_links([links.to(links.AVAILABILITY, "Availability", "site")])
    )


def not_up_over_time() -> timeseries.Panel:
    """Build the stack of devices that were not up."""
    series = [
        targets.over_time(numbers.devices_in(look.name), look.text, look.name.capitalize()) for look in _BAD_STATES
    ]
    panel = panels.stacks(
        "Devices that were not up",
        "How many devices were down, unreachable, unknown or in maintenance. A step is an outage; a gap is a time in "
        "which Prometheus itself recorded nothing.",
        series,
        COUNT,
    )
    for look in _BAD_STATES:
        panel = panel.override_by_name(look.text, [panels.fixed(look.colour)])
    return panel


def with_limits(panel: timeseries.Panel, metric: str, *, of_port: bool = False, side: str = "from") -> timeseries.Panel:
    """Draw the device's thresholds, as the inventory gives them; an interface's own goes before its device's.

    Args:
        panel: Where.
        metric: As the inventory names it.
        of_port: Whether an interface is chosen, too.
        side: Which side is bad: "from" the threshold up, or "below" it.
    """
    for severity, colour in _LIMITS.items():
        legend = f"{severity} {side}"
        chosen = f'metric="{metric}",severity="{severity}"'
        query = f'max(sotp_threshold{{{numbers.ONE},ifName="",{chosen}}})'
        if of_port:
            query = f"max(sotp_threshold{{{numbers.PORT},{chosen}}}) or {query}"
        panel = panel.with_target(targets.over_time(query, legend, severity.capitalize()))
        panel = panels.dashed(panel, legend, colour)
    return panel


def bars(
    title: str, description: str, metric: str, unit: str, *, empty: str, by: tuple[str, ...] = ("device",)
) -> bargauge.Panel:
    """Build a bar for each of the ten devices whose metric (a selector, perhaps with a condition) is largest.

    With `by` of a device and an interface, each bar is one of those, and leads to it.
    """
    name = " ".join(links.label(label) for label in by)
    port = {"ifName": links.label("ifName")} if "ifName" in by else {}
    place, what = (links.INTERFACE, "The interface") if port else (links.DEVICE, "The device")
    largest = f"sort_desc(topk(10, max by ({', '.join(by)}) ({metric})))"
    return (
        bargauge.Panel()
        .title(title)
        .description(description)
        .datasource(DATA_SOURCE)
        .with_target(targets.now(largest).legend_format(" ".join(f"{{{{{label}}}}}" for label in by)))
        .unit(unit)
        .min(0)
        .no_value(empty)
        .display_name(name)  # else a single bar has no name
        .orientation(kinds.VizOrientation.HORIZONTAL)
        .display_mode(kinds.BarGaugeDisplayMode.BASIC)
        .value_mode(kinds.BarGaugeValueMode.TEXT)
        .show_unfilled(False)
        .sizing(kinds.BarGaugeSizing.MANUAL)
        .min_viz_height(10)
        .max_viz_height(24)
        .reduce_options(common.ReduceDataOptions().values(False).calcs(["lastNotNull"]))
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color(looks.BLUE))
        .data_links([links.to(place, what, device=links.label("device"), **port)])
    )


def device_column(title: str = "Device", name: str = "device") -> tables.Column:
    """Build the column that leads to the device."""
    return tables.Column(name, title, width=110, link=links.to(links.DEVICE, "The device", device=links.cell(title)))


def port_column(title: str = "Interface", *, device: str) -> tables.Column:
    """Build the column that leads to the interface of a device, which is a variable or another cell."""
    link = links.to(links.INTERFACE, "The interface", device=device, ifName=links.cell(title))
    return tables.Column("ifName", title, width=100, link=link)


def site_column() -> tables.Column:
    """Build the column that leads to the site."""
    return tables.Column("site", "Site", width=70, link=links.to(links.SITE, "The site", site=links.cell("Site")))


def state_column(name: str) -> tables.Column:
    """Build the column of states, by their code."""
    return tables.Column(name, "State", COUNT, width=130, looks=looks.STATES, coded=True)


def since_column(name: str) -> tables.Column:
    """Build the column that says how long ago."""
    return tables.Column(name, "Since", AGO, width=125)


def availability_columns(up: str, left: str) -> tuple[tables.Column, ...]:
    """Build the columns of an availability and of what it leaves of the error budget."""
    return (
        tables.Column(up, "Availability", RATIO, width=95, decimals=3),
        tables.Column(left, "Budget left", RATIO, width=95, decimals=0, steps=BUDGET_STEPS, mappings=looks.budget()),
    )


def alert_columns() -> tuple[tables.Column, ...]:
    """Build the columns that say which alert it is and where."""
    return (
        tables.Column("severity", "Severity", width=105, looks=looks.SEVERITIES),
        tables.Column("alertname", "Alert", width=150),
        device_column(),
        site_column(),
    )
