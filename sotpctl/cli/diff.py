"""`sotpctl diff`: what an apply would change, in words."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from sotpctl.apply import ApplyError, Change, Store, shrink, words
from sotpctl.apply.diff import compare, trees
from sotpctl.cli.common import (
    count,
    fail,
    inventory_option,
    load_or_exit,
    message,
    out_option,
    output_option,
    print_json,
)
from sotpctl.cli.rendering import rendered
from sotpctl.cli.terminal import printable, styled, working

_SIGNS = {"added": "+", "changed": "~", "removed": "-"}
_COLOURS = {"+": "green", "-": "red", "~": "yellow", "@": "cyan"}


@click.command()
@inventory_option
@out_option
@click.option("-p", "--patch", is_flag=True, help="Show the lines that change in each file, too.")
@output_option
@click.pass_context
def diff(ctx: click.Context, inventory_path: Path, out: Path, patch: bool, output: str) -> None:
    """Say what apply would change: first what it means, then the files.

    \b
    Like this:
      $ sotpctl diff
      +1 device: waw-sw-9 (192.0.2.9, site waw, role access)
      ~1 device: waw-core-1: interval 6 s → 2 s
      threshold cpu of 812 devices (role access): warning 80 % → 85 %

    \b
      ~ exporters/facts.json (+814 -813 lines)
      ~ exporters/icmp.json (+3 -2 lines)

    What is rendered is compared with the current release. It is checked by promtool and amtool as in apply, but no
    engine is told. With --output json every difference stands by itself: kind, subject, before, after.

    Exit code: 0 nothing would change, 2 something would, 1 error.
    """  # noqa: D301 - click's mark for lines to keep
    inventory = load_or_exit(inventory_path, output)
    rendered(inventory, inventory_path, out)
    store = Store(inventory.settings.apply.directory)
    release = store.current()
    with working("comparing with the current release"):
        try:
            old, new = trees(store.path(release) if release else None, out)
        except ApplyError as error:
            fail(str(error))
        files = list(compare(old, new))
        differences = words.compare(old, new) if files else ()
    if output == "json":
        print_json(
            {"summary": [one.data() for one in differences], "files": [_data(one, patch=patch) for one in files]}
        )
    else:
        _print(words.sentences(differences), files, patch=patch)
    for refusal in shrink.refusals(store.path(release), out) if release else ():
        message(printable(f"apply refuses this without --allow-shrink: {refusal}"))
    message(_ending(files, release))
    ctx.exit(2 if files else 0)


def _data(change: Change, *, patch: bool) -> dict[str, object]:
    data: dict[str, object] = {
        "file": change.file,
        "change": change.kind,
        "lines_added": change.added,
        "lines_removed": change.removed,
    }
    return data | ({"patch": list(change.lines)} if patch else {})


def _print(summary: Iterable[str], files: Sequence[Change], *, patch: bool) -> None:
    for line in summary:
        for row in _wrapped(line):
            click.echo(row)
    if files:
        click.echo()
    for change in files:
        lines = f" (+{change.added:,} -{change.removed:,} lines)" if change.kind == "changed" else ""
        click.echo(_coloured(f"{_SIGNS[change.kind]} {change.file}") + lines)
        for line in change.lines if patch else ():
            click.echo(_coloured(line))


def _coloured(line: str) -> str:
    """Return a line that came from files fit for a terminal; its first character gives the colour."""
    return styled("\t".join(map(printable, line.split("\t"))), _COLOURS.get(line[:1]))


def _wrapped(line: str) -> Iterator[str]:
    """Yield a line of the summary as rows of the terminal; off a terminal it stays one, for grep."""
    if not sys.stdout.isatty():
        yield _coloured(line)
        return
    columns = max(shutil.get_terminal_size().columns, 20)
    for row in textwrap.wrap(printable(line), columns, subsequent_indent="  ", break_on_hyphens=False):
        yield styled(row, _COLOURS.get(line[:1]))


def _ending(files: Sequence[Change], release: str | None) -> str:
    against = f"against {release}" if release else "nothing is applied yet"
    return f"{count(len(files), 'file')} would change ({against})" if files else f"no changes {against}"
