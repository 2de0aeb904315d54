"""Sockets are read together, each fairly, and none when reading is paused."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from exporters.syslog.poller import Poller

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    """Three connected pairs."""
    made = [socket.socketpair() for _ in range(3)]
    for _, ours in made:
        ours.setblocking(False)
    yield made
    for pair in made:
        for one in pair:
            one.close()


def reader(ours: socket.socket, found: list[bytes], most: int = 1024) -> Callable[[], bool]:
    """Read once; there may be more where the read was full."""

    def read() -> bool:
        data = ours.recv(most)
        found.append(data)
        return len(data) == most

    return read


async def until(condition: Callable[[], bool]) -> None:
    """Wait, ten seconds at most."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.001)


async def test_what_comes_during_a_rest_is_one_read(pairs: list[Pair]) -> None:
    """The first bytes are read at once, what follows waits for the end of the rest and comes together."""
    theirs, ours = pairs[0]
    found: list[bytes] = []
    poller = Poller(rest_s=0.2)
    poller.add(ours.fileno(), reader(ours, found))
    theirs.send(b"a")
    await until(lambda: found == [b"a"])
    for each in (b"b", b"c", b"d"):
        theirs.send(each)
        await asyncio.sleep(0)
    await until(lambda: len(found) > 1)
    assert found == [b"a", b"bcd"]
    poller.close()


async def test_who_sends_much_is_read_at_once_and_others_between(pairs: list[Pair]) -> None:
    """A socket that has more is read again without a rest, and another one in each round: neither waits."""
    found: list[bytes] = []
    poller = Poller(rest_s=60)
    for theirs, ours in pairs[:2]:
        theirs.send(theirs.fileno().to_bytes(2) * 4096)
        poller.add(ours.fileno(), reader(ours, found))
    await until(lambda: sum(map(len, found)) == 2 * 8192)
    heads = [data[:2] for data in found]
    assert all(one != other for one, other in zip(heads[::2], heads[1::2], strict=False))
    poller.close()


async def test_after_much_the_rest_is_short(pairs: list[Pair]) -> None:
    """A sender whose window was full has only begun to go on: it doesn't wait for a whole rest."""
    theirs, ours = pairs[0]
    found: list[bytes] = []
    poller = Poller(rest_s=60)

    def read() -> bool:
        found.append(ours.recv(1024))
        theirs.send(b"more")
        return len(found) == 1

    poller.add(ours.fileno(), read)
    theirs.send(b"x" * 1024)
    await until(lambda: len(found) == 3)
    poller.close()


async def test_paused_reads_nothing(pairs: list[Pair]) -> None:
    """Not even when it is asked to look; afterwards it goes on by itself."""
    theirs, ours = pairs[0]
    found: list[bytes] = []
    poller = Poller()
    poller.add(ours.fileno(), reader(ours, found))
    poller.pause(paused=True)
    theirs.send(b"x")
    await asyncio.sleep(0.05)
    poller.look()
    assert found == []
    poller.pause(paused=False)
    await until(lambda: found == [b"x"])
    poller.close()
    poller.pause(paused=False)  # the spool may say so after the end


async def test_a_read_may_remove_another(pairs: list[Pair]) -> None:
    """Of two that are ready the first closes the other: it isn't read."""
    found: list[int] = []
    poller = Poller()
    descriptors = [ours.fileno() for _, ours in pairs[:2]]

    def read(mine: int, other: int) -> bool:
        found.append(mine)
        poller.remove(mine)
        poller.remove(other)
        return False

    for (theirs, _), mine, other in zip(pairs, descriptors, descriptors[::-1], strict=False):
        theirs.send(b"x")
        poller.add(mine, lambda mine=mine, other=other: read(mine, other))  # type: ignore[misc]
    poller.look()
    assert len(found) == 1
    poller.close()


async def test_a_bug_in_one_read_ends_no_other(pairs: list[Pair], caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the next round comes."""
    found: list[bytes] = []
    poller = Poller(rest_s=0.001)

    def broken() -> bool:
        if pairs[0][1].recv(10) == b"bad":
            raise RuntimeError("a bug")
        pairs[0][0].send(b"bad")  # for the round after the rest, which nothing but a timer begins
        return False

    poller.add(pairs[0][1].fileno(), broken)
    poller.add(pairs[1][1].fileno(), reader(pairs[1][1], found))
    pairs[0][0].send(b"good")
    await until(lambda: "a bug" in caplog.text)
    pairs[1][0].send(b"y")
    await until(lambda: found == [b"y"])
    poller.close()
