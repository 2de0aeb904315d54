"""`sotpctl render`."""

from functools import partial
from pathlib import Path

import click

from sotpctl import verify
from sotpctl.cli import common
from sotpctl.render import NotOursError, commit, plan, write


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
    planned = plan(inventory, commit.of(inventory_path))
    common.print_problems(planned.warnings)
    checks = None if no_verify else partial(verify.check, near=inventory_path)
    try:
        written = write(planned, out, checks)
    except NotOursError as error:
        common.fail(str(error))
    except OSError as error:
        common.fail(f"{error.filename or out}: can't be written: {error.strerror}")
    if written.findings:
        for finding in written.findings:
            common.message(str(finding))
        common.fail(f"{out} stays as it was: {common.count(len(written.findings), 'complaint')} of the tools")
    files = common.count(len(planned.files), "file")
    if output == "json":
        common.print_json(
            {"out": str(out), "release": planned.release, "files": len(planned.files), "changed": written.changed}
        )
    elif written.changed:
        click.echo(f"{out}: {files}, release {planned.release}")
    else:
        click.echo(f"{out}: nothing changed, {files}, release {planned.release}")
