"""`sotpctl validate`: every mistake of the inventory at once."""

from pathlib import Path

import click

from sotpctl.cli.common import (
    count,
    fail,
    inventory_option,
    message,
    output_option,
    print_json,
    print_problems,
    problem_json,
)
from sotpctl.inventory import load


@click.command()
@inventory_option
@output_option
def validate(inventory_path: Path, output: str) -> None:
    """Check the inventory: every mistake with its file, line and column, and what would be right.

    Warnings don't fail the command. With --output json, the problems are a list on stdout.
    """
    loaded = load(inventory_path)
    errors = sum(problem.severity == "error" for problem in loaded.problems)
    if output == "json":
        print_json([problem_json(problem) for problem in loaded.problems])
    else:
        print_problems(loaded.problems)
    if loaded.inventory is None:
        fail(f"{inventory_path}: {count(errors, 'error')}")
    warnings = f", {count(len(loaded.problems), 'warning')}" if loaded.problems else ""
    message(f"{inventory_path}: {count(len(loaded.inventory.devices), 'device')}, no error{warnings}")
