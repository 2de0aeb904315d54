"""`sotpctl snmp profile DEVICE`: which profile a device has and why, what it gives, what is missing."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sotpctl.cli.alertmanager import examples
from sotpctl.cli.common import count, inventory_option, message, output_option, print_json
from sotpctl.cli.completion import complete_device
from sotpctl.cli.snmp_common import (
    Explained,
    Reached,
    device_options,
    end,
    explained,
    failure_json,
    reach,
    tell,
    wrapped,
)

if TYPE_CHECKING:
    from sotpctl.snmp.findings import Fact, Findings, Given, Tried
    from sotpctl.snmp.reading import Seen

_WIDEST = 120
_LISTED = 3  # objects in a line


@click.command(
    epilog=examples("sotpctl snmp profile waw-core-1", "sotpctl snmp profile waw-core-1 --rules | grep nothing")
)
@click.argument("device", shell_complete=complete_device)
@click.option("--rules", is_flag=True, help="Each rule of the profile, what it reads and what came of it.")
@device_options
@inventory_option
@output_option
def profile(*, device: str, rules: bool, output: str, **options: Any) -> None:  # noqa: ANN401 - see reach
    """Show what SOTP recognizes DEVICE as, and what each of its objects gives.

    A profile says which of a vendor's objects give CPU, memory, sensors and neighbours; docs/adding-a-vendor.md shows
    one.
    """
    reached = reach(device, **options)
    seen, failure = asyncio.run(_look(reached))
    if seen is None:
        if output == "json":
            print_json({**reached.json(), "profile": None, "failure": failure_json(reached, failure)})
        if failure:
            end(reached, failure)
        return
    if output == "json":
        print_json({**reached.json(), **_json(seen), "failure": failure_json(reached, failure)})
    else:
        _print(reached, seen, rules=rules)
    if failure:
        message("not everything was read:")
    tell(reached, failure)


async def _look(reached: Reached) -> tuple[Seen | None, Explained | None]:
    from exporters.snmp.profiles import OPTIONAL  # noqa: PLC0415 - completion imports this module
    from sotpctl.snmp.reading import Seen, look  # noqa: PLC0415

    snmp = reached.spec.snmp
    parts = [name for name in (snmp.modules if snmp else ()) if name in OPTIONAL]
    async with reached.line() as line:
        seen = await look(line, parts)
        if isinstance(seen, Seen):
            return seen, await explained(line, seen.failure) if seen.failure else None
        return None, await explained(line, seen)


def _print(reached: Reached, seen: Seen, *, rules: bool) -> None:
    from sotpctl.cli.terminal import printable, styled  # noqa: PLC0415 - completion imports this module

    findings, found = seen.findings, seen.match
    vendor = f" ({found.whole.vendor})" if found.whole.vendor else ""
    below = f", which builds on {', '.join(found.files[1:])}" if found.files[1:] else ""
    click.echo(f"{reached.device}: profile {styled(found.name, None, bold=True)}{vendor}")
    click.echo()
    for name, text in (
        ("sysObjectID", seen.sys_object_id or "none"),
        ("sysDescr", printable(" ".join(seen.sys_descr.split())) or "none"),
        ("why", found.why()),
        ("files", found.files[0] + below),
    ):
        click.echo(wrapped(text, f"{name:<13}"))
    if findings.facts:
        click.echo()
        _table([_fact(one) for one in findings.facts], (11, 30))
    click.echo()
    if rules:
        _rules(findings)
    else:
        _given(found.files, findings)
    _missing(findings)
    message(f"{count(seen.packets, 'packet')}, {seen.seconds:.2f} s")


def _fact(fact: Fact) -> tuple[str, str, str]:
    from sotpctl.snmp.values import duration  # noqa: PLC0415 - completion imports this module

    value = duration(int(fact.value) * 100)[:-3] if fact.name == "uptime" else fact.value
    return fact.name, value, f"from {fact.source}"


def _given(files: Sequence[str], findings: Findings) -> None:
    """Print what each file gives; what a fan or supply is said to be as a number, too, isn't said twice."""
    twice = {one.rule for one in findings.given if one.kind in {"fan", "power_supply"}}
    given = [one for one in findings.given if one.kind != "state" or one.rule not in twice]
    rows: list[tuple[str, ...]] = [("GIVES", "ROWS", "FROM", "BY THE RULE")]
    for file in files:
        own = sorted((one for one in given if one.file == file), key=_order)
        rows.append((file, "", "" if own else "nothing of its own here", ""))
        rows += [_given_row(one) for one in own]
    _table(rows, (20, 4, 34))


def _order(one: Given) -> tuple[int, str]:
    from sotpctl.snmp.findings import WANTED  # noqa: PLC0415 - completion imports this module

    return (WANTED.index(one.kind) if one.kind in WANTED else len(WANTED), one.kind)


def _given_row(one: Given) -> tuple[str, str, str, str]:
    return f"  {_words(one.kind)}", f"{one.rows:>4}", _some(one.objects), one.rule or "neighbors"


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _rules(findings: Findings) -> None:
    rows = [("RULE", "CAME OF IT", "READS (ROWS)")]
    for one in findings.tried:
        objects = ", ".join(f"{name} ({rows or '-'})" for name, rows in one.objects.items())
        rows.append((f"{one.file.removesuffix('.yaml')}: {one.rule}", one.state, objects))
    _table(rows, (36, 12))


def _missing(findings: Findings) -> None:
    missing = list(findings.missing())
    if not missing:
        return
    click.echo()
    rows = [("MISSING", "WHY")]
    rows += [(_words(kind), _why(tried)) for kind, tried in missing]
    _table(rows, (20,))


def _why(tried: list[Tried]) -> str:
    """Say why a kind has no row: no rule looks for it, no object answered, or no row of those that did counts."""
    there = {name: rows for one in tried for name, rows in one.objects.items() if rows}
    asked = dict.fromkeys(name for one in tried for name in one.objects)
    if not asked:
        return "the device doesn't say it where the profile looks" if not tried else "no rule"
    if there:
        return f"no row counts of {_some(list(there))}"
    return f"the device has none of {_some(list(asked))}"


def _some(names: list[str] | tuple[str, ...]) -> str:
    more = f" +{len(names) - _LISTED}" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _table(rows: Sequence[tuple[str, ...]], most: tuple[int, ...]) -> None:
    from sotpctl.cli.terminal import aligned  # noqa: PLC0415 - completion imports this module

    for line in aligned(rows, most, min(shutil.get_terminal_size().columns, _WIDEST)):
        click.echo(line)


def _json(seen: Seen) -> dict[str, object]:
    from exporters.snmp import oid  # noqa: PLC0415 - completion imports this module

    found, findings = seen.match, seen.findings
    return {
        "profile": found.name,
        "vendor": found.whole.vendor,
        "sys_object_id": seen.sys_object_id,
        "sys_descr": seen.sys_descr,
        "why": {"sys_object_id_prefix": oid.text(found.prefix) if found.prefix else None, "sys_descr": found.pattern},
        "files": list(found.files),
        "facts": {one.name: {"value": one.value, "from": one.source} for one in findings.facts},
        "gives": [
            {"kind": one.kind, "rows": one.rows, "objects": list(one.objects), "rule": one.rule, "file": one.file}
            for one in findings.given
        ],
        "missing": [kind for kind, _ in findings.missing()],
        "rules": [
            {"rule": one.rule, "file": one.file, "state": one.state, "objects": dict(one.objects)}
            for one in findings.tried
        ],
        "packets": seen.packets,
        "seconds": round(seen.seconds, 3),
    }
