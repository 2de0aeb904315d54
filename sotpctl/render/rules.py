"""rules/*.yml → build/prometheus/rules/*.yml: filled in, parsed, and every alert given its links."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2
import yaml

from exporters.kit.ports import EXPORTERS
from sotpctl.inventory import Device, Inventory
from sotpctl.inventory.durations import text as duration
from sotpctl.render import log_rules
from sotpctl.render.emit import to_yaml
from sotpctl.render.poll_classes import poll_classes

# Without these exporters devices go unwatched; the others feed messages and histories.
_DEVICE_FACING = ("icmp", "snmp", "ssh", "syslog", "traps")
_SEVERITIES = ("critical", "warning", "info", "none")
_STATE_S = 30.0
_SCRAPE_S = EXPORTERS["icmp"].jobs[0].interval_s  # of /reachability; its rules are evaluated as often
_CONFIRMATION_S = 2.0  # design: the second and the third request follow a second apart
_LOSS_REQUESTS = 9  # at 30 s one window of 5 min holds ten, of which `increase` may see nine and a half
_LOSS_S = 300.0
_SLOW_S = 3600.0  # no window is longer: who is asked less often than every 6 min has no share of loss
_REBOOT_S = 900.0  # for so long a reboot is news
_SUSTAINED_S = 300.0  # for so long a limit must be passed: of a slow class by two polls
_STATES_S = (30.0, 60.0)  # what changes with a poll is looked at as often as the fastest poll is, within these
_NEIGHBOUR_S = 300.0  # BGP's hold time, a poll and some evaluations: so late a neighbour's death may still be felt
_OF_POLLS = "polls.yml"  # the source that becomes a file for each poll class
# What an alert's summary names is what its dashboard shows.
_PAGES = (
    (
        "$labels.ifName",
        "sotp-interface/interface?var-device={{ $labels.device }}&var-ifName={{ urlquery $labels.ifName }}",
    ),
    ("$labels.device", "sotp-device/device?var-device={{ $labels.device }}"),
    ("$labels.site", "sotp-site/site?var-site={{ $labels.site }}"),
)
_OWN_PAGE = "sotp-self/sotp"
# Alertmanager tells of an alert once, and again only hours later, even where a maintenance window lay between. With
# this label it is another alert since the window (changed while that holds it back): what is still true then is told.
# As it was a minute ago: by then the window is known to hold it back, however late it came into the inventory.
# Never empty: Prometheus would show the template itself on ALERTS.
_SINCE_MAINTENANCE = (
    '{{ with printf "max(last_over_time(sotp_%smaintenance_started_timestamp_seconds{%s=%%q}[1h] offset 1m))"'
    " %s | query }}"
    "{{ . | first | value | humanizeTimestamp }}{{ else }}never{{ end }}"
)
_HELD_BACK = (("$labels.device", ("", "device")), ("$labels.site", ("site_", "site")))

_ENVIRONMENT = jinja2.Environment(
    variable_start_string="<<",
    variable_end_string=">>",
    block_start_string="<%",
    block_end_string="%>",
    comment_start_string="<#",
    comment_end_string="#>",
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701 - YAML, not HTML
)


@dataclass(frozen=True, slots=True)
class Links:
    """Where an alert sends people: prefix of the runbooks, base of Grafana (both without a slash at the end)."""

    runbooks: str
    grafana: str


def build(inventory: Inventory, sources: Mapping[str, str]) -> dict[str, bytes]:
    """Return the rule files by name.

    Args:
        inventory: The resolved inventory; it gives windows and links.
        sources: Texts of rules/*.yml by file name.

    Raises:
        ValueError: A source breaks a rule of the house (see `enrich`): a mistake of the suite, not of its user.
    """
    values = windows(inventory)
    links = Links(
        runbooks=(inventory.settings.runbook_url or "docs/runbooks").rstrip("/"),
        grafana=inventory.settings.grafana_url.rstrip("/"),
    )
    files = {}
    for name, source in sources.items():
        template = _ENVIRONMENT.from_string(source)
        # A file for each poll class: promtool refuses a name that is recorded twice in one.
        of_polls = {f"{poll.job}.yml": {**values, "poll": poll} for poll in values["poll_classes"]}
        for file, given in of_polls.items() if name == _OF_POLLS else ((name, values),):
            content = yaml.load(template.render(given), Loader=yaml.CSafeLoader)
            for alert in _alerts(content):
                enrich(alert, links)
            files[file] = to_yaml(content)
    return files


def windows(inventory: Inventory) -> dict[str, Any]:
    """Return what the sources may name; rules/reachability.yml says what each is for."""
    devices = tuple(inventory.enabled())
    # From an exporter's start until it knows a dead device: it waits for its turn, asks three times, and is scraped.
    learn_s = max((d.icmp.interval + d.icmp.timeout for d in devices), default=0.0) + _CONFIRMATION_S + 3 * _SCRAPE_S
    state_s = max(_STATE_S, _rounded(learn_s))
    slow_s = _slow_window([device.icmp.interval for device in devices])
    polls = [d.icmp.interval for d in devices] + [d.snmp.poll_interval for d in devices if d.snmp]
    return {
        "state_window": duration(state_s),
        "hold_window": duration(2 * state_s),
        "hold_scrapes": int(2 * state_s / _SCRAPE_S) - 1,
        "trouble_window": duration(_rounded(max(polls, default=60.0)) + 120),
        "loss_requests": _LOSS_REQUESTS,
        "slow_window": duration(slow_s) if slow_s else "",
        "loss_memory": duration(max(_LOSS_S, slow_s) + 60),
        "recovery_grace": duration(inventory.alerting.recovery_grace),
        "device_facing": "|".join(name for name in _DEVICE_FACING if name in EXPORTERS),
        "devices": len(devices),
        **log_rules.values(inventory),
        **_of_polls(devices, inventory.alerting.recovery_grace),
    }


def _of_polls(devices: Sequence[Device], grace_s: float) -> dict[str, Any]:
    """Return what rules/snmp.yml may name beside these."""
    polls_s = [device.snmp.poll_interval for device in devices if device.snmp]
    slowest_s = max(polls_s, default=0.0)
    reboot_s = max(_REBOOT_S, 3 * slowest_s)
    return {
        "poll_classes": poll_classes(devices),
        "states": duration(min(max(min(polls_s, default=0.0), _STATES_S[0]), _STATES_S[1])),
        "sustained": duration(max(_SUSTAINED_S, 2 * slowest_s + 60)),
        "neighbour_window": duration(max(grace_s, _rounded(slowest_s) + _NEIGHBOUR_S)),
        "reboot_window": duration(reboot_s),
        "reboot_seconds": round(reboot_s),
    }


def enrich(alert: dict[str, Any], links: Links) -> None:
    """Check that an alert says what it must, and add runbook_url, dashboard_url and the label last_maintenance.

    Raises:
        ValueError: Its severity, summary or description is missing or wrong.
    """
    name = alert["alert"]
    annotations = alert.get("annotations", {})
    if alert.get("labels", {}).get("severity") not in _SEVERITIES:
        raise ValueError(f"rules: {name}: severity must be one of {', '.join(_SEVERITIES)}")
    for key in ("summary", "description"):
        if not annotations.get(key):
            raise ValueError(f"rules: {name}: {key} is missing")
    pages = (page for label, page in _PAGES if label in annotations["summary"])
    held = (_SINCE_MAINTENANCE % (*of, label) for label, of in _HELD_BACK if label in annotations["summary"])
    if alert["labels"]["severity"] != "none" and (since := next(held, None)):
        alert["labels"]["last_maintenance"] = since
    annotations.setdefault("runbook_url", f"{links.runbooks}/{name}.md")  # a user's own alert brings it
    annotations["dashboard_url"] = f"{links.grafana}/d/{next(pages, _OWN_PAGE)}"


def since_maintenance(device: str) -> str:
    """Return the label last_maintenance of an alert about a device; `device` is its name in Go's templates."""
    return _SINCE_MAINTENANCE % ("", "device", device)


def _alerts(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return (rule for group in content["groups"] for rule in group["rules"] if "alert" in rule)


def _slow_window(intervals: Sequence[float]) -> float:
    """Return the window in seconds that holds enough requests of the slowest device, 0 where the usual one does."""
    needed = max(intervals, default=0.0) * (_LOSS_REQUESTS + 1)
    return min(_SLOW_S, -(-needed // 60) * 60) if needed > _LOSS_S else 0.0


def _rounded(seconds: float) -> float:
    """Round up to a multiple of the step at which reachability is known."""
    return -(-seconds // _SCRAPE_S) * _SCRAPE_S
