"""The real tools read what was rendered before anybody else does."""

from pathlib import Path

from sotpctl.verify import amtool, loki, promtool
from sotpctl.verify.findings import Finding

__all__ = ["Finding", "check"]


def check(tree: Path, near: Path | None = None) -> tuple[Finding, ...]:
    """Return everything that promtool, amtool and loki have against a rendered tree; nothing when it is right.

    Args:
        tree: A folder as `sotpctl render` writes it.
        near: The inventory, beside which `.engines/bin` may be.
    """
    return (*promtool.check(tree, near), *amtool.check(tree, near), *loki.check(tree, near))
