"""PromQL rules of one's own, prometheus/rules/*.yml beside the inventory, checked as far as that goes without promtool.

Expressions and templates are promtool's business, which reads every rendered rule before it is released: see
`sotpctl.verify.own_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sotpctl.inventory.check_rules import (
    check_groups,
    check_labels,
    check_selectors,
    check_shape,
    label_path,
    sotps_own,
    texts,
    unknown_name,
)
from sotpctl.inventory.files import Files
from sotpctl.inventory.names import Names
from sotpctl.inventory.problems import Problem
from sotpctl.inventory.rule_model import PromqlRuleFile
from sotpctl.inventory.rule_source import PROMQL, TESTS, RuleSource
from sotpctl.inventory.shipped import Shipped

_OF_TARGETS = ("job", "instance")
_OF_PROMETHEUS = frozenset({"ALERTS", "ALERTS_FOR_STATE"})


def check_promql(sources: Sequence[RuleSource], files: Files, ours: Shipped) -> list[Problem]:
    """Return all that is wrong with the rules beside an inventory but the names of rules.

    Args:
        sources: As read.
        files: The inventory's files.
        ours: The rules that come with SOTP.
    """
    problems: list[Problem] = []
    names = Names.of(files.data)
    groups: dict[str, str] = {}
    for source in sources:
        problems += [*source.problems, *_shape(source), *_named(source, names)]
        problems += [*check_labels(source, _reserved, lambda _: None), *_recorded(source)]
        problems += check_groups(source, groups, "these rules", ours.groups)
    return problems


def _shape(file: RuleSource) -> Iterator[Problem]:
    if isinstance(file.data, dict) and "tests" in file.data:
        message = f"this is a test for promtool, no rule: move the file into {PROMQL / TESTS}"
        yield file.problem(("tests",), message, key=True)
    else:
        yield from check_shape(file, PromqlRuleFile)


def _named(file: RuleSource, names: Names) -> Iterator[Problem]:
    """Warn of devices, sites and roles that nothing is called: in a selector, and as a label that is written out."""
    for path, rule in file.rules():
        if isinstance(expr := rule.get("expr"), str):
            yield from check_selectors(file, (*path, "expr"), expr, names)
        for label, value in texts(rule.get("labels")).items():
            if "{{" not in value and (said := unknown_name(label, value, names)):
                yield file.problem(label_path(file, path, label), said, severity="warning")


def _recorded(file: RuleSource) -> Iterator[Problem]:
    for path, rule in file.rules():
        name = rule.get("record")
        if name in _OF_PROMETHEUS:
            yield file.problem((*path, "record"), f"{name} is Prometheus's own: choose another name")
        elif isinstance(name, str) and name.isidentifier():
            message = f"say level:metric:operations, as in site:{name}:sum: without a colon it may be an exporter's"
            yield file.problem((*path, "record"), message, severity="warning")


def _reserved(name: str) -> str:
    if name in _OF_TARGETS:
        return f"{name} comes from the series: keep it in expr, as in sum by ({name}) (…), and remove it here"
    return sotps_own(name, "Prometheus")
