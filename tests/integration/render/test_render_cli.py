"""`sotpctl render` as a person types it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.engines

ROOT = Path(__file__).parents[3]
Render = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def render(tmp_path: Path, tool: Callable[[str], Path]) -> Render:
    """Run the command in a folder that holds the repository's inventory."""
    tool("promtool")
    shutil.copy(ROOT / "inventory.yaml", tmp_path)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sotpctl.cli.main", "render", *arguments],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def test_render_cli_writes_the_repositorys_inventory_and_says_so(render: Render, tmp_path: Path) -> None:
    """The first time it says how much and which release, the second time that nothing changed."""
    first = render()
    release = json.loads((tmp_path / "build" / "manifest.json").read_text())["release"]
    count = sum(path.is_file() for path in (tmp_path / "build").rglob("*"))

    assert (first.returncode, first.stdout) == (0, f"build: {count} files, release {release}\n"), first.stderr
    second = render()
    assert (second.returncode, second.stdout) == (0, f"build: nothing changed, {count} files, release {release}\n")
    third = render("--output", "json")
    assert json.loads(third.stdout) == {"changed": False, "files": count, "out": "build", "release": release}


def test_render_cli_refuses_a_folder_with_foreign_files(render: Render, tmp_path: Path) -> None:
    """Exit 1, one line on stderr, nothing on stdout, the file untouched."""
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "mine").write_text("x")

    done = render("--no-verify")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("build holds what sotpctl didn't write (mine)")
    assert (tmp_path / "build" / "mine").read_text() == "x"


def test_render_cli_says_what_the_disk_refuses(render: Render, tmp_path: Path) -> None:
    """A folder that can't be made is one line, no traceback."""
    (tmp_path / "file").write_text("")

    done = render("--no-verify", "--out", "file/build")

    assert done.returncode == 1
    assert "can't be written: " in done.stderr
    assert "Traceback" not in done.stderr


def test_render_cli_shows_mistakes_of_the_inventory_alone(render: Render, tmp_path: Path) -> None:
    """A broken inventory writes nothing."""
    (tmp_path / "inventory.yaml").write_text("devices: {a: {adress: 192.0.2.1}}\n")

    done = render()

    assert done.returncode == 1
    assert "inventory.yaml:1:15: devices.a.adress" in done.stderr
    assert not (tmp_path / "build").exists()
