"""The queries of a dashboard as Grafana would send them: for tests and benchmarks, without Grafana."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_HOUR_S = 3600
_NO_DATA = "no data"  # what a panel says that should never be empty
_ALL = ("site", "role", "device", "ifName", "severity", "alert", "event")
_DEFAULTS = dict.fromkeys(_ALL, ".*") | {"objective": "0.999", "mnemonic": "", "search": ""}


class Query(NamedTuple):
    """One query of one panel.

    Attributes:
        panel: The panel's title.
        ref: The query's refId.
        expr: PromQL or LogQL, all variables filled in.
        instant: Asked once for the end of the range, else over it.
        step_s: Seconds between two points over the range.
        may_be_empty: Nothing is good news: the panel says so in words of its own where there is no answer.
        source: Whom it is for: "prometheus" or "loki".
    """

    panel: str
    ref: str
    expr: str
    instant: bool
    step_s: int
    may_be_empty: bool
    source: str = "prometheus"


def queries(
    dashboard: Mapping[str, Any], *, range_s: int = 6 * _HOUR_S, points: int = 1000, scrape_s: int = 30, **values: str
) -> list[Query]:
    """List every query of every panel, to Prometheus and to Loki.

    Args:
        dashboard: A dashboard, parsed from its JSON.
        range_s: The time range in seconds.
        points: Points of a line, about a panel's width in pixels; a panel may want fewer or more.
        scrape_s: The data source's scrape interval in seconds.
        values: What to fill in for the dashboard's variables; by default everything is chosen.
    """
    found = []
    for panel in panels(dashboard):
        step_s = _step(panel, range_s, points, scrape_s)
        known = _DEFAULTS | values | _built_in(range_s, step_s, scrape_s)
        may_be_empty = panel["fieldConfig"]["defaults"].get("noValue", _NO_DATA) != _NO_DATA
        for target in panel.get("targets", ()):
            expr = fill_in(target["expr"], known)
            instant = bool(target.get("instant"))
            source = target.get("datasource", {}).get("type", "prometheus")
            found.append(Query(panel["title"], target["refId"], expr, instant, step_s, may_be_empty, source))
    return found


def panels(dashboard: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give every panel that isn't a heading, those under folded headings too."""
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panel.get("panels") or ()


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of `$name` and `${name}`; `$1` is PromQL's own.

    Raises:
        KeyError: A variable that nobody gives a value: the dashboard would send its name to Prometheus.
    """
    return re.sub(r"\$(?:\{([a-z_]\w*)(?::\w+)?\}|([a-z_]\w*))", lambda found: values[found[1] or found[2]], text)


def _step(panel: Mapping[str, Any], range_s: int, points: int, scrape_s: int) -> int:
    """Seconds between two points: what fills the panel, and not less than its, or the data source's, interval."""
    least = _seconds(panel["interval"]) if panel.get("interval") else scrape_s
    return max(least, range_s // int(panel.get("maxDataPoints") or points), 1)


def _built_in(range_s: int, step_s: int, scrape_s: int) -> dict[str, str]:
    return {
        "__range_s": str(range_s),
        "__range": f"{range_s}s",
        "__interval": f"{step_s}s",
        "__rate_interval": f"{max(step_s + scrape_s, 4 * scrape_s)}s",
    }


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": _HOUR_S}[duration[-1]]
