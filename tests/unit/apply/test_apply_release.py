"""The apply directory: whole releases, one link, and nothing deleted that isn't ours."""

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


def test_previous_follows_the_order_of_use(tree, tmp_path: Path) -> None:
    """`previous` is the release that was left last, not the one that was made last; the current one comes first."""
    store = Store(tmp_path / "sotp")
    one, two, three = (_staged(store, tree({"a": text}, text)) for text in "123")
    for release in (one, two, three, one):
        store.swap(release)
    assert store.current() == one
    assert store.releases() == [one, three, two]
    assert store.previous() == three
    assert store.link.readlink() == Path("releases") / one


def test_a_release_that_was_never_current_is_no_place_to_go_back_to(tree, tmp_path: Path) -> None:
    """What a killed apply has staged is neither listed nor `previous`; a refused one that is swapped back isn't."""
    store = Store(tmp_path / "sotp")
    one, two = (_staged(store, tree({"a": text}, text)) for text in "12")
    store.swap(one)
    assert (store.releases(), store.previous()) == ([one], None)
    store.swap(two)
    store.point(f"releases/{one}")
    assert store.current() == one
    assert (store.releases(), store.previous()) == ([one], None)


@pytest.mark.parametrize("target", ["releases/0123456789ab", "../elsewhere/{release}", "/nowhere", "."])
def test_a_link_that_points_elsewhere_names_no_release(tree, tmp_path: Path, target: str) -> None:
    """`current` counts only when it leads to a release of this directory, whatever its last part says."""
    store = Store(tmp_path / "sotp")
    release = _staged(store, tree({"a": "1"}))
    (tmp_path / "elsewhere" / release).mkdir(parents=True)
    assert store.trouble() == ""
    store.link.symlink_to(target.format(release=release))
    assert store.current() is None
    assert store.trouble() == f"{store.link} points to {target.format(release=release)}, which is no release here"


def test_trouble_says_what_is_wrong_with_what_is_current(tree, tmp_path: Path) -> None:
    """A changed file, a lost manifest and a lost link are each said; a whole release has no trouble."""
    store, root = Store(tmp_path / "sotp"), tree({"a.yml": "a"})
    release = _staged(store, root)
    store.swap(release)
    assert store.trouble() == ""
    (store.path(release) / "a.yml").write_text("")
    assert store.trouble() == f"{store.path(release)} is not as it was applied: a.yml (changed)"
    (store.path(release) / "manifest.json").write_text('{"release": ')
    assert store.trouble() == f"{store.path(release)} is not as it was applied: its manifest.json can't be read"
    store.stage(root, read_manifest(root))
    store.swap(_staged(store, tree({"a.yml": "b"}, "b")))
    store.link.unlink()
    assert store.trouble() == f"{store.link} is missing"


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
    """Of eight releases the current one and the four left last stay; a foreign file keeps its folder."""
    store = Store(tmp_path / "sotp")
    made = [_staged(store, tree({"a/b": str(number)}, str(number))) for number in range(8)]
    for release in made:
        store.swap(release)
    (store.path(made[0]) / "a" / "note").write_text("mine")
    assert store.prune() == (made[2::-1], [])
    assert store.releases() == made[:2:-1]
    assert len(store.releases()) == KEPT
    assert [path.name for path in store.path(made[0]).rglob("*")] == ["a", "note"]
    assert not store.path(made[1]).exists()


def test_pruning_says_what_it_cannot_know_to_be_ours(tree, tmp_path: Path) -> None:
    """A release whose manifest can't be read is left and named; the others go."""
    store = Store(tmp_path / "sotp")
    made = [_staged(store, tree({"a": str(number)}, str(number))) for number in range(KEPT + 2)]
    for release in made:
        store.swap(release)
    (store.path(made[1]) / "manifest.json").write_text("{")
    gone, left = store.prune()
    assert gone == [made[0]]
    assert left == [f"{store.path(made[1])}: its manifest.json can't be read to know what is ours: delete it by hand"]
    assert store.path(made[1]).exists()


def test_pruning_removes_secrets_that_no_kept_release_names(tree, tmp_path: Path) -> None:
    """A secret goes with the last release that needed it, and not before; so does its folder."""
    store = Store(tmp_path / "sotp")
    (store.secrets / "gone").mkdir(parents=True)
    for name in ("gone/old", "shared"):
        (store.secrets / name).write_text("x")
    for number in range(KEPT + 1):
        names = ["shared", "gone/old"] if number == 0 else ["shared"]
        root = tree({"a": str(number)}, str(number), secrets={name: {"env": "X"} for name in names})
        store.swap(_staged(store, root))
    store.prune()
    assert [path.name for path in store.secrets.iterdir()] == ["shared"]


def test_clearing_removes_what_a_killed_apply_left_and_nothing_else(tree, tmp_path: Path) -> None:
    """Half copies, files aside, a half deleted release and one that was never current go; people's own files stay."""
    store = Store(tmp_path / "sotp")
    current, half, never = (
        _staged(store, tree({"a": text, "b": text}, text, secrets={text: {"env": "X"}})) for text in "123"
    )
    store.swap(half)
    store.swap(current)
    (store.path(half) / "manifest.json").rename(store.path(half) / ".going.json")
    (store.path(half) / "a").unlink()
    rubbish = [
        store.directory / ".current.17.aside",
        store.path(f".{current}.17.aside") / "prometheus" / "rules.yml",
        store.path(current) / ".a.17.aside",
        store.secrets / "alertmanager" / ".noc.17.before",
    ]
    mine = [
        store.directory / ".current.bak",
        store.path(current) / ".a.swp",
        store.secrets / "note",
        store.secrets / "1",
    ]
    for path in rubbish + mine:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (store.secrets / "3").write_text("only the release that never became current names it")
    gone, left = store.clear(tmp_path / "build")
    assert left == []
    assert {*gone} == {
        ".current.17.aside",
        f"releases/.{current}.17.aside",
        f"releases/{current}/.a.17.aside",
        "secrets/alertmanager/.noc.17.before",
        f"releases/{half}",
        f"releases/{never}",
    }
    assert sorted(path.name for path in (store.directory / "releases").iterdir()) == [current]
    assert [path for path in mine if not path.exists()] == []
    assert not (store.secrets / "3").exists()
    assert store.clear(tmp_path / "build") == ([], [])
