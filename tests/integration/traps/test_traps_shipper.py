"""From a device's trap to the log store: the traps exporter and the real shipper together."""

from pathlib import Path

from exporters.kit.document import Document
from tests.integration.syslog.conftest import Running as SyslogRunning
from tests.integration.syslog.conftest import document as syslog_document
from tests.integration.syslog.conftest import sink  # noqa: F401  # a fixture
from tests.integration.syslog.sink import Sink
from tests.integration.traps.conftest import LINK_DOWN, V2C, Running, document, until


async def test_a_trap_in_the_store(tmp_path: Path, sink: Sink) -> None:  # noqa: F811
    """With 127.0.0.1 among the relays a trap's message is the device's own, with all that it says as metadata."""
    made = syslog_document(tmp_path, sink.url, relays=["127.0.0.1"])
    devices = {"core-1": {"address": "192.0.2.1", "labels": {"site": "waw", "role": "core"}, "platform": "cisco-ios"}}
    shipper = await SyslogRunning(Document("r1", made.settings, devices)).start()
    exporter = await Running(document(tmp_path, shipper.service.addresses["tcp"][1])).start()
    code, output = await exporter.tool("snmptrap", *V2C, "--", *LINK_DOWN)
    assert code == 0, output
    await until(lambda: sink.lines)
    (labels,) = sink.stored
    assert labels == '{device="core-1", job="syslog", role="core", site="waw"}'
    (entry,) = sink.stored[labels]
    found = dict(entry.metadata)
    assert (found["severity"], found["facility"], found["app"], found["msgid"]) == (
        "error",
        "daemon",
        "snmptrapd",
        "linkDown",
    )
    assert "parse_error" not in found
    assert any("Gi1/0/1" in value for key, value in found.items() if "ifName" in key), found
    assert entry.line.endswith("linkDown: ifIndex=3 ifAdminStatus=up ifOperStatus=down ifName=Gi1/0/1")
    await exporter.service.stop()
    await shipper.service.stop()
