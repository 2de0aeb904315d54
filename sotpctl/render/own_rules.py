"""Rules of one's own → rule files: groups as they are written, every alert given the links that it lacks.

Those in PromQL, prometheus/rules/*.yml beside the inventory, become build/prometheus/rules/own-*.yml. None of SOTP's
own files is called so, and Prometheus reads them all by one pattern.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from sotpctl.inventory import Inventory
from sotpctl.inventory.model import Settings
from sotpctl.inventory.rule_source import OwnRules, RuleSource, with_labels_of
from sotpctl.render.emit import to_yaml
from sotpctl.render.rules import since_maintenance

Rule = Mapping[str, Any]

_PREFIX = "own-"
_LABEL = re.compile(r"\{\{-?\s*(\$labels\.\w+)\s*-?\}\}")


def build(inventory: Inventory) -> dict[str, bytes]:
    """Return the files in PromQL by name."""
    settings = inventory.settings
    return {name: document(one, lambda rule: _promql(rule, settings)) for name, one in _named(inventory)}


def sources(inventory: Inventory) -> dict[str, RuleSource]:
    """Return where each of these files comes from, by name."""
    return {name: one.source for name, one in _named(inventory)}


def document(file: OwnRules, alert: Callable[[Rule], Rule]) -> bytes:
    """Return a file: groups, rules and their texts are the user's; `alert` gives an alert what it lacks.

    A group's labels are written to its rules, which means the same: who reads a rule needs no look at its group.
    """
    groups = []
    for group in file.groups:
        rules = [with_labels_of(group, rule) for rule in group["rules"]]
        own = {key: value for key, value in group.items() if key != "labels"}
        groups.append(own | {"rules": [alert(rule) if "alert" in rule else rule for rule in rules]})
    return to_yaml({"groups": groups})


def linked(alert: Rule, links: Mapping[str, str], settings: Settings) -> dict[str, Any]:
    """Return the alert with links, and with its runbook where the user has such pages, where it has none of its own."""
    if settings.runbook_url:
        links = {**links, "runbook_url": f"{settings.runbook_url}/{quote(alert['alert'])}.md"}
    given = alert.get("annotations", {})
    return {**alert, "annotations": given | {name: url for name, url in links.items() if name not in given}}


def _named(inventory: Inventory) -> list[tuple[str, OwnRules]]:
    return [(f"{_PREFIX}{one.name}", one) for one in inventory.alerting.promql]


def _promql(alert: Rule, settings: Settings) -> Rule:
    """Return the alert with a link to what it is about, told anew after maintenance as SOTP's own are."""
    device = _device(alert["labels"])
    url = f"{settings.grafana_url}/d/"
    page = (
        f"{{{{ if and {device} $labels.ifName }}}}sotp-interface/interface"
        f"?var-device={{{{ {device} | urlquery }}}}&var-ifName={{{{ $labels.ifName | urlquery }}}}"
        f"{{{{ else if {device} }}}}sotp-device/device?var-device={{{{ {device} | urlquery }}}}"
        "{{ else if $labels.site }}sotp-site/site?var-site={{ $labels.site | urlquery }}"
        "{{ else }}sotp-alerts/alerts{{ end }}"
    )
    made = linked(alert, {"dashboard_url": url + page}, settings)
    if alert["labels"]["severity"] == "none":
        return made
    return {**made, "labels": {**alert["labels"], "last_maintenance": since_maintenance(device)}}


def _device(labels: Mapping[str, str]) -> str:
    """Return the alert's device in Go's templates, where $labels are the series' alone and lack the rule's."""
    text = labels.get("device", "")
    if found := _LABEL.fullmatch(text):
        return found[1]
    return "$labels.device" if not text or "{{" in text else json.dumps(text, ensure_ascii=False)
