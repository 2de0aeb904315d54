"""What `python -m bench.snmp.truth` explains, and what it takes for equal though it stands elsewhere."""

import json
from pathlib import Path
from typing import Any

from bench.snmp.comparison import Finding, compare

LINUX = "1.3.6.1.2.1.1.1.0|4|Linux\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072.3.2.10\n"
CISCO = "1.3.6.1.2.1.1.1.0|4|Cisco IOS Software\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.1\n"
DELL = "1.3.6.1.2.1.1.1.0|4|Dell\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.674.10895.3000\n"
LLDP = "1.0.8802.1.1.2.1.4.1.1"


def found(folder: Path, recording: str, **expected: list[dict[str, Any]]) -> list[Finding]:
    """Returns the findings of a recording."""
    (folder / "a.snmprec").write_text(recording, encoding="utf-8")
    lists: dict[str, list[Any]] = {
        key: [] for key in ("ports", "processors", "mempools", "sensors", "links", "bgpPeers")
    }
    (folder / "a.expected.json").write_text(json.dumps(lists | expected), encoding="utf-8")
    return list(compare(folder / "a.snmprec", folder / "a.expected.json"))


def sensor(kind: str, oid: str, value: float) -> dict[str, Any]:
    """Returns a sensor of LibreNMS's."""
    return {"sensor_class": kind, "sensor_descr": "s", "sensor_current": value, "sensor_oid": oid}


def test_what_isnt_recorded_is_no_value_or_is_mistaken_is_explained(tmp_path: Path) -> None:
    """Each with its reason, none as equal; what simply differs stays unexplained."""
    values = "1.3.6.1.4.1.9.9.91.1.1.1.1.{}|2|{}\n"
    recording = CISCO + "".join(values.format(*each) for each in (("1.7", 8), ("2.7", 9), ("3.7", 0), ("4.7", -32768)))
    recording += "1.3.6.1.4.1.9.9.661.1.3.2.1.6.9|2|2\n1.3.6.1.4.1.9.9.13.1.3.1.3.1|66|20\n"
    ours = found(
        tmp_path,
        recording,
        sensors=[
            sensor("temperature", "1.3.6.1.4.1.9.9.91.1.1.1.1.4.7", 0),
            sensor("count", "1.3.6.1.4.1.9.9.661.1.3.2.1.6.9", 2),
            sensor("temperature", "1.3.6.1.4.1.9.9.13.1.3.1.3.2", 5),
            sensor("temperature", "1.3.6.1.4.1.9.9.13.1.3.1.3.1", 21),
        ],
    )
    assert [(each.equal, each.explained) for each in ours] == [(False, True)] * 3 + [(False, False)]
    assert "-32768" in ours[0].why
    assert "no number of cells" in ours[1].why
    assert ours[3].why == "theirs is 21: ours is 20"


def test_a_number_that_another_object_has_too_is_ours(tmp_path: Path) -> None:
    """ENTITY-SENSOR-MIB's row and Cisco's own of the same sensor: one is read."""
    recording = CISCO
    for column, value in ((1, 14), (2, 9), (3, 1), (4, -57)):
        recording += f"1.3.6.1.4.1.9.9.91.1.1.1.1.{column}.7|2|{value}\n"
        recording += f"1.3.6.1.2.1.99.1.1.1.{column}.7|2|{1 if column == 1 else value}\n"
    (finding,) = found(tmp_path, recording, sensors=[sensor("dbm", "1.3.6.1.2.1.99.1.1.1.4.7", -5.7)])
    assert finding.equal


def test_kilobytes_taken_for_bytes_are_explained_and_percent_are_compared(tmp_path: Path) -> None:
    """The MIB says kilobytes; and a pool of 100 MiB of which 30 MiB are used is one of which 30 % are."""
    memory = "1.3.6.1.4.1.674.10895.5000.2.6132.1.1.1.1.4."
    recording = f"{DELL}{memory}1.0|66|700\n{memory}2.0|66|1000\n"
    pools = [
        {"mempool_descr": "m", "mempool_used": 300, "mempool_total": 1000},
        {"mempool_descr": "m", "mempool_used": 30 << 20, "mempool_total": 100 << 20},
        {"mempool_descr": "m", "mempool_used": 31 << 20, "mempool_total": 100 << 20},
    ]
    ours = found(tmp_path, recording, mempools=pools)
    assert [(each.equal, each.explained) for each in ours] == [(False, True), (True, False), (False, False)]


def test_ports_that_librenms_made_up_are_explained(tmp_path: Path) -> None:
    """No interface of the recording has that index."""
    port = {"ifIndex": 1000, "ifAdminStatus": "up", "ifInOctets": 5}
    ours = found(tmp_path, LINUX, ports=[port])
    assert [(each.equal, each.explained) for each in ours] == [(False, True)] * 2


def test_a_neighbour_without_a_name_is_explained(tmp_path: Path) -> None:
    """LibreNMS takes its description for one; ours is the chassis' address."""
    rows = {4: "2|4", 5: "4x|020000000011", 6: "2|5", 7: "4|1/7/18", 9: "4|", 10: "4|Example switch"}
    recording = LINUX + "1.3.6.1.2.1.31.1.1.1.1.3|4|eth3\n"
    recording += "".join(f"{LLDP}.{column}.0.3.1|{value}\n" for column, value in rows.items())
    link = {"protocol": "lldp", "ifName": "eth3", "ifDescr": "eth3", "remote_port": "1/7/18 (020000000011)"}
    links = [link | {"remote_hostname": name} for name in ("Example switch", "another", "02:00:00:00:00:11")]
    ours = found(tmp_path, recording, links=links)
    assert [(each.equal, each.explained) for each in ours] == [(False, True), (False, False), (True, False)]
