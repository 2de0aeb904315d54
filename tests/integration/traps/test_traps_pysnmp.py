"""pysnmp's own notification originator: every authentication and privacy protocol that an inventory may have."""

from pathlib import Path
from typing import Any

import pytest
from pysnmp.hlapi.v3arch import asyncio as hlapi

from exporters.kit.document import Document
from tests.integration.traps.conftest import PASSWORDS, Running, Shipper, document, parts, until

_AUTH: dict[str, Any] = {
    "MD5": hlapi.USM_AUTH_HMAC96_MD5,
    "SHA": hlapi.USM_AUTH_HMAC96_SHA,
    "SHA224": hlapi.USM_AUTH_HMAC128_SHA224,
    "SHA256": hlapi.USM_AUTH_HMAC192_SHA256,
    "SHA384": hlapi.USM_AUTH_HMAC256_SHA384,
    "SHA512": hlapi.USM_AUTH_HMAC384_SHA512,
}
TEXT = (
    "ciscoConfigManEvent: ccmHistoryEventCommandSource=commandLine 1.3.6.1.4.1.99999.1.0=9223372036854775808 "
    '1.3.6.1.4.1.99999.2.0=192.0.2.9 1.3.6.1.4.1.99999.3.0=00:ff:10 1.3.6.1.4.1.99999.4.0="späte Änderung" index=1'
)
_PRIV: dict[str, Any] = {
    "DES": hlapi.USM_PRIV_CBC56_DES,
    "AES128": hlapi.USM_PRIV_CFB128_AES,
    "AES192": hlapi.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "AES256": hlapi.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "AES192C": hlapi.USM_PRIV_CFB192_AES,
    "AES256C": hlapi.USM_PRIV_CFB256_AES,
}


@pytest.mark.parametrize(
    ("auth", "priv"),
    [*zip(_AUTH, ("DES", "AES192", "AES256", "AES192C", "AES256C", "AES128"), strict=True)],
)
@pytest.mark.parametrize("kind", ["trap", "inform"])
async def test_every_protocol(tmp_path: Path, shipper: Shipper, kind: str, auth: str, priv: str) -> None:
    """A trap with the sender's engine ID and an inform with ours are both opened, with values of every type."""
    made = document(tmp_path, shipper.port)
    user = made.settings["auths"]["v3"] | {"auth_protocol": auth, "priv_protocol": priv}
    targets = {"core-1": {"address": "127.0.0.1", "platform": "cisco-ios", "auth": "v3"}}
    settings = made.settings | {"auths": {"v3": user}}
    running = await Running(Document("r1", settings, targets)).start()
    engine = hlapi.SnmpEngine()
    target = await hlapi.UdpTransportTarget.create(running.service.address, timeout=10, retries=0)
    credentials = hlapi.UsmUserData("sotp", *PASSWORDS, authProtocol=_AUTH[auth], privProtocol=_PRIV[priv])
    bindings = [
        ("1.3.6.1.2.1.1.3.0", hlapi.TimeTicks(8_640_100)),
        ("1.3.6.1.6.3.1.1.4.1.0", hlapi.ObjectIdentifier("1.3.6.1.4.1.9.9.43.2.0.1")),
        ("1.3.6.1.4.1.9.9.43.1.1.6.1.3.1", hlapi.Integer32(1)),
        ("1.3.6.1.4.1.99999.1.0", hlapi.Counter64(2**63)),
        ("1.3.6.1.4.1.99999.2.0", hlapi.IpAddress("192.0.2.9")),
        ("1.3.6.1.4.1.99999.3.0", hlapi.OctetString(hexValue="00ff10")),
        ("1.3.6.1.4.1.99999.4.0", hlapi.OctetString("späte Änderung".encode())),
    ]
    varbinds = [hlapi.ObjectType(hlapi.ObjectIdentity(oid), value) for oid, value in bindings]
    failed, status, _, _ = await hlapi.send_notification(
        engine, credentials, target, hlapi.ContextData(), kind, *varbinds
    )
    assert not failed, failed
    assert not status
    await until(lambda: shipper.messages)
    assert parts(shipper.messages[0])[1:] == (
        "core-1",
        "snmptrapd",
        "ciscoConfigManEvent",
        TEXT,
    )
    assert ' uptime="1d 00:00:01.00"' in shipper.messages[0]
    assert running.count("core-1", "ciscoConfigManEvent") == 1
    engine.close_dispatcher()
    await running.service.stop()
