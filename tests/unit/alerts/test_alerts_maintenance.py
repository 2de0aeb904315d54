"""`sotpctl maintenance`, as people call it: the inventory's text is edited, and nothing else."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sotpctl.cli.maintenance import maintenance
from sotpctl.inventory import load

_EXAMPLE = Path(__file__).parents[3] / "inventory.yaml"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the example, whose Alertmanager nobody can be."""
    text = _EXAMPLE.read_text(encoding="utf-8").replace(
        "settings:\n", 'settings:\n  endpoints: {alertmanager: "127.0.0.1:1"}\n'
    )
    (tmp_path / "inventory.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "inventory.yaml"


def _run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(maintenance, arguments)
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def _added(result: Result) -> list[str]:
    return [line[1:].strip() for line in result.stdout.splitlines()[2:] if line.startswith("+")]


def test_alerts_a_window_is_added(here: Path) -> None:
    """One line of the file, said before it is written, and read as it was meant."""
    before = here.read_text(encoding="utf-8")
    result = _run("add", "cables", "site=waw", "role=core", "--start", "2026-12-01T22:00", "--end", "2026-12-02T02:00")
    assert _added(result) == [
        "- {name: cables, match: {site: waw, role: core}, start: 2026-12-01T22:00, end: 2026-12-02T02:00}"
    ]
    assert "every alert of waw-core-1 and waw-core-2: " in result.stderr
    assert result.stderr.endswith('inventory.yaml: maintenance "cables" added; now run `sotpctl apply`\n')
    inventory = load(here).inventory
    assert inventory is not None
    (one,) = [window for window in inventory.alerting.maintenance if window.name == "cables"]
    assert one.start == datetime(2026, 12, 1, 21, 0, tzinfo=UTC)
    after = here.read_text(encoding="utf-8").splitlines()
    assert [line for line in after if line not in before.splitlines()] == [after[-1]]


def test_alerts_a_weekly_window_is_added(here: Path) -> None:
    """On one day, as a list of it; when it is next is said."""
    result = _run("add", "backup", "site=gdn", "--weekly", "mon 01:00-02:30")
    assert _added(result) == ['- {name: backup, match: {site: gdn}, weekly: {days: [mon], from: "01:00", to: "02:30"}}']
    assert re.search(r"mon 01:00-02:30 \(Europe/Warsaw\); next .*01:00-02:30", result.stderr)
    assert load(here).inventory is not None


def test_alerts_a_dry_run_writes_nothing(here: Path) -> None:
    """The diff is shown; the file is as before."""
    before = here.read_bytes()
    result = _run("add", "x", "device=waw-acc-1", "--start", "2026-12-01T22:00", "--for", "1h", "--dry-run")
    assert len(_added(result)) == 1
    assert result.stderr.startswith("would hide every alert of waw-acc-1: ")
    assert here.read_bytes() == before


def test_alerts_every_device_needs_a_yes(here: Path) -> None:
    """What matches all that is watched is refused, and done with --yes-everything."""
    before = here.read_bytes()
    arguments = ("add", "x", "site=waw,site=krk,site=gdn", "--start", "2026-12-01T22:00", "--for", "1h")
    assert "every device there is" in _run(*arguments, code=1).stderr
    assert here.read_bytes() == before
    assert "all 24 devices" in _run(*arguments, "--yes-everything").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("krk-patching", "site=waw", "--for", "1h"), 'another maintenance is called "krk-patching" already'),
        (("x", "site=wav", "--for", "1h"), 'no site is called "wav"; did you mean "waw"?'),
        (("x", "sit=waw", "--for", "1h"), 'nothing here has a label "sit"; did you mean "site"?'),
        (("x", "site=waw", "role=none", "--for", "1h"), 'no role is called "none"'),
        (("x", "site=krk", "role=camera", "--for", "1h"), "no device that is watched matches"),
        (("x", "waw", "--for", "1h"), '"waw" selects nothing: write it like site=waw'),
        (("x y", "site=waw", "--for", "1h"), '"x y" is no name'),
        (("x", "site=waw"), "say until when"),
        (("x", "site=waw", "--for", "1h", "--timezone", "Warsaw"), 'no time zone is called "Warsaw"'),
        (("x", "site=waw", "--weekly", "daily"), "no weekly window"),
        (("x", "site=waw", "--weekly", "sun 02:00-02:00"), "the same time"),
    ],
)
def test_alerts_a_mistake_writes_nothing(here: Path, arguments: tuple[str, ...], said: str) -> None:
    """Each says what would be right; exit code 1, not a byte written."""
    before = here.read_bytes()
    assert said in _run("add", *arguments, code=1).stderr
    assert here.read_bytes() == before


def test_alerts_windows_are_listed(here: Path) -> None:
    """What is open now first, then what comes next, then what is over; times by the site's clock."""
    now = datetime.now(UTC)

    def written(hours: int) -> str:
        return (now + timedelta(hours=hours)).isoformat(timespec="minutes")

    text = here.read_text(encoding="utf-8")
    for name, start, end in (("open", -1, 2), ("soon", 1, 2), ("gone", -3, -2)):
        text += f"    - {{name: {name}, match: {{site: waw}}, start: {written(start)}, end: {written(end)}}}\n"
    here.write_text(text, encoding="utf-8")
    rows = _run("list").stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["NAME", "open", "soon", "krk-patching", "gone"]
    assert "14 devices  now, until " in rows[1]
    assert re.search(r"2 devices +\S.*02:00-04:00 +sun 02:00-04:00 \(Europe/Warsaw\)", rows[3])
    assert " over " in rows[4]
    found = {one["name"]: one for one in json.loads(_run("list", "--output", "json").stdout)}
    assert [name for name, one in found.items() if one["open"]] == ["open"]
    assert found["gone"]["next"] is None


def test_alerts_an_open_window_ends_now(here: Path) -> None:
    """Its end becomes this minute; once more, it is over already."""
    start = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="minutes")
    _run("add", "x", "device=waw-acc-1", "--start", start, "--for", "5h")
    result = _run("end", "x")
    assert 'maintenance "x" ends now; now run `sotpctl apply`' in result.stderr
    assert len(_added(result)) == 1
    inventory = load(here).inventory
    assert inventory is not None
    (one,) = [window for window in inventory.alerting.maintenance if window.name == "x"]
    assert one.end is not None
    assert timedelta() <= datetime.now(UTC) - one.end < timedelta(minutes=3)
    assert "x is over already; nothing was done" in _run("end", "x").stderr
    assert 'maintenance "x" taken out' in _run("end", "x", "--for-good").stderr


def test_alerts_a_window_that_is_yet_to_come_is_taken_out(here: Path) -> None:
    """The text is what it was before it was added."""
    before = here.read_bytes()
    _run("add", "x", "device=waw-acc-1", "--start", "2036-12-01T22:00", "--for", "5h")
    assert "x" in _run("end", "x", "--dry-run").stdout
    assert here.read_bytes() != before
    assert "was yet to come" in _run("end", "x").stderr
    assert here.read_bytes() == before


def test_alerts_a_weekly_window_is_ended_for_good_only(here: Path) -> None:
    """One of its times alone can't be ended, and that is said; an unknown one is a question."""
    before = here.read_bytes()
    assert "--for-good" in _run("end", "krk-patching", code=1).stderr
    assert 'did you mean "krk-patching"?' in _run("end", "krk-patchin", code=1).stderr
    assert here.read_bytes() == before
    _run("end", "krk-patching", "--for-good")
    inventory = load(here).inventory
    assert inventory is not None
    assert inventory.alerting.maintenance == ()


def test_alerts_an_inventory_with_mistakes_is_not_edited(here: Path) -> None:
    """Its problems are said, with their lines."""
    here.write_text(here.read_text(encoding="utf-8").replace("role: core", "role: cor"), encoding="utf-8")
    assert 'no role is called "cor"' in _run("add", "x", "site=waw", "--for", "1h", code=1).stderr
    assert "there is no such file" in _run("add", "x", "site=waw", "--for", "1h", "-i", "none.yaml", code=1).stderr
