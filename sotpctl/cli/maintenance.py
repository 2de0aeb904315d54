"""`sotpctl maintenance`: planned work, written into the inventory's own text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from sotpctl.cli.alertmanager import (
    address,
    attempt,
    everything_option,
    examples,
    inventory_of,
    now,
    printable,
)
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

if TYPE_CHECKING:
    from sotpctl.alerts.model import Alert
    from sotpctl.inventory import Inventory
    from sotpctl.inventory.draft import Draft
    from sotpctl.inventory.model import Maintenance

_SECTION = ("alerting", "maintenance")
_DRY_HELP = "Say what it would hide and show the change of the inventory as a diff, write nothing."

_dry_run = click.option("--dry-run", is_flag=True, help=_DRY_HELP)


def _complete_window(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    from sotpctl.alerts.completion import maintenance_names  # noqa: PLC0415 - only at a TAB

    return [CompletionItem(one) for one in maintenance_names(inventory_of(ctx)) if one.startswith(incomplete)]


@click.group(
    cls=Group,
    epilog=examples(
        "sotpctl maintenance list",
        "sotpctl maintenance add move-rack-a12 device=waw-core-1 --start 2026-12-01T22:00 --for 4h",
        "sotpctl maintenance end move-rack-a12",
    ),
)
def maintenance() -> None:
    """Plan work: while a window is open, nobody is told of its devices.

    Windows stand in the inventory, under alerting.maintenance; `sotpctl apply` puts a change into force.
    """


@maintenance.command(
    epilog=examples(
        "sotpctl maintenance add waw-patching site=waw role=server --start 2026-12-01T22:00 --end 2026-12-02T02:00",
        "sotpctl maintenance add line-card device=waw-core-1 --for 2h",
        'sotpctl maintenance add krk-backup site=krk,role=server --weekly "sat,sun 02:00-04:00" --dry-run',
    )
)
@click.argument("name")
@click.argument("selectors", nargs=-1, required=True, metavar="LABEL=VALUE…")
@click.option("--start", metavar="TIME", help="From when: 22:00, or 2026-12-01T22:00; now, where it is left out.")
@click.option("--end", "end_text", metavar="TIME", help="Until when: 02:00, or 2026-12-02T02:00.")
@click.option("--for", "length", metavar="TIME", help="How long, like 4h, in place of --end.")
@click.option("--weekly", metavar='"DAYS FROM-TO"', help='Every week, like "sun 02:00-04:00" or "mon,fri 22:00-06:00".')
@click.option("--timezone", metavar="ZONE", help="Whose clock it goes by, in place of the site's, like Europe/Warsaw.")
@everything_option
@_dry_run
@inventory_option
def add(
    *,
    name: str,
    selectors: tuple[str, ...],
    start: str | None,
    end_text: str | None,
    length: str | None,
    weekly: str | None,
    timezone: str | None,
    everything: bool,
    dry_run: bool,
    inventory_path: Path,
) -> None:
    """Add the window NAME for the devices that match every LABEL=VALUE; the same label twice is or."""
    from sotpctl.alerts import planned  # noqa: PLC0415 - completion imports this module

    inventory = load_or_exit(inventory_path)
    match = attempt(lambda: planned.match(selectors))
    zone = attempt(lambda: planned.zone(inventory, match, timezone))
    given = planned.Given(start=start, end=end_text, length=length, weekly=weekly, timezone=timezone)
    entry = {"name": name, "match": match} | attempt(lambda: planned.when(given, zone, now()))

    def change(draft: Draft) -> None:
        draft.add_item(_SECTION, planned.yaml_texts(entry))

    _edit(inventory_path, change, f'maintenance "{name}" added', _Before(name, dry_run, everything))


@maintenance.command("list", epilog=examples("sotpctl maintenance list", "sotpctl maintenance list --output json"))
@inventory_option
@output_option
def list_(inventory_path: Path, output: str) -> None:
    """List the inventory's windows with the time they are open next, by the clock of their time zone."""
    from sotpctl.alerts import planned, windows  # noqa: PLC0415 - completion imports this module
    from sotpctl.alerts.table import table  # noqa: PLC0415
    from sotpctl.cli.terminal import columns  # noqa: PLC0415

    inventory, current = load_or_exit(inventory_path), now()
    every = [(one, windows.current_or_next(one, current)) for one in inventory.alerting.maintenance]
    every.sort(key=lambda pair: (pair[1] is None, pair[1].start if pair[1] else current, pair[0].name))
    if output == "json":
        print_json([planned.window_json(one, occurrence, current) for one, occurrence in every])
        return
    rows = [["NAME", "DEVICES", "NEXT", "WHEN"]]
    for one, occurrence in every:
        rows.append([
            one.name, planned.device_names(one.devices), planned.next_text(one, occurrence, current),
            planned.when_text(one, current),
        ])  # fmt: skip
    for line in table(rows, columns(), widest=34) if every else ():
        click.echo(printable(line))
    if not every:
        message("the inventory has no maintenance windows")


@maintenance.command(
    epilog=examples("sotpctl maintenance end move-rack-a12", "sotpctl maintenance end krk-backup --for-good")
)
@click.argument("name", shell_complete=_complete_window)
@click.option("--for-good", is_flag=True, help="Take it out of the inventory: needed for one that comes every week.")
@_dry_run
@inventory_option
def end(name: str, for_good: bool, dry_run: bool, inventory_path: Path) -> None:
    """End the window NAME: one that is open ends now, one that is yet to come is taken out."""
    from sotpctl.alerts import planned  # noqa: PLC0415 - completion imports this module

    inventory, current = load_or_exit(inventory_path), now()
    found = [one for one in inventory.alerting.maintenance if one.name == name]
    step = attempt(lambda: planned.ending(name, found, inventory, current, for_good=for_good))
    if step is None:
        message(printable(f"{name} is over already; nothing was done (--for-good takes it out of the inventory)"))
        return

    def change(draft: Draft) -> None:
        number = planned.number_of(name, draft.items(_SECTION))
        if step.end is None:
            draft.remove_item(_SECTION, number)
        else:
            draft.set_item(_SECTION, number, "end", step.end)

    _edit(inventory_path, change, f'maintenance "{name}" {step.said}', _Before(None, dry_run, everything=True))


@dataclass(frozen=True, slots=True)
class _Before:
    """What is done before the inventory is written: the window that is new is said; everything needs a yes."""

    added: str | None
    dry_run: bool
    everything: bool


def _edit(path: Path, change: Callable[[Draft], None], done: str, before: _Before) -> None:
    """Change the inventory's text: checked as a whole, shown as a diff, written at once."""
    from sotpctl.inventory.draft import Draft, locked  # noqa: PLC0415 - completion imports this module

    try:
        with locked(path):
            draft = Draft(path)
            if draft.problems:
                print_problems(tuple(draft.problems))
                fail(f"{path}: {count(len(draft.problems), 'problem')}; nothing was done")
            attempt(lambda: change(draft))
            loaded = attempt(draft.check)
            print_problems(loaded.problems)
            if loaded.inventory is None:
                problems = count(len(loaded.problems), "problem")
                fail(f"with this change the inventory would have {problems}; nothing was done")
            if before.added is not None:
                _say(loaded.inventory, before.added, dry_run=before.dry_run, everything=before.everything)
            changed = draft.diff()
            if not before.dry_run:
                draft.save()
    except OSError as error:
        fail(f"{error.filename or path}: {error.strerror or error}; nothing was done")
    click.echo(changed, nl=False)
    if before.dry_run:
        return
    message(printable(f"{path}: {done}; now run `sotpctl apply`"))


def _say(inventory: Inventory, name: str, *, dry_run: bool, everything: bool) -> None:
    """Say what a new window will hide; fail where that is nothing, or everything without a yes."""
    from sotpctl.alerts import planned  # noqa: PLC0415 - completion imports this module

    found = [one for one in inventory.alerting.maintenance if one.name == name]
    enabled = inventory.enabled()
    devices = planned.watched(found, enabled)
    if not devices:
        fail("no device that is watched matches; nothing was done")
    for one in found:
        message(printable(f"{'would hide' if dry_run else 'hides'} {_hidden(inventory, one)}"))
    if len(devices) == len(enabled) > 1 and not everything:
        fail("that is every device there is: narrow it by site=, role= or device=, or say --yes-everything")


def _hidden(inventory: Inventory, one: Maintenance) -> str:
    """Return what one part of a window will hide, and when."""
    from sotpctl.alerts import hiding, planned, windows  # noqa: PLC0415 - completion imports this module

    current = now()
    occurrence = windows.current_or_next(one, current)
    total = len(inventory.enabled())
    what = f"every alert of {hiding.devices_text(one.devices, total)}"
    if occurrence is not None and occurrence.open_at(current):
        alerts = _firing(inventory, one)
        what = f"{hiding.firing(alerts)} and {what}" if alerts else what
    following = f"; next {planned.next_text(one, occurrence, current)}" if one.weekly else ""
    return f"{what}: {planned.when_text(one, current)}{following}"


def _firing(inventory: Inventory, one: Maintenance) -> list[Alert]:
    """Give what fires of a window's devices; nothing without Alertmanager: the inventory can be edited all the same."""
    from sotpctl.alerts import client  # noqa: PLC0415 - completion imports this module

    try:
        alerts, _ = asyncio.run(client.look(address(inventory)))
    except client.AlertmanagerError as error:
        message(printable(f"{error}; what fires now is left out"))
        return []
    return [alert for alert in alerts if alert.device in one.devices and alert.notifies]
