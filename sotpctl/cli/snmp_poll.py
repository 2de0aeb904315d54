"""`sotpctl snmp test DEVICE`: one poll as the exporter does it, and what it cost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from sotpctl.cli.alertmanager import examples
from sotpctl.cli.common import count, fail, inventory_option, message, output_option, print_json
from sotpctl.cli.completion import complete_device
from sotpctl.cli.snmp_common import Explained, Reached, device_options, end, explained, failure_json, reach, wrapped

if TYPE_CHECKING:
    from exporters.snmp.collect import Module
    from sotpctl.snmp.poll import Part, Polled, Terms

_HEAD = ("MODULE", "RESULT", "SERIES", "PACKETS", "REPEATED", "VALUES", "TIME")


@click.command(epilog=examples("sotpctl snmp test waw-core-1", "sotpctl snmp test waw-core-1 --auth snmp-v3"))
@click.argument("device", shell_complete=complete_device)
@device_options
@inventory_option
@output_option
def test(*, device: str, output: str, **options: Any) -> None:  # noqa: ANN401 - see reach
    """Poll DEVICE once, as the exporter does, and say what each module cost.

    A device that doesn't answer is given up after --timeout. It is the first poll of a new exporter; later ones cost
    less, because what only names things is read every 15 minutes.
    """
    from sotpctl.snmp.access import AccessError  # noqa: PLC0415 - completion imports this module
    from sotpctl.snmp.poll import modules, terms  # noqa: PLC0415

    reached = reach(device, **options)
    try:
        chosen = modules(reached.spec, reached.inventory.settings.module_files)
    except AccessError as error:
        fail(str(error))
    how = terms(reached.spec)
    polled, failure = asyncio.run(_poll(reached, chosen, how))
    if output == "json":
        print_json({**reached.json(), **_json(polled, how), "failure": failure_json(reached, failure)})
    elif polled is not None:
        _print(reached, polled, how)
    if failure is not None:
        end(reached, failure)


async def _poll(reached: Reached, chosen: list[Module], how: Terms) -> tuple[Polled | None, Explained | None]:
    from exporters.snmp.errors import Failure  # noqa: PLC0415 - completion imports this module
    from sotpctl.snmp.poll import poll  # noqa: PLC0415

    async with reached.line() as line:
        # A dead device is found out by one question: the exporter's own patience is longer than a person's.
        first = await line.get([(1, 3, 6, 1, 2, 1, 1, 3, 0)])
        if first.failure and first.failure.reason != "no_such_object":
            return None, await explained(line, first.failure)
        polled = await poll(line, chosen, how.within)
        failed: Failure | None = polled.failure
        return polled, await explained(line, failed) if failed else None


def _print(reached: Reached, polled: Polled, how: Terms) -> None:
    from sotpctl.cli.terminal import aligned  # noqa: PLC0415 - completion imports this module

    click.echo(wrapped(f"{reached.device} ({reached.access.where}, {reached.access.how})"))
    click.echo()
    rows = [_HEAD, *[_cells(part) for part in polled.parts], _total(polled)]
    for line in aligned(rows, (20, 18, 8, 8, 8, 8), 80):
        click.echo(line)
    click.echo()
    every = f"job {how.job}, every {how.interval:g} s" if how.job else "not polled; as it would be by default"
    click.echo(f"{every}; a poll may take {how.within:g} s, this one took {polled.seconds:.2f} s")
    for part in polled.parts:
        if part.failure and part.failure is not polled.failure:
            message(f"{part.module}: {part.failure}")


def _cells(part: Part) -> tuple[str, ...]:
    numbers = [part.series, part.packets, part.retried, part.values]
    result = part.failure.reason if part.failure else "ok"
    return (part.module, result, *_right(numbers), f"{part.seconds:.3f} s")


def _total(polled: Polled) -> tuple[str, ...]:
    parts = polled.parts
    numbers = [
        sum(one.series for one in parts),
        sum(one.packets for one in parts),
        sum(one.retried for one in parts),
        sum(one.values for one in parts),
    ]
    return (count(len(parts), "module"), "up" if polled.up else "down", *_right(numbers), f"{polled.seconds:.3f} s")


def _right(numbers: list[int]) -> list[str]:
    return [f"{number:>{len(head)}}" for number, head in zip(numbers, _HEAD[2:], strict=False)]


def _json(polled: Polled | None, how: Terms) -> dict[str, object]:
    said: dict[str, object] = {"job": how.job, "interval": how.interval, "may_take": how.within}
    if polled is None:
        return {**said, "up": False, "modules": [], "seconds": None}
    parts = [
        {
            "module": one.module,
            "failure": {"reason": one.failure.reason, "detail": one.failure.detail} if one.failure else None,
            "series": one.series,
            "packets": one.packets,
            "retried": one.retried,
            "values": one.values,
            "seconds": round(one.seconds, 4),
        }
        for one in polled.parts
    ]
    return {**said, "up": polled.up, "modules": parts, "seconds": round(polled.seconds, 4)}
