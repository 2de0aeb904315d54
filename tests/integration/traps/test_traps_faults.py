"""What must not hurt: garbage, storms, replays, a shipper that is away, reloads."""

import random
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from pysnmp.hlapi.v3arch.asyncio import SnmpEngine

from exporters.kit.document import ConfigError, Document
from exporters.traps import envelope
from exporters.traps.config import ENGINE_ID
from exporters.traps.credentials import User
from exporters.traps.engine import Engine
from tests.integration.traps.conftest import LINK_DOWN, PASSWORDS, V2C, Running, Shipper, document, parts, until, v3


async def captured(running: Running, *options: str) -> bytes:
    """What net-snmp's snmptrap sends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.settimeout(10)
        there = Running(running.document)
        there.service = _Elsewhere(taken.getsockname())  # type: ignore[assignment]
        code, output = await there.tool("snmptrap", *options, "--", *LINK_DOWN)
        assert code == 0, output
        return taken.recv(65535)


class _Elsewhere:
    """A service of which only the address is asked."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address


async def test_garbage(exporter: Running, shipper: Shipper) -> None:
    """Changed, cut and invented datagrams of a known sender end nothing, and each is counted."""
    random.seed(7)
    plain = await captured(exporter, *V2C)
    signed = await captured(exporter, *v3("sotp", "authPriv", "127.0.0.1", engine="0x8000000001020304"))
    sent = 0
    for base, source in ((plain, "127.0.0.1"), (signed, "127.0.0.31")):
        for _ in range(400):
            changed = bytearray(base)
            for _ in range(random.randint(1, 6)):
                changed[random.randrange(len(changed))] = random.randrange(256)
            exporter.send(bytes(changed[: random.choice((len(changed), random.randrange(1, len(changed))))]), source)
            sent += 1
    for data in (b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80" * 400, random.randbytes(2000)):
        exporter.send(data)
        sent += 1
    await until(lambda: exporter.total("sotp_traps_received_total") == sent)
    await until(lambda: exporter.total("sotp_traps_waiting") == 0)
    assert exporter.balanced()
    assert exporter.dropped("malformed") > 300
    before = len(shipper.messages)
    exporter.send(plain)
    await until(lambda: len(shipper.messages) > before)
    assert parts(shipper.messages[-1])[3] == "linkDown"


async def test_a_storm(tmp_path: Path, shipper: Shipper) -> None:
    """One device's 20,000 traps are limited to its burst, undecoded; another's trap in the middle arrives at once."""
    limits = {"rate": 10, "burst": 300}
    running = await Running(document(tmp_path, shipper.port, limits=limits)).start()
    trap = await captured(running, *V2C)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        for number in range(20_000):
            sender.sendto(trap, running.service.address)
            if number % 200 == 199:
                await until(lambda: running.total("sotp_traps_received_total") >= number - 200)  # noqa: B023
            if number == 400:
                running.send(trap, "127.0.0.34")
    await until(lambda: any(parts(one)[1] == "acc-1" for one in shipper.messages))
    position = [parts(one)[1] for one in shipper.messages].index("acc-1")
    await until(lambda: running.total("sotp_traps_waiting") == 0)
    kernel = running.total("sotp_traps_udp_kernel_drops_total")
    assert running.total("sotp_traps_received_total") == 20_001 - kernel
    assert 300 <= running.count("core-1", "linkDown") < 800
    assert running.dropped("rate") > 19_000 - kernel
    assert position < 300
    assert running.balanced()
    await running.service.stop()


async def test_a_recorded_trap_is_refused(exporter: Running, shipper: Shipper) -> None:
    """A v3 trap of an earlier boot, or of more than 150 seconds ago, is one that somebody recorded."""
    engine = "0x80001f8880e9630000d61ff450"
    base = v3("sotp", "authPriv", "127.0.0.31", engine=engine)
    rows = (("5,1000", True), ("5,900", True), ("5,1100", True), ("5,940", False), ("4,9999", False), ("6,1", True))
    taken = 0
    for clock, new in rows:
        before = exporter.total("sotp_traps_received_total")
        code, output = await exporter.tool("snmptrap", "-Z", clock, *base, "--", *LINK_DOWN)
        assert code == 0, output
        await until(lambda: exporter.total("sotp_traps_received_total") == before + 1)  # noqa: B023
        taken += new
        await until(lambda: exporter.balanced() and not exporter.total("sotp_traps_waiting"))
        assert exporter.count("edge-1", "linkDown") == taken, clock
    assert exporter.dropped("not_in_time_window") == 2
    await until(lambda: len(shipper.messages) == taken)


async def test_a_repeated_inform_is_one(exporter: Running, shipper: Shipper) -> None:
    """An inform that comes again is answered again, and counted once."""
    trap = await captured(exporter, *V2C)
    inform = trap.replace(b"\xa7", b"\xa6", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        sender.setblocking(False)
        sender.connect(exporter.service.address)
        for _ in range(3):
            sender.send(inform)
            await until(lambda: _answered(sender))
    assert exporter.count("core-1", "linkDown") == 1
    assert exporter.dropped("repeated") == 2
    await until(lambda: len(shipper.messages) == 1 and exporter.balanced())


def _answered(sender: socket.socket) -> bool:
    try:
        return b"\xa2" in sender.recv(65535)
    except BlockingIOError:
        return False


async def test_a_shipper_that_is_away(tmp_path: Path, shipper: Shipper) -> None:
    """Messages wait for it, in order; beyond the buffer the oldest is dropped, counted; the rest arrives once."""
    running = await Running(document(tmp_path, shipper.port, limits={"buffer": 5})).start()
    trap = await captured(running, *V2C)
    running.send(trap)
    await until(lambda: len(shipper.messages) == 1)
    await shipper.stop()
    await until(lambda: not running.total("sotp_traps_shipper_connected"))
    for number in range(1, 9):
        running.send(trap.replace(b"Gi1/0/1", b"Gi1/0/%d" % number))
    await until(lambda: running.dropped("buffer_full") == 3)
    assert running.total("sotp_traps_waiting") == 5
    assert running.balanced()
    await shipper.start()
    await until(lambda: len(shipper.messages) == 6)
    assert [one.rpartition("=")[2] for one in shipper.messages[1:]] == [f"Gi1/0/{number}" for number in range(4, 9)]
    assert running.balanced()
    await running.service.stop()


async def test_stopping_without_a_shipper(tmp_path: Path, shipper: Shipper) -> None:
    """It ends all the same, and counts what is lost."""
    running = await Running(document(tmp_path, shipper.port)).start()
    trap = await captured(running, *V2C)
    await until(lambda: running.total("sotp_traps_shipper_connected"))
    await shipper.stop()
    await until(lambda: not running.total("sotp_traps_shipper_connected"))
    running.send(trap)
    await until(lambda: running.count("core-1", "linkDown") == 1)
    await running.service.stop()
    assert running.dropped("stopped") == 1
    assert running.balanced()
    await shipper.start()


async def test_stopping_in_a_storm(tmp_path: Path, shipper: Shipper) -> None:
    """What can't be decoded within two seconds is counted as dropped; the ledger holds to the last."""
    limits = {"rate": 100_000, "burst": 100_000, "buffer": 100_000}
    running = await Running(document(tmp_path, shipper.port, limits=limits)).start()
    trap = await captured(running, *V2C)
    for _ in range(20_000):
        running.service.receiver.take(trap, ("127.0.0.1", 1))
    await running.service.stop()
    assert running.dropped("stopped") > 0
    assert running.total("sotp_traps_waiting") == 0
    assert running.balanced()
    await until(lambda: len(shipper.messages) == running.total("sotp_traps_forwarded_total"))


async def test_reload(tmp_path: Path, exporter: Running, shipper: Shipper) -> None:
    """Counters of devices that stay, stay; another password counts at once; another listening address is refused."""
    code, output = await exporter.tool("snmptrap", *V2C, "--", *LINK_DOWN)
    assert code == 0, output
    await until(lambda: shipper.messages)
    targets = {name: one for name, one in exporter.document.targets.items() if name != "acc-1"}
    targets["new-1"] = {"address": "localhost", "family": 4, "platform": "apc-ups", "auth": "ro"}
    del targets["edge-2"]
    (tmp_path / "community").write_text("another-one")
    exporter.reload(replace(exporter.document, targets=targets))
    assert exporter.count("core-1", "linkDown") == 1
    assert exporter.count("new-1", "upsOnBattery") == 0
    assert not any('device="acc-1"' in name for name in exporter.metrics())
    code, output = await exporter.tool("snmptrap", *V2C, "--", *LINK_DOWN)
    await until(lambda: exporter.dropped("community") == 1)
    code, output = await exporter.tool("snmptrap", "-v", "2c", "-c", "another-one", "--", *LINK_DOWN)
    await until(lambda: exporter.count("core-1", "linkDown") == 2)
    other = await Shipper().start()
    moved = Document("r2", exporter.document.settings | {"syslog": f"127.0.0.1:{other.port}"}, targets)
    exporter.reload(moved)
    code, output = await exporter.tool("snmptrap", "-v", "2c", "-c", "another-one", "--", *LINK_DOWN)
    await until(lambda: other.messages)
    assert len(shipper.messages) == 2
    exporter.reload(exporter.document)
    await other.stop()
    settings = exporter.document.settings | {"listen": "127.0.0.1:1"}
    with pytest.raises(ConfigError, match="can't change while it runs"):
        exporter.reload(Document("r3", settings, targets))


async def test_both_families(tmp_path: Path, shipper: Shipper) -> None:
    """A socket for all addresses of both families knows a device by either, and answers to it."""
    made = document(tmp_path, shipper.port, listen="[::]:0")
    targets = made.targets | {"six-1": {"address": "0:0:0::1", "platform": "linux", "auth": "ro"}}
    running = await Running(Document("r1", made.settings, targets)).start()
    inform = (await captured(running, *V2C)).replace(b"\xa7", b"\xa6", 1)
    for family, host in ((socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")):
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.connect((host, running.service.address[1]))
            sender.setblocking(False)
            sender.send(inform)
            await until(lambda: _answered(sender))  # awaited in this round
    await until(lambda: len(shipper.messages) == 2)
    assert [parts(one)[1] for one in shipper.messages] == ["six-1", "core-1"]
    await running.service.stop()


async def test_a_device_with_a_name(tmp_path: Path, shipper: Shipper) -> None:
    """Its address is looked up; until it is known, its traps are those of an unknown sender."""
    made = document(tmp_path, shipper.port)
    targets = {"host-1": {"address": "localhost", "family": 4, "platform": "linux", "auth": "ro"}}
    running = await Running(Document("r1", made.settings, targets)).start()
    await until(lambda: "127.0.0.1" in running.service.receiver.senders)
    code, output = await running.tool("snmptrap", *V2C, "--", *LINK_DOWN)
    assert code == 0, output
    await until(lambda: shipper.messages)
    assert parts(shipper.messages[0])[1] == "host-1"
    await running.service.stop()


async def test_an_unsigned_trap_of_a_user_who_signs(exporter: Running) -> None:
    """Pysnmp itself takes it: for a trap it leaves the level to whoever reads it."""
    data = await captured(exporter, *v3("sotp", "noAuthNoPriv", "127.0.0.1", engine="0x8000000001020304"))
    engine = Engine(User(b"sotp", "SHA", PASSWORDS[0]), ENGINE_ID, lambda _data, _address: None)
    assert engine.open(data, ("127.0.0.1", 1), envelope.read(data)) == "level"


def test_pysnmp_keeps_nothing_in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine with our ID is made without the file of boots in a folder that anybody could have made."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    Engine(User(b"u", "SHA", "authentication"), ENGINE_ID, lambda _data, _address: None)
    assert list(tmp_path.iterdir()) == []
    SnmpEngine(snmpEngineID=ENGINE_ID)
    assert list(tmp_path.iterdir()) != []  # pysnmp's own way would
