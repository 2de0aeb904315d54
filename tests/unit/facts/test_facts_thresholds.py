"""Thresholds are checked once for all devices that share them, and still each as if it stood alone."""

from typing import Any

import pytest

from exporters.facts.exposition import static_text
from exporters.kit.document import ConfigError, Document

GOOD = {"ifName": "", "metric": "cpu", "severity": "warning", "value": 1.0}


def _text(*thresholds: list[Any]) -> str:
    targets = {f"sw-{number}": {"dependents": 0, "thresholds": rows} for number, rows in enumerate(thresholds)}
    settings = {"commit": "", "expected_targets": {}, "links": [], "maintenance": []}
    return static_text(Document("r", settings, targets))


def test_facts_thresholds_that_are_shared_stand_at_each_device():
    """The same entry at two devices is a line for either."""
    lines = [line for line in _text([GOOD], [dict(GOOD)]).splitlines() if line.startswith("sotp_threshold")]

    rest = 'ifName="",metric="cpu",severity="warning"} 1.0'
    assert lines == [f'sotp_threshold{{device="sw-{number}",{rest}' for number in (0, 1)]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (GOOD | {"value": True}, "targets.sw-1.thresholds[0].value: must be a number, not true"),
        (GOOD | {"value": []}, "targets.sw-1.thresholds[0].value: must be a number, not a list"),
        ("cpu", "targets.sw-1.thresholds[0]: must be an object, not a string"),
        (GOOD | {"unit": "x"}, 'targets.sw-1.thresholds[0]: "unit" is no key'),
    ],
)
def test_facts_thresholds_that_resemble_a_good_one_are_refused(bad: object, message: str):
    """What equals an entry that was taken (True is 1.0 to Python), or can't be hashed, is checked by itself."""
    with pytest.raises(ConfigError) as caught:
        _text([GOOD], [bad])

    assert str(caught.value).startswith(message)


def test_facts_thresholds_given_twice_are_refused_with_their_place():
    """Two limits of one device for the same thing would break every join: also when both were seen elsewhere before."""
    other = GOOD | {"value": 0.5}
    with pytest.raises(ConfigError, match=r"targets\.sw-1\.thresholds\[1\]: is given twice"):
        _text([GOOD], [GOOD, other])
    with pytest.raises(ConfigError, match=r"targets\.sw-2\.thresholds\[1\]: is given twice"):
        _text([GOOD], [other], [GOOD, other])
