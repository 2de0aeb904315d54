"""Queries as Grafana would send them."""

from typing import Any

import pytest

from sotpctl.render.grafana.queries import fill_in, queries
from tests.unit.grafana.promql import Selector, selectors

_DASHBOARD: dict[str, Any] = {
    "panels": [
        {"type": "row", "panels": [{"type": "stat", "title": "b", "targets": [], "fieldConfig": {"defaults": {}}}]},
        {
            "type": "stat",
            "title": "a",
            "fieldConfig": {"defaults": {"noValue": "no data"}},
            "targets": [{"refId": "A", "expr": 'rate(x{device=~"$device"}[$__rate_interval])', "instant": True}],
        },
    ]
}


def test_grafana_queries_fill_in_variables() -> None:
    """Variables, built-in ones too, become what Grafana would put there."""
    (query,) = queries(_DASHBOARD, range_s=900, device="waw-1")
    assert query.expr == 'rate(x{device=~"waw-1"}[120s])'
    assert (query.panel, query.ref, query.instant, query.may_be_empty) == ("a", "A", True, False)


def test_grafana_rate_interval_grows_with_the_step() -> None:
    """Of wide steps, a rate covers the step and one scrape."""
    assert "[630s]" in queries(_DASHBOARD, range_s=600_000)[0].expr


def test_grafana_variables_without_a_value_are_a_mistake() -> None:
    """A name that nothing fills in would reach Prometheus as it stands."""
    with pytest.raises(KeyError, match="nobody"):
        fill_in("x > $nobody", {})
    assert fill_in('label_replace(x, "a", "$1", "b", "(.+)")', {}).count("$1") == 1
    assert fill_in("${site:raw}", {"site": "waw"}) == "waw"


def test_grafana_selectors_of_an_expression() -> None:
    """The tests' reader of PromQL finds every series and nothing else."""
    expr = (
        'sum by (site) (a:b:c{d="}x"}[5m]) or label_replace(e, "f", "$1", "g", "(.+)") * on (h) group_left () '
        'max(i{j=~"k"}) + 5 and (l == bool 2) - time()'
    )
    assert [selector.metric for selector in selectors(expr)] == ["a:b:c", "e", "i", "l"]
    assert selectors("x[$__range]") == [Selector("x", "", "[$__range]")]
