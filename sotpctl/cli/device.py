"""`sotpctl device`: look at devices and edit them in the inventory's own text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from sotpctl.cli.common import (
    Group,
    count,
    fail,
    inventory_option,
    load_or_exit,
    message,
    output_option,
    print_json,
    print_problems,
)
from sotpctl.cli.completion import complete_device

if TYPE_CHECKING:
    from sotpctl.inventory import Device
    from sotpctl.inventory.draft import Draft

_T = TypeVar("_T")
_INTERFACE = re.compile(r"interfaces\.(.+?)(?:\.(thresholds(?:\..+)?))?")
_SELECTOR_HELP = "Devices that match, like role=access,site=waw (and); the same key twice is or."
_COLUMNS = ("name", "address", "site", "role", "platform", "team")

_dry_run = click.option("--dry-run", is_flag=True, help="Show the change as a diff, write nothing.")
_selector = click.option("-s", "--selector", metavar="KEY=VALUE,…", help=_SELECTOR_HELP)


@click.group(cls=Group)
def device() -> None:
    """List, show and edit devices; comments, order and layout of the file stay."""


@device.command("list")
@_selector
@inventory_option
@output_option
def list_(selector: str | None, inventory_path: Path, output: str) -> None:
    """List the devices."""
    inventory = load_or_exit(inventory_path, output)
    found = _selected(inventory.devices.values(), selector) if selector else list(inventory.devices.values())
    if output == "json":
        print_json(
            [
                {
                    "name": one.name,
                    "address": one.address,
                    "enabled": one.enabled,
                    "groups": list(one.groups),
                    "parents": list(one.parents),
                    "labels": one.series_labels(),
                }
                for one in found
            ]
        )
        return
    rows = [[getattr(one, column) or "-" for column in _COLUMNS] for one in found]
    rows = [[*row, "" if one.enabled else "disabled"] for row, one in zip(rows, found, strict=True)]
    widths = [max((len(row[number]) for row in rows), default=0) for number in range(len(_COLUMNS) + 1)]
    for row in rows:
        click.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    if not found:
        message("no device matches" if selector else "the inventory has no devices")


@device.command()
@click.argument("name", shell_complete=complete_device)
@inventory_option
@output_option
def show(name: str, inventory_path: Path, output: str) -> None:
    """Show NAME as the inventory says it; `sotpctl explain NAME` adds what it inherits."""
    draft = _draft(inventory_path)
    file = _try(lambda: draft.file_of(name))
    if output == "json":
        print_json({"name": name, "file": str(file), "settings": draft.entry(name)})
    else:
        place = draft.reading().files.problem(("devices", name), "", key=True)
        message(f"{file}:{place.line}:")
        click.echo(draft.snippet(name))


@device.command()
@click.argument("name")
@click.argument("settings", nargs=-1, metavar="KEY=VALUE…")
@_dry_run
@inventory_option
def add(name: str, settings: tuple[str, ...], dry_run: bool, inventory_path: Path) -> None:
    """Add NAME, like: add waw-acc-9 address=192.0.2.99 site=waw role=access."""
    pairs = dict(_pair(one) for one in settings)
    _edit(inventory_path, lambda draft: draft.add(name, pairs), f'device "{name}" added', dry_run=dry_run)


@device.command("set")
@click.argument("arguments", nargs=-1, metavar="[NAME] KEY=VALUE…", shell_complete=complete_device)
@_selector
@click.option("--unset", "unsets", multiple=True, metavar="KEY", help="Take KEY out, so that it is inherited again.")
@_dry_run
@inventory_option
def set_(
    arguments: tuple[str, ...], selector: str | None, unsets: tuple[str, ...], dry_run: bool, inventory_path: Path
) -> None:
    """Set settings of NAME, or of all devices that -s matches, like: set waw-core-1 icmp.interval=2s team=core.

    KEY=null removes what the device would inherit; --unset KEY makes it inherit again.
    """
    name = arguments[0] if arguments and "=" not in arguments[0] else None
    if (name is None) == (selector is None):
        fail("say which devices: either NAME or -s SELECTOR")
    pairs = [_pair(one) for one in arguments[0 if name is None else 1 :]]
    removed = [_steps(key) for key in unsets]
    if not pairs and not removed:
        fail("say what to set, like team=core, or --unset KEY")

    def change(draft: Draft) -> None:
        names = [name] if name is not None else _matching(inventory_path, selector or "")
        for path, value in pairs:
            draft.set(names, path, value)
        for path in removed:
            draft.unset(names, path)

    _edit(inventory_path, change, "", dry_run=dry_run)


@device.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…", shell_complete=complete_device)
@_dry_run
@inventory_option
def rm(names: tuple[str, ...], dry_run: bool, inventory_path: Path) -> None:
    """Remove NAME; refused while something else names it."""

    def change(draft: Draft) -> None:
        from sotpctl.inventory.draft import referrers  # noqa: PLC0415 - see _draft

        document = draft.reading().document
        found = referrers(document, names) if document is not None else []
        for one in found:
            message(one)
        if found:
            fail(f"still named in {count(len(found), 'place')}; nothing was done: remove them first")
        draft.remove(list(dict.fromkeys(names)))

    _edit(inventory_path, change, f"{count(len(set(names)), 'device')} removed", dry_run=dry_run)


def _edit(path: Path, change: Callable[[Draft], None], done: str, *, dry_run: bool) -> None:
    from sotpctl.inventory.draft import locked  # noqa: PLC0415 - see _draft

    try:
        with locked(path):
            draft = _draft(path)
            _try(lambda: change(draft))
            loaded = _try(draft.check)
            print_problems(loaded.problems)
            if loaded.inventory is None:
                fail(
                    f"with this change the inventory would have {count(len(loaded.problems), 'problem')}; nothing done"
                )
            if dry_run:
                click.echo(draft.diff(), nl=False)
                return
            written = draft.save()
    except OSError as error:
        fail(f"{error.filename or path}: {error.strerror or error}; nothing was done")
    said = done or f"{count(len(draft.changed()), 'device')} changed"
    message(f"{path}: {said}" if written else f"{path}: that is what it says already; nothing was done")


def _draft(path: Path) -> Draft:
    from sotpctl.inventory.draft import Draft  # noqa: PLC0415 - completion imports this module and must be quick

    try:
        draft = Draft(path)
    except OSError as error:
        fail(f"{path}: can't be read: {error.strerror}")
    if draft.problems:
        print_problems(tuple(draft.problems))
        fail(f"{path}: {count(len(draft.problems), 'problem')}; nothing was done")
    return draft


def _try(step: Callable[[], _T]) -> _T:
    try:
        return step()
    except ValueError as error:
        from sotpctl.inventory.problems import printable  # noqa: PLC0415 - see _draft

        fail(printable(str(error)))


def _selected(devices: Iterable[Device], selector: str) -> list[Device]:
    from sotpctl.inventory.select import select  # noqa: PLC0415 - see _draft

    return _try(lambda: select(devices, selector))


def _matching(path: Path, selector: str) -> list[str]:
    names = [one.name for one in _selected(load_or_exit(path).devices.values(), selector)]
    return names or fail(f"no device matches {selector}; nothing was done")


def _pair(text: str) -> tuple[tuple[str, ...], str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        fail(f'"{text}" is no setting: write it like team=core or icmp.interval=2s')
    return _steps(key), value


def _steps(key: str) -> tuple[str, ...]:
    """Split a dotted key; the name of an interface may hold dots."""
    found = _INTERFACE.fullmatch(key)
    if found is None:
        return tuple(key.split("."))
    return ("interfaces", found[1], *(found[2].split(".") if found[2] else ()))
