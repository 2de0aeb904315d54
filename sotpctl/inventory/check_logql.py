"""LogQL rules of one's own, loki/rules/*.yml beside the inventory, checked as far as that goes without Loki.

Loki's ruler refuses all files of a tenant where one of them is wrong, says so in its log only, and goes on with the
rules that it had: what can be found here is found before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sotpctl.inventory import logql_expr
from sotpctl.inventory.assemble import default_endpoints
from sotpctl.inventory.check_rules import check_groups, check_labels, check_selectors, check_shape, sotps_own
from sotpctl.inventory.document import Document
from sotpctl.inventory.files import Files
from sotpctl.inventory.names import Names
from sotpctl.inventory.problems import Problem
from sotpctl.inventory.rule_model import DROPPED, RuleFile
from sotpctl.inventory.rule_source import LOGQL, RuleSource
from sotpctl.inventory.yaml_source import PathSteps

# The labels of the shipper's streams, and what it keeps beside each line.
_OF_STREAMS = ("job", "device", "site", "role")
_METADATA = frozenset({"severity", "facility", "app", "procid", "msgid", "mnemonic", "event", "level"})
_EXAMPLE = "sum by (device, site, role) (count_over_time({…} [5m])) > 0"
_INSTEAD = {key: f"Loki's ruler forgets {key} without a word: {instead}" for key, instead in DROPPED.items()}


def check_logql(sources: Sequence[RuleSource], document: Document, files: Files) -> list[Problem]:
    """Return all that is wrong with the rules beside an inventory but the names of rules.

    Args:
        sources: As read.
        document: The inventory.
        files: Its files.
    """
    problems: list[Problem] = []
    ours = document.settings.logs.url in {None, f"http://{(default_endpoints() | document.settings.endpoints)['loki']}"}
    if sources:
        problems += _store(document, files, sources, ours=ours)
    names = Names.of(files.data)
    for source in sources:
        problems += [*source.problems, *check_shape(source, RuleFile, _INSTEAD), *_expressions(source, names)]
        problems += [*check_labels(source, _reserved, logql_expr.kept), *check_groups(source, {}, "this file")]
        problems += _recorded(source) if ours else ()
    return problems


def _store(document: Document, files: Files, sources: Sequence[RuleSource], *, ours: bool) -> Iterator[Problem]:
    """Check that there is a ruler: VictoriaLogs has none for LogQL, and a Loki elsewhere reads no file of ours."""
    logs, which = document.settings.logs, str(LOGQL / sources[0].name)
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
    for label in (label for label, *_ in logql_expr.matchers(expr) if label in _METADATA):
        message = f'streams have no label {label}, it stands beside each line: {{job="syslog"}} | {label}="…"'
        yield file.problem(path, message, severity="warning")
    yield from check_selectors(file, path, expr, names)


def _reserved(name: str) -> str:
    if name in _OF_STREAMS:
        return f"{name} comes from the streams: keep it in expr, as in {_EXAMPLE}, and remove it here"
    return sotps_own(name, "Loki")
