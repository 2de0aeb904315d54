"""Full disks, forbidden folders and what a power cut or a person did to the apply directory."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sotpctl.apply import APPLY
from tests.integration.apply import faults
from tests.integration.apply.scene import Driver, Exporter, Scene, clean, confirmed, said, whole

NOBODY = 65534
IN_A_NAMESPACE = ("unshare", "--mount", "sh", "-c")
MOUNT = 'mount -t tmpfs -o size=8m,nr_inodes=2k tmpfs "$0" && exec "$@"'


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[Scene, Driver]]:
    """A scene on a file system of its own, which only its driver's namespace has mounted."""
    if subprocess.run([*IN_A_NAMESPACE, MOUNT, "/mnt", "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs a mount namespace with a tmpfs: root")
    driver = Driver(*IN_A_NAMESPACE, MOUNT, "/mnt")
    base = Path("/proc", str(driver.process.pid), "root", "mnt")
    exporter = Exporter(base / "sotp")
    yield Scene(base, exporter), driver
    exporter.close()
    driver.close()


@pytest.mark.parametrize("case", faults.FULL, ids=str)
def test_a_full_disk_changes_nothing(small: tuple[Scene, Driver], case: faults.Case) -> None:
    """However much is left, down to nothing: each step that writes fails once, and undoing it needs no room."""
    scene, driver = small
    failed: set[str] = set()
    for left in range(100):
        scene.reset()
        _fill(scene.base, case.key, left)
        ended = driver(scene.order())
        shutil.rmtree(scene.base / "ballast")
        assert not ended.crash, ended.crash
        if ended.code == 0:
            break
        assert said(scene, "apply", ended.text) == case.says, ended
        assert "No space left on device" in ended.steps[[*ended.steps][-1]], ended
        failed.add([*ended.steps][-1])
        assert whole(scene.store) == scene.old
        confirmed(scene.store)
        clean(scene.store)
    assert failed == {"stage", "write"}  # what write frees is room enough for the link
    assert whole(scene.store) == scene.new


def _fill(base: Path, what: str, left: int) -> None:
    """Use up the file system but for `left` pages or inodes."""
    ballast = base / "ballast"
    ballast.mkdir()
    room = os.statvfs(base)
    if what == "blocks":
        with (ballast / "0").open("wb") as stream:
            stream.write(bytes((room.f_bavail - left) * room.f_frsize))
    else:
        for number in range(room.f_favail - left):
            (ballast / str(number)).touch()


@pytest.fixture(scope="module")
def passable() -> Iterator[Scene]:
    """A scene below folders that every user may pass."""
    if os.geteuid() != 0:
        pytest.skip("needs root: to become another user")
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o755)
        exporter = Exporter(base / "sotp")
        yield Scene(base, exporter)
        exporter.close()


@pytest.mark.parametrize("case", faults.DENIED, ids=str)
def test_a_user_that_may_not_write_changes_nothing(passable: Scene, driver: Driver, case: faults.Case) -> None:
    """Every folder that an apply writes to, forbidden alone: refused with the reason, nothing is changed."""
    scene = passable.reset()
    for path in (scene.store.directory, *scene.store.directory.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    forbidden = scene.store.directory / {"directory": "", "link": ""}.get(case.key, case.key)
    os.chown(forbidden, 0, 0)
    forbidden.chmod(0o755)
    if case.key == "directory":
        os.chown(forbidden / ".lock", 0, 0)
    ended = driver(scene.order(uid=NOBODY))
    assert (ended.code, ended.crash) == (1, "")
    assert case.says in said(scene, "apply", ended.text), ended
    assert re.search("Permission denied|Operation not permitted", str(ended)), ended
    assert whole(scene.store) == scene.old
    confirmed(scene.store)
    clean(scene.store)
    assert driver(scene.order()).code == 0, "root may"


@pytest.mark.parametrize("case", faults.DAMAGED, ids=str)
@pytest.mark.parametrize("what", ["old", "new"])
def test_damage_is_said_and_put_right(scene: Scene, case: faults.Case, what: str) -> None:
    """The next apply, of the same or of something new, names what it found and leaves one whole release."""
    DAMAGE[case.key](scene.reset())
    trouble = scene.store.trouble()
    report = scene.apply_old() if what == "old" else scene.walk()
    assert report.code == 0, report
    told = _told(scene, "\n".join(result.text for result in report.results))
    if "secrets" not in case.says or what == "old":  # the new release's secrets are others anyway
        assert case.says in told, told
    assert case.says in _told(scene, trouble) or "secret" in case.key or case.key == "copy_half"
    assert whole(scene.store) == (scene.old if what == "old" else scene.new)
    confirmed(scene.store)
    for name in ("elsewhere", "loose"):  # people's own, outside the directory
        shutil.rmtree(scene.base / name, ignore_errors=True)
    if what == "old" or not case.key.startswith(("manifest", "file")):
        clean(scene.store)


@pytest.mark.parametrize("case", faults.REFUSED, ids=str)
def test_what_is_not_ours_is_refused_and_left(scene: Scene, case: faults.Case) -> None:
    """A foreign file or folder is neither run nor deleted: apply says what to do and changes nothing."""
    DAMAGE[case.key](scene.reset())
    before = {path: path.read_bytes() for path in scene.store.directory.rglob("*") if path.is_file()}
    report = scene.apply_old()
    assert report.code == 1
    assert case.says in report.results[-1].text
    held = "no release" if case.holds == "none" else scene.old
    assert report.text == f"nothing was changed: {held} is current"
    assert {path: path.read_bytes() for path in scene.store.directory.rglob("*") if path.is_file()} == before
    if case.key == "file_extra":
        (scene.store.link / "mine.yml").unlink()
    else:
        scene.store.link.rmdir()
    assert scene.apply_old().code == 0
    assert whole(scene.store) == scene.old


def test_a_release_half_copied_under_its_own_name_is_made_whole(scene: Scene) -> None:
    """A file system that forgot the copy's end at a power cut: stage puts it right before anything reads it."""
    scene.reset()
    shutil.copytree(scene.build, scene.store.path(scene.new))
    _halve(scene.store.path(scene.new) / "exporters" / "facts.json")
    (scene.store.path(scene.new) / "z").unlink()
    report = scene.walk()
    assert report.code == 0, report
    assert whole(scene.store) == scene.new
    clean(scene.store)


def test_rolling_back_to_a_damaged_release_is_refused(scene: Scene) -> None:
    """Nothing says what it should be, so it isn't run: the current one stays."""
    scene.reset()
    _halve(scene.store.path(scene.past) / "exporters" / "facts.json")
    report = scene.walk("rollback")
    assert report.code == 1
    assert report.results[-1].text.endswith("exporters/facts.json (changed); go back to another")
    assert report.text == f"nothing was changed: {scene.old} is current"
    assert [step.name for step in APPLY][: len(report.results)] == [result.step for result in report.results]
    confirmed(scene.store)


def _told(scene: Scene, text: str) -> str:
    return said(scene, "apply", text)


def _halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _link_file(scene: Scene) -> None:
    (scene.base / "loose").mkdir()
    (scene.base / "loose" / "z").write_bytes((scene.store.link / "z").read_bytes())
    (scene.store.link / "z").unlink()
    (scene.store.link / "z").symlink_to(scene.base / "loose" / "z")


def _link_outside(scene: Scene) -> None:
    """Point it at a copy whose name is that of a release here."""
    shutil.copytree(scene.store.path(scene.old), scene.base / "elsewhere" / scene.old)
    _relink(scene, f"../elsewhere/{scene.old}")


def _relink(scene: Scene, target: str) -> None:
    scene.store.link.unlink()
    scene.store.link.symlink_to(target)


def _link_folder(scene: Scene) -> None:
    scene.store.link.unlink()
    scene.store.link.mkdir()


def _copy_half(scene: Scene) -> None:
    aside = scene.store.path(f".{scene.new}.17.aside")
    shutil.copytree(scene.build, aside)
    (aside / "manifest.json").unlink()
    _halve(aside / "z")


DAMAGE: dict[str, Callable[[Scene], object]] = {
    "file_half": lambda scene: _halve(scene.store.link / "z"),
    "file_gone": lambda scene: (scene.store.link / "z").unlink(),
    "file_changed": lambda scene: (scene.store.link / "z").write_text("by hand"),
    "file_link": _link_file,
    "file_extra": lambda scene: (scene.store.link / "mine.yml").write_text("mine"),
    "manifest_half": lambda scene: _halve(scene.store.link / "manifest.json"),
    "manifest_gone": lambda scene: (scene.store.link / "manifest.json").unlink(),
    "release_gone": lambda scene: shutil.rmtree(scene.store.path(scene.old)),
    "link_gone": lambda scene: scene.store.link.unlink(),
    "link_nowhere": lambda scene: _relink(scene, "releases/none"),
    "link_outside": _link_outside,
    "link_folder": _link_folder,
    "secret_half": lambda scene: _halve(scene.store.secrets / "noc"),
    "secret_gone": lambda scene: (scene.store.secrets / "noc").unlink(),
    "secret_mode": lambda scene: (scene.store.secrets / "noc").chmod(0o644),
    "secrets_mode": lambda scene: scene.store.secrets.chmod(0o755),
    "copy_half": _copy_half,
}
