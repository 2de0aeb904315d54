"""Every page's commands exist, with the options that it shows."""

import re
from pathlib import Path

import click
import pytest

from exporters.kit import options
from exporters.kit.ports import EXPORTERS
from sotpctl.cli.main import cli
from tests.unit.docs.commands import PAGES, ROOT, mentioned, typed

_TARGETS = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
_ROOT_CONTEXT = click.Context(cli)


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_what_a_page_tells_to_type_is_taken(page: Path) -> None:
    """Each command of a block: the command is there, takes these options, and has all the arguments that it needs."""
    for words in typed(page.read_text(encoding="utf-8")):
        _takes(words)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_what_a_page_mentions_exists(page: Path) -> None:
    """Each command in the prose: the command is there, and so are its options; arguments may be left out."""
    for words in mentioned(page.read_text(encoding="utf-8")):
        if words[0] == "sotp-exporter":
            assert words[1] in {*EXPORTERS, "NAME", "EXPORTER"}, words
            continue
        command, rest = _resolved(words)
        known = {name for parameter in command.params for name in parameter.opts} | {"--help", "-h"}
        assert {word.partition("=")[0] for word in rest if word.startswith("-") and word != "-"} <= known, words


def test_commands_are_found_however_they_are_shown() -> None:
    """Fences, transcripts, indented lines, several in a line, behind sudo; answers, comments and arguments are none."""
    page = (
        "```sh\nsudo -u sotp sotpctl apply   # says so\nsotpctl validate && .venv/bin/sotpctl diff | less\n```\n"
        "```console\n$ sotpctl status\nsotpctl is an answer\n# sudo -u x sotpctl render --no-verify\n```\n"
        "    sotpctl alerts list --all\n"
        "```sh\ngrep sotpctl file; ln -s sotpctl /usr/local/bin\nmake demo\n```\n"
    )
    assert [" ".join(words) for words in typed(page)] == [
        "sotpctl apply", "sotpctl validate", "sotpctl diff", "make demo", "sotpctl status",
        "sotpctl render --no-verify", "sotpctl alerts list --all",
    ]  # fmt: skip
    assert mentioned("`sotpctl device list|show` and\n`sotpctl ack X --for 2h`, `other`") == [
        ["sotpctl", "device", "list"],
        ["sotpctl", "device", "show"],
        ["sotpctl", "ack", "X", "--for", "2h"],
    ]


def test_the_pages_do_show_commands() -> None:
    """The reading above isn't vacuous: the pages that teach have many."""
    found = {_name(page): len(typed(page.read_text(encoding="utf-8"))) for page in PAGES}
    assert found["README.md"] > 8
    assert found["docs/operations.md"] > 15
    assert found["docs/getting-started.md"] > 25


def _takes(words: list[str]) -> None:
    program, *rest = words
    if program == "make":
        assert {word for word in rest if "=" not in word} <= _TARGETS, words
    elif program == "sotp-exporter":
        options.parse(rest[0], rest[1:])
    else:
        command, arguments = _resolved(words)
        if not {"-h", "--help"} & {*arguments}:
            try:
                command.make_context(command.name, arguments)
            except click.ClickException as error:
                pytest.fail(f"{' '.join(words)}: {error.format_message()}")


def _resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """Give the command of our line, and the words after its name."""
    command: click.Command = cli
    rest = words[1:]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(_ROOT_CONTEXT, rest[0])
        assert found is not None, f"{' '.join(words)}: there is no command {rest[0]}"
        command, rest = found, rest[1:]
        if rest and rest[0] == "…":
            return command, []
    return command, rest
