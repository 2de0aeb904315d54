"""What `ack`, `silence`, `maintenance` and `alerts` share: Alertmanager asked, who asks, what is said."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from sotpctl.cli.common import fail

if TYPE_CHECKING:
    from sotpctl.alerts.hiding import Network
    from sotpctl.alerts.model import Alert, Silence
    from sotpctl.inventory import Inventory

_T = TypeVar("_T")
_F = TypeVar("_F", bound=Callable[..., Any])


def examples(*lines: str) -> str:
    """Return a command's epilog: each example on a line of its own."""
    return "\n".join(["\b", *lines])


def as_option(command: _F) -> _F:
    """`--as NAME`: who does it."""
    return click.option(
        "--as", "who", metavar="NAME", envvar="USER", show_envvar=True, help="Who does it, for the others to see."
    )(command)


def dry_run_option(command: _F) -> _F:
    """`--dry-run`: say what would be hidden, and no more."""
    return click.option("--dry-run", is_flag=True, help="Only say what it would hide.")(command)


def everything_option(command: _F) -> _F:
    """`--yes-everything`: for what no matcher narrows."""
    return click.option(
        "--yes-everything", "everything", is_flag=True, help="Do it although it hides everything that wakes people."
    )(command)


def now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


def person(who: str | None) -> str:
    """Return who does it; fail where nothing says it."""
    if who and who.strip():
        return who.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        fail("say who you are: --as NAME; it stands with the silence for the others to see")


def ask(question: Coroutine[Any, Any, _T]) -> _T:
    """Ask Alertmanager; where it can't be asked or says no, that is said and the command ends."""
    from sotpctl.alerts.client import AlertmanagerError  # noqa: PLC0415 - completion imports this module

    try:
        return asyncio.run(question)
    except AlertmanagerError as error:
        fail(printable(str(error)))


def look(inventory: Inventory) -> tuple[list[Alert], list[Silence]]:
    """Give what fires, and the silences that aren't over."""
    from sotpctl.alerts import client  # noqa: PLC0415 - completion imports this module

    return ask(client.look(address(inventory)))


def address(inventory: Inventory) -> str:
    """Return Alertmanager's host:port."""
    return inventory.settings.endpoints["alertmanager"]


def network(inventory: Inventory, names: list[str]) -> Network:
    """Return what there is to hide."""
    from sotpctl.alerts.catalogue import labels_of  # noqa: PLC0415 - completion imports this module
    from sotpctl.alerts.hiding import Network  # noqa: PLC0415

    return Network([labels_of(device) for device in inventory.enabled()], names)


def attempt(step: Callable[[], _T]) -> _T:
    """Take a step that says by ValueError what is wrong with what was typed."""
    try:
        return step()
    except ValueError as error:
        fail(printable(str(error)))


def printable(text: str) -> str:
    """Make a text from outside safe for a terminal."""
    from sotpctl.inventory.problems import printable as escaped  # noqa: PLC0415 - completion imports this module

    return escaped(text)


def inventory_of(ctx: click.Context) -> Path:
    """Return the inventory's path while a shell completes."""
    given = ctx.params.get("inventory_path") or os.environ.get("SOTP_INVENTORY")
    return Path(given or "inventory.yaml")


def complete_alert(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the alerts whose names begin so."""
    from sotpctl.alerts.completion import alert_names  # noqa: PLC0415 - only at a TAB

    return [CompletionItem(name) for name in alert_names(inventory_of(ctx)) if name.startswith(incomplete)]


def complete_silence(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the silences whose ids begin so, each with its comment."""
    from sotpctl.alerts.completion import silences  # noqa: PLC0415 - only at a TAB

    found = silences(inventory_of(ctx))
    return [CompletionItem(one, help=comment) for one, comment in found if one.startswith(incomplete)]
