"""Ranges of message numbers that were given up, and counted, while the cursor stands before them. Pure."""

from collections.abc import Iterable


class Holes:
    """Sorted ranges that don't meet."""

    def __init__(self, ranges: Iterable[Iterable[int]] = ()) -> None:
        self.ranges: list[list[int]] = [list(each) for each in ranges]

    def add(self, first: int, end: int) -> int:
        """Adds a range; returns how many numbers of it weren't in one."""
        if end <= first:
            return 0
        count = end - first
        kept: list[list[int]] = []
        for start, stop in self.ranges:
            count -= max(0, min(stop, end) - max(start, first)) if start < end and stop > first else 0
        low, high = first, end
        for start, stop in self.ranges:
            if stop < low or start > high:
                kept.append([start, stop])
            else:
                low, high = min(low, start), max(high, stop)
        self.ranges = sorted([*kept, [low, high]])
        return count

    def after(self, number: int) -> int:
        """Returns the first number from this one on that is in no range."""
        for start, stop in self.ranges:
            if start <= number < stop:
                number = stop
        return number

    def forget(self, before: int) -> None:
        """Drops the ranges that end before a number."""
        self.ranges = [each for each in self.ranges if each[1] > before]
