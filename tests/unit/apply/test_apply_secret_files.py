"""Secrets that stay in the user's own files are looked at before anything is written."""

import os
from pathlib import Path

import pytest

from sotpctl.apply import ApplyError, secret_files

SLACK = "alertmanager/slack-noc-chat-url"


def _secret(path: Path, content: bytes = b"s3cret\n", mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_private_file_is_nothing_to_say(tmp_path: Path) -> None:
    """A file of 0600 or 0400 with something in it passes, also behind a link, as Kubernetes and certbot make them."""
    link = tmp_path / "link"
    link.symlink_to(_secret(tmp_path / "a"))
    assert secret_files.check({"x": tmp_path / "a", "y": _secret(tmp_path / "b", mode=0o400), "z": link}) == []
    assert secret_files.check({}) == []


@pytest.mark.parametrize(("mode", "shown"), [(0o640, "0640"), (0o604, "0604"), (0o622, "0622"), (0o777, "0777")])
def test_what_others_can_read_is_a_warning(mode: int, shown: str, tmp_path: Path) -> None:
    """Any right of the group or of others is said, with the command that takes it away; apply goes on."""
    path = _secret(tmp_path / "url", mode=mode)
    assert secret_files.check({SLACK: path}) == [
        f"secret {SLACK}: {path}: others can read it (mode {shown}): chmod 600 {path}"
    ]


def test_a_file_that_several_things_read_is_one_warning(tmp_path: Path) -> None:
    """A community that the poller and the trap receiver share is said once."""
    path = _secret(tmp_path / "community", mode=0o644)
    assert secret_files.check({"traps/ro": path, "snmp/ro": path}) == [
        f"secret snmp/ro: {path}: others can read it (mode 0644): chmod 600 {path}"
    ]


def test_every_bad_file_is_named_at_once(tmp_path: Path) -> None:
    """Missing, empty, only white space, a folder and a pipe: each is an error with its receiver and its path."""
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
    paths = {
        "a": tmp_path / "none",
        "b": _secret(tmp_path / "empty", b""),
        "c": _secret(tmp_path / "blank", b" \n\n"),
        "d": tmp_path,
        "e": tmp_path / "pipe",
        "f": _secret(tmp_path / "good", mode=0o644),
        "g": _secret(tmp_path / "file") / "below",
    }
    with pytest.raises(ApplyError) as caught:
        secret_files.check(paths)
    write = "write the secret there, readable only by the user that runs the engines"
    folder = "is no regular file: name the file that the secret stands in"
    assert str(caught.value).splitlines() == [
        f"secret a: {tmp_path}/none: No such file or directory: {write}",
        f"secret b: {tmp_path}/empty: the file is empty: write the secret there",
        f"secret c: {tmp_path}/blank: the file is empty: write the secret there",
        f"secret d: {tmp_path}: {folder}",
        f"secret e: {tmp_path}/pipe: {folder}",
        f"secret g: {tmp_path}/file/below: Not a directory: {write}",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    """What we can't read, an engine of the same user can't either."""
    with pytest.raises(ApplyError, match="Permission denied: write the secret there"):
        secret_files.check({SLACK: _secret(tmp_path / "url", mode=0o000)})


def test_no_value_is_ever_said(tmp_path: Path) -> None:
    """Warnings and errors name files, never what is in them."""
    loud = {"a": _secret(tmp_path / "a", b"c4n4ry", 0o644)}
    assert "c4n4ry" not in str(secret_files.check(loud))
    with pytest.raises(ApplyError) as caught:
        secret_files.check(loud | {"b": tmp_path / "none"})
    assert "c4n4ry" not in str(caught.value)
