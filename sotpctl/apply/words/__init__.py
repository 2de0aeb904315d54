"""What an apply would change, in words: two trees' files in, differences and sentences out. Pure functions.

`compare` finds what differs, each thing once; `sentences` folds them into as few lines as a person can read, also where
10,000 devices change at once.
"""

from collections.abc import Iterator, Sequence

from sotpctl.apply.words import devices, others, planned, routing, rules, scrape, thresholds
from sotpctl.apply.words.difference import Detail, Difference
from sotpctl.apply.words.fold import sentences
from sotpctl.apply.words.parse import Pair, Tree

__all__ = ["Detail", "Difference", "Tree", "compare", "sentences"]

_PARTS = (devices, thresholds, scrape, rules, routing, planned, others)
# Follow from devices and jobs, and say nothing new once those are said.
_DERIVED = (devices.FOLDER, scrape.FOLDER, others.MANIFEST)


def compare(old: Tree, new: Tree) -> tuple[Difference, ...]:
    """Return everything that differs between the tree that is applied and the one that would be.

    Args:
        old: Contents by path; {} before the first apply. Damaged and missing files are differences, whatever they hold.
        new: Likewise of the rendered tree.
    """
    pair = Pair(old, new)
    found = [difference for part in _PARTS for difference in part.compare(pair)]
    found += list(_unsaid(pair, found))
    if not found:
        alone = planned.commit(pair)
        found = [alone] if alone else [others.lines(pair, name) for name in pair.changed()]
    return tuple(found)


def _unsaid(pair: Pair, found: Sequence[Difference]) -> Iterator[Difference]:
    """Yield files that differ, and of which nothing is said yet."""
    said = {difference.file for difference in found}
    for name in pair.changed():
        damaged = name in pair.old and not pair.sound(name)
        if damaged or (name not in said and not name.startswith(_DERIVED)):
            yield others.lines(pair, name)
