"""`sotpctl`: the table of commands, each loaded only when it is called."""

import importlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import click

from sotpctl.cli.common import message

# name → (module:attribute, one line of help). Help stands here so that `sotpctl --help` imports no command.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("sotpctl.cli.init:init", "Write a commented starter inventory."),
    "validate": ("sotpctl.cli.validate:validate", "Check the inventory and say every mistake at once."),
    "explain": ("sotpctl.cli.explain:explain", "Show each setting of a device and where it comes from."),
    "device": ("sotpctl.cli.device:device", "List, show and edit devices; comments and layout of the file stay."),
    "render": ("sotpctl.cli.render:render", "Write every configuration file into build/, checked by the real tools."),
    "diff": ("sotpctl.cli.diff:diff", "Say what apply would change, in words and by file."),
    "apply": ("sotpctl.cli.apply:apply", "Render, check, release, reload, and confirm that the engines run it."),
    "rollback": ("sotpctl.cli.apply:rollback", "Go back to the release before, or to a named one."),
    "status": ("sotpctl.cli.status:status", "Say what is applied, whether the engines run it, and who is down."),
    "ack": ("sotpctl.cli.ack:ack", "Acknowledge what fires: it is told no more, what is yet to come is."),
    "silence": ("sotpctl.cli.silence:silence", "Hold back alerts by their labels, list and end silences."),
    "maintenance": (
        "sotpctl.cli.maintenance:maintenance",
        "Plan work in the inventory: while a window is open, nobody is told.",
    ),
    "alerts": ("sotpctl.cli.alerts:alerts", "What fires now, who is told, and what the message says."),
    "snmp": ("sotpctl.cli.snmp:snmp", "Ask a device by SNMP: one object, a subtree, its profile, a whole poll."),
    "stack": ("sotpctl.cli.stack:stack", "Run the engines and exporters natively, without Docker."),
    "lab": ("sotpctl.cli.lab:lab", "A simulated network to try everything on: break it, heal it."),
    "schema": ("sotpctl.cli.schema:schema", "Print the JSON Schema of an inventory, for editors."),
    "completion": ("sotpctl.cli.completion:completion", "Print the completion for bash, zsh or fish."),
}


_BROKEN_PIPE = 128 + signal.SIGPIPE


class _LazyGroup(click.Group):
    """A click group that imports a command's module at its first use, and ends in words where the system says no."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:  # noqa: ANN401 - click's signature
        with _system_errors():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> object:
        with _system_errors():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        entry = _COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry[0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            _unknown_command(ctx, args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


@contextmanager
def _system_errors() -> Iterator[None]:
    """End by one line on what no command foresees, such as a full disk behind stdout, before click sees it.

    A reader of our pipe that went away (head, less) ends it as SIGPIPE ends other tools, without a word.
    """
    try:
        yield
    except BrokenPipeError:
        _drop_output()
        raise click.exceptions.Exit(_BROKEN_PIPE) from None
    except OSError as error:
        message(f"{error.filename or 'the output'}: {error.strerror or error}")
        _drop_output()
        raise click.exceptions.Exit(1) from None


def _drop_output() -> None:
    """Let what is buffered go nowhere: Python would try to write it once more at its end, and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # a test's stream, or none
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _unknown_command(ctx: click.Context, name: str) -> None:
    from difflib import get_close_matches  # noqa: PLC0415 - only when somebody mistypes

    near = get_close_matches(name, _COMMANDS, n=1)
    hint = f'; did you mean "{near[0]}"?' if near else f"; see {ctx.command_path} --help"
    ctx.fail(f'no command is called "{name}"{hint}')


_EPILOG = """\b
A first round, from a checkout:
  sotpctl validate            is inventory.yaml right?
  sotpctl apply               render, check, release, reload, confirm
  sotpctl stack up            start Prometheus, Alertmanager and the exporters
In an outage:
  sotpctl status              what runs, who is down, what fires
  sotpctl ack DEVICE          I am on it: it is told no more

Data goes to stdout, messages to stderr. Exit codes: 0 done or nothing to do, 1 error, 2 `diff` found changes.
"""


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(package_name="sotp", prog_name="sotpctl")
def cli() -> None:
    """Watch a network from one inventory, the Prometheus way."""


def main() -> None:
    """Entry point of the console script."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
