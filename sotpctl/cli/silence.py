"""`sotpctl silence`: hold back alerts by matchers, see who holds back what, and end it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sotpctl.cli.alertmanager import (
    address,
    as_option,
    ask,
    attempt,
    complete_silence,
    dry_run_option,
    everything_option,
    examples,
    look,
    network,
    now,
    person,
    printable,
)
from sotpctl.cli.common import Group, count, fail, inventory_option, load_or_exit, message, output_option, print_json

if TYPE_CHECKING:
    from sotpctl.alerts.client import NewSilence
    from sotpctl.alerts.matchers import Matcher
    from sotpctl.alerts.model import Alert, Silence
    from sotpctl.inventory import Inventory


@click.group(
    cls=Group,
    epilog=examples(
        "sotpctl silence add site=krk 'severity=~warning|info' --for 2h --comment \"provider's work\"",
        "sotpctl silence list",
        "sotpctl silence end 3f2a9c1e",
    ),
)
def silence() -> None:
    """Hold back alerts by their labels; for what fires now, `sotpctl ack` is simpler."""


@silence.command(
    epilog=examples(
        'sotpctl silence add device=waw-core-1 alertname=LatencyHigh --for 1d --comment "new path, ticket 4711"',
        "sotpctl silence add site=waw 'severity=~warning|info' --until 06:00 --comment \"night work\" --dry-run",
    )
)
@click.argument("matchers", nargs=-1, required=True, metavar="MATCHER…")
@click.option("--for", "length", metavar="TIME", help="How long, like 90m or 1d; 30d at most.")
@click.option("--until", metavar="TIME", help="Until when: 14:30, or 2026-12-01T14:30; the devices' time zone.")
@click.option("--comment", required=True, help="Why, for the others to see.")
@as_option
@everything_option
@dry_run_option
@inventory_option
@output_option
def add(
    *,
    matchers: tuple[str, ...],
    length: str | None,
    until: str | None,
    comment: str,
    who: str | None,
    everything: bool,
    dry_run: bool,
    inventory_path: Path,
    output: str,
) -> None:
    """Hold back alerts that satisfy every MATCHER: LABEL=VALUE, !=, or =~ and !~ with a regular expression.

    The labels are device, site, role, platform, vendor, team, alertname, severity, what the alert has more of
    (ifName, sensor …), and the inventory's own.
    """
    from sotpctl.alerts import hiding, times  # noqa: PLC0415 - completion imports this module
    from sotpctl.alerts.catalogue import check, rendered  # noqa: PLC0415
    from sotpctl.alerts.client import NewSilence  # noqa: PLC0415
    from sotpctl.alerts.matchers import parse  # noqa: PLC0415

    if (length is None) == (until is None):
        fail("say how long: either --for 2h or --until 14:30")
    inventory = load_or_exit(inventory_path, output)
    wanted = tuple(attempt(lambda: [parse(one) for one in matchers]))
    names = attempt(lambda: rendered(inventory)).names()
    there = network(inventory, names)
    since, zone = now(), _zone(inventory, there.matching(wanted))
    end = attempt(lambda: since + times.length(length) if length else times.until(until or "", zone, since))
    author = person(who)
    matching, alerts = ask(_matching(address(inventory), wanted))
    attempt(lambda: check(wanted, inventory, names, alerts))
    said = f"{hiding.sentence(wanted, matching, there)} until {times.shown(end, zone, since)}"
    if hiding.hides_everything(wanted, there) and not everything:
        message(printable(f"would hide {said}"))
        fail("that is everything that wakes people: narrow it by device=, site= or alertname=, or say --yes-everything")
    message(printable(f"{'would hide' if dry_run else 'hides'} {said}"))
    made = "" if dry_run else ask(_make(address(inventory), NewSilence(wanted, since, end, author, comment)))
    if output == "json":
        print_json(
            {"alerts": [dict(one.labels) for one in matching], "silences": [made] if made else [],
             "until": end.isoformat(), "devices": there.matching(wanted)}
        )  # fmt: skip
    elif made:
        click.echo(made)


@silence.command("list", epilog=examples("sotpctl silence list", "sotpctl silence list --output json | jq -r '.[].id'"))
@inventory_option
@output_option
def list_(inventory_path: Path, output: str) -> None:
    """List what is held back: until when, by whom, which alerts, and why; acknowledgements too."""
    inventory = load_or_exit(inventory_path, output)
    alerts, silences = look(inventory)
    silences.sort(key=lambda one: (one.ends_at, one.id))
    if output == "json":
        print_json([_json(one, alerts) for one in silences])
        return
    for one in silences:
        _print(inventory, one, alerts)
    if not silences:
        message("nothing is silenced")


@silence.command(epilog=examples("sotpctl silence end 3f2a9c1e"))
@click.argument("silence_ids", nargs=-1, required=True, metavar="ID…", shell_complete=complete_silence)
@inventory_option
def end(silence_ids: tuple[str, ...], inventory_path: Path) -> None:
    """End the silences ID, or acknowledgements; the first characters of an ID do."""
    inventory = load_or_exit(inventory_path)
    alerts, silences = look(inventory)
    ended: set[str] = set()
    for one in [_called(silence_id, silences) for silence_id in dict.fromkeys(silence_ids)]:
        ask(_end(address(inventory), one.id))
        ended.add(one.id)
        hidden = [alert for alert in alerts if one.id in alert.silenced_by and alert.notifies]
        message(printable(f"ended: {_shown(one)}; {_afterwards(hidden, ended)}"))


def _called(beginning: str, silences: Sequence[Silence]) -> Silence:
    """Return the silence whose id begins so; fail where none does, or several."""
    found = [one for one in silences if beginning and one.id.startswith(beginning)]
    if not found:
        fail(printable(f'no silence that holds has the id "{beginning}": `sotpctl silence list` shows them'))
    if len(found) > 1:
        fail(f"{beginning} is the beginning of {count(len(found), 'id')}: {', '.join(one.id[:13] for one in found)}")
    return found[0]


async def _matching(where: str, wanted: Sequence[Matcher]) -> tuple[list[Alert], list[Alert]]:
    """Give what fires and matches, by Alertmanager's own matching, and all that fires."""
    from sotpctl.alerts.client import connected  # noqa: PLC0415 - completion imports this module

    async with connected(where) as alertmanager:
        return await alertmanager.alerts(wanted), await alertmanager.alerts()


async def _make(where: str, new: NewSilence) -> str:
    from sotpctl.alerts.client import connected  # noqa: PLC0415 - completion imports this module

    async with connected(where) as alertmanager:
        return await alertmanager.silence(new)


async def _end(where: str, silence_id: str) -> None:
    from sotpctl.alerts.client import NotFoundError, connected  # noqa: PLC0415 - completion imports this module

    async with connected(where) as alertmanager:
        try:
            await alertmanager.end(silence_id)
        except NotFoundError:
            return  # somebody else has ended it meanwhile: that is what was wanted


def _afterwards(hidden: Sequence[Alert], ended: set[str]) -> str:
    """Say what becomes of the alerts that an ended silence has hidden."""
    from sotpctl.alerts.hiding import firing  # noqa: PLC0415 - completion imports this module

    silenced = [one for one in hidden if set(one.silenced_by) - ended]
    inhibited = [one for one in hidden if one.inhibited_by and one not in silenced]
    freed = [one for one in hidden if one not in silenced and one not in inhibited]
    said = {
        "no longer held back": freed,
        "held back by another silence still": silenced,
        "held back by another alert still": inhibited,
    }
    return "; ".join(f"{what}: {firing(which)}" for what, which in said.items() if which) or (
        "nothing that fires was hidden by it"
    )


def _print(inventory: Inventory, one: Silence, alerts: Sequence[Alert]) -> None:
    from sotpctl.alerts import times  # noqa: PLC0415 - completion imports this module

    there = network(inventory, [])
    zone, current = _zone(inventory, there.matching(one.matchers)), now()
    hidden = sum(one.id in alert.silenced_by and alert.notifies for alert in alerts)
    begins = f"from {times.clock(one.starts_at, zone, current)} " if one.starts_at > current + timedelta() else ""
    when = f"{begins}until {times.shown(one.ends_at, zone, current)}"
    click.echo(printable(f"{one.id[:8]}  {when}  {one.created_by}  hides {hidden} now"))
    click.echo(printable(f"          {_shown(one)}"))
    click.echo(printable(f"          {one.comment}"))


def _shown(one: Silence) -> str:
    from sotpctl.alerts.matchers import shown  # noqa: PLC0415 - completion imports this module

    return shown(one.matchers)


def _json(one: Silence, alerts: Sequence[Alert]) -> dict[str, object]:
    return {
        "id": one.id,
        "state": one.state,
        "matchers": [matcher.to_api() for matcher in one.matchers],
        "from": one.starts_at.isoformat(),
        "until": one.ends_at.isoformat(),
        "by": one.created_by,
        "comment": one.comment,
        "alerts": [dict(alert.labels) for alert in alerts if one.id in alert.silenced_by],
    }


def _zone(inventory: Inventory, devices: Sequence[str]) -> str:
    from sotpctl.alerts.times import zone_of  # noqa: PLC0415 - completion imports this module

    return zone_of((inventory.devices[name] for name in devices), inventory)
