"""What is said of a LogQL expression by its text alone: right ones are left alone."""

import pytest

from sotpctl.inventory import logql_expr

_RIGHT = [
    "vector(1) > 0",
    'sum by (device) (count_over_time({job="syslog"} |= "it\'s {{ (down" [5m])) > 0',
    'count_over_time({job="syslog"} |~ `a"b(` != "\\"#" [5m]) > 0 # why (not',
    '(\n  # how many\n  sum(rate({job="syslog"} [5m]))\n)\n/ 2 > 1',
    'sum without (role) (count_over_time({site=~"waw|krk$"} | json | app="x" [5m])) > 10',
    'quantile_over_time(0.9, {job="syslog"} | logfmt | unwrap took [5m]) by (device) > 2',
    'absent_over_time({job="syslog", device="fw-1"} [15m])',
    'sum(rate({job="a"}[1m])) by (site) and on (site) sum(rate({job="b"}[1m])) by (site) > bool 0',
]


@pytest.mark.parametrize("expr", _RIGHT)
def test_loki_rules_right_expressions_are_left_alone(expr: str) -> None:
    """Strings of both kinds, comments, sets and functions: brackets in them count for nothing."""
    assert list(logql_expr.mistakes(expr)) == []


def test_loki_rules_matchers_are_those_of_selectors() -> None:
    """Filters behind a selector, strings and comments are none."""
    expr = '# {a="b"}\nrate({job="syslog",device!~`x.*`} | site="krk" |= "{role=\\"x\\"}" [5m]) > 0'
    assert list(logql_expr.matchers(expr)) == [("job", "=", "syslog"), ("device", "!~", "x.*")]


@pytest.mark.parametrize(
    ("expr", "labels"),
    [
        ('sum by (device, site) (rate({job="x"}[5m]))', {"device", "site"}),
        ('sum(rate({job="x"} |= "by (role)" [5m])) by(site)', {"site"}),
        ('rate({job="x"}[5m])', None),
        ('sum without (device) (rate({job="x"}[5m]))', None),
        ('sum by (site) (rate({job="x"}[5m])) or rate({job="x"}[5m])', None),
        ('sum by (site) (rate({job="x"}[5m])) * on (site) group_left (role) vector(1)', None),
    ],
)
def test_loki_rules_what_is_left_is_said_only_where_it_is_known(expr: str, labels: set[str] | None) -> None:
    """Lists of `by` say which labels are left, unless another part may bring more."""
    assert logql_expr.kept(expr) == labels
