"""Numbers that several dashboards show: one definition each, from recording rules."""

from collections.abc import Iterable

# What the variables choose.
SITE = 'site=~"$site"'
DEVICES = 'site=~"$site",role=~"$role",device=~"$device"'
ONE = 'device=~"$device"'
PORT = f'{ONE},ifName=~"$ifName"'
# A poll every 5 minutes gives samples with its own time: Prometheus alone would show none for a while after each.
_LATELY = "15m"
ALERT_LABELS = ("alertname", "severity", "site", "device", "role", "team", "exporter", "job", "ifName")


def devices_in(state: str, *, by: str = "") -> str:
    """Count the sites' devices in a state."""
    return f'sum{_by(by)} (site:devices:count{{{SITE},state="{state}"}})'


def alerts_of(severity: str, *, by: str = "") -> str:
    """Count the alerts of that severity which fire."""
    return f'sum{_by(by)} (site:alerts:count{{{SITE},severity="{severity}"}})'


def share_up(level: str, chosen: str, window: str, *, by: str = "") -> str:
    """Availability: of the time whose state is known, the share up. Unknown time is on neither side."""
    return f"{seconds(level, 'up', chosen, window, by=by)} / ({seconds(level, 'known', chosen, window, by=by)} > 0)"


def budget_left(level: str, chosen: str, window: str, *, by: str = "") -> str:
    """Error budget: 1 is untouched, 0 used up, below 0 the objective is missed."""
    return f"1 - (1 - {share_up(level, chosen, window, by=by)}) / (1 - $objective)"


def lost(level: str, chosen: str, window: str, *, by: str = "") -> str:
    """Seconds in which the devices were known not to be up, added up."""
    return f"{seconds(level, 'known', chosen, window, by=by)} - {seconds(level, 'up', chosen, window, by=by)}"


def unknown(level: str, chosen: str, window: str, *, by: str = "") -> str:
    """Share of the window of which nobody knows whether the devices were up."""
    many = f"count{_by(by)} (device:state:code{{{chosen}}})"
    return f"1 - {seconds(level, 'known', chosen, window, by=by)} / ({many} * $__range_s)"


def seconds(level: str, what: str, chosen: str, window: str, *, by: str = "") -> str:
    """Add up the tiles of five minutes: seconds `up` or `known`, of devices or whole sites (`level`).

    What has no tile yet, in its first minutes, is counted as far as it got.
    """
    tiles = f"sum_over_time({level}:{what}_seconds:sum_5m{{{chosen}}}[{window}])"
    young = f"device:{what}:ratio_5m{{{chosen}}}"
    if level == "site":
        young = f"sum by (site) ({young})"
    return f"sum{_by(by)} ({tiles} or 300 * {young})"


def lately(selector: str) -> str:
    """Give the last sample of what is polled seldom, such as a serial number."""
    return f"last_over_time({selector}[{_LATELY}])"


def largest(many: int, metric: str, *, by: str, how: str = "max") -> str:
    """Choose the series that are largest over the whole time range: a line doesn't come and go with its rank."""
    return f"topk({many}, max by ({by}) ({how}_over_time({metric}[$__range] @ end())))"


def port_state(chosen: str) -> str:
    """Interfaces' states, by the codes of `looks.INTERFACES`."""
    up, off = f"interface:oper_up:bool{{{chosen}}}", f"(interface:admin_up:bool{{{chosen}}} == bool 0)"
    never = f"(max_over_time({up}[$__range] @ end()) == bool 0)"
    return f"clamp_max({up} + 2 * {off}, 2) + 4 * {never} * ({off} == bool 0)"


def labels(names: Iterable[str], expr: str) -> str:
    """Keep these labels: what is left out can't keep two queries' rows from meeting."""
    return f"max by ({', '.join(names)}) ({expr})"


def stamp(expr: str) -> str:
    """Turn seconds since 1970 into the milliseconds that Grafana's dates are."""
    return f"1000 * {expr}"


def _by(labels_: str) -> str:
    return f" by ({labels_})" if labels_ else ""
