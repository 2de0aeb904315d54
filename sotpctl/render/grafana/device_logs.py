"""Device: what it said. How much, which events, and the lines themselves."""

from grafana_foundation_sdk.builders import logs, table, timeseries

from sotpctl.render.grafana import links, looks, panels, tables, targets
from sotpctl.render.grafana.numbers import ONE
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import COUNT, EACH_SECOND


def section() -> Section:
    """Build the section, once for each chosen device."""
    return Section(
        "$device: logs", (Row(7, ((12, _rate()), (12, _events()))), Row(12, ((24, _lines()),))), repeat="device"
    )


def _rate() -> timeseries.Panel:
    return by_severity(
        "Messages of this device",
        "Messages that the device sent each second, by severity, worst at the bottom; counted when they came in, "
        "whether or not Loki has them. A burst comes before or with an outage; silence of a device that always says "
        "something is one, too.",
        ONE,
    )


def by_severity(title: str, description: str, chosen: str) -> timeseries.Panel:
    """Build the stack of messages a second, by severity, worst at the bottom; `chosen` says of whom."""
    series = [
        targets.over_time(
            f'sum(device:syslog_messages:rate{{{chosen},severity="{look.name}"}})', look.name, look.name.capitalize()
        )
        for look in looks.MESSAGES
    ]
    panel = panels.stacked_rates(title, description, series, EACH_SECOND)
    for look in looks.MESSAGES:
        panel = panel.override_by_name(look.name, [panels.fixed(look.colour)])
    return panel.no_value("no message came")


def _events() -> table.Panel:
    events = f"sum by (event, level) (sum_over_time(device:syslog_events:count_1m{{{ONE}}}[$__range]))"
    return tables.build(
        "Events of this device",
        "What its messages told in the time range, as far as it is known by a name: how often, the most frequent "
        "first; the level is how bad that kind is. Click one for its messages.",
        [targets.rows(events)],
        [
            tables.Column(
                "event",
                "Event",
                width=150,
                link=links.to(links.LOGS, "Its messages", device=links.choice("device"), event=links.cell("Event")),
            ),
            tables.Column("level", "Level", width=105, looks=looks.SEVERITIES),
            tables.Column("Value", "Times", COUNT, width=80, decimals=0),
        ],
        sort="Times",
        empty="no event",
    )


def _lines() -> logs.Panel:
    return panels.log(
        "Log of this device",
        "What the device sent, newest first; a click on a line shows its severity, mnemonic, event and the rest. The "
        "dashboard Logs searches it. It needs a Loki: where the store is VictoriaLogs, look at its own page.",
        targets.log_lines('{job="syslog", device=~"$device"}'),
    ).links([links.to(links.LOGS, "Search the log", device=links.choice("device"))])
