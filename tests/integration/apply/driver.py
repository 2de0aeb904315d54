"""A warm process that walks apply or rollback in children of its own, with a fault at one place of the walk.

    python -m tests.integration.apply.driver      a request as JSON on each line of stdin, its answer on stdout

A request is `Order`'s fields. The child holds the lock as `sotpctl apply` does. An event is a system call on a path of
the release's or the tree's, seen just before it by Python's audit hook (`os.fsync`, which has no audit event, by a
wrapper); the fault comes before event `event` (1, 2 …) of the step, or with 0 before the step itself.
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sotpctl.apply import APPLY, ROLLBACK, ApplyError, Report, Result, Step, Store, Work, engines, locked, run

WALKS = {"apply": APPLY, "rollback": ROLLBACK}
_CALLS = {"open", "os.rename", "os.symlink", "os.remove", "os.rmdir", "os.mkdir", "os.utime", "os.chmod", "os.truncate"}
Notice = Callable[[Step, Result | None], None]


@dataclass(slots=True)
class Order:
    """What is to be done.

    Attributes:
        errno: None kills the child at the event; a number makes the call fail with it.
        lasting: Every call after that one fails too.
        uid: Who does it; root where None.
        crowd: So many children do it at once, without a fault; the answer is a list.
    """

    directory: str
    tree: str
    walk: str = "apply"
    environ: dict[str, str] = field(default_factory=dict)
    step: str | None = None
    event: int = 0
    errno: int | None = None
    lasting: bool = False
    uid: int | None = None
    crowd: int = 0


@dataclass(slots=True)
class Ended:
    """How a child ended: `code` is the exit code that the command would have, None when it was killed."""

    struck: bool = False
    code: int | None = None
    text: str = ""
    steps: dict[str, str] = field(default_factory=dict)
    crash: str = ""
    pid: int = 0


class _Fault:
    """Strikes at the event that was asked for."""

    def __init__(self, order: Order, struck: int) -> None:
        self.order, self.struck = order, struck
        self.counting, self.failing, self.seen = False, False, 0

    def notice(self, step: Step, result: Result | None) -> None:
        """Follow the walk."""
        self.counting = result is None and step.name == self.order.step
        if self.counting and self.order.event == 0:
            self.strike("", "")

    def event(self, name: str, path: object) -> None:
        """Count a call."""
        if not isinstance(path, int) and not str(path).startswith((self.order.directory, self.order.tree)):
            return
        if name == "os.mkdir" and Path(str(path)).is_dir():
            return  # it would be told that the folder is there, whatever the disk's state
        self.seen += self.counting
        if self.failing or (self.counting and self.seen == self.order.event):
            self.strike(name, path)

    def strike(self, name: str, path: object) -> None:
        """Die, or fail."""
        self.counting, self.failing = False, self.order.lasting
        os.write(self.struck, b"!")
        if self.order.errno is None:
            os.kill(os.getpid(), signal.SIGKILL)
            signal.pause()
        number = self.order.errno or 0
        raise OSError(number, os.strerror(number), f"{path} ({name})")

    def arm(self) -> None:
        """See every call from now on; there is no way back, so only a child does it."""
        fsync = os.fsync

        def watched(descriptor: int) -> None:
            self.event("os.fsync", descriptor)
            fsync(descriptor)

        os.fsync = watched  # type: ignore[assignment]
        sys.addaudithook(lambda name, args: self.event(name, args[0]) if name in _CALLS else None)


def walk(order: Order, notice: Notice | None = None, inside: AbstractContextManager[None] = nullcontext()) -> Ended:  # noqa: B008 - it holds nothing
    """Do what the command does, under the lock; `inside` is entered in it."""
    directory = Path(order.directory)
    work = Work(Store(directory), Path(order.tree), order.environ, confirm_seconds=2.0, request_seconds=2.0)
    try:
        with locked(directory), inside:
            report: Report = asyncio.run(run(work, WALKS[order.walk], notice))
    except ApplyError as error:
        return Ended(code=1, text=str(error), pid=os.getpid())
    except Exception:  # noqa: BLE001 - a crash is what the tests look for
        return Ended(crash=traceback.format_exc(), pid=os.getpid())
    steps = {row.step: row.text for row in report.results}
    return Ended(code=report.code, text=report.text, steps=steps, pid=os.getpid())


def single(order: Order) -> Ended:
    """Fork a child for the order, wait for its end."""
    result, result_in = os.pipe()
    struck, struck_in = os.pipe()
    if (child := os.fork()) == 0:
        fault = _Fault(order, struck_in)
        if order.uid is not None:
            os.setgroups([])
            os.setgid(order.uid)
            os.setuid(order.uid)
        if order.step is not None:
            fault.arm()
        ended = walk(order, fault.notice)
        os.write(result_in, json.dumps(asdict(ended)).encode())
        os._exit(0)
    os.close(result_in)
    os.close(struck_in)
    with os.fdopen(result, "rb") as answer, os.fdopen(struck, "rb") as strikes:
        said, hit = answer.read(), bool(strikes.read())
    os.waitpid(child, 0)
    ended = Ended(**json.loads(said)) if said else Ended(pid=child)
    ended.struck = hit
    return ended


def crowd(order: Order) -> list[Ended]:
    """Let many children start at one moment. The one that gets the lock first waits before its swap for the half."""
    gate, gate_in = os.pipe()
    held, held_in = os.pipe()
    results, results_in = os.pipe()
    children = [_visitor(order, gate, held, results_in, (gate_in, held_in)) for _ in range(order.crowd)]
    for descriptor in (gate, held, results_in, gate_in):
        os.close(descriptor)  # the last one opens the gate
    ended = []
    with os.fdopen(results) as lines:
        for line in lines:
            ended.append(Ended(**json.loads(line)))
            if len(ended) == order.crowd // 2:
                os.close(held_in)
    for child in children:
        os.waitpid(child, 0)
    return ended


def _visitor(order: Order, gate: int, held: int, results: int, theirs: tuple[int, ...]) -> int:
    """Fork one of a crowd; a marker that can't be made twice shows that it was alone inside the lock."""
    if child := os.fork():
        return child
    for descriptor in theirs:
        os.close(descriptor)
    os.read(gate, 1)
    marker = Path(f"{order.directory}.inside")

    def wait(step: Step, result: Result | None) -> None:
        if step.name == "swap" and result is None:
            os.read(held, 1)

    @contextmanager
    def inside() -> Iterator[None]:
        marker.touch(exist_ok=False)
        yield
        marker.unlink()

    ended = walk(order, wait, inside())
    os.write(results, json.dumps(asdict(ended)).encode() + b"\n")
    os._exit(0)


async def _warm() -> None:
    """Load what only a first request loads: a child of another user may not be able to read it."""
    async with engines.session() as http:
        await engines.reload(http, engines.Exporter("nobody", "127.0.0.1:1", ""))


def main() -> None:
    """Serve orders until stdin ends."""
    asyncio.run(_warm())
    _say("ready")
    for line in sys.stdin:
        order = Order(**json.loads(line))
        ended = crowd(order) if order.crowd else [single(order)]
        _say(json.dumps([asdict(one) for one in ended]))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
