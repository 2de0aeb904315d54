"""A warm process that uses a spool in children of its own and kills each at one system call.

    python -m tests.integration.spool.driver      DIRECTORY KILL_AT STEPS on each line of stdin, JSON on stdout

The child puts blocks in, flushes, ships, and tells each thing when it is done; with KILL_AT 0 it is let be, and drains.
A write that it is killed at is half done.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exporters.kit.spool import Spool

_CALLS = ("open", "pwrite", "fdatasync", "fsync", "ftruncate", "unlink", "close")


class _Killer:
    """Counts system calls and dies at one."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def arm(self) -> None:
        """Wraps the functions of `os`; there is no way back, so only a child does it."""
        for name in _CALLS:
            setattr(os, name, self._watched(name, getattr(os, name)))

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.seen += 1
            if self.seen == self.at:
                if name == "pwrite":
                    real(args[0], bytes(args[1])[: len(args[1]) // 2], args[2])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return call


async def use(directory: Path, steps: int, say: Callable[[str], None]) -> None:
    """Puts in three blocks a step, ships one or all."""
    spool = Spool(directory, most_bytes=1024 * 1024, segment_bytes=4096)
    for step in range(steps):
        for _ in range(3):
            first = spool.ledger.appended
            spool.put(b"%d " % first + bytes(900), 10, first, {"tcp": 10}, {})
        await spool.flush()
        say(f"synced {spool.ledger.appended}")
        for _ in range(1 if step % 3 else 6):
            if batch := await spool.take(1):
                say(f"delivered {int(batch.blocks[0].payload.partition(b' ')[0])}")
                spool.settle(batch.count, {})
    if not steps:
        while batch := await spool.take(1):
            say(f"delivered {int(batch.blocks[0].payload.partition(b' ')[0])}")
            spool.settle(batch.count, {})
    ledger = spool.ledger
    await spool.close()
    say(f"ledger {ledger.received.total()} {ledger.shipped} {ledger.dropped().total()} {ledger.spooled}")


def child(directory: str, kill_at: int, steps: int) -> dict[str, Any]:
    """Forks one; returns what it told, and whether it was killed."""
    result, result_in = os.pipe()
    if (pid := os.fork()) == 0:
        write = os.write
        if kill_at:
            _Killer(kill_at).arm()
        asyncio.run(use(Path(directory), steps, lambda text: (write(result_in, text.encode() + b"\n"), None)[1]))
        os._exit(0)
    os.close(result_in)
    with os.fdopen(result) as lines:
        told = lines.read().splitlines()
    _, status = os.waitpid(pid, 0)
    return {"told": told, "killed": os.WIFSIGNALED(status), "code": status}


def main() -> None:
    """Serves until stdin ends."""
    for line in sys.stdin:
        directory, kill_at, steps = line.split()
        sys.stdout.write(json.dumps(child(directory, int(kill_at), int(steps))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
