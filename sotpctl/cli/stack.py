"""`sotpctl stack`: run the engines and exporters natively, without Docker."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from lab import client as lab_client
from sotpctl.apply import ApplyError, Store, read_manifest
from sotpctl.cli.common import Group, fail, inventory_option, load_or_exit, message, output_option, print_json
from sotpctl.inventory import Inventory, secrets
from sotpctl.stack import Part, Stack, StackError, Status, documentation_only, parts

_LOG_LINES = 20
_FOLLOW_S = 0.5


@click.group(cls=Group)
def stack() -> None:
    """Run Prometheus, Alertmanager and the exporters of the current release on this machine.

    Each is started once, as a process of its own that outlives this command: no supervisor. Data stay over restarts.
    """


@stack.command()
@inventory_option
@click.option("--lab", is_flag=True, help="Watch the simulated network that `sotpctl lab up` started.")
def up(inventory_path: Path, lab: bool) -> None:
    """Start what doesn't run; restart what runs with other arguments.

    With --lab the exporters that ask devices run in the lab's network, and those that devices send syslog and traps to
    get sockets of it, beside their own.
    """
    inventory = load_or_exit(inventory_path)
    try:
        wanted = _parts(inventory, _enter(inventory) if lab else None)
        if not lab and documentation_only(inventory.enabled()):
            fail(
                "every device has an address that is reserved for documentation (192.0.2.0/24 and the like): no such "
                "device answers. To watch the simulated network: `sotpctl lab up`, then `sotpctl stack up --lab`"
            )
        running = Stack(inventory.settings.apply.directory)
        secret = secrets.variables(inventory.auths, inventory.alerting.receivers, inventory.settings.web)
        started = running.up(wanted, secret)
        message(f"started {', '.join(started)}" if started else "everything runs already")
        asyncio.run(running.ready(wanted))
    except (StackError, ApplyError) as error:
        fail(str(error))
    _print(asyncio.run(running.status(wanted)))


@stack.command()
@inventory_option
def down(inventory_path: Path) -> None:
    """Stop everything that `up` started; data stay."""
    ended = list(_down(Stack(load_or_exit(inventory_path).settings.apply.directory)))
    if not ended:
        message("nothing runs")


@stack.command()
@inventory_option
@output_option
def status(inventory_path: Path, output: str) -> None:
    """Say what runs, where, and whether it is ready."""
    inventory = load_or_exit(inventory_path, output)
    try:
        wanted = _parts(inventory, None)
    except (StackError, ApplyError) as error:
        message(str(error))
        wanted = []
    rows = asyncio.run(Stack(inventory.settings.apply.directory).status(wanted))
    if output == "json":
        print_json([{name: value for name, value in asdict(row).items() if name != "why"} for row in rows])
    else:
        _print(rows)


@stack.command()
@inventory_option
@click.argument("name", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written from now on.")
def logs(inventory_path: Path, name: str | None, follow: bool) -> None:
    """Print the end of every log, or of NAME's."""
    running = Stack(load_or_exit(inventory_path).settings.apply.directory)
    names = sorted(path.stem for path in (running.directory / "logs").glob("*.log"))
    if name is not None and name not in names:
        fail(f'no log is called "{name}"; there are: {", ".join(names) or "none yet"}')
    chosen = [name] if name else names
    positions = {one: running.log(one).stat().st_size for one in chosen}
    for one in chosen:
        for line in running.tail(one, _LOG_LINES):
            _log_line(one, line, alone=len(chosen) == 1)
    while follow:
        time.sleep(_FOLLOW_S)
        for one in chosen:
            for line in _grown(running.log(one), positions, one):
                _log_line(one, line, alone=len(chosen) == 1)


def _parts(inventory: Inventory, lab: Sequence[str] | None) -> list[Part]:
    store = Store(inventory.settings.apply.directory)
    release = store.current()
    if release is None:
        raise StackError(f"nothing is applied in {store.directory}: run `sotpctl apply` first")
    return parts(inventory.settings, read_manifest(store.path(release)), lab)


def _enter(inventory: Inventory) -> list[str]:
    running = lab_client.find(inventory.root / lab_client.STATE_DIRECTORY)
    if running is None:
        raise StackError("no lab runs beside this inventory: start it with `sotpctl lab up`")
    return running.enter()


def _down(running: Stack) -> Iterator[str]:
    for name in running.down():
        message(f"stopped {name}")
        yield name


def _print(rows: Sequence[Status]) -> None:
    table = [("NAME", "PID", "ADDRESS", "STATE", "READY"), *(_cells(row) for row in rows)]
    widths = [max(len(cells[column]) for cells in table) for column in range(4)]
    for cells in table:
        padded = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False))
        click.echo(f"{padded}  {cells[4]}")


def _cells(row: Status) -> tuple[str, str, str, str, str]:
    ready = "yes" if row.ready else "no" + (f": {row.why}" if row.why else "")
    return row.name, str(row.pid or "-"), row.address, row.state, ready


def _log_line(name: str, line: str, *, alone: bool) -> None:
    click.echo(line if alone else f"{name}: {line}")


def _grown(path: Path, positions: dict[str, int], name: str) -> list[str]:
    """Give the whole lines that were added since the last call."""
    with path.open("rb") as stream:
        stream.seek(positions[name])
        added, newline, _ = stream.read().rpartition(b"\n")
    positions[name] += len(added) + len(newline)
    return added.decode(errors="replace").splitlines() if newline else []
