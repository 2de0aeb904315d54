"""`sotpctl apply` and `rollback`: from the inventory to engines that confirm what they run."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from sotpctl.apply import APPLY, ROLLBACK, ApplyError, Report, Result, Step, Store, Work, locked, run
from sotpctl.cli.common import fail, inventory_option, load_or_exit, message, out_option, output_option, print_json
from sotpctl.cli.rendering import rendered
from sotpctl.cli.terminal import coloured, printable


@click.command()
@inventory_option
@out_option
@click.option("--allow-shrink", is_flag=True, help="Apply though more than 20 % of the targets would go.")
@output_option
@click.pass_context
def apply(ctx: click.Context, inventory_path: Path, out: Path, allow_shrink: bool, output: str) -> None:
    """Render, check, release, reload, and confirm that the engines run it.

    An engine that refuses or doesn't confirm puts the release before back in place. A second apply does nothing.
    What would watch over 20 % less than now is refused, since it is a mistake more often than not: `sotpctl diff` says
    what would go, --allow-shrink lets it go.
    """
    inventory = load_or_exit(inventory_path, output)
    directory = inventory.settings.apply.directory
    try:
        with locked(directory):
            rendered(inventory, inventory_path, out)
            _walk(ctx, Work(Store(directory), out, os.environ, allow_shrink=allow_shrink), APPLY, output)
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


def _walk(ctx: click.Context, work: Work, steps: Sequence[Step], output: str) -> None:
    say: Callable[[Step, Result | None], None] = _terminal if sys.stderr.isatty() else _plain

    def notice(step: Step, result: Result | None) -> None:
        with contextlib.suppress(OSError):  # who reads may go away (head), a log's disk be full: the walk goes on
            say(step, result)

    report = asyncio.run(run(work, steps, notice))
    if output == "json":
        print_json(_report(work, report))
    message(report.text)
    ctx.exit(report.code)


def _plain(step: Step, result: Result | None) -> None:
    if result:
        message(f"{step.name:<9}{_said(result)}")


def _terminal(step: Step, result: Result | None) -> None:
    """Show the step that is at work, then what came of it, on the same line."""
    if result is None:
        click.echo(f"{step.name:<9}…", err=True, nl=False)
        return
    click.echo("\r\x1b[2K", err=True, nl=False)
    name, colour = f"{step.name:<9}", "red" if result.state == "failed" else "green"
    message(f"{click.style(name, fg=colour) if coloured(sys.stderr) else name}{_said(result)}")


def _said(result: Result) -> str:
    """Return the words of a step, an engine's among them: safe to print, line by line."""
    text = "\n".join(map(printable, result.text.split("\n")))
    return f"failed: {text}" if result.state == "failed" else text


def _report(work: Work, report: Report) -> dict[str, object]:
    return {
        "current": work.store.current(),
        "code": report.code,
        "text": report.text,
        "steps": [{"step": row.step, "state": row.state, "text": row.text} for row in report.results],
        "engines": {
            name: {"address": row.address, "state": row.state, "why": row.why} for name, row in report.outcomes.items()
        },
    }
