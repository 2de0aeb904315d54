"""The walk over the steps where nothing runs: what is refused leaves everything as it was."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sotpctl.apply import APPLY, ApplyError, Result, Step, Store, Work, changes, locked, run

SECRET = {"alertmanager/noc": {"env": "NOC_URL"}}


def _snapshot(folder: Path) -> dict[str, bytes | str]:
    return {
        str(path.relative_to(folder)): str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() or path.is_symlink()
    }


async def test_a_release_becomes_current_where_nothing_runs(tree, tmp_path: Path) -> None:
    """The first apply on an empty machine succeeds and says what starts the engines."""
    store = Store(tmp_path / "sotp")
    report = await run(Work(store, tree({"a.yml": "a"}), {}), APPLY)
    assert report.code == 0
    assert "nothing runs yet: `sotpctl stack up` starts it" in report.text
    assert (store.link / "a.yml").read_text() == "a"


async def test_a_build_that_was_changed_by_hand_is_refused(tree, tmp_path: Path) -> None:
    """A file edited in build/ after render is named; nothing is changed."""
    store, root = Store(tmp_path / "sotp"), tree({"a.yml": "a"})
    (root / "a.yml").write_text("by hand")
    report = await run(Work(store, root, {}), APPLY)
    assert report.code == 1
    assert "a.yml (changed)" in report.results[-1].text
    assert report.text == "nothing was changed: no release is current"
    assert store.releases() == []


async def test_a_missing_secret_changes_nothing(tree, tmp_path: Path) -> None:
    """Without its variable a release is refused before anything is written."""
    store = Store(tmp_path / "sotp")
    await run(Work(store, tree({"a.yml": "1"}, "one", secrets=SECRET), {"NOC_URL": "x"}), APPLY)
    before = _snapshot(store.directory)
    report = await run(Work(store, tree({"a.yml": "2"}, "two", secrets=SECRET), {}), APPLY)
    assert report.code == 1
    assert "NOC_URL" in report.results[-1].text
    assert _snapshot(store.directory) == before


@pytest.mark.parametrize("after", ["stage", "write", "swap", "reload", "confirm"])
async def test_a_step_that_fails_anywhere_undoes_everything(tree, tmp_path: Path, after: str) -> None:
    """A full disk after any step leaves the release before, with its secrets, as if nothing had been tried."""
    store = Store(tmp_path / "sotp")
    await run(Work(store, tree({"a.yml": "1"}, "one", secrets=SECRET), {"NOC_URL": "old"}), APPLY)
    before = _snapshot(store.directory)
    report = await run(Work(store, tree({"a.yml": "2"}, "two", secrets=SECRET), {"NOC_URL": "new"}), _broken(after))
    assert report.code == 1
    assert report.results[-1].text == "No space left on device"
    assert _snapshot(store.directory) == before


async def test_ctrl_c_undoes_everything(tree, tmp_path: Path) -> None:
    """What is interrupted while engines are asked goes back to the release before, and the report says so."""
    store = Store(tmp_path / "sotp")
    await run(Work(store, tree({"a.yml": "1"}, "one", secrets=SECRET), {"NOC_URL": "old"}), APPLY)
    before, asked = _snapshot(store.directory), asyncio.Event()

    async def wait(_: Work) -> Result:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    steps = [Step("confirm", wait) if step.name == "confirm" else step for step in APPLY]
    work = Work(store, tree({"a.yml": "2"}, "two", secrets=SECRET), {"NOC_URL": "new"})
    walk = asyncio.create_task(run(work, steps))
    await asked.wait()
    walk.cancel()  # as asyncio.run does at the first Ctrl-C
    report = await walk
    assert (report.code, report.results[-1].text) == (1, "interrupted")
    assert report.text == f"rolled back: {store.current()} is current again, and what runs confirms it"
    assert _snapshot(store.directory) == before


async def test_a_first_apply_that_fails_leaves_no_current_release(tree, tmp_path: Path) -> None:
    """There is nothing to go back to, so nothing is current, and the secret is gone again."""
    store = Store(tmp_path / "sotp")
    report = await run(Work(store, tree({"a.yml": "1"}, secrets=SECRET), {"NOC_URL": "x"}), _broken("swap"))
    assert report.text == "rolled back: no release is current, as before"
    assert _snapshot(store.directory) == {}


async def test_an_old_release_that_is_refused_now_is_not_the_one_to_go_back_to(tree, tmp_path: Path) -> None:
    """Applying it again changes nothing of the order when it fails."""
    store = Store(tmp_path / "sotp")
    roots = [tree({"a.yml": text}, text) for text in "123"]
    for root in roots:
        assert (await run(Work(store, root, {}), APPLY)).code == 0
    before = store.releases()
    assert (await run(Work(store, roots[0], {}), _broken("confirm"))).code == 1
    assert store.releases() == before


async def test_a_damaged_build_is_no_reason_to_forget_what_is_current(tree, tmp_path: Path) -> None:
    """Without a manifest in build/ nothing is changed, and the report names the release that is current."""
    store, root = Store(tmp_path / "sotp"), tree({"a.yml": "1"})
    await run(Work(store, root, {}), APPLY)
    (root / "manifest.json").unlink()
    report = await run(Work(store, root, {}), APPLY)
    assert report.text == f"nothing was changed: {store.current()} is current"


async def test_what_cannot_be_undone_is_said_with_the_state_that_holds(
    tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the link can't be put back, the report says why, and which release is current after all."""
    store = Store(tmp_path / "sotp")
    await run(Work(store, tree({"a.yml": "1"}, "one"), {}), APPLY)

    def fail(_: Store, target: str | None) -> None:
        raise OSError(30, "Read-only file system", target)

    async def forbid(_: Work) -> Result:
        monkeypatch.setattr(Store, "point", fail)
        raise OSError(28, "No space left on device")

    steps = [*_broken("swap")]
    steps[[step.name for step in steps].index("break")] = Step("break", forbid)
    report = await run(Work(store, tree({"a.yml": "2"}, "two"), {}), steps)
    assert report.code == 1
    assert store.current() == report.results[-2].text.split()[2].rstrip(",")
    assert report.text.startswith("not everything could be put back: releases/")
    assert report.text.endswith(f": Read-only file system; {store.current()} is current: mend that, then apply again")


async def test_a_rotated_secret_is_written_though_the_release_is_the_same(tree, tmp_path: Path) -> None:
    """A new value of a secret is a change to apply."""
    store, root = Store(tmp_path / "sotp"), tree({"a.yml": "1"}, secrets=SECRET)
    await run(Work(store, root, {"NOC_URL": "old"}), APPLY)
    assert (await run(Work(store, root, {"NOC_URL": "old"}), APPLY)).results[-1].step == "compare"
    await run(Work(store, root, {"NOC_URL": "new"}), APPLY)
    assert (store.secrets / "alertmanager/noc").read_text() == "new"


def test_secrets_are_in_no_repr(tmp_path: Path) -> None:
    """What a log or a traceback would print of the work holds no secret."""
    work = Work(Store(tmp_path), tmp_path, {"A": "s3cret"}, values={"a": b"s3cret"})
    assert "s3cret" not in repr(work)


def test_two_applies_cannot_interleave(tmp_path: Path) -> None:
    """While another process holds the directory, an apply fails at once and names its pid; then it's free again."""
    script = (
        "import sys, pathlib; from sotpctl.apply import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ApplyError, match=rf"another apply is at work \(pid {other.pid}\)"), locked(tmp_path):
            pass
        other.stdin.close()
        assert other.wait(10) == 0
    with locked(tmp_path):
        pass


def test_an_apply_directory_that_cannot_be_made_says_what_to_set(tmp_path: Path) -> None:
    """The message names the setting."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ApplyError, match=r"settings\.apply\.directory"), locked(tmp_path / "file" / "sotp"):
        pass


def test_changes_are_told_file_by_file(tree) -> None:
    """Added, changed and removed files come in name order, each with its unified diff; equal ones don't come."""
    old = tree({"a": "1\n", "b": "x\n", "same": "s\n"}, "old")
    new = tree({"b": "y\n", "c": "2\n", "same": "s\n"}, "new")
    found = list(changes(old, new))
    assert [(change.file, change.kind) for change in found] == [("a", "removed"), ("b", "changed"), ("c", "added")]
    assert found[1].lines == ("--- current/b", "+++ build/b", "@@ -1 +1 @@", "-x", "+y")
    assert found[2].lines[:2] == ("--- /dev/null", "+++ build/c")
    assert [change.kind for change in changes(None, old)] == ["added", "added", "added"]
    assert list(changes(old, old)) == []


def _broken(after: str) -> list[Step]:
    at = next(number for number, step in enumerate(APPLY) if step.name == after) + 1
    return [*APPLY[:at], Step("break", _full), *APPLY[at:]]


async def _full(_: Work) -> Result:
    raise OSError(28, "No space left on device")
