"""An engine shows its configuration rewritten; the comparison sees through that, and through nothing else."""

import pytest
import yaml

from sotpctl.apply.subset import missing, same


@pytest.mark.parametrize(
    ("rendered", "shown"),
    [
        ("60s", "1m"),
        ("1d", "24h"),
        ("1h30m", "90m"),
        ("targets/icmp.json", "/srv/sotp/current/prometheus/targets/icmp.json"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9/"),
        ("/srv/secret", "<secret>"),
        (False, None),
        (5, "5"),
        ("8h", "8h"),
    ],
)
def test_spellings_of_the_same_are_the_same(rendered: object, shown: object) -> None:
    """A duration in other units, a joined path, a slash after a URL, a masked secret and a left-out default agree."""
    assert same(rendered, shown)


@pytest.mark.parametrize(
    ("rendered", "shown"),
    [
        ("60s", "61s"),
        ("targets/icmp.json", "/srv/current/targets/other.json"),
        ("icmp.json", "/srv/snmp-icmp.json"),
        (True, None),
        (True, "True"),
        ("5s", None),
        ("m", "5m"),
        ("", "x"),
    ],
)
def test_what_differs_differs(rendered: object, shown: object) -> None:
    """Another duration, another file, a missing value and a type of another kind are differences."""
    assert not same(rendered, shown)


def test_defaults_that_the_engine_fills_in_are_no_difference() -> None:
    """What the engine shows beyond the rendered configuration doesn't count."""
    rendered = yaml.safe_load("{route: {receiver: noc, group_wait: 5s}}")
    shown = yaml.safe_load("{global: {resolve_timeout: 5m}, route: {receiver: noc, continue: false, group_wait: 5s}}")
    assert list(missing(rendered, shown)) == []


def test_every_difference_is_named_by_its_path() -> None:
    """A changed value deep inside is said with the path to it, what runs and what was rendered."""
    rendered = yaml.safe_load("{scrape_configs: [{job_name: a, scrape_interval: 5s}, {job_name: b}]}")
    shown = yaml.safe_load("{scrape_configs: [{job_name: a, scrape_interval: 10s}, {job_name: b}]}")
    assert list(missing(rendered, shown)) == ["scrape_configs[0].scrape_interval: it runs with '10s', rendered is '5s'"]


def test_a_list_of_another_length_is_a_difference() -> None:
    """A scrape job too many or too few is seen."""
    assert list(missing({"jobs": [1]}, {"jobs": [1, 2]})) == ["jobs: it runs with 2 entries, rendered are 1"]
    assert list(missing({"jobs": [1]}, {})) == ["jobs: it runs with 0 entries, rendered are 1"]


def test_matchers_agree_in_any_order_and_quoting() -> None:
    """Alertmanager sorts matchers and quotes their values."""
    rendered = {"matchers": ["severity = critical", 'site=~"waw|krk"']}
    assert list(missing(rendered, {"matchers": ['site=~"waw|krk"', 'severity="critical"']})) == []
    assert list(missing(rendered, {"matchers": ['site=~"waw"', 'severity="critical"']})) != []


def test_header_names_agree_in_any_case() -> None:
    """Alertmanager writes header names with capitals."""
    assert list(missing({"headers": {"subject": "x"}}, {"headers": {"Subject": "x"}})) == []
