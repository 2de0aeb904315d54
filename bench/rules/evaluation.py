"""What Prometheus says of its rules: how long each took, and how many series it reads."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.prometheus.server import Server

_ASK_S = 2.0
_LOOKBACK_MS = 300_000


@dataclass
class Rule:
    """One rule.

    Attributes:
        name: The series or alert.
        query: Its expression.
        times: Seconds of each evaluation seen.
    """

    name: str
    query: str
    times: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """A usual evaluation."""
        return _usual(self.times)


@dataclass
class Group:
    """One group; times are seconds.

    Attributes:
        name, interval: As its file says.
        rules: In their order.
        times: Of each evaluation seen.
        seen: When the newest of them was.
    """

    name: str
    interval: float
    rules: list[Rule]
    times: list[float] = field(default_factory=list)
    seen: str = ""

    @property
    def seconds(self) -> float:
        """A usual evaluation."""
        return _usual(self.times)

    @property
    def share(self) -> float:
        """Of its interval."""
        return self.seconds / self.interval


def watch(server: Server, seconds: float) -> list[Group]:
    """Look at all groups for so long."""
    groups: dict[str, Group] = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for found in server.get("rules", exclude_alerts="true")["groups"]:
            _note(groups, found)
        time.sleep(_ASK_S)
    return sorted(groups.values(), key=lambda group: -group.share)


def reads(server: Server, query: str, at: float, only: str = "") -> int:
    """How many series an expression reads at a time, each as often as it is named; `only`: that match this too."""
    return sum(_count(server, node, at, only) for node in _selectors(server.get("parse_query", query=query)))


def _note(groups: dict[str, Group], found: dict[str, Any]) -> None:
    rules = [Rule(rule["name"], rule["query"]) for rule in found["rules"]]
    group = groups.setdefault(found["name"], Group(found["name"], found["interval"], rules))
    if found["lastEvaluation"] in (group.seen, "0001-01-01T00:00:00Z"):
        return
    group.seen = found["lastEvaluation"]
    group.times.append(found["evaluationTime"])
    for rule, now in zip(group.rules, found["rules"], strict=True):
        rule.times.append(now["evaluationTime"])


def _usual(times: list[float]) -> float:
    """The first one creates series: it counts only where there was no other."""
    return median(times[1:] or times or [0.0])


def _selectors(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for one in node:
            yield from _selectors(one)
    elif isinstance(node, dict):
        if node.get("type") in {"vectorSelector", "matrixSelector"}:
            yield node
        else:
            for one in node.values():
                yield from _selectors(one)


def _count(server: Server, node: dict[str, Any], at: float, only: str) -> int:
    matchers = ", ".join(f"{one['name']}{one['type']}{_quoted(one['value'])}" for one in node["matchers"])
    window = node.get("range", _LOOKBACK_MS)
    offset = f" offset {node['offset']}ms" if node["offset"] else ""
    query = f"count(last_over_time({{{matchers}, {only}}}[{window}ms]{offset}))"
    result = server.get("query", query=query, time=str(at))["result"]
    return int(result[0]["value"][1]) if result else 0


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
