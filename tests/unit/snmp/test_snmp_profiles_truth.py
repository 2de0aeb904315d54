"""`python -m bench.snmp.truth`: its table, and the reasons that it gives."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.snmp.truth import main

RECORDING = """\
1.3.6.1.2.1.1.1.0|4|Linux host-1 5.14.0 x86_64
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072.3.2.10
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.2.1.2.2.1.7.1|2|1
1.3.6.1.2.1.2.2.1.10.1|65|5
1.3.6.1.2.1.31.1.1.1.6.1|70|4294967301
1.3.6.1.2.1.25.3.3.1.2.1|2|12
1.3.6.1.4.1.2021.13.16.2.1.2.1|4|Core 0
1.3.6.1.4.1.2021.13.16.2.1.3.1|66|41500
1.3.6.1.4.1.2021.13.16.5.1.3.1|66|7
"""


def expected(*sensors: dict[str, object]) -> dict[str, object]:
    """Returns what LibreNMS would have of it."""
    port = {"ifIndex": 1, "ifName": "eth0", "ifAdminStatus": "up", "ifInOctets": 4294967301}
    cpu = {"processor_descr": "cpu", "processor_usage": 12, "processor_oid": ".1.3.6.1.2.1.25.3.3.1.2.1"}
    lists = {"ports": [port], "processors": [cpu], "mempools": [], "links": [], "bgpPeers": []}
    return {"device": {}, **lists, "sensors": list(sensors)}


def sensor(oid: str, value: float) -> dict[str, object]:
    """Returns a temperature."""
    return {"sensor_class": "temperature", "sensor_descr": "t", "sensor_current": value, "sensor_oid": oid}


def test_the_table_counts_what_is_equal_and_says_why_the_rest_is_not(tmp_path: Path) -> None:
    """64-bit counters, an equal sensor, a wrong one, one that isn't read, and one that the recording hasn't got."""
    (tmp_path / "a.snmprec").write_text(RECORDING, encoding="utf-8")
    lm = ".1.3.6.1.4.1.2021.13.16"
    sensors = [
        sensor(f"{lm}.2.1.3.1", 41.5),
        sensor(f"{lm}.2.1.3.1", 40),
        sensor(f"{lm}.5.1.3.1", 7),
        sensor("1.3.9", 1),
    ]
    (tmp_path / "a.expected.json").write_text(json.dumps(expected(*sensors)), encoding="utf-8")
    result = CliRunner().invoke(main, [str(tmp_path)])
    lines = result.output.splitlines()
    assert lines[1].split() == ["a", "linux", "3/3", "1/1", "0/0", "1/4", "0/0", "0/0"]
    assert lines[2].split() == ["equal", "100.00", "%", "100.00", "%", "25.00", "%"]
    assert lines[3].split() == ["equal,", "or", "explained", "100.00", "%", "100.00", "%", "50.00", "%"]
    assert lines[4].endswith("theirs is 40: ours is 41.5")
    assert lines[5].endswith("theirs is 7: the recording says 7; no rule reads it")
    assert lines[6].startswith("a: sensors: explained:")
    assert result.exit_code == 1


def test_99_in_100_are_enough(tmp_path: Path) -> None:
    """The exit code is for a script: 0 where what LibreNMS has is ours too."""
    (tmp_path / "a.snmprec").write_text(RECORDING, encoding="utf-8")
    (tmp_path / "a.expected.json").write_text(json.dumps(expected()), encoding="utf-8")
    assert CliRunner().invoke(main, [str(tmp_path)]).exit_code == 0


@pytest.mark.skipif(
    "SOTP_SNMP_RECORDINGS" not in os.environ, reason="SOTP_SNMP_RECORDINGS names no folder of recordings"
)
def test_99_in_100_of_real_recordings_values_are_ours() -> None:
    """With a folder of real devices' recordings and LibreNMS's expectations: see docs/adding-a-vendor.md."""
    result = CliRunner().invoke(main, [os.environ["SOTP_SNMP_RECORDINGS"]])
    assert result.exit_code == 0, result.output
