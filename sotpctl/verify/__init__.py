"""The real tools read what was rendered before anybody else does."""

from collections.abc import Mapping
from pathlib import Path

from sotpctl.inventory.rule_source import RuleSource
from sotpctl.verify import amtool, loki, own_rules, promtool
from sotpctl.verify.findings import Finding

__all__ = ["Finding", "check"]


def check(tree: Path, near: Path | None = None, sources: Mapping[str, RuleSource] | None = None) -> tuple[Finding, ...]:
    """Return everything that promtool, amtool and loki have against a rendered tree; nothing when it is right.

    Args:
        tree: A folder as `sotpctl render` writes it.
        near: The inventory, beside which `.engines/bin` may be.
        sources: Where rules of the user's own come from, by their paths in the tree: what is wrong is said there.
    """
    found = own_rules.placed(promtool.check(tree, near), sources or {})
    return (*found, *amtool.check(tree, near), *loki.check(tree, near))
