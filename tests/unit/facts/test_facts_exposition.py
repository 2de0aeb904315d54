"""Facts as text, and what is open now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from exporters.facts.app import FactsService
from exporters.kit.document import ConfigError, Document

NIGHT = datetime(2026, 12, 1, 22, tzinfo=UTC)


def settings(**changes: Any) -> dict[str, Any]:
    """A document's settings without facts, but for the changes."""
    return {"commit": "", "expected_targets": {}, "links": [], "maintenance": [], **changes}


def limit(severity: str = "warning", value: Any = 0.8, interface: str = "") -> dict[str, Any]:
    """One threshold."""
    return {"ifName": interface, "metric": "cpu", "severity": severity, "value": value}


def rows(text: str) -> dict[str, set[tuple[tuple[str, ...], float]]]:
    """Every family's label values and numbers; each label set once."""
    found: dict[str, set[tuple[tuple[str, ...], float]]] = {}
    for family in text_string_to_metric_families(text):
        assert family.name not in found
        assert family.type == "gauge"
        found[family.name] = {(tuple(sample.labels.values()), sample.value) for sample in family.samples}
        assert len(found[family.name]) == len(family.samples)
    return found


def served(document: Document, now: datetime = NIGHT) -> dict[str, set[tuple[tuple[str, ...], float]]]:
    """What a facts exporter with this document says at a moment."""
    service = FactsService(clock=lambda: now)
    service.swap(service.prepare(document))
    return rows(service.metrics_text())


def test_every_fact_is_a_series() -> None:
    """All the families of design.md, with their labels and values."""
    document = Document(
        "r",
        settings(
            commit="abc-dirty",
            expected_targets={"icmp": 1, "reachability": 2},
            links=[["a", "Te1/0/1", "b", "Gi1/0/48"]],
            maintenance=[
                {"name": "x", "devices": ["b"], "start": "2026-12-01T22:00:00Z", "end": "2026-12-01T23:00:00Z"}
            ],
        ),
        {
            "a": {"dependents": 8, "thresholds": [limit(), limit("critical", 1)]},
            "b": {"dependents": 0, "labels": {"site": "waw", "team": "noc"}},
        },
    )
    assert served(document, NIGHT + timedelta(minutes=2)) == {
        "sotp_device_info": {(("a", "", "", "", "", ""), 1), (("b", "waw", "", "", "", "noc"), 1)},
        "sotp_inventory_revision_info": {(("abc-dirty",), 1)},
        "sotp_expected_targets": {(("icmp",), 1), (("reachability",), 2)},
        "sotp_link_info": {(("a", "Te1/0/1", "b", "Gi1/0/48"), 1), (("b", "Gi1/0/48", "a", "Te1/0/1"), 1)},
        "sotp_link_first": {(("a", "Te1/0/1", "b", "Gi1/0/48"), 1)},
        "sotp_device_dependents": {(("a",), 8), (("b",), 0)},
        "sotp_threshold": {(("a", "", "cpu", "warning"), 0.8), (("a", "", "cpu", "critical"), 1)},
        "sotp_maintenance": {(("b",), 1)},
        "sotp_maintenance_started_timestamp_seconds": {(("b",), NIGHT.timestamp())},
        "sotp_site_maintenance_started_timestamp_seconds": {(("waw",), NIGHT.timestamp())},
    }


def test_a_link_written_from_both_ends_is_one_link() -> None:
    """Two rows that say the same give each series once: a duplicate would fail the scrape."""
    both = [["a", "x", "b", "y"], ["b", "y", "a", "x"], ["c", "z", "c", "z"]]
    expected = {("a", "x", "b", "y"), ("b", "y", "a", "x"), ("c", "z", "c", "z")}
    found = served(Document("r", settings(links=both), {}))
    assert {row[0] for row in found["sotp_link_info"]} == expected
    assert {row[0] for row in found["sotp_link_first"]} == expected - {("b", "y", "a", "x")}


def test_windows_that_overlap_give_one_series_each_device() -> None:
    """Three windows, two of them on the same device, opening and closing while the exporter runs."""

    def window(devices: list[str], first: int, last: int) -> dict[str, Any]:
        ends = [(NIGHT + timedelta(hours=hours)).isoformat() for hours in (first, last)]
        return {"name": "x", "devices": devices, "start": ends[0], "end": ends[1]}

    clock = [NIGHT]
    service = FactsService(clock=lambda: clock[0])
    maintenance = [window(["a", "b", "a"], 0, 2), window(["b", "c"], 1, 3), window(["b"], 1, 2)]
    service.swap(service.prepare(Document("r", settings(maintenance=maintenance), {})))
    seen = []
    for hour in (-1, 0, 1, 1.5, 2, 3):
        clock[0] = NIGHT + timedelta(hours=hour)
        seen.append("".join(sorted(row[0][0] for row in rows(service.metrics_text())["sotp_maintenance"])))
    assert seen == ["", "ab", "abc", "abc", "bc", ""]


def test_a_window_s_start_is_told_from_then_on_and_after_its_end() -> None:
    """The later of two, though it is over; by site where one held for all of its devices."""
    start, later = NIGHT, NIGHT + timedelta(hours=1)

    def window(devices: list[str], begins: datetime) -> dict[str, Any]:
        return {
            "name": "x",
            "devices": devices,
            "start": begins.isoformat(),
            "end": (begins + timedelta(minutes=5)).isoformat(),
        }

    clock = [NIGHT]
    service = FactsService(clock=lambda: clock[0])
    targets = {
        name: {"dependents": 0, "labels": {"site": site}}
        for name, site in (("a", "x"), ("b", "x"), ("c", "y"), ("d", ""))
    }
    entries = [window(["a", "b", "d"], start), window(["a", "c"], later)]
    service.swap(service.prepare(Document("r", settings(maintenance=entries), targets)))

    def seen(at: datetime) -> tuple[dict[str, float], dict[str, float]]:
        clock[0] = at
        found = rows(service.metrics_text())
        devices, sites = (
            {row[0][0]: row[1] for row in found[f"sotp_{of}maintenance_started_timestamp_seconds"]}
            for of in ("", "site_")
        )
        return devices, sites

    first, second = start.timestamp(), later.timestamp()
    assert seen(start - timedelta(seconds=1)) == ({}, {})
    assert seen(start) == (dict.fromkeys("abd", first), {"x": first})
    assert seen(later + timedelta(hours=1)) == (
        {"a": second, "b": first, "c": second, "d": first},
        {"x": first, "y": second},
    )


def test_a_swap_forgets_the_windows_of_before() -> None:
    """A window that the new document lacks is gone at once, though as many windows are open as before."""
    service = FactsService(clock=lambda: NIGHT)
    for device in ("a", "b"):
        entry = {"name": "x", "devices": [device], "start": "2026-12-01T00:00:00Z", "end": "2026-12-03T00:00:00Z"}
        service.swap(service.prepare(Document(device, settings(maintenance=[entry]), {})))
        assert rows(service.metrics_text())["sotp_maintenance"] == {((device,), 1)}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (Document("r", {}, {}), 'settings: "commit" is missing'),
        (Document("r", settings(comit=""), {}), 'settings: "comit" is no key of this version'),
        (
            Document("r", settings(expected_targets={"icmp": "1"}), {}),
            "settings.expected_targets.icmp: must be a whole",
        ),
        (
            Document("r", settings(links=[["a", "b"]]), {}),
            "settings.links[0]: must be [device, interface, peer, peer's",
        ),
        (Document("r", settings(), {"a": {}}), 'targets.a: "dependents" is missing'),
        (Document("r", settings(), {"a": {"dependents": 1, "treshold": []}}), 'targets.a: "treshold" is no key'),
        (
            Document("r", settings(), {"a": {"dependents": 1, "thresholds": [limit(), limit(value=0.9)]}}),
            "targets.a.thresholds[1]: is given twice for this device, ifName, metric and severity",
        ),
        (
            Document("r", settings(), {"a": {"dependents": 1, "thresholds": [limit("bad")]}}),
            "targets.a.thresholds[0].severity: must be one of critical, warning, info",
        ),
        (
            Document("r", settings(), {"a": {"dependents": 1, "thresholds": [limit(value="80%")]}}),
            "targets.a.thresholds[0].value: must be a number, not a string",
        ),
    ],
)
def test_a_wrong_document_is_refused(document: Document, message: str) -> None:
    """Each mistake with its place; nothing is half taken."""
    with pytest.raises(ConfigError) as caught:
        FactsService().prepare(document)
    assert str(caught.value).startswith(message)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(), some, max_size=3),
    max_leaves=5,
)


@given(st.fixed_dictionaries(dict.fromkeys(("commit", "expected_targets", "links", "maintenance"), ANY)), ANY, ANY)
def test_any_json_is_facts_or_a_config_error(wrong: dict[str, Any], dependents: Any, thresholds: Any) -> None:
    """Each part replaced by anything in turn: never another exception, never a text that can't be read."""
    documents = [Document("r", settings(**{key: wrong[key]}), {}) for key in wrong]
    documents += [Document("r", settings(), {"a": {"dependents": dependents, "thresholds": []}})]
    documents += [
        Document("r", settings(), {"a": {"dependents": 1, "thresholds": part}}) for part in (thresholds, [thresholds])
    ]
    for document in documents:
        try:
            served(document)
        except ConfigError:
            continue
