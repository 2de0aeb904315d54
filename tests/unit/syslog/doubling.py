"""How the cost of some work grows with its size: a ratio, whatever the machine is and whoever else uses it."""

import gc
import time
from collections.abc import Callable
from typing import TypeVar

_LEAST_S = 1e-3  # what takes less is more of the caches than of its size
Subject = TypeVar("Subject")


def growth(work: Callable[[Subject], object], half: Subject, whole: Subject) -> float:
    """Returns how many times as long the whole takes as its half: 2 where the cost is linear, 4 for the square."""
    gc.disable()  # other tests' objects are not its doing
    try:
        return _seconds(work, whole) / _seconds(work, half)
    finally:
        gc.enable()


def _seconds(work: Callable[[Subject], object], subject: Subject) -> float:
    """CPU of this thread, the least of three."""
    found = []
    for _ in range(3):
        started = time.thread_time()
        work(subject)
        found.append(time.thread_time() - started)
    return max(_LEAST_S, min(found))
