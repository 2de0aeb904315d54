"""A socket that the parent process hands over, beside the exporter's own."""

import asyncio
import socket
from pathlib import Path

import pytest

from exporters.kit import sockets
from exporters.snmp import message, pdu
from exporters.traps.app import TrapsService
from tests.integration.traps.conftest import COMMUNITY, Running, Shipper, document

_UPTIME, _TRAP, _COLD_START = (
    (1, 3, 6, 1, 2, 1, 1, 3, 0),
    (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0),
    (1, 3, 6, 1, 6, 3, 1, 1, 5, 1),
)


async def test_an_inform_is_answered_by_the_socket_that_took_it(
    tmp_path: Path, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sockets count; a sender hears from the address that it sent to, else it takes no answer for one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        handed = made.getsockname()
        monkeypatch.setattr(sockets, "_waiting", [("udp", made.detach())])
    running = await Running(document(tmp_path, shipper.port)).start()
    service: TrapsService = running.service
    bindings = (
        pdu.VarBind(_UPTIME, pdu.TIME_TICKS, 100),
        pdu.VarBind(_TRAP, 6, _COLD_START),
    )
    for number, address in enumerate((handed, service.address, handed), 1):
        inform = pdu.encode(pdu.Pdu(pdu.INFORM, number, 0, 0, bindings))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.connect(address)  # takes nothing from elsewhere
            sender.send(message.encode_plain(message.V2C, COMMUNITY.encode(), inform))
            async with asyncio.timeout(10):
                answer = await asyncio.get_running_loop().sock_recv(sender, 4096)
            head = message.read_plain(answer)
            assert pdu.decode(answer, head.at, head.end).request_id == number
    assert running.count("core-1", "coldStart") == 3
    await service.stop()
