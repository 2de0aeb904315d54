"""Differences as lines: equal ones become one, and many become "a, b, c and 1,197 more"."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar, get_args

from sotpctl.apply.words.difference import Detail, Difference, Kind
from sotpctl.apply.words.values import count, joined, names

_LINES = 20  # of one kind; what is more is folded harder
_DETAILS = 5  # settings that a line names
_TRAITS = 2
_SHOWN = 3  # names that a line gives
_FILES = frozenset({"setting", "dashboard", "systemd unit", "template", "file"})  # whose subject says it all
_K = TypeVar("_K", bound=Hashable)


def sentences(differences: Iterable[Difference]) -> list[str]:
    """Return the summary's lines, those about devices first."""
    kinds: dict[Kind, list[Difference]] = defaultdict(list)
    for one in differences:
        kinds[one.kind].append(one)
    return [line for kind in get_args(Kind) for line in _lines(kind, kinds[kind])]


def _lines(kind: Kind, rows: Sequence[Difference]) -> Iterator[str]:
    for change, sign in (("added", "+"), ("removed", "-")):
        chosen = [row for row in rows if row.change == change]
        if kind == "target":
            for job, group in _grouped(chosen, lambda row: row.scope):
                yield f"{sign}{count(len(group), kind)} in job {job}"
        elif chosen:
            yield f"{sign}{count(len(chosen), kind)}{_listed(chosen)}"
    yield from _changed(kind, [row for row in rows if row.change == "changed"])


def _listed(rows: Sequence[Difference]) -> str:
    """Return the names; of a few with what a person wants to know of each, of many with what they share."""
    if len(rows) <= (1 if rows[0].kind == "inhibition" else _SHOWN):  # an inhibition fills a line
        return f": {', '.join(f'{row.subject} ({row.note})' if _noted(row) else row.subject for row in rows)}"
    if rows[0].kind == "inhibition":
        return ""
    shared = _shared(rows)
    return (f" ({shared}): " if shared else ": ") + names(_subjects(rows))


def _noted(row: Difference) -> bool:
    return bool(row.note) and row.change == "added"


def _changed(kind: Kind, rows: Sequence[Difference]) -> Iterator[str]:
    """Yield a line for equal changes; where these are many, one for those that concern the same settings."""
    if kind == "setting":
        rows = _by_file(rows)
    equal = _grouped(rows, lambda row: (_scope(row), row.details))
    whole = len(equal) if len(equal) <= _LINES else sum(len(group) > 1 for _, group in equal[:_LINES])
    for _, group in equal[:whole]:
        yield _line(group)
    rest = [row for _, group in equal[whole:] for row in group]
    alike = _grouped(rest, lambda row: (_scope(row), tuple(detail.what for detail in row.details)))
    for _, group in alike[:_LINES]:
        yield _line(group)
    left = sum(len(group) for _, group in alike[_LINES:])
    if left:
        yield f"~{count(left, kind)} more: `--output json` has every one"


def _line(group: Sequence[Difference]) -> str:
    first = group[0]
    if first.kind == "commit":
        return joined(first.details)
    if all(row.details == first.details for row in group):
        return f"{_head(first, group)}: {joined(first.details)}"
    whats = [detail.what for detail in first.details]
    said = ", ".join(whats[:_DETAILS]) + (f" and {len(whats) - _DETAILS} more" if len(whats) > _DETAILS else "")
    return f"{_head(first, group)}: {said} changed; for example {first.subject}: {joined(first.details)}"


def _head(first: Difference, group: Sequence[Difference]) -> str:
    """Return what a line is about."""
    kind, number = first.kind, len(group)
    if kind in _FILES:
        return names(_subjects(group))
    if kind == "target":
        return f"~{count(number, kind)} in job {first.scope}"
    if kind == "threshold":
        return f"threshold {first.scope} of {_named(group, 'interface' if ':' in first.subject else 'device')}"
    if kind == "device":
        return f"~{_named(group, kind)}" if number > _SHOWN else f"~{count(number, kind)}: {names(_subjects(group))}"
    return f"{kind}{'s' if number > 1 else ''} {names(_subjects(group))}"


def _named(group: Sequence[Difference], noun: str) -> str:
    """Return the names of a few; of many how many they are, and what they share, else the first names."""
    if len(group) <= _SHOWN:
        return names(_subjects(group))
    return f"{count(len(group), noun)} ({_shared(group) or names(_subjects(group))})"


def _shared(rows: Sequence[Difference]) -> str:
    """Return "site waw, role access" where that is true of every row."""
    first = rows[0].traits
    shared = [key for key, value in first.items() if all(row.traits.get(key) == value for row in rows)]
    return ", ".join(f"{key} {first[key]}" for key in shared[:_TRAITS])


def _scope(row: Difference) -> tuple[str, bool]:
    """Return what keeps rows apart that have changed alike: metric or job, and whether it is an interface's."""
    return (row.scope, ":" in row.subject) if row.kind in {"threshold", "target"} else ("", False)


def _subjects(rows: Iterable[Difference]) -> list[str]:
    return [row.subject for row in rows]


def _by_file(rows: Iterable[Difference]) -> list[Difference]:
    """Return one row a file, with the first few of its settings."""
    merged = []
    for file, group in _grouped(rows, lambda row: row.file):
        details = [detail for row in group for detail in row.details]
        more = (Detail(f"and {len(details) - _DETAILS} more", ""),) if len(details) > _DETAILS else ()
        merged.append(replace(group[0], subject=file, details=(*details[:_DETAILS], *more)))
    return merged


def _grouped(rows: Iterable[Difference], key: Callable[[Difference], _K]) -> list[tuple[_K, list[Difference]]]:
    """Return rows by key, the greatest group first, else in the order in which they came."""
    groups: dict[_K, list[Difference]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return sorted(groups.items(), key=lambda item: -len(item[1]))
