"""Logs: what devices said. How much and who, which events, and the lines, searched by all that is known of them."""

from grafana_foundation_sdk.builders import bargauge, logs, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

from sotpctl.render.grafana import device_logs, links, looks, page, panels, shared, tables, targets, variables
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import COUNT, EACH_SECOND

_CHOSEN = 'site=~"$site",device=~"$device"'
_STREAMS = '{job="syslog", site=~"$site", device=~"$device"}'
_SHIPPER = 'job="syslog"'
# Structured metadata; what a message has none of is "" and found by .*
_FILTERS = '| severity=~"$severity" | event=~"$event" | mnemonic=~`(?i).*${mnemonic:raw}.*`'
_FOUND = f"{_STREAMS} |~ `(?i)${{search:raw}}` {_FILTERS}"


def build() -> dashboard.Dashboard:
    """Build the dashboard."""
    return page.build(
        links.LOGS,
        "What devices said: search it by device, site, severity, mnemonic and event; how much, who says most, what is "
        "new.",
        [
            variables.logs_source(),
            variables.site(),
            _device(),
            variables.severity(looks.MESSAGES),
            _event(),
            variables.text("mnemonic", "Mnemonic", "A part of it, such as LINEPROTO; a regular expression."),
            variables.text("search", "Text", "Found in the line, in capitals or not; a regular expression."),
        ],
        [
            Section(
                "",
                (
                    Row(4, tuple((4, tile) for tile in _tiles())),
                    Row(8, ((16, _rate()), (8, _talkers()))),
                    Row(18, ((24, _lines()),)),
                    Row(9, ((24, _events()),)),
                ),
            ),
            Section("Mnemonics that are new (asks Loki for a day more)", (Row(9, ((24, _new()),)),), folded=True),
        ],
        since="now-1h",
        refresh="30s",
    )


def _device() -> builders.QueryVariable:
    return variables.of_series("device", "Device", 'device:syslog_messages:rate{site=~"$site"}')


def _event() -> builders.QueryVariable:
    return variables.of_series("event", "Event", f"device:syslog_events:count_1m{{{_CHOSEN}}}")


def _tiles() -> tuple[stat.Panel, ...]:
    red = panels.steps((None, "transparent"), (1, looks.RED))
    rate = panels.tile(
        "Messages",
        "Messages that the chosen devices send each second, now.",
        targets.now(f"sum(device:syslog_messages:rate{{{_CHOSEN}}})"),
        EACH_SECOND,
    ).decimals(1)
    bad = panels.tile(
        "Errors and worse",
        "Of those, messages of severity error, critical, alert and emergency each second. Many at once come with an "
        "outage; a few all the time hide the next one.",
        targets.now(f'sum(device:syslog_messages:rate{{{_CHOSEN},severity=~"error|critical|alert|emergency"}})'),
        EACH_SECOND,
    ).decimals(1)
    waiting = panels.tile(
        "Waiting for Loki",
        "Messages that the shipper has received and Loki hasn't yet. Thousands, or more and more: Loki is away or too "
        "slow; nothing is lost until the spool is full.",
        targets.now(f"sum(syslog_spool_messages{{{_SHIPPER}}})"),
        "short",
    )
    lost = (
        panels.tile(
            "Lost",
            "Messages given up in the time range: over a sender's rate, a full spool, an unknown sender where those "
            "are refused. Anything but 0: docs/logs.md says what each reason means.",
            targets.now(f"sum(increase(syslog_messages_dropped_total{{{_SHIPPER}}}[$__range]))"),
            COUNT,
        )
        .decimals(0)
        .thresholds(red)
    )
    garbled = panels.tile(
        "Not understood",
        "Messages of the time range whose form the shipper doesn't know; they are in Loki as they came, with "
        "parse_error. Many from one device: its dialect is worth a report.",
        targets.now(f"sum(increase(sotp_syslog_parse_errors_total{{{_SHIPPER}}}[$__range]))"),
        COUNT,
    ).decimals(0)
    strangers = panels.tile(
        "Of unknown senders",
        "Messages each second from addresses that the inventory doesn't have: device unknown, the address among a "
        "line's details. A device that is missing, or that sends from another address.",
        targets.now('sum(device:syslog_messages:rate{device="unknown"})'),
        EACH_SECOND,
    ).decimals(1)
    return rate, bad, waiting, lost, garbled, strangers.no_value("none")


def _rate() -> timeseries.Panel:
    return device_logs.by_severity(
        "Messages by severity",
        "Messages of the chosen devices each second, by severity, worst at the bottom; counted when they came in, "
        "whether or not Loki has them. A burst is an outage, a loop, or debugging that somebody left on: see who, "
        "beside.",
        f'{_CHOSEN},severity=~"$severity"',
    )


def _talkers() -> bargauge.Panel:
    metric = f'sum by (device) (device:syslog_messages:rate{{{_CHOSEN},severity=~"$severity"}}) > 0'
    return (
        shared.bars(
            "Top talkers",
            "The ten devices that send most messages each second, now. One far above the others repeats itself: a "
            "flapping port, a failing login, a debug that was left on. Click one for its messages.",
            metric,
            EACH_SECOND,
            empty="no device sends a message",
        )
        .decimals(2)
        .data_links([links.to(links.LOGS, "Its messages", "severity", device=links.label("device"))])
    )


def _lines() -> logs.Panel:
    return panels.log(
        "Log",
        "The lines that match what is chosen above, the newest 1,000 of the time range; a click on one shows its "
        "severity, mnemonic, event and the rest. Nothing, though the rate above isn't 0: Loki is behind, or the "
        "choice is too narrow.",
        targets.log_lines(_FOUND),
    )


def _events() -> table.Panel:
    asked = f'sum_over_time(device:syslog_events:count_1m{{{_CHOSEN},event=~"$event"}}[$__range])'
    return tables.build(
        "Events",
        "What messages told in the time range, as far as it is known by a name: where and how often, the most frequent "
        "first; the level is how bad that kind is. Click an event for its messages, a device for its page.",
        [targets.rows(f"sum by (event, level, device, site) ({asked})")],
        [
            tables.Column(
                "event",
                "Event",
                width=160,
                link=links.to(links.LOGS, "Its messages", event=links.cell("Event"), device=links.cell("Device")),
            ),
            tables.Column("level", "Level", width=105, looks=looks.SEVERITIES),
            tables.Column("Value", "Times", COUNT, width=80, decimals=0),
            shared.device_column(),
            shared.site_column(),
        ],
        sort="Times",
        empty="no event",
    )


def _new() -> table.Panel:
    named = f"{_STREAMS} | mnemonic!=``"
    now = f"sum by (mnemonic, device) (count_over_time({named} [$__range]))"
    before = f"sum by (mnemonic) (count_over_time({named} [1d] offset $__range))"
    return tables.build(
        "New mnemonics",
        "Kinds of messages of the time range that no chosen device sent in the day before it: what changed, before an "
        "alert knows of it. A new software says new things; so does a fault that was never there.",
        [targets.log_rows(f"{now} unless on (mnemonic) {before}")],
        [
            tables.Column(
                "mnemonic",
                "Mnemonic",
                width=200,
                link=links.to(links.LOGS, "Its messages", mnemonic=links.cell("Mnemonic"), device=links.cell("Device")),
            ),
            tables.Column("Value #A", "Times", COUNT, width=80),
            shared.device_column(),
        ],
        sort="Times",
        empty="nothing new",
        then=tables.rows_of_labels(),
        source=variables.LOGS_SOURCE,
    )
