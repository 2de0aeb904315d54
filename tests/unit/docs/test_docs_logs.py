"""docs/logs.md is true: inventories load, the event that it adds is recognised, searches use what the shipper gives."""

import datetime as dt
import re
import shlex
from pathlib import Path
from random import Random

import pytest
import yaml

from exporters.syslog.events import Patterns, built_in
from exporters.syslog.parse import parse
from lab.syslog.templates import Templates, Told
from sotpctl.inventory import load
from sotpctl.render import syslog

_TEXT = (Path(__file__).parents[3] / "docs" / "logs.md").read_text(encoding="utf-8")
_BLOCKS = re.findall(r"```(\w*)\n(.*?)```", _TEXT, re.DOTALL)
_INVENTORIES = [text for kind, text in _BLOCKS if kind == "yaml" and "\ndevices:" in f"\n{text}"]
_RULES = [text for kind, text in _BLOCKS if kind == "yaml" and text.startswith("# loki/rules/")]
_NOW = int(dt.datetime(2024, 3, 1, 12, 0, 5, tzinfo=dt.UTC).timestamp()) * 10**9
_METADATA = {"severity", "mnemonic", "event", "address"}


@pytest.mark.parametrize("text", _INVENTORIES)
def test_docs_logs_inventories_load(tmp_path: Path, text: str) -> None:
    """Each example is an inventory without an error or a warning, and becomes a shipper's file."""
    (tmp_path / "inventory.yaml").write_text(text, encoding="utf-8")
    loaded = load(tmp_path / "inventory.yaml")

    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.inventory
    assert syslog.build(loaded.inventory).content


def test_docs_logs_the_event_that_is_added_is_recognised() -> None:
    """The example is a document of events, and the message below it has that event, with its fields."""
    (event,) = [text for kind, text in _BLOCKS if kind == "yaml" and text not in (*_INVENTORIES, *_RULES)]
    (message,) = [text for kind, text in _BLOCKS if kind == "text"]
    found = Patterns.load([built_in(), event]).match("cisco-iosxe", parse(message.strip().encode(), _NOW))

    assert found
    assert found.name == "dot1x_failed"
    assert found.fields == {"mac": "0000.5e00.5301", "interface": "Gi1/0/7"}


def test_docs_logs_what_a_device_of_the_lab_says_is_the_event() -> None:
    """The example's message, in the device's own form, is an OSPF loss with its fields."""
    (command,) = [line for line in _TEXT.splitlines() if line.startswith("sotpctl lab say ")]
    *_, device, text = shlex.split(command)
    made = Templates().say("cisco-iosxe", text, Told(device), _NOW / 1e9, Random(1))
    found = Patterns.load().match("cisco-iosxe", parse(made, _NOW))

    assert found
    assert (found.name, found.fields["neighbor"]) == ("ospf_down", "192.0.2.12")


def test_docs_logs_searches_use_what_there_is() -> None:
    """Labels and metadata of the LogQL examples are those of the shipper; so are the events and their fields."""
    (searches,) = [text for kind, text in _BLOCKS if kind == "logql"]
    events = yaml.safe_load(built_in())
    fields = set(re.findall(r"\(\?P<(\w+)>", built_in()))

    for labels in re.findall(r"\{([^}]*)\}", searches):
        assert set(re.findall(r"(\w+)=", labels)) <= {"job", "device", "site", "role"}
    for name in re.findall(r"\| (\w+)(?:=|!=|=~)", searches):
        assert name in _METADATA or name.removeprefix("event_") in fields, name
    assert set(re.findall(r'event="(\w+)"', searches)) <= events.keys()
