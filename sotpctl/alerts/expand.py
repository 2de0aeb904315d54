"""A message as it would be written, by the engines' own tools: promtool fills in the rule, amtool the template.

promtool has no command that shows an alert, so it is given a test that fails, and what it got is read from what it
says: the labels and annotations of the alert as Prometheus makes them, queries for the inventory's facts included.
"""

from __future__ import annotations

import ast
import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from sotpctl.alerts.catalogue import Rule
from sotpctl.verify import tools

_SERIES = "sotp_preview"
_PAIR = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_STEPS = "x3"


class ExpandError(Exception):
    """A tool is missing, or can't expand it; the text says which and why."""


def filled_in(rule: Rule, labels: Mapping[str, str], facts: Mapping[str, Any], near: Path) -> dict[str, str]:
    """Return the rule's annotations for an alert with these labels.

    Args:
        rule: The rule; its expression is replaced by a series that has the labels and `value`.
        labels: What the series has: the rule's own are added by Prometheus.
        facts: exporters/facts.json, which annotations may ask for.
        near: The inventory, beside which the tools may be.

    Raises:
        ExpandError: promtool is missing or says something else.
    """
    own = {name: text for name, text in labels.items() if name not in {"alertname", *rule.labels}}
    group = {
        "name": "preview",
        "rules": [
            {"alert": rule.name, "expr": _SERIES, "labels": dict(rule.labels), "annotations": dict(rule.annotations)}
        ],
    }
    test = {
        "interval": "1m",
        "input_series": [_series(_SERIES, own, value(rule, labels, facts)), *_facts(facts, labels.get("device", ""))],
        "alert_rule_test": [{"eval_time": "2m", "alertname": rule.name, "exp_alerts": []}],
    }
    with tempfile.TemporaryDirectory(prefix="sotp-") as folder:
        Path(folder, "rule.yml").write_text(yaml.safe_dump({"groups": [group]}), encoding="utf-8")
        content = {"rule_files": ["rule.yml"], "evaluation_interval": "1m", "tests": [test]}
        Path(folder, "test.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
        _, said = tools.run(_tool("promtool", near), "test", "rules", "test.yml", cwd=Path(folder))
    found = re.search(r"^\s*Annotations:\{(.*)\}$", said, re.MULTILINE)
    if found is None:
        raise ExpandError(f"promtool can't make an alert of {rule.name}: {said.strip()[:300]}")
    return {name: str(ast.literal_eval(f'"{text}"')) for name, text in _PAIR.findall(found[1])}


def value(rule: Rule, labels: Mapping[str, str], facts: Mapping[str, Any]) -> float:
    """Return an example of what the rule compares: the device's own limit where it has one, else 1."""
    metric = re.search(r'metric="(\w+)"', rule.expr)
    for row in facts.get("targets", {}).get(labels.get("device", ""), {}).get("thresholds", ()):
        if metric and (row["metric"], row["severity"]) == (metric[1], rule.severity):
            return float(row["value"])
    return 1.0


def template(
    texts: Mapping[str, str], alert: Mapping[str, Any], templates: Mapping[str, bytes], url: str, near: Path
) -> dict[str, str]:
    """Return templates (name → text) filled in for one alert, as `amtool template render` does it.

    Args:
        texts: What a receiver's configuration has.
        alert: labels, annotations and startsAt.
        templates: The notification templates by file name.
        url: Alertmanager's own address, for links.
        near: The inventory, beside which the tools may be.

    Raises:
        ExpandError: amtool is missing or refuses one.
    """
    tool = _tool("amtool", near)
    with tempfile.TemporaryDirectory(prefix="sotp-") as name:
        folder = Path(name)
        for file, content in templates.items():
            (folder / file).write_bytes(content)
        (folder / "data.json").write_text(json.dumps(_data(alert, url)), encoding="utf-8")
        return {key: _render(tool, text, folder) for key, text in texts.items()}


def _render(tool: Path, text: str, folder: Path) -> str:
    passed, said = tools.run(
        tool, "template", "render", "--template.glob=*.tmpl", f"--template.text={text}", "--template.type=text",
        "--template.data=data.json", cwd=folder,
    )  # fmt: skip
    if not passed:
        raise ExpandError(f"amtool can't fill in {text}: {said.strip()[:300]}")
    return said


def _data(alert: Mapping[str, Any], url: str) -> dict[str, Any]:
    """Return the data that a template gets, a group of this alert alone (alertmanager `template.Data`)."""
    one = {"status": "firing", "endsAt": "0001-01-01T00:00:00Z", **alert}
    return {
        "receiver": "preview", "status": "firing", "alerts": [one], "externalURL": url,
        "groupLabels": {name: alert["labels"][name] for name in ("site", "alertname") if name in alert["labels"]},
        "commonLabels": alert["labels"], "commonAnnotations": alert["annotations"],
    }  # fmt: skip


def _facts(facts: Mapping[str, Any], device: str) -> Iterable[dict[str, str]]:
    target = facts.get("targets", {}).get(device, {})
    if "dependents" in target:
        yield _series("sotp_device_dependents", {"device": device}, target["dependents"])
    for row in target.get("thresholds", ()):
        labels = {"device": device, **{key: row[key] for key in ("ifName", "metric", "severity")}}
        yield _series("sotp_threshold", labels, row["value"])


def _series(name: str, labels: Mapping[str, str], number: float) -> dict[str, str]:
    pairs = ",".join(f"{key}={json.dumps(text, ensure_ascii=False)}" for key, text in labels.items() if text)
    return {"series": f"{name}{{{pairs}}}", "values": f"{number}{_STEPS}"}


def _tool(name: str, near: Path) -> Path:
    found = tools.find(name, near)
    if found is None:
        raise ExpandError(f"there is no {name}, which fills in the message: `make engines` builds it")
    return found
