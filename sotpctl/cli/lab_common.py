"""What the commands of `sotpctl lab` share: which lab is meant, what is said to it, durations and shares."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from lab.client import STATE_DIRECTORY, LabError, Running, find
from sotpctl.cli import common
from sotpctl.inventory import durations

_F = TypeVar("_F", bound=Callable[..., Any])


class Duration(click.ParamType[float]):
    """A duration such as 80ms, in seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Returns seconds."""
        try:
            return durations.seconds(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Share(click.ParamType[float]):
    """A share such as 20%, as 0 to 1."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Returns 0 to 1."""
        text = str(value)
        try:
            share = float(text.removesuffix("%")) / 100
        except ValueError:
            share = -1.0
        if not text.endswith("%") or not 0 <= share <= 1:
            self.fail(f'"{text}" is no share: write it like 20%, from 0% to 100%', param, ctx)
        return share


def lab_options(command: _F) -> _F:
    """`-i` and `--lab-dir`, which say which lab is meant."""
    command = click.option(
        "--lab-dir",
        type=common.PATH,
        default=None,
        help=f"The lab's state: log, inbox, control socket.  [default: {STATE_DIRECTORY} beside the inventory]",
    )(command)
    return common.inventory_option(command)


def state_directory(inventory_path: Path, lab_dir: Path | None) -> Path:
    """Where the lab of these options has its state."""
    if lab_dir is not None:
        return lab_dir.absolute()
    root = inventory_path if inventory_path.is_dir() else inventory_path.parent
    return root.absolute() / STATE_DIRECTORY


def running_lab(inventory_path: Path, lab_dir: Path | None) -> Running:
    """Returns the lab of these options; says how to start one where none runs."""
    directory = state_directory(inventory_path, lab_dir)
    running = find(directory)
    if running is None:
        common.fail(f"no lab runs in {directory}; start it: sotpctl lab up")
    return running


def call(running: Running, op: dict[str, Any]) -> dict[str, Any]:
    """Returns the lab's answer; a refusal ends the command with its reason."""
    try:
        return running.call(op)
    except LabError as error:
        common.fail(str(error))


def milliseconds(seconds: float) -> str:
    """A time in seconds as people read it here."""
    return f"{seconds * 1000:.1f} ms"


def list_names(names: Sequence[str], shown: int = 10) -> str:
    """The first names, and how many more there are."""
    rest = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + rest


def printable(text: str) -> str:
    """The text without what would steer the terminal: a message is a stranger's."""
    return "".join(character for character in text if character == "\n" or character.isprintable())
