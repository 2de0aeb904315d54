"""The state machines of a walk and of a get: what to ask next, what an answer means. Pure: no I/O, no clock.

A walk asks for several columns in one request, as near to as many rows as columns: a column more costs an OID in the
request, a row more costs the reading of its index, so a square costs the least.

Columns with holes run ahead of the others within an answer. The next request asks all of them from where the slowest
is: a few values are read twice, and rows stay together, which the decoder lives on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import isqrt
from typing import Protocol

from exporters.snmp import oid, pdu
from exporters.snmp.columns import Column, LoopError, Reader, Table
from exporters.snmp.errors import Failure, MalformedError, Reason
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Response, VarBind

MOST_BINDINGS = 1_000_000  # what no device has: 10,000 interfaces with 100 columns


class Meaning(Enum):
    """What an answer comes to."""

    PROGRESS = "progress"
    TRUNCATED = "truncated"  # progress, but less than was asked for, and the end isn't reached
    TOO_BIG = "tooBig"  # nothing; ask for less
    BROKEN = "broken"  # nothing; the agent's GETBULK doesn't work


@dataclass(slots=True)
class Request:
    """One request; repeated for less it keeps its ID, so that a late answer to what was sent before still counts.

    Attributes:
        kind: pdu.GET, GETNEXT or GETBULK.
        repetitions: Of a GETBULK.
        bodies: The OIDs' bytes.
        asked: The most bindings that its answer may have, whichever of its messages it is to.
        least: How many it was asked for at least: an answer with fewer was cut off by the agent.
    """

    kind: int
    repetitions: int
    bodies: Sequence[bytes]
    asked: int
    least: int = field(init=False)

    def __post_init__(self) -> None:
        self.least = self.asked

    @property
    def size(self) -> int:
        """How many bindings it asks for, whatever was asked for before it."""
        return (self.repetitions or 1) * len(self.bodies)

    def repeats(self, before: "Request") -> bool:
        """Whether an answer to one before answers this one, too: a GET may ask for the first of what that asked for."""
        if self.kind == pdu.GET:
            return before.bodies[: len(self.bodies)] == self.bodies
        return before.bodies == self.bodies

    def join(self, before: "Request") -> None:
        """Takes answers to one before, too."""
        self.asked = max(self.asked, before.asked)
        self.least = min(self.least, before.least)


class Job(Protocol):
    """What an operation does: a walk or a get."""

    failure: Failure | None
    bindings: int  # read so far
    got: int  # bindings of the last answer

    def next(self, budget: int, repetitions: int, *, bulk: bool) -> Request | None:
        """Returns the next request; None when all is read. The same again while no answer came."""
        ...

    def take(self, request: Request, answer: Response) -> Meaning:
        """Takes the answer to a request; raises MalformedError."""
        ...


class Walk:
    """Reads subtrees: the columns of one table, or of tables with the same index.

    Attributes:
        columns: In the order given.
        failure: The first column's error that the agent named; the others are read on.
        bindings: How many were read, double ones too.
        got: How many of them the last answer held.
    """

    def __init__(
        self,
        roots: Iterable[Oid],
        *,
        strict: bool = True,
        typed: bool = False,
        rows: int = -1,
        most_bindings: int = MOST_BINDINGS,
    ) -> None:
        """Creates it.

        Args:
            roots: The subtrees.
            strict: Whether OIDs must increase; else a walk ends as a loop only where an OID comes again.
            typed: Whether each value's tag is wanted, too; it takes longer.
            rows: How many rows are expected; -1: unknown.
            most_bindings: More than that is an endless walk.
        """
        self.columns = [Column(root, typed=typed) for root in roots]
        self.failure: Failure | None = None
        self.bindings = self.got = 0
        self._reader = Reader(strict=strict, typed=typed)
        self._strict = strict
        self._rows = rows
        self._most = most_bindings
        self._group: list[Column] = []
        self._narrow = len(self.columns)

    @property
    def tables(self) -> dict[Oid, Table]:
        """What was found, by subtree."""
        return {column.oid: column.table for column in self.columns}

    def next(self, budget: int, repetitions: int, *, bulk: bool) -> Request | None:
        """See Job. `repetitions` is the most rows, 0 for no limit of the caller's."""
        group = [column for column in self._group if not column.done]
        if not group:
            left = [column for column in self.columns if not column.done]
            if not left:
                return None
            group = [column for column in left if column.last == left[0].last]
            group = group[: self._width(len(group), budget, bulk=bulk)]
        del group[min(budget, self._narrow) :]
        if group != self._group:
            self._group = group
        width = len(group)
        if self._strict:
            behind = min([column.last for column in group])
            for column in group:
                column.last = behind
            suffix = oid.encode_arcs(behind)
            bodies = [column.prefix + suffix for column in group]
        else:
            bodies = [column.prefix + oid.encode_arcs(column.last) for column in group]
        if not bulk:
            return Request(pdu.GETNEXT, 0, bodies, width)
        rows = self._repetitions(budget // width, len(group[0].table))
        if repetitions:
            rows = min(rows, repetitions)
        return Request(pdu.GETBULK, rows, bodies, rows * width)

    def take(self, request: Request, answer: Response) -> Meaning:
        """See Job.

        Raises:
            LoopError: The agent's OIDs don't increase; or they never end, and nothing of them is kept.
            MalformedError: The answer can't be read, or it is none to this request.
        """
        if answer.status:
            return self._error(request, answer.status, answer.position)
        group = self._group
        got = self.got = self._reader.read(answer.data, answer.at, answer.end, group)
        self.bindings += got
        if got > request.asked:
            raise MalformedError(f"{got} bindings where {request.asked} were asked for")
        if self.bindings > self._most:
            for column in self.columns:
                column.table.clear()  # what has no end is no table: a million series of it would help nobody
            raise LoopError(f"more than {self._most} bindings, and no end")
        if got == 0:
            return self._nothing(request)
        if got < len(group):
            self._narrow = got
        if all([column.done for column in group]):  # noqa: C419  # a list is faster
            self._rows = max([self._rows, *[len(column.table) for column in group]])
        elif got < request.least:
            return Meaning.TRUNCATED
        return Meaning.PROGRESS

    def _width(self, columns: int, budget: int, *, bulk: bool) -> int:
        """How many columns one request asks for."""
        if not bulk:
            return columns
        side = isqrt(budget)
        if 0 <= self._rows < side:
            side = budget // (self._rows + 1)
        elif columns < side * 3 // 2:
            side = columns  # rather one wide request than a square and a rest
        return max(1, side)

    def _repetitions(self, most: int, have: int) -> int:
        """How many rows to ask for: what is expected to be left and the end, in equal parts."""
        left = self._rows + 1 - have
        if self._rows < 0 or left <= 0:
            return max(1, most)
        parts = -(-left // max(1, most))
        return -(-left // parts)

    def _nothing(self, request: Request) -> Meaning:
        if request.kind == pdu.GETBULK:
            return Meaning.BROKEN
        raise MalformedError("an answer without a binding")

    def _error(self, request: Request, status: int, position: int) -> Meaning:
        self.got = 0
        if status == pdu.TOO_BIG and request.asked > 1:
            return Meaning.TOO_BIG
        if request.kind == pdu.GETBULK:
            return Meaning.BROKEN
        if not 1 <= position <= len(request.bodies):
            if len(request.bodies) > 1:
                self._narrow = 1  # it doesn't say which: ask one by one
                return Meaning.PROGRESS
            position = 1
        column = self._group[position - 1]
        column.done = True
        if status != pdu.NO_SUCH_NAME:  # that is SNMPv1's end of the MIB
            self.failure = self.failure or _refused(status, column.oid)
        return Meaning.PROGRESS


class Get:
    """Reads single instances.

    Attributes:
        found: Those that there are, by OID.
        failure: no_such_object when there is none of them at all, or the first error that the agent named.
        bindings: How many were read.
        got: How many of them the last answer held.
    """

    def __init__(self, oids: Iterable[Oid]) -> None:
        self.found: dict[Oid, VarBind] = {}
        self.failure: Failure | None = None
        self.bindings = self.got = 0
        self._left = list(oids)
        self._narrow = len(self._left)
        self._asked_for = tuple(self._left)
        self._bodies = {name: oid.encode(name) for name in self._left}

    def next(self, budget: int, repetitions: int, *, bulk: bool) -> Request | None:  # noqa: ARG002  # as Job
        """See Job."""
        if not self._left:
            if self._asked_for and not self.found and self.failure is None:
                names = ", ".join(map(oid.text, self._asked_for[:3]))
                self.failure = Failure("no_such_object", f"the device has none of {names}")
            return None
        bodies = [self._bodies[name] for name in self._left[: min(budget, self._narrow)]]
        return Request(pdu.GET, 0, bodies, len(bodies))

    def take(self, request: Request, answer: Response) -> Meaning:
        """See Job.

        Raises:
            MalformedError: The answer can't be read, or it is none to this request.
        """
        names = self._left[: request.asked]
        if answer.status:
            return self._error(request, answer.status, answer.position)
        varbinds = pdu.read_varbinds(answer.data, answer.at, answer.end)
        self.got = len(varbinds)
        self.bindings += self.got
        if [varbind.oid for varbind in varbinds] != names[: len(varbinds)] or not varbinds:
            raise MalformedError("an answer with other objects than were asked for")
        for varbind in varbinds:
            if varbind.tag not in pdu.EXCEPTIONS:
                self.found[varbind.oid] = varbind
        del self._left[: len(varbinds)]
        return Meaning.PROGRESS

    def _error(self, request: Request, status: int, position: int) -> Meaning:
        self.got = 0
        if status == pdu.TOO_BIG and request.asked > 1:
            return Meaning.TOO_BIG
        if not 1 <= position <= request.asked:
            if request.asked > 1:
                self._narrow = 1  # it doesn't say which: ask one by one
                return Meaning.PROGRESS
            position = 1
        name = self._left.pop(position - 1)
        if status != pdu.NO_SUCH_NAME:
            self.failure = self.failure or _refused(status, name)
        return Meaning.PROGRESS


def _refused(status: int, name: Oid) -> Failure:
    reason: Reason = "auth" if status == pdu.AUTHORIZATION_ERROR else "refused"
    return Failure(reason, f"the device answers {pdu.error_name(status)} for {oid.text(name)}")
