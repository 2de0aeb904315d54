"""`sotpctl completion SHELL`, and the names that a shell completes; nothing here may import the inventory's models."""

from __future__ import annotations

import re
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

_SECTION = re.compile(r"^devices:[ \t]*(?:#[^\n]*)?\r?\n((?:[ \t#][^\n]*\n?|\r?\n)*)", re.MULTILINE)
_KEY = re.compile(r"""^( +)["']?([A-Za-z0-9][A-Za-z0-9-]*)["']?[ \t]*:""", re.MULTILINE)
_HINTS = {
    "bash": 'eval "$(sotpctl completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(sotpctl completion zsh)"   # in ~/.zshrc, behind compinit',
    "fish": "sotpctl completion fish | source   # in ~/.config/fish/config.fish",
}


@click.command(epilog="\b\n" + "\n".join(_HINTS.values()))
@click.argument("shell", type=click.Choice(list(_HINTS)))
def completion(shell: str) -> None:
    """Print the completion of SHELL: commands, options and the names of devices."""
    from sotpctl.cli.main import cli  # noqa: PLC0415 - main looks this module up

    found = get_completion_class(shell)
    if found is None:
        raise click.ClickException(f"no completion for {shell}")
    script = found(cli, {}, "sotpctl", "_SOTPCTL_COMPLETE")
    click.echo(script.source_template % script.source_vars())


def complete_device(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the devices whose names begin so; nothing, and no message, when the inventory can't be read."""
    path = ctx.params.get("inventory_path") or Path("inventory.yaml")
    return [CompletionItem(name) for name in device_names(Path(path)) if name.startswith(incomplete)]


def device_names(path: Path) -> list[str]:
    """Return the names of devices by a look at the text: at a TAB there is no time to read the YAML."""
    names: set[str] = set()
    try:
        files = [file for file in path.iterdir() if file.suffix in {".yaml", ".yml"}] if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                names.update(_names(file.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError):
        return []
    return sorted(names)


def _names(text: str) -> list[str]:
    section = _SECTION.search(text)
    if section is None:
        return []
    keys = _KEY.findall(section.group(1))
    return [name for indent, name in keys if len(indent) == len(keys[0][0])]
