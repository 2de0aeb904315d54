"""When a batch is sealed, by a clock that jumps: what came is on the disk within the interval that was asked for."""

import asyncio
import itertools
import selectors
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from exporters.kit.document import Document
from exporters.syslog.config import prepare
from exporters.syslog.pipeline import Pipeline

FLUSH_S = 0.05
LEARNED_S = 1000.5  # from then on the slowest sync of each pattern was seen


class Jump(selectors.DefaultSelector):
    """Waits for nothing: the clock stands where the wait would have ended."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready already."""
        self.now += max(0.0, timeout or 0.0)
        return super().select(0)


def simulated(run: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run it in a loop of that clock."""

    def loop() -> asyncio.AbstractEventLoop:
        jump = Jump()
        made = asyncio.SelectorEventLoop(jump)
        made.time = lambda: jump.now  # type: ignore[method-assign]
        return made

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(run())


class Disk:
    """A pipeline whose syncs take as long as they are told.

    Attributes:
        flushes: When each began.
        delays: Of each message: when it came, and the seconds until it was on the disk.
    """

    def __init__(self, folder: Path, syncs: Iterable[float]) -> None:
        settings = {
            "listen": {"tcp": "127.0.0.1:0"},
            "loki": {"url": "http://127.0.0.1:9"},
            "spool": {"directory": str(folder / "spool"), "flush": FLUSH_S},
            "limits": {"unknown_rate": 1e6},
        }
        self.pipeline = Pipeline(prepare(Document("r1", settings, {})))
        self.pipeline.spool.flush = self._flush  # type: ignore[method-assign]
        self.flushes: list[float] = []
        self.delays: list[tuple[float, float]] = []
        self._syncs, self._came = iter(syncs), list[float]()
        self.now = asyncio.get_running_loop().time

    async def _flush(self) -> None:
        assert self.pipeline.intake.streams.count == 0, "the batch is sealed before it is written"
        came, self._came = self._came, []
        self.flushes.append(self.now())
        await asyncio.sleep(next(self._syncs))
        self.delays += [(at, self.now() - at) for at in came]

    def take(self, message: bytes = b"<189>hello") -> None:
        """A message comes."""
        self._came.append(self.now())
        self.pipeline.take([message], "192.0.2.1", "tcp")

    async def feed(self, seconds: float) -> None:
        """One every millisecond."""
        end = self.now() + seconds
        while self.now() < end:
            self.take()
            await asyncio.sleep(0.001)


@asynccontextmanager
async def running(folder: Path, syncs: Iterable[float]) -> AsyncIterator[Disk]:
    """One that flushes."""
    disk = Disk(folder, itertools.chain(syncs, itertools.repeat(0.0)))
    disk.pipeline.start()
    yield disk
    await disk.pipeline.stop()


def steady() -> Iterator[float]:
    """Ten milliseconds each."""
    return itertools.repeat(0.010)


def uneven() -> Iterator[float]:
    """Most are quick, one of six isn't."""
    return itertools.cycle((0.002, 0.002, 0.002, 0.003, 0.002, 0.020))


@pytest.mark.parametrize(("syncs", "slowest"), [(steady, 0.010), (uneven, 0.020)])
def test_on_the_disk_within_the_interval(tmp_path: Path, syncs: Callable[[], Iterator[float]], slowest: float) -> None:
    """A batch is sealed so early that the slowest of the last syncs ends in time, and no earlier."""

    async def run() -> None:
        async with running(tmp_path, itertools.islice(syncs(), 100)) as disk:
            await disk.feed(2)
        late = max(delay for at, delay in disk.delays if at > LEARNED_S)
        assert FLUSH_S - 0.002 < late < FLUSH_S + 0.0005
        gaps = [after - before for before, after in itertools.pairwise(disk.flushes[:-1]) if before > LEARNED_S]
        assert gaps == pytest.approx([FLUSH_S - slowest] * len(gaps), rel=0.001)

    simulated(run)


def test_a_stall_is_forgotten(tmp_path: Path) -> None:
    """After a sync of a second, batches are sealed at half the interval, and sixteen flushes later as before."""

    async def run() -> None:
        async with running(tmp_path, itertools.chain([1.0], itertools.repeat(0.0, 100))) as disk:
            await disk.feed(3)
        gaps = [after - before for before, after in itertools.pairwise(disk.flushes)][1:-1]
        assert gaps[:15] == pytest.approx([FLUSH_S / 2] * 15)
        assert gaps[15:40] == pytest.approx([FLUSH_S] * 25)

    simulated(run)


def test_a_full_batch_waits_for_no_timer(tmp_path: Path) -> None:
    """A megabyte is sealed at once."""

    async def run() -> None:
        async with running(tmp_path, ()) as disk:
            await asyncio.sleep(0.01)
            for _ in range(9):
                disk.take(b"<189>" + b"x" * 130_000)
            await asyncio.sleep(0)
            await asyncio.sleep(0.001)
        assert [delay for _, delay in disk.delays] == [0.0] * 9

    simulated(run)


def test_what_waits_in_the_sockets_comes_along(tmp_path: Path) -> None:
    """They are looked at right before a batch is sealed."""

    async def run() -> None:
        async with running(tmp_path, itertools.repeat(0.010, 10)) as disk:
            disk.pipeline.gather = disk.take
            await asyncio.sleep(0.2)
        assert [delay for _, delay in disk.delays[:3]] == pytest.approx([0.010] * 3)

    simulated(run)
