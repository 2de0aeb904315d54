"""Carries out walks and gets: sends, repeats, gives up. The only part that knows loop and clock.

No task a request and no timer a request: an operation is advanced by the datagram that answers it (`inbox` says which),
and one timer serves them all (`timers`). Before a time-out is judged the sockets are read dry: an answer that waits in
a buffer while the loop was held up came in time. A device gets one request at a time, and its operations one after
another, in order; `turns` says whose turn it is.
"""

import asyncio
import random
import time

from exporters.snmp import pdu
from exporters.snmp.agent import DOUBTS, Agent, Sockaddr
from exporters.snmp.columns import LoopError
from exporters.snmp.errors import Failure, MalformedError, Reason
from exporters.snmp.inbox import Inbox
from exporters.snmp.operation import Operation, Outcome
from exporters.snmp.session import Ignored, Resend, SecureSession, Verdict
from exporters.snmp.timers import STEP_S, Timers
from exporters.snmp.transport import BUSY, FAILED, Sockets
from exporters.snmp.turns import Turns, patience
from exporters.snmp.walk import Get, Job

LIMIT = 200

_BATCH = 64  # operations whose time has come, a turn of the loop: some ms
_REFUSED_RETRY_S = 0.2
_JITTER = 0.1
_OVER: Job = Get(())
_RESENDS = 4  # for a request: discovery, time, and both once more


class Engine:
    """The SNMP engine of a process.

    Attributes:
        inbox: Whom messages are for; counts those that are nobody's.
        ignored: Messages that were read and not believed: another community, a wrong digest.
        sockets: One an address family.
    """

    def __init__(self, *, limit: int = LIMIT) -> None:
        """Creates it; nothing is open before `start`.

        Args:
            limit: How many requests may be under way.
        """
        self.inbox = Inbox()
        self.ignored = 0
        self.sockets = Sockets(self._on_message, self._on_error)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timers = Timers(self._on_tick)
        self._turns = Turns(limit)
        self._open: set[Operation] = set()
        self._pumping = False
        self._random = random.Random()  # noqa: S311  # no secret

    @property
    def under_way(self) -> int:
        """Requests that count against the limit."""
        return self._turns.taken

    def start(self) -> None:
        """Begins, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._timers.start(self._loop)
        self.sockets.start(self._loop)

    def stop(self) -> None:
        """Ends everything: what is under way ends as a time-out."""
        for operation in list(self._open):
            self._finish(operation, Failure("timeout", "the exporter stopped"))
        self._timers.stop()
        self.sockets.stop()
        self._loop = None

    async def run(self, agent: Agent, job: Job, within: float) -> Outcome:
        """Carries out a walk or a get.

        Args:
            agent: The device.
            job: A new Walk or Get; holds what was read, also where it failed.
            within: Seconds after which it is over, whatever the device does; to the step of a timer.

        Returns:
            How it ended. Nothing that a device does is an exception.
        """
        now = time.monotonic()
        deadline = max((now + within) // STEP_S, now // STEP_S + 1) * STEP_S
        operation = Operation(agent, job, now, deadline, asyncio.get_running_loop().create_future())
        self._open.add(operation)
        agent.waiting.append(operation)
        try:
            self._timers.set(operation, deadline)
            if len(agent.waiting) == 1 and not agent.busy:
                self._turns.enter(agent)
            self._pump()
            return await operation.future
        finally:
            self._drop(operation)

    # --- turns

    def _pump(self) -> None:
        if self._pumping:  # an operation ended as soon as it began: the loop below goes on with the next
            return
        self._pumping = True
        while agent := self._turns.next():
            self._begin(agent)
        self._pumping = False
        if self._turns.more and self._loop:
            self._loop.call_soon(self._on_turn)

    def _on_turn(self) -> None:
        self._turns.next_turn()
        self._pump()

    def _begin(self, agent: Agent) -> None:
        if agent.busy or not agent.waiting:
            return
        operation: Operation = agent.waiting.popleft()
        agent.busy = operation.started = True
        agent.pace.begin(time.monotonic())
        self.inbox.add(operation)
        self._advance(operation)

    def _finish(self, operation: Operation, failure: Failure | None) -> None:
        if not operation.future.done():
            seconds = time.monotonic() - operation.begun
            operation.future.set_result(
                Outcome(failure, seconds, operation.packets, operation.retried, operation.answers)
            )
        self._drop(operation)

    def _drop(self, operation: Operation) -> None:
        """Forgets an operation, however it ended."""
        if operation not in self._open:
            return
        self._open.discard(operation)
        self._timers.clear(operation)
        self.inbox.drop(operation)
        self._turns.count(operation, counted=False)
        operation.job, operation.request = _OVER, None  # the caller may keep the future, and needn't what was read
        agent = operation.agent
        if not operation.started:
            agent.waiting.remove(operation)
            return
        if operation.packets:
            agent.answered = operation.answers > 0
        if isinstance(agent.session, SecureSession) and not (agent.session.proven and operation.answers):
            agent.session.forget()
        agent.busy = False
        if agent.waiting and self._loop:
            self._turns.enter(agent)
        self._pump()

    # --- sending

    def _advance(self, operation: Operation) -> None:
        """Sends an operation's next request, or ends it."""
        operation.attempt = operation.refused = 0
        if self._ask(operation):
            self._send(operation)
        else:
            self._finish(operation, operation.job.failure)

    def _again(self, operation: Operation) -> None:
        """Sends an operation's request once more, perhaps for less."""
        operation.attempt += 1
        operation.retried += 1
        if self._ask(operation):
            self._send(operation)
        else:
            self._finish(operation, operation.note)

    def _ask(self, operation: Operation) -> bool:
        """Makes the next request; it keeps its ID while it asks for the same, so that a late answer still counts."""
        agent = operation.agent
        bulk = operation.bulk and agent.pace.bulk
        request = operation.job.next(operation.budget, agent.repetitions, bulk=bulk)
        if request is None:
            return False
        before = operation.request
        if operation.id and before and request.repeats(before):
            request.join(before)
        else:
            operation.resends = 0
            self.inbox.renew(operation)
        operation.request = request
        return True

    def _send(self, operation: Operation) -> None:
        now = time.monotonic()
        agent = operation.agent
        operation.waits = agent.ready_at > now
        if operation.waits:
            self._timers.set(operation, min(agent.ready_at, operation.deadline))
            return
        request = operation.request
        sock = self.sockets.of(agent.family)
        if request is None or isinstance(sock, str):
            self._finish(operation, Failure("refused", str(sock)))
            return
        body = pdu.encode_request(request.kind, operation.id, 0, request.repetitions, request.bodies)
        outcome, why = sock.send(agent.session.encode(operation.id, body, now), agent.sockaddr)
        operation.waits = outcome == BUSY
        if operation.waits:
            self._timers.set(operation, min(now + STEP_S, operation.deadline))
            return
        operation.sent = now
        operation.packets += 1
        agent.ready_at = now + agent.gap
        operation.attempts_at = now + operation.wait + agent.timeout * self._random.uniform(-_JITTER, _JITTER)
        if outcome == FAILED:
            self._refused(operation, why, now)
            return
        self._turns.count(operation, counted=bool(agent.answered))
        self._watch(operation, now + patience(agent) if operation.counted else operation.attempts_at)

    def _watch(self, operation: Operation, when: float) -> None:
        self._timers.set(operation, min(when, operation.attempts_at, operation.deadline))

    # --- time

    def _on_tick(self, step: int) -> None:
        now = max(time.monotonic(), step * STEP_S)
        dry = self.sockets.drain()
        for operation in self._timers.due(step, _BATCH):
            if not dry and now < operation.deadline:
                self._timers.set(operation, now + STEP_S)  # its answer may be among those still to be read
            else:
                self._on_due(operation, now)

    def _on_due(self, operation: Operation, now: float) -> None:
        if now >= operation.deadline:
            self._finish(operation, operation.silence())
        elif operation.waits:
            self._send(operation)
        elif now < operation.attempts_at:
            self._turns.count(operation, counted=False)
            self._watch(operation, operation.attempts_at)
            self._pump()
        elif operation.attempt >= operation.attempts:
            self._finish(operation, operation.silence())
        else:
            operation.lost(now)
            self._again(operation)

    def _refused(self, operation: Operation, why: str, now: float) -> None:
        """The network said that it won't arrive: once may be chance (a restart), twice is an answer."""
        operation.note = Failure("refused", why)
        operation.refused += 1
        if operation.refused > 1 or not operation.agent.retries:
            self._finish(operation, operation.note)
            return
        operation.attempts_at = min(operation.attempts_at, now + _REFUSED_RETRY_S)
        self._watch(operation, operation.attempts_at)

    # --- what the sockets bring

    def _on_message(self, data: bytes, source: Sockaddr) -> None:
        found = self.inbox.read(data, source)
        if found:
            self._judge(*found)

    def _judge(self, operation: Operation, verdict: Verdict | MalformedError) -> None:
        match verdict:
            case pdu.Response():
                self._answered(operation, verdict)
            case MalformedError():
                self._unreadable(operation, verdict)
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

    def _answered(self, operation: Operation, answer: pdu.Response) -> None:
        request = operation.request
        if request is None:
            return
        try:
            meaning = operation.job.take(request, answer)
        except MalformedError as error:
            self.inbox.malformed += 1
            self._unreadable(operation, error)
            return
        operation.answers += 1
        operation.note = None
        operation.request = None  # the next one is another, even where it asks for the same
        operation.agent.answered = True
        operation.learn(request, meaning, time.monotonic())
        self._advance(operation)

    def _unreadable(self, operation: Operation, error: MalformedError) -> None:
        """An answer to an open request that can't be used. It is asked for again, another way where there is one."""
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
            if request.kind == pdu.GETNEXT:
                operation.agent.pace.with_bulk()  # it fails there, too: it is the object
            self._finish(operation, operation.note)
            return
        self._again(operation)

    def _on_error(self, data: bytes, target: Sockaddr, why: str) -> None:
        """An ICMP error about one of our messages."""
        operation = self.inbox.sender(data, target)
        if operation:
            self._refused(operation, why, time.monotonic())
