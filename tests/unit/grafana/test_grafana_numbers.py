"""One number, one definition; one thing, one look."""

import json
from collections import defaultdict
from typing import Any

from sotpctl.render.grafana import looks
from sotpctl.render.grafana.queries import panels

Dashboards = dict[str, dict[str, Any]]


def test_grafana_no_two_panels_define_one_number_differently(dashboards: Dashboards) -> None:
    """Panels of one title ask the same, mean the same and show it the same; so do lines of one name in them."""
    defined: dict[str, set[str]] = defaultdict(set)
    for dashboard in dashboards.values():
        for panel in panels(dashboard):
            asked = [(target["expr"], target.get("legendFormat")) for target in panel["targets"]]
            unit = panel["fieldConfig"]["defaults"]["unit"]
            defined[panel["title"]].add(json.dumps([asked, unit, panel["description"], panel["type"]]))
    assert {title for title, ways in defined.items() if len(ways) > 1} == set()


def test_grafana_one_expression_has_one_unit(dashboards: Dashboards) -> None:
    """What two panels ask alike, they show in the same unit."""
    units: dict[str, set[str]] = defaultdict(set)
    for dashboard in dashboards.values():
        for panel in panels(dashboard):
            if panel["type"] != "table":
                for target in panel["targets"]:
                    units[target["expr"]].add(panel["fieldConfig"]["defaults"]["unit"])
    assert {expr for expr, found in units.items() if len(found) > 1} == set()


def test_grafana_availability_never_takes_missing_data_for_up(dashboards: Dashboards) -> None:
    """Every availability divides by the time that is known; none by the clock, and none fills gaps."""
    for dashboard in dashboards.values():
        for panel in panels(dashboard):
            for target in panel["targets"]:
                expr = target["expr"]
                if "up_seconds" in expr:
                    assert "known_seconds" in expr, panel["title"]
                assert "absent" not in expr
                assert "vector(1)" not in expr


def test_grafana_states_and_severities_differ_without_colour() -> None:
    """Each has a sign of its own among its kind, and its word stands beside it."""
    for kind in (looks.STATES, looks.SEVERITIES):
        assert len({look.sign for look in kind}) == len(kind)
        assert all(look.name in look.text and look.sign in look.text for look in kind)


def test_grafana_states_differ_for_colour_blind_eyes() -> None:
    """Seen with protanopia, deuteranopia or tritanopia, no two states' colours fall together."""
    for eyes in _EYES.values():
        for index, one in enumerate(looks.STATES):
            for other in looks.STATES[index + 1 :]:
                assert _distance(_seen(one.colour, eyes), _seen(other.colour, eyes)) > 20, (one.name, other.name)


# Linear RGB seen through such eyes: Machado, Oliveira and Fernandes 2009, severity 1.
_EYES = {
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def _seen(colour: str, eyes: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    """The colour in CIELAB, as those eyes see it."""
    levels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    red, green, blue = (
        min(1.0, max(0.0, sum(factor * part for factor, part in zip(row, linear, strict=True)))) for row in eyes
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)
