r"""Prometheus's text format 0.0.4, written by hand.

prometheus_client costs 4.7 µs a sample, because it builds objects and escapes every label at every scrape.
A device's labels change only at a reload, so an exporter builds the text before the value once and joins:

    prefix = series("icmp_up", label_text({"device": "waw-core-1"}))     # 'icmp_up{device="waw-core-1"} ', at reload
    body = header("icmp_up", "gauge", "…") + samples((prefix, value) for …)                           # at a scrape

Source: https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

import math
import re
from collections.abc import Iterable, Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_NEEDS_ESCAPE = re.compile('[\\\\"\n\ud800-\udfff]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
_LABEL_NAME = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_TYPES = frozenset({"counter", "gauge", "histogram", "summary", "untyped"})
_COUNTER_END = 2**64
_NO_CHARACTER = "\ufffd"  # stands for a lone surrogate, which UTF-8 can't carry


def escape_label(value: str) -> str:
    """Returns a label's value as it stands between the quotes."""
    if _NEEDS_ESCAPE.search(value) is None:
        return value
    return _NEEDS_ESCAPE.sub(lambda found: _ESCAPES.get(found[0], _NO_CHARACTER), value)


def label_text(labels: Mapping[str, str]) -> str:
    """Returns `device="a",site="b"`, in the mapping's order, without braces.

    Raises:
        ValueError: A label's name isn't one.
    """
    for name in labels:
        if not _LABEL_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no label name: letters, digits and _ only, neither a digit nor __ first")
    return ",".join([f'{name}="{escape_label(value)}"' for name, value in labels.items()])


def series(name: str, labels: str = "") -> str:
    """Returns all of a sample's line that stands before its value, the blank included.

    Args:
        name: The metric's name.
        labels: What `label_text` made; joined with commas if it comes in parts.
    """
    return f"{name}{{{labels}}} " if labels else f"{name} "


def header(name: str, type: str, help: str) -> str:  # noqa: A002  # the format's own words
    """Returns a family's two comment lines.

    Raises:
        ValueError: The name or the type isn't one of the format's.
    """
    if not _METRIC_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no metric name")
    if type not in _TYPES:
        raise ValueError(f"{type!r} is no metric type; there are {', '.join(sorted(_TYPES))}")
    text = _NEEDS_ESCAPE.sub(_escape_help, help)
    return f"# HELP {name} {text}\n# TYPE {name} {type}\n"


def samples(rows: Iterable[tuple[str, float]]) -> str:
    """Returns a line for each pair of what `series` made and a number.

    The usual numbers are formatted in place: a call of `value_text` for each would cost half as much again.
    """
    return "".join(
        [
            f"{prefix}{value!r}\n"
            if (value.__class__ is float and value - value == 0)  # finite
            or (value.__class__ is int and -_COUNTER_END < value < _COUNTER_END)
            else f"{prefix}{value_text(value)}\n"
            for prefix, value in rows
        ]
    )


def value_text(value: float) -> str:
    """Returns a number as Go's ParseFloat reads it; a whole number too large for a float is infinite."""
    kind = value.__class__
    if kind is float:
        if math.isfinite(value):
            return repr(value)
        return "NaN" if value != value else ("+Inf" if value > 0 else "-Inf")  # noqa: PLR0124  # only NaN differs
    if kind is int and -_COUNTER_END < value < _COUNTER_END:
        return str(value)
    return _unusual_text(value)


def _unusual_text(value: float) -> str:
    """A bool, a subclass such as an IntEnum, or an integer beyond every counter."""
    try:
        return value_text(float(value))
    except OverflowError:
        return "+Inf" if value > 0 else "-Inf"


def _escape_help(found: re.Match[str]) -> str:
    return '"' if found[0] == '"' else _ESCAPES.get(found[0], _NO_CHARACTER)
