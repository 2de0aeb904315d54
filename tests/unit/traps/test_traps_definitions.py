"""traps.yaml, and what is refused in such a document."""

from importlib.resources import files

import pytest

from exporters.traps.definitions import LONGEST_NAME, OTHER, DefinitionsError, built_in, load
from exporters.traps.values import parse_oid
from sotpctl.inventory.platforms import VENDORS


def test_platforms_are_the_inventorys():
    """A misspelt one would be silently without effect."""
    for family in built_in().families:
        assert family.platforms <= set(VENDORS), family.name


def test_every_platform_has_the_generic_traps_and_other():
    """Bounded: a device has some dozens of series."""
    for platform in ("", *VENDORS):
        names = built_in().names(platform)
        assert {"coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss"} < set(names)
        assert names[-1] == OTHER
        assert len(names) == len(set(names)) < 100


def test_severities_by_value_name_values_that_there_are():
    """A severity that no value can have is a mistake."""
    objects = {one.name: one for family in built_in().families for one in family.objects}
    for family in built_in().families:
        for trap in family.traps:
            assert trap.about
            for name, severities in trap.by.items():
                assert set(severities) <= set(objects[name].values.values()), trap.name


def test_numbers_are_found_with_and_without_the_zero():
    """RFC 3584 §3: the translation of SNMPv1's enterprise and specific trap puts a zero between them."""
    found = built_in()
    for number in ("1.3.6.1.2.1.33.2.1", "1.3.6.1.2.1.33.2.0.1"):
        trap = found.trap(parse_oid(number))
        assert trap
        assert trap.name == "upsTrapOnBattery"
    assert found.trap(parse_oid("1.3.6.1.2.1.33.2.0.0.1")) is None
    assert found.trap((1, 3)) is None


def test_objects_are_found_by_their_longest_prefix():
    """The rest is the instance."""
    found = built_in().object(parse_oid("1.3.6.1.2.1.2.2.1.8.17"))
    assert found
    assert (found[0].name, found[1]) == ("ifOperStatus", (17,))
    assert built_in().object(parse_oid("1.3.6.1.2.1.2.2.1")) is None


def test_names_fit_rfc5424():
    """An SD-PARAM's name has at most 32 characters."""
    for family in built_in().families:
        assert all(len(one.param) <= LONGEST_NAME for one in family.objects)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "the document: must be a mapping"),
        ("a: {platforms: some}", "a.platforms: must be all, or a list of platforms"),
        ("a: {platforms: all, trap: {}}", "a.trap: is unknown; there are source, platforms, traps, objects"),
        ("a: {platforms: all, traps: {b: {oid: x, severity: error}}}", 'a.traps.b.oid: "x" is no OID'),
        (
            "a: {platforms: all, traps: {b: {oid: 1.3.6, severity: bad}}}",
            "a.traps.b.severity: must be one of",
        ),
        ("a: {platforms: all, traps: {b: {oid: 1.3.6, severity: error, by: {c: {on: error}}}}}", "True is no text"),
        ("a: {platforms: all, objects: {b: {oid: 1.3.6, values: {1: on}}}}", "YAML wants quotes around on"),
        ("a: {platforms: all, objects: {b: {oid: 1.3.6, form: odd}}}", "a.objects.b.form: must be one of address"),
        (f"a: {{platforms: all, objects: {{{'b' * 33}: {{oid: 1.3.6}}}}}}", "give it a `short`"),
        ("a: {platforms: all, objects: {b: {oid: 1.3.6}, c: {oid: 1.3.6}}}", "a.objects.c.oid: is b's, too"),
        (
            "a: {platforms: all, objects: {b: {oid: 1.3.6}}}\nc: {platforms: all, objects: {b: {oid: 1.3.7}}}",
            "b: a name stands once",
        ),
    ],
)
def test_mistakes_are_named(content: str, said: str):
    """Where, and what would be right."""
    with pytest.raises(DefinitionsError) as refused:
        load(content)
    assert said in str(refused.value)


def test_the_file_is_the_documents():
    """What is compiled is what stands in the package."""
    assert load(files("exporters.traps").joinpath("traps.yaml").read_text()).families == built_in().families
