"""What is checked of rules of one's own in either language: their shape, labels, templates and names."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from sotpctl.inventory import logql_expr
from sotpctl.inventory.check_alerting import SEVERITIES
from sotpctl.inventory.names import Names
from sotpctl.inventory.problems import Problem, Severity, did_you_mean, one_of
from sotpctl.inventory.rule_model import RuleFile
from sotpctl.inventory.rule_source import Rules, RuleSource
from sotpctl.inventory.shipped import Shipped
from sotpctl.inventory.validate import problems_of
from sotpctl.inventory.yaml_source import PathSteps

_SOTPS_OWN = frozenset({"alertname", "alertstate", "escalation", "last_maintenance", "replica", "instance"})
_TEMPLATE_LABEL = re.compile(r"\$labels\.(\w+)|\.Labels\.(\w+)")


def own_labels(logql: Rules, promql: Rules) -> dict[str, set[str]]:
    """Return the labels that the rules' alerts have, with their values where those are written out."""
    found: dict[str, set[str]] = {}
    for source in (*logql.sources, *promql.sources):
        for _, rule in source.rules():
            if "alert" in rule:
                expr = rule.get("expr")
                for name in (logql_expr.kept(expr) or ()) if isinstance(expr, str) else ():
                    found.setdefault(name, set())
                for name, text in texts(rule.get("labels")).items():
                    found.setdefault(name, set()).update(() if "{{" in text else (text,))
    return found


def check_shape(
    file: RuleSource, model: type[RuleFile], instead: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Problem]:
    """Yield what the model refuses of a file.

    Args:
        file: As read.
        model: Its shape.
        instead: What to say of a key that the model doesn't know, but people do.
    """
    data = file.data
    if data is None and file.problems:
        return
    if not isinstance(data, dict):
        yield file.problem((), "must be a mapping with the key groups: a list of {name: …, rules: [{alert: …}]}")
        return
    try:
        model.model_validate(data)
    except ValidationError as error:
        for problem in problems_of(error, file, data, model):
            key = problem.path.rpartition(".")[2]
            yield replace(problem, message=instead[key]) if key in instead else problem


def check_labels(
    file: RuleSource, reserved: Callable[[str], str], kept: Callable[[str], frozenset[str] | None]
) -> Iterator[Problem]:
    """Yield what is wrong with the labels and the texts of alerts.

    Args:
        file: As read.
        reserved: Says why a label can't be set, "" where it can.
        kept: The labels that an expression leaves at most, None where that isn't known.
    """
    for path, rule in file.rules():
        if "alert" not in rule:
            continue
        labels, annotations = (texts(rule.get(key)) for key in ("labels", "annotations"))
        yield from _severity(file, path, rule, labels)
        for name in labels:
            if said := reserved(name):
                yield file.problem(label_path(file, path, name), said, key=True)
        left = kept(rule["expr"]) if isinstance(rule.get("expr"), str) else None
        for key, found in (("labels", labels), ("annotations", annotations)):
            for name, text in found.items():
                for said, severity in _template(text, left):
                    yield file.problem((*path, key, name), said, severity=severity)


def sotps_own(name: str, engine: str) -> str:
    """Say why a label can't be set in any rule, "" where it can; `engine` evaluates the rule."""
    if name in _SOTPS_OWN:
        return f"the label {name} is SOTP's own; call it something else, like my_{name}"
    if name.startswith("__"):
        return f"labels that start with __ are {engine}'s own; call {name} something else"
    return ""


def texts(value: object) -> dict[str, str]:
    """Return what is text of a mapping, if it is one."""
    return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}


def label_path(file: RuleSource, rule: PathSteps, name: str) -> PathSteps:
    """Return where a label of a rule is written: at the rule, or at its group."""
    at_group = (*rule[:-2], "labels", name)
    own = (*rule, "labels", name)
    return at_group if file.text(own) is None and file.text(at_group) is not None else own


def unknown_name(label: str, value: str, names: Names) -> str:
    """Say that nothing of the inventory is called so, "" where something is, or the label is another."""
    known = {"device": {*names.devices, "unknown"}, "site": names.sites, "role": names.roles}
    if not value or value in known.get(label, {value}):
        return ""
    return f'no {label} is called "{value}"{did_you_mean(value, known[label])}'


def check_selectors(file: RuleSource, path: PathSteps, expr: str, names: Names) -> Iterator[Problem]:
    """Warn of a selector that finds nothing, as nothing is called so."""
    for label, operator, value in logql_expr.matchers(expr):
        if operator == "=" and (said := unknown_name(label, value, names)):
            yield file.problem(path, said, severity="warning")


def check_names(sources: Iterable[RuleSource], patterns: Collection[str], ours: Shipped) -> Iterator[Problem]:
    """Check that a rule's name is there once: an alert's of the same labels in all files, and never one of SOTP's."""
    seen: dict[tuple[str, str, tuple[tuple[str, str], ...]], str] = {}
    for file in sources:
        for path, rule in file.rules():
            kind = "alert" if "alert" in rule else "record"
            name, labels = rule.get(kind), tuple(sorted(texts(rule.get("labels")).items()))
            if not isinstance(name, str):
                continue
            place = file.place((*path, kind))
            if said := _taken(kind, name, patterns, ours):
                yield file.problem((*path, kind), said)
            elif (first := seen.setdefault((kind, name, labels), place)) != place:
                message = f"another {kind} of this name with these labels stands at {first}: keep one"
                yield file.problem((*path, kind), message)


def check_groups(file: RuleSource, seen: dict[str, str], which: str, taken: Collection[str] = ()) -> Iterator[Problem]:
    """Check that a group's name is there once, and not taken; `seen` holds the places of those before, of `which`."""
    for path, group in file.groups():
        name = group.get("name")
        if not isinstance(name, str):
            continue
        place = file.place((*path, "name"))
        if name in taken:
            message = f'there is a group "{name}", one of SOTP\'s own: choose another name'
            yield file.problem((*path, "name"), message)
        elif seen.setdefault(name, place) != place:
            message = f'another group of {which} is called "{name}", at {seen[name]}: choose another name'
            yield file.problem((*path, "name"), message)


def _taken(kind: str, name: str, patterns: Collection[str], ours: Shipped) -> str:
    if kind == "alert" and name in patterns:
        return f'there is an alert "{name}", that of one of alerting.log_patterns: choose another name'
    what, own = ("an alert", ours.alerts) if kind == "alert" else ("a series", ours.records)
    return f'there is {what} "{name}", one of SOTP\'s own: choose another name' if name in own else ""


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
        where = label_path(file, path, "severity")
        yield file.problem(where, f'"{word}" is no severity{did_you_mean(word, SEVERITIES)}')


def _template(text: str, left: frozenset[str] | None) -> Iterator[tuple[str, Severity]]:
    if text.count("{{") != text.count("}}"):
        yield 'a "{{" or "}}" stands alone: a template is {{ … }}, as in {{ $labels.device }}', "error"
    for found in _TEMPLATE_LABEL.finditer(text) if left is not None else ():
        name = found[1] or found[2]
        if name not in (left or ()):
            message = f"{found[0]} is always empty: expr leaves {', '.join(sorted(left or ())) or 'no label'}"
            yield f"{message}; add {name} to its by (…)", "warning"
