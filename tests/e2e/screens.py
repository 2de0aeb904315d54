"""Dashboards of the release, asked as Grafana asks them when a person opens one."""

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any, NamedTuple

from sotpctl.render.grafana.queries import Query, queries
from tests.e2e.network import Network

_RANGE_S = 6 * 3600  # what Device and Interface show at first


Sample = tuple[float, float]
"""When it was, seconds since 1970, and how much."""


class Screen(NamedTuple):
    """One query of a panel, for a device of a platform and one of its ports."""

    platform: str
    device: str
    query: Query

    @property
    def place(self) -> tuple[str, str]:
        """The panel and the query's refId."""
        return self.query.panel, self.query.ref

    def __str__(self) -> str:
        """What to look for when it fails."""
        return f"{self.platform} ({self.device}): {self.query.panel} {self.query.ref}: {self.query.expr}"


def of(network: Network, platform: str, device: str, port: str) -> Iterator[Screen]:
    """Give every query to Prometheus of Device and Interface."""
    for name in ("device", "interface"):
        for query in queries(network.dashboards()[name], range_s=_RANGE_S, device=device, ifName=port):
            if query.source == "prometheus":
                yield Screen(platform, device, query)


def answers(network: Network, screen: Screen) -> bool:
    """Whether there is anything to see."""
    return any(_lines(network, screen.query))


def moves(network: Network, screen: Screen) -> bool:
    """Whether a line, or the number of a tile, has had more than one value."""
    return any(len(set(line)) > 1 for line in _lines(network, screen.query))


def samples(network: Network, selector: str, seconds: float) -> Iterator[tuple[dict[str, str], list[Sample]]]:
    """Give what Prometheus stored in the last seconds: each series' labels, and its times and values."""
    for row in _get(network, "query", query=f"{selector}[{seconds:.0f}s]"):
        yield row["metric"], [(float(at), float(value)) for at, value in row["values"]]


def _lines(network: Network, query: Query) -> list[list[float]]:
    """The numbers of a query's series, for now or over the range; series of nothing but NaN are none."""
    if query.instant:
        found = [[row["value"]] for row in _get(network, "query", query=query.expr)]
    else:
        now = time.time()
        asked = {"query": query.expr, "start": now - _RANGE_S, "end": now, "step": query.step_s}
        found = [row["values"] for row in _get(network, "query_range", **asked)]
    lines = ([float(value) for _, value in line if value != "NaN"] for line in found)
    return [line for line in lines if line]


def _get(network: Network, path: str, **parameters: Any) -> list[dict[str, Any]]:
    endpoint = network.document["settings"]["endpoints"]["prometheus"]
    url = f"http://{endpoint}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(url, timeout=10) as response:
        found: list[dict[str, Any]] = json.load(response)["data"]["result"]
    return found
