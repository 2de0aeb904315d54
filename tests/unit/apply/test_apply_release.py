"""The apply directory: whole releases, one link, and nothing deleted that isn't ours."""

import os
from pathlib import Path

import pytest

from sotpctl.apply import ApplyError, Store, read_manifest
from sotpctl.apply.manifest import drift
from sotpctl.apply.release import KEPT


def _staged(store: Store, tree: Path) -> str:
    manifest = read_manifest(tree)
    store.stage(tree, manifest)
    return manifest.release


def test_a_tree_that_is_what_its_manifest_says_has_no_drift(tree) -> None:
    """Untouched files agree with their hashes."""
    root = tree({"prometheus/prometheus.yml": "a", "exporters/icmp.json": "{}"})
    assert drift(root, read_manifest(root)) == {}


def test_every_kind_of_drift_is_named(tree) -> None:
    """A changed, a missing and an extra file (a symlink too) are each said by name."""
    root = tree({"a.yml": "a", "b.yml": "b", "c.yml": "c"})
    (root / "a.yml").write_text("hand")
    (root / "b.yml").unlink()
    (root / "z.yml").symlink_to("c.yml")
    assert drift(root, read_manifest(root)) == {"a.yml": "changed", "b.yml": "missing", "z.yml": "extra"}


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b", "./a", "a//b", ""])
def test_a_manifest_can_name_nothing_outside_its_tree(tree, name: str) -> None:
    """A path that leads out of the tree is refused, for files and for secrets."""
    root = tree({"a.yml": "a"}, secrets={name: {"env": "X"}})
    with pytest.raises(ApplyError, match=r"manifest\.json: secrets"):
        read_manifest(root)


def test_a_missing_manifest_says_what_writes_it(tmp_path: Path) -> None:
    """Without build/ the message leads to `sotpctl render`."""
    with pytest.raises(ApplyError, match=r"manifest\.json: no such file; `sotpctl render` writes it"):
        read_manifest(tmp_path)


def test_swap_and_previous_follow_the_order_of_use(tree, tmp_path: Path) -> None:
    """`previous` is the release that was current last, not the one that was made last."""
    store = Store(tmp_path / "sotp")
    one, two, three = (_staged(store, tree({"a": text}, text)) for text in "123")
    for at, release in enumerate((one, two, three, one)):
        store.swap(release)
        os.utime(store.path(release), (at, at))
    assert store.current() == one
    assert store.previous() == three
    assert store.link.readlink() == Path("releases") / one


def test_a_release_changed_by_hand_is_put_right(tree, tmp_path: Path) -> None:
    """Staging again restores what was edited or removed, and says so."""
    store, root = Store(tmp_path / "sotp"), tree({"a.yml": "a", "b/c.yml": "c"})
    release = store.path(_staged(store, root))
    (release / "a.yml").write_text("by hand")
    (release / "b" / "c.yml").unlink()
    assert store.stage(root, read_manifest(root)) == ["a.yml", "b/c.yml"]
    assert (release / "a.yml").read_text() == "a"
    assert drift(release, read_manifest(root)) == {}


def test_a_foreign_file_in_a_release_is_named_and_left(tree, tmp_path: Path) -> None:
    """What no apply wrote is neither deleted nor run: a rule file laid in by hand would be."""
    store, root = Store(tmp_path / "sotp"), tree({"rules/a.yml": "a"})
    release = store.path(_staged(store, root))
    (release / "rules" / "mine.yml").write_text("mine")
    with pytest.raises(ApplyError, match=r"rules/mine\.yml; move them away"):
        store.stage(root, read_manifest(root))
    assert (release / "rules" / "mine.yml").read_text() == "mine"


def test_pruning_keeps_the_last_ones_and_what_is_not_ours(tree, tmp_path: Path) -> None:
    """Of eight releases the five used last stay; a foreign file keeps its folder; leftovers of a killed apply go."""
    store = Store(tmp_path / "sotp")
    made = [_staged(store, tree({"a/b": str(number)}, str(number))) for number in range(8)]
    for at, release in enumerate(made):
        os.utime(store.path(release), (at, at))
    (store.path(made[0]) / "a" / "note").write_text("mine")
    os.utime(store.path(made[0]), (0, 0))
    (store.directory / "releases" / ".0123456789ab.1").mkdir()
    assert sorted(store.prune()) == sorted(made[:3])
    assert store.releases() == made[:2:-1]
    assert len(store.releases()) == KEPT
    assert (store.path(made[0]) / "a" / "note").exists()
    assert not store.path(made[1]).exists()
    assert not list((store.directory / "releases").glob(".*"))


def test_pruning_removes_secrets_that_no_kept_release_names(tree, tmp_path: Path) -> None:
    """A secret goes with the last release that needed it, and not before."""
    store = Store(tmp_path / "sotp")
    store.secrets.mkdir(parents=True)
    for name in ("old", "shared"):
        (store.secrets / name).write_text("x")
    for number in range(KEPT + 1):
        names = ["shared", "old"] if number == 0 else ["shared"]
        root = tree({"a": str(number)}, str(number), secrets={name: {"env": "X"} for name in names})
        os.utime(store.path(_staged(store, root)), (number, number))
    store.prune()
    assert [path.name for path in store.secrets.iterdir()] == ["shared"]
