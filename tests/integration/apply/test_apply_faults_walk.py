"""A kill or a failing disk before every step and at every system call on a file: the old state or the new one."""

from pathlib import Path

import pytest

from tests.integration.apply import faults
from tests.integration.apply.driver import Ended
from tests.integration.apply.scene import Driver, Scene, clean, confirmed, said, whole

DONE = "{} is current, and everything confirms it"


@pytest.mark.parametrize("cell", faults.WALKS, ids=str)
def test_the_old_state_or_the_new_one_holds(cell: faults.Walk, scene: Scene, driver: Driver) -> None:
    """One whole release is current, the report names it, and the next plain apply succeeds and leaves nothing over."""
    event = first = 0 if cell.strike == faults.KILL else 1
    while (ended := _struck(cell, scene, driver, event)).struck:
        at = f"{cell.step}, call {event}: {ended}"
        assert not ended.crash, ended.crash
        state = "new" if whole(scene.store) == scene.goal(cell.walk) else "old"
        assert state in cell.holds, at
        if cell.strike == faults.KILL:
            assert ended.code is None, at
        else:
            _report_is_true(cell, scene, ended, state)
        _next_apply(scene, at, "new" if event % 2 else "old")
        event += 1
    assert event > first, "no call was struck"


def _struck(cell: faults.Walk, scene: Scene, driver: Driver, event: int) -> Ended:
    scene.reset()
    if cell.step == "clear":
        scene.litter()
    errno = cell.strike.errnos[event % len(cell.strike.errnos)]
    return driver(scene.order(cell.walk, step=cell.step, event=event, errno=errno, lasting=cell.strike.lasting))


def _report_is_true(cell: faults.Walk, scene: Scene, ended: Ended, state: str) -> None:
    text = said(scene, cell.walk, ended.text)
    assert text in cell.says, (text, ended)
    assert state.upper() in text, ended
    assert ended.code == (0 if text == faults.DONE else 1), ended
    if state == "old" and not cell.strike.lasting and cell.step != "clear":  # there, litter may be left
        assert _secrets(scene.store.directory) == _secrets(scene.template), ended
    if text != faults.STUCK_NEW:  # that one says that there is something to mend first
        confirmed(scene.store)


def _next_apply(scene: Scene, at: str, what: str) -> None:
    """Apply what was to come, or go back to what was there: nothing of the other one is left half done."""
    report = scene.walk() if what == "new" else scene.apply_old()
    release = scene.new if what == "new" else scene.old
    assert report.text in {f"applied: {DONE.format(release)}", f"up to date: {DONE.format(release)}"}, (at, report)
    assert whole(scene.store) == release, at
    clean(scene.store)


def _secrets(directory: Path) -> dict[Path, bytes]:
    folder = directory / "secrets"
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
