"""What is no inventory file at all is said in one line, and nothing blocks on it."""

import os
from pathlib import Path

import pytest

from sotpctl.inventory import load


def _said(path: Path) -> list[str]:
    loaded = load(path)
    assert loaded.inventory is None
    return [str(problem) for problem in loaded.problems]


def test_a_missing_file(tmp_path: Path) -> None:
    """A missing file: how to name another, how to write a first one."""
    file = tmp_path / "x.yaml"
    want = "there is no such file; `-i PATH` names another one, `sotpctl init` writes a first one"
    assert _said(file) == [f"{file}: {want}"]


def test_a_directory_without_files(tmp_path: Path) -> None:
    """A directory that holds no YAML says which names are looked for."""
    (tmp_path / "notes.txt").write_text("x")
    assert _said(tmp_path) == [f"{tmp_path}: this directory holds no *.yaml or *.yml file"]


def test_what_an_editor_leaves(tmp_path: Path) -> None:
    """Emacs' lock, a link to nowhere, and a hidden copy are no part of an inventory; `.YAML` is one."""
    (tmp_path / "a.YAML").write_text("devices: {a: {address: 192.0.2.1}}")
    (tmp_path / ".#a.yaml").symlink_to("somebody@somewhere.4711")
    (tmp_path / ".a.yaml").write_text("devices: {a: {address: 192.0.2.9}}")
    inventory = load(tmp_path).inventory
    assert inventory
    assert list(inventory.devices) == ["a"]


def test_devices_one_folder_too_deep(tmp_path: Path) -> None:
    """A file with devices in a folder of the directory isn't read, and that is said; of others there it is not."""
    (tmp_path / "a.yaml").write_text("devices: {a: {address: 192.0.2.1}}")
    (tmp_path / "krk").mkdir()
    (tmp_path / "krk" / "b.yaml").write_text("# Kraków\ndevices:\n  b: {address: 192.0.2.2}\n")
    (tmp_path / "krk" / "c.yaml").write_text("groups: [{name: x, rules: []}]\n")
    os.mkfifo(tmp_path / "krk" / "d.yaml")
    loaded = load(tmp_path)
    assert loaded.inventory
    (said,) = [problem for problem in loaded.problems if "receivers" not in str(problem)]
    assert said.severity == "warning"
    assert str(said) == (
        f"{tmp_path}/krk/b.yaml: is not read, and so its devices aren't watched: move it into {tmp_path}"
    )


def test_a_pipe_and_a_device(tmp_path: Path) -> None:
    """A FIFO or a device is refused, not read: it would block or never end."""
    os.mkfifo(tmp_path / "x.yaml")
    want = "is no file: an inventory is a regular file, or a directory of them"
    assert _said(tmp_path / "x.yaml") == [f"{tmp_path / 'x.yaml'}: {want}"]
    assert _said(tmp_path) == [f"{tmp_path / 'x.yaml'}: {want}"]
    assert _said(Path("/dev/zero")) == [f"/dev/zero: {want}"]


def test_what_the_system_will_not_read(tmp_path: Path) -> None:
    """An error of the system is passed on in its words: a read that fails, a name too long, a link to nowhere."""
    assert _said(Path("/proc/self/mem")) == ["/proc/self/mem: can't be read: Input/output error"]
    assert "can't be read: File name too long" in _said(tmp_path / ("x" * 300))[0]
    (tmp_path / "a.yaml").symlink_to("nowhere")
    assert "there is no such file" in _said(tmp_path)[0]


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        (b"\x7fELF\x02\x01\x01\x00\x00\xff", "the file is binary, no text: an inventory is YAML in UTF-8"),
        ("devices: {}\n".encode("utf-16"), "the file is UTF-16: save it as UTF-8"),
    ],
)
def test_binary_files(tmp_path: Path, raw: bytes, want: str) -> None:
    """A binary file and UTF-16 are named as what they are."""
    file = tmp_path / "x.yaml"
    file.write_bytes(raw)
    assert _said(file) == [f"{file}: {want}"]
