"""loki reads loki.yml, where both are there: SOTP builds no Loki, so a missing one is no error."""

from pathlib import Path

from sotpctl.verify import tools
from sotpctl.verify.findings import Finding, from_output

_CONFIG = Path("loki", "loki.yml")


def check(tree: Path, near: Path | None) -> tuple[Finding, ...]:
    """Return what Loki has against `tree`."""
    loki = tools.find("loki", near)
    if loki is None or not (tree / _CONFIG).is_file():
        return ()
    passed, output = tools.run(loki, "-verify-config", f"-config.file={_CONFIG}", cwd=tree)
    return () if passed else from_output("loki", output, ())
