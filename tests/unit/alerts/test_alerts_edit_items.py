"""A maintenance window is written into the inventory's text, changed and taken out, and no other byte changes."""

from pathlib import Path

import pytest

from sotpctl.inventory.draft import Draft
from sotpctl.inventory.edit import EditError

_SECTION = ("alerting", "maintenance")
_EXAMPLE = Path(__file__).parents[3] / "inventory.yaml"
_DEVICES = "devices:\n  a: {address: 192.0.2.1}\n"
_ITEM = {"name": "x", "match": "{device: a}", "start": "2026-12-01T22:00", "end": "2026-12-02T02:00"}
_FLOW = "{name: x, match: {device: a}, start: 2026-12-01T22:00, end: 2026-12-02T02:00}"
_OLD = "{name: o, match: {device: a}, start: 2026-11-01T22:00, end: 2026-11-02T02:00}"
_BLOCK = (
    "  - name: o  # c\n    match: {device: a}\n    start: 2026-11-01T22:00\n    end: 2026-11-02T02:00\n"
)  # fmt: skip

_APPEND = {
    "no section": ("", f"\nalerting:\n  maintenance:\n    - {_FLOW}\n"),
    "an empty section": ("alerting:   # c\n\n# end\n", f"alerting:   # c\n  maintenance:\n    - {_FLOW}\n\n# end\n"),
    "a section without the list": (
        "alerting:\n    recovery_grace: 5m  # c\n# end\n",
        f"alerting:\n    recovery_grace: 5m  # c\n    maintenance:\n      - {_FLOW}\n# end\n",
    ),
    "an empty list": (
        "alerting:\n  maintenance:   # c\n  recovery_grace: 5m\n",
        f"alerting:\n  maintenance:   # c\n    - {_FLOW}\n  recovery_grace: 5m\n",
    ),
    "an empty flow list": ("alerting:\n  maintenance: []   # c\n", f"alerting:\n  maintenance: [{_FLOW}]   # c\n"),
    "a flow section": (
        "alerting: {recovery_grace: 5m}\n",
        f"alerting: {{recovery_grace: 5m, maintenance: [{_FLOW}]}}\n",
    ),
    "an empty flow section": ("alerting: {}\n", f"alerting:\n  maintenance:\n    - {_FLOW}\n"),
    "a flow list": (
        f"alerting:\n  maintenance: [{_OLD}] # c\n", f"alerting:\n  maintenance: [{_OLD}, {_FLOW}] # c\n",
    ),
    "a block list": (
        f"alerting:\n  maintenance:\n    - {_OLD} # c\n\n  recovery_grace: 5m\n",
        f"alerting:\n  maintenance:\n    - {_OLD} # c\n    - {_FLOW}\n\n  recovery_grace: 5m\n",
    ),
    "a block list that isn't indented, of block items": (
        f"alerting:\n  maintenance:\n{_BLOCK}  recovery_grace: 5m\n",
        f"alerting:\n  maintenance:\n{_BLOCK}  - {_FLOW}\n  recovery_grace: 5m\n",
    ),
}  # fmt: skip


def _draft(folder: Path, text: str) -> Draft:
    file = folder / "inventory.yaml"
    file.write_bytes(text.encode())
    return Draft(file)


def _written(folder: Path, draft: Draft) -> str:
    loaded = draft.check()
    assert loaded.inventory is not None, "\n".join(map(str, loaded.problems))
    draft.save()
    return (folder / "inventory.yaml").read_bytes().decode()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("case", _APPEND)
def test_alerts_an_item_is_added(tmp_path: Path, case: str, newline: str) -> None:
    """Whatever stands there, the window comes behind it as its neighbours are written, and the rest stays."""
    before, after = (_DEVICES + text for text in _APPEND[case])
    draft = _draft(tmp_path, before.replace("\n", newline))
    draft.add_item(_SECTION, _ITEM)
    assert _written(tmp_path, draft) == after.replace("\n", newline)


@pytest.mark.parametrize("case", [name for name in _APPEND if "empty" not in name])
def test_alerts_an_added_item_is_taken_out(tmp_path: Path, case: str) -> None:
    """Taken out again, the text is what it was; a list that was made goes with its last item."""
    before = _DEVICES + _APPEND[case][0]
    draft = _draft(tmp_path, before)
    draft.add_item(_SECTION, _ITEM)
    _written(tmp_path, draft)
    draft = Draft(tmp_path / "inventory.yaml")
    draft.remove_item(_SECTION, len(draft.items(_SECTION)) - 1)
    assert _written(tmp_path, draft).removesuffix("\nalerting:\n") == before


def test_alerts_the_first_item_is_taken_out(tmp_path: Path) -> None:
    """Of a flow list and of a block list alike, the second one stays as it is."""
    for text, left in (
        (f"alerting:\n  maintenance: [{_OLD}, {_FLOW}]\n", f"alerting:\n  maintenance: [{_FLOW}]\n"),
        (f"alerting:\n  maintenance:\n    - {_OLD}\n    - {_FLOW}\n", f"alerting:\n  maintenance:\n    - {_FLOW}\n"),
    ):
        draft = _draft(tmp_path, _DEVICES + text)
        draft.remove_item(_SECTION, 0)
        assert _written(tmp_path, draft) == _DEVICES + left


@pytest.mark.parametrize("case", [name for name in _APPEND if _APPEND[name][0] and "o" in _APPEND[name][1]])
def test_alerts_an_item_is_changed(tmp_path: Path, case: str) -> None:
    """A new end stands where the old one stood."""
    after = _DEVICES + _APPEND[case][1]
    draft = _draft(tmp_path, after)
    draft.set_item(_SECTION, len(draft.items(_SECTION)) - 1, "end", "2026-12-01T23:00+01:00")
    assert _written(tmp_path, draft) == after.replace("end: 2026-12-02T02:00", "end: 2026-12-01T23:00+01:00")


def test_alerts_a_long_item_is_a_line_a_key(tmp_path: Path) -> None:
    """What doesn't fit on a line is written as a block."""
    draft = _draft(tmp_path, _DEVICES)
    draft.add_item(_SECTION, _ITEM | {"name": "x" * 60})
    assert "    - name: " + "x" * 60 + "\n      match: {device: a}\n      start: " in _written(tmp_path, draft)


def test_alerts_one_line_changes_in_the_example(tmp_path: Path) -> None:
    """In the example a window is a diff of one line."""
    draft = _draft(tmp_path, _EXAMPLE.read_text(encoding="utf-8"))
    draft.add_item(_SECTION, _ITEM | {"match": "{site: waw}"})
    added = [line for line in draft.diff().splitlines()[2:] if line[0] in "+-"]
    assert added == ["+    - {name: x, match: {site: waw}, start: 2026-12-01T22:00, end: 2026-12-02T02:00}"]


def test_alerts_the_list_of_a_directory(tmp_path: Path) -> None:
    """The window goes to the file that has the list, else to the one that has the section."""
    (tmp_path / "a.yaml").write_text(_DEVICES)
    (tmp_path / "b.yaml").write_text("alerting: {recovery_grace: 5m}\n")
    draft = Draft(tmp_path)
    draft.add_item(_SECTION, _ITEM)
    assert draft.check().inventory is not None
    assert [path.name for path in draft.save()] == ["b.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        f"alerting:\n  maintenance: &m [{_OLD}]\n  other: *m\n",
        f"x: &m [{_OLD}]\nalerting:\n  maintenance: *m\n",
        f"x: &m {_OLD}\nalerting:\n  maintenance: [*m]\n",
        "alerting:\n  maintenance: text\n",
    ],
)
def test_alerts_what_an_alias_shares_is_refused(tmp_path: Path, text: str) -> None:
    """A list that stands elsewhere, too, or is none, is not edited: by hand, it says."""
    draft = _draft(tmp_path, _DEVICES + text)
    with pytest.raises(EditError, match="by hand"):
        draft.add_item(_SECTION, _ITEM) or draft.check()  # type: ignore[func-returns-value]
