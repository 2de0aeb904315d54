"""The status as lines for people: aligned, at most as wide as the terminal, and safe to print."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sotpctl.apply.words.planned import short
from sotpctl.cli.common import count
from sotpctl.cli.terminal import aligned, fit, printable, starts, width
from sotpctl.status import Devices, Firing, Part, Report, Trouble, Unknown

_ROWS = 8  # of devices that are down, and of alerts
_NAMES = 5
_LABEL = 11  # "unreachable"
_DRIFT = {
    "changed": "was changed by hand: `sotpctl apply` puts it back",
    "missing": "is missing: `sotpctl apply` puts it back",
    "extra": "was put there by hand: move it away",
}
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_COLOURS = {
    "absent": "red",
    "unconfirmed": "red",
    "starting": "yellow",
    "restart": "yellow",
    "critical": "red",
    "warning": "yellow",
    "down": "red",
    "unreachable": "yellow",
}


class Line(NamedTuple):
    """One line, and how to stress it where colours are seen; the words alone say as much."""

    text: str
    colour: str | None = None
    bold: bool = False


def lines(report: Report, now: float, columns: int) -> Iterator[Line]:
    """Yield the whole status; `now` in Unix seconds."""
    commit = f", commit {short(report.commit)}" if report.commit else ""
    yield Line(
        fit(f"RELEASE   {report.release}, applied {ago(now - report.applied)} ago{commit}", columns), None, bold=True
    )
    yield from _drift(report, columns)
    yield Line("")
    yield from _parts(report.parts, columns)
    yield Line("")
    if isinstance(report.devices, Unknown):
        yield from _wrapped(f"DEVICES   unknown: {report.devices.why}", columns, "red")
    else:
        yield from _devices(report.devices, now, columns)
    yield Line("")
    if isinstance(report.alerts, Unknown):
        yield from _wrapped(f"ALERTS    unknown: {report.alerts.why}", columns, "red")
    else:
        yield from _alerts(report.alerts, now, columns)


def ago(seconds: float) -> str:
    """Return how long that is, in its greatest unit: "3 h"."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return "0 s"


def _drift(report: Report, columns: int) -> Iterator[Line]:
    rows = [f"{name} {_DRIFT[kind]}" for name, kind in report.drift.items()]
    for row in rows[:_NAMES]:
        yield from _wrapped(f"drift     {row}", columns, "red")
    if len(rows) > _NAMES:
        yield Line(f"drift     {count(len(rows) - _NAMES, 'file')} more", "red")


def _parts(parts: Sequence[Part], columns: int) -> Iterator[Line]:
    rows = [("ENGINE", "ADDRESS", "STATE"), *((part.name, part.address, _said(part)) for part in parts)]
    colours = [None, *(_COLOURS.get(part.state) for part in parts)]
    for row, start, colour in zip(rows, starts(rows, (14, 40)), colours, strict=True):
        first, *rest = textwrap.wrap(printable(row[-1]), max(columns - width(start), 20)) or [""]
        yield Line(fit(f"{start}{first}", columns), colour, bold=row is rows[0])
        yield from (Line(fit(" " * width(start) + more, columns), colour) for more in rest)


def _said(part: Part) -> str:
    if part.state == "confirmed":
        return part.state
    return f"starting: {part.why}" if part.state == "starting" else part.why


def _devices(devices: Devices, now: float, columns: int) -> Iterator[Line]:
    states = (
        (len(devices.up), "up"),
        (len(devices.down), "down"),
        (len(devices.unreachable), "unreachable"),
        (len(devices.unknown), "unknown"),
        (len(devices.maintenance), "in maintenance"),
    )
    said = ", ".join(f"{number:,} {state}" for number, state in states if number)
    yield Line(fit(f"DEVICES   {devices.total:,}" + (f": {said}" if said else ""), columns), None, bold=True)
    rows = [(f"{'down':<{_LABEL}}", one.device, _since(one, now), _about(one)) for one in devices.down[:_ROWS]]
    yield from (Line(row, "red") for row in aligned(rows, (_LABEL, 40, 7), columns))
    if len(devices.down) > _ROWS:
        yield Line(f"{'':{_LABEL}}  and {len(devices.down) - _ROWS:,} more")
    yield from _names("unreachable", sorted(one.device for one in devices.unreachable), columns)
    yield from _names("unknown", devices.unknown, columns)
    yield from _names("maintenance", devices.maintenance, columns)


def _since(trouble: Trouble, now: float) -> str:
    return "" if trouble.since is None else ago(now - trouble.since)


def _about(trouble: Trouble) -> str:
    said = [f"{key} {trouble.labels[key]}" for key in ("site", "role") if key in trouble.labels]
    return ", ".join([*said, *(["in maintenance"] if trouble.maintenance else [])])


def _names(state: str, names: Sequence[str], columns: int) -> Iterator[Line]:
    if names:
        more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
        yield from _wrapped(
            f"{state:<{_LABEL}}  {', '.join(names[:_NAMES])}{more}", columns, _COLOURS.get(state), indent=_LABEL + 2
        )


def _alerts(alerts: Firing, now: float, columns: int) -> Iterator[Line]:
    told = ", ".join(f"{number:,} {severity or 'without severity'}" for severity, number in alerts.severities.items())
    held = [
        f"{number:,} {how}"
        for number, how in ((alerts.silenced, "silenced"), (alerts.inhibited, "inhibited"))
        if number
    ]
    yield Line(fit(f"ALERTS    {'; '.join([told or 'none fires', *held])}", columns), None, bold=True)
    shown = alerts.told[:_ROWS]
    rows = [
        (
            f"{one.severity:<{_LABEL}}",
            one.title(),
            ago(now - one.starts_at.timestamp()),
            one.annotations.get("summary", ""),
        )
        for one in shown
    ]
    for one, row in zip(shown, aligned(rows, (_LABEL, 32, 7), columns), strict=True):
        yield Line(row, _COLOURS.get(one.severity))
    if len(alerts.told) > _ROWS:
        yield Line(f"{'':{_LABEL}}  and {len(alerts.told) - _ROWS:,} more: `sotpctl alerts list`")


def _wrapped(text: str, columns: int, colour: str | None, indent: int = 10) -> Iterator[Line]:
    for row in textwrap.wrap(printable(text), columns, subsequent_indent=" " * indent):
        yield Line(fit(row, columns), colour)
