"""Writing that a power cut can't tear: what is renamed was flushed before, and its folder is flushed after."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sotpctl.apply import Store, files, read_manifest, secrets

Calls = list[tuple[str, str]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Calls:
    """Every fsync and rename, with the path relative to the test's folder, in order."""
    seen: Calls = []
    fsync, rename = os.fsync, os.rename

    def relative(path: object) -> str:
        return str(Path(str(path)).relative_to(tmp_path)).replace(f".{os.getpid()}.", ".PID.")

    def watched_fsync(descriptor: int) -> None:
        seen.append(("fsync", relative(Path(f"/proc/self/fd/{descriptor}").readlink())))
        fsync(descriptor)

    def watched_rename(source: Path, target: Path) -> None:
        seen.append(("rename", relative(target)))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "rename", watched_rename)
    return seen


def test_a_replaced_file_is_flushed_before_and_its_folder_after(tmp_path: Path, calls: Calls) -> None:
    """Contents, then the rename, then the entry."""
    files.replace(tmp_path / "a", b"x", 0o640)
    assert calls == [("fsync", ".a.PID.aside"), ("rename", "a"), ("fsync", ".")]
    assert (tmp_path / "a").read_bytes() == b"x"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_release_is_flushed_whole_before_it_has_its_name(tree, tmp_path: Path, calls: Calls) -> None:
    """Every file and every folder on the way to it come before the rename, the folder of releases after it."""
    root = tree({"a": "1", "b/c/d": "2"})
    store, manifest = Store(tmp_path / "sotp"), read_manifest(root)
    store.stage(root, manifest)
    named = calls.index(("rename", f"sotp/releases/{manifest.release}"))
    aside = f"sotp/releases/.{manifest.release}.PID.aside"
    flushed = {path.removeprefix(aside) for call, path in calls[:named] if call == "fsync"}
    assert {"/.a.PID.aside", "/b/c/.d.PID.aside", "/.manifest.json.PID.aside", "", "/b", "/b/c"} <= flushed
    assert calls[named + 1 :] == [("fsync", "sotp/releases"), ("fsync", "sotp")]


def test_secrets_are_all_ready_before_the_first_is_replaced(tmp_path: Path, calls: Calls) -> None:
    """New values and copies of the old ones are on the disk before a rename; undoing is renames alone."""
    secrets.write(tmp_path, {"a": b"old", "b": b"old"})
    calls.clear()
    before = secrets.write(tmp_path, {"a": b"new", "b": b"new"})
    assert [call for call, _ in calls] == ["fsync"] * 4 + ["rename"] * 2 + ["fsync"]
    calls.clear()
    secrets.restore(tmp_path, before)
    assert calls == [("rename", "a"), ("rename", "b"), ("fsync", ".")]
    assert [(tmp_path / name).read_bytes() for name in "ab"] == [b"old", b"old"]


@pytest.mark.parametrize(
    "write", [lambda path: files.replace(path, b"new", 0o600), lambda path: files.relink(path, "b")]
)
def test_a_rename_that_fails_leaves_nothing_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None]
) -> None:
    """The old one stands, and only it."""

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(OSError, match="Input/output"):
        write(tmp_path / "a")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]


def test_only_names_that_we_give_count_as_leftovers(tmp_path: Path) -> None:
    """Other hidden files are other people's."""
    for name in (".a.17.aside", ".a.b.17.before", ".a.aside", ".a.x.aside", "a.17.aside", ".a.17.aside~", ".swp"):
        (tmp_path / name).touch()
    assert [path.name for path in files.leftovers(tmp_path, ".*")] == [".a.17.aside", ".a.b.17.before"]


def test_folders_go_as_far_as_they_are_empty(tmp_path: Path) -> None:
    """Up to and with the one that is named, and never a file or a folder that holds something."""
    (tmp_path / "top" / "b" / "c").mkdir(parents=True)
    (tmp_path / "top" / "file").touch()
    files.rmdirs(tmp_path / "top" / "b" / "c", tmp_path / "top")
    assert [path.name for path in (tmp_path / "top").iterdir()] == ["file"]
    files.rmdirs(tmp_path / "top" / "file", tmp_path / "top")
    (tmp_path / "top" / "file").unlink()
    files.rmdirs(tmp_path / "top" / "gone", tmp_path / "top")
    assert list(tmp_path.iterdir()) == []
