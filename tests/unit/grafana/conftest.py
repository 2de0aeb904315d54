"""The dashboards as they are committed."""

import json
from typing import Any

import pytest

from sotpctl.render import data


@pytest.fixture(scope="session")
def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboards/*.json, parsed, by file name."""
    return {name: json.loads(text) for name, text in data.files("dashboards", ".json").items()}
