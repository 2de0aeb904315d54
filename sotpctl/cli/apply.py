"""`sotpctl diff`, `apply`, `rollback` and `status`: from the inventory to engines that confirm what they run."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import click

from sotpctl import verify
from sotpctl.apply import (
    APPLY,
    ROLLBACK,
    ApplyError,
    Change,
    Outcome,
    Report,
    Result,
    Step,
    Store,
    Work,
    changes,
    locked,
    outcomes,
    read_manifest,
    run,
)
from sotpctl.cli.common import (
    count,
    fail,
    inventory_option,
    load_or_exit,
    message,
    out_option,
    output_option,
    print_json,
    print_problems,
)
from sotpctl.inventory import Inventory
from sotpctl.render import NotOursError, commit, plan, write

_SIGNS = {"added": "+", "changed": "~", "removed": "-"}


@click.command()
@inventory_option
@out_option
@output_option
@click.pass_context
def diff(ctx: click.Context, inventory_path: Path, out: Path, output: str) -> None:
    """Show what apply would change, file by file; exit 2 when there is something."""
    inventory = load_or_exit(inventory_path, output)
    _render(inventory, inventory_path, out)
    store = Store(inventory.settings.apply.directory)
    release = store.current()
    try:
        found = list(changes(store.path(release) if release else None, out))
    except ApplyError as error:
        fail(str(error))
    if output == "json":
        print_json([{"file": change.file, "change": change.kind} for change in found])
    else:
        _print_changes(found)
    message(_summary(found, release))
    ctx.exit(2 if found else 0)


@click.command()
@inventory_option
@out_option
@output_option
@click.pass_context
def apply(ctx: click.Context, inventory_path: Path, out: Path, output: str) -> None:
    """Render, check, release, reload, and confirm that the engines run it.

    An engine that refuses or doesn't confirm puts the release before back in place. A second apply does nothing.
    """
    inventory = load_or_exit(inventory_path, output)
    directory = inventory.settings.apply.directory
    try:
        with locked(directory):
            _render(inventory, inventory_path, out)
            _walk(ctx, Work(Store(directory), out, os.environ), APPLY, output)
    except ApplyError as error:
        fail(str(error))


@click.command()
@inventory_option
@output_option
@click.argument("release", required=False)
@click.pass_context
def rollback(ctx: click.Context, inventory_path: Path, output: str, release: str | None) -> None:
    """Go back to the release before, or to RELEASE; the engines confirm it as with apply."""
    store = Store(load_or_exit(inventory_path, output).settings.apply.directory)
    known = store.releases()
    wanted = release or store.previous()
    if wanted is None:
        fail(f"{store.directory}: there is no release to go back to")
    if wanted not in known:
        fail(f'no release is called "{wanted}"; there are: {", ".join(known) or "none yet"}')
    try:
        with locked(store.directory):
            _walk(ctx, Work(store, store.path(wanted), os.environ), ROLLBACK, output)
    except ApplyError as error:
        fail(str(error))


@click.command()
@inventory_option
@output_option
def status(inventory_path: Path, output: str) -> None:
    """Say which release is current and whether everything runs it; exit 1 where something doesn't."""
    store = Store(load_or_exit(inventory_path, output).settings.apply.directory)
    release = store.current()
    if release is None:
        fail(f"nothing is applied in {store.directory}: run `sotpctl apply`")
    try:
        found = asyncio.run(outcomes(store, read_manifest(store.path(release))))
    except ApplyError as error:
        fail(str(error))
    if output == "json":
        print_json({"release": release, "releases": store.releases(), "engines": _states(found)})
    else:
        click.echo(f"release {release}")
        for outcome in found:
            click.echo(f"{outcome.name:<14}{outcome.address:<22}{outcome.state:<13}{outcome.why}".rstrip())
    if any(outcome.state != "confirmed" for outcome in found):
        raise click.exceptions.Exit(1)


def _render(inventory: Inventory, inventory_path: Path, out: Path) -> None:
    planned = plan(inventory, commit.of(inventory_path))
    print_problems(planned.warnings)
    try:
        written = write(planned, out, partial(verify.check, near=inventory_path))
    except NotOursError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: can't be written: {error.strerror}")
    if written.findings:
        for finding in written.findings:
            message(str(finding))
        fail(f"nothing was changed: {count(len(written.findings), 'complaint')} of the tools")


def _walk(ctx: click.Context, work: Work, steps: Sequence[Step], output: str) -> None:
    notice: Callable[[Step, Result | None], None] = _terminal if sys.stderr.isatty() else _plain
    report = asyncio.run(run(work, steps, notice))
    if output == "json":
        print_json(_report(work, report))
    message(report.text)
    ctx.exit(report.code)


def _plain(step: Step, result: Result | None) -> None:
    if result:
        message(f"{step.name:<9}{_mark(result)}{result.text}")


def _terminal(step: Step, result: Result | None) -> None:
    """Show the step that is at work, then what came of it, on the same line."""
    if result is None:
        click.echo(f"{step.name:<9}…", err=True, nl=False)
        return
    click.echo("\r\x1b[2K", err=True, nl=False)
    color = None if "NO_COLOR" in os.environ else ("red" if result.state == "failed" else "green")
    message(f"{click.style(f'{step.name:<9}', fg=color)}{_mark(result)}{result.text}")


def _mark(result: Result) -> str:
    return "failed: " if result.state == "failed" else ""


def _report(work: Work, report: Report) -> dict[str, object]:
    return {
        "current": work.store.current(),
        "code": report.code,
        "text": report.text,
        "steps": [{"step": row.step, "state": row.state, "text": row.text} for row in report.results],
        "engines": _states(report.outcomes.values()),
    }


def _states(found: Iterable[Outcome]) -> dict[str, dict[str, str]]:
    return {row.name: {"address": row.address, "state": row.state, "why": row.why} for row in found}


def _print_changes(found: Sequence[Change]) -> None:
    for change in found:
        click.echo(f"{_SIGNS[change.kind]} {change.file}")
        for line in change.lines:
            click.echo(line)


def _summary(found: Sequence[Change], release: str | None) -> str:
    against = f"against {release}" if release else "nothing is applied yet"
    return f"{count(len(found), 'file')} would change ({against})" if found else f"no changes {against}"
