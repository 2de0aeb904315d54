"""A small SNMP agent for benchmarks and tests: it answers from a sorted list, on v1, v2c and v3, as the RFCs say.

What a real agent does beyond that (net-snmp in the integration tests) or does wrong (their own handlers) isn't its
business.
"""

import asyncio
import bisect
import os
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import cast

from exporters.snmp import ber, message, oid, pdu, usm
from exporters.snmp.errors import MalformedError
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Pdu, VarBind
from exporters.snmp.usm import User

_STATS = oid.parse("1.3.6.1.6.3.15.1.1")
_NOT_IN_TIME, _UNKNOWN_USER, _UNKNOWN_ENGINE, _WRONG_DIGEST = 2, 3, 4, 5
_WINDOW_S = 150


def interfaces(count: int) -> list[VarBind]:
    """Returns ifTable and ifXTable with `count` rows: 22 and 19 columns."""
    found = []
    for row in range(1, count + 1):
        name = f"GigabitEthernet1/0/{row}".encode()
        for column in range(1, 23):
            kind, value = _IF.get(column, (pdu.COUNTER32, row * 1_000_003 * column % 2**32))
            found.append(VarBind((1, 3, 6, 1, 2, 1, 2, 2, 1, column, row), kind, name if column == 2 else value))
        for column in range(1, 20):
            kind, value = _IFX.get(column, (pdu.COUNTER64, row * 1_000_000_007 * column))
            found.append(VarBind((1, 3, 6, 1, 2, 1, 31, 1, 1, 1, column, row), kind, name if column == 1 else value))
    return found


_IF: dict[int, tuple[int, pdu.Value]] = {
    1: (2, 17),
    2: (4, b""),
    3: (2, 6),
    4: (2, 1500),
    5: (pdu.GAUGE32, 1_000_000_000),
    6: (4, b"\x00\x1b\x54\x01\x02\x03"),
    7: (2, 1),
    8: (2, 1),
    9: (pdu.TIME_TICKS, 123_456_789),
    21: (pdu.GAUGE32, 0),
    22: (6, (0, 0)),
}
_IFX: dict[int, tuple[int, pdu.Value]] = {
    **dict.fromkeys(range(2, 6), (pdu.COUNTER32, 123_456_789)),
    1: (4, b""),
    14: (2, 1),
    15: (pdu.GAUGE32, 1000),
    16: (2, 2),
    17: (2, 1),
    18: (4, b"uplink to the core"),
    19: (pdu.TIME_TICKS, 0),
}


@dataclass
class Mib:
    """What an agent has, sorted."""

    varbinds: Sequence[VarBind]
    oids: list[Oid] = field(init=False)
    encoded: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.varbinds = sorted(self.varbinds)
        self.oids = [varbind.oid for varbind in self.varbinds]
        self.encoded = [pdu.encode_varbind(varbind) for varbind in self.varbinds]


class Responder:
    """Answers requests.

    Attributes:
        mib: What it has.
        most: The largest answer, bytes.
        engine_id, boots, started: Its SNMPv3 engine; `started` in monotonic seconds.
        requests: How many PDUs it answered.
    """

    def __init__(
        self,
        varbinds: Iterable[VarBind],
        *,
        community: bytes = b"public",
        users: Sequence[User] = (),
        most: int = 65507,
    ) -> None:
        self.mib = Mib(list(varbinds))
        self.most = most
        self.engine_id = b"\x80\x00\x1f\x88\x80" + os.urandom(8)
        self.boots = 1
        self.started = time.monotonic() - 1000
        self.requests = 0
        self._community = community
        self._users = {user.name.encode(): user for user in users}
        self._counter = 0

    def __call__(self, data: bytes) -> bytes | None:
        """Returns the answer to a message; None for none."""
        try:
            version, _, _ = message.read_version(data)
            return self._secured(data) if version == message.V3 else self._plain(data)
        except MalformedError:
            return None

    def _plain(self, data: bytes) -> bytes | None:
        head = message.read_plain(data)
        if head.community != self._community:
            return None
        request = pdu.decode(data, head.at, head.end)
        answer = self.answer(request, self.most - 30, v1=head.version == message.V1)
        return message.encode_plain(head.version, head.community, answer)

    def _secured(self, data: bytes) -> bytes:
        head = message.read_secured(data)
        now = int(time.monotonic() - self.started)
        user = self._users.get(head.user)
        if head.engine_id != self.engine_id:
            return self._report(head, _UNKNOWN_ENGINE, now)
        if user is None:
            return self._report(head, _UNKNOWN_USER, now)
        keys = usm.keys_for(user, self.engine_id)
        try:
            plain, scoped = usm.unseal(keys, data, head)
        except usm.DigestError:
            return self._report(head, _WRONG_DIGEST, now)
        if head.flags & message.AUTH and (head.boots != self.boots or abs(head.time - now) > _WINDOW_S):
            return self._report(head, _NOT_IN_TIME, now, keys)
        request = pdu.decode(plain, scoped.at, scoped.end)
        answer = self.answer(request, self.most - 150)
        return self._seal(head, keys, message.encode_scoped(self.engine_id, scoped.context, answer), now)

    def _seal(self, head: message.Secured, keys: usm.Keys, scoped: bytes, now: int) -> bytes:
        self._counter += 1
        return usm.seal(
            keys,
            head.id,
            scoped,
            engine_id=self.engine_id,
            boots=self.boots,
            time=now,
            user=head.user,
            counter=self._counter,
        )

    def _report(self, head: message.Secured, stat: int, now: int, keys: usm.Keys = usm.NO_KEYS) -> bytes:
        report = pdu.encode(Pdu(pdu.REPORT, 0, 0, 0, [VarBind((*_STATS, stat, 0), pdu.COUNTER32, 1)]))
        plain = usm.Keys(keys.authentication, keys._auth_key, None, b"")  # noqa: SLF001  # signed, never encrypted
        return self._seal(head, plain, message.encode_scoped(self.engine_id, b"", report), now)

    def answer(self, request: Pdu, room: int, *, v1: bool = False) -> bytes:
        """Returns the response PDU."""
        self.requests += 1
        if request.kind == pdu.GETBULK:
            return self._response(request, self._bulk(request, room))
        found: list[bytes] = []
        for number, varbind in enumerate(request.varbinds, 1):
            encoded = self._one(request.kind, varbind.oid)
            if v1 and isinstance(encoded, int):
                return pdu.encode(Pdu(pdu.RESPONSE, request.request_id, pdu.NO_SUCH_NAME, number, request.varbinds))
            found.append(
                pdu.encode_varbind(VarBind(varbind.oid, encoded, None)) if isinstance(encoded, int) else encoded
            )
        if sum(map(len, found)) > room:
            return pdu.encode(Pdu(pdu.RESPONSE, request.request_id, pdu.TOO_BIG, 0, [] if not v1 else request.varbinds))
        return self._response(request, found)

    def _response(self, request: Pdu, found: Iterable[bytes]) -> bytes:
        head = pdu.encode(Pdu(pdu.RESPONSE, request.request_id, 0, 0, []))
        _, at, _ = ber.read(head, 0, len(head))
        return ber.tlv(pdu.RESPONSE, head[at:-2] + ber.sequence(*found))

    def _one(self, kind: int, name: Oid) -> bytes | int:
        """Returns the binding, or the exception's tag."""
        if kind == pdu.GET:
            at = bisect.bisect_left(self.mib.oids, name)
            known = at < len(self.mib.oids) and self.mib.oids[at] == name
            return self.mib.encoded[at] if known else pdu.NO_SUCH_INSTANCE
        at = bisect.bisect_right(self.mib.oids, name)
        return self.mib.encoded[at] if at < len(self.mib.oids) else pdu.END_OF_MIB_VIEW

    def _bulk(self, request: Pdu, room: int) -> list[bytes]:
        oids, encoded = self.mib.oids, self.mib.encoded
        at = [bisect.bisect_right(oids, varbind.oid) for varbind in request.varbinds]
        found: list[bytes] = []
        for row in range(request.error_index):
            for column, start in enumerate(at):
                if start + row < len(oids):
                    binding = encoded[start + row]
                else:
                    last = oids[-1] if start < len(oids) else request.varbinds[column].oid
                    binding = pdu.encode_varbind(VarBind(last, pdu.END_OF_MIB_VIEW, None))
                room -= len(binding)
                if room < 0:
                    return found
                found.append(binding)
        return found


Handler = Callable[[bytes], bytes | None]


class Served(asyncio.DatagramProtocol):
    """A handler on a socket of the running loop."""

    def __init__(self, handler: Callable[[bytes], "bytes | Iterable[bytes] | None"]) -> None:
        self.handler = handler
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        """See asyncio."""
        answer = self.handler(data)
        for each in [answer] if isinstance(answer, bytes) else answer or ():
            if self.transport:
                self.transport.sendto(each, source)


def spawn(make: Callable[[], Handler], host: str = "127.0.0.1") -> tuple[BaseProcess, int]:
    """Starts a process that serves; returns it and its port."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((host, 0))
    process = get_context("fork").Process(target=_serve, args=(sock, make), daemon=True)
    process.start()
    port: int = sock.getsockname()[1]
    sock.close()
    return process, port


def _serve(sock: socket.socket, make: Callable[[], Handler]) -> None:
    handler = make()
    while True:
        data, source = sock.recvfrom(65535)
        answer = handler(data)
        if answer:
            sock.sendto(answer, source)
