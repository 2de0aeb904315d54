"""The guard against a release that watches much less than the current one."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from sotpctl.apply import APPLY, ROLLBACK, Report, Store, Work, run, shrink

HINT = ": more than 20 % would no longer be watched; if that is meant: sotpctl apply --allow-shrink"


def _documents(**devices: Sequence[str]) -> dict[str, str]:
    """Exporters' files: exporter → its devices."""
    return {
        f"exporters/{name}.json": json.dumps({"targets": {key: {} for key in names}}) for name, names in devices.items()
    }


def _jobs(**devices: Sequence[str]) -> tuple[dict[str, str], dict[str, int]]:
    """Prometheus's targets and the manifest's numbers: job (with _ for -) → its devices."""
    jobs = {name.replace("_", "-"): names for name, names in devices.items()}
    groups = {
        job: [{"targets": ["127.0.0.1:10022"], "labels": {"instance": name}} for name in names]
        for job, names in jobs.items()
    }
    files = {f"prometheus/targets/{job}.json": json.dumps(rows) for job, rows in groups.items()}
    return files, {job: len(names) for job, names in jobs.items()}


def _names(number: int) -> list[str]:
    return [f"sw-{at:02}" for at in range(1, number + 1)]


async def _apply(store: Store, tree: Path, allow_shrink: bool = False) -> Report:
    return await run(Work(store, tree, {}, allow_shrink=allow_shrink), APPLY)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (24, 12, "icmp: 24 → 12 devices (-50 %), without sw-13, sw-14, sw-15, sw-16, sw-17 and 7 more"),
        (3, 2, "icmp: 3 → 2 devices (-34 %), without sw-03"),
        (1, 0, "icmp: 1 → 0 devices (-100 %), without sw-01"),
        (1000, 799, "icmp: 1000 → 799 devices (-21 %), without sw-1000, sw-800, sw-801, sw-802, sw-803 and 196 more"),
        (5, 4, ""),
        (1000, 800, ""),
        (0, 0, ""),
        (0, 5, ""),
        (12, 24, ""),
    ],
)
async def test_more_than_a_fifth_fewer_is_refused(tree, tmp_path: Path, before: int, after: int, said: str) -> None:
    """Exactly 20 % may go, growth always; what is refused is said with numbers and names, and nothing is written."""
    store = Store(tmp_path / "sotp")
    await _apply(store, tree(_documents(icmp=_names(before)), "one"))
    old = store.current()
    report = await _apply(store, tree(_documents(icmp=_names(after)) | {"other": "x"}, "two"))
    if not said:
        assert report.code == 0, report
        return
    assert report.results[-1].text == said + HINT
    assert (report.code, report.text) == (1, f"nothing was changed: {old} is current")
    assert store.releases() == [old]


async def test_a_shrink_that_is_meant_is_applied(tree, tmp_path: Path) -> None:
    """With allow_shrink everything may go."""
    store = Store(tmp_path / "sotp")
    await _apply(store, tree(_documents(icmp=_names(9)), "one"))
    assert (await _apply(store, tree(_documents(icmp=[]), "two"), allow_shrink=True)).code == 0


async def test_a_rollback_is_not_guarded(tree, tmp_path: Path) -> None:
    """Back from many devices to one: it is asked for by name, and what it goes to has run before."""
    store = Store(tmp_path / "sotp")
    await _apply(store, tree(_documents(icmp=["a"]), "one"))
    first = str(store.current())
    await _apply(store, tree(_documents(icmp=_names(9)), "two"))
    assert (await run(Work(store, store.path(first), {}), ROLLBACK)).code == 0
    assert store.current() == first


def test_growth_in_one_place_hides_no_loss_in_another(tree) -> None:
    """Each exporter and each job counts by itself; a document or job that vanishes has lost everything."""
    files, numbers = _jobs(icmp=_names(4), snmp=_names(8))
    old = tree(_documents(icmp=_names(4), ssh=_names(2)) | files, "old", targets=numbers)
    files, numbers = _jobs(icmp=_names(40), snmp=_names(6))
    new = tree(_documents(icmp=_names(40)) | files, "new", targets=numbers)
    assert list(shrink.refusals(old, new)) == [
        "ssh: 2 → 0 devices (-100 %), without sw-01, sw-02",
        "job snmp: 8 → 6 targets (-25 %), without sw-07, sw-08",
    ]


def test_what_vanishes_in_several_places_is_said_once(tree) -> None:
    """An inventory that loses devices loses them everywhere: one line names all exporters."""
    old, new = (tree(_documents(facts=_names(n), icmp=_names(n)), str(n)) for n in (4, 2))
    assert list(shrink.refusals(old, new)) == ["facts, icmp: 4 → 2 devices (-50 %), without sw-03, sw-04"]


def test_another_poll_interval_is_no_loss(tree) -> None:
    """Devices that move from snmp-60s to snmp-1m30s are watched as before."""
    trees = []
    for name, jobs in (
        ("old", {"snmp_60s": _names(8), "snmp_5m": ["x"]}),
        ("new", {"snmp_1m30s": _names(7), "snmp_5m": ["x"]}),
    ):
        files, numbers = _jobs(**jobs)
        trees.append(tree(files, name, targets=numbers))
    assert list(shrink.refusals(*trees)) == []
    assert next(shrink.refusals(trees[0], tree({"x": ""}, "none"))).startswith("job snmp: 9 → 0 targets (-100 %)")


@pytest.mark.parametrize(
    "broken", ["", "[]", '{"targets": 7}', "null", '{"targets": ["a"]}', '[{"targets": 7}, {}, 5]']
)
def test_a_release_that_cannot_be_read_is_no_obstacle(tree, broken: str) -> None:
    """Torn files of the current release are compared as far as they can be: the next apply must mend them."""
    files, numbers = _jobs(icmp=_names(4))
    old = tree(_documents(icmp=_names(4), facts=_names(4)) | files, "old", targets=numbers)
    (old / "exporters" / "icmp.json").write_text(broken)
    (old / "prometheus" / "targets" / "icmp.json").write_text(broken)
    assert list(shrink.refusals(old, tree({"x": ""}, "new"))) == [
        "facts: 4 → 0 devices (-100 %), without sw-01, sw-02, sw-03, sw-04",
        "job icmp: 4 → 0 targets (-100 %)",
    ]
    (old / "manifest.json").write_text(broken)
    assert [line.partition(":")[0] for line in shrink.refusals(old, tree({"x": ""}, "new"))] == ["facts"]
