"""promtool reads prometheus.yml, its target files and its rules."""

from pathlib import Path

from sotpctl.verify import tools
from sotpctl.verify.findings import Finding, from_output, missing

_LINT = ("--lint=all", "--lint-fatal")
_NOISE = ("Checking ", "SUCCESS")


def check(tree: Path, near: Path | None) -> tuple[Finding, ...]:
    """Return what promtool has against `tree`; lint counts as an error."""
    promtool = tools.find("promtool", near)
    if promtool is None:
        return (missing("promtool"),)
    rules = sorted(str(path.relative_to(tree)) for path in tree.glob("prometheus/rules/*.yml"))
    checks = [("check", "rules", *_LINT, *rules)] if rules else []
    checks.append(("check", "config", *_LINT, "prometheus/prometheus.yml"))
    for arguments in checks:
        passed, output = tools.run(promtool, *arguments, cwd=tree)
        if not passed:  # the second check would repeat the findings of the first
            return from_output("promtool", output, _NOISE)
    return ()
