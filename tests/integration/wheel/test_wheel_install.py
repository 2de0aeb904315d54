"""What is installed from the wheel works without the checkout."""

import json
import shutil
import subprocess
import threading
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.integration.wheel.conftest import ROOT, Installed

CODE = {".py", ".pyc"}
CACHES = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def _data(folder: str) -> set[str]:
    """Give the files of a folder of the checkout that aren't code."""
    paths = [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix not in CODE]
    return {str(path.relative_to(ROOT)) for path in paths if not CACHES & {*path.parts}}


def test_wheel_holds_all_data(installed: Installed):
    """Data of the packages, rules, templates and Loki's file are in it; tests, benches and secrets' folders aren't."""
    with zipfile.ZipFile(installed.wheel) as archive:
        names = set(archive.namelist())

    data = {f"sotpctl/_data/{name}" for folder in ("rules", "alertmanager", "loki") for name in _data(folder)}
    assert data | _data("exporters") | _data("sotpctl") | _data("lab") <= names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"exporters", "sotpctl", "lab"}
    assert not [name for name in names if CACHES & {*name.split("/")}]


def test_wheel_is_what_runs(installed: Installed):
    """All three packages come from the environment: the checkout can't be imported there."""
    code = "import exporters, lab, sotpctl; print(exporters.__file__, lab.__file__, sotpctl.__file__, sep='\\n')"
    files = [Path(line) for line in installed.run("python", "-c", code).stdout.splitlines()]

    assert len(files) == 3
    assert all(installed.environment in file.parents for file in files)
    paths = json.loads(installed.run("python", "-c", "import json, sys; print(json.dumps(sys.path))").stdout)
    assert str(ROOT) not in paths


def test_wheel_validates(installed: Installed):
    """`sotpctl validate` takes the example's inventory: it knows the platforms."""
    assert "24 devices, no error" in installed.run("sotpctl", "validate").stderr


@pytest.mark.engines
def test_wheel_renders_what_the_tools_accept(installed: Installed):
    """`sotpctl render` writes every file, and promtool and amtool from PATH accept them."""
    for tool in ("promtool", "amtool"):
        if shutil.which(tool, path=installed.variables()["PATH"]) is None:
            pytest.skip(f"no {tool}: make engines")
    installed.run("sotpctl", "render", "--out", "checked")

    out = installed.folder / "checked"
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert {"prometheus/rules/reachability.yml", "alertmanager/templates/slack.tmpl", "loki/loki.yml"} <= files


def test_wheel_renders_the_same_as_the_checkout(installed: Installed, tmp_path: Path):
    """The bytes are those that the checkout renders."""
    from sotpctl.inventory import load
    from sotpctl.render import plan

    installed.run("sotpctl", "render", "--no-verify", "--out", str(tmp_path / "build"))

    inventory = load(installed.folder / "inventory.yaml").inventory
    assert inventory
    out = tmp_path / "build"
    written = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert written == plan(inventory, "").files


def test_wheel_runs_an_exporter(installed: Installed, tmp_path: Path):
    """`sotp-exporter facts` serves the facts of what was rendered, and its version is the wheel's."""
    installed.run("sotpctl", "render", "--no-verify", "--out", str(tmp_path / "build"))
    command = installed.environment / "bin" / "sotp-exporter"
    config = tmp_path / "build" / "exporters" / "facts.json"
    process = subprocess.Popen(
        [command, "facts", "--config", config, "--web.listen-address=127.0.0.1:0"],
        cwd=installed.folder, env=installed.variables(), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    watchdog = threading.Timer(30, process.kill)
    watchdog.start()
    try:
        assert process.stderr
        line = next(line for line in process.stderr if 'msg="listening"' in line)
        address = line.partition(" address=")[2].split()[0]
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    finally:
        process.terminate()
        process.communicate(timeout=20)
        watchdog.cancel()

    assert 'sotp_device_dependents{device="waw-acc-1"} 8' in text
    assert "sotp_exporter_build_info" in text
    assert process.returncode == 0
