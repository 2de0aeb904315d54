"""Secrets reach files of their owner alone, and nothing else."""

from pathlib import Path

import pytest

from sotpctl.apply import ApplyError, secrets
from sotpctl.apply.manifest import SecretSource

NAME = "alertmanager/slack-noc-url"


def test_secrets_come_from_the_environment_and_from_files(tmp_path: Path) -> None:
    """Both sources are read; a file's last line feed is not part of the secret."""
    (tmp_path / "token").write_text("s3cret\n")
    sources = {"a": SecretSource(env="TOKEN"), "b": SecretSource(file=tmp_path / "token")}
    assert secrets.resolve(sources, {"TOKEN": "abc"}) == {"a": b"abc", "b": b"s3cret"}


def test_every_missing_secret_is_named_at_once(tmp_path: Path) -> None:
    """The message says which receiver needs which variable or file."""
    sources = {NAME: SecretSource(env="SLACK_URL"), "x": SecretSource(file=tmp_path / "none")}
    with pytest.raises(ApplyError) as caught:
        secrets.resolve(sources, {"SLACK_URL": ""})
    assert str(caught.value).splitlines() == [
        f"secret {NAME}: the environment variable SLACK_URL is not set: export SLACK_URL=…",
        f"secret x: {tmp_path}/none: No such file or directory: write the secret there, readable only by you",
    ]


def test_written_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    """Files are 0600 and every folder down to them is 0700."""
    secrets.write(tmp_path / "secrets", {NAME: b"x"})
    path = tmp_path / "secrets" / NAME
    modes = [entry.stat().st_mode & 0o777 for entry in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_what_was_written_can_be_taken_back(tmp_path: Path) -> None:
    """`restore` puts the old value back and removes what is new."""
    secrets.write(tmp_path, {"a": b"old"})
    before = secrets.write(tmp_path, {"a": b"new", "b": b"new"})
    secrets.restore(tmp_path, before)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert not (tmp_path / "b").exists()


def test_an_equal_secret_is_not_written_again(tmp_path: Path) -> None:
    """Nothing to do is nothing done, unless others could read it."""
    secrets.write(tmp_path, {"a": b"x"})
    assert not secrets.stale(tmp_path, {"a": b"x"})
    assert secrets.write(tmp_path, {"a": b"x"}) == {}
    (tmp_path / "a").chmod(0o644)
    assert secrets.stale(tmp_path, {"a": b"x"})
    secrets.write(tmp_path, {"a": b"x"})
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
