"""`sotpctl ack` and a real Alertmanager: what fires is told no more, what starts later is."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.alerts.conftest import DOCUMENT, Hook, Stack, aeventually, alert, eventually

pytestmark = pytest.mark.engines


async def _watched(launch: Callable[[dict[str, Any]], Stack], hook: Hook) -> Stack:
    document = json.loads(json.dumps(DOCUMENT))
    document["alerting"]["receivers"]["hook"]["webhook"]["url"] = hook.url
    return await asyncio.to_thread(launch, document)


async def _told_again(hook: Hook, told: tuple[str, str]) -> None:
    before = hook.told().count(told)
    await aeventually(lambda: hook.told().count(told) > before, True)


async def test_alerts_an_acknowledged_alert_stops(launch: Callable[[dict[str, Any]], Stack], hook: Hook) -> None:
    """It is told again and again, and no more from the acknowledgement on; another of the same device is told."""
    stack = await _watched(launch, hook)
    await asyncio.to_thread(stack.post, alert("DeviceDown", device="sw", site="waw"))
    await _told_again(hook, ("firing", "DeviceDown sw"))

    result = await asyncio.to_thread(stack.run, "ack", "sw", "--for", "2h", "--comment", "on it")

    assert result.stderr.startswith("hides 1 firing alert (DeviceDown sw) until ")
    await aeventually(stack.silenced, {"DeviceDown sw"})
    await asyncio.to_thread(stack.post, alert("CpuHigh", "warning", device="sw", site="waw"))
    await _told_again(hook, ("firing", "CpuHigh sw"))
    before = hook.told().count(("firing", "DeviceDown sw"))
    for _ in range(3):
        await _told_again(hook, ("firing", "CpuHigh sw"))
    assert hook.told().count(("firing", "DeviceDown sw")) == before


async def test_alerts_what_ends_while_acknowledged_is_not_told(
    launch: Callable[[dict[str, Any]], Stack], hook: Hook
) -> None:
    """Alertmanager sends no resolution of what is silenced: whoever acknowledged looks at the screen."""
    stack = await _watched(launch, hook)
    gone = alert("DeviceDown", device="sw", site="waw")
    await asyncio.to_thread(stack.post, gone, alert("DeviceDown", device="core", site="waw"))
    await _told_again(hook, ("firing", "DeviceDown sw"))
    await asyncio.to_thread(stack.run, "ack", "sw")
    await aeventually(stack.silenced, {"DeviceDown sw"})

    await asyncio.to_thread(stack.post, gone | {"endsAt": datetime.now(UTC).isoformat()})

    await aeventually(lambda: len(stack.get("alerts")), 1)
    for _ in range(3):
        await _told_again(hook, ("firing", "DeviceDown core"))
    assert ("resolved", "DeviceDown sw") not in hook.told()


async def test_alerts_what_still_fires_is_told_when_the_acknowledgement_ends(
    launch: Callable[[dict[str, Any]], Stack], hook: Hook
) -> None:
    """`silence end` takes it back, by the first characters of the id; an ended one is listed no more."""
    stack = await _watched(launch, hook)
    await asyncio.to_thread(stack.post, alert("DeviceDown", device="sw", site="waw"))
    await _told_again(hook, ("firing", "DeviceDown sw"))
    made = (await asyncio.to_thread(stack.run, "ack", "sw")).stdout.strip()
    await aeventually(stack.silenced, {"DeviceDown sw"})

    ended = await asyncio.to_thread(stack.run, "silence", "end", made[:8])

    said = "ended: alertname=DeviceDown device=sw; no longer held back: 1 firing alert (DeviceDown sw)\n"
    assert ended.stderr == said
    await _told_again(hook, ("firing", "DeviceDown sw"))
    listed = await asyncio.to_thread(stack.run, "silence", "list")
    assert (listed.stdout, listed.stderr) == ("", "nothing is silenced\n")


def test_alerts_of_a_device_all_that_is_told(stack: Stack) -> None:
    """Each alert that fires of it and is told, in as few silences as say exactly that."""
    stack.fires(
        alert("DeviceFlapping", device="sw", site="waw"),
        alert("CpuHigh", "warning", device="sw", site="waw", rack="a1"),
        alert("InterfaceDown", "warning", device="sw", site="waw", ifName="Te1"),
        alert("InterfaceDown", "warning", device="core", site="waw", ifName="Te1"),
        alert("DeviceUnreachable", "none", device="sw", site="waw"),
    )
    result = json.loads(stack.run("ack", "sw", "--output", "json").stdout)
    assert len(result["silences"]) == 2
    assert {one["alertname"] for one in result["alerts"]} == {"DeviceFlapping", "CpuHigh", "InterfaceDown"}
    eventually(stack.silenced, {"DeviceFlapping sw", "CpuHigh sw", "InterfaceDown sw Te1"})


def test_alerts_one_alert_of_all_devices_or_of_one(stack: Stack) -> None:
    """ALERT is all of it that fires, with --device of that device alone."""
    stack.fires(*(alert("DeviceDown", device=name) for name in ("core", "sw")), alert("CpuHigh", device="sw"))
    stack.run("ack", "DeviceDown", "--device", "sw")
    eventually(stack.silenced, {"DeviceDown sw"})
    again = stack.run("ack", "DeviceDown", "--for", "3h").stderr
    assert "acknowledged already by kasia until" in again
    eventually(stack.silenced, {"DeviceDown sw", "DeviceDown core"})
    assert "as long already, or longer; nothing was done" in stack.run("ack", "DeviceDown").stderr


def test_alerts_two_acknowledge_at_once(stack: Stack) -> None:
    """Both succeed, and each is listed with its name; ending one leaves the other in force, and says so."""
    stack.fires(alert("DeviceDown", device="sw"))
    command = [sys.executable, "-m", "sotpctl.cli.main", "ack", "sw", "--for", "1h", "-i", str(stack.inventory)]
    people = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "USER": name})
        for name in ("kasia", "piotr")
    ]
    made = [one.communicate(timeout=60)[0].strip() for one in people]
    assert [one.returncode for one in people] == [0, 0]
    listed = json.loads(stack.run("silence", "list", "--output", "json").stdout)
    assert {one["id"] for one in listed} >= {one for one in made if one}
    if all(made):  # one may have seen the other's already
        assert {one["by"] for one in listed} == {"kasia", "piotr"}
        eventually(lambda: [len(one["status"]["silencedBy"]) for one in stack.get("alerts")], [2])
        said = stack.run("silence", "end", made[0]).stderr
        assert "held back by another silence still: 1 firing alert (DeviceDown sw)" in said
        eventually(stack.silenced, {"DeviceDown sw"})


def test_alerts_nothing_to_acknowledge_is_explained(stack: Stack) -> None:
    """Nothing fires, only what notifies nobody, or it is held back by its device's death: nothing is made."""
    stack.fires(
        alert("DeviceUnreachable", "none", device="far"),
        alert("DeviceTrouble", "none", device="sw"),
        alert("CpuHigh", "warning", device="sw"),
    )
    eventually(lambda: sum(bool(one["status"]["inhibitedBy"]) for one in stack.get("alerts")), 1)
    assert "nothing of core fires; nothing was done" in stack.run("ack", "core").stderr
    assert "nobody is told of far: DeviceUnreachable notifies nobody" in stack.run("ack", "far").stderr
    assert "CpuHigh sw is held back by DeviceTrouble sw" in stack.run("ack", "sw").stderr
    assert stack.get("silences") == []


def test_alerts_a_dry_run_makes_nothing(stack: Stack) -> None:
    """It says the same, in the conditional."""
    stack.fires(alert("DeviceDown", device="sw"))
    said = stack.run("ack", "sw", "--dry-run")
    assert said.stderr.startswith("would hide 1 firing alert (DeviceDown sw) until ")
    assert (said.stdout, stack.get("silences")) == ("", [])


_MISTAKES = [
    (("swx",), 'no device and no alert is called "swx"; did you mean "sw"?'),
    (("DeviceDwn",), 'did you mean "DeviceDown"?'),
    (("DeviceDown", "--device", "swx"), 'no device is called "swx"; did you mean "sw"?'),
    (("sw", "--device", "sw"), "sw is a device: either ack sw, or ack ALERT --device sw"),
    (("sw", "--for", "40d"), "more than 30 days"),
    (("sw", "--for", "soon"), "no duration"),
]


def test_alerts_a_mistake_makes_nothing(stack: Stack) -> None:
    """Exit code 1, what would be right, no silence."""
    stack.fires(alert("CpuHigh", device="sw"))
    for arguments, said in _MISTAKES:
        assert said in stack.run("ack", *arguments, code=1).stderr
    assert stack.get("silences") == []
