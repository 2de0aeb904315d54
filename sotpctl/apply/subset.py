"""Whether an engine runs what was rendered: what it shows of its configuration is a rewritten superset.

Engines print their configuration with defaults filled in, falsy values left out, durations and matchers spelled
their own way, paths joined to the file's folder, and secrets masked. Source: `String()` of prometheus/prometheus
`config/config.go` and prometheus/alertmanager `config/config.go`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MASKED = "<secret>"
_UNITS_MS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_DURATION = re.compile(r"(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?")
_PART = re.compile(r"(\d+)(ms|[ywdhms])")
_MATCHER = re.compile(r"\s*([^\s=!~\"]+)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_MATCHER_KEYS = frozenset({"matchers", "source_matchers", "target_matchers"})


def missing(expected: Any, actual: Any, where: str = "") -> Iterator[str]:  # noqa: ANN401 - parsed YAML
    """Say each thing of `expected` that `actual` doesn't have, as `scrape_configs[2].scrape_interval: …`."""
    if isinstance(expected, Mapping):
        yield from _missing_keys(expected, actual if isinstance(actual, Mapping) else {}, where)
    elif isinstance(expected, list):
        yield from _missing_items(expected, actual if isinstance(actual, list) else [], where)
    elif not same(expected, actual):
        yield f"{where}: it runs with {_shown(actual)}, rendered is {_shown(expected)}"


def same(expected: Any, actual: Any) -> bool:  # noqa: ANN401 - parsed YAML
    """Whether two scalars mean the same to an engine."""
    if actual in (_MASKED, expected) or (not expected and actual is None):
        return True
    if isinstance(expected, bool) or isinstance(actual, bool):
        return False
    left, right = str(expected), str(actual)
    return (
        left == right
        or (_milliseconds(left) is not None and _milliseconds(left) == _milliseconds(right))
        or right.endswith("/" + left.removeprefix("./"))  # the engine joins a relative path to its file's folder
        or left.rstrip("/") == right.rstrip("/")  # and URLs gain a slash
    )


def _missing_keys(expected: Mapping[str, Any], actual: Mapping[str, Any], where: str) -> Iterator[str]:
    # Header names come back in their canonical capitals.
    folded = {str(key).lower(): value for key, value in actual.items()}
    for key, value in expected.items():
        path = f"{where}.{key}" if where else str(key)
        found = actual.get(key, folded.get(str(key).lower()))
        if key in _MATCHER_KEYS:
            yield from missing(_matchers(value), _matchers(found), path)
        else:
            yield from missing(value, found, path)


def _missing_items(expected: Sequence[Any], actual: Sequence[Any], where: str) -> Iterator[str]:
    if len(expected) != len(actual):
        yield f"{where}: it runs with {len(actual)} entries, rendered are {len(expected)}"
        return
    for number, (left, right) in enumerate(zip(expected, actual, strict=True)):
        yield from missing(left, right, f"{where}[{number}]")


def _matchers(value: Any) -> Any:  # noqa: ANN401 - parsed YAML
    if not isinstance(value, list):
        return value
    return sorted(_matcher(str(item)) for item in value)


def _matcher(text: str) -> str:
    match = _MATCHER.fullmatch(text)
    if match is None:
        return text
    name, operator, value = match.groups()
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        value = value[1:-1]
    return f"{name}{operator}{value}"


def _milliseconds(text: str) -> int | None:
    if not text or not _DURATION.fullmatch(text):
        return 0 if text == "0" else None
    return sum(int(number) * _UNITS_MS[unit] for number, unit in _PART.findall(text))


def _shown(value: Any) -> str:  # noqa: ANN401 - parsed YAML
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
