"""The pinger's state machine: who is asked when, what an answer and its absence mean. No I/O.

Clock and transport come from outside, so that every order of answers, losses and duplicates can be played in a test.

What `icmp_up` says (design.md), and how the open points are decided here:

- It is absent until known, 1 at any answer, 0 once three requests in a row went unanswered.
- A request is unanswered when its time-out has passed, or when it could not be sent because there is no route or no
  address. A request that our own full buffers swallowed is no request: it says nothing about the device.
- An answer ends the row, a late one too: the device lives, only slower than its time-out. It counts in
  `icmp_replies_total` and in the histogram. A time-out counts for the row only if no later request was answered.
- A request that goes unanswered for a second (or its time-out, if that is shorter) starts the confirmation: the second
  and third request follow a second after one another. So a death is known after interval + 2 s + time-out at worst.
- At that moment all ancestors that have not answered since are asked as well, up to three times; each leaves at its
  first answer. A request of theirs that is under way counts as asked.
- An ICMP error is counted, and is no answer. The request still waits: a second path may deliver one.
"""

import heapq
import itertools
import time
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from typing import Protocol

from exporters.icmp.socket import BUSY, FAILED, SENT
from exporters.icmp.target import BUCKETS_S, Target
from exporters.icmp.targets import SECOND_NS, Config, Destination, Spec

ROW = 3  # unanswered in a row: down
STEP_NS = SECOND_NS  # between the requests of a confirmation
FIRST_ROUND_NS = 5 * SECOND_NS  # at start everyone is asked within it
STALE_NS = SECOND_NS  # what is due longer than this was slept through, and is spread anew

_BOUNDS_NS = [round(bound * SECOND_NS) for bound in BUCKETS_S]
_SEQUENCES = 65536
_FREE, _WAITING, _LOST, _ANSWERED = range(4)
_TRIES = 3
_RETRY_NS = 5_000_000


class Transport(Protocol):
    """What sends a request."""

    def send(self, destination: Destination, sequence: int, index: int, sent_ns: int) -> int:
        """Returns the socket module's SENT, BUSY or FAILED."""
        ...


class Pinger:
    """All targets, and every request under way in a table of 65,536 rows: a request's row is its sequence number.

    Attributes:
        targets: By device, in the file's order.
        unmatched: Answers and errors that fit no request: too late, from another address, or forged.
        busy_drops: Requests given up because our own buffers were full.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        on_lost: Callable[[Target], None] = lambda _: None,
        first_sequence: int = 0,
    ) -> None:
        self.targets: dict[str, Target] = {}
        self.unmatched = 0
        self.busy_drops = 0
        self._send_on = transport.send
        self._clock = clock
        self._on_lost = on_lost
        self._sequence = (first_sequence - 1) % _SEQUENCES
        self._indexes = itertools.count()
        self._status = bytearray(_SEQUENCES)
        self._owner: list[Target | None] = [None] * _SEQUENCES
        self._host: list[str] = [""] * _SEQUENCES
        self._sent = array("q", bytes(8 * _SEQUENCES))
        # Entries are whole numbers, time and key in one: nothing for the garbage collector to walk through.
        self._by_index: dict[int, Target] = {}
        self._schedule: list[int] = []  # a heap of due << 32 | index; void unless it is still the target's `due`
        self._lanes: dict[int, deque[int]] = {}  # by time-out: deadline << 16 | sequence, in order
        self._suspects: deque[int] = deque()  # likewise, with a second for the time-out

    # --- configuration

    def swap(self, config: Config) -> None:
        """Puts a configuration into force; a device that stays keeps its state."""
        now = self._clock()
        before = self.targets
        self.targets = {name: self._target(before.get(name), spec, now) for name, spec in config.specs.items()}
        self._by_index = {target.index: target for target in self.targets.values()}
        for name, target in self.targets.items():
            target.ancestors = tuple([self.targets[above] for above in config.ancestors[name]])
        for name, target in before.items():
            if name not in self.targets:
                target.due = -1
                target.ancestors = ()

    def _target(self, target: Target | None, spec: Spec, now: int) -> Target:
        if target is None:
            target = Target(spec, next(self._indexes))
            self._at(target, self._soon(target, now))
            return target
        old, target.spec = target.spec, spec
        if spec.destination or spec.address != old.address or spec.family != old.family:
            target.destination = spec.destination
        if spec.interval_ns != old.interval_ns and not target.extra:
            self._at(target, _next(spec, now))
        return target

    # --- time

    def next_event(self) -> int | None:
        """When `expire` or `send_due` has something to do, monotonic nanoseconds; None: never."""
        times = [lane[0] >> 16 for wait, lane in self._waits() if self._trim(wait, lane)]
        if self._schedule:
            times.append(self._schedule[0] >> 32)
        return min(times, default=None)

    def overdue(self, now: int) -> bool:
        """Tells whether a request's time is up: read the sockets, then `expire`."""
        return any(self._trim(wait, lane) and lane[0] >> 16 <= now for wait, lane in self._waits())

    def expire(self, now: int) -> None:
        """Declares unanswered what was due by `now`; all answers that came by then must have been delivered."""
        for wait, lane in self._waits():
            while self._trim(wait, lane) and lane[0] >> 16 <= now:
                sequence = lane.popleft() & 0xFFFF
                if lane is self._suspects:
                    self._suspect(self._owner[sequence], self._sent[sequence], now)
                else:
                    self._lost(sequence, now)

    def send_due(self, now: int, limit: int) -> int:
        """Sends what is due by `now`, up to `limit` requests; returns how many."""
        schedule = self._schedule
        sent = 0
        while sent < limit and schedule and schedule[0] >> 32 <= now:
            entry = heapq.heappop(schedule)
            target = self._by_index.get(entry & 0xFFFFFFFF)
            due = entry >> 32
            if target is None or target.due != due:
                continue
            if now - due > STALE_NS and not target.extra:
                self._at(target, self._soon(target, now))
                continue
            if not self.send(target):
                self._refused(target, now)
                break  # the next one would be refused as well
            sent += 1
            target.tries = 0
            if target.extra:
                target.extra -= 1
            self._at(target, target.last_sent_ns + _step(target.spec) if target.extra else _next(target.spec, now))
        return sent

    def send(self, target: Target) -> bool:
        """Sends a request now; False when our own buffers are full."""
        sequence = (self._sequence + 1) & 0xFFFF
        if self._status[sequence] == _WAITING:
            sequence = self._take()
            if sequence < 0:
                return False
        self._sequence = sequence
        sent = self._clock()
        destination = target.destination
        outcome = self._send_on(destination, sequence, target.index, sent) if destination else FAILED
        if outcome == BUSY:
            return False
        self._status[sequence] = _WAITING
        self._owner[sequence] = target
        self._host[sequence] = destination.host if destination and outcome == SENT else ""
        self._sent[sequence] = sent
        target.requests += 1
        target.waiting += 1
        target.last_sent_ns = sent
        timeout = target.spec.timeout_ns
        lane = self._lanes.get(timeout)
        if lane is None:
            lane = self._lanes[timeout] = deque()
        lane.append(sent + timeout << 16 | sequence)
        if timeout > STEP_NS:
            self._suspects.append(sent + STEP_NS << 16 | sequence)
        return True

    def one_off(self, target: Target, on_answer: Callable[[int], None]) -> Target:
        """Returns a stand-in for `send` that has the target's address, but neither its schedule nor its counters.

        Args:
            target: The device.
            on_answer: Called with the first answer's round-trip time in nanoseconds.
        """
        return Target(target.spec, next(self._indexes), on_answer)

    # --- what the sockets bring (socket.Sink)

    def on_reply(self, sequence: int, index: int, sent_ns: int, host: str, received_ns: int) -> None:
        """Takes an answer."""
        target = self._owner[sequence]
        status = self._status[sequence]
        if (
            target is None
            or status == _FREE
            or self._sent[sequence] != sent_ns
            or target.index != index
            or self._host[sequence] != host
        ):
            self.unmatched += 1
            return
        if status == _ANSWERED:
            target.duplicates += 1
            return
        if status == _WAITING:
            target.waiting -= 1
        self._status[sequence] = _ANSWERED
        rtt = received_ns - sent_ns
        target.replies += 1
        target.rtt_sum_ns += rtt
        target.rtt_buckets[bisect_left(_BOUNDS_NS, rtt)] += 1
        last = target.rtt_last_ns
        if last >= 0:
            jitter = target.jitter_ns if target.jitter_ns >= 0 else 0.0
            target.jitter_ns = jitter + (abs(rtt - last) - jitter) / 16
        target.rtt_last_ns = rtt
        target.row = 0
        target.answered_ns = max(target.answered_ns, sent_ns)
        if target.up != 1 or target.confirming:
            self._alive(target, rtt)

    def on_error(self, sequence: int, host: str, code: str) -> None:
        """Takes an ICMP error about a request to `host`."""
        target = self._owner[sequence]
        if target is None or self._status[sequence] == _FREE or self._host[sequence] != host:
            self.unmatched += 1
            return
        target.unreachable[code] = target.unreachable.get(code, 0) + 1

    # --- inside

    def _alive(self, target: Target, rtt: int) -> None:
        target.up = 1
        target.confirming = False
        if target.extra:
            self._normal(target)
        if target.on_answer is not None:
            target.on_answer(rtt)

    def _lost(self, sequence: int, now: int) -> None:
        target = self._owner[sequence]
        sent = self._sent[sequence]
        self._status[sequence] = _LOST
        if target is None:
            return
        target.waiting -= 1
        if target.due < 0 or sent < target.answered_ns:  # removed or a one-off; or a later request was answered
            return
        target.row += 1
        if target.spec.destination is None:
            self._on_lost(target)
        if target.up == 0:
            return
        if target.row >= ROW:
            target.up = 0
            target.confirming = False
            if target.extra:
                self._normal(target)
        elif not target.confirming:
            self._suspect(target, sent, now)
        elif not target.extra and not target.waiting:  # requests of before were answered out of turn: ask on
            target.extra = ROW - target.row
            self._at(target, now)

    def _suspect(self, target: Target | None, sent: int, now: int) -> None:
        """Starts the confirmation, after a request of `sent` got no answer in time."""
        if target is None or target.due < 0 or target.up == 0 or target.confirming or sent < target.answered_ns:
            return
        target.confirming = True
        target.extra = ROW - 1
        self._at(target, max(now, sent + _step(target.spec)))
        for above in target.ancestors:
            if above.up != 0 and not above.confirming and above.answered_ns < sent:
                above.confirming = True
                above.extra = ROW
                self._at(above, max(now, above.last_sent_ns + _step(above.spec)))

    def _normal(self, target: Target) -> None:
        target.extra = 0
        if target.due >= 0:
            self._at(target, _next(target.spec, self._clock()))

    def _refused(self, target: Target, now: int) -> None:
        target.tries += 1
        if target.tries < _TRIES:
            self._at(target, now + _RETRY_NS)
        else:
            target.tries = 0
            self.busy_drops += 1
            self._at(target, now + _step(target.spec) if target.extra else _next(target.spec, now))

    def _at(self, target: Target, due: int) -> None:
        target.due = due
        heapq.heappush(self._schedule, due << 32 | target.index)

    def _soon(self, target: Target, now: int) -> int:
        """The first request's time, spread by phase: state is known soon, and nothing comes in a burst."""
        return now + int(target.spec.phase * min(target.spec.interval_ns, FIRST_ROUND_NS))

    def _take(self) -> int:
        """Returns the next sequence number whose request isn't under way, -1 when all are."""
        ahead = ((self._sequence + step) % _SEQUENCES for step in range(1, _SEQUENCES + 1))
        return next((sequence for sequence in ahead if self._status[sequence] != _WAITING), -1)

    def _waits(self) -> "list[tuple[int, deque[int]]]":
        return [*self._lanes.items(), (STEP_NS, self._suspects)]

    def _trim(self, wait: int, lane: "deque[int]") -> bool:
        """Drops from a lane's head what is no longer under way; tells whether any is left."""
        status, sent = self._status, self._sent
        while lane:
            sequence = lane[0] & 0xFFFF
            if status[sequence] == _WAITING and sent[sequence] + wait == lane[0] >> 16:
                return True
            lane.popleft()
        return False


def _step(spec: Spec) -> int:
    return min(STEP_NS, spec.interval_ns)


def _next(spec: Spec, now: int) -> int:
    """The next time after `now` on the device's grid: phase + k * interval of the monotonic clock, free of drift."""
    phase = int(spec.phase * spec.interval_ns)
    return now + 1 + (phase - now - 1) % spec.interval_ns
