"""The list of files, and how two trees are read from the disk."""

import json
import os
from pathlib import Path

import pytest

from sotpctl.apply import ApplyError
from sotpctl.apply.diff import changes, compare, trees


def _tree(folder: Path, files: dict[str, str], **manifest: object) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    document = {"release": "0123456789ab", "files": dict.fromkeys(files, "0"), "endpoints": {}, **manifest}
    (folder / "manifest.json").write_text(json.dumps(document))
    return folder


def test_a_file_says_how_many_lines_come_and_go() -> None:
    """Of a changed file; the headers of its patch don't count, though they begin alike."""
    (change,) = compare({"a": b"--- x\none\ntwo\n"}, {"a": b"+++ y\none\n2\n3\n"})
    assert (change.kind, change.added, change.removed) == ("changed", 3, 2)
    assert change.lines[:3] == ("--- current/a", "+++ build/a", "@@ -1,3 +1,4 @@")


def test_bytes_that_are_no_text_are_compared_as_bytes() -> None:
    """Two that look the same when decoded are different, and shown as what they are."""
    (change,) = compare({"a": b"\xff\n"}, {"a": b"\xfe\n"})
    assert change.lines[-2:] == ("-\\xff", "+\\xfe")


def test_a_line_end_is_a_change() -> None:
    """CRLF for LF is another file."""
    assert [change.kind for change in compare({"a": b"x\r\n"}, {"a": b"x\n"})] == ["changed"]


def test_what_is_missing_or_a_folder_in_the_release_is_added(tmp_path: Path) -> None:
    """Somebody deleted one file and made a folder of another: the next apply puts both back."""
    files = {"a": "1\n", "b": "2\n", "c": "3\n"}
    current, build = _tree(tmp_path / "current", files), _tree(tmp_path / "build", files)
    (current / "a").unlink()
    (current / "b").unlink()
    (current / "b").mkdir()
    assert [(change.file, change.kind) for change in changes(current, build)] == [("a", "added"), ("b", "added")]


@pytest.mark.parametrize("damage", ["", "{", "[]", "null"])
def test_a_release_without_a_sound_manifest_is_compared_by_what_stands_there(tmp_path: Path, damage: str) -> None:
    """Its files are on the disk, whatever the manifest says; that it is damaged is a change, too."""
    current, build = _tree(tmp_path / "current", {"a": "1\n", "x": "0\n"}), _tree(tmp_path / "build", {"a": "2\n"})
    (current / "manifest.json").write_text(damage)
    assert [(change.file, change.kind) for change in changes(current, build)] == [
        ("a", "changed"),
        ("manifest.json", "changed"),
        ("x", "removed"),
    ]


def test_a_rendered_tree_that_is_not_whole_is_an_error(tmp_path: Path) -> None:
    """The new side must be sound."""
    with pytest.raises(ApplyError, match=r"manifest\.json: no such file"):
        trees(None, tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    """Not being allowed to look is no difference."""
    current, build = (_tree(tmp_path / name, {"a": "1\n"}) for name in ("current", "build"))
    (current / "a").chmod(0)
    with pytest.raises(ApplyError, match=r"/a: can't be read: Permission denied"):
        trees(current, build)


def test_the_manifest_counts_where_it_alone_says_something(tmp_path: Path) -> None:
    """Hashes follow from the files; an endpoint stands nowhere else."""
    current = _tree(tmp_path / "current", {"a": "1\n"}, endpoints={"loki": "127.0.0.1:1"})
    build = _tree(tmp_path / "build", {"a": "1\n"}, endpoints={"loki": "127.0.0.1:1"}, exporters={"icmp": "x"})
    assert list(changes(current, build)) == []
    build = _tree(tmp_path / "build", {"a": "1\n"}, endpoints={"loki": "127.0.0.1:2"})
    assert [(change.file, change.kind) for change in changes(current, build)] == [("manifest.json", "changed")]
