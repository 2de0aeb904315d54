"""Our unified diff is one that patch(1) applies, and that takes seconds for 10,000 changes."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sotpctl.inventory.textdiff import unified

_TEXT = st.lists(st.sampled_from(["a", "b", "c", "d: 1", "", "e\r"]), max_size=12).map("\n".join)


@pytest.mark.skipif(shutil.which("patch") is None, reason="no patch here")
@settings(max_examples=40)
@given(_TEXT, _TEXT)
def test_patch_takes_it(tmp_path: Path, before: str, after: str) -> None:
    """Applied to the text before, the diff gives the text after, byte by byte."""
    file = tmp_path / "x"
    file.write_bytes(before.encode())
    diff = unified(before, after, "x")
    assert bool(diff) == (before != after)
    if diff and after:
        argv = ["patch", "--binary", "-s", "-p1", "--posix"]
        subprocess.run(argv, input=diff.encode(), cwd=tmp_path, check=True, capture_output=True)
        assert file.read_bytes() == after.encode()


def test_ten_thousand_changes() -> None:
    """10,000 inserted lines among 40,000 are found within seconds, and are all that is found."""
    before = "".join(f"  d{n}:\n    site: x\n    role: a\n    team: b\n" for n in range(10_000))
    after = before.replace("    team: b\n", "    team: c\n")
    started = time.process_time()
    lines = unified(before, after, "x").splitlines()[2:]
    assert time.process_time() - started < 10
    assert sum(line == "+    team: c" for line in lines) == sum(line == "-    team: b" for line in lines) == 10_000


def test_three_lines_around() -> None:
    """A change of one line in a long text comes with three lines before and behind it, not with the whole text."""
    before = "".join(f"line {n}\n" for n in range(100))
    changed = unified(before, before.replace("line 50\n", "new\n"), "x").splitlines()[2:]
    around = [[f" line {n}" for n in numbers] for numbers in ((47, 48, 49), (51, 52, 53))]
    assert changed == ["@@ -48,7 +48,7 @@", *around[0], "-line 50", "+new", *around[1]]
