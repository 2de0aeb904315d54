"""`sotpctl snmp`: ask a device as the exporter does: one object, a subtree, its profile, a whole poll."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from sotpctl.cli.alertmanager import examples
from sotpctl.cli.common import Group, count, fail, inventory_option, message, output_option, print_json
from sotpctl.cli.completion import complete_device
from sotpctl.cli.snmp_common import Explained, Reached, device_options, explained, failure_json, reach, tell
from sotpctl.cli.snmp_poll import test
from sotpctl.cli.snmp_profile import profile

if TYPE_CHECKING:
    from exporters.snmp.oid import Oid
    from sotpctl.snmp.names import Names

_OBJECTS = Path(__file__).parents[1] / "snmp" / "objects.txt"
_NAME = re.compile(r"[:,] (\w[\w-]*) [0-9]+")


def _complete_object(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the names that begin so, by a look at the text: a TAB has no time for more."""
    found = sorted(set(_NAME.findall(_OBJECTS.read_text(encoding="utf-8"))))
    return [CompletionItem(name) for name in found if name.startswith(incomplete)]


@click.group(
    cls=Group,
    epilog=examples(
        "sotpctl snmp test waw-core-1                     does polling it work, and what does it cost?",
        "sotpctl snmp profile waw-core-1                  what SOTP makes of it, and why",
        "sotpctl snmp get waw-core-1 sysDescr ifName.1    single objects",
        "sotpctl snmp walk waw-core-1 ifXTable            all below one",
    ),
)
def snmp() -> None:
    """Ask a device by SNMP, as the exporter does.

    Address, version and credentials are the inventory's; secrets are read from where it says they are, and not shown.
    """


snmp.add_command(test)
snmp.add_command(profile)


@snmp.command(
    epilog=examples(
        "sotpctl snmp get waw-core-1 sysDescr sysUpTime",
        "sotpctl snmp get waw-core-1 ifHCInOctets.1 IF-MIB::ifAlias.1 1.3.6.1.2.1.1.5.0",
    )
)
@click.argument("device", shell_complete=complete_device)
@click.argument("objects", nargs=-1, required=True, metavar="OID|NAME…", shell_complete=_complete_object)
@device_options
@inventory_option
@output_option
def get(*, device: str, objects: tuple[str, ...], output: str, **options: Any) -> None:  # noqa: ANN401 - see reach
    """Read single objects of DEVICE.

    OID|NAME is a number (1.3.6.1.2.1.1.1.0) or a name with the row (ifHCInOctets.1); a scalar needs no .0.
    """
    reached = reach(device, **options)
    names, instances = _instances(reached, objects)
    asyncio.run(_get(reached, names, instances, output))


@snmp.command(
    epilog=examples(
        "sotpctl snmp walk waw-core-1 ifName",
        "sotpctl snmp walk waw-core-1 entPhysicalTable | less",
        "sotpctl snmp walk waw-core-1 1 --output json > waw-core-1.json      everything that it has",
    )
)
@click.argument("device", shell_complete=complete_device)
@click.argument("root", metavar="OID|NAME", shell_complete=_complete_object)
@device_options
@inventory_option
@output_option
def walk(*, device: str, root: str, output: str, **options: Any) -> None:  # noqa: ANN401 - see reach
    """Read all of DEVICE that stands below OID|NAME, printed as it comes; 1 is everything."""
    reached = reach(device, **options)
    names, above = _root(reached, root)
    asyncio.run(_walk(reached, names, above, output))


async def _get(reached: Reached, names: Names, instances: Sequence[Oid], output: str) -> None:
    from exporters.snmp import oid, pdu  # noqa: PLC0415 - completion imports this module
    from sotpctl.snmp.values import row  # noqa: PLC0415

    async with reached.line() as line:
        answers = await line.get(instances)
        failure = await explained(line, answers.failure) if answers.failure else None
    found = [answers.found[one] for one in instances if one in answers.found]
    rows = [row(names, each.oid, each.tag, each.value) for each in found]
    if output == "json":
        absent = [{"oid": oid.text(one), "name": names.describe(one)[0]} for one in answers.missing]
        said = {"rows": [one.json() for one in rows], "missing": absent, "failure": failure_json(reached, failure)}
        print_json({**reached.json(), **said})
    else:
        for each in rows:
            click.echo(each.line())
    for one, tag in answers.missing.items():
        message(_absent(reached.device, names, one, known=tag == pdu.NO_SUCH_INSTANCE))
    tell(reached, failure)
    if answers.missing:
        raise click.exceptions.Exit(1)


async def _walk(reached: Reached, names: Names, root: Oid, output: str) -> None:
    from exporters.snmp import oid  # noqa: PLC0415 - completion imports this module
    from exporters.snmp.errors import Failure  # noqa: PLC0415
    from sotpctl.snmp.names import WHOLE  # noqa: PLC0415
    from sotpctl.snmp.values import row  # noqa: PLC0415

    printer = _Printer(reached, json=output == "json")
    printer.begin({**reached.json(), "root": oid.text(root)})
    failure: Explained | None = None
    async with reached.line() as line:
        for one in WHOLE if root == (1,) else (root,):
            async for came in line.walk(one):
                if isinstance(came, Failure):
                    failure = await explained(line, came)
                else:
                    printer.rows([row(names, each.oid, each.tag, each.value) for each in came])
            if failure:
                break
        if not printer.printed and failure is None and len(root) > 1:  # an instance has nothing below itself
            answers = await line.get([root])
            printer.rows([row(names, each.oid, each.tag, each.value) for each in answers.found.values()])
    printer.end(failure)
    if failure and printer.printed:
        message(f"it broke off after {count(printer.printed, 'row')}:")
    tell(reached, failure)
    if not printer.printed:
        fail(f"{reached.device}: there is nothing below {names.describe(root)[0]}, or this auth may not see it")


class _Printer:
    """Prints rows as they come: lines, or one JSON object that is whole when the walk is over."""

    def __init__(self, reached: Reached, *, json: bool) -> None:
        self.printed = 0
        self._reached = reached
        self._json = json

    def begin(self, about: dict[str, object]) -> None:
        if self._json:
            head = json.dumps(about, ensure_ascii=False)
            click.echo(f'{head[:-1]}, "rows": [', nl=False)

    def rows(self, rows: Sequence[Any]) -> None:
        if not rows:
            return
        if self._json:
            lines = [json.dumps(one.json(), sort_keys=True, ensure_ascii=False) for one in rows]
            click.echo(("," if self.printed else "") + "\n  " + ",\n  ".join(lines), nl=False)
        else:
            click.echo("\n".join([one.line() for one in rows]))
        self.printed += len(rows)

    def end(self, failure: Explained | None) -> None:
        if self._json:
            said = json.dumps(failure_json(self._reached, failure), ensure_ascii=False)
            click.echo(f'\n], "failure": {said}}}')


def _instances(reached: Reached, objects: Sequence[str]) -> tuple[Names, list[Oid]]:
    """Return what is asked for; what isn't an instance is refused with a hint."""
    from sotpctl.snmp.names import UnknownNameError, names  # noqa: PLC0415 - completion imports this module

    known = names(reached.inventory.settings.module_files)
    instances: list[Oid] = []
    for text in objects:
        try:
            where, _ = known.find(text)
        except UnknownNameError as error:
            fail(str(error))
        found = known.exactly(where)
        if found is not None and found.kind == "scalar":
            where = (*where, 0)
        elif found is not None and found.kind == "column":
            fail(
                f"{found.name} is a column: say the row, like {found.name}.1; all rows: "
                f"sotpctl snmp walk {reached.device} {found.name}"
            )
        elif found is not None or len(where) < 2:
            fail(f"{text} is no single object: sotpctl snmp walk {reached.device} {text}")
        instances.append(where)
    return known, list(dict.fromkeys(instances))


def _root(reached: Reached, text: str) -> tuple[Names, Oid]:
    from sotpctl.snmp.names import UnknownNameError, names  # noqa: PLC0415 - completion imports this module

    known = names(reached.inventory.settings.module_files)
    try:
        return known, known.find(text)[0]
    except UnknownNameError as error:
        fail(str(error))


def _absent(device: str, names: Names, one: Oid, *, known: bool) -> str:
    """Say of an instance that the device doesn't have it, and what would be right."""
    name, found = names.describe(one)
    if known and found is not None and found.kind == "column":
        return f"{name}: there is no such row; those that there are: sotpctl snmp walk {device} {found.name}"
    if known:
        return f"{name}: there is no such instance; a single object ends in .0"
    return f"{name}: the device doesn't have this object, or doesn't let this auth see it"
