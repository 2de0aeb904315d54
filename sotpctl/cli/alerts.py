"""`sotpctl alerts`: what fires now, who is told of an alert, and what the message says."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sotpctl.cli.alertmanager import address, attempt, complete_alert, examples, look, now, printable
from sotpctl.cli.common import Group, fail, inventory_option, load_or_exit, message, output_option, print_json
from sotpctl.cli.completion import complete_device

if TYPE_CHECKING:
    from sotpctl.alerts.catalogue import Rendered, Rule
    from sotpctl.alerts.held import Hold
    from sotpctl.alerts.model import Alert, Silence
    from sotpctl.inventory import Inventory

_NIGHT = "03:00"
_SEVERITY = click.Choice(["critical", "warning", "info", "none"])
_LABEL_HELP = "A further label that the alert has, like ifName=Te1/0/1."

_severity = click.option("--severity", type=_SEVERITY, help="Where the rules have the alert at several.")
_labels = click.option("--label", "extra", multiple=True, metavar="NAME=VALUE", help=_LABEL_HELP)


@click.group(
    cls=Group,
    epilog=examples(
        "sotpctl alerts list --site waw",
        "sotpctl alerts route waw-acc-1 DeviceDown",
        "sotpctl alerts preview waw-acc-1 DeviceDown",
    ),
)
def alerts() -> None:
    """See what fires now, who is told of an alert, and what the message says."""


@alerts.command(
    "list", epilog=examples("sotpctl alerts list --severity critical", "sotpctl alerts list --device waw-acc-1 --all")
)
@click.option("--device", metavar="NAME", shell_complete=complete_device, help="Of this device alone.")
@click.option("--severity", type=_SEVERITY, help="Of this severity alone; none are those that notify nobody.")
@click.option("--site", metavar="NAME", help="Of this site alone.")
@click.option("--all", "every", is_flag=True, help="Also what is held back, with why, and what notifies nobody.")
@inventory_option
@output_option
def list_(
    *, device: str | None, severity: str | None, site: str | None, every: bool, inventory_path: Path, output: str
) -> None:
    """List what fires now, the most severe and newest first."""
    from sotpctl.alerts import held  # noqa: PLC0415 - completion imports this module
    from sotpctl.alerts.model import most_urgent_first  # noqa: PLC0415

    inventory = load_or_exit(inventory_path, output)
    firing, silences = look(inventory)
    _known("device", device, {*inventory.devices, *(one.device for one in firing)})
    _known("site", site, {*inventory.sites, *(one.labels.get("site", "") for one in firing)})
    meant = [
        one
        for one in most_urgent_first(firing)
        if device in {None, one.device} and severity in {None, one.severity} and site in {None, one.labels.get("site")}
    ]
    shown = [one for one in meant if every or (not one.held_back and (one.notifies or severity == "none"))]
    holds = [held.of_alert(one, firing, silences) for one in shown]
    if output == "json":
        print_json([_json(one, why) for one, why in zip(shown, holds, strict=True)])
        return
    _print_list(inventory, shown, holds)
    told = [one for one in meant if one.notifies]
    if not shown:
        message("nothing fires" if not told else f"nothing fires that isn't held back; {len(told)} with --all")
    elif any(not one.notifies for one in shown):
        message("severity none notifies nobody: these hold others back, or are for dashboards")
    elif not every and len(told) > len(shown):
        message(f"{len(told) - len(shown)} more held back: --all shows them and why")


@alerts.command(
    epilog=examples(
        "sotpctl alerts route waw-acc-1 DeviceDown",
        "sotpctl alerts route waw-acc-1 LatencyHigh --severity warning --at 2026-12-24T20:00",
    )
)
@click.argument("device", shell_complete=complete_device)
@click.argument("alert", shell_complete=complete_alert)
@_severity
@_labels
@click.option("--at", "at_time", metavar="TIME", help="At this time instead: 22:30, or 2026-12-24T20:00.")
@inventory_option
@output_option
def route(
    *,
    device: str,
    alert: str,
    severity: str | None,
    extra: tuple[str, ...],
    at_time: str | None,
    inventory_path: Path,
    output: str,
) -> None:
    """Say who is told when ALERT fires of DEVICE: now, and at 3 a.m. in its site's time zone.

    The answer is that of the inventory as it stands, applied or not; what holds it back now is Alertmanager's.
    """
    from sotpctl.alerts import held, people, routing, times  # noqa: PLC0415 - completion imports this module

    inventory = load_or_exit(inventory_path, output)
    _known("device", device, inventory.devices)
    rendered, rules = _rules(inventory, alert, severity)
    zone, current = times.zone_of([inventory.devices[device]], inventory), now()
    moments = {"now": current, _NIGHT: attempt(lambda: times.at(_NIGHT, zone, current))}
    if at_time is not None:
        moments = {at_time: attempt(lambda: times.at(at_time, zone, current))}
    config, firing, silences = rendered.alertmanager, *_state(inventory)
    routed = []
    for rule in rules:
        labels = people.alert_labels(inventory, device, rule, _pairs(extra))
        told = routing.walk(config, labels)
        holds = [
            *held.maintenance(inventory, labels.get("device", ""), current),
            *held.silences(silences, labels, current),
            *held.inhibition(config, labels, firing),
        ]
        routed.append(
            people.Routed(labels, {key: routing.at(config, told, when) for key, when in moments.items()}, holds)
        )
    if output == "json":
        print_json([one.json(moments) for one in routed])
        return
    for one in routed:
        click.echo("\n".join(printable(line) for line in one.lines(config, moments, zone, current)))


@alerts.command(epilog=examples("sotpctl alerts preview waw-acc-1 DeviceDown"))
@click.argument("device", shell_complete=complete_device)
@click.argument("alert", shell_complete=complete_alert)
@_severity
@_labels
@inventory_option
@output_option
def preview(
    *, device: str, alert: str, severity: str | None, extra: tuple[str, ...], inventory_path: Path, output: str
) -> None:
    """Show the message of ALERT of DEVICE as each receiver that is told would get it.

    promtool and amtool fill it in; the value is an example: the device's limit where it has one.
    """
    from sotpctl.alerts import people, routing  # noqa: PLC0415 - completion imports this module

    inventory = load_or_exit(inventory_path, output)
    _known("device", device, inventory.devices)
    rendered, rules = _rules(inventory, alert, severity)
    written = []
    for rule in rules:
        labels = people.alert_labels(inventory, device, rule, _pairs(extra))
        receivers = dict.fromkeys(one.receiver for one in routing.walk(rendered.alertmanager, labels))
        written += _messages(inventory, rendered, (rule, labels), receivers, inventory_path)
    if output == "json":
        print_json(written)
        return
    for one in written:
        click.echo(f"--- {one['severity']}, to {', '.join(one['receivers'])} ({one['channel']})")
        for text in one["message"].values():
            click.echo("\n".join(printable(line) for line in text.rstrip().splitlines()) + "\n")
    if not written:
        message(f"nobody is told of {alert} by a channel that takes our text (a webhook gets JSON)")


def _messages(
    inventory: Inventory,
    rendered: Rendered,
    alert: tuple[Rule, Mapping[str, str]],
    receivers: Iterable[str],
    near: Path,
) -> list[dict[str, Any]]:
    """Return each different message once, with all receivers that get it."""
    from sotpctl.alerts import expand, people  # noqa: PLC0415 - completion imports this module

    rule, labels = alert
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for receiver in receivers:
        for channel, entry in people.channels(rendered.alertmanager, receiver):
            texts = people.texts(channel, entry)
            if texts:
                first = found.setdefault((channel, repr(texts)), {"texts": texts, "receivers": []})
                first["receivers"].append(receiver)
    try:
        filled = expand.filled_in(rule, labels, rendered.facts, near) if found else {}
        content = {"labels": dict(labels), "annotations": filled, "startsAt": now().strftime("%Y-%m-%dT%H:%M:%SZ")}
        url = f"http://{address(inventory)}"
        return [
            {
                "severity": rule.severity,
                "channel": channel,
                "receivers": one["receivers"],
                "message": expand.template(one["texts"], content, rendered.templates, url, near),
            }
            for (channel, _), one in found.items()
        ]
    except expand.ExpandError as error:
        fail(printable(str(error)))


def _rules(inventory: Inventory, alert: str, severity: str | None) -> tuple[Rendered, list[Rule]]:
    """Return the rules of an alert, one of those with the same labels; fail where there is none."""
    from sotpctl.alerts.catalogue import rendered  # noqa: PLC0415 - completion imports this module

    found = attempt(lambda: rendered(inventory))
    rules = {frozenset(rule.labels.items()): rule for rule in attempt(lambda: found.called(alert))}.values()
    severities = dict.fromkeys(rule.severity for rule in rules)
    if severity is not None and severity not in severities:
        fail(f"{alert} has no rule of severity {severity}; it has {' and '.join(severities)}")
    return found, [rule for rule in rules if severity in {None, rule.severity}]


def _state(inventory: Inventory) -> tuple[list[Alert], list[Silence]]:
    """Give what fires and the silences; without Alertmanager nothing, and say so: the routes are known all the same."""
    from sotpctl.alerts import client  # noqa: PLC0415 - completion imports this module

    try:
        return asyncio.run(client.look(address(inventory)))
    except client.AlertmanagerError as error:
        message(printable(f"{error}; silences and other alerts are left out"))
        return [], []


def _pairs(given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            fail(f'"{text}" is no label: write it like ifName=Te1/0/1')
        pairs[name] = value
    return pairs


def _known(what: str, given: str | None, known: Collection[str]) -> None:
    from sotpctl.inventory.problems import did_you_mean  # noqa: PLC0415 - completion imports this module

    if given is not None and given not in known:
        fail(printable(f'no {what} is called "{given}"{did_you_mean(given, known)}'))


def _print_list(inventory: Inventory, shown: Sequence[Alert], holds: Sequence[Sequence[Hold]]) -> None:
    from sotpctl.alerts import times  # noqa: PLC0415 - completion imports this module
    from sotpctl.alerts.table import table  # noqa: PLC0415
    from sotpctl.cli.terminal import columns  # noqa: PLC0415

    current, width = now(), columns()
    rows = [["SEVERITY", "FOR", "ALERT", "DEVICE", "SITE", "SUMMARY"]]
    for one in shown:
        site, summary = one.labels.get("site", "-"), one.annotations.get("summary", "")
        cells = [one.severity or "-", times.span(current - one.starts_at), one.name, one.device or "-", site, summary]
        rows.append([printable(cell) for cell in cells])
    lines = table(rows, width) if shown else []
    for number, line in enumerate(lines):
        click.echo(line)
        if number:
            _print_why(inventory, shown[number - 1], holds[number - 1], width)


def _print_why(inventory: Inventory, one: Alert, holds: Sequence[Hold], width: int) -> None:
    """Say below an alert why nobody is told of it."""
    from sotpctl.alerts import people, times  # noqa: PLC0415 - completion imports this module

    zone = times.zone_of([device for device in inventory.devices.values() if device.name == one.device], inventory)
    for hold in holds:
        text = printable(f"held back by {people.hold_text(hold, zone, now())}")
        for line in textwrap.wrap(text, max(width, 40) - 10):
            click.echo(f"          {line}")


def _json(one: Alert, holds: Sequence[Hold]) -> dict[str, object]:
    return {
        "labels": dict(one.labels),
        "annotations": dict(one.annotations),
        "since": one.starts_at.isoformat(),
        "receivers": list(one.receivers),
        "held_back": [asdict(hold) | {"until": hold.until.isoformat() if hold.until else None} for hold in holds],
    }
