"""amtool reads alertmanager.yml and the templates that it names."""

from pathlib import Path

from sotpctl.verify import tools
from sotpctl.verify.findings import Finding, from_output, missing

_NOISE = ("Checking ", "SUCCESS", "Found:", "- ", "amtool: error: failed to validate")


def check(tree: Path, near: Path | None) -> tuple[Finding, ...]:
    """Return what amtool has against `tree`."""
    amtool = tools.find("amtool", near)
    if amtool is None:
        return (missing("amtool"),)
    passed, output = tools.run(amtool, "check-config", "alertmanager/alertmanager.yml", cwd=tree)
    return () if passed else from_output("amtool", output, _NOISE)
