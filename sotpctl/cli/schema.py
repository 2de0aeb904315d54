"""`sotpctl schema`: the JSON Schema of an inventory, for editors."""

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of an inventory: editors complete and check keys with it."""
    from sotpctl.inventory.schema import schema_text  # noqa: PLC0415 - only this command needs it

    click.echo(schema_text(), nl=False)
