"""A SOTP of canaries, and receivers that refuse."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sotpctl.verify import tools
from tests.integration.secrets.receivers import Receivers, refusing
from tests.integration.secrets.site import TOOLS, Site


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    """A mail server and a web server that take no message."""
    with refusing() as made:
        yield made


@pytest.fixture(params=["env", "file"])
def site(request: pytest.FixtureRequest, receivers: Receivers, tmp_path: Path) -> Iterator[Site]:
    """A SOTP whose secrets are all given by the environment, or all by files; what runs of it ends with the test."""
    if not all(tools.find(name) for name in TOOLS):
        pytest.skip("needs the engines: make engines")
    made = Site(tmp_path, request.param, receivers.smtp, receivers.http)
    yield made
    made.run("stack", "down")
