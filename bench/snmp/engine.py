"""What a walk costs: CPU microseconds of ours for each variable binding, sent, received and decoded.

    python -m bench.snmp.engine [--rounds 20] [--interfaces 48] [--devices 20]

The agent is a process of its own and doesn't count. IF-MIB: 41 columns. The best of the rounds stands for the cost, the
median for the machine's other work. Decoding alone is shown beside it.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable
from functools import partial

from bench.snmp.agent import Responder, interfaces, spawn
from exporters.snmp import pdu
from exporters.snmp.agent import Agent
from exporters.snmp.columns import Column, Reader
from exporters.snmp.engine import Engine
from exporters.snmp.oid import Oid
from exporters.snmp.session import Community
from exporters.snmp.usm import User
from exporters.snmp.walk import Walk

COLUMNS: list[Oid] = [
    *[(1, 3, 6, 1, 2, 1, 2, 2, 1, column) for column in range(1, 23)],
    *[(1, 3, 6, 1, 2, 1, 31, 1, 1, 1, column) for column in range(1, 20)],
]
_WARM_UP = 3
USER = User("bench", "SHA1", "authentication", "AES128", "privacy-password")


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="CPU µs for each variable binding")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--interfaces", type=int, default=48)
    parser.add_argument("--devices", type=int, default=20, help="walked at once")
    options = parser.parse_args()
    process, port = spawn(lambda: Responder(interfaces(options.interfaces), users=[USER]))
    print(f"IF-MIB, {options.interfaces} interfaces, {options.interfaces * len(COLUMNS)} varbinds a walk\n")
    print(f"{'':22}{'best':>8}{'median':>8}  µs/varbind   packets")
    try:
        _decoding(options.interfaces, options.rounds)
        for name, credentials in (
            ("v1 (GETNEXT)", Community("1", "public")),
            ("v2c", Community("2c", "public")),
            ("v3 authPriv SHA1/AES", USER),
        ):
            make = partial(Agent, ("127.0.0.1", port), credentials, timeout=20.0)
            asyncio.run(_walks(name, make, options.interfaces, options.rounds, options.devices))
    finally:
        process.terminate()
        process.join()


async def _walks(name: str, make: Callable[[], Agent], rows: int, rounds: int, devices: int) -> None:
    engine = Engine()
    engine.start()
    agents = [make() for _ in range(devices)]
    costs = []
    packets = 0
    for number in range(rounds + _WARM_UP):
        walks = [Walk(COLUMNS, rows=rows if number else -1) for _ in agents]
        begun = time.process_time()
        outcomes = await asyncio.gather(
            *[engine.run(agent, walk, 60) for agent, walk in zip(agents, walks, strict=True)]
        )
        costs.append((time.process_time() - begun) * 1e6 / (rows * len(COLUMNS) * devices))
        assert all(outcome.failure is None for outcome in outcomes), outcomes
        assert all(sum(map(len, walk.tables.values())) == rows * len(COLUMNS) for walk in walks)
        packets = outcomes[0].packets
    engine.stop()
    _line(name, costs[_WARM_UP:], packets)


def _decoding(rows: int, rounds: int) -> None:
    """The decoder alone, on answers of 10 columns and 10 rows."""
    roots = COLUMNS[9:20]
    found = {varbind.oid: varbind for varbind in interfaces(rows)}
    answers = []
    for start in range(1, rows + 1, 10):
        indexes = range(start, min(start + 10, rows + 1))
        answers.append(b"".join([pdu.encode_varbind(found[(*root, row)]) for row in indexes for root in roots]))

    def once() -> None:
        reader = Reader(strict=True, typed=False)
        columns = [Column(root) for root in roots]
        for answer in answers:
            reader.read(answer, 0, len(answer), columns)

    _line("decoding alone", [_timed(once) / (rows * len(roots)) for _ in range(rounds)], 0)


def _timed(work: Callable[[], None]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e6


def _line(name: str, costs: list[float], packets: int) -> None:
    print(f"{name:22}{min(costs):8.2f}{statistics.median(costs):8.2f}{packets or '':>22}")


if __name__ == "__main__":
    main()
