"""Who is told: the same as amtool works out from the same file, and as a real Alertmanager does at this very time."""

import asyncio
import random
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from sotpctl.alerts.routing import at, walk
from sotpctl.verify import tools
from tests.integration.alerts.conftest import DOCUMENT, FAST, Hook, Stack, aeventually, alert

pytestmark = pytest.mark.engines

_NAMES = {
    "alertname": ["DeviceDown", "CpuHigh"], "severity": ["critical", "warning", "info", "none"],
    "site": ["waw", "krk", "w.w", 'a"b', "a\\b"], "team": ["noc", "sys adm"],
}  # fmt: skip


def _routes(chance: random.Random, depth: int) -> list[dict[str, Any]]:
    return [_route(chance, depth) for _ in range(chance.randint(0, 3))] if depth else []


def _route(chance: random.Random, depth: int) -> dict[str, Any]:
    route: dict[str, Any] = {"matchers": [_matcher(chance) for _ in range(chance.randint(0, 2))]}
    if chance.random() < 0.7:
        route["receiver"] = f"r{chance.randint(1, 9)}"
    if chance.random() < 0.4:
        route["continue"] = True
    return route | {"routes": _routes(chance, depth - 1)}


def _matcher(chance: random.Random) -> str:
    label = chance.choice(list(_NAMES))
    values = chance.sample(_NAMES[label], 2)
    op = chance.choice(["=", "!=", "=~", "!~"])
    text = "|".join(values) if "~" in op and chance.random() < 0.7 else values[0]
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{label}{op}"{quoted}"'


def _labels(chance: random.Random) -> dict[str, str]:
    return {name: chance.choice(values) for name, values in _NAMES.items() if chance.random() < 0.8}


@pytest.mark.parametrize("seed", range(20))
def test_alerts_the_routes_are_amtools(tmp_path: Path, seed: int) -> None:
    """On random trees and label sets, hostile ones too, the receivers are those that amtool gives, in its order."""
    tool = tools.find("amtool")
    if tool is None:
        pytest.skip("no amtool: make engines")
    chance = random.Random(seed)
    config = {
        "route": {"receiver": "r0", "routes": _routes(chance, 3) or [_route(chance, 2)]},
        "receivers": [{"name": f"r{number}"} for number in range(10)],
    }
    (tmp_path / "am.yml").write_text(yaml.safe_dump(config))
    for _ in range(15):
        labels = _labels(chance)
        ours = [one.receiver for one in walk(config, labels)]
        words = [f"{name}={_quoted(value)}" for name, value in labels.items()]
        done = subprocess.run(
            [tool, "config", "routes", "test", "--config.file=am.yml", *words],
            cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.strip().split(",") == ours, (labels, yaml.safe_dump(config))


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _intervals(chance: random.Random, now: datetime) -> list[dict[str, Any]]:
    """Random intervals about now: half of them hold it."""
    zone = chance.choice(["UTC", "Europe/Warsaw", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham"])
    there = now.astimezone(ZoneInfo(zone))
    interval: dict[str, Any] = {"location": zone}
    days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
    if chance.random() < 0.6:
        start = max(0, there.hour * 60 + there.minute - chance.randint(-30, 60))
        end = min(1440, start + chance.randint(30, 120))
        interval["times"] = [
            {"start_time": _clock(min(start, 1430)), "end_time": _clock(max(end, min(start, 1430) + 5))}
        ]
    if chance.random() < 0.4:
        low = chance.randint(0, 6)
        interval["weekdays"] = [f"{days[low]}:{days[chance.randint(low, 6)]}"]
    if chance.random() < 0.3:
        interval["days_of_month"] = [chance.choice(["1:15", "16:31", "-15:-1", "-31:-16", str(there.day)])]
    if chance.random() < 0.3:
        interval["months"] = [chance.choice(["january:june", "july:december", str(there.month), "11"])]
    if chance.random() < 0.2:
        interval["years"] = [chance.choice([str(there.year), "2020:2021", "2022:2050"])]
    return [interval]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


async def test_alerts_the_times_are_alertmanagers(launch: Callable[[dict[str, Any]], Stack], hook: Hook) -> None:
    """Of 60 routes with random time intervals, muting and active ones, those are told that it says are told now."""
    chance, now = random.Random(7), datetime.now(UTC)
    intervals = [{"name": f"i{number}", "time_intervals": _intervals(chance, now)} for number in range(60)]
    routes: list[dict[str, Any]] = [
        {"receiver": "hook", "matchers": [f'alertname="A{number}"'],
         chance.choice(["mute_time_intervals", "active_time_intervals"]): [f"i{number}", f"i{chance.randint(0, 59)}"]}
        for number in range(60)
    ]  # fmt: skip
    config = {
        "route": {"receiver": "hook", "group_by": ["..."], "routes": routes, **FAST},
        "time_intervals": intervals,
        "receivers": [{"name": "hook", "webhook_configs": [{"url": hook.url}]}],
    }
    expected = _told_now(config, datetime.now(UTC))
    assert 10 < len(expected) < 50

    stack = await asyncio.to_thread(launch, {**DOCUMENT, "config": config})
    await asyncio.to_thread(stack.post, *(alert(f"A{number}") for number in range(60)))

    await aeventually(
        lambda: {name for _, name in hook.told()} == expected == _told_now(config, datetime.now(UTC)), True
    )
    more = len(hook.posts) + 2 * len(expected)  # told again, each about twice: nobody else is
    await aeventually(lambda: len(hook.posts) > more, True)
    assert {name for _, name in hook.told()} == expected


def _told_now(config: dict[str, Any], now: datetime) -> set[str]:
    found = set()
    for number in range(60):
        (one,) = at(config, walk(config, {"alertname": f"A{number}"}), now)
        found |= {f"A{number}"} if one.told else set()
    return found
