"""What a request to the lab's daemon holds. Each function raises RequestError, which says what would be right. Pure."""

import math
from collections.abc import Mapping
from typing import Any


class RequestError(Exception):
    """A request that can't be done; the text says what is wrong and what would be right."""


def names_of(request: Mapping[str, Any]) -> list[str]:
    """Returns the devices that it names, each once; none where it names none."""
    found = request.get("devices", [])
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise RequestError('"devices" must be a list of names')
    return list(dict.fromkeys(found))


def name_of(request: Mapping[str, Any], key: str) -> str | None:
    """Returns a name; None where it has none."""
    value = request.get(key)
    if value is not None and not isinstance(value, str):
        raise RequestError(f'"{key}" must be a name')
    return value


def number_of(request: Mapping[str, Any], key: str, largest: float) -> float | None:
    """Returns a number from 0 to `largest`; None where it has none."""
    value = request.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RequestError(f'"{key}" must be a number')
    if not 0 <= value <= largest:
        raise RequestError(f'"{key}" must be from 0 to {largest:g}, not {value:g}')
    return float(value)
