"""A kill at any system call loses nothing that was synced, repeats one batch at most, and no count goes wrong."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
STEPS = 5


class Driver:
    """The warm process."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.spool.driver"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, directory: Path, kill_at: int, steps: int) -> dict[str, Any]:
        """One child."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{directory} {kill_at} {steps}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    """One for all."""
    made = Driver()
    yield made
    assert made.process.stdin
    made.process.stdin.close()
    made.process.wait(20)


def _told(answer: dict[str, Any], word: str) -> list[int]:
    return [int(line.split()[1]) for line in answer["told"] if line.startswith(word)]


def _check(answers: list[dict[str, Any]], kills: int) -> None:
    delivered = Counter(number for answer in answers for number in _told(answer, "delivered"))
    synced = max([0, *(number for answer in answers for number in _told(answer, "synced"))])
    assert set(range(0, synced, 10)) <= set(delivered), "a synced message is lost"
    assert sum(delivered.values()) - len(delivered) <= kills, "more than one batch a kill came twice"
    received, shipped, dropped, spooled = map(int, answers[-1]["told"][-1].split()[1:])
    assert received == shipped + dropped + spooled
    assert (dropped, spooled) == (0, 0)
    assert shipped == 10 * len(delivered)


def test_a_kill_at_each_system_call(driver: Driver, tmp_path: Path) -> None:
    """Rotation, cursor movement, deletion: killed before each call in turn, then started again and drained."""
    at = 0
    while True:
        at += 1
        directory = tmp_path / str(at)
        first = driver.run(directory, at, STEPS)
        again = driver.run(directory, 0, 2)
        drained = driver.run(directory, 0, 0)
        assert again["code"] == drained["code"] == 0
        _check([first, again, drained], kills=1)
        if not first["killed"]:
            break
    assert at > 60


def test_kill_upon_kill(driver: Driver, tmp_path: Path) -> None:
    """Killed again and again in the same directory, at ever other places, recovery too."""
    answers = [driver.run(tmp_path, 1 + number * 7 % 45, STEPS) for number in range(40)]
    kills = sum(answer["killed"] for answer in answers)
    assert kills > 20
    answers.append(driver.run(tmp_path, 0, 0))
    _check(answers, kills)
