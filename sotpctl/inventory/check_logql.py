"""LogQL rules of one's own, loki/rules/*.yml beside the inventory: read, and checked as far as that goes without Loki.

Loki's ruler refuses all files of a tenant where one of them is wrong, says so in its log only, and goes on with the
rules that it had: what can be found here is found before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from sotpctl.inventory import logql_expr
from sotpctl.inventory.assemble import default_endpoints
from sotpctl.inventory.check_alerting import SEVERITIES
from sotpctl.inventory.check_log_patterns import own_alerts
from sotpctl.inventory.document import Document
from sotpctl.inventory.files import Files
from sotpctl.inventory.log_model import alert_name
from sotpctl.inventory.logql_model import DROPPED, RuleFile
from sotpctl.inventory.logql_source import FOLDER, Rules, RuleSource
from sotpctl.inventory.names import Names
from sotpctl.inventory.problems import Problem, Severity, did_you_mean, one_of
from sotpctl.inventory.validate import problems_of
from sotpctl.inventory.yaml_source import PathSteps

# The labels of the shipper's streams, and what it keeps beside each line.
_OF_STREAMS = ("job", "device", "site", "role")
_METADATA = frozenset({"severity", "facility", "app", "procid", "msgid", "mnemonic", "event", "level"})
_SOTPS_OWN = frozenset({"alertname", "alertstate", "escalation", "last_maintenance", "replica", "instance"})
_TEMPLATE_LABEL = re.compile(r"\$labels\.(\w+)|\.Labels\.(\w+)")
_EXAMPLE = "sum by (device, site, role) (count_over_time({…} [5m])) > 0"


def check_logql(rules: Rules, document: Document, files: Files) -> list[Problem]:
    """Return all that is wrong with the rules beside an inventory.

    Args:
        rules: As read.
        document: The inventory.
        files: Its files.
    """
    problems, sources = list(rules.problems), rules.sources
    ours = document.settings.logs.url in {None, f"http://{(default_endpoints() | document.settings.endpoints)['loki']}"}
    if sources:
        problems += _store(document, files, sources, ours=ours)
    names = Names.of(files.data)
    for source in sources:
        problems += [*source.problems, *_shape(source), *_expressions(source, names), *_labels(source)]
        problems += _recorded(source) if ours else ()
    problems += _names(sources, {alert_name(one.name) for one in document.alerting.log_patterns})
    return problems


def own_labels(rules: Rules) -> dict[str, set[str]]:
    """Return the labels that the rules' alerts have, with their values where those are written out."""
    found: dict[str, set[str]] = {}
    for _, rule in (one for source in rules.sources for one in source.rules()):
        if "alert" in rule:
            expr = rule.get("expr")
            for name in (logql_expr.kept(expr) or ()) if isinstance(expr, str) else ():
                found.setdefault(name, set())
            for name, text in _texts(rule.get("labels")).items():
                found.setdefault(name, set()).update(() if "{{" in text else (text,))
    return found


def _store(document: Document, files: Files, sources: Sequence[RuleSource], *, ours: bool) -> Iterator[Problem]:
    """Check that there is a ruler: VictoriaLogs has none for LogQL, and a Loki elsewhere reads no file of ours."""
    logs, which = document.settings.logs, str(FOLDER / sources[0].name)
    which += f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    if logs.store == "victorialogs":
        message = (
            f"VictoriaLogs knows no LogQL, so that {which} would never alert: make them alerting.log_patterns, which "
            "work with every store, or move them out of loki/rules"
        )
        yield files.problem(("settings", "logs", "store"), message)
    elif not ours:
        message = (
            f"this Loki is not the one that SOTP configures: give it {which} as rendered (build/loki/rules), by its "
            "ruler_storage or `lokitool rules sync`"
        )
        yield files.problem(("settings", "logs", "url"), message, severity="warning")


def _shape(file: RuleSource) -> Iterator[Problem]:
    data = file.data
    if data is None and file.problems:
        return
    if not isinstance(data, dict):
        yield file.problem((), "must be a mapping with the key groups: a list of {name: …, rules: [{alert: …}]}")
        return
    try:
        RuleFile.model_validate(data)
    except ValidationError as error:
        for problem in problems_of(error, file, data, RuleFile):
            key = problem.path.rpartition(".")[2]
            said = f"Loki's ruler forgets {key} without a word: {DROPPED[key]}" if key in DROPPED else problem.message
            yield replace(problem, message=said)


def _expressions(file: RuleSource, names: Names) -> Iterator[Problem]:
    for path, rule in file.rules():
        expr = rule.get("expr")
        if not isinstance(expr, str) or not expr.strip():
            continue
        said = [file.problem((*path, "expr"), message) for message in logql_expr.mistakes(expr)]
        yield from said or _streams(file, (*path, "expr"), expr, names)


def _recorded(file: RuleSource) -> Iterator[Problem]:
    for path, rule in file.rules():
        if "record" in rule:
            message = "nobody can ask for it: SOTP's Loki hands what it records to no Prometheus; make it an alert"
            yield file.problem((*path, "record"), message, severity="warning")


def _streams(file: RuleSource, path: PathSteps, expr: str, names: Names) -> Iterator[Problem]:
    """Warn of a selector that finds nothing: a label that no stream has, a name that nothing has."""
    known = {"device": {*names.devices, "unknown"}, "site": names.sites, "role": names.roles}
    for label, operator, value in logql_expr.matchers(expr):
        if label in _METADATA:
            message = f'streams have no label {label}, it stands beside each line: {{job="syslog"}} | {label}="…"'
            yield file.problem(path, message, severity="warning")
        elif operator == "=" and value and value not in known.get(label, {value}):
            message = f'no {label} is called "{value}"{did_you_mean(value, known[label])}'
            yield file.problem(path, message, severity="warning")


def _labels(file: RuleSource) -> Iterator[Problem]:
    for path, rule in file.rules():
        if "alert" not in rule:
            continue
        labels, annotations = (_texts(rule.get(key)) for key in ("labels", "annotations"))
        yield from _severity(file, path, rule, labels)
        for name in labels:
            if said := _reserved(name):
                yield file.problem((*path, "labels", name), said, key=True)
        left = logql_expr.kept(rule["expr"]) if isinstance(rule.get("expr"), str) else None
        for key, texts in (("labels", labels), ("annotations", annotations)):
            for name, text in texts.items():
                for said, severity in _template(text, left):
                    yield file.problem((*path, key, name), said, severity=severity)


def _texts(value: object) -> dict[str, str]:
    return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}


def _severity(
    file: RuleSource, path: PathSteps, rule: Mapping[str, Any], labels: Mapping[str, str]
) -> Iterator[Problem]:
    given = rule.get("labels", {})
    if not isinstance(given, dict):
        return
    if "severity" not in given:
        message = f"the label severity is missing, by which people are told{one_of(SEVERITIES)}"
        yield file.problem((*path, "labels") if given else path, message, key=bool(given))
    elif "severity" in labels and labels["severity"] not in SEVERITIES:
        word = labels["severity"]
        yield file.problem((*path, "labels", "severity"), f'"{word}" is no severity{did_you_mean(word, SEVERITIES)}')


def _reserved(name: str) -> str:
    if name in _OF_STREAMS:
        return f"{name} comes from the streams: keep it in expr, as in {_EXAMPLE}, and remove it here"
    if name in _SOTPS_OWN:
        return f"the label {name} is SOTP's own; call it something else, like my_{name}"
    return f"labels that start with __ are Loki's own; call {name} something else" if name.startswith("__") else ""


def _template(text: str, left: frozenset[str] | None) -> Iterator[tuple[str, Severity]]:
    if text.count("{{") != text.count("}}"):
        yield 'a "{{" or "}}" stands alone: a template is {{ … }}, as in {{ $labels.device }}', "error"
    for found in _TEMPLATE_LABEL.finditer(text) if left is not None else ():
        name = found[1] or found[2]
        if name not in (left or ()):
            message = f"{found[0]} is always empty: expr leaves {', '.join(sorted(left or ())) or 'no label'}"
            yield f"{message}; add {name} to its by (…)", "warning"


def _names(files: Sequence[RuleSource], patterns: Collection[str]) -> Iterator[Problem]:
    """Check that names are there once: a group's in its file, an alert's of one severity in all of them."""
    alerts: dict[tuple[str, str], str] = {}
    for file in files:
        groups: dict[str, str] = {}
        for path, group in file.groups():
            name = group.get("name")
            if isinstance(name, str) and groups.setdefault(name, place := file.place((*path, "name"))) != place:
                message = f'another group of this file is called "{name}", at {groups[name]}: choose another name'
                yield file.problem((*path, "name"), message)
        for path, rule in file.rules():
            name, severity = rule.get("alert"), str(_texts(rule.get("labels")).get("severity"))
            if not isinstance(name, str):
                continue
            place = file.place((*path, "alert"))
            if name in patterns or name in own_alerts():
                whose = "that of one of alerting.log_patterns" if name in patterns else "one of SOTP's own"
                yield file.problem((*path, "alert"), f'there is an alert "{name}", {whose}: choose another name')
            elif alerts.setdefault((name, severity), place) != place:
                message = f"another alert of this name and severity stands at {alerts[name, severity]}: keep one"
                yield file.problem((*path, "alert"), message)
