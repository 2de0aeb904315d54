"""Events: the right one of every vendor's messages, none of what is only like it, and nothing that can take long."""

import datetime as dt
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.syslog.events import LEVELS, Patterns, PatternsError, built_in
from exporters.syslog.expressions import SEARCHED, check_pattern, required
from exporters.syslog.parse import parse
from sotpctl.inventory.platforms import VENDORS
from tests.unit.syslog.doubling import growth

NOW = int(dt.datetime(2024, 3, 1, 12, 0, 5, tzinfo=dt.UTC).timestamp()) * 10**9
MESSAGES = yaml.safe_load(Path(__file__).with_name("event_messages.yaml").read_text(encoding="utf-8"))
PATTERNS = Patterns.load()
EVENTS = yaml.safe_load(built_in())
OWN = """
vpn_lost:
  level: warning
  patterns: [{match: "(?i)tunnel .* is DOWN"}]
"""


def name_of(event):
    """An event's name; None for none."""
    return event.name if event else None


@pytest.mark.parametrize(("platform", "event", "fields", "raw"), MESSAGES, ids=lambda value: str(value)[:40])
def test_a_message_gives_its_event(platform, event, fields, raw):
    """Every vendor's message gives its event with its fields, and what is only like it gives none."""
    message = parse(raw.encode(), NOW)
    assert message.parse_error == ""
    found = PATTERNS.match(platform, message)
    assert name_of(found) == event
    assert fields.items() <= (found.fields if found else {}).items()


@pytest.mark.parametrize("raw", [raw for *_, raw in MESSAGES])
def test_a_header_isnt_part_of_the_text(raw):
    """Every fixture's stamp is read, where it has one, and its host is no part of the text."""
    message = parse(raw.encode(), NOW)
    assert (message.stamp_ns is None) == ("12:00:01" not in raw)
    assert message.device_time == ""
    assert message.host == "" or message.text == message.line or message.host not in message.text


def test_every_event_has_a_message():
    """No event of the document is without a fixture."""
    assert {event for _, event, _, _ in MESSAGES} - {None} == set(EVENTS)


def test_every_pattern_has_a_message():
    """No pattern of the document is without a fixture of one of its platforms that it alone recognises."""
    parsed = [(platform, event, parse(raw.encode(), NOW)) for platform, event, _, raw in MESSAGES]
    for name, event in EVENTS.items():
        for number, pattern in enumerate(event["patterns"]):
            alone = Patterns.load([yaml.safe_dump({name: {**event, "patterns": [pattern]}})])
            platforms = pattern.get("platforms", "all")
            assert any(
                wanted == name and (platforms == "all" or platform in platforms) and alone.match(platform, message)
                for platform, wanted, message in parsed
            ), f"{name}.patterns[{number}]"


def test_the_platforms_are_the_inventorys():
    """A platform that the inventory doesn't know would never be matched."""
    assert set(PATTERNS.platforms()) <= set(VENDORS)


def test_every_event_of_a_platform_is_known_beforehand():
    """Counters start at 0 for each: the names and levels of all that a platform may tell."""
    events = PATTERNS.events_of("cisco-iosxe")
    assert events["ospf_down"] == "warning"
    assert events["power_failed"] == "critical"
    assert set(events.values()) <= set(LEVELS)
    assert set(PATTERNS.events_of("windows")) < set(events)  # those of traps, which every platform may send
    for platform, event, _, _ in MESSAGES:
        assert event is None or event in PATTERNS.events_of(platform)


def test_a_message_of_another_platform_gives_nothing():
    """Junos' words mean nothing from an IOS router; a device of unknown platform may be any."""
    message = parse(b"<28>Mar  1 12:00:01 mx1 mib2d[1800]: SNMP_TRAP_LINK_DOWN: ifIndex 520, ifName ge-0/0/1", NOW)
    assert PATTERNS.match("cisco-ios", message) is None
    assert name_of(PATTERNS.match("", message)) == "interface_down"


def test_a_users_own_patterns_hold_for_every_platform():
    """A pattern without platforms, mnemonics and apps is searched in the line of every device."""
    patterns = Patterns.load([built_in(), OWN])
    for platform in ("cisco-ios", "windows", ""):
        for state, event in (("down", "vpn_lost"), ("up", None)):
            message = parse(f"<13>Mar  1 12:00:01 x y: Tunnel 7 is {state}".encode(), NOW)
            assert name_of(patterns.match(platform, message)) == event
        assert patterns.events_of(platform)["vpn_lost"] == "warning"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[]", "events: it must be a mapping"),
        ("a: [", "events: "),
        ("Big: {level: info}", "events.Big: an event's name"),
        ("a: {level: high}", "events.a.level: 'high' is none of critical, warning, info"),
        ("a: {level: info, patterns: [{matches: x}]}", "events.a.patterns[0].matches: is none of"),
        ("a: {level: info, patterns: [{apps: [x]}]}", "events.a.patterns[0]: it needs mnemonics or match"),
        (
            "a: {level: info, patterns: [{mnemonics: [X], structured: [y]}]}",
            "events.a.patterns[0].structured: it must be",
        ),
        ("a: {level: info, patterns: [{match: '(a+)+b'}]}", "events.a.patterns[0].match: a repeat within a repeat"),
        (
            "a: {level: info, patterns: [{mnemonics: [77]}]}",
            "events.a.patterns[0].mnemonics: it must be a list of words",
        ),
        ("a: {level: info}\nospf_down: {level: info}", "events.ospf_down: there is an event of this name already"),
    ],
)
def test_a_wrong_document_says_where_it_is_wrong(text, wrong):
    """The place, what is wrong and what would be right."""
    with pytest.raises(PatternsError) as caught:
        Patterns.load([built_in(), text])
    assert str(caught.value).startswith(wrong)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (r"(a+)+$", "a repeat within a repeat"),
        (r"(.*)*x", "a repeat within a repeat"),
        (r"(?:\w+\s?)*x", "a repeat within a repeat"),
        (r"(?:a\d|\w2)*x", "alternatives that begin alike"),
        (r"(?:a?)*x", "a repeat within a repeat"),
        (r"a?a?a?a?a?a?a?aaaaaaa", "too many optional parts"),
        (r"(?:a{1,8}){8}b", "too many optional parts"),
        (r"x.*y.*z", "the cube"),
        (r"\d+\d+\d+x", "the cube"),
        (r"\w*\w*\w*$", "the cube"),
        (r"(.)\1", "a backreference"),
        (r"(?P<a>.)(?P=a)", "a backreference"),
        (r"a(?=b)", "a lookaround"),
        (r"(?<!a)b", "a lookaround"),
        (r"(a", "it is no regular expression"),
        (r"a{99999999999}", "it is no regular expression"),
        ("x" * 501, "it has 501 characters"),
    ],
)
def test_an_expression_that_could_take_long_is_refused(expression, reason):
    """By its structure, before it has met the text that would show it."""
    assert reason in check_pattern(expression)


@pytest.mark.parametrize(
    "expression",
    [
        r"fan .* failed",
        r"(?i)tunnel \S+ is down",
        r"^.*user .* from",
        r"(?:\d{1,3}\.){3}\d{1,3}",
        r"(?:GET|POST) /\S*",
        r"(?:error|warning|failure)",
        r"neighbor (?P<neighbor>[^ ,]+), state (?P<state>\w+)",
        r"colou?r",
        r"[a-z]+[0-9]+ ",
        r"a++b",
    ],
)
def test_an_expression_that_people_write_is_taken(expression):
    """What can't take long isn't refused."""
    assert check_pattern(expression) == ""


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        sorted({entry["match"] for event in EVENTS.values() for entry in event["patterns"] if "match" in entry})
    ),
    st.data(),
)
def test_no_expression_of_ours_takes_long(expression, data):
    """Texts made of an expression's own words, repeated, as backtracking engines fear: the square at most."""
    assert check_pattern(expression) == ""
    words = re.findall(r"[A-Za-z0-9:=,.( ]{2,}", expression) or ["a"]
    parts = data.draw(st.lists(st.sampled_from([*words, " ", "a", "0", "1.", ", "]), min_size=1, max_size=6))
    text = ("".join(parts) * SEARCHED)[:SEARCHED]
    search = re.compile(expression, re.ASCII).search
    assert growth(search, text[: SEARCHED // 2], text) <= 6  # the square: 4, the cube: 8


def test_the_literal_is_one_that_every_match_has():
    """The longest run of characters that no branch and no repeat makes optional."""
    assert required(r"(?i)Tunnel \S+ is DOWN now") == " is down now"
    assert required(r"(?:fan|power) failed") == " failed"
    assert required(r"colou?r") == "colo"
    assert required(r"a|b") == ""
