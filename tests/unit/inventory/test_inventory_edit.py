# ruff: noqa: E501 - a text and what becomes of it stand beside each other
"""Edits change what was meant and no other byte: any layout, any line end, aliases refused."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sotpctl.inventory.draft import Draft
from sotpctl.inventory.edit import EditError

_EXAMPLE = Path(__file__).parents[3] / "inventory.yaml"


def _draft(tmp_path: Path, text: str) -> Draft:
    file = tmp_path / "inventory.yaml"
    file.write_bytes(text.encode())
    return Draft(file)


def _changed(draft: Draft) -> list[str]:
    assert draft.check() is not None
    return [line.rstrip("\n") for line in draft.diff().splitlines(keepends=True)[2:] if line[:1] in "+-\\"]


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("devices:\n  a: {address: 192.0.2.1}   # c\n", "team", "noc", "devices:\n  a: {address: 192.0.2.1, team: noc}   # c\n"),
        ("devices:\n  a:\n    address: 192.0.2.1 # c\n\n# end", "team", "on", 'devices:\n  a:\n    address: 192.0.2.1 # c\n    team: "on"\n\n# end'),
        ("devices:\r\n  a:\r\n    address: 192.0.2.1\r\n", "team", "x", "devices:\r\n  a:\r\n    address: 192.0.2.1\r\n    team: x\r\n"),
        ("devices:\n  a:\n    address: 192.0.2.1", "team", "x", "devices:\n  a:\n    address: 192.0.2.1\n    team: x"),
        ("devices: {a: {address: 192.0.2.1}}", "snmp.port", "162", "devices: {a: {address: 192.0.2.1, snmp: {port: 162}}}"),
        ("devices:\n  a:\n    address: 192.0.2.1\n    icmp:   # c\n      interval: 6s # d\n      timeout: 1s\n", "icmp.interval", "2s",
         "devices:\n  a:\n    address: 192.0.2.1\n    icmp:   # c\n      interval: 2s # d\n      timeout: 1s\n"),
        ("devices:\n  a:\n    address: 192.0.2.1\n    groups:\n      - b   # c\n      - c\n    team: x\n", "groups", "d,e",
         "devices:\n  a:\n    address: 192.0.2.1\n    groups: [d, e]\n    team: x\n"),
        ("devices:\n  a:\n    address: 192.0.2.1\n    snmp:   # c\n    team: x\n", "snmp.port", "1",
         "devices:\n  a:\n    address: 192.0.2.1\n    snmp: {port: 1}   # c\n    team: x\n"),
        ("x: &t noc\ndevices:\n  a: {address: 192.0.2.1, team: *t}\n", "team", "b", "x: &t noc\ndevices:\n  a: {address: 192.0.2.1, team: b}\n"),
        ("# 🦊 é\ndevices:\n  a: {address: '192.0.2.1',\n      labels: {}, # c\n  }\n", "labels.rack", "a: b",
         "# 🦊 é\ndevices:\n  a: {address: '192.0.2.1',\n      labels: {rack: \"a: b\"}, # c\n  }\n"),
    ],
)  # fmt: skip
def test_setting_a_value(tmp_path: Path, before: str, path: str, value: str, after: str) -> None:
    """The new text is the old one with the value in it: comments, blank lines, line ends and quotes stay."""
    draft = _draft(tmp_path, before)
    draft.set(["a"], tuple(path.split(".")), value)
    draft.check()
    draft.save()
    assert (tmp_path / "inventory.yaml").read_bytes().decode() == after


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("devices:\n  a:\n    address: x\n    icmp:\n      interval: 2s # c\n    team: b # d\n", "icmp.interval", "devices:\n  a:\n    address: x\n    team: b # d\n"),
        ("devices:\n  a: {team: b, address: x, site: c}\n", "team", "devices:\n  a: {address: x, site: c}\n"),
        ("devices:\n  a: {address: x, team: b, site: c}\n", "team", "devices:\n  a: {address: x, site: c}\n"),
        ("devices:\n  a: {address: x, icmp: {interval: 2s}}\n", "icmp.interval", "devices:\n  a: {address: x}\n"),
        ("devices:\n  a:\n    address: x\n    team: b", "team", "devices:\n  a:\n    address: x"),
    ],
)  # fmt: skip
def test_taking_a_setting_out(tmp_path: Path, before: str, path: str, after: str) -> None:
    """Nothing is left of the setting, and no empty mapping."""
    draft = _draft(tmp_path, before)
    draft.unset(["a"], tuple(path.split(".")))
    draft.check()
    draft.save()
    assert (tmp_path / "inventory.yaml").read_text() == after


def test_what_an_alias_shares_is_refused(tmp_path: Path) -> None:
    """A change that would reach other devices through an anchor or alias is refused, and says to edit by hand."""
    text = "devices:\n  a: {address: 192.0.2.1, icmp: &i {interval: 2s}}\n  b: {address: 192.0.2.2, icmp: *i}\n"
    draft = _draft(tmp_path, text)
    with pytest.raises(EditError, match="icmp is an alias"):
        draft.set(["b"], ("icmp", "interval"), "3s")
    draft = _draft(tmp_path, text)
    draft.set(["a"], ("icmp", "interval"), "3s")
    with pytest.raises(EditError, match="without touching something else"):
        draft.check()


def test_one_line_changes_in_the_example() -> None:
    """Setting a key of one device of the example is a diff of one line; a mass change is a line a device."""
    draft = Draft(_EXAMPLE)
    draft.set(["waw-acc-1"], ("team",), "core")
    assert _changed(draft) == ["+    team: core"]
    draft = Draft(_EXAMPLE)
    draft.set(["krk-srv-1", "krk-srv-2"], ("icmp", "interval"), "3s")
    assert len(_changed(draft)) == 4


def test_devices_come_and_go(tmp_path: Path) -> None:
    """A device goes behind the last of its site, as that one is written; removed again, the text is what it was."""
    before = _EXAMPLE.read_text(encoding="utf-8")
    draft = _draft(tmp_path, before)
    draft.add("krk-x", {("address",): "198.51.100.9", ("site",): "krk", ("snmp", "port"): "162"})
    assert _changed(draft) == ["+  krk-x: {address: 198.51.100.9, site: krk, snmp: {port: 162}}"]
    draft.save()
    draft = Draft(tmp_path / "inventory.yaml")
    draft.remove(["krk-x"])
    draft.check()
    draft.save()
    assert (tmp_path / "inventory.yaml").read_text(encoding="utf-8") == before


def test_a_first_device(tmp_path: Path) -> None:
    """Without a section, with an empty one and in a flow one, a device is added."""
    for text in ("defaults: {}\n", "defaults: {}", "devices:   # all\n\nlinks: []\n", "devices: {b: {address: x}}\n"):
        draft = _draft(tmp_path, text)
        draft.add("a", {("address",): "192.0.2.1"})
        assert draft.check().inventory is not None


def test_a_directory(tmp_path: Path) -> None:
    """A device is edited in the file it is in; a new one goes to the file with the devices of its site."""
    (tmp_path / "a.yaml").write_text("sites: {x: {}, y: {}}\ndevices:\n  a: {address: 192.0.2.1, site: x}\n")
    (tmp_path / "b.yaml").write_text("devices:\n  b: {address: 192.0.2.2, site: y}\n")
    draft = Draft(tmp_path)
    draft.add("c", {("address",): "192.0.2.3", ("site",): "y"})
    draft.set(["a"], ("team",), "noc")
    assert draft.check().inventory is not None
    assert {path.name for path in draft.save()} == {"a.yaml", "b.yaml"}
    assert "c: {address" in (tmp_path / "b.yaml").read_text()


@settings(max_examples=60)
@given(
    name=st.sampled_from(Draft(_EXAMPLE).names()),
    path=st.sampled_from(
        ["team", "icmp.interval", "labels.x", "address", "parents", "snmp.port", "thresholds.cpu.info"]
    ),
    value=st.text(max_size=8) | st.sampled_from(["null", "2s", "no", "1:30", "a, b", "}", "#x", "5", "[a]", "{a: b}"]),
)
def test_any_value_is_what_was_meant_or_is_refused(name: str, path: str, value: str) -> None:
    """Whatever is typed, the text then says exactly that, or the edit is refused; never a traceback."""
    draft = Draft(_EXAMPLE)
    try:
        draft.set([name], tuple(path.split(".")), value)
        draft.check()
    except EditError:
        return
    assert sum(line[:1] == "+" for line in draft.diff().splitlines()[2:]) <= 1


def test_the_file_stays_what_it_is(tmp_path: Path) -> None:
    """Mode, byte order mark and a symbolic link stay; no temporary file is left; a change in between is noticed."""
    real = tmp_path / "real.yaml"
    real.write_bytes(b"\xef\xbb\xbfdevices: {a: {address: 192.0.2.1}}\n")
    real.chmod(0o640)
    link = tmp_path / "inventory.yaml"
    link.symlink_to("real.yaml")
    draft = Draft(link)
    draft.set(["a"], ("team",), "x")
    late = Draft(link)
    late.set(["a"], ("team",), "y")
    draft.save()
    assert link.is_symlink()
    assert real.read_bytes() == b"\xef\xbb\xbfdevices: {a: {address: 192.0.2.1, team: x}}\n"
    assert real.stat().st_mode & 0o777 == 0o640
    with pytest.raises(OSError, match="meanwhile"):
        late.save()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["inventory.yaml", "real.yaml"]
