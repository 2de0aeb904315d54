"""`sotpctl validate`: every mistake of the inventory at once."""

from pathlib import Path

import click

from sotpctl.cli.common import (
    count,
    fail,
    inventory_option,
    message,
    print_json,
    print_problems,
    problem_json,
)
from sotpctl.inventory import Problem, load


@click.command()
@inventory_option
@click.option(
    "--output",
    "--format",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Text for people, JSON for scripts, annotations for GitHub's workflows.",
)
def validate(inventory_path: Path, output: str) -> None:
    """Check the inventory: every mistake with its file, line and column, and what would be right.

    Warnings don't fail the command. With --output json, the problems are a list on stdout;
    with --format github they are workflow commands on stdout, which annotate the lines of a pull request.
    """
    loaded = load(inventory_path)
    errors = sum(problem.severity == "error" for problem in loaded.problems)
    if output == "json":
        print_json([problem_json(problem) for problem in loaded.problems])
    elif output == "github":
        for problem in loaded.problems:
            click.echo(annotation(problem))
    else:
        print_problems(loaded.problems)
    if loaded.inventory is None:
        fail(f"{inventory_path}: {count(errors, 'error')}")
    warnings = f", {count(len(loaded.problems), 'warning')}" if loaded.problems else ""
    message(f"{inventory_path}: {count(len(loaded.inventory.devices), 'device')}, no error{warnings}")


def annotation(problem: Problem) -> str:
    """Write a problem as GitHub's workflow command; escapes as in actions/toolkit, packages/core/src/command.ts."""
    place = {"file": problem.file} | ({"line": problem.line, "col": problem.column} if problem.line else {})
    properties = ",".join(f"{key}={_escaped(str(value), property_=True)}" for key, value in place.items())
    text = f"{problem.path}: {problem.message}" if problem.path else problem.message
    return f"::{problem.severity} {properties}::{_escaped(text)}"


def _escaped(text: str, *, property_: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if property_ else text
