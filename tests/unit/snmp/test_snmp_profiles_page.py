"""docs/adding-a-vendor.md: its example works as it stands, and it names everything that the format has."""

import re
from pathlib import Path

import pytest

from exporters.kit.exposition import samples as lines
from exporters.kit.exposition import series
from exporters.snmp.profiles import load, samples
from exporters.snmp.profiles.definition import EXPRESSIONS, LABELS
from exporters.snmp.profiles.families import FAMILIES, UNITS
from exporters.snmp.profiles.values import text_of
from tests.unit.snmp.recordings import SYS_DESCR, SYS_OBJECT_ID, parse, tables_of

PAGE = (Path(__file__).parents[3] / "docs" / "adding-a-vendor.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """Returns the page's block of a language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_the_pages_profile_makes_of_the_pages_recording_what_the_page_says(tmp_path: Path) -> None:
    """The three blocks belong together: a file in a folder of one's own, and a device that it is found for."""
    (tmp_path / "acme.yaml").write_text(block("yaml"), encoding="utf-8")
    values = parse(block("snmprec"))
    profile = load(tmp_path).match(text_of(values[SYS_OBJECT_ID]), text_of(values[SYS_DESCR]))
    assert profile.name == "acme"
    found = samples(profile, tables_of(profile, values))
    assert lines((series(sample.name, sample.labels), sample.value) for sample in found) == block("text")


@pytest.mark.parametrize("word", [*FAMILIES, *UNITS, *EXPRESSIONS, *LABELS, "first", "max", "less", "dbm", "bits"])
def test_the_page_names_every_type_key_and_function(word: str) -> None:
    """What the format has and the page doesn't name, nobody will find."""
    assert re.search(rf"`{word}\b", PAGE)


def test_the_page_says_each_types_unit() -> None:
    """A unit that the page has otherwise than the code is a wrong unit on somebody's dashboard."""
    for kind, unit in UNITS.items():
        if unit:
            assert f"`{kind}` ({unit})" in PAGE
