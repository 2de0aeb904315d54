"""A message's way from a socket to the store."""

import asyncio
import socket
from pathlib import Path

from exporters.kit.document import Document
from tests.integration.syslog.conftest import Running, document, until
from tests.integration.syslog.sink import Sink

OSPF = (
    b"<189>45: Mar  1 12:00:00.123: %OSPF-5-ADJCHG: Process 1, Nbr 192.0.2.9 on Gi0/1 from FULL to DOWN, Neighbor Down"
)


async def test_tcp_and_udp(shipper: Running, sink: Sink) -> None:
    """Each message is one entry of the device's stream, with what it says as metadata; the ledger holds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(OSPF, shipper.service.addresses["udp"])
    await shipper.send_tcp(b"<13>first\n<13>second\n" + b"<13>no newline")
    await until(lambda: len(sink.lines) == 4)
    (labels,) = sink.stored
    assert labels == '{device="core-1", job="syslog", role="core", site="waw"}'
    entry = next(one for one in sink.stored[labels] if "OSPF" in one.line)
    found = dict(entry.metadata)
    assert (found["severity"], found["facility"], found["mnemonic"]) == ("notice", "local7", "OSPF-5-ADJCHG")
    assert found["event"].startswith("ospf")
    await until(lambda: shipper.total("syslog_messages_shipped_total") == 4)
    assert shipper.balanced()
    metrics = shipper.metrics()
    assert metrics['syslog_messages_received_total{transport="udp"}'] == 1
    assert metrics['syslog_messages_received_total{transport="tcp"}'] == 3
    assert metrics[f'syslog_events_total{{device="core-1",event="{found["event"]}",level="{found["level"]}"}}'] == 1
    assert metrics['syslog_device_messages_total{device="core-1",severity="notice"}'] == 4


async def test_every_event_is_born_at_zero(shipper: Running) -> None:
    """Every event of the device's platform has a series before the first message."""
    rows = {key: value for key, value in shipper.metrics().items() if key.startswith("syslog_events_total")}
    assert len(rows) > 5
    assert set(rows.values()) == {0}


async def test_equal_lines_and_stamps_are_kept(shipper: Running, sink: Sink) -> None:
    """1,000 equal messages of one second have 1,000 stamps, within a millisecond of the device's."""
    await shipper.send_tcp(b"<13>Jan  1 00:00:00 core-1 app: same\n" * 1000)
    await until(lambda: len(sink.lines) == 1000)
    assert len(sink.unique()) == 1000


async def test_counts_stay_over_a_restart(tmp_path: Path, sink: Sink) -> None:
    """With the store away, a stopped shipper's messages wait on the disk; the next one ships them, and counts on."""
    sink.down = True
    first = await Running(document(tmp_path, sink.url)).start()
    await first.send_tcp(b"".join(b"<13>message %d\n" % number for number in range(500)))
    await until(lambda: first.total("syslog_messages_received_total") == 500)
    assert first.balanced()
    await first.service.stop()
    sink.down = False
    second = await Running(document(tmp_path, sink.url)).start()
    assert second.total("syslog_messages_received_total") == 500
    await until(lambda: second.total("syslog_messages_shipped_total") == 500)
    assert second.balanced()
    assert sorted(sink.lines) == sorted(f"message {number}" for number in range(500))
    assert second.total("syslog_events_total") == 0  # nothing fires again
    await second.service.stop()


async def test_a_shouting_sender_is_limited_and_counted(tmp_path: Path, sink: Sink) -> None:
    """Beyond its burst a sender's messages are dropped with a reason; the ledger holds."""
    limits = {"sender_rate": 1, "sender_burst": 100}
    running = await Running(document(tmp_path, sink.url, limits=limits)).start()
    await running.send_tcp(b"<13>x\n" * 1000)
    await until(lambda: running.total("syslog_messages_received_total") == 1000)
    dropped = running.metrics()['syslog_messages_dropped_total{reason="rate"}']
    assert 890 <= dropped <= 900
    await until(lambda: running.total("syslog_messages_shipped_total") == 1000 - dropped)
    assert running.balanced()
    await running.service.stop()


async def test_unknown_senders(tmp_path: Path, sink: Sink) -> None:
    """They are labelled as such, with the address as metadata; or refused, as configured."""
    accepting = document(tmp_path / "a", sink.url)
    running = await Running(Document("r", accepting.settings, {})).start()
    await running.send_tcp(b"<13>who\n")
    await until(lambda: bool(sink.lines))
    (labels,) = sink.stored
    assert labels == '{device="unknown", job="syslog"}'
    assert ("address", "127.0.0.1") in sink.stored[labels][0].metadata
    await running.service.stop()
    refusing = document(tmp_path / "b", sink.url, unknown_senders="refuse")
    running = await Running(Document("r", refusing.settings, {})).start()
    await running.send_tcp(b"<13>who\n")
    key = 'syslog_messages_dropped_total{reason="unknown_sender"}'
    await until(lambda: running.metrics()[key] == 1)
    assert running.balanced()
    await running.service.stop()


async def test_connections_are_bounded(tmp_path: Path, sink: Sink) -> None:
    """One sender's connections beyond its share are closed at once, and counted."""
    running = await Running(document(tmp_path, sink.url, limits={"connections_per_sender": 3})).start()
    opened = [await asyncio.open_connection(*running.service.addresses["tcp"]) for _ in range(5)]
    key = 'sotp_syslog_connections_refused_total{reason="connections_per_sender"}'
    await until(lambda: running.metrics()[key] == 2)
    assert running.total("sotp_syslog_connections") == 3
    for _, writer in opened:
        writer.close()
    await until(lambda: running.total("sotp_syslog_connections") == 0)
    await running.send_tcp(b"<13>again\n")
    await until(lambda: sink.lines == ["again"])
    await running.service.stop()


async def test_what_framing_met_is_told(shipper: Running, sink: Sink) -> None:
    """Miscounts show while the connection is open, and stay when it is gone; a cut message is shipped and counted."""
    _, writer = await asyncio.open_connection(*shipper.service.addresses["tcp"])
    writer.write(b"8 <13>good" + b"more\n" + b"8 <13>well" + b"100 <13>cut")
    await until(lambda: shipper.total("sotp_syslog_miscounted_total") == 1)
    assert shipper.total("sotp_syslog_cut_short_total") == 0
    writer.close()
    await until(lambda: shipper.total("sotp_syslog_cut_short_total") == 1)
    assert shipper.total("sotp_syslog_miscounted_total") == 1
    await until(lambda: sorted(sink.lines) == ["cut", "good", "more", "well"])


async def test_rejects_that_cant_be_kept_are_told(shipper: Running, sink: Sink, tmp_path: Path) -> None:
    """Where the folder for them can't be written, they are counted as rejected, and as not kept."""
    (tmp_path / "syslog-rejected").write_text("a file in its place")
    sink.refuse_line = "poison"
    await shipper.send_tcp(b"<13>fine\n<13>poison\n")
    await until(lambda: shipper.total("sotp_syslog_rejects_unwritten_total") == 1)
    assert shipper.metrics()['syslog_messages_dropped_total{reason="rejected"}'] == 1
    assert shipper.balanced()


async def test_a_full_spool_stops_reading_tcp(tmp_path: Path, sink: Sink) -> None:
    """With stop_reading nothing that came by TCP is dropped: the sender waits until there is room again."""
    sink.down = True
    spool = {"directory": str(tmp_path / "spool"), "bytes": 16 * 1024 * 1024, "policy": "stop_reading", "flush": 0.02}
    limits = {"sender_rate": 1_000_000, "sender_burst": 1_000_000}
    running = await Running(document(tmp_path, sink.url, spool=spool, limits=limits)).start()
    sending = asyncio.create_task(running.send_tcp(b"".join(b"<13>%d %s\n" % (n, b"x" * 1000) for n in range(40_000))))
    await until(lambda: running.total("sotp_syslog_spool_full") == 1)
    assert not sending.done()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"<13>datagram", running.service.addresses["udp"])
    await until(lambda: running.metrics()['syslog_messages_dropped_total{reason="spool_full"}'] == 1)
    sink.down = False
    await sending
    await until(lambda: running.total("syslog_messages_shipped_total") == 40_000)
    assert running.balanced()
    assert len({line.partition(" ")[0] for line in sink.lines}) == 40_000
    await running.service.stop()


async def test_reload_keeps_counters(shipper: Running, sink: Sink, tmp_path: Path) -> None:
    """A new file's devices get their series; those that stay keep their counts; another store is used at once."""
    await shipper.send_tcp(OSPF + b"\n")
    await until(lambda: shipper.total("syslog_events_total") == 1)
    new = document(tmp_path, sink.url, loki={"url": sink.url, "tenant": "noc"})
    targets = new.targets | {"edge-1": {"address": "127.0.0.9", "platform": "juniper"}}
    listen = shipper.document.settings["listen"]
    shipper.service.swap(shipper.service.prepare(Document("r2", new.settings | {"listen": listen}, targets)))
    assert shipper.total("syslog_events_total") == 1
    assert any('device="edge-1"' in key for key in shipper.metrics())
    await shipper.send_tcp(b"<13>after\n")
    await until(lambda: "after" in sink.lines)
    assert sink.requests[-1]["X-Scope-OrgID"] == "noc"
    assert shipper.balanced()
