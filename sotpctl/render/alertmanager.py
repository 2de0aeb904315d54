"""alertmanager.yml: who is told, and what is held back because something else says it better."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sotpctl.inventory import Inventory, Problem
from sotpctl.inventory.alerting import Email, Pagerduty, Receiver, Slack, Webhook
from sotpctl.inventory.durations import text as duration
from sotpctl.inventory.model import Route, TimeInterval, Watchdog
from sotpctl.inventory.secrets import SecretRef
from sotpctl.render.emit import to_yaml
from sotpctl.render.inhibition import INHIBIT_RULES
from sotpctl.render.places import SecretPlaces

# No receiver of an inventory can be called so: a name has no slash.
NOBODY = "sotp/nobody"
# Above all others, so that no route of the inventory takes it: see `_watchdog`.
_WATCHDOG = "Watchdog"
_WEEK = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_TICK_S = 15.0  # how often a group is looked at once it was told of


@dataclass(frozen=True, slots=True)
class Rendered:
    """The file, where its secrets lie, and what the user should know."""

    content: bytes
    places: SecretPlaces
    warnings: tuple[Problem, ...] = ()


def build(inventory: Inventory) -> Rendered:
    """Return alertmanager.yml; it names secrets by absolute paths and holds none."""
    alerting = inventory.alerting
    places = SecretPlaces("alertmanager", inventory)
    receivers = [_receiver(name, receiver, places) for name, receiver in alerting.receivers.items()]
    config = {
        "templates": ["templates/*.tmpl"],
        "route": {
            # What no route matches goes to the first receiver rather than nowhere.
            "receiver": next(iter(alerting.receivers), NOBODY),
            "group_by": ["site", "alertname"],
            "group_wait": "5s",
            "group_interval": duration(_TICK_S),
            "repeat_interval": "4h",
            "routes": [
                *_watchdog(alerting.watchdog),
                {"receiver": NOBODY, "matchers": ['severity="none"']},
                *map(_route, alerting.routes),
                # A changed configuration, a port that went down: told to who asks for it, not to the first receiver.
                {"receiver": NOBODY, "matchers": ['severity="info"', 'event!=""']},
            ],
        },
        **_time_intervals(alerting.time_intervals),
        "inhibit_rules": list(INHIBIT_RULES),
        "receivers": [*receivers, {"name": NOBODY}],
    }
    warnings = () if alerting.receivers else (_nobody_is_told(),)
    return Rendered(to_yaml(config), places, warnings)


def _nobody_is_told() -> Problem:
    return Problem(
        file="inventory", line=0, column=0, path="alerting.receivers", severity="warning",
        message="nobody is told of an alert: there is no receiver; add one, as in noc-mail: {email: {…}}",
    )  # fmt: skip


def _route(route: Route) -> dict[str, Any]:
    rendered: dict[str, Any] = {"receiver": route.receiver}
    if route.match:
        rendered["matchers"] = [_matcher(label, values) for label, values in sorted(route.match.items())]
    if route.continue_:
        rendered["continue"] = True
    if route.active:
        rendered["active_time_intervals"] = list(route.active)
    if route.mute:
        rendered["mute_time_intervals"] = list(route.mute)
    return rendered


def _watchdog(watchdog: Watchdog | None) -> list[dict[str, Any]]:
    """Return the route of the dead man's switch.

    Alertmanager looks at a group every group_interval and repeats what was told longer than repeat_interval ago: less
    than one tick must lie between the interval and what is promised.
    """
    if watchdog is None:
        return []
    return [
        {
            "receiver": watchdog.receiver,
            "matchers": [f"alertname={_quoted(_WATCHDOG)}"],
            "group_by": ["alertname"],
            "group_wait": "0s",
            "group_interval": duration(_TICK_S),
            "repeat_interval": duration(watchdog.interval - _TICK_S),
        }
    ]


def _time_intervals(intervals: Mapping[str, tuple[TimeInterval, ...]]) -> dict[str, Any]:
    if not intervals:
        return {}
    rendered = [
        {"name": name, "time_intervals": [entry for interval in given for entry in _hours(interval)]}
        for name, given in intervals.items()
    ]
    return {"time_intervals": rendered}


def _hours(interval: TimeInterval) -> Iterator[dict[str, Any]]:
    """Yield an interval as Alertmanager has them: no time goes over midnight, so that such a one is two."""
    whole = [(start, end) for start, end in interval.times if start < end]
    evenings = [(start, "24:00") for start, end in interval.times if start > end]
    mornings = [("00:00", end) for start, end in interval.times if start > end and end != "00:00"]
    if whole or evenings or not interval.times:
        yield _entry(interval.days, whole + evenings, interval.timezone)
    if mornings:
        yield _entry([(day + 1) % 7 for day in interval.days], mornings, interval.timezone)


def _entry(days: Iterable[int], times: list[tuple[str, str]], zone: str) -> dict[str, Any]:
    rendered: dict[str, Any] = {}
    if times:
        rendered["times"] = [{"start_time": start, "end_time": end} for start, end in times]
    if len(set(days)) < len(_WEEK):
        rendered["weekdays"] = _weekdays(days)
    return rendered | {"location": zone}


def _weekdays(days: Iterable[int]) -> list[str]:
    """Write days (Monday is 0) as ranges; Alertmanager's week begins on Sunday."""
    numbers = sorted((day + 1) % 7 for day in days)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [_WEEK[run[0]] if len(run) == 1 else f"{_WEEK[run[0]]}:{_WEEK[run[-1]]}" for run in runs]


def _matcher(label: str, values: tuple[str, ...]) -> str:
    if len(values) == 1:
        return f"{label}={_quoted(values[0])}"
    return f"{label}=~{_quoted('|'.join(re.escape(value) for value in values))}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _receiver(name: str, receiver: Receiver, places: SecretPlaces) -> dict[str, Any]:
    rendered: dict[str, Any] = {"name": name}
    if receiver.email:
        rendered["email_configs"] = [_email(name, receiver.email, places)]
    if receiver.slack:
        rendered["slack_configs"] = [_slack(name, receiver.slack, places)]
    if receiver.webhook:
        rendered["webhook_configs"] = [_webhook(name, receiver.webhook, places)]
    if receiver.pagerduty:
        rendered["pagerduty_configs"] = [_pagerduty(name, receiver.pagerduty, places)]
    return rendered


def _email(name: str, email: Email, places: SecretPlaces) -> dict[str, Any]:
    rendered: dict[str, Any] = {
        "send_resolved": True,
        "to": ", ".join(email.to),
        "from": email.from_,
        "smarthost": email.smarthost,
        "require_tls": email.require_tls,
    }
    if email.username:
        rendered["auth_username"] = email.username
    if email.password:
        rendered["auth_password_file"] = places.path(email.password, "email", name, "password")
    return rendered | {
        "headers": {"Subject": '{{ template "sotp.email.subject" . }}'},
        "html": '{{ template "sotp.email.html" . }}',
        "text": '{{ template "sotp.email.text" . }}',
    }


def _slack(name: str, slack: Slack, places: SecretPlaces) -> dict[str, Any]:
    return {
        "send_resolved": True,
        "api_url_file": places.path(slack.url, "slack", name, "url"),
        "channel": slack.channel,
        "color": '{{ template "sotp.slack.color" . }}',
        "title": '{{ template "sotp.slack.title" . }}',
        "title_link": "{{ or .CommonAnnotations.dashboard_url .ExternalURL }}",
        "fallback": '{{ template "sotp.slack.title" . }}',
        "text": '{{ template "sotp.slack.text" . }}',
    }


def _webhook(name: str, webhook: Webhook, places: SecretPlaces) -> dict[str, Any]:
    if isinstance(webhook.url, SecretRef):
        return {"send_resolved": True, "url_file": places.path(webhook.url, "webhook", name, "url")}
    return {"send_resolved": True, "url": webhook.url}


def _pagerduty(name: str, pagerduty: Pagerduty, places: SecretPlaces) -> dict[str, Any]:
    return {
        "send_resolved": True,
        "routing_key_file": places.path(pagerduty.routing_key, "pagerduty", name, "routing-key"),
        "description": '{{ template "sotp.headline" . }}',
        "severity": '{{ or .CommonLabels.severity "error" }}',
        "client": "SOTP",
        "client_url": '{{ template "sotp.all_url" . }}',
        "class": "{{ .CommonLabels.alertname }}",
        "component": "{{ .CommonLabels.device }}",
        "group": "{{ .CommonLabels.site }}",
        "details": {
            "firing": '{{ template "sotp.pagerduty.firing" . }}',
            "resolved": '{{ template "sotp.pagerduty.resolved" . }}',
            "dashboard": '{{ template "sotp.all_url" . }}',
            "runbook": "{{ .CommonAnnotations.runbook_url }}",
            "silence": '{{ template "sotp.silence_url" . }}',
        },
    }
