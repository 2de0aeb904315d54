"""What is put in comes out once, in order, and every message is accounted for."""

import errno
import os
import random
from pathlib import Path

import pytest

from exporters.kit.spool import Policy, Spool
from exporters.kit.spool.holes import Holes

KIB = 1024


def open_spool(path: Path, **options) -> Spool:
    """A small one: a segment holds a few blocks."""
    return Spool(path, **({"most_bytes": 64 * KIB, "segment_bytes": 4096} | options))


def put(spool: Spool, number: int, count: int = 10, size: int = 1000) -> None:
    """A block that says which one it is."""
    spool.put(f"{number:06}".encode() + bytes(size), count, number, {"tcp": count}, {})


def numbers(batch) -> list[int]:
    """Which blocks a batch has."""
    return [int(block.payload[:6]) for block in batch.blocks]


async def drain(spool: Spool, most: int = 1) -> list[int]:
    """Ship everything."""
    found = []
    while batch := await spool.take(most):
        found += numbers(batch)
        spool.settle(batch.count, {})
    return found


def files(path: Path) -> list[Path]:
    """The segments."""
    return sorted(path.glob("*.segment"))


def balanced(spool: Spool) -> bool:
    """The identity."""
    ledger = spool.ledger
    return ledger.received.total() == ledger.shipped + ledger.dropped().total() + ledger.spooled


async def test_comes_out_in_order_once(tmp_path: Path) -> None:
    """Blocks over many segments come out in order; shipped segments are deleted."""
    spool = open_spool(tmp_path)
    for number in range(40):
        put(spool, number)
        await spool.flush()
    assert await drain(spool) == list(range(40))
    await spool.flush()
    assert len(files(tmp_path)) <= 1
    assert (spool.ledger.shipped, spool.ledger.spooled) == (400, 0)
    await spool.close()


async def test_small_blocks_are_shipped_together(tmp_path: Path) -> None:
    """A batch has as many blocks as fit into it, whether from memory or from the disk."""
    spool = open_spool(tmp_path)
    for number in range(10):
        put(spool, number)
    await spool.flush()
    await spool.close()
    spool = open_spool(tmp_path)
    batch = await spool.take(3500)
    assert batch
    assert numbers(batch) == [0, 1, 2]
    await spool.close()


async def test_nothing_comes_out_before_it_is_on_the_disk(tmp_path: Path) -> None:
    """What was put in isn't shipped before the flush."""
    spool = open_spool(tmp_path)
    put(spool, 1)
    assert await spool.take(1) is None
    await spool.flush()
    assert await drain(spool) == [1]
    await spool.close()


async def test_a_batch_that_isnt_settled_comes_again(tmp_path: Path) -> None:
    """The cursor moves with the acknowledgement only, over a restart too, and the counts stay with it."""
    spool = open_spool(tmp_path)
    for number in range(6):
        put(spool, number)
    spool.put(b"", 0, 0, {"udp": 7}, {"rate": 7})
    await spool.flush()
    first = await spool.take(1)
    assert first
    spool.settle(first.count, {})
    assert await spool.take(1)
    await spool.close()
    spool = open_spool(tmp_path)
    assert spool.ledger.received == {"tcp": 60, "udp": 7}
    assert (spool.ledger.shipped, spool.ledger.spooled, spool.ledger.dropped()) == (10, 50, {"rate": 7})
    assert await drain(spool) == [1, 2, 3, 4, 5]
    assert balanced(spool)
    await spool.close()


async def test_the_oldest_is_dropped_but_never_what_is_out(tmp_path: Path) -> None:
    """A full spool drops the oldest segments, counts them, and leaves alone what is being shipped."""
    spool = open_spool(tmp_path)
    put(spool, 0)
    await spool.flush()
    out = await spool.take(1)
    assert out
    for number in range(1, 200):
        put(spool, number)
        await spool.flush()
        assert spool.bytes <= 64 * KIB + 4096
        assert balanced(spool)
    lost = spool.ledger.dropped()["spool_full"]
    assert lost > 1000
    spool.settle(10, {})
    rest = await drain(spool)
    assert rest[5] > 100  # after the segment that was being shipped
    assert rest[-1] == 199
    assert rest == sorted(rest)
    assert spool.ledger.shipped + lost == 2000
    assert spool.ledger.dropped() == {"spool_full": lost}  # and not counted as damaged when passed
    assert spool.ledger.spooled == 0
    await spool.close()


async def test_a_restart_remembers_what_was_dropped(tmp_path: Path) -> None:
    """Dropped while a batch was out, then killed: nothing is counted twice."""
    spool = open_spool(tmp_path)
    for number in range(150):
        put(spool, number)
        await spool.flush()
        await spool.take(1)
    await spool.close()
    spool = open_spool(tmp_path)
    lost = spool.ledger.dropped()["spool_full"]
    shipped = await drain(spool)
    assert len(shipped) * 10 + lost == 1500
    assert spool.ledger.dropped() == {"spool_full": lost}
    assert spool.ledger.spooled == 0
    await spool.close()


async def test_stop_reading_says_that_it_is_full(tmp_path: Path) -> None:
    """With the other policy nothing is dropped: `full` tells the receivers, until something was shipped."""
    spool = open_spool(tmp_path, policy=Policy.STOP_READING)
    number = 0
    while not spool.full:
        put(spool, number)
        await spool.flush()
        number += 1
    assert 50 < number < 80
    batch = await spool.take(20_000)
    assert batch
    spool.settle(batch.count, {})
    assert not spool.full
    assert spool.ledger.dropped() == {}
    await spool.close()


async def test_every_message_is_settled(tmp_path: Path) -> None:
    """Settling fewer or more messages than are out is refused: the ledger would lie."""
    spool = open_spool(tmp_path)
    put(spool, 1)
    await spool.flush()
    await spool.take(1)
    with pytest.raises(ValueError, match="settled, once"):
        spool.settle(9, {})
    await spool.close()


async def test_one_process_only(tmp_path: Path) -> None:
    """A second user of the directory is refused."""
    spool = open_spool(tmp_path)
    with pytest.raises(OSError, match="another process uses it"):
        open_spool(tmp_path)
    await spool.close()


async def test_a_full_disk_is_survived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the disk takes nothing, messages are held in memory and shipped from there; then it writes again."""
    spool = open_spool(tmp_path)
    put(spool, 0)
    await spool.flush()
    real = os.pwrite

    def full(descriptor: int, data: bytes, at: int) -> int:
        if Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".segment":
            if len(data) > 500:
                return real(descriptor, data[:200], at)  # a part, then no more
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data, at)

    monkeypatch.setattr(os, "pwrite", full)
    for number in range(1, 5):
        put(spool, number, size=600)
        await spool.flush()
    assert spool.troubles.error == os.strerror(errno.ENOSPC)
    assert spool.troubles.write_errors == 4
    assert balanced(spool)
    batch = await spool.take(1)
    assert batch
    spool.settle(batch.count, {})
    batch = await spool.take(1)
    assert batch
    assert numbers(batch) == [1]
    spool.settle(batch.count, {})
    monkeypatch.setattr(os, "pwrite", real)
    await spool.flush()
    assert spool.troubles.error == ""
    await spool.close()
    spool = open_spool(tmp_path)
    assert await drain(spool) == [2, 3, 4]
    assert spool.ledger.shipped == 50
    assert balanced(spool)
    await spool.close()


async def test_memory_is_bounded_while_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk takes nothing and nothing is shipped, the oldest in memory is dropped and counted."""
    spool = open_spool(tmp_path, memory_bytes=8 * KIB)

    def full(path: Path, *_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(os, "open", full)
    for number in range(50):
        put(spool, number)
        await spool.flush()
        assert balanced(spool)
    monkeypatch.undo()
    await spool.flush()
    rest = await drain(spool)
    assert rest == list(range(rest[0], 50))
    assert spool.ledger.dropped() == {"spool_full": 10 * rest[0]}
    await spool.close()


@pytest.mark.parametrize("seed", range(10))
async def test_flipped_bits(tmp_path: Path, seed: int) -> None:
    """1,000 flipped bits in ten runs: what comes out is intact, the rest is counted as damaged, to the message."""
    spool = open_spool(tmp_path, most_bytes=1024 * KIB, segment_bytes=16 * KIB)
    for number in range(500):
        put(spool, number)
        await spool.flush()
    await spool.close()
    luck = random.Random(seed)
    paths = files(tmp_path)
    for _ in range(100):
        path = luck.choice(paths)
        data = bytearray(path.read_bytes())
        at = luck.randrange(len(data))
        data[at] ^= 1 << luck.randrange(8)
        path.write_bytes(data)
    spool = open_spool(tmp_path, most_bytes=1024 * KIB, segment_bytes=16 * KIB)
    found = []
    while batch := await spool.take(1):
        assert batch.blocks[0].payload[6:] == bytes(1000)
        found += numbers(batch)
        spool.settle(batch.count, {})
    assert found == sorted(set(found))
    assert 400 <= len(found) < 500
    assert spool.ledger.dropped() == {"damaged": 5000 - 10 * len(found)}
    assert spool.ledger.spooled == 0
    assert spool.troubles.damaged_blocks > 0
    assert balanced(spool)
    await spool.close()


@pytest.mark.parametrize("slot", [0, 1])
async def test_a_damaged_cursor_slot(tmp_path: Path, slot: int) -> None:
    """One damaged slot costs a batch sent twice at most, and no count goes wrong."""
    spool = open_spool(tmp_path)
    for number in range(20):
        put(spool, number)
    await spool.flush()
    for _ in range(10):
        batch = await spool.take(1)
        assert batch
        spool.settle(batch.count, {})
    await spool.close()
    data = bytearray((tmp_path / "cursor").read_bytes())
    data[slot * 16 * KIB + 30] ^= 1
    (tmp_path / "cursor").write_bytes(data)
    spool = open_spool(tmp_path)
    rest = await drain(spool)
    assert rest in ([*range(9, 20)], [*range(10, 20)])
    assert spool.ledger.shipped == 200
    assert balanced(spool)
    await spool.close()


@pytest.mark.parametrize("cut", [1, 30, 60, 500, 1000])
async def test_a_torn_write(tmp_path: Path, cut: int) -> None:
    """The last block lost its end: it was never received; all before it comes out."""
    spool = open_spool(tmp_path, segment_bytes=64 * KIB)
    for number in range(5):
        put(spool, number)
        await spool.flush()
    saved = (tmp_path / "cursor").read_bytes()
    put(spool, 5)
    await spool.flush()
    await spool.close()
    (tmp_path / "cursor").write_bytes(saved)
    path = files(tmp_path)[0]
    os.truncate(path, path.stat().st_size - cut)
    spool = open_spool(tmp_path)
    assert spool.ledger.received == {"tcp": 50}
    put(spool, 6)
    await spool.flush()
    assert await drain(spool) == [0, 1, 2, 3, 4, 6]
    assert balanced(spool)
    assert spool.ledger.dropped() == {}
    await spool.close()


def test_holes() -> None:
    """Ranges merge, and only what is new counts."""
    holes = Holes()
    assert holes.add(10, 20) == 10
    assert holes.add(15, 25) == 5
    assert holes.add(30, 40) == 10
    assert holes.add(25, 30) == 5
    assert holes.ranges == [[10, 40]]
    assert holes.add(12, 13) == 0
    assert (holes.after(9), holes.after(10), holes.after(40)) == (9, 40, 40)
    holes.forget(40)
    assert holes.ranges == []
