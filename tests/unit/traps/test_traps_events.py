"""Traps that are events: what the fixtures of events.yaml tell is what traps.yaml makes of a trap."""

from pathlib import Path

import pytest
import yaml

from exporters.syslog.parse import parse
from exporters.traps.definitions import LONGEST_NAME, built_in
from exporters.traps.message import APP

FIXTURES = Path(__file__).parents[1] / "syslog" / "event_messages.yaml"
TRAPS = [
    (platform, raw)
    for platform, _, _, raw in yaml.safe_load(FIXTURES.read_text(encoding="utf-8"))
    if f" {APP} - " in raw
]
HEADER = {"trap", "version", "uptime", "index"}
PARAMS = {one.param for family in built_in().families for one in family.objects}
NUMBERS = {trap.name: trap.oids for family in built_in().families for trap in family.traps}


@pytest.mark.parametrize(("platform", "raw"), TRAPS, ids=lambda value: value[:60])
def test_a_traps_fixture_is_one_that_the_exporter_would_send(platform: str, raw: str) -> None:
    """Its name, number and objects are those of traps.yaml, and a trap that the platform is expected to send."""
    message = parse(raw.encode(), 0)
    assert (message.app, message.parse_error) == (APP, "")
    trap = message.text.partition(":")[0]
    assert trap in built_in().names(platform)
    assert message.msgid == trap[:LONGEST_NAME]
    given = dict(message.structured)
    names = {name.rpartition(".")[2] for name in given}
    assert names <= HEADER | PARAMS
    number = next((value for name, value in given.items() if name.endswith("trap")), "")
    assert not number or tuple(map(int, number.split("."))) in NUMBERS[trap]
