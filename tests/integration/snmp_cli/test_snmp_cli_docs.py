"""docs/snmp.md, "At the terminal": each command is run against the lab's agents, and says what the page shows."""

import re
import shlex

import pytest

from sotpctl.cli.snmp import snmp
from tests.unit.docs.commands import ROOT

PAGE = (ROOT / "docs" / "snmp.md").read_text(encoding="utf-8")
SECTION = PAGE.split("## At the terminal\n")[1].split("\n## ")[0]
SHOWN = [
    (command, text)
    for block in re.findall(r"```console\n(.*?)```", SECTION, re.DOTALL)
    for command, text in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
]


def shape(text: str) -> list[str]:
    """Returns a text without what differs from run to run: times, counts of packets, addresses; and its widths."""
    text = re.sub(r"127\.5\.0\.\d+ port \d+", "192.0.2.11", text)
    text = re.sub(r"UDP port\s+\d+", "UDP port 161", text)
    text = re.sub(r"127\.5\.0\.\d+", "192.0.2.11", text)
    return re.sub(r"\d[\d.:]*", "0", text).split()


@pytest.mark.parametrize(("command", "text"), SHOWN, ids=[command for command, _ in SHOWN])
def test_a_command_says_what_the_page_shows(run, monkeypatch, agents, command, text):
    """Word by word, but for numbers that move; `NAME=value` in front sets the environment, as in a shell."""
    words = shlex.split(command, comments=True)
    while "=" in words[0]:
        name, value = words.pop(0).split("=")
        monkeypatch.setenv(name, value)
    assert words[:2] == ["sotpctl", "snmp"]
    if words[3] == "waw-acc-9":
        agents.add("waw-acc-9", lambda _: None)
    code = 1 if re.search(r"\): \w+: ", text) else 0
    said = run(*words[2:], code=code, timeout="1")
    assert shape(said.output) == shape(text)


def test_the_page_shows_every_command():
    """Each has at least one example."""
    assert {re.findall(r"sotpctl snmp (\w+)", command)[0] for command, _ in SHOWN} == {*snmp.commands}
