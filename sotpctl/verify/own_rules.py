"""What promtool has against a rule of the user's own, said at its place in the user's file."""

import re
from collections.abc import Iterable, Iterator, Mapping

from sotpctl.inventory.problems import Problem
from sotpctl.inventory.rule_source import RuleSource
from sotpctl.inventory.yaml_source import PathSteps
from sotpctl.verify.findings import Finding

# prometheus `model/rulefmt/rulefmt.go`: group and name are quoted as Go does, rules count from 1.
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_SAID = re.compile(rf"(?:\d+:\d+: )?group ({_QUOTED}), rule (\d+), {_QUOTED}: (.+)")
_IN_EXPR = re.compile(r"could not parse expression: (\d+):(\d+): (.+)")
_IN_TEXT = re.compile(r'(label|annotation) "(\w+)": (.+)')


def placed(findings: Iterable[Finding], sources: Mapping[str, RuleSource]) -> Iterator[Finding]:
    """Yield the findings; one about a rule in one of the sources names that file, line and column.

    Args:
        findings: promtool's.
        sources: The user's files by the path that they are rendered to.
    """
    for finding in findings:
        file, _, said = finding.message.partition(": ")
        match = _SAID.fullmatch(said)
        source = sources.get(file)
        problem = _problem(source, *match.groups()) if source and match else None
        yield Finding(finding.tool, str(problem)) if problem else finding


def _problem(source: RuleSource, group: str, number: str, said: str) -> Problem | None:
    groups = [path for path, one in source.groups() if _quoted(str(one.get("name"))) == group]
    if not groups:
        return None
    rule: PathSteps = (*groups[0], "rules", int(number) - 1)
    if in_expr := _IN_EXPR.fullmatch(said):
        return source.problem_within((*rule, "expr"), in_expr[3], int(in_expr[1]), int(in_expr[2]))
    if in_text := _IN_TEXT.fullmatch(said):
        return source.problem((*rule, f"{in_text[1]}s", in_text[2]), in_text[3])
    return source.problem(rule, said)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
