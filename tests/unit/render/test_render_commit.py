"""Which commit of the inventory a release names."""

import subprocess
from pathlib import Path

import pytest

from sotpctl.render import commit


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with a committed inventory."""
    _git(tmp_path, "init", "-q")
    (tmp_path / "inventory.yaml").write_text("devices: {}\n")
    _git(tmp_path, "add", ".")
    _commit(tmp_path)
    return tmp_path


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.net", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _commit(folder: Path) -> str:
    _git(folder, "commit", "-q", "-m", "x")
    return _git(folder, "rev-parse", "HEAD")


def test_render_commit_is_the_last_one_that_touched_the_inventory(repository: Path) -> None:
    """A commit of something else doesn't count, nor does an uncommitted change of something else."""
    head = _git(repository, "rev-parse", "HEAD")
    (repository / "other").write_text("x")
    _git(repository, "add", "other")
    _commit(repository)
    (repository / "other").write_text("y")

    assert commit.of(repository / "inventory.yaml") == head


def test_render_commit_of_a_changed_inventory_is_dirty(repository: Path) -> None:
    """What is rendered isn't what was committed, and says so; a directory's new file counts too."""
    head = _git(repository, "rev-parse", "HEAD")
    (repository / "more.yaml").write_text("sites: {}\n")

    assert commit.of(repository) == f"{head}-dirty"
    assert commit.of(repository / "inventory.yaml") == head
    (repository / "inventory.yaml").write_text("sites: {}\n")
    assert commit.of(repository / "inventory.yaml") == f"{head}-dirty"


def test_render_commit_without_history_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside git, before the first commit, and where there is no git."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    path = tmp_path / "inventory.yaml"
    path.write_text("devices: {}\n")

    assert commit.of(path) == ""
    _git(tmp_path, "init", "-q")
    assert commit.of(path) == ""
    monkeypatch.setenv("PATH", "")
    assert commit.of(path) == ""
