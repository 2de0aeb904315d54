"""How SOTP itself fared over time: rules, series, the ping engine, what the processes take."""

from grafana_foundation_sdk.builders import timeseries

from sotpctl.render.grafana import looks, panels, targets
from sotpctl.render.grafana.shared import RATIO, SECONDS

PROMETHEUS = 'job="prometheus"'
EXPORTER = 'exporter!=""'
_RATE = "$__rate_interval"


def group(expr: str) -> str:
    """Name a group by its own name: Prometheus calls it `/path/to/rules/file.yml;name`."""
    return f'max by (group) (label_replace({expr}, "group", "$1", "rule_group", ".*;(.+)"))'


def group_load() -> timeseries.Panel:
    """Build the lines of how long each group of rules takes."""
    return panels.lines(
        "Rule evaluation",
        "How long the rules of a group take to evaluate. A line that grows with the fleet is normal; one that nears "
        "its interval delays alerts.",
        [targets.over_time(group(f"prometheus_rule_group_last_duration_seconds{{{PROMETHEUS}}}"), "{{group}}")],
        SECONDS,
    )


def series() -> timeseries.Panel:
    """Build the line of series in memory."""
    return panels.lines(
        "Series in memory",
        "Time series that Prometheus holds now. Memory grows with it, about 4 kB each; a jump is a new exporter, "
        "module or label.",
        [targets.over_time(f"max(prometheus_tsdb_head_series{{{PROMETHEUS}}})", "series")],
        "short",
    ).override_by_name("series", [panels.fixed(looks.BLUE)])


def samples() -> timeseries.Panel:
    """Build the stack of each job's samples."""
    return panels.stacks(
        "Samples by job",
        "Samples that one scrape of each job's targets brings. A job that falls to nothing is a device or exporter "
        "that doesn't answer.",
        [targets.over_time("max by (job) (job:scrape_samples:sum)", "{{job}}")],
        "short",
    )


def scrapes() -> timeseries.Panel:
    """Build the lines of each job's slowest scrape."""
    return panels.lines(
        "Slowest scrape by job",
        "How long the slowest target of each job took to answer. Worry when it nears the job's interval: then samples "
        "are missed.",
        [targets.over_time("max by (job) (job:scrape_duration_seconds:max)", "{{job}}")],
        SECONDS,
    )


def packets() -> timeseries.Panel:
    """Build the lines of pings sent and answered."""
    names = (("sent", "sent", "Sent"), ("received", "received", "Received"))
    panel = panels.lines(
        "Pings",
        "Pings sent and answers received each second. Both fall together when devices leave the inventory; answers "
        "alone fall in an outage.",
        [
            targets.over_time(f"sum(rate(sotp_icmp_packets_{name}_total{{{EXPORTER}}}[{_RATE}]))", legend, ref)
            for name, legend, ref in names
        ],
        "pps",
    )
    return panel.override_by_name("sent", [panels.fixed(looks.AMBER)]).override_by_name(
        "received", [panels.fixed(looks.BLUE)]
    )


def lag() -> timeseries.Panel:
    """Build the lines of the ping engine's lag."""
    buckets = f"sum by (le) (rate(sotp_icmp_loop_lag_seconds_bucket{{{EXPORTER}}}[{_RATE}]))"
    return (
        panels.lines(
            "Ping engine's lag",
            "How late the ping engine ran what was due: half and 99 of a hundred within. Above 100 ms the machine is "
            "short of CPU; round-trip times stay right, as the kernel stamps them.",
            [
                targets.over_time(f"histogram_quantile({share}, {buckets})", legend, ref)
                for share, legend, ref in ((0.5, "half within", "P50"), (0.99, "99 % within", "P99"))
            ],
            SECONDS,
        )
        .override_by_name("half within", [panels.fixed(looks.BLUE)])
        .override_by_name("99 % within", [panels.fixed(looks.SKY)])
    )


def troubles() -> timeseries.Panel:
    """Build the lines of what went wrong on this machine."""
    rows = (
        ("socket_drops", "dropped by the kernel", "Drops"),
        ("send_errors", "send errors", "Errors"),
        ("busy_drops", "buffers full", "Busy"),
        ("resolve_failures", "names not found", "Names"),
    )
    return panels.lines(
        "Ping engine's troubles",
        "What went wrong on this machine rather than at a device, each second. Anything but 0 can look like loss that "
        "isn't there.",
        [
            targets.over_time(f"sum(rate(sotp_icmp_{name}_total{{{EXPORTER}}}[{_RATE}]))", legend, ref)
            for name, legend, ref in rows
        ],
        "cps",
    )


def _by_process(expr: str) -> str:
    """Add up by process, named by its exporter or, where it is none, by its job."""
    named = f'label_replace({expr}, "process", "$1", "job", "(.+)")'
    return f'sum by (process) (label_replace({named}, "process", "$1", "exporter", "(.+)"))'


def cpu() -> timeseries.Panel:
    """Build the lines of CPU by process."""
    return panels.lines(
        "CPU",
        "CPU time that each process takes, as a share of one core. Worry when an exporter stays near 100 %: it has "
        "only one.",
        [targets.over_time(_by_process(f"rate(process_cpu_seconds_total[{_RATE}])"), "{{process}}")],
        RATIO,
    )


def memory() -> timeseries.Panel:
    """Build the lines of memory by process."""
    return panels.lines(
        "Memory",
        "Memory that each process holds. A line that only rises is a leak; Prometheus's follows its series.",
        [targets.over_time(_by_process("process_resident_memory_bytes"), "{{process}}")],
        "bytes",
    )
