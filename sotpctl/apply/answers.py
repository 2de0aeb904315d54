"""What an engine answers, and what of the release that is compared with: read without trust."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from sotpctl.apply.client import UnansweredError, first_line


@contextmanager
def shape(engine: str) -> Iterator[None]:
    """Turn what goes wrong in reading an answer into UnansweredError: it comes from something else."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError, yaml.YAMLError) as error:
        what = f"{type(error).__name__} {first_line(str(error))}"
        raise UnansweredError(f"what listens there doesn't answer as {engine} does ({what})") from None


def ours(path: Path) -> Any:  # noqa: ANN401 - YAML
    """Read a YAML file of the release; UnansweredError where there is nothing to compare with."""
    try:
        return parsed_yaml(path.read_text())
    except (OSError, ValueError, yaml.YAMLError):
        raise UnansweredError(f"{path} can't be read to compare: `sotpctl apply` puts it back") from None


def parsed_yaml(text: str) -> Any:  # noqa: ANN401 - YAML
    """Read an engine's YAML; nothing is an empty mapping."""
    return yaml.load(text, Loader=yaml.CSafeLoader) or {}


def parsed_json(text: str) -> Any:  # noqa: ANN401 - JSON
    """Read an engine's JSON; UnansweredError where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        raise UnansweredError(f"the answer is no JSON: {first_line(text)}") from None
