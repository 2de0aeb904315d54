"""`sotpctl ack`: "I have seen it, I am on it": what fires is told no more, what is yet to come is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from sotpctl.cli.alertmanager import (
    address,
    as_option,
    ask,
    attempt,
    complete_alert,
    dry_run_option,
    examples,
    look,
    now,
    person,
    printable,
)
from sotpctl.cli.common import count, fail, inventory_option, load_or_exit, message, output_option, print_json
from sotpctl.cli.completion import complete_device

if TYPE_CHECKING:
    from sotpctl.alerts.client import NewSilence
    from sotpctl.alerts.model import Alert, Silence
    from sotpctl.inventory import Inventory


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return complete_device(ctx, param, incomplete) + complete_alert(ctx, param, incomplete)


@click.command(
    epilog=examples(
        'sotpctl ack waw-acc-1 --for 2h --comment "line card is being swapped, ticket 4711"',
        "sotpctl ack DeviceDown --device waw-acc-1 --dry-run",
    )
)
@click.argument("target", metavar="ALERT|DEVICE", shell_complete=_complete)
@click.option("--device", metavar="NAME", shell_complete=complete_device, help="Of ALERT, this device's alone.")
@click.option("--for", "length", default="2h", show_default=True, metavar="TIME", help="How long, like 90m or 1d.")
@click.option("--comment", default="acknowledged", show_default=True, help="Why, for the others to see.")
@as_option
@dry_run_option
@inventory_option
@output_option
def ack(
    *,
    target: str,
    device: str | None,
    length: str,
    comment: str,
    who: str | None,
    dry_run: bool,
    inventory_path: Path,
    output: str,
) -> None:
    """Acknowledge what fires of DEVICE, or every ALERT that fires.

    Only what fires now is told no more; what starts later, of the same device too, is. After that time, what still
    fires is told when it is repeated: 4 h after its last message. `sotpctl silence list` shows acknowledgements,
    `silence end` ends one.
    """
    from sotpctl.alerts import acknowledge, hiding, times  # noqa: PLC0415 - completion imports this module
    from sotpctl.alerts.client import NewSilence  # noqa: PLC0415

    inventory = load_or_exit(inventory_path, output)
    since, author = now(), person(who)
    until = since + attempt(lambda: times.length(length))
    alerts, silences = look(inventory)
    meant = _meant(inventory, alerts, target, device)
    chosen = [one for one in meant if one.notifies and not one.inhibited_by]
    zone = times.zone_of((inventory.devices[a.device] for a in chosen if a.device in inventory.devices), inventory)
    for silence in _of(chosen, silences):
        when = times.shown(silence.ends_at, zone, since)
        message(printable(f"acknowledged already by {silence.created_by} until {when}: {silence.comment}"))
    own = {label for one in inventory.devices.values() for label in one.labels}
    conditions = acknowledge.needed(chosen, own, silences, until)
    new = [NewSilence(one, since, until, author, comment) for one in conditions]
    end = times.shown(until, zone, since)
    if new:
        verb = "would hide" if dry_run else "hides"
        message(printable(f"{verb} {hiding.firing(chosen)} until {end}; what starts to fire later is told"))
    else:
        message(_nothing(target, meant, alerts))
    made = [] if dry_run or not new else ask(_make(address(inventory), new))
    if made:
        ids = " ".join(one[:8] for one in made)
        message(printable(f"acknowledged by {author} until {end}; `sotpctl silence end {ids}` takes it back"))
    if output == "json":
        print_json({"alerts": [dict(one.labels) for one in chosen], "silences": made, "until": until.isoformat()})
        return
    for one in made:
        click.echo(one)


async def _make(where: str, new: Sequence[NewSilence]) -> list[str]:
    from sotpctl.alerts.client import AlertmanagerError, connected  # noqa: PLC0415 - completion imports this module

    made: list[str] = []
    async with connected(where) as alertmanager:
        for one in new:
            try:
                made.append(await alertmanager.silence(one))
            except AlertmanagerError as error:
                if not made:
                    raise
                done = f"{len(made)} of {count(len(new), 'silence')} were made before: {', '.join(made)}"
                raise AlertmanagerError(f"{error}; {done}") from None
    return made


def _meant(inventory: Inventory, alerts: Sequence[Alert], target: str, device: str | None) -> list[Alert]:
    """Return the firing alerts that are meant; fail where nothing is called so."""
    from sotpctl.alerts.catalogue import rendered  # noqa: PLC0415 - completion imports this module
    from sotpctl.inventory.problems import did_you_mean  # noqa: PLC0415

    devices = {*inventory.devices, *(one.device for one in alerts)} - {""}
    names = {*(rule.name for rule in attempt(lambda: rendered(inventory)).rules), *(one.name for one in alerts)}
    if device is not None and device not in devices:
        fail(printable(f'no device is called "{device}"{did_you_mean(device, devices)}'))
    if target not in names | devices:
        fail(printable(f'no device and no alert is called "{target}"{did_you_mean(target, devices | names)}'))
    if target in names:
        return [one for one in alerts if one.name == target and device in {None, one.device}]
    if device is not None:
        fail(f"{target} is a device: either ack {target}, or ack ALERT --device {device}")
    return [one for one in alerts if one.device == target]


def _of(chosen: Sequence[Alert], silences: Sequence[Silence]) -> list[Silence]:
    ids = {by for one in chosen for by in one.silenced_by}
    return [one for one in silences if one.id in ids]


def _nothing(target: str, meant: Sequence[Alert], alerts: Sequence[Alert]) -> str:
    """Say why there is nothing to acknowledge."""
    told = [one for one in meant if one.notifies]
    inhibited = [one for one in told if one.inhibited_by]
    if told and len(inhibited) < len(told):
        return "that is as long already, or longer; nothing was done"
    if inhibited:
        by = {one.fingerprint: one.title() for one in alerts}
        held = by.get(inhibited[0].inhibited_by[0], "another alert")
        return printable(f"{inhibited[0].title()} is held back by {held}; nothing was done")
    if meant:
        names = ", ".join(sorted({one.name for one in meant}))
        return printable(f"nobody is told of {target}: {names} notifies nobody; nothing was done")
    return printable(
        f"nothing of {target} fires; nothing was done. What is yet to come is hidden by sotpctl silence add, "
        "planned work by sotpctl maintenance add"
    )
