"""`sotpctl explain DEVICE`: what a device ends up with, and the line of the inventory that says so."""

from pathlib import Path

import click

from sotpctl.cli.common import count, fail, inventory_option, output_option, print_json, print_problems
from sotpctl.cli.completion import complete_device


@click.command()
@click.argument("device", shell_complete=complete_device)
@inventory_option
@output_option
def explain(device: str, inventory_path: Path, output: str) -> None:
    """Show each setting of DEVICE with the file and line that it comes from."""
    from sotpctl.inventory.explain import explain as explained  # noqa: PLC0415 - completion must be quick
    from sotpctl.inventory.load import read_inventory  # noqa: PLC0415
    from sotpctl.inventory.problems import did_you_mean, printable  # noqa: PLC0415

    reading = read_inventory(inventory_path)
    inventory = reading.loaded.inventory
    if inventory is None or reading.document is None:
        print_problems(reading.loaded.problems)
        fail(f"{inventory_path}: {count(len(reading.loaded.problems), 'problem')}; nothing to explain")
    if device not in inventory.devices:
        fail(f'no device is called "{printable(device)}"{did_you_mean(device, inventory.devices)}')
    modules = inventory.settings.module_files
    settings = explained(inventory.devices[device], reading.document, reading.files, modules)
    if output == "json":
        print_json({setting.path: {"value": setting.value, "source": setting.source} for setting in settings})
        return
    widths = [max(len(getattr(one, part)) for one in settings) for part in ("path", "value")]
    for one in settings:
        click.echo(f"{one.path:<{widths[0]}}  {one.value:<{widths[1]}}  {one.source}")
