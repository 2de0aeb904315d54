"""Rendering, as `render`, `diff` and `apply` do it: plan, check, write, and one way to say what went wrong."""

from functools import partial
from pathlib import Path

from sotpctl import verify
from sotpctl.cli.common import count, fail, message, print_problems
from sotpctl.cli.terminal import working
from sotpctl.inventory import Inventory
from sotpctl.render import NotOursError, Plan, commit, plan, write


def rendered(inventory: Inventory, inventory_path: Path, out: Path, *, check: bool = True) -> tuple[Plan, bool]:
    """Render into `out`, checked by the real tools unless told otherwise; end the command where that fails.

    Returns:
        The plan, and whether `out` changed.
    """
    with working(f"rendering {count(len(inventory.devices), 'device')}"):
        planned = plan(inventory, commit.of(inventory_path))
    print_problems(planned.warnings)
    what = f"checking {count(len(planned.files), 'file')} with promtool and amtool" if check else f"writing {out}"
    try:
        with working(what):
            checked = partial(verify.check, near=inventory_path, sources=planned.own_rules)
            written = write(planned, out, checked if check else None)
    except NotOursError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: can't be written: {error.strerror}; --out names another folder")
    for finding in written.findings:
        message(str(finding))
    if written.findings:
        fail(f"{out} stays as it was, and so does what runs: {count(len(written.findings), 'complaint')} of the tools")
    return planned, written.changed
