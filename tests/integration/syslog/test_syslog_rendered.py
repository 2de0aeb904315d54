"""The shipper as a process, from the file that an inventory becomes, as it was written: no line is edited."""

import asyncio
import sys
import urllib.request
from pathlib import Path

import yaml

from sotpctl.inventory import load
from sotpctl.render import syslog
from tests.integration.syslog.conftest import until
from tests.integration.syslog.sink import Sink
from tests.ports import free_ports

OSPF = b"<189>45: Mar  1 12:00:00: %OSPF-5-ADJCHG: Process 1, Nbr 192.0.2.9 on Gi0/1 from FULL to DOWN, Neighbor Down"


def _metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text: str = answer.read().decode()
        return text


async def test_the_rendered_file_starts_it(tmp_path: Path, sink: Sink) -> None:
    """A device's event and one of the user's own arrive in the store, marked, and are counted."""
    logs, http = free_ports(2)
    inventory = tmp_path / "inventory.yaml"
    document = {
        "settings": {
            "apply": {"directory": "applied"},
            "logs": {"url": sink.url, "listen": {"udp": None, "tcp": f"127.0.0.1:{logs}"}},
        },
        "sites": {"waw": {"timezone": "Europe/Warsaw"}},
        "devices": {"core-1": {"address": "127.0.0.1", "site": "waw", "platform": "cisco-ios"}},
        "alerting": {"log_patterns": [{"name": "vpn_lost", "match": r"tunnel \S+ down", "selector": {"site": "waw"}}]},
    }
    inventory.write_text(yaml.safe_dump(document))
    loaded = load(inventory)
    assert loaded.inventory, loaded.problems
    (tmp_path / "syslog.json").write_bytes(syslog.build(loaded.inventory).content)
    argv = ("-m", "exporters.main", "syslog", "--config", str(tmp_path / "syslog.json"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *argv, "--web.listen-address", f"127.0.0.1:{http}", stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr
        while b"takes syslog" not in (line := await process.stderr.readline()):
            assert line, "it ended"
        _, writer = await asyncio.open_connection("127.0.0.1", logs)
        writer.write(OSPF + b"\n<13>x y: tunnel 7 down\n")
        await writer.drain()
        writer.close()
        await until(lambda: len(sink.lines) == 2)
        (entries,) = sink.stored.values()
        assert [dict(entry.metadata).get("event") for entry in entries] == ["ospf_down", "vpn_lost"]
        metrics = await asyncio.to_thread(_metrics, http)
        assert 'syslog_events_total{device="core-1",event="vpn_lost",level="warning"} 1' in metrics
        assert 'syslog_events_total{device="core-1",event="ospf_down",level="warning"} 1' in metrics
    finally:
        process.terminate()
        await process.wait()
    assert (tmp_path / "applied" / "data" / "syslog").is_dir()
