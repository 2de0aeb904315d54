"""Availability: what was promised, what was kept, and which outages made the difference."""

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard

from sotpctl.render.grafana import links, looks, numbers, page, panels, shared, tables, targets, variables
from sotpctl.render.grafana.numbers import DEVICES
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import COUNT, RATIO, SECONDS

_RANGE = "$__range"
_KNOWN = "Unknown time counts as neither up nor down, and has its own number."
_SINCE = f'device:state_since:timestamp_seconds{{{DEVICES},state=~"down|unreachable"}}'


def build() -> dashboard.Dashboard:
    """Build the dashboard."""
    return page.build(
        links.AVAILABILITY,
        "Availability of devices, sites, roles and teams in the time range, against an objective; the outages behind "
        "it.",
        [variables.site(), variables.role(), variables.device(all_of_them=True), variables.objective()],
        [
            Section(
                "",
                (
                    Row(4, tuple((4, tile) for tile in _tiles())),
                    Row(9, ((24, _over_time()),)),
                    Row(
                        8,
                        tuple(
                            (8, _by(label, title))
                            for label, title in (("site", "site"), ("role", "role"), ("team", "team"))
                        ),
                    ),
                    Row(11, ((24, _by_device()),)),
                    Row(11, ((24, _outages()),)),
                ),
            )
        ],
        since="now-7d",
        refresh="5m",
    )


def _tiles() -> tuple[stat.Panel, ...]:
    up = panels.tile(
        "Availability",
        f"Of the time range, as far as the devices' states are known, the share in which they were up. {_KNOWN} "
        "Maintenance counts as what the device was meanwhile.",
        targets.now(numbers.share_up("device", DEVICES, _RANGE)),
        RATIO,
    ).decimals(3)
    left = panels.tile(
        "Error budget left",
        "What is left of the time that the objective allows to be down: 100 % is untouched, 0 used up, below 0 the "
        "promise is broken. Worry under a quarter: one more outage may break it.",
        targets.now(numbers.budget_left("device", DEVICES, _RANGE)),
        RATIO,
    ).decimals(0)
    objective = panels.tile(
        "Objective", "The availability that was promised, as chosen above.", targets.now("vector($objective)"), RATIO
    ).decimals(2)
    unknown = panels.tile(
        "Unknown time",
        "Share of the time range of which nobody knows whether the devices were up: SOTP or Prometheus didn't run, or "
        "the device wasn't in the inventory yet. Worry when it is more than the error budget: then the availability "
        "proves nothing.",
        targets.now(numbers.unknown("device", DEVICES, _RANGE)),
        RATIO,
    ).decimals(2)
    lost = panels.tile(
        "Time not up",
        "How long the devices were known not to be up, added up over all of them.",
        targets.now(numbers.lost("device", DEVICES, _RANGE)),
        SECONDS,
    ).decimals(1)
    outages = panels.tile(
        "Outages",
        "How many outages there were in the time range: each time a device went down or out of reach. They are listed "
        "below.",
        targets.now(f"sum(changes({_SINCE}[{_RANGE}]) + 1) or 0 * max(device:state:code{{{DEVICES}}})"),
        COUNT,
    ).decimals(0)
    return (
        up,
        left.thresholds(panels.steps(*shared.BUDGET_STEPS)).mappings(looks.budget()),
        objective,
        unknown,
        lost,
        outages,
    )


def _over_time() -> timeseries.Panel:
    step = "$__interval"
    panel = panels.lines(
        "Availability over time",
        "Each site's availability, step by step; dashed, the objective. One deep notch is an outage; a line that "
        "stays below is a place that needs work. A gap is unknown time.",
        [
            targets.over_time(numbers.share_up("site", numbers.SITE, step, by="site"), "{{site}}", "Sites"),
            targets.over_time("vector($objective)", "objective", "Objective"),
        ],
        RATIO,
    )
    panel = panels.dashed(panel, "objective", looks.NEUTRAL)
    panel = panel.interval("5m").max_data_points(170)  # an hour a step, of a week
    return panel.max(1).axis_soft_min(0.95).line_interpolation(kinds.LineInterpolation.STEP_BEFORE)


def _columns() -> tuple[tables.Column, ...]:
    return (
        *shared.availability_columns("Value #A", "Value #B"),
        tables.Column("Value #C", "Unknown", RATIO, width=80, decimals=2),
    )


def _asked(by: str) -> dict[str, str]:
    return {
        "A": numbers.share_up("device", DEVICES, _RANGE, by=by),
        "B": numbers.budget_left("device", DEVICES, _RANGE, by=by),
        "C": numbers.unknown("device", DEVICES, _RANGE, by=by),
    }


def _by(label: str, title: str) -> table.Panel:
    first = shared.site_column() if label == "site" else tables.Column(label, title.capitalize(), width=100)
    return tables.build(
        f"By {title}",
        f"Availability in the time range of the chosen devices, by {title}; what is left of the error budget; unknown "
        f"time. {_KNOWN}",
        [targets.rows(expr, ref) for ref, expr in _asked(label).items()],
        [first, *_columns()],
        sort="Availability",
        descending=False,
    )


def _by_device() -> table.Panel:
    by = "device, site, role, team"
    asked = _asked(by) | {
        "D": numbers.lost("device", DEVICES, _RANGE, by=by),
        "E": f"sum by ({by}) (changes({_SINCE}[{_RANGE}]) + 1)",
    }
    return tables.build(
        "By device",
        "Availability of each device in the time range, worst first; what is left of its error budget; unknown time. "
        f"{_KNOWN}",
        [targets.rows(expr, ref) for ref, expr in asked.items()],
        [
            shared.device_column(),
            *_columns(),
            tables.Column("Value #D", "Not up", SECONDS, width=90, decimals=1),
            tables.Column("Value #E", "Outages", COUNT, width=90, decimals=0),
            shared.site_column(),
            tables.Column("role", "Role", width=80),
            tables.Column("team", "Team", width=80),
        ],
        sort="Availability",
        descending=False,
    )


def _outages() -> table.Panel:
    which = ("device", "site", "role", "state")
    by = ", ".join(which)
    lasted = f"device:outage:duration_seconds{{{DEVICES}}}"
    panel = tables.build(
        "Outages in this time",
        "Every time a device was down or out of reach: since when and for how long. Short ranges are exact; over more "
        "than a week, of several outages of one device within one step only the last is listed.",
        [
            targets.row_for_each_step(numbers.stamp(f"max by ({by}) (last_over_time({_SINCE}[$__interval]))"), "A"),
            targets.row_for_each_step(f"max by ({by}) (last_over_time({lasted}[$__interval]))", "B"),
        ],
        [
            tables.Column("Value #A", "Began", shared.DATE, width=150),
            tables.Column("Value #B (max)", "Lasted", SECONDS, width=85, decimals=1),
            shared.device_column(),
            tables.Column("state", "State", width=130, looks=looks.STATES),
            shared.site_column(),
            tables.Column("role", "Role"),
        ],
        sort="Began",
        empty="no outage",
        first=tables.grouped((*which, "Value #A"), {"Value #B": "max"}),
    )
    return panel.interval("15s").max_data_points(10_000)
