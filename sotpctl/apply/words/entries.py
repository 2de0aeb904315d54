"""How a difference is made: of what comes or goes, and of what stays and changes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from sotpctl.apply.words.difference import Change, Detail, Difference, Kind
from sotpctl.apply.words.values import became

Place = tuple[str, Any, Any]  # where, what stands there, what would


class _Comparable(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...  # noqa: ANN401 - any key that sorts


_K = TypeVar("_K", bound=_Comparable)
_T = TypeVar("_T")


def differing(old: Mapping[_K, _T], new: Mapping[_K, _T]) -> Iterator[tuple[_K, _T | None, _T | None]]:
    """Yield each key whose values differ, in order, with both; None where one side doesn't have it."""
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if before != after:
            yield key, before, after


def places(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Place]:
    """Return each key whose values differ, in the mappings' own order."""
    keys = dict.fromkeys([*old, *new])
    return [(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]


def whole(
    kind: Kind,
    subject: str,
    file: str,
    before: Any,  # noqa: ANN401 - JSON
    after: Any,  # noqa: ANN401 - JSON
    *,
    scope: str = "",
    note: str = "",
    traits: Mapping[str, str] | None = None,
) -> Difference:
    """Return a thing that only one of the trees has."""
    change: Change = "added" if before is None else "removed"
    return Difference(
        kind, subject, change, file, scope=scope, before=before, after=after, note=note, traits=traits or {}
    )


def partly(
    kind: Kind,
    subject: str,
    file: str,
    found: Iterable[Place],
    *,
    say: Callable[[str, Any, Any], Detail] = became,
    scope: str = "",
    traits: Mapping[str, str] | None = None,
) -> Difference:
    """Return a thing that both trees have, with the places in which it differs."""
    rows = list(found)
    return Difference(
        kind,
        subject,
        "changed",
        file,
        scope=scope,
        before={where: left for where, left, _ in rows},
        after={where: right for where, _, right in rows},
        details=tuple(say(*row) for row in rows),
        traits=traits or {},
    )
