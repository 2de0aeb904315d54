"""What the `sotpctl snmp` commands share: whom to ask and how, failures with what to do about them, the lab."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from sotpctl.cli.common import FiniteRange, fail, load_or_exit, message

if TYPE_CHECKING:
    from exporters.snmp.errors import Failure
    from sotpctl.inventory import Device, Inventory
    from sotpctl.snmp.access import Access
    from sotpctl.snmp.ask import Line

_F = TypeVar("_F", bound=Callable[..., Any])

_WIDEST = 100


@dataclass(frozen=True, slots=True)
class Reached:
    """A device of the inventory that can be asked.

    Attributes:
        device: Its name.
        inventory: It is in there.
        access: How it is asked.
        within: Seconds for an answer.
    """

    device: str
    inventory: Inventory
    access: Access
    within: float

    @property
    def spec(self) -> Device:
        """The device as the inventory has it."""
        return self.inventory.devices[self.device]

    def json(self) -> dict[str, object]:
        """Say who was asked, and how."""
        access = self.access
        return {"device": self.device, "address": access.address, "port": access.port, "auth": access.auth}

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """Open a line to it; a name without an address ends the command."""
        from sotpctl.snmp import ask  # noqa: PLC0415 - completion imports this module

        async with ask.line(self.access, self.within) as line:
            if not isinstance(line, ask.Line):
                end(self, Explained(line, lives=False))
            yield line


@dataclass(frozen=True, slots=True)
class Explained:
    """A failure, and whether an agent is there all the same."""

    failure: Failure
    lives: bool


def device_options(command: _F) -> _F:
    """`--auth`, `--timeout` and `--lab`."""
    command = click.option("--lab", is_flag=True, help="Ask the simulated device of `sotpctl lab up`.")(command)
    command = click.option(
        "--timeout",
        "within",
        type=FiniteRange(0.2, 300),
        default=5.0,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for an answer, with repeated requests.",
    )(command)
    return click.option("--auth", metavar="NAME", help="Another auth of the inventory than the device's own.")(command)


def reach(device: str, *, inventory_path: Path, auth: str | None, within: float, lab: bool) -> Reached:
    """Load the inventory and return the device; what is wrong is said and ends the command."""
    from sotpctl.snmp.access import AccessError, access  # noqa: PLC0415 - completion imports this module

    inventory = load_or_exit(inventory_path)
    if lab:
        _enter(inventory)
    try:
        found = access(inventory, device, auth, os.environ)
    except AccessError as error:
        fail(str(error) + _lab_hint(inventory, str(error)))
    if not inventory.devices[device].enabled:
        message(f"{device} is disabled in the inventory: it isn't polled; asked all the same")
    return Reached(device, inventory, found, within)


async def explained(line: Line, failure: Failure) -> Explained:
    """Find out more about a failure, where that is possible."""
    return Explained(failure, failure.reason == "timeout" and await line.lives())


def tell(reached: Reached, explained: Explained | None) -> None:
    """End the command with a failure; None is no failure."""
    if explained is not None:
        end(reached, explained)


def end(reached: Reached, explained: Explained) -> NoReturn:
    """Say a failure on stderr with what would help, and end the command."""
    access, failure = reached.access, explained.failure
    message(wrapped(f"{reached.device} ({access.where}, {access.how}): {failure.reason}: {failure.detail}"))
    for line in help_with(reached, explained):
        message(wrapped(line, "  - "))
    raise click.exceptions.Exit(1)


def help_with(reached: Reached, explained: Explained) -> list[str]:
    """Return what would help against a failure."""
    from sotpctl.snmp.advice import advice  # noqa: PLC0415 - completion imports this module

    lab = _running_lab(reached.inventory) is not None and not _in_lab()
    return advice(explained.failure, reached.access, lives=explained.lives, lab=lab)


def failure_json(reached: Reached, explained: Explained | None) -> dict[str, object] | None:
    """Return a failure as `--output json` has it."""
    if explained is None:
        return None
    failure = explained.failure
    return {"reason": failure.reason, "detail": failure.detail, "advice": help_with(reached, explained)}


def wrapped(text: str, start: str = "") -> str:
    """Return a message in lines that fit the terminal, the later ones indented."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    return textwrap.fill(
        text,
        width,
        initial_indent=start,
        subsequent_indent=" " * (len(start) or 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


# --- the lab


def _running_lab(inventory: Inventory) -> Any:  # noqa: ANN401 - lab.client.Running, which is imported late
    from lab import client  # noqa: PLC0415 - completion imports this module

    return client.find(inventory.root / client.STATE_DIRECTORY)


def _in_lab() -> bool:
    return bool(os.environ.get(_INSIDE))


_INSIDE = "SOTP_SNMP_IN_LAB"


def _enter(inventory: Inventory) -> None:
    """Run this command again inside the lab's network, with the lab's secrets; returns when it is there."""
    if _in_lab():
        return
    running = _running_lab(inventory)
    if running is None:
        fail("no lab runs beside this inventory: start it with `sotpctl lab up`")
    if shutil.which("nsenter") is None:
        fail("nsenter is not on PATH, so the lab's network can't be entered; install util-linux")
    words = [*running.enter(), sys.executable, "-P", "-m", "sotpctl.cli.main", *sys.argv[1:]]
    _become(words, {**_lab_environment(inventory.root), **os.environ, _INSIDE: "1"})


def _become(words: list[str], environ: Mapping[str, str]) -> NoReturn:
    sys.stdout.flush()
    os.execvpe(words[0], words, environ)  # noqa: S606 - our own command, with no shell between


def _lab_environment(root: Path) -> dict[str, str]:
    from lab.client import STATE_DIRECTORY  # noqa: PLC0415 - completion imports this module

    try:
        lines = (root / STATE_DIRECTORY / "environment").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _lab_hint(inventory: Inventory, text: str) -> str:
    if "environment variable" in text and not _in_lab() and _running_lab(inventory):
        return "\na lab runs beside this inventory: --lab asks its devices, with the lab's own secrets"
    return ""
