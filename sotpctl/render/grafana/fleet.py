"""Fleet: what the screen on the wall shows. One look says whether something is wrong, and where."""

from grafana_foundation_sdk.builders import bargauge, table
from grafana_foundation_sdk.models import dashboard

from sotpctl.render.grafana import links, looks, numbers, page, shared, tables, targets, variables
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import COUNT, RATIO, SECONDS


def build() -> dashboard.Dashboard:
    """Build the dashboard."""
    return page.build(
        links.FLEET,
        "Everything on one screen: who is down now, where it burns, who answers worst, what changed.",
        [variables.site(), variables.objective()],
        [
            Section(
                "",
                (
                    Row(4, (*shared.state_tiles(4), (4, shared.day_tile()))),
                    Row(6, ((24, _sites()),)),
                    Row(8, ((6, shared.not_up_over_time()), *((6, panel) for panel in worst()))),
                    Row(8, ((12, _changed()), (12, firing_now("")))),
                ),
            )
        ],
        since="now-6h",
        refresh="10s",
    )


def _sites() -> table.Panel:
    states = [(look.name, look.text, numbers.devices_in(look.name, by="site"), look) for look in looks.STATES]
    alerts = [(look.name, look.text, numbers.alerts_of(look.name, by="site"), look) for look in looks.SEVERITIES]
    numbered = [(ref, *row) for ref, row in zip("ABCDEFGH", states + alerts, strict=True)]
    columns = [
        tables.Column(
            f"Value #{ref}",
            text,
            COUNT,
            width=128 if name in ("unreachable", "maintenance") else 75,
            steps=((None, "transparent"), (1, look.colour)) if name != "up" else (),
        )
        for ref, name, text, _, look in numbered
    ]
    return tables.build(
        "Sites",
        "A row for each site: its devices by state, its firing alerts by severity, and how its availability of the "
        "last 24 hours stands against the objective chosen above: what is left of the error budget, 100 % being "
        "untouched. Worry about red, and about less than a quarter of the budget. Click a site to see its devices.",
        [
            *(targets.rows(expr, ref) for ref, _, _, expr, _ in numbered),
            targets.rows(numbers.share_up("site", numbers.SITE, "1d", by="site"), "I"),
            targets.rows(numbers.budget_left("site", numbers.SITE, "1d", by="site"), "J"),
        ],
        [
            shared.site_column(),
            *columns,
            *shared.availability_columns("Value #I", "Value #J"),
        ],
        sort=looks.STATES[0].text,
    )


def worst() -> tuple[bargauge.Panel, ...]:
    """Build the three lists of ten."""
    chosen = f"{{{numbers.SITE}}}"
    return (
        shared.bars(
            "Worst ten by loss",
            "Of the last five minutes' pings, the share that went unanswered, of devices that are up. Under 1 % is the "
            "internet; a device with more than its threshold has an alert. What is down loses everything and isn't "
            "listed.",
            f"device:icmp_loss:ratio{chosen} > 0 and on (device) device:state:code{chosen} == 1",
            RATIO,
            empty="no device loses a packet",
        ),
        shared.bars(
            "Slowest ten",
            "Mean round-trip time of the last five minutes. Distance is no fault: worry when a device is far above "
            "its own past, which its dashboard draws.",
            f"device:icmp_rtt_seconds:mean_5m{chosen}",
            SECONDS,
            empty="no device answers",
        ).decimals(1),
        shared.bars(
            "Worst ten by jitter",
            "How much successive round-trip times differ (RFC 3550). Voice and video suffer above 30 ms.",
            f"device:icmp_jitter_seconds:max{chosen}",
            SECONDS,
            empty="no device answers",
        ).decimals(1),
    )


def _changed() -> table.Panel:
    now = f"device:state_since:timestamp_seconds{{{numbers.SITE}}}"
    lately = f"last_over_time({now}[1h])"
    # Whoever was only unknown for a while (SOTP began, an exporter was down) didn't change.
    known = f'{now[:-1]},state!="unknown"}}'
    was_another = f"count by (device) (last_over_time({known}[1h])) > 1"
    isnt_known_now = f"count by (device) ({lately}) > 1 unless on (device) {known}"
    changed = f"{now} > time() - 3600 and on (device) ({was_another} or {isnt_known_now})"
    others = f"topk by (device) (1, {lately} unless on (device, state) {now})"
    before = f'label_replace({others}, "was", "$1", "state", "(.+)")'
    return tables.build(
        "What changed in the last hour",
        "Devices whose state is another than an hour ago or was meanwhile, what is down first, and the newest first "
        "of each state: what they are now, since when, and what they were before. Many at one moment have one cause.",
        [
            targets.rows(numbers.stamp(numbers.labels(("device", "site", "role", "state"), changed)), "A"),
            targets.rows(numbers.labels(("device", "was"), before) + f" and on (device) ({changed})", "B"),
        ],
        [
            shared.since_column("Value #A"),
            shared.device_column(),
            tables.Column("state", "State", width=130, looks=looks.STATES),
            tables.Column("was", "Before", width=130, looks=looks.STATES),
            shared.site_column(),
        ],
        sort="State",  # by its name: down comes first, up last
        descending=False,
        empty="nothing changed",
        then=[tables.sorted_by("Value #A")],
    )


def firing_now(more: str) -> table.Panel:
    """Build the table of the alerts that fire; `more` are further label matchers, such as `,severity=~"$severity"`."""
    return tables.build(
        "Alerts firing now",
        "Alerts that fire now, newest first; those that only repeat a device's state aren't among them, those that a "
        "silence or a dead parent holds back are. Since is when the condition began. Critical ones have woken "
        "somebody.",
        [
            targets.rows(
                numbers.stamp(
                    numbers.labels(
                        numbers.ALERT_LABELS, f"alert:firing_since:timestamp_seconds{{{numbers.SITE}{more}}}"
                    )
                )
            )
        ],
        [
            shared.since_column("Value"),
            *shared.alert_columns(),
        ],
        sort="Since",
        empty="no alert fires",
    )
