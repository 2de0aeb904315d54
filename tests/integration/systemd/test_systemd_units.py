"""Rendered units before the real systemd-analyze, and what their restrictions do to the real programs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sotpctl.inventory import load
from sotpctl.render import plan
from sotpctl.render.systemd import build

ROOT = Path(__file__).parents[3]
MOST_EXPOSURE = 2.0  # of 10; systemd calls up to 5 "medium"
_DENY = """
import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0): sys.exit(77)  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units of an inventory with difficult names; programs that aren't installed here are replaced."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    settings = {"apply": {"directory": '/etc/so "tp" 100% $HOME'}, "web": {"config_file": "/etc/web é.yml"}}
    inventory_file = tmp_path / "inventory.yaml"
    inventory_file.write_text(yaml.safe_dump({"settings": settings, "devices": {"a": {"address": "192.0.2.1"}}}))
    inventory = load(inventory_file).inventory
    assert inventory is not None
    for name, content in build(inventory.settings, ("facts", "icmp", "syslog")).items():
        (tmp_path / name).write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=true", content.decode()))
    assert plan(inventory, "").files["systemd/sotp.target"] == (tmp_path / "sotp.target").read_bytes()
    return sorted(path for path in tmp_path.iterdir() if path.name.startswith("sotp"))


def _analyze(*arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_systemd_takes_every_unit(units: list[Path]) -> None:
    """`systemd-analyze verify` has nothing to say; it would, about a key that doesn't exist."""
    assert len(units) == 6
    assert _analyze("verify", *units) == (0, "")
    service = units[0]
    service.write_text(service.read_text().replace("[Service]", "[Service]\nPrivateTemp=true"))
    assert re.search("Unknown key.*'PrivateTemp'", _analyze("verify", service)[1])


def test_exposure_is_low(units: list[Path]) -> None:
    """`systemd-analyze security` gives each service at most 2.0 of 10."""
    for unit in units:
        if unit.suffix == ".service":
            said = _analyze("security", "--offline=true", "--no-pager", unit)[1]
            (score,) = re.findall(r"Overall exposure level for \S+: (\S+)", said)
            assert float(score) <= MOST_EXPOSURE, (unit.name, said)


@pytest.mark.parametrize(
    "code",
    [
        "import exporters.icmp.app, exporters.kit.run, ctypes; ctypes.create_string_buffer(8)",
        "import exporters.facts.app, bcrypt; assert bcrypt.checkpw(b'x', bcrypt.hashpw(b'x', bcrypt.gensalt(4)))",
    ],
)
def test_exporters_need_no_writable_code(code: str) -> None:
    """MemoryDenyWriteExecute=true costs them nothing: the kernel's own switch for it, prctl(PR_SET_MDWE)."""
    _denied(sys.executable, "-c", code)


@pytest.mark.engines
@pytest.mark.parametrize("name", ["prometheus", "alertmanager"])
def test_engines_need_no_writable_code(name: str) -> None:
    """Nor the engines."""
    program = shutil.which(name, path=f"{ROOT}/.engines/bin")
    if program is None:
        pytest.skip("needs the engines: make engines")
    _denied(program, "--version")


def _denied(*argv: str) -> None:
    done = subprocess.run([sys.executable, "-c", _DENY, *argv], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("needs Linux 6.3 for PR_SET_MDWE")
    assert done.returncode == 0, done.stderr
