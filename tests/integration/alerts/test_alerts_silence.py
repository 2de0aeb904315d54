"""`sotpctl silence` and a real Alertmanager: matchers that hold, whatever is in them, and errors in its own words."""

import asyncio
import json
import socket
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from sotpctl.alerts.matchers import Matcher, escaped
from tests.integration.alerts.conftest import Stack, alert, eventually

pytestmark = pytest.mark.engines

_HOSTILE = ['a"b', "a\\b", "{a}", 'a{b="c"}', "a\nb", "é 🦊", "a'b", "$(x)", "a.b*", "\\", '"', "a|b", "a\\n", " a "]


def test_alerts_matchers_of_all_kinds_hold(stack: Stack) -> None:
    """What it says that it hides is what Alertmanager silences: =, !=, =~ and !~ together."""
    stack.fires(
        alert("DeviceDown", device="sw", site="waw"),
        alert("CpuHigh", "warning", device="sw", site="waw"),
        alert("CpuHigh", "warning", device="core", site="waw"),
        alert("FanFailed", "info", device="sw", site="waw"),
        alert("CpuHigh", "warning", device="far", site="krk"),
    )
    said = stack.run(
        "silence", "add", "site=waw", "severity=~warning|info", "device!=core", "alertname!~Fan.*",
        "--for", "2h", "--comment", "work",
    )  # fmt: skip
    assert said.stderr.startswith("hides 1 firing alert (CpuHigh sw) and every further alert with ")
    eventually(stack.silenced, {"CpuHigh sw"})


@pytest.mark.parametrize("op", ["=", "=~"])
def test_alerts_hostile_values_are_matched_as_they_are(stack: Stack, op: str) -> None:
    """Quotes, backslashes, braces, line breaks: found by `filter=`, silenced, and listed, each alone."""
    stack.fires(*(alert("Odd", device="sw", ifName=value) for value in [*_HOSTILE, "plain"]))
    for value in _HOSTILE:
        text = str(Matcher("ifName", "=~", escaped(value)) if op == "=~" else Matcher("ifName", "=", value))
        said = stack.run("silence", "add", text, "alertname=Odd", "--for", "1h", "--comment", value)
        assert said.stderr.startswith("hides 1 firing alert (Odd sw ")
    found = {
        one["labels"]["ifName"]: len(one["status"]["silencedBy"]) for one in stack.get("alerts")
    }  # fmt: skip
    eventually(lambda: sum(bool(one["status"]["silencedBy"]) for one in stack.get("alerts")), len(_HOSTILE))
    assert found == {**dict.fromkeys(_HOSTILE, 1), "plain": 0}
    listed = json.loads(stack.run("silence", "list", "--output", "json").stdout)
    assert sorted(one["comment"] for one in listed) == sorted(_HOSTILE)
    assert "\n" not in stack.run("silence", "list").stdout.replace("\n          ", " ").split("\n")[0]


_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8).filter(str.strip)


@settings(max_examples=40)
@given(value=_TEXTS)
def test_alerts_any_value_comes_back_as_it_was(stack: Stack, value: str) -> None:
    """Through Alertmanager's API and back, the matcher is the one that was typed."""
    made = stack.run(
        "silence", "add", str(Matcher("ifName", "=", value)), "device=sw", "--for", "1h", "--comment", "x"
    ).stdout.strip()
    matchers = stack.get(f"silence/{made}")["matchers"]
    assert {"name": "ifName", "value": value, "isRegex": False, "isEqual": True} in matchers


def test_alerts_what_would_hide_everything_needs_a_yes(stack: Stack) -> None:
    """It is said what it would hide, and nothing is made; with --yes-everything it is."""
    stack.fires(alert("DeviceDown", device="sw"))
    arguments = ("silence", "add", "device=~.*", "--for", "1h", "--comment", "x")
    said = stack.run(*arguments, code=1).stderr
    assert said.startswith("would hide 1 firing alert (DeviceDown sw) and every further alert of all 3 devices until")
    assert "or say --yes-everything" in said
    assert stack.get("silences") == []
    # Alertmanager itself takes no silence that matches the empty alert; one more matcher does.
    stack.run("silence", "add", "device=~.+", "--for", "1h", "--comment", "x", "--yes-everything")
    eventually(stack.silenced, {"DeviceDown sw"})


def test_alerts_alertmanager_says_no_in_its_own_words(stack: Stack) -> None:
    """What it refuses is told as it says it, with its address and without a traceback."""
    said = stack.run(
        "silence", "add", "device=~.*", "--for", "1h", "--comment", "x", "--yes-everything", code=1
    ).stderr  # fmt: skip
    where = stack.url.removeprefix("http://")
    assert f"Alertmanager ({where}) says no (400): " in said
    assert "at least one matcher must not match the empty string" in said
    # a regular expression that Python takes and Go does not
    said = stack.run("silence", "add", "device=~(?=s)w", "--for", "1h", "--comment", "x", code=1).stderr
    assert "says no (400)" in said
    assert "invalid or unsupported Perl syntax" in said


_TYPOS = {
    "device=swx": 'no device is called "swx"; did you mean "sw"?',
    "site=wav": 'no site is called "wav"; did you mean "waw"?',
    "sit=waw": 'no device and no alert has a label "sit"; did you mean "site"?',
    "alertname!=DeviceDwn": 'no alert is called "DeviceDwn"; did you mean "DeviceDown"?',
    "severity=crit": 'no severity is called "crit"; did you mean "critical"?',
    "rack=b1": 'no rack is called "b1"; it is one of a1',
    "device=~(": "no regular expression",
    "device": "no matcher: write it like device=waw-core-1",
}


def test_alerts_a_typo_is_a_question(stack: Stack) -> None:
    """A label or value that nothing has would hide nothing: exit code 1, and the near one."""
    for matcher, said in _TYPOS.items():
        assert said in stack.run("silence", "add", matcher, "--for", "1h", "--comment", "x", code=1).stderr
    assert stack.get("silences") == []


def test_alerts_what_an_alert_has_is_known(stack: Stack) -> None:
    """A device that has left the inventory and still fires can be silenced; a regular expression is never unknown."""
    stack.fires(alert("OldAlert", device="gone", queue="q1"))
    stack.run("silence", "add", "device=gone", "queue=q1", "alertname=OldAlert", "--for", "1h", "--comment", "x")
    eventually(stack.silenced, {"OldAlert gone"})
    stack.run("silence", "add", "device=~nobody.*", "--for", "1h", "--comment", "x")


def test_alerts_expired_silences_are_not_listed(stack: Stack) -> None:
    """A silence that is over by itself is gone from the list, and can't be ended."""
    made = stack.run("silence", "add", "device=sw", "--for", "1s", "--comment", "x").stdout.strip()
    eventually(lambda: stack.get(f"silence/{made}")["status"]["state"], "expired")
    assert stack.run("silence", "list").stderr == "nothing is silenced\n"
    assert "no silence that holds has the id" in stack.run("silence", "end", made, code=1).stderr
    assert "no silence that holds has the id" in stack.run("silence", "end", "", code=1).stderr


def test_alerts_until_a_time(stack: Stack) -> None:
    """--until goes by the clock of the devices' site, and the answer says which that is."""
    said = stack.run("silence", "add", "site=waw", "--until", "03:00", "--comment", "x").stderr
    assert "03:00 (Europe/Warsaw)" in said
    assert "say how long" in stack.run("silence", "add", "site=waw", "--comment", "x", code=1).stderr
    assert "is past" in stack.run(
        "silence", "add", "site=waw", "--until", "2020-01-01T00:00", "--comment", "x", code=1
    ).stderr  # fmt: skip


@pytest.mark.parametrize("command", [("ack", "sw"), ("silence", "list"), ("alerts", "list")])
def test_alerts_without_alertmanager_it_is_said(tmp_path: Any, command: tuple[str, ...]) -> None:
    """Nothing listens: which address, what to look at; exit code 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused, and nobody else can have it
        stack = _pointing_at(tmp_path, f"127.0.0.1:{taken.getsockname()[1]}")
        said = stack.run(*command, code=1).stderr
    assert "isn't running: nothing listens there; `sotpctl status`" in said


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, "<html>", "answers something else than its API v2"),
        (200, '{"a": 1}', "answers something else than its API v2"),
        (200, '[{"labels": {}}]', "answers something else than its API v2"),
        (502, "Bad Gateway", "says no (502): Bad Gateway"),
        (500, '"database is away"', "says no (500): database is away"),
        (400, '{"code": 602, "message": "x in query"}', "says no (400): x in query"),
    ],
)
async def test_alerts_something_else_answers(tmp_path: Any, status: int, body: str, said: str) -> None:
    """Another service, or a proxy's error: said with its first words, no traceback."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stack = _pointing_at(tmp_path, f"127.0.0.1:{runner.addresses[0][1]}")
    result = await asyncio.to_thread(stack.run, "silence", "list", code=1)
    await runner.cleanup()
    assert said in result.stderr


def _pointing_at(folder: Any, address: str) -> Stack:
    from tests.integration.alerts.conftest import DOCUMENT

    stack = Stack(folder, f"http://{address}", json.loads(json.dumps(DOCUMENT)))
    stack.save()
    return stack
