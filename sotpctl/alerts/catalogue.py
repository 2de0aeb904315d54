"""What is known, so that a typo is a question and not a silence that hides nothing: alerts, labels and their values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from sotpctl.alerts.matchers import Matcher
from sotpctl.alerts.model import Alert
from sotpctl.inventory import Device, Inventory
from sotpctl.inventory.problems import did_you_mean
from sotpctl.render import plan

_RULES = ("prometheus/rules/", "loki/rules/")
_NO_DEVICE_S = ("ifName", "sensor", "event", "exporter", "job", "instance", "escalation", "replica")


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert as the rules have it: its fixed labels (severity among them) and its annotations' templates."""

    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    expr: str

    @property
    def severity(self) -> str:
        """How bad it is."""
        return self.labels.get("severity", "")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What of a rendered tree is about alerts.

    Attributes:
        rules: Every alert of the rules; a name may have several.
        alertmanager: alertmanager.yml, as data.
        templates: Its notification templates, by file name.
        facts: exporters/facts.json, which annotations may ask for.
    """

    rules: tuple[Rule, ...]
    alertmanager: Mapping[str, Any]
    templates: Mapping[str, bytes]
    facts: Mapping[str, Any]

    def names(self) -> list[str]:
        """Return the names of all alerts that notify somebody."""
        return sorted({rule.name for rule in self.rules if rule.severity != "none"})

    def called(self, name: str) -> list[Rule]:
        """Return the rules of that name; ValueError when there is none."""
        found = [rule for rule in self.rules if rule.name == name]
        if not found:
            raise ValueError(f'no alert is called "{name}"{did_you_mean(name, {rule.name for rule in self.rules})}')
        return found


def rendered(inventory: Inventory) -> Rendered:
    """Render an inventory and read what is about alerts."""
    files = plan(inventory, "").files
    rules = [rule for path, text in files.items() if path.startswith(_RULES) for rule in _rules(_yaml(text))]
    templates = {
        path.rpartition("/")[2]: text for path, text in files.items() if path.startswith("alertmanager/templates/")
    }
    config, facts = _yaml(files["alertmanager/alertmanager.yml"]), json.loads(files["exporters/facts.json"])
    return Rendered(tuple(rules), config, templates, facts)


def labels_of(device: Device) -> dict[str, str]:
    """Return what a device's labels are, its name among them."""
    return {"device": device.name, **device.series_labels()}


def check(matchers: Iterable[Matcher], inventory: Inventory, names: Iterable[str], alerts: Iterable[Alert]) -> None:
    """Check that matchers name what there is: in the inventory, in the rules, or on an alert that fires.

    Regular expressions are taken as they are.

    Raises:
        ValueError: A label or value is unknown; the message asks for the near one.
    """
    values = _values(inventory, names, alerts)
    for one in matchers:
        if one.is_regex:
            continue
        known = values.get(one.name)
        if known is None:
            hint = did_you_mean(one.name, {*values, *_NO_DEVICE_S})
            if one.name in _NO_DEVICE_S:
                continue
            raise ValueError(f'{one}: no device and no alert has a label "{one.name}"{hint}')
        if one.name in _NO_DEVICE_S or not one.value:
            continue
        if one.value not in known:
            what = "alert" if one.name == "alertname" else one.name
            raise ValueError(f'{one}: no {what} is called "{one.value}"{did_you_mean(one.value, known)}')


def _values(inventory: Inventory, names: Iterable[str], alerts: Iterable[Alert]) -> dict[str, set[str]]:
    values: dict[str, set[str]] = {
        "alertname": set(names), "severity": {"critical", "warning", "info"}, "site": set(inventory.sites),
    }  # fmt: skip
    every = [labels_of(device) for device in inventory.devices.values()]
    for labels in (*every, *(alert.labels for alert in alerts)):
        for label, value in labels.items():
            values.setdefault(label, set()).add(value)
    return values


def _rules(content: Mapping[str, Any]) -> Iterator[Rule]:
    for group in content.get("groups", ()):
        for rule in group["rules"]:
            if "alert" in rule:
                fixed = {name: text for name, text in rule.get("labels", {}).items() if "{{" not in text}
                yield Rule(rule["alert"], fixed, rule.get("annotations", {}), str(rule["expr"]))


def _yaml(text: bytes) -> Any:  # noqa: ANN401 - YAML
    return yaml.load(text, Loader=yaml.CSafeLoader)
