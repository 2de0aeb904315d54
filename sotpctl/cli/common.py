"""What every command shares: options, loading the inventory, failing with one clear line."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from sotpctl.inventory import Inventory, Problem

_F = TypeVar("_F", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)
_WHOLE = 1_000  # characters, more than any sentence has


class FiniteRange(click.FloatRange):
    """A number within a range; click's own lets `nan` through, which is in none, and `inf` where there is no end."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Return the number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is no number.", param, ctx)
        return number


class Group(click.Group):
    """A click group whose help says the first sentence of each command whole; click cuts it to one line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands; a long sentence is wrapped."""
        named = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.get_short_help_str(_WHOLE)) for name, one in named if one is not None])


def inventory_option(command: _F) -> _F:
    """`-i/--inventory PATH`, also from `$SOTP_INVENTORY`."""
    return click.option(
        "-i",
        "--inventory",
        "inventory_path",
        type=PATH,
        default=Path("inventory.yaml"),
        envvar="SOTP_INVENTORY",
        show_default=True,
        show_envvar=True,
        help="The inventory: one YAML file, or a directory of them.",
    )(command)


def out_option(command: _F) -> _F:
    """`--out DIR`: where rendered files go."""
    return click.option(
        "--out", type=PATH, default=Path("build"), show_default=True, help="Folder that the rendered files go to."
    )(command)


def output_option(command: _F) -> _F:
    """`--output text|json`: for people, or for scripts."""
    return click.option(
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Text for people, JSON for scripts.",
    )(command)


def message(text: str) -> None:
    """Say something about the work on stderr; data alone goes to stdout.

    Where nobody can hear it (`2>&1 | head`, a log on a full disk), the work goes on all the same.
    """
    with suppress(OSError):
        click.echo(text, err=True)


def fail(text: str) -> NoReturn:
    """End the command with one message and exit code 1."""
    raise click.exceptions.Exit(_said(text))


def print_json(data: object) -> None:
    """Print data for scripts: sorted keys, so that equal answers are equal bytes."""
    click.echo(json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False))


def load_or_exit(path: Path, output: str = "text") -> Inventory:
    """Load the inventory; print every problem and exit 1 when there is an error.

    With `output="json"` the problems are a JSON list on stdout when they end the command.
    """
    from sotpctl.inventory import load  # noqa: PLC0415 - completion imports this module and must be quick

    loaded = load(path)
    if loaded.inventory is None:
        if output == "json":
            print_json([problem_json(problem) for problem in loaded.problems])
        else:
            print_problems(loaded.problems)
        fail(f"{path}: {count(len(loaded.problems), 'problem')}; nothing was done")
    print_problems(loaded.problems)
    return loaded.inventory


def print_problems(problems: tuple[Problem, ...]) -> None:
    """Print one line a problem to stderr."""
    for problem in problems:
        prefix = "warning: " if problem.severity == "warning" else ""
        message(f"{prefix}{problem}")


def problem_json(problem: Problem) -> dict[str, object]:
    """Give a problem the shape that `--output json` promises."""
    return {
        "file": str(problem.file),
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "severity": problem.severity,
        "message": problem.message,
    }


def count(number: int, noun: str) -> str:
    """Return "1 device", "2 devices"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _said(text: str) -> int:
    message(text)
    return 1
