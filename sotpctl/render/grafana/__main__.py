"""Writes dashboards/*.json anew: `python -m sotpctl.render.grafana`, in a checkout, after a change of this package."""

import sys

from sotpctl.render import data
from sotpctl.render.grafana import document


def main() -> int:
    """Write what changed, drop what is no longer built, and say so."""
    folder = data.folder("dashboards")
    texts = document.texts()
    for path in sorted(folder.glob("*.json")):
        if path.name not in texts:
            path.unlink()
            print(f"{path.name}: removed", file=sys.stderr)  # noqa: T201 - a command
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"{name}: written", file=sys.stderr)  # noqa: T201 - a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
