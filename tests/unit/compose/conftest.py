"""compose.yaml as Compose reads it, with the values of an .env file put in."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
REQUIRED = {"SOTP_UID": "990", "SOTP_GID": "991", "SOTP_DOMAIN": "noc.example.net"}

# ${NAME}, ${NAME:-default}, ${NAME:+instead}, ${NAME:?message}: what compose.yaml uses of Compose's interpolation.
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<how>[-+?])(?P<text>[^}]*))?\}")


class UnsetError(Exception):
    """A variable that must be set isn't; the text is what the user reads."""


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    """Put the variables in, as Compose does it: an empty one counts as unset."""

    def value(match: re.Match[str]) -> str:
        found, how, other = environment.get(match["name"], ""), match["how"], match["text"] or ""
        if how == "+":
            return other if found else ""
        if how == "?" and not found:
            raise UnsetError(other)
        return found or (other if how == "-" else "")

    return _VARIABLE.sub(value, text)


def _walk(node: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(node, str):
        return interpolate(node, environment)
    if isinstance(node, list):
        return [_walk(one, environment) for one in node]
    if isinstance(node, dict):
        return {key: _walk(one, environment) for key, one in node.items()}
    return node


Compose = Callable[..., dict[str, Any]]


@pytest.fixture
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture
def compose() -> Compose:
    """Give compose.yaml with an environment's values; what must be set is set unless `bare`."""

    def read(environment: Mapping[str, str] | None = None, *, bare: bool = False) -> dict[str, Any]:
        given = ({} if bare else REQUIRED) | dict(environment or {})
        data: dict[str, Any] = _walk(yaml.safe_load((ROOT / "compose.yaml").read_text()), given)
        return data

    return read


@pytest.fixture
def services(compose: Compose) -> dict[str, dict[str, Any]]:
    """The services with the defaults."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


@pytest.fixture
def unset_error() -> type[Exception]:
    """The exception for a variable that must be set."""
    return UnsetError
