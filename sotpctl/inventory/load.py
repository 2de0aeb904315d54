"""From a path to an inventory, or to everything that is wrong with it."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sotpctl.inventory.assemble import assemble
from sotpctl.inventory.check_logql import check_logql
from sotpctl.inventory.check_promql import check_promql
from sotpctl.inventory.check_rules import check_names, own_labels
from sotpctl.inventory.checks import check
from sotpctl.inventory.document import Document
from sotpctl.inventory.files import Files
from sotpctl.inventory.log_model import alert_name
from sotpctl.inventory.model import Device, Inventory
from sotpctl.inventory.module_files import check_modules, read_module_files
from sotpctl.inventory.problems import Problem, in_order
from sotpctl.inventory.resolve import resolve
from sotpctl.inventory.rule_source import LOGQL, PROMQL, Rules, read_rules
from sotpctl.inventory.shipped import shipped
from sotpctl.inventory.validate import validate


@dataclass(frozen=True, slots=True)
class Loaded:
    """The inventory, None when there is an error; and all problems, warnings too, in the order of their places."""

    inventory: Inventory | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A loaded inventory with the files and the document behind it, for those who ask where a setting comes from."""

    files: Files
    document: Document | None
    loaded: Loaded


def load(path: Path | str) -> Loaded:
    """Load an inventory from a file or a directory of `*.yaml` and `*.yml` files; a user's mistake is never raised."""
    with _no_collection():  # the nodes of the files are freed before the collector would walk them
        return read_inventory(Path(path)).loaded


def read_inventory(path: Path, texts: Mapping[Path, str] | None = None) -> Reading:
    """Load an inventory and keep what it was made of; `texts` stand for what those of its files hold."""
    with _no_collection():
        files = Files(path, texts)
        if not files.data:
            problems = files.problems or [Problem(str(path), 0, 0, "", "the inventory is empty; it needs `devices:`")]
            return Reading(files, None, Loaded(None, in_order(problems)))
        document, problems, left_out = validate(files)
        problems = files.problems + problems
        inventory = None
        if document is not None and files.complete:
            devices = resolve(document)
            modules = read_module_files(document, files)
            logql, promql = (read_rules(path, folder) for folder in (LOGQL, PROMQL))
            problems += check(document, devices, files, left_out, own_labels(logql, promql))
            problems += check_modules(document, files, modules)
            problems += _check_rules(logql, promql, document, devices, files)
            if all(problem.severity == "warning" for problem in problems):
                own = {"logql": logql.files(), "promql": promql.files()}
                inventory = assemble(document, devices, files.root, **own, module_files=modules.files)
        return Reading(files, document, Loaded(inventory, in_order(problems)))


def _check_rules(
    logql: Rules, promql: Rules, document: Document, devices: Mapping[str, Device], files: Files
) -> Iterator[Problem]:
    yield from (*logql.problems, *promql.problems)
    sources = (*logql.sources, *promql.sources)
    if not sources:
        return
    ours = shipped(devices)
    yield from check_logql(logql.sources, document, files)
    yield from check_promql(promql.sources, files, ours)
    yield from check_names(sources, {alert_name(one.name) for one in document.alerting.log_patterns}, ours)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the cyclic garbage collector: it walks a million objects that all live (10,000 devices: 0.8 s of 1.5 s)."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
