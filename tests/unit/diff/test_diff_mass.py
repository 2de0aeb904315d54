"""10,000 devices: a summary that a person reads, at a small multiple of what reading the files costs."""

import gc
import json
import time
from collections.abc import Callable
from typing import Any

from sotpctl.apply.diff import compare as compare_files
from sotpctl.apply.words import Tree, compare, sentences

NUMBER = 10_000


def _fleet(
    change: Callable[[int, dict[str, Any], list[dict[str, Any]]], object] = lambda *_: None, number=NUMBER
) -> Tree:
    icmp, facts = [], []
    for at in range(number):
        target: dict[str, Any] = {
            "address": f"127.1.{at >> 8}.{at & 255}",
            "interval": 6.0,
            "labels": {"site": f"s{at // 50:03}", "role": "access" if at % 10 else "core", "team": "noc"},
            "parents": [f"d{at // 10:05}"],
        }
        limits = [
            {"ifName": "", "metric": metric, "severity": severity, "value": value}
            for metric in ("cpu", "memory", "icmp_loss")
            for severity, value in (("warning", 0.8), ("critical", 0.95))
        ]
        change(at, target, limits)
        icmp.append(f"{json.dumps(f'd{at:05}')}: {json.dumps(target)}")
        facts.append(f"{json.dumps(f'd{at:05}')}: {json.dumps({'dependents': 0, 'thresholds': limits})}")
    tail = ",\n"
    return {
        "exporters/icmp.json": f'{{"settings": {{}}, "targets": {{\n{tail.join(icmp)}\n}}}}\n'.encode(),
        "exporters/facts.json": f'{{"settings": {{}}, "targets": {{\n{tail.join(facts)}\n}}}}\n'.encode(),
    }


def test_a_thousand_new_devices_are_one_line() -> None:
    """How many, and the first names."""
    assert sentences(compare(_fleet(number=8_800), _fleet())) == [
        "+1,200 devices (team noc): d08800, d08801, d08802 and 1,197 more"
    ]


def test_a_limit_of_a_role_is_one_line() -> None:
    """812 or 9,000: the role is named, they are counted."""

    def raised(_: int, target: dict[str, Any], limits: list[dict[str, Any]]) -> None:
        if target["labels"]["role"] == "access":
            limits[0]["value"] = 0.85

    assert sentences(compare(_fleet(), _fleet(raised))) == [
        "threshold cpu of 9,000 devices (role access, team noc): warning 80 % → 85 %"
    ]


def test_changes_of_each_its_own_are_folded_hard() -> None:
    """All renumbered, and a tenth moved: what they have in common is which settings changed."""

    def moved(at: int, target: dict[str, Any], _: list[dict[str, Any]]) -> None:
        target["address"] = f"127.2.{at >> 8}.{at & 255}"
        if at % 10 == 0:
            target["parents"] = [f"d{at:05}"]

    lines = sentences(compare(_fleet(), _fleet(moved)))
    assert lines == [
        "~9,001 devices (team noc): address changed; for example d00000: address 127.1.0.0 → 127.2.0.0",
        (
            "~999 devices (role core, team noc): address, parents changed; "
            "for example d00010: address 127.1.0.10 → 127.2.0.10; parents +d00010 -d00001"
        ),
    ]


def test_a_handful_of_changes_is_told_one_by_one() -> None:
    """Twenty lines are read; the twenty-first folds them."""

    def some(number: int) -> Callable[[int, dict[str, Any], list[dict[str, Any]]], object]:
        return lambda at, target, _: target.update(address=f"127.2.0.{at}") if at < number else None

    assert len(sentences(compare(_fleet(number=100), _fleet(some(20), 100)))) == 20
    assert sentences(compare(_fleet(number=100), _fleet(some(21), 100))) == [
        "~21 devices (site s000, team noc): address changed; for example d00000: address 127.1.0.0 → 127.2.0.0"
    ]


def test_ten_thousand_changed_devices_cost_six_times_their_json() -> None:
    """Words and file list with its patches, against reading the same files: 1.5 s of CPU where those take 0.25 s."""

    def all_of_it(at: int, target: dict[str, Any], limits: list[dict[str, Any]]) -> None:
        target["address"] = f"127.2.{at >> 8}.{at & 255}"
        limits[0]["value"] = 0.5 + at / 100_000

    old, new = _fleet(), _fleet(all_of_it)

    def reading() -> None:
        for tree in (old, new):
            for content in tree.values():
                json.loads(content)

    def telling() -> None:
        sentences(compare(old, new))
        assert [(one.added, one.removed) for one in compare_files(old, new)] == [(NUMBER, NUMBER)] * 2

    assert _cost(telling) / _cost(reading) < 6


def _cost(work: Callable[[], None]) -> float:
    """CPU seconds of this thread, the least of three: what else lives in this process is not its doing."""
    gc.collect()
    gc.freeze()  # thousands of tests' objects would be looked at again at each collection
    try:
        return min(_timed(work) for _ in range(3))
    finally:
        gc.unfreeze()


def _timed(work: Callable[[], None]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start
