"""The store away for an hour, by a clock of the test's, and back."""

import time
from pathlib import Path

from exporters.kit.loki import protocol
from tests.integration.syslog.sink import Sink
from tests.integration.syslog.test_syslog_answers import Bench

HOUR = 3600
RATE = 50  # messages a second; a block every 200 ms


async def test_an_hour_away(tmp_path: Path, sink: Sink) -> None:
    """An hour of blocks drains in order, none lost or twice, at more than three times the rate at which they came."""
    bench = Bench(tmp_path, sink)
    base = time.time_ns() - HOUR * 10**9
    labels = b'{device="a", job="syslog"}'
    sink.down = True
    per_block = RATE // 5
    for block in range(HOUR * 5):
        at = base + block * 200_000_000
        entries = b"".join(
            protocol.entry(at + n, b"message %d" % (block * per_block + n), b"") for n in range(per_block)
        )
        bench.spool.put(protocol.stream(labels, entries), per_block, at, {"tcp": per_block}, {})
        if block % 500 == 0:
            await bench.spool.flush()
    await bench.spool.flush()
    sink.down = False
    started = time.monotonic()
    while await bench.shipper.once():
        pass
    took = time.monotonic() - started
    total = HOUR * RATE
    assert [int(one.line.split()[1]) for one in sink.stored[labels.decode()]] == list(range(total))
    assert bench.spool.ledger.shipped == total
    assert total / took >= 3 * RATE, f"{total / took:.0f} messages/s"
    await bench.close()
