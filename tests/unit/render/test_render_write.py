"""The writer: all or nothing, and never what isn't ours."""

import errno
import json
import stat
from pathlib import Path

import pytest

from sotpctl.render import NotOursError, Plan, write
from sotpctl.render import write as writer  # the function; its module is fetched below
from sotpctl.verify import Finding


def _plan(**contents: str) -> Plan:
    files = {name.replace("__", "/"): text.encode() for name, text in contents.items()}
    manifest = json.dumps({"files": dict.fromkeys(files, "")}).encode()
    return Plan("r", files | {"manifest.json": manifest})


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_render_write_replaces_the_whole_folder(tmp_path: Path) -> None:
    """What an earlier render wrote and this one doesn't is gone; nothing is left beside the folder."""
    out = tmp_path / "deep" / "build"
    write(_plan(a="1", sub__old="1"), out, None)

    assert write(_plan(a="2", new="1"), out, None).changed
    assert sorted(_tree(out)) == ["a", "manifest.json", "new"]
    assert (out / "a").read_bytes() == b"2"
    assert [path.name for path in out.parent.iterdir()] == ["build"]


def test_render_write_of_the_same_changes_nothing(tmp_path: Path) -> None:
    """A second write says so and leaves the very files; a file that was changed by hand is put right."""
    out = tmp_path / "build"
    write(_plan(a="1"), out, None)
    before = (out / "a").stat()

    assert not write(_plan(a="1"), out, None).changed
    assert (out / "a").stat().st_ino == before.st_ino
    (out / "a").write_text("by hand")
    assert write(_plan(a="1"), out, None).changed
    assert (out / "a").read_text() == "1"


def test_render_write_refused_by_a_tool_leaves_the_folder(tmp_path: Path) -> None:
    """The tool reads the new tree aside; when it complains, the old one stays, to the byte."""
    out = tmp_path / "build"
    write(_plan(a="1"), out, None)
    before, seen = _tree(out), []

    def refuse(tree: Path) -> list[Finding]:
        seen.append(_tree(tree)["a"])
        return [Finding("tool", "no")]

    written = write(_plan(a="2"), out, refuse)

    assert (written.changed, [str(finding) for finding in written.findings]) == (False, ["tool: no"])
    assert seen == [b"2"]
    assert _tree(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


@pytest.mark.parametrize("manifest", [None, "{}", "no json", '{"files": {"manifest.json": ""}}'])
def test_render_write_never_deletes_a_foreign_file(tmp_path: Path, manifest: str | None) -> None:
    """A folder with a file that no manifest owns is refused, with the file's name and the ways out."""
    out = tmp_path / "build"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    if manifest is not None:
        (out / "manifest.json").write_text(manifest)
    before = _tree(out)

    with pytest.raises(NotOursError, match=r"build holds what sotpctl didn't write \(.*thesis.txt\).*--out"):
        write(_plan(a="1"), out, None)
    assert _tree(out) == before


def test_render_write_sees_a_foreign_file_beside_its_own(tmp_path: Path) -> None:
    """Also in a folder of ours, also a link, and also one that comes while the tools read."""
    out = tmp_path / "build"
    write(_plan(a="1"), out, None)

    def put(_: Path) -> tuple[Finding, ...]:
        (out / "notes").symlink_to("/nowhere")
        return ()

    with pytest.raises(NotOursError, match="notes"):
        write(_plan(a="2"), out, put)
    assert (out / "a").read_text() == "1"


@pytest.mark.parametrize("kind", ["file", "link"])
def test_render_write_refuses_what_is_no_folder(tmp_path: Path, kind: str) -> None:
    """A file or a link in the folder's place stays."""
    out = tmp_path / "build"
    if kind == "file":
        out.write_text("x")
    else:
        out.symlink_to(tmp_path)

    with pytest.raises(NotOursError, match="is no folder"):
        write(_plan(a="1"), out, None)
    assert out.is_symlink() or out.read_text() == "x"


def test_render_write_takes_an_empty_folder_and_lets_others_read(tmp_path: Path) -> None:
    """An empty folder is replaced; engines of another user may read the new one."""
    out = tmp_path / "build"
    out.mkdir()

    assert write(_plan(a="1"), out, None).changed
    assert stat.S_IMODE(out.stat().st_mode) & 0o055 == 0o055


def test_render_write_without_an_exchange_of_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file system can't exchange two folders, two renames do."""
    import sys

    out = tmp_path / "build"
    writer(_plan(a="1"), out, None)
    monkeypatch.setattr(sys.modules["sotpctl.render.write"], "_renameat2", lambda _new, _out: errno.EINVAL)

    assert writer(_plan(a="2"), out, None).changed
    assert (out / "a").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["build"]
