"""Fixtures of the end-to-end tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.network import Network
from tests.e2e.running import running


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """A network that is up and watched; taken down afterwards, its messages shown when the test failed."""
    yield from running(Network, tmp_path)
