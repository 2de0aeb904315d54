"""docs/security.md is true: its commands run, and what they make works together."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from exporters.kit import web_config, web_tls
from sotpctl.inventory import load
from sotpctl.render import plan

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
_MODULES = {"sotp-exporter": "exporters.main", "python3": ""}


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def run(tmp_path: Path):
    """Run commands of the page in an empty folder, with this Python and this SOTP."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, module in _MODULES.items():
        more = f"-m {module} " if module else ""
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} {more}"$@"\n')
        (programs / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def commands(text: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return commands


def test_the_pages_commands_make_a_working_setup(run, tmp_path: Path) -> None:
    """Certificates, password and web.yml fit together and the inventory; an exporter takes them."""
    make, check = _blocks("sh")
    (inventory,) = _blocks("yaml")
    run(make)
    (tmp_path / "inventory.yaml").write_text(inventory)
    loaded = load(tmp_path / "inventory.yaml").inventory
    assert loaded is not None
    for name, content in plan(loaded, "").files.items():
        (tmp_path / "build" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "build" / name).write_bytes(content)
    assert run(check) == "ok\n"
    config = web_config.read(tmp_path / "web.yml")
    assert config.tls is not None
    assert web_tls.context(config.tls).get_ca_certs() == []
    web = loaded.settings.web
    assert web is not None
    assert web.username in config.users
    run(f"openssl verify -CAfile {web.ca_file} -verify_hostname {web.server_name} server.pem")
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("*.key")} == {0}


def test_the_units_that_the_page_names_are_rendered(tmp_path: Path) -> None:
    """No command leads to a unit that isn't there."""
    (tmp_path / "inventory.yaml").write_text("devices: {a: {address: 192.0.2.1}}")
    inventory = load(tmp_path / "inventory.yaml").inventory
    assert inventory is not None
    rendered = {Path(name).name for name in plan(inventory, "").files if name.startswith("systemd/")}
    assert set(re.findall(r"sotp[\w-]*\.(?:service|target)", TEXT)) <= rendered
