"""Alerts: what fires, what fired, and what makes the most noise."""

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.models import dashboard

from sotpctl.render.grafana import fleet, links, looks, numbers, page, panels, shared, tables, targets, variables
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import COUNT, SECONDS

_CHOSEN = f'{numbers.SITE},severity=~"$severity",alertname=~"$alert"'
_SINCE = f"alert:firing_since:timestamp_seconds{{{_CHOSEN}}}"
_WHICH = ("alertname", "severity", "site", "device")


def build() -> dashboard.Dashboard:
    """Build the dashboard."""
    return page.build(
        links.ALERTS,
        "What fires now, what fired, and what makes the most noise.",
        [variables.site(), variables.severity(looks.SEVERITIES), _alert()],
        [
            Section(
                "",
                (
                    Row(4, tuple((4, tile) for tile in _tiles())),
                    Row(
                        9,
                        (
                            (
                                24,
                                fleet.firing_now(',severity=~"$severity",alertname=~"$alert"').title(
                                    "Chosen alerts firing now"
                                ),
                            ),
                        ),
                    ),
                    Row(9, ((12, _over_time()), (12, _noisiest()))),
                    Row(11, ((24, _history()),)),
                ),
            )
        ],
        since="now-24h",
        refresh="30s",
    )


def _alert() -> builders.QueryVariable:
    return variables.of_series(
        "alert",
        "Alert",
        f'alert:firing_since:timestamp_seconds{{{numbers.SITE},severity=~"$severity"}}',
        of="alertname",
    )


def _tiles() -> tuple[stat.Panel, ...]:
    firing = [
        panels.tile(
            f"{look.text.capitalize()}, firing",
            f"Alerts of severity {look.name} that fire now at the chosen sites. {look.meaning}",
            targets.now(numbers.alerts_of(look.name)),
        ).thresholds(panels.steps((None, "transparent"), (1, look.colour)))
        for look in looks.SEVERITIES
    ]
    begun = panels.tile(
        "Begun in this time",
        "How often a chosen alert began to fire in the time range. More than a handful a shift wears people out: see "
        "the noisiest below.",
        targets.now(f"sum(changes({_SINCE}[$__range]) + 1) or 0 * max(site:alerts:count)"),
        COUNT,
    ).decimals(0)
    silences = panels.tile(
        "Silences in force",
        "Acknowledgements and silences that hold messages back now (`sotpctl maintenance list`). Worry when one "
        "outlives its reason.",
        targets.now('max(alertmanager_silences{job="alertmanager",state="active"})'),
        COUNT,
    )
    failed = panels.tile(
        "Messages that failed",
        "Messages in the time range that a channel refused. Anything but 0 means that somebody may not have been told.",
        targets.now('sum(increase(alertmanager_notifications_failed_total{job="alertmanager"}[$__range]))'),
        COUNT,
    ).decimals(0)
    return (*firing, begun, silences, failed.thresholds(panels.steps((None, "transparent"), (1, looks.RED))))


def _over_time() -> timeseries.Panel:
    panel = panels.stacks(
        "Alerts over time",
        "How many alerts fired, by severity. A step that stays is one that nobody put right.",
        [
            targets.over_time(numbers.alerts_of(look.name), look.text, look.name.capitalize())
            for look in looks.SEVERITIES
        ],
        COUNT,
    )
    for look in looks.SEVERITIES:
        panel = panel.override_by_name(look.text, [panels.fixed(look.colour)])
    return panel


def _noisiest() -> table.Panel:
    which = ", ".join(_WHICH)
    return tables.build(
        "Noisiest",
        "Which alerts began most often in the time range, and for how long they fired in all. What fires often and "
        "short wants another threshold or a repair; what always fires wants a decision.",
        [
            targets.rows(f"topk(20, sum by ({which}) (changes({_SINCE}[$__range]) + 1))", "A"),
            targets.rows(f"15 * sum by ({which}) (count_over_time({_SINCE}[$__range]))", "B"),
        ],
        [
            tables.Column("Value #A", "Times", COUNT, width=60, decimals=0),
            tables.Column("Value #B", "Firing for", SECONDS, width=85, decimals=1),
            *shared.alert_columns(),
        ],
        sort="Times",
        empty="no alert fired",
    )


def _history() -> table.Panel:
    which = ", ".join(_WHICH)
    panel = tables.build(
        "History",
        "Every time an alert fired in the time range: when its condition began, and for how long it has been or was "
        "true. Short ranges are exact; over more than a week, of several within one step only the last is listed.",
        [
            targets.row_for_each_step(numbers.stamp(f"max by ({which}) (last_over_time({_SINCE}[$__interval]))"), "A"),
            targets.row_for_each_step(
                f"max by ({which}) (last_over_time(alert:firing:duration_seconds{{{_CHOSEN}}}[$__interval]))", "B"
            ),
        ],
        [
            tables.Column("Value #A", "Began", shared.DATE, width=150),
            tables.Column("Value #B (max)", "Lasted", SECONDS, width=85, decimals=1),
            *shared.alert_columns(),
        ],
        sort="Began",
        empty="no alert fired",
        first=tables.grouped((*_WHICH, "Value #A"), {"Value #B": "max"}),
    )
    return panel.interval("15s").max_data_points(10_000)
