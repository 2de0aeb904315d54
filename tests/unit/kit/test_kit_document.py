"""Reading an exporter's file: good ones fast, bad ones with the place and the remedy."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.kit.document import ConfigError, Document, member, only, read, typed

GOOD = '{"revision": "abc", "settings": {"a": 1}, "targets": {"waw-1": {"address": "192.0.2.1"}}}'

BAD = {
    "": ":1:1: is empty; ",
    " \n ": ":1:1: is empty; ",
    GOOD[:-1]: ":1:89: is no JSON: Expecting ',' delimiter (the file seems to be cut off); ",
    GOOD[:50]: ":1:43: is no JSON: Unterminated string starting at (the file seems to be cut off); ",
    '{"revision": "a",\n "settings": {,\n': ":2:15: is no JSON: Expecting property name enclosed in double quotes; ",
    GOOD + "}": ":1:90: is no JSON: Extra data",
    "[]": ": must be an object with revision, settings and targets, not a list; ",
    '"x"': ": must be an object with revision, settings and targets, not a string; ",
    '{"settings": {}, "targets": {}}': ': "revision" is missing; ',
    '{"revision": "", "settings": {}, "targets": {}}': ": revision: must be the fingerprint that `sotpctl render` ",
    '{"revision": "\\ud800", "settings": {}, "targets": {}}': ": revision: must be the fingerprint that ",
    '{"revision": 7, "settings": {}, "targets": {}}': ": revision: must be a string, not a whole number",
    '{"revision": "a", "targets": {}}': ': "settings" is missing; ',
    '{"revision": "a", "settings": [], "targets": {}}': ": settings: must be an object, not a list",
    '{"revision": "a", "settings": {}}': ': "targets" is missing; ',
    '{"revision": "a", "settings": {}, "targets": null}': ": targets: must be an object, not null",
    '{"revision": "a", "settings": {}, "targets": {"x": 1.5}}': ": targets.x: must be an object, not a number; ",
    '{"revision": "a", "settings": {}, "targets": {}, "more": 1}': ': "more" is no key of this version; known are '
    "revision, settings, targets",
    '{"revision": "a", "settings": {}, "targets": {"x": {}, "x": {}}}': ': "x" is given twice in one object; ',
    '{"revision": "a", "settings": {"t": NaN}, "targets": {}}': ": NaN is no JSON number; ",
    "[" * 100_000: ": is no JSON that can be read: ",
    '{"n": ' + "9" * 5000 + "}": ": is no JSON that can be read: ",
}


def write(folder: Path, content: bytes | str) -> Path:
    """Writes an exporter's file."""
    path = folder / "icmp.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_good_file_is_a_document(tmp_path: Path) -> None:
    """The three parts arrive as they were written, with the folder that the file really is in."""
    (tmp_path / "release").mkdir()
    (tmp_path / "current").symlink_to("release")
    write(tmp_path / "release", GOOD)
    found = read(tmp_path / "current" / "icmp.json")
    assert found == Document("abc", {"a": 1}, {"waw-1": {"address": "192.0.2.1"}}, tmp_path.resolve() / "release")


@pytest.mark.parametrize("content", BAD, ids=lambda content: repr(content[:40]))
def test_a_bad_file_is_refused_with_the_place(tmp_path: Path, content: str) -> None:
    """Each mistake has its exact message, which begins with the file."""
    path = write(tmp_path, content)
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}{BAD[content]}")
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_have_a_line_and_a_column(tmp_path: Path) -> None:
    """A file that isn't UTF-8 is refused at the first byte that can't be read."""
    with pytest.raises(ConfigError, match=r"icmp\.json:2:4: is not UTF-8"):
        read(write(tmp_path, b'{\n "a\xff"'))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A missing file and a directory are told with the system's reason and the remedy."""
    with pytest.raises(ConfigError, match=r"none\.json: can't be read: No such file or directory; .*sotpctl render"):
        read(tmp_path / "none.json")
    with pytest.raises(ConfigError, match="can't be read: Is a directory"):
        read(tmp_path)


@given(st.integers(0, len(GOOD) - 1))
def test_no_beginning_of_a_file_passes_for_the_file(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    """However a file is cut off, it is refused."""
    path = write(tmp_path_factory.mktemp("cut"), GOOD[:length])
    with pytest.raises(ConfigError):
        read(path)


@given(st.binary() | st.text().map(lambda text: json.dumps(text).encode()))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever stands in the file, the answer is a document or a ConfigError."""
    with pytest.raises(ConfigError):
        read(write(tmp_path_factory.mktemp("any"), content))


def test_ten_thousand_targets_load_at_once(tmp_path: Path) -> None:
    """10,000 devices load in 0.05 s of CPU; ten times that is allowed here, for a slow machine."""
    target = {"address": "192.0.2.1", "interval": 6.0, "timeout": 1.0, "labels": {"site": "waw"}, "parents": ["a"]}
    content = {"revision": "a", "settings": {}, "targets": {f"device-{index}": target for index in range(10_000)}}
    path = write(tmp_path, json.dumps(content))
    seconds = []
    for _ in range(3):
        started = time.thread_time()
        assert len(read(path).targets) == 10_000
        seconds.append(time.thread_time() - started)
    assert min(seconds) < 0.5


def test_members_are_typed() -> None:
    """A whole number passes for a float, true for neither; a default stands for what is missing."""
    holder = {"whole": 1, "half": 0.5, "yes": True, "name": "x"}
    assert member(holder, "whole", float, "targets.x") == 1.0
    assert member(holder, "none", int, "targets.x", 7) == 7
    with pytest.raises(ConfigError, match=r"targets\.x\.yes: must be a whole number, not true"):
        member(holder, "yes", int, "targets.x")
    with pytest.raises(ConfigError, match=r"targets\.x\.half: must be a whole number, not a number"):
        member(holder, "half", int, "targets.x")
    with pytest.raises(ConfigError, match=r'targets\.x: "none" is missing'):
        member(holder, "none", int, "targets.x")
    with pytest.raises(ConfigError, match="too large"):
        typed(10**400, float, "targets.x")


def test_no_message_shows_a_value() -> None:
    """A value of the wrong type might be a secret: its kind is told, never itself."""
    with pytest.raises(ConfigError) as caught:
        member({"community": ["hunter2"]}, "community", str, "auth")
    assert "hunter2" not in str(caught.value)


def test_unknown_keys_are_refused() -> None:
    """A misspelt key is named, with the keys there are."""
    with pytest.raises(ConfigError, match=r'targets\.x: "adress" is no key of this version; known are address'):
        only({"adress": 1}, ["address"], "targets.x")
