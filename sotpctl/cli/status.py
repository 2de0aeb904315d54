"""`sotpctl status`: what is applied, whether everything runs it, who is down, and what fires."""

import asyncio
import time
from pathlib import Path

import click

from sotpctl.apply import ApplyError, Store
from sotpctl.cli.common import fail, inventory_option, load_or_exit, output_option, print_json
from sotpctl.cli.status_text import lines
from sotpctl.cli.terminal import columns, printable, styled, working
from sotpctl.status import gather


@click.command()
@inventory_option
@output_option
@click.pass_context
def status(ctx: click.Context, inventory_path: Path, output: str) -> None:
    """Say what is applied, whether everything runs it, who is down, and what fires.

    \b
    Like this:
      RELEASE   cb8ac3787977, applied 3 h ago, commit 1a2b3c4d5e6f
    \b
      ENGINE        ADDRESS          STATE
      alertmanager  127.0.0.1:9093   confirmed
      icmp          127.0.0.1:10021  confirmed
      prometheus    127.0.0.1:9090   confirmed
    \b
      DEVICES   24: 15 up, 1 down, 8 unreachable
      down         waw-acc-1  3 min  site waw, role access
    \b
      ALERTS    1 critical; 2 silenced

    It asks the engines and changes nothing. An engine that doesn't run leaves unknown what it would have told; all of
    it takes 5 s at most. Whether the inventory has changed since is what `sotpctl diff` says.

    Exit code: 0 when SOTP is sound, that is everything confirms the current release and no file of it was changed by
    hand; 1 otherwise. A device that is down is news, not an error: scripts read it from --output json.
    """  # noqa: D301 - click's mark for lines to keep
    store = Store(load_or_exit(inventory_path, output).settings.apply.directory)
    release = store.current()
    if release is None:
        if output == "json":
            print_json({"release": None, "releases": store.releases(), "sound": False})
        wrong = store.trouble()
        fail(printable(f"{wrong or f'nothing is applied in {store.directory}'}: run `sotpctl apply`"))
    try:
        with working("asking the engines"):
            found = asyncio.run(gather(store, release))
    except ApplyError as error:
        fail(printable(str(error)))
    if output == "json":
        print_json(found.data())
    else:
        for line in lines(found, time.time(), columns()):
            click.echo(styled(line.text, line.colour, bold=line.bold))
    ctx.exit(0 if found.sound else 1)
