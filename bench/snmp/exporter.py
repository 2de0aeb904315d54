"""The whole exporter over HTTP against snmp_exporter: CPU, packets, and a thousand devices at once.

    python -m bench.snmp.exporter --peer PATH [--rounds 60] [--devices 1000]

Both have the same module and ask the same agents, over UDP on 127.0.0.1. Two modules: SOTP's own if_mib (14 columns and
3 that are labels), and the whole of ifTable and ifXTable (38 columns), as snmp_exporter's if_mib walks it. Agents, and
the client that scrapes, are processes of their own and don't count as CPU; they share the machine, so that wall times
compare, and no more.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.icmp.common import Limit, cpu_ms, memory_mb, report
from bench.snmp import hanging
from bench.snmp.agent import Responder, interfaces, spawn
from bench.snmp.hanging import AUTHS, burst, client
from bench.snmp.peers import PEER, PEERS, document, ours, scrape, theirs
from exporters.snmp import pdu
from exporters.snmp.pdu import VarBind
from exporters.snmp.registry import BUILT_IN
from exporters.snmp.usm import User

AGENTS = 2
INTERVAL_S = 1.0
LEARNING_ROUNDS = 3
MANY = 500
_USER = User("bench", "SHA1", "authentication", "AES128", "privacy-password")
_UP_TIME = VarBind((1, 3, 6, 1, 2, 1, 1, 3, 0), pdu.TIME_TICKS, 123_456)
_AUTHS = AUTHS | {
    "v3": {
        "version": 3,
        "username": _USER.name,
        "security_level": "authPriv",
        "auth_protocol": "SHA",
        "password": _USER.auth_password,
        "priv_protocol": "AES",
        "priv_password": _USER.priv_password,
    },
}
_TABLES = {(1, 3, 6, 1, 2, 1, 2, 2, 1): 22, (1, 3, 6, 1, 2, 1, 31, 1, 1, 1): 19}
_NAMES = {(1, 3, 6, 1, 2, 1, 2, 2, 1): "ifTable", (1, 3, 6, 1, 2, 1, 31, 1, 1, 1): "ifXTable"}


def main() -> int:
    """Measures; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default=shutil.which(PEER), help="snmp_exporter's binary")
    parser.add_argument("--rounds", type=int, default=60, help="scrapes for a figure of CPU (500 interfaces: a third)")
    parser.add_argument("--devices", type=int, default=1000, help="scraped at once")
    chosen = parser.parse_args()
    if not chosen.peer:
        raise SystemExit(PEERS)
    rows: dict[str, Any] = {}
    limits: list[Limit] = []
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        (folder / "auths.yml").write_text(json.dumps({"auths": _AUTHS}))
        (folder / "whole.yml").write_text(json.dumps({"modules": {"whole": whole()}}))
        for count in (48, MANY):
            with agents(count, 1) as ports:
                _cpu(folder, chosen, (count, ports[0]), rows, limits)
        with agents(48, AGENTS) as ports:
            asyncio.run(_at_once(folder, chosen, ports, rows, limits))
    hanging.measure(chosen.devices, hanging.ROUNDS, hanging.SPREAD_S, rows, limits)
    return report("snmp exporter", rows, limits)


def whole() -> dict[str, Any]:
    """Returns a module of all columns that the agents have, as snmp_exporter's generator writes one."""
    index = {"labelname": "ifIndex", "type": "gauge"}
    lookups = [
        {"labels": ["ifIndex"], "labelname": name, "oid": oid, "type": "DisplayString"}
        for name, oid in (
            ("ifName", "1.3.6.1.2.1.31.1.1.1.1"),
            ("ifDescr", "1.3.6.1.2.1.2.2.1.2"),
            ("ifAlias", "1.3.6.1.2.1.31.1.1.1.18"),
        )
    ]
    labels = {(1, 3, 6, 1, 2, 1, 2, 2, 1, 2), (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1), (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 18)}
    metrics = [
        {
            "name": f"{_NAMES[entry]}{column}",
            "oid": ".".join(map(str, (*entry, column))),
            "type": "PhysAddress48" if column == 6 and count == 22 else "counter",
            "help": f"Column {column}",
            "indexes": [index],
            "lookups": lookups,
        }
        for entry, count in _TABLES.items()
        for column in range(1, count + 1)
        if (*entry, column) not in labels
    ]
    return {"walk": ["1.3.6.1.2.1.2", "1.3.6.1.2.1.31.1.1"], "metrics": metrics}


@contextmanager
def agents(count: int, processes: int) -> Iterator[list[int]]:
    """Runs agents with `count` interfaces; gives their ports."""
    started = [spawn(lambda: Responder([_UP_TIME, *interfaces(count)], users=[_USER])) for _ in range(processes)]
    try:
        yield [port for _, port in started]
    finally:
        for process, _ in started:
            process.terminate()
            process.join()


@contextmanager
def both(folder: Path, peer: str, ports: list[int], devices: int) -> Iterator[list[tuple[int, str]]]:
    """Runs both exporters with `devices` devices; gives pid and base URL of each."""
    config = folder / "snmp.json"
    files = [str(folder / "auths.yml"), str(folder / "whole.yml")]
    config.write_text(document(_targets(ports, devices), {}, files))
    with ExitStack() as stack:
        yield [
            stack.enter_context(ours(config, os.environ)),
            stack.enter_context(theirs(peer, [*files, str(BUILT_IN / "if_mib.yml")], os.environ)),
        ]


def _targets(ports: list[int], devices: int) -> dict[str, dict[str, Any]]:
    return {
        f"sw-{number}": {
            "address": "127.0.0.1",
            "port": ports[number % len(ports)],
            "auth": "v2c",
            "modules": ["if_mib"],
            "interval": INTERVAL_S,
        }
        for number in range(devices)
    }


def _cpu(
    folder: Path, chosen: argparse.Namespace, agent: tuple[int, int], rows: dict[str, Any], limits: list[Limit]
) -> None:
    count, port = agent
    rounds = chosen.rounds if count < MANY else chosen.rounds // 3  # the peer takes over half a second for each
    with both(folder, chosen.peer, [port], rounds) as running:
        for module in ("if_mib", "whole"):
            for auth in _AUTHS:
                name = f"{module}, {count} interfaces, {auth}"
                query = f"module={module}&auth={auth}"
                mine, packets, samples = _scrapes(
                    running[0], [f"/snmp?target=sw-{number}&{query}" for number in range(rounds)]
                )
                theirs, their_packets, their_samples = _scrapes(
                    running[1], [f"/snmp?target=127.0.0.1:{port}&{query}"] * rounds
                )
                assert samples == their_samples, (name, samples, their_samples)
                rows[f"{name}: samples, ms ours / theirs"] = f"{samples}, {mine:.2f} / {theirs:.2f}"
                rows[f"{name}: packets ours / theirs"] = f"{packets:.0f} / {their_packets:.0f}"
                limits.append(Limit(f"{name}: CPU against snmp_exporter", round(mine / theirs, 3), 0.30, 0.15))
                if count == MANY and auth == "v2c":
                    share = round(packets / their_packets, 3)
                    limits.append(Limit(f"{name}: packets against snmp_exporter", share, 0.5, 0.1))


def _scrapes(exporter: tuple[int, str], paths: list[str]) -> tuple[float, float, int]:
    """Returns CPU ms a scrape, packets of the last, and its samples.

    Every device is scraped some times before: what is learned of it, such as how much it can answer at once, then
    holds from poll to poll. Between the rounds there is more time than half an interval, so that no scrape gets
    another's poll.
    """
    pid, base = exporter
    for _ in range(LEARNING_ROUNDS):
        for path in paths:
            page = scrape(base + path)
            assert page.status == 200, page.text
        time.sleep(INTERVAL_S / 2)
    before = cpu_ms(pid)
    for path in paths:
        page = scrape(base + path)
    after = cpu_ms(pid)
    samples = sum(1 for name, _ in page.samples if not name.startswith("snmp_"))
    return (after - before) / len(paths), page.value("snmp_scrape_packets_sent"), samples


async def _at_once(
    folder: Path, chosen: argparse.Namespace, ports: list[int], rows: dict[str, Any], limits: list[Limit]
) -> None:
    devices = range(chosen.devices)
    with both(folder, chosen.peer, ports, chosen.devices) as (mine, peer):
        own_paths = [f"{mine[1]}/snmp?target=sw-{number}&module=if_mib&auth=v2c" for number in devices]
        peer_paths = [
            f"{peer[1]}/snmp?target=127.0.0.1:{ports[number % len(ports)]}&module=if_mib&auth=v2c" for number in devices
        ]
        async with client() as session:
            await burst(session, own_paths[:20])
            await burst(session, peer_paths[:20])
            await asyncio.sleep(INTERVAL_S / 2)
            own_s = max(await burst(session, own_paths))
            own_mb = memory_mb(mine[0])
            peer_s = max(await burst(session, peer_paths))
            peer_mb = memory_mb(peer[0])
    name = f"{chosen.devices} devices at once"
    rows[f"{name}: seconds ours / theirs"] = f"{own_s:.2f} / {peer_s:.2f}"
    rows[f"{name}: MB ours / theirs"] = f"{own_mb:.0f} / {peer_mb:.0f}"
    limits.append(Limit(f"{name}: wall time against snmp_exporter", round(own_s / peer_s, 3), 0.5, 0.25))
    limits.append(Limit(f"{name}: MB", round(own_mb), 300, 180))


if __name__ == "__main__":
    sys.exit(main())
