"""Carries out walks and gets: sends, matches answers, repeats, paces. The only part that knows loop and clock.

No task a request and no timer a request: an operation is advanced by the datagram that answers it, and one heap of
times serves them all. Before a time-out is judged the sockets are read dry: an answer that waits in a buffer while the
loop was held up came in time.

Who waits for whom:

- A device gets one request at a time, and its operations one after another, in order.
- About `limit` requests are under way at once: more would only make answers wait in the receive buffer. The devices
  that wait take turns, an operation each.
- An operation that has gone unanswered for `PATIENCE_S` no longer counts, and one with a device that gave no answer the
  last time never does: dead devices hold nobody up.
"""

import asyncio
import heapq
import itertools
import random
import time
from collections import deque

from exporters.snmp import message, pdu
from exporters.snmp.agent import DOUBTS, Agent, Sockaddr
from exporters.snmp.columns import LoopError
from exporters.snmp.errors import Failure, MalformedError, Reason
from exporters.snmp.operation import NEVER, Operation, Outcome
from exporters.snmp.pdu import Response
from exporters.snmp.session import Ignored, PlainSession, Resend, SecureSession, Verdict
from exporters.snmp.transport import BUSY, FAILED, UdpSocket
from exporters.snmp.walk import Get, Job, Meaning, Request

LIMIT = 200
PATIENCE_S = 0.25

_BATCH = 64  # messages a turn of the loop: some ms of decoding
_BUSY_RETRY_S = 0.005
_REFUSED_RETRY_S = 0.2
_JITTER = 0.1
_OVER: Job = Get(())
_RESENDS = 4  # for a request: discovery, time, and both once more


class Engine:
    """The SNMP engine of a process.

    Attributes:
        under_way: Requests that count against the limit.
        unmatched: Messages that answer no open request: too late, or forged.
        foreign: Messages that bear an open request's ID, but come from another address.
        malformed: Messages that could not be read.
        ignored: Messages that were read and not believed: another community, a wrong digest.
    """

    def __init__(self, *, limit: int = LIMIT) -> None:
        """Creates it; nothing is open before `start`.

        Args:
            limit: How many requests may be under way.
        """
        self.under_way = self.unmatched = self.foreign = self.malformed = self.ignored = 0
        self.sockets: dict[int, UdpSocket] = {}
        self._limit = limit
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = NEVER
        self._times: list[tuple[float, int, Operation]] = []
        self._numbers = itertools.count()
        self._pending: dict[int, Operation] = {}
        self._open: set[Operation] = set()
        self._asked: dict[tuple[str, int], Operation] = {}  # whom a message without a readable ID may be from
        self._queue: deque[Agent] = deque()
        self._free: deque[Agent] = deque()  # those that needn't wait
        self._pumping = False
        self._random = random.Random(random.SystemRandom().getrandbits(128))  # noqa: S311  # fresh, and not a secret

    def start(self) -> None:
        """Begins, in the running loop."""
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Ends everything: what is under way ends as a time-out."""
        for operation in list(self._open):
            self._finish(operation, Failure("timeout", "the exporter stopped"))
        if self._timer:
            self._timer.cancel()
            self._timer = None
        for sock in self.sockets.values():
            if self._loop:
                self._loop.remove_reader(sock.fileno())
            sock.close()
        self.sockets.clear()
        self._times.clear()
        self._loop = None

    async def run(self, agent: Agent, job: Job, within: float) -> Outcome:
        """Carries out a walk or a get.

        Args:
            agent: The device.
            job: A new Walk or Get; holds what was read, also where it failed.
            within: Seconds after which it is over, whatever the device does.

        Returns:
            How it ended. Nothing that a device does is an exception.
        """
        loop = asyncio.get_running_loop()
        now = time.monotonic()
        operation = Operation(agent, job, now, now + within, loop.create_future())
        self._open.add(operation)
        agent.waiting.append(operation)
        self._arm(operation, operation.deadline)
        if len(agent.waiting) == 1 and not agent.busy:
            self._enqueue(agent)
        self._pump()
        try:
            return await operation.future
        finally:
            self._drop(operation)

    # --- turns

    def _enqueue(self, agent: Agent) -> None:
        (self._free if agent.suspect else self._queue).append(agent)

    def _pump(self) -> None:
        if self._pumping:  # an operation ended as soon as it began: the loop below goes on with the next
            return
        self._pumping = True
        while self._free or (self._queue and self.under_way < self._limit):
            self._begin((self._free or self._queue).popleft())
        self._pumping = False

    def _begin(self, agent: Agent) -> None:
        if agent.busy or not agent.waiting:
            return
        operation: Operation = agent.waiting.popleft()
        agent.busy = operation.started = True
        operation.bulk = agent.session.version != message.V1
        agent.pace.begin(time.monotonic())
        self._asked[agent.sockaddr[:2]] = operation
        self._advance(operation)

    def _count(self, operation: Operation, *, counted: bool) -> None:
        if operation.counted != counted:
            operation.counted = counted
            self.under_way += 1 if counted else -1

    def _finish(self, operation: Operation, failure: Failure | None) -> None:
        if not operation.future.done():
            outcome = Outcome(
                failure,
                time.monotonic() - operation.begun,
                operation.packets,
                operation.retried,
                operation.answers,
            )
            operation.future.set_result(outcome)
        self._drop(operation)

    def _drop(self, operation: Operation) -> None:
        """Forgets an operation, however it ended."""
        if operation not in self._open:
            return
        self._open.discard(operation)
        self._pending.pop(operation.id, None)
        operation.job, operation.request = _OVER, None  # its places among the times outlive it: what it read needn't
        self._count(operation, counted=False)
        agent = operation.agent
        if not operation.started:
            agent.waiting.remove(operation)
            return
        if self._asked.get(agent.sockaddr[:2]) is operation:
            del self._asked[agent.sockaddr[:2]]
        if operation.packets:
            agent.suspect = not operation.answers
        if isinstance(agent.session, SecureSession) and not (agent.session.proven and operation.answers):
            agent.session.forget()
        agent.busy = False
        if agent.waiting and self._loop:
            self._enqueue(agent)
        self._pump()

    # --- sending

    def _advance(self, operation: Operation) -> None:
        """Sends an operation's next request, or ends it."""
        operation.attempt = operation.refused = 0
        if self._ask(operation):
            self._send(operation)
        else:
            self._finish(operation, operation.job.failure)

    def _ask(self, operation: Operation) -> bool:
        """Makes the next request; it keeps its ID while it asks for the same, so that a late answer still counts."""
        agent = operation.agent
        bulk = operation.bulk and agent.pace.bulk
        request = operation.job.next(agent.pace.budget, agent.repetitions, bulk=bulk)
        if request is None:
            return False
        before = operation.request
        if operation.id and before and before.bodies == request.bodies:
            request.asked = max(request.asked, before.asked)
        else:
            self._new_id(operation)
        operation.request = request
        return True

    def _new_id(self, operation: Operation) -> None:
        self._pending.pop(operation.id, None)
        operation.resends = 0
        while (number := self._random.getrandbits(31)) in self._pending or not number:
            pass
        operation.id = number
        self._pending[number] = operation

    def _send(self, operation: Operation) -> None:
        now = time.monotonic()
        agent = operation.agent
        if agent.ready_at > now:
            operation.waits = True
            self._arm(operation, min(agent.ready_at, operation.deadline))
            return
        request = operation.request
        sock = self._socket(agent.family)
        if request is None or isinstance(sock, str):
            self._finish(operation, Failure("refused", str(sock)))
            return
        body = pdu.encode_request(request.kind, operation.id, 0, request.repetitions, request.bodies)
        outcome, why = sock.send(agent.session.encode(operation.id, body, now), agent.sockaddr)
        if outcome == BUSY:
            operation.waits = True
            self._arm(operation, min(now + _BUSY_RETRY_S, operation.deadline))
            return
        operation.waits = False
        operation.sent = now
        operation.packets += 1
        agent.ready_at = now + agent.gap
        operation.attempts_at = now + agent.timeout * (1 + self._random.uniform(-_JITTER, _JITTER))
        if outcome == FAILED:
            self._refused(operation, why, now)
            return
        self._count(operation, counted=not agent.suspect)
        self._arm(operation, min(now + PATIENCE_S, operation.attempts_at, operation.deadline))

    def _socket(self, family: int) -> UdpSocket | str:
        """Returns the family's socket, or why there is none."""
        sock = self.sockets.get(family)
        if sock is None:
            if self._loop is None:
                return "the engine isn't running"
            try:
                sock = UdpSocket(family)
            except OSError as error:
                return f"this host can't open a socket: {error.strerror}"
            self.sockets[family] = sock
            self._loop.add_reader(sock.fileno(), sock.drain, self._on_message, self._on_error, _BATCH)
        return sock

    # --- time

    def _arm(self, operation: Operation, due: float) -> None:
        """Has `_on_due` called at `due`. An entry too early is found out when it comes up, which is cheaper."""
        operation.due = due
        if due < operation.armed:
            operation.armed = due
            heapq.heappush(self._times, (due, next(self._numbers), operation))
            if due < self._timer_at:
                self._set_timer()

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._timer_at = NEVER
        if self._times and self._loop:
            self._timer_at = self._times[0][0]
            self._timer = self._loop.call_at(self._timer_at, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._timer_at = NEVER
        now = time.monotonic()
        dry = all([sock.drain(self._on_message, self._on_error, _BATCH) for sock in self.sockets.values()])  # noqa: C419
        while self._times and self._times[0][0] <= now:
            when, _, operation = heapq.heappop(self._times)
            if operation not in self._open or when != operation.armed:
                continue
            operation.armed = NEVER
            if operation.due > now:
                self._arm(operation, operation.due)
            elif not dry and now < operation.deadline:
                self._arm(operation, now + _BUSY_RETRY_S)  # its answer may be among those still to be read
            else:
                self._on_due(operation, now)
        self._set_timer()

    def _on_due(self, operation: Operation, now: float) -> None:
        if now >= operation.deadline:
            self._gave_up(operation)
        elif operation.waits:
            self._send(operation)
        elif now < operation.attempts_at:
            self._count(operation, counted=False)
            self._arm(operation, min(operation.attempts_at, operation.deadline))
            self._pump()
        else:
            self._repeat(operation, now)

    def _repeat(self, operation: Operation, now: float) -> None:
        """No answer came in time."""
        agent = operation.agent
        if operation.attempt >= agent.retries:
            self._gave_up(operation)
            return
        operation.attempt += 1
        operation.retried += 1
        if operation.request and operation.request.kind == pdu.GETBULK:
            agent.pace.lost(operation.request.asked, now)
            if operation.attempt == agent.retries:
                operation.bulk = False
                agent.pace.doubts += 1
        self._again(operation)

    def _again(self, operation: Operation) -> None:
        if self._ask(operation):
            self._send(operation)
        else:
            self._finish(operation, operation.note)

    def _gave_up(self, operation: Operation) -> None:
        session = operation.agent.session
        failure = operation.note
        if failure is None and not operation.started:
            failure = Failure("timeout", "its turn didn't come before the deadline")
        if failure is None and isinstance(session, SecureSession) and operation.discovered and not session.proven:
            failure = Failure(
                "auth", "the device answers the discovery and nothing else: so it does with another password or key"
            )
        self._finish(operation, failure or Failure("timeout", self._no_answer(operation)))

    def _no_answer(self, operation: Operation) -> str:
        if operation.answers:
            return f"no answer to request {operation.answers + 1}, sent {operation.attempt + 1} times"
        hint = " (or another community)" if isinstance(operation.agent.session, PlainSession) else ""
        return f"no answer to {operation.packets} requests{hint}"

    def _refused(self, operation: Operation, why: str, now: float) -> None:
        """The network said that it won't arrive: once may be chance (a restart), twice is an answer."""
        operation.note = Failure("refused", why)
        operation.refused += 1
        if operation.refused > 1 or not operation.agent.retries:
            self._finish(operation, operation.note)
            return
        operation.attempts_at = min(operation.attempts_at, now + _REFUSED_RETRY_S)
        self._arm(operation, min(operation.attempts_at, operation.deadline))

    # --- what the sockets bring

    def _on_message(self, data: bytes, source: Sockaddr) -> None:
        operation = None
        try:
            version, _, _ = message.read_version(data)
            if version == message.V3:
                head = message.read_secured(data)
                operation = self._match(head.id, source)
                if operation and isinstance(operation.agent.session, SecureSession):
                    self._judge(operation, operation.agent.session.open(data, head, time.monotonic()))
                    return
            else:
                plain = message.read_plain(data)
                parsed = pdu.read_head(data, plain.at, plain.end)
                operation = self._match(parsed[1], source)
                if operation and isinstance(operation.agent.session, PlainSession):
                    self._judge(operation, operation.agent.session.open(data, plain, parsed))
                    return
        except MalformedError as error:
            if operation:
                self._unreadable(operation, error)
            else:
                self._anonymous(source, error)
            return
        if operation:
            self._judge(operation, Ignored(Failure("malformed", "answers in another version of SNMP")))

    def _match(self, number: int, source: Sockaddr) -> Operation | None:
        operation = self._pending.get(number)
        if operation is None:
            self.unmatched += 1
            return None
        agent = operation.agent
        if source[:2] != agent.sockaddr[:2] and not agent.any_source:
            self.foreign += 1
            operation.note = Failure(
                "timeout", f"answers come from {source[0]} port {source[1]}, not from {agent.sockaddr[0]}"
            )
            return None
        return operation

    def _judge(self, operation: Operation, verdict: Verdict) -> None:
        match verdict:
            case Response():
                self._answered(operation, verdict)
            case Resend():
                operation.discovered = operation.discovered or verdict.discovered
                operation.resends += 1
                if operation.resends > _RESENDS:
                    self._finish(operation, verdict.reason)
                    return
                self._send(operation)
            case Ignored():
                self.ignored += 1
                operation.note = verdict.note
            case Failure():
                operation.answers += 1
                self._finish(operation, verdict)

    def _answered(self, operation: Operation, answer: Response) -> None:
        request = operation.request
        if request is None:
            return
        try:
            meaning = operation.job.take(request, answer)
        except MalformedError as error:
            self._unreadable(operation, error)
            return
        operation.answers += 1
        operation.note = None
        operation.request = None  # the next one is another, even where it asks for the same
        operation.agent.suspect = False
        self._learn(operation, request, meaning, time.monotonic())
        self._advance(operation)

    def _learn(self, operation: Operation, request: Request, meaning: Meaning, now: float) -> None:
        """What an answer says about the agent."""
        agent = operation.agent
        pace = agent.pace
        if meaning == Meaning.TOO_BIG:
            pace.too_big(request.asked, now)
        elif meaning == Meaning.BROKEN:
            operation.bulk = False
            pace.doubts = DOUBTS
        elif request.kind == pdu.GETBULK:
            pace.doubts = 0
            if meaning == Meaning.TRUNCATED:
                pace.truncated(operation.job.got, now)
            elif not operation.attempt:
                pace.answered(request.asked, now - operation.sent, agent.timeout, now)
        elif not operation.bulk and agent.session.version != message.V1:
            if pace.doubts >= DOUBTS:
                pace.without_bulk(now)
            operation.bulk = True  # once more, unless the pace knows better

    def _unreadable(self, operation: Operation, error: MalformedError) -> None:
        """An answer to an open request that can't be used. It is asked for again, another way where there is one."""
        self.malformed += 1
        request = operation.request
        reason: Reason = "loop" if isinstance(error, LoopError) else "malformed"
        operation.note = Failure(reason, str(error))
        if request is None:
            return
        operation.answers += 1
        if request.kind == pdu.GETBULK:
            operation.bulk = False
            operation.agent.pace.doubts = DOUBTS
        elif reason == "loop" or operation.attempt >= operation.agent.retries:
            self._finish(operation, operation.note)
            return
        operation.attempt += 1
        operation.retried += 1
        self._again(operation)

    def _anonymous(self, source: Sockaddr, error: MalformedError) -> None:
        """A message without a readable ID: from the agent or in its name, so it only explains a time-out."""
        self.malformed += 1
        operation = self._asked.get(source[:2])
        if operation:
            operation.note = Failure("malformed", str(error))

    def _on_error(self, data: bytes, target: Sockaddr, why: str) -> None:
        """An ICMP error about one of our messages."""
        try:
            number = _id_of(data)
        except MalformedError:
            return
        operation = self._pending.get(number)
        if operation and target[:2] == operation.agent.sockaddr[:2]:
            self._refused(operation, why, time.monotonic())


def _id_of(data: bytes) -> int:
    """Returns the ID that a message of ours bears."""
    version, _, _ = message.read_version(data)
    if version == message.V3:
        return message.read_secured(data).id
    plain = message.read_plain(data)
    return pdu.read_head(data, plain.at, plain.end)[1]
