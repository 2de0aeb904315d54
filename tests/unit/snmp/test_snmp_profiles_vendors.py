"""Each vendor's recording (profiles/NAME.snmprec, snmpsim's format) gives exactly NAME.samples, by the profile NAME.

`SOTP_UPDATE=1 pytest tests/unit/snmp/test_snmp_profiles_vendors.py` writes the samples anew; the diff is then what to
review. The recordings are made up: serial numbers, names and values are nobody's.
"""

import os
from pathlib import Path

import pytest

from exporters.kit.exposition import samples as lines
from exporters.kit.exposition import series
from exporters.snmp.profiles import load, match, samples
from exporters.snmp.profiles.values import text_of
from tests.unit.snmp.recordings import SYS_DESCR, SYS_OBJECT_ID, parse, tables_of

FOLDER = Path(__file__).parent / "profiles"
NAMES = load().names


@pytest.mark.parametrize("name", NAMES)
def test_a_vendors_recording_gives_exactly_its_samples(name: str) -> None:
    """Every profile has a recording, is found by its sysObjectID and sysDescr, and maps it to the samples beside it."""
    values = parse((FOLDER / f"{name}.snmprec").read_text(encoding="utf-8"))
    profile = match(text_of(values[SYS_OBJECT_ID]), text_of(values[SYS_DESCR])).select(["bgp", "ospf"])
    assert profile.name == name
    found = samples(profile, tables_of(profile, values))
    text = lines((series(sample.name, sample.labels), sample.value) for sample in found)
    expected = FOLDER / f"{name}.samples"
    if os.environ.get("SOTP_UPDATE"):
        expected.write_text(text, encoding="utf-8")
    assert text.splitlines() == expected.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_no_series_of_a_device_is_there_twice(name: str) -> None:
    """Two samples of one name and labels would make Prometheus refuse the whole scrape."""
    values = parse((FOLDER / f"{name}.snmprec").read_text(encoding="utf-8"))
    profile = load().profile(name).select(["bgp", "ospf"])
    found = [(sample.name, sample.labels) for sample in samples(profile, tables_of(profile, values))]
    assert len(found) == len(set(found))
