"""alertmanager.yml: who is told, and what is held back because something else says it better."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sotpctl.inventory import Inventory, Problem
from sotpctl.inventory.alerting import Email, Pagerduty, Receiver, Slack, Webhook
from sotpctl.inventory.model import Route
from sotpctl.inventory.secrets import SecretRef
from sotpctl.render.emit import to_yaml

# No receiver of an inventory can be called so: a name has no slash.
NOBODY = "sotp/nobody"

_OF_A_DEVICE = 'device!=""'  # without it a label that both sides lack counts as equal, and one alert silences all

INHIBIT_RULES: tuple[dict[str, list[str]], ...] = (
    {  # a dead device has no other news
        "source_matchers": ['alertname="DeviceTrouble"', _OF_A_DEVICE],
        "target_matchers": ['alertname!~"DeviceDown|DeviceUnreachable|DeviceTrouble|DeviceMaintenance"', _OF_A_DEVICE],
        "equal": ["device"],
    },
    {  # planned work
        "source_matchers": ['alertname="DeviceMaintenance"', _OF_A_DEVICE],
        "target_matchers": ['alertname!~"DeviceTrouble|DeviceMaintenance"', _OF_A_DEVICE],
        "equal": ["device"],
    },
    {  # 95 % says that 80 % is passed
        "source_matchers": ['severity="critical"', _OF_A_DEVICE],
        "target_matchers": ['severity="warning"', _OF_A_DEVICE],
        "equal": ["alertname", "device", "ifName", "sensor"],
    },
    {  # that nothing is watched says why
        "source_matchers": ['alertname="ReachabilityMissing"'],
        "target_matchers": ['alertname="ExporterDown"', 'exporter="icmp"'],
    },
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """The file, what `apply` must resolve into secrets/<name> (name → reference), and what the user should know."""

    content: bytes
    secrets: Mapping[str, Mapping[str, str]]
    warnings: tuple[Problem, ...] = ()


def build(inventory: Inventory) -> Rendered:
    """Return alertmanager.yml; it names secrets by absolute paths and holds none."""
    alerting = inventory.alerting
    places = _Places(inventory.root, inventory.settings.apply.directory)
    receivers = [_receiver(name, receiver, places) for name, receiver in alerting.receivers.items()]
    config = {
        "templates": ["templates/*.tmpl"],
        "route": {
            # What no route matches goes to the first receiver rather than nowhere.
            "receiver": next(iter(alerting.receivers), NOBODY),
            "group_by": ["site", "alertname"],
            "group_wait": "5s",
            "group_interval": "15s",
            "repeat_interval": "4h",
            "routes": [{"receiver": NOBODY, "matchers": ['severity="none"']}, *map(_route, alerting.routes)],
        },
        "inhibit_rules": list(INHIBIT_RULES),
        "receivers": [*receivers, {"name": NOBODY}],
    }
    warnings = () if alerting.receivers else (_nobody_is_told(),)
    return Rendered(to_yaml(config), places.to_resolve, warnings)


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
    return rendered


def _matcher(label: str, values: tuple[str, ...]) -> str:
    if len(values) == 1:
        return f"{label}={_quoted(values[0])}"
    return f"{label}=~{_quoted('|'.join(re.escape(value) for value in values))}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@dataclass(slots=True)
class _Places:
    """Where each secret will lie, and which of them `apply` has to put there."""

    root: Path
    apply_directory: Path
    to_resolve: dict[str, dict[str, str]] = field(default_factory=dict)

    def path(self, secret: SecretRef, *name: str) -> str:
        """Return the absolute path of the secret's file: the user's own, or the one that `apply` writes."""
        reference = secret.reference(self.root)
        if "file" in reference:
            return reference["file"]
        key = "alertmanager/" + "-".join(name)
        self.to_resolve[key] = reference
        return str(self.apply_directory / "secrets" / key)


def _receiver(name: str, receiver: Receiver, places: _Places) -> dict[str, Any]:
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


def _email(name: str, email: Email, places: _Places) -> dict[str, Any]:
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


def _slack(name: str, slack: Slack, places: _Places) -> dict[str, Any]:
    return {
        "send_resolved": True,
        "api_url_file": places.path(slack.url, "slack", name, "url"),
        "channel": slack.channel,
        "title": '{{ template "sotp.slack.title" . }}',
        "title_link": "{{ or .CommonAnnotations.dashboard_url .ExternalURL }}",
        "fallback": '{{ template "sotp.slack.title" . }}',
        "text": '{{ template "sotp.slack.text" . }}',
    }


def _webhook(name: str, webhook: Webhook, places: _Places) -> dict[str, Any]:
    if isinstance(webhook.url, SecretRef):
        return {"send_resolved": True, "url_file": places.path(webhook.url, "webhook", name, "url")}
    return {"send_resolved": True, "url": webhook.url}


def _pagerduty(name: str, pagerduty: Pagerduty, places: _Places) -> dict[str, Any]:
    return {
        "send_resolved": True,
        "routing_key_file": places.path(pagerduty.routing_key, "pagerduty", name, "routing-key"),
        "description": '{{ template "sotp.headline" . }}',
        "severity": '{{ or .CommonLabels.severity "error" }}',
    }
