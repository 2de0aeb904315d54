"""Scrape jobs and their targets, from prometheus.yml and its target files."""

from collections.abc import Iterator, Mapping
from typing import Any

from sotpctl.apply.words.difference import Detail, Difference
from sotpctl.apply.words.entries import differing, partly, places, whole
from sotpctl.apply.words.parse import Pair, listing, mapping, mappings, paths, text
from sotpctl.apply.words.values import count

FILE = "prometheus/prometheus.yml"
FOLDER = "prometheus/targets/"


def compare(pair: Pair) -> Iterator[Difference]:
    """Yield jobs that come, go or change, then targets of those that stay."""
    old, new = (_jobs(document) for document in pair.both(FILE))
    for job, before, after in differing(old, new):
        if before is None or after is None:
            number = count(len(_targets(pair, job)[before is None]), "target")
            yield whole("job", job, FILE, before, after, note=number)
        else:
            yield partly("job", job, FILE, paths(before, after))
    for name in pair.changed(FOLDER, ".json"):
        job = name.removeprefix(FOLDER).removesuffix(".json")
        if job in old and job in new and pair.sound(name):
            yield from _changes(name, job, *_targets(pair, job))


def _jobs(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {text(job.get("job_name")): job for job in mappings(document.get("scrape_configs"))}


def _targets(pair: Pair, job: str) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    before, after = pair.lists(f"{FOLDER}{job}.json")
    return _named(before), _named(after)


def _named(groups: list[Any]) -> dict[str, dict[str, Any]]:
    """Return the targets by name (`instance` where it is set, else the address) with address and labels of each."""
    found = {}
    for group in mappings(groups):
        labels = mapping(group.get("labels"))
        said = {f"label {key}": value for key, value in labels.items()}
        for address in map(str, listing(group.get("targets"))):
            found[text(labels.get("instance")) or address] = {"address": address, **said}
    return found


def _changes(
    name: str, job: str, old: Mapping[str, dict[str, Any]], new: Mapping[str, dict[str, Any]]
) -> Iterator[Difference]:
    added, removed = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    if len(added) == len(removed) == 1:  # an exporter that moves
        moved = [("address", removed[0], added[0])]
        yield partly("target", added[0], name, moved, scope=job, say=lambda _, old, new: Detail(f"{old} → {new}", ""))
        return
    for target, before, after in differing(old, new):
        if before is None or after is None:
            yield whole("target", target, name, before, after, scope=job)
        else:
            yield partly("target", target, name, places(before, after), scope=job)
