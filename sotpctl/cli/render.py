"""`sotpctl render`."""

from pathlib import Path

import click

from sotpctl.cli import common
from sotpctl.cli.rendering import rendered


@click.command()
@common.inventory_option
@common.out_option
@click.option("--no-verify", is_flag=True, help="Don't let promtool and amtool read the files first.")
@common.output_option
def render(inventory_path: Path, out: Path, no_verify: bool, output: str) -> None:
    """Write every configuration file into build/, checked by the real tools.

    The folder is replaced in one step, and only when promtool and amtool accept all of it. Nothing of it is read by
    an engine: `sotpctl apply` makes it a release.
    """
    inventory = common.load_or_exit(inventory_path, output)
    planned, changed = rendered(inventory, inventory_path, out, check=not no_verify)
    files = common.count(len(planned.files), "file")
    if output == "json":
        common.print_json(
            {"out": str(out), "release": planned.release, "files": len(planned.files), "changed": changed}
        )
    elif changed:
        click.echo(f"{out}: {files}, release {planned.release}")
    else:
        click.echo(f"{out}: nothing changed, {files}, release {planned.release}")
