"""Which operation a message is for, and what it says to it. No I/O: messages and ICMP errors in, verdicts out."""

import random
import time

from exporters.snmp import message, pdu
from exporters.snmp.agent import Sockaddr
from exporters.snmp.errors import Failure, MalformedError
from exporters.snmp.message import Secured
from exporters.snmp.operation import Operation
from exporters.snmp.session import Ignored, PlainSession, SecureSession, Verdict


class Inbox:
    """The operations that wait for an answer.

    Attributes:
        unmatched: Messages that answer no open request: too late, or forged.
        foreign: Messages that bear an open request's ID, but come from another address.
        malformed: Messages that could not be read.
    """

    def __init__(self) -> None:
        self.unmatched = self.foreign = self.malformed = 0
        self._by_id: dict[int, Operation] = {}
        self._by_source: dict[tuple[str, int], Operation] = {}  # whom a message without a readable ID may be from
        self._random = random.Random(random.SystemRandom().getrandbits(128))  # noqa: S311  # fresh, and not a secret

    def add(self, operation: Operation) -> None:
        """Expects messages for an operation."""
        self._by_source[operation.agent.sockaddr[:2]] = operation

    def renew(self, operation: Operation) -> None:
        """Gives an operation another request ID; what bears the one before counts no more."""
        self._by_id.pop(operation.id, None)
        while (number := self._random.getrandbits(31)) in self._by_id or not number:
            pass
        operation.id = number
        self._by_id[number] = operation

    def drop(self, operation: Operation) -> None:
        """Expects nothing for an operation any more."""
        self._by_id.pop(operation.id, None)
        source = operation.agent.sockaddr[:2]
        if self._by_source.get(source) is operation:
            del self._by_source[source]

    def read(self, data: bytes, source: Sockaddr) -> tuple[Operation, Verdict | MalformedError] | None:
        """Returns whom a message is for and what it says, or why it can't be used; None where it is nobody's."""
        operation = None
        try:
            head = message.read(data)
            if isinstance(head, Secured):
                operation = self._match(head.id, source)
                if operation and isinstance(operation.agent.session, SecureSession):
                    return operation, operation.agent.session.open(data, head, time.monotonic())
            else:
                parsed = pdu.read_head(data, head.at, head.end)
                operation = self._match(parsed[1], source)
                if operation and isinstance(operation.agent.session, PlainSession):
                    return operation, operation.agent.session.open(data, head, parsed)
        except MalformedError as error:
            self.malformed += 1
            if operation:
                return operation, error
            self._anonymous(source, error)
            return None
        return (operation, Ignored(Failure("malformed", "answers in another version of SNMP"))) if operation else None

    def sender(self, data: bytes, target: Sockaddr) -> Operation | None:
        """Returns whose request it is that an ICMP error quotes, perhaps cut off."""
        try:
            number = _id_of(data)
        except MalformedError:
            return None
        operation = self._by_id.get(number)
        return operation if operation and target[:2] == operation.agent.sockaddr[:2] else None

    def _match(self, number: int, source: Sockaddr) -> Operation | None:
        operation = self._by_id.get(number)
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

    def _anonymous(self, source: Sockaddr, error: MalformedError) -> None:
        """A message without a readable ID: from the agent or in its name, so it only explains a time-out."""
        operation = self._by_source.get(source[:2])
        if operation:
            operation.note = Failure("malformed", str(error))


def _id_of(data: bytes) -> int:
    """Returns the ID that a message of ours bears."""
    head = message.read(data)
    return head.id if isinstance(head, Secured) else pdu.read_head(data, head.at, head.end)[1]
