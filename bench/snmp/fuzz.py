"""Answers of an agent that lies, at random: no exception may escape the engine, and no deadline may pass.

    python -m bench.snmp.fuzz [--answers 100000] [--seed 1]

Half of the answers are damaged on the wire; half are damaged before they are put into their envelope, so that
community, digest and cipher are right and the damage gets as deep as it can.
"""

import argparse
import asyncio
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench.snmp.agent import Responder, Served, interfaces
from exporters.snmp.agent import Agent
from exporters.snmp.engine import Engine
from exporters.snmp.pdu import Pdu
from exporters.snmp.session import Community
from exporters.snmp.usm import User
from exporters.snmp.walk import Get, Walk

LATE_S = 0.5  # what a loaded machine's loop may be late by

_USER = User("fuzz", "SHA256", "authentication", "AES128", "privacy-password")
_CREDENTIALS: tuple[Community | User, ...] = (Community("1", "public"), Community("2c", "public"), _USER)
_WITHIN_S = 0.3
_AT_ONCE = 60
_COLUMNS = [(1, 3, 6, 1, 2, 1, 2, 2, 1, column) for column in range(1, 7)]


@dataclass
class Tally:
    """What came of it.

    Attributes:
        answers: Damaged answers sent.
        outcomes: Operations by failure reason, "" for none.
        late: Operations that ended after their deadline, with the seconds.
        escaped: What the event loop's exception handler was given, and what `run` raised.
    """

    answers: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    late: list[float] = field(default_factory=list)
    escaped: list[str] = field(default_factory=list)


def damage(data: bytes, rng: random.Random) -> bytes:
    """Returns the bytes with one to three random changes."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(out)) if out else 0
        match rng.randrange(8):
            case 0:
                out[at : at + 1] = bytes((rng.randrange(256),))
            case 1:
                out[at : at + 1] = bytes((rng.choice((0, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x88, 0xFF)),))
            case 2:
                del out[at:]
            case 3:
                del out[at : at + rng.randint(1, 8)]
            case 4:
                out[at:at] = rng.randbytes(rng.randint(1, 8))
            case 5:
                out += rng.randbytes(rng.randint(1, 40))
            case 6:
                other = rng.randrange(len(out)) if out else 0
                out[at : at + 24] = out[other : other + 24]
            case _:
                out[at:at] = out[at : at + rng.randint(1, 600)]
    return bytes(out[:65000])


class Liar(Responder):
    """An agent whose answers are damaged."""

    def __init__(self, rng: random.Random, tally: Tally) -> None:
        super().__init__(interfaces(6), users=[_USER])
        self._rng = rng
        self._tally = tally
        self._inside = False

    def __call__(self, data: bytes) -> bytes | None:
        """Returns a damaged answer, now and then none or a good one."""
        kind = self._rng.randrange(10)
        self._inside = kind < 5
        answer = super().__call__(data)
        if kind == 9 or answer is None:
            return None if self._rng.random() < 0.2 else answer
        self._tally.answers += 1
        return answer if self._inside else damage(answer, self._rng)

    def answer(self, request: Pdu, room: int, *, v1: bool = False) -> bytes:
        """See Responder."""
        answer = super().answer(request, room, v1=v1)
        return damage(answer, self._rng) if self._inside else answer


async def fuzz(answers: int, seed: int) -> Tally:
    """Sends at least that many damaged answers to walks and gets of every version."""
    tally = Tally()
    rng = random.Random(seed)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: tally.escaped.append(repr(context)))
    transport, _ = await loop.create_datagram_endpoint(lambda: Served(Liar(rng, tally)), ("127.0.0.1", 0))
    address: Any = transport.get_extra_info("sockname")
    engine = Engine()
    engine.start()

    async def one() -> None:
        while tally.answers < answers:
            agent = Agent(address, rng.choice(_CREDENTIALS), timeout=0.05, retries=2)
            for _ in range(rng.randint(1, 3)):
                job = Walk(_COLUMNS, strict=rng.random() < 0.8) if rng.random() < 0.8 else Get([(*_COLUMNS[0], 1)])
                try:
                    outcome = await engine.run(agent, job, _WITHIN_S)
                except Exception as error:  # noqa: BLE001  # what the test is about
                    tally.escaped.append(repr(error))
                    return
                tally.outcomes[outcome.failure.reason if outcome.failure else ""] += 1
                if outcome.seconds > _WITHIN_S + LATE_S:
                    tally.late.append(outcome.seconds)

    await asyncio.gather(*[one() for _ in range(_AT_ONCE)])
    if engine.under_way:
        tally.escaped.append(f"{engine.under_way} requests still count as under way")
    engine.stop()
    transport.close()
    return tally


def main() -> int:
    """Prints what came of it; 1 if anything escaped or was late."""
    parser = argparse.ArgumentParser(description="damaged answers")
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tally = asyncio.run(fuzz(options.answers, options.seed))
    print(f"{tally.answers} damaged answers, {tally.outcomes.total()} operations")
    for reason, count in tally.outcomes.most_common():
        print(f"  {reason or 'whole':20}{count:8}")
    print(f"escaped: {len(tally.escaped)}, late: {len(tally.late)}")
    for text in tally.escaped[:5]:
        print(f"  {text}", file=sys.stderr)
    return 1 if tally.escaped or tally.late else 0


if __name__ == "__main__":
    sys.exit(main())
