"""Time intervals and the watchdog as the real Alertmanager takes them."""

import asyncio
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engines

_NIGHTS = {"times": ["22:00-06:00"], "weekdays": ["mon:thu", "sun"], "timezone": "Europe/Warsaw"}


def test_render_hours_pass_amtool(
    tree: Callable[[dict[str, Any]], Path], document: dict[str, Any], tool: Callable[[str], Path]
) -> None:
    """Every shape of an interval is one that amtool accepts."""
    document["sites"]["waw"] = {"timezone": "Europe/Warsaw"}
    document["alerting"]["time_intervals"] = {
        "office": {"weekdays": ["mon:fri"], "times": ["08:00-17:00", "18:00-24:00"], "site": "waw"},
        "off": [_NIGHTS, {"weekdays": "sat:mon", "timezone": "UTC"}, {"times": "23:59-00:00", "timezone": "UTC"}],
    }
    document["alerting"]["routes"][0] |= {"active": ["office"], "mute": ["off"]}
    document["alerting"]["watchdog"] = {"receiver": "hook", "interval": "1m"}

    done = subprocess.run(
        [tool("amtool"), "check-config", "alertmanager/alertmanager.yml"],
        cwd=tree(document), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 time intervals" in done.stdout or "time interval" not in done.stdout


async def test_render_hours_hold_back_a_route_and_let_the_watchdog_out(
    document: dict[str, Any], inbox: Any, run_alertmanager: Callable[..., Any], eventually: Any
) -> None:
    """A route that is always muted tells nobody, one that is always active does; the watchdog is sent at once."""
    always = {"times": ["00:00-24:00"], "timezone": "Europe/Warsaw"}
    receivers = {name: {"webhook": {"url": f"http://{inbox.http}/{name}"}} for name in ("day", "night", "dead-man")}
    document["alerting"] = {
        "receivers": receivers,
        "time_intervals": {"always": always},
        "routes": [
            {"receiver": "night", "mute": "always", "continue": True},
            {"receiver": "day", "active": "always"},
        ],
        "watchdog": {"receiver": "dead-man"},
    }
    running = await asyncio.to_thread(run_alertmanager, document)
    labels = {"severity": "critical", "site": "waw", "device": "sw"}
    await asyncio.to_thread(
        running.post,
        {"labels": {"alertname": "DeviceDown", **labels}},
        {"labels": {"alertname": "Watchdog", "severity": "none"}},
    )

    await asyncio.to_thread(eventually, lambda: sorted(inbox.others), ["/day", "/dead-man"])
    told = {
        path: [a["labels"]["alertname"] for post in posts for a in json.loads(post)["alerts"]]
        for path, posts in inbox.others.items()
    }
    assert told == {"/day": ["DeviceDown"], "/dead-man": ["Watchdog"]}
    muted = [one for one in running.alerts() if one["labels"]["alertname"] == "DeviceDown"]
    assert [receiver["name"] for one in muted for receiver in one["receivers"]] == ["night", "day"]
