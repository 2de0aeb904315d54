"""`sotpctl init`: a first inventory to start from."""

from importlib.resources import files
from pathlib import Path

import click

from sotpctl.cli.common import PATH, fail, message

_SCHEMA = "inventory.schema.json"


@click.command()
@click.argument("path", type=PATH, default=Path("inventory.yaml"))
def init(path: Path) -> None:
    """Write a commented starter inventory to PATH (default inventory.yaml), and its schema for editors beside it."""
    from sotpctl.inventory.schema import schema_text  # noqa: PLC0415 - `--help` needs no models

    starter = files("sotpctl.inventory").joinpath("starter.yaml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter)
        schema = path.parent / _SCHEMA
        if not schema.exists():
            schema.write_text(schema_text(), encoding="utf-8")
    except FileExistsError:
        fail(f"{path} exists already; nothing was written")
    except OSError as error:
        fail(f"{path}: can't be written: {error.strerror}")
    option = "" if path == Path("inventory.yaml") else f" -i {path}"
    message(f"{path}: written. What to do next:")
    message("  1. put your devices, sites and receivers in")
    message(f"  2. sotpctl validate{option}")
    message(f"  3. sotpctl apply{option} && sotpctl stack up{option}")
