"""The command `sotp-exporter NAME …`: imports the exporter that is asked for, and no other."""

import difflib
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from exporters.kit.ports import EXPORTERS


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the exporter that the first argument names; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if name in {"-h", "--help"}:
        sys.stdout.write(_usage())
        return 0
    if name == "--version":
        from exporters.kit.options import version  # noqa: PLC0415  # not needed by the other ways

        sys.stdout.write(f"sotp-exporter {version()}\n")
        return 0
    if name not in _available():
        sys.stderr.write(f"sotp-exporter: {_unknown(name)}\n{_usage()}")
        return 1
    from exporters.kit.run import run  # noqa: PLC0415  # aiohttp is slow to import

    return run(importlib.import_module(f"exporters.{name}.app").service, rest)


def _available() -> list[str]:
    """The exporters of the port table that this version has."""
    here = Path(__file__).parent
    return [name for name in EXPORTERS if (here / name / "app.py").is_file()]


def _unknown(name: str) -> str:
    if not name:
        return "which exporter?"
    near = difflib.get_close_matches(name, _available(), 1)
    return f'there is no exporter "{name}"' + (f'; did you mean "{near[0]}"?' if near else "")


def _usage() -> str:
    names = "\n".join([f"  {name:<10} port {EXPORTERS[name].port}" for name in _available()])
    options = "options: sotp-exporter NAME --help"
    return f"usage: sotp-exporter NAME --config FILE [options]\n\nexporters:\n{names}\n\n{options}\n"


if __name__ == "__main__":
    sys.exit(main())
