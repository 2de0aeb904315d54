"""`sotpctl alerts`: what fires, who is told, and what the message says, with the real tools."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.alerts.conftest import DOCUMENT, Hook, Stack, aeventually, alert, eventually

pytestmark = pytest.mark.engines


def _rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()[1:] if not line.startswith(" ")]


def test_alerts_are_listed_the_worst_and_newest_first(stack: Stack) -> None:
    """Severity before age; what is held back or notifies nobody only with --all, each with why; 80 columns."""
    old = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    stack.fires(
        alert("CpuHigh", "warning", device="far", site="krk"),
        alert("DeviceDown", device="sw", site="waw") | {"startsAt": old},
        alert("DeviceDown", device="core", site="waw"),
        alert("DeviceTrouble", "none", device="sw"),
        alert("FanFailed", "info", device="sw", site="waw"),
    )
    stack.run("ack", "CpuHigh", "--comment", "a comment that is far too long to stand on a line of 80 columns " * 2)
    eventually(lambda: sum(one["status"]["state"] == "suppressed" for one in stack.get("alerts")), 2)

    listed = stack.run("alerts", "list")
    assert [row[2:4] for row in _rows(listed.stdout)] == [["DeviceDown", "core"], ["DeviceDown", "sw"]]
    assert listed.stderr == "2 more held back: --all shows them and why\n"
    result = stack.run("alerts", "list", "--all")
    everything = result.stdout
    assert [row[2] for row in _rows(everything)] == [
        "DeviceDown",
        "DeviceDown",
        "CpuHigh",
        "FanFailed",
        "DeviceTrouble",
    ]
    assert "held back by the silence " in everything
    assert "held back by DeviceTrouble sw" in everything
    assert "severity none notifies nobody" in result.stderr
    assert max(map(len, everything.splitlines())) <= 80

    def names(*options: str) -> list[str]:
        return [one["labels"]["alertname"] for one in json.loads(stack.run("alerts", "list", *options).stdout)]

    assert names("--all", "--site", "krk", "--output", "json") == ["CpuHigh"]
    assert names("--all", "--device", "sw", "--severity", "info", "--output", "json") == ["FanFailed"]
    assert names("--severity", "none", "--output", "json") == ["DeviceTrouble"]
    assert 'did you mean "waw"?' in stack.run("alerts", "list", "--site", "wav", code=1).stderr
    assert "nothing fires that isn't held back; 1 with --all" in stack.run("alerts", "list", "--site", "krk").stderr


def test_alerts_a_hostile_summary_does_nothing_to_the_terminal(stack: Stack) -> None:
    """Control characters are shown, not obeyed."""
    stack.fires(alert("Odd", device="sw\x1b[2J", site="w\nw"))
    assert "\x1b" not in stack.run("alerts", "list").stdout
    assert len(stack.run("alerts", "list").stdout.splitlines()) == 2


def test_alerts_route_says_who_and_what_holds_it_back(launch: Callable[[dict[str, Any]], Stack]) -> None:
    """Who is told now and at 3 a.m., and the window, the silence and the alert that hold it back."""
    document = json.loads(json.dumps(DOCUMENT))
    now = datetime.now(UTC)
    document["alerting"]["receivers"]["chat"] = {"slack": {"url": {"file": "x"}, "channel": "#noc"}}
    document["alerting"]["routes"].insert(0, {"match": {"severity": "critical"}, "receiver": "chat", "continue": True})
    document["alerting"]["maintenance"] = [
        {"name": "work", "match": {"device": "sw"}, "start": (now - timedelta(hours=1)).isoformat(timespec="minutes"),
         "end": (now + timedelta(hours=1)).isoformat(timespec="minutes")},
    ]  # fmt: skip
    stack = launch(document)
    stack.fires(alert("DeviceMaintenance", "none", device="sw"), alert("DeviceDown", device="sw", site="waw"))
    stack.run("silence", "add", "site=waw", "--for", "1h", "--comment", "ticket 1")

    said = stack.run("alerts", "route", "sw", "DeviceDown").stdout.splitlines()
    assert said[0] == "DeviceDown, critical: device sw, site waw"
    assert [line.split("  ")[-1].strip() for line in said[1:5]] == ["chat (slack #noc)", "hook (webhook)"] * 2
    assert said[1].startswith("  now, ")
    assert "03:00" in said[3]
    assert "held back now by the maintenance window work until" in said[5]
    assert "of kasia until" in said[6]
    assert said[7].startswith("  held back now by DeviceMaintenance sw")
    free = json.loads(
        stack.run("alerts", "route", "far", "DeviceDown", "--at", "2026-12-24T20:00", "--output", "json").stdout
    )
    assert free[0]["held_back"] == []
    assert [one["at"] for one in free[0]["told"]] == ["2026-12-24T19:00:00+00:00"]
    both = json.loads(stack.run("alerts", "route", "sw", "ExporterDown", "--output", "json").stdout)
    assert [one["labels"] for one in both] == [
        {"alertname": "ExporterDown", "severity": "critical"}, {"alertname": "ExporterDown", "severity": "warning"},
    ]  # fmt: skip
    assert (
        'no alert is called "DeviceDwn"; did you mean' in stack.run("alerts", "route", "sw", "DeviceDwn", code=1).stderr
    )
    assert "has no rule of severity info" in stack.run(
        "alerts", "route", "sw", "DeviceDown", "--severity", "info", code=1
    ).stderr  # fmt: skip


def test_alerts_route_answers_without_alertmanager(tmp_path: Any) -> None:
    """The routes are the inventory's: they are known when nothing runs."""
    stack = Stack(tmp_path, "http://127.0.0.1:1", json.loads(json.dumps(DOCUMENT)))
    stack.save()
    said = stack.run("alerts", "route", "sw", "DeviceDown")
    assert "hook (webhook)" in said.stdout
    assert "silences and other alerts are left out" in said.stderr


def test_alerts_preview_is_the_message(tmp_path: Any) -> None:
    """Each channel's text once, with what the rule's annotations ask the inventory for: how many are behind it."""
    document = json.loads(json.dumps(DOCUMENT))
    document["alerting"]["receivers"] = {
        "noc": {"email": {"to": "noc@example.net", "from": "sotp@example.net", "smarthost": "127.0.0.1:25"}},
        "chat": {"slack": {"url": {"file": "x"}, "channel": "#noc"}},
    }
    document["alerting"]["routes"] = [{"receiver": "noc", "continue": True}, {"receiver": "chat"}]
    stack = Stack(tmp_path, "", document)
    stack.save()
    said = stack.run("alerts", "preview", "core", "DeviceDown").stdout
    assert said.startswith("--- critical, to noc (email)\n[DOWN] core (site waw) · 2 devices behind it\n")
    assert "--- critical, to chat (slack)\n" in said
    assert "core is down: 2 devices behind it can't be reached" in said
    (mail, slack) = json.loads(stack.run("alerts", "preview", "sw", "DeviceDown", "--output", "json").stdout)
    assert mail["message"]["subject"] == slack["message"]["title"]
    assert "var-device=sw" in mail["message"]["text"]


async def _told_again(hook: Hook, told: tuple[str, str]) -> None:
    before = hook.told().count(told)
    await aeventually(lambda: hook.told().count(told) > before, True)


async def test_alerts_what_was_told_before_a_window_is_told_again_at_its_end(
    launch: Callable[..., Stack], hook: Hook
) -> None:
    """Once, hours before its repetition; that the alert of before the window ended within it is told to nobody."""
    document = json.loads(json.dumps(DOCUMENT))
    document["alerting"]["receivers"]["hook"]["webhook"]["url"] = hook.url
    stack = await asyncio.to_thread(launch, document, repeat="4h")
    before = alert("DeviceDown", device="sw", site="waw", last_maintenance="never")
    after = alert("DeviceDown", device="sw", site="waw", last_maintenance="2026-12-01 22:00:00 +0000 UTC")
    window = alert("DeviceMaintenance", "none", device="sw")
    began = alert("MaintenanceBegan", "none", device="sw", last_maintenance="never")
    other, third = (alert("DeviceDown", device=name, site="waw") for name in ("core", "far"))
    ended = {"endsAt": datetime.now(UTC).isoformat()}
    await asyncio.to_thread(stack.post, before)
    await aeventually(hook.told, [("firing", "DeviceDown sw")])

    await asyncio.to_thread(stack.post, window, began)
    await asyncio.to_thread(stack.post, before | ended, after)
    await asyncio.to_thread(stack.post, other)
    await aeventually(hook.told, [("firing", "DeviceDown sw"), ("firing", "DeviceDown core")])

    await asyncio.to_thread(stack.post, window | ended)
    await aeventually(lambda: hook.told()[2:], [("firing", "DeviceDown core"), ("firing", "DeviceDown sw")])
    # Prometheus repeats the old one's end, also when the window was short.
    await asyncio.to_thread(stack.post, before | {"endsAt": datetime.now(UTC).isoformat()}, third)
    down = [("firing", f"DeviceDown {name}") for name in ("core", "far", "sw")]
    await aeventually(lambda: sorted(hook.told()[4:]), down)
    await asyncio.to_thread(stack.post, after | ended)
    await aeventually(lambda: sorted(hook.told()[7:]), [*down[:2], ("resolved", "DeviceDown sw")])


async def test_alerts_maintenance_stops_an_outage_and_tells_it_at_its_end(
    launch: Callable[..., Stack], hook: Hook
) -> None:
    """A window that starts during an outage stops it; what is still true when it ends is told then."""
    document = json.loads(json.dumps(DOCUMENT))
    document["alerting"]["receivers"]["hook"]["webhook"]["url"] = hook.url
    stack = await asyncio.to_thread(launch, document)
    down, window = alert("DeviceDown", device="sw", site="waw"), alert("DeviceMaintenance", "none", device="sw")
    await asyncio.to_thread(stack.post, down, alert("DeviceDown", device="core", site="waw"))
    await _told_again(hook, ("firing", "DeviceDown sw"))

    await asyncio.to_thread(stack.post, window)
    await aeventually(lambda: sum(bool(one["status"]["inhibitedBy"]) for one in stack.get("alerts")), 1)
    await _told_again(hook, ("firing", "DeviceDown core"))
    before = hook.told().count(("firing", "DeviceDown sw"))
    for _ in range(3):
        await _told_again(hook, ("firing", "DeviceDown core"))
    assert hook.told().count(("firing", "DeviceDown sw")) == before

    await asyncio.to_thread(stack.post, window | {"endsAt": datetime.now(UTC).isoformat()})
    await _told_again(hook, ("firing", "DeviceDown sw"))
