"""SOTP itself: whether what watches is well. When this page is red, no other page can be believed."""

from grafana_foundation_sdk.builders import stat, table
from grafana_foundation_sdk.models import dashboard

from sotpctl.render.grafana import links, looks, page, panels, shared, sotp_series, tables, targets
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import COUNT, RATIO, SECONDS
from sotpctl.render.grafana.sotp_series import EXPORTER, PROMETHEUS


def build() -> dashboard.Dashboard:
    """Build the dashboard."""
    return page.build(
        links.SOTP,
        "Whether SOTP itself is well: exporters, the age of what is shown, rules, series, the ping engine.",
        [],
        [
            Section(
                "",
                (
                    Row(4, tuple((4, tile) for tile in _tiles())),
                    Row(8, ((13, _exporters()), (11, _jobs()))),
                    Row(8, ((12, _groups()), (12, sotp_series.group_load()))),
                    Row(8, ((8, sotp_series.series()), (8, sotp_series.samples()), (8, sotp_series.scrapes()))),
                ),
            ),
            Section(
                "Ping engine",
                (Row(8, ((8, sotp_series.packets()), (8, sotp_series.lag()), (8, sotp_series.troubles()))),),
            ),
            Section("Resources", (Row(8, ((8, sotp_series.cpu()), (8, sotp_series.memory()), (8, _inventory()))),)),
        ],
        since="now-6h",
        refresh="30s",
    )


def _tiles() -> tuple[stat.Panel, ...]:
    red = panels.steps((None, "transparent"), (1, looks.RED))
    down = panels.tile(
        "Exporters down",
        "Exporters that answered no scrape. Anything but 0: what they watch goes unwatched.",
        targets.now(f"sum(up{{{EXPORTER}}} == bool 0)"),
        COUNT,
    ).thresholds(red)
    missing = panels.tile(
        "Targets missing",
        "Targets that the inventory gives and Prometheus doesn't scrape. Anything but 0: `sotpctl apply` puts it "
        "right or says why not.",
        targets.now(
            "sum(clamp_min(max by (job) (sotp_expected_targets) - (job:targets:count or 0 * max by (job) "
            "(sotp_expected_targets)), 0))"
        ),
        COUNT,
    ).thresholds(red)
    age = panels.tile(
        "Age of what is shown",
        "Seconds since the states of devices were last computed. Above 30 s the screens show the past: Prometheus is "
        "overloaded or stuck.",
        targets.now("time() - max(timestamp(device:state:code))"),
        SECONDS,
    )
    failures = (
        panels.tile(
            "Rules that failed",
            "Evaluations of rules that failed in the time range. Anything but 0: some alert may not fire; "
            "Prometheus's page Rules says which.",
            targets.now(f"sum(increase(prometheus_rule_evaluation_failures_total{{{PROMETHEUS}}}[$__range]))"),
            COUNT,
        )
        .decimals(0)
        .thresholds(red)
    )
    dropped = (
        panels.tile(
            "Alerts not delivered",
            "Alerts that Prometheus could not hand to Alertmanager in the time range. Anything but 0: people weren't "
            "told.",
            targets.now(f"sum(increase(prometheus_notifications_dropped_total{{{PROMETHEUS}}}[$__range]))"),
            COUNT,
        )
        .decimals(0)
        .thresholds(red)
    )
    reload = panels.tile(
        "Configuration in force",
        "Whether Prometheus, Alertmanager and the exporters run the configuration that they were last given. Refused: "
        "an older one is still in force; `sotpctl status` says where.",
        targets.now(
            f"min(prometheus_config_last_reload_successful{{{PROMETHEUS}}} "
            'or alertmanager_config_last_reload_successful{job="alertmanager"} '
            f"or sotp_exporter_config_last_reload_successful{{{EXPORTER}}})"
        ),
    ).mappings(looks.yes_no("taken", "refused"))
    return (
        down,
        missing,
        age.decimals(0).thresholds(panels.steps((None, "transparent"), (30, looks.RED))),
        failures,
        dropped,
        reload,
    )


def _exporters() -> table.Panel:
    which = "exporter, instance"
    return tables.build(
        "Exporters",
        "Each exporter: whether it answers, whether it took its last configuration and when, and how long a scrape of "
        "it takes. Worry when one is down, refused its configuration, or takes more than a second.",
        [
            targets.rows(f"max by ({which}) (up{{{EXPORTER}}})", "A"),
            targets.rows(f"min by ({which}) (sotp_exporter_config_last_reload_successful{{{EXPORTER}}})", "B"),
            targets.rows(
                f"1000 * max by ({which}) (sotp_exporter_config_last_reload_success_timestamp_seconds{{{EXPORTER}}})",
                "C",
            ),
            targets.rows(f"max by ({which}) (scrape_duration_seconds{{{EXPORTER}}})", "D"),
        ],
        [
            tables.Column("exporter", "Exporter", width=95),
            tables.Column("Value #A", "Answers", COUNT, width=80, mappings=looks.yes_no("up", "down")),
            tables.Column("Value #B", "Configuration", COUNT, width=115, mappings=looks.yes_no("taken", "refused")),
            tables.Column("Value #C", "Loaded", shared.AGO, width=125),
            tables.Column("Value #D", "Scrape", SECONDS, width=75, decimals=1),
            tables.Column("instance", "Address", width=120),
        ],
        sort="Exporter",
        descending=False,
    )


def _jobs() -> table.Panel:
    return tables.build(
        "Scrape jobs",
        "Each job: targets that answer, that Prometheus knows, and that the inventory gives; the three should agree. "
        "Samples a scrape show where the series come from.",
        [
            targets.rows("max by (job) (job:targets_up:count)", "A"),
            targets.rows("max by (job) (job:targets:count)", "B"),
            targets.rows("max by (job) (sotp_expected_targets)", "C"),
            targets.rows("max by (job) (job:scrape_samples:sum)", "D"),
            targets.rows("max by (job) (job:scrape_duration_seconds:max)", "E"),
        ],
        [
            tables.Column("job", "Job", width=120),
            tables.Column("Value #A", "Answer", COUNT, width=80),
            tables.Column("Value #B", "Known", COUNT, width=80),
            tables.Column("Value #C", "Inventory", COUNT, width=90),
            tables.Column("Value #D", "Samples", "short", width=90),
            tables.Column("Value #E", "Slowest", SECONDS, width=90, decimals=1),
        ],
        sort="Job",
        descending=False,
    )


def _groups() -> table.Panel:
    last = f"prometheus_rule_group_last_duration_seconds{{{PROMETHEUS}}}"
    every = f"prometheus_rule_group_interval_seconds{{{PROMETHEUS}}}"
    missed = f"increase(prometheus_rule_group_iterations_missed_total{{{PROMETHEUS}}}[$__range])"
    return tables.build(
        "Rule groups",
        "How long each group's last evaluation took, how often it runs, which share of that time it needs, and how "
        "many runs were missed in the time range. Worry above half of the interval, or when runs are missed: alerts "
        "come late.",
        [
            targets.rows(sotp_series.group(last), "A"),
            targets.rows(sotp_series.group(every), "B"),
            targets.rows(sotp_series.group(f"{last} / {every}"), "C"),
            targets.rows(sotp_series.group(missed), "D"),
        ],
        [
            tables.Column("group", "Group", width=130),
            tables.Column("Value #A", "Takes", SECONDS, width=90, decimals=1),
            tables.Column("Value #B", "Every", SECONDS, width=80, decimals=0),
            tables.Column("Value #C", "Share", RATIO, width=80, decimals=1),
            tables.Column("Value #D", "Missed", COUNT, width=80, decimals=0),
        ],
        sort="Share",
    )


def _inventory() -> table.Panel:
    known = "max by (commit) (sotp_inventory_revision_info)"
    return tables.build(
        "Inventory in force",
        "The commit that the running release was rendered from, and since when the facts exporter has it. `-dirty`: "
        "it held more than the commit.",
        [targets.rows(f'label_replace({known}, "commit", "not in git", "commit", "")')],
        [tables.Column("commit", "Commit")],
        sort="Commit",
    )
