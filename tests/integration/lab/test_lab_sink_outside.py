"""The sink of a running lab, and `lab inbox`."""

import json
import urllib.request
from typing import Any

import pytest

pytestmark = pytest.mark.netns


def test_the_sink_is_outside_and_the_inbox_prints(cli: Any) -> None:
    """A post from outside the namespace arrives; `lab inbox` prints it, also after `down`, without terminal codes."""
    cli.up()
    url = (cli.folder / ".lab/slack-url").read_text().strip()
    body = json.dumps(
        {"channel": "#noc", "text": "acc is down\u001b[2J", "attachments": [{"text": "2 behind it"}]}
    ).encode()
    with urllib.request.urlopen(url, data=body, timeout=5) as answer:
        assert answer.read() == b"ok"
    cli("down")
    out, _ = cli("inbox")
    time, _, rest = out.partition("  ")
    assert time.endswith("Z")
    assert rest == "slack to #noc\n  acc is down[2J\n  2 behind it\n\n"
    assert [m["channel"] for m in json.loads(cli("inbox", "--output", "json")[0])] == ["slack"]


def test_an_empty_inbox_says_so(cli: Any) -> None:
    """On stderr: there is no data."""
    assert cli("inbox") == ("", "no message yet\n")
