"""The rules as an inventory with default settings gets them, and promtool to judge them."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sotpctl.inventory import load
from sotpctl.render import data, rules
from sotpctl.verify import tools
from tests.integration.status.conftest import network, running

__all__ = ["network", "running"]  # fixtures

_INVENTORY = "devices: {sw: {address: 192.0.2.1}}\n"
# One with devices that are polled, for the rules of that: of each poll class the tests use.
_POLLED = (
    "auths: {{ro: {{type: snmp, version: 2c, community: {{env: SOTP_TEST_COMMUNITY}}}}}}\n"
    "devices: {{sw: {{address: 192.0.2.1, snmp: {{auth: ro, poll_interval: {poll}}}}}}}\n"
)


@pytest.fixture(scope="session")
def promtool() -> Path:
    """Find promtool."""
    found = tools.find("promtool")
    if found is None:
        pytest.skip("no promtool: make engines")
    return found


@pytest.fixture(scope="session")
def rendered_rules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The rule files that a minimal inventory gives, and those about SNMP of one whose devices are polled."""
    folder = tmp_path_factory.mktemp("inventory")
    slow, polled = (_rendered(folder, _POLLED.format(poll=poll)) for poll in ("5m", "60s"))
    of_polls = {name: text for name, text in (slow | polled).items() if name.startswith("snmp")}
    return _rendered(folder, _INVENTORY) | of_polls


def _rendered(folder: Path, text: str) -> dict[str, bytes]:
    path = folder / "inventory.yaml"
    path.write_text(text)
    loaded = load(path)
    assert loaded.inventory, loaded.problems
    return rules.build(loaded.inventory, data.files("rules", ".yml"))


@pytest.fixture
def try_rules(promtool: Path, tmp_path: Path) -> Callable[[dict[str, bytes], str], subprocess.CompletedProcess[str]]:
    """Run one file of rules/tests against rule files."""

    def run(files: dict[str, bytes], family: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "tests"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        shutil.copy(data.folder("rules") / "tests" / family, folder)
        return subprocess.run(
            [promtool, "test", "rules", family], cwd=folder, capture_output=True, text=True, check=False
        )

    return run
