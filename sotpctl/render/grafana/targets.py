"""Queries of panels: at the end of the time range, as rows of a table, or over time; of Prometheus, and of Loki."""

from grafana_foundation_sdk.builders import loki
from grafana_foundation_sdk.builders import prometheus as builders
from grafana_foundation_sdk.models import prometheus

from sotpctl.render.grafana.variables import DATA_SOURCE, LOGS_SOURCE


def now(expr: str, ref: str = "A") -> builders.Dataquery:
    """Ask once, for the end of the time range."""
    return _query(expr, ref).instant()


def rows(expr: str, ref: str = "A") -> builders.Dataquery:
    """Ask once, and get a row of a table for each series, its labels in columns and its value in `Value #ref`."""
    return _query(expr, ref).instant().format(prometheus.PromQueryFormat.TABLE)


def row_for_each_step(expr: str, ref: str) -> builders.Dataquery:
    """Ask over time, and get a row of a table for each series and step."""
    return _query(expr, ref).range().format(prometheus.PromQueryFormat.TABLE)


def over_time(expr: str, legend: str, ref: str = "A") -> builders.Dataquery:
    """Ask over time; `legend` names the series."""
    return _query(expr, ref).range().legend_format(legend)


def log_lines(expr: str, ref: str = "A") -> loki.Dataquery:
    """Ask Loki for lines, newest first."""
    return _log_query(expr, ref).query_type("range").range(True).max_lines(1000)


def log_rows(expr: str, ref: str = "A") -> loki.Dataquery:
    """Ask Loki once for numbers, for the end of the time range."""
    return _log_query(expr, ref).query_type("instant").instant(True)


def _log_query(expr: str, ref: str) -> loki.Dataquery:
    return loki.Dataquery().datasource(LOGS_SOURCE).expr(expr).ref_id(ref)


def _query(expr: str, ref: str) -> builders.Dataquery:
    return builders.Dataquery().datasource(DATA_SOURCE).expr(expr).ref_id(ref)
