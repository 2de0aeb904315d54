"""A real disk that is full: a small tmpfs, as root."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporters.kit.spool import Spool


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """One of 1 MB."""
    where = tmp_path / "disk"
    where.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(where)], check=False, capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"no tmpfs can be mounted: {made.stderr.strip()}")
    yield where
    subprocess.run(["umount", str(where)], check=True)


async def test_a_full_disk_comes_back(disk: Path) -> None:
    """Filled up, messages wait in memory and the oldest make room; when it is freed all goes on by itself."""
    spool = Spool(disk / "spool", most_bytes=64 * 1024 * 1024, segment_bytes=64 * 1024, memory_bytes=256 * 1024)
    for number in range(200):
        spool.put(b"%6d" % number + os.urandom(10_000), 10, number, {"tcp": 10}, {})
        await spool.flush()
        ledger = spool.ledger
        assert ledger.received.total() == ledger.shipped + ledger.dropped().total() + ledger.spooled
    assert spool.troubles.write_errors > 0
    lost = spool.ledger.dropped()["spool_full"]
    assert 0 < lost < 1500
    found = []
    while batch := await spool.take(1):
        found.append(int(batch.blocks[0].payload[:6]))
        spool.settle(batch.count, {})
        if len(found) == 30:
            await spool.flush()
    await spool.flush()
    while batch := await spool.take(1):
        found.append(int(batch.blocks[0].payload[:6]))
        spool.settle(batch.count, {})
    assert found == sorted(set(found))
    assert found[-1] == 199
    assert len(found) * 10 + lost == 2000
    assert spool.ledger.dropped() == {"spool_full": lost}
    await spool.flush()
    assert spool.troubles.error == ""
    await spool.close()
