"""What the engines are told: jobs, targets, rules, receivers, routes, windows, links and settings, in words."""

import json
from collections.abc import Mapping

import pytest
import yaml

from sotpctl.apply.words import compare, sentences

RULES = "prometheus/rules/a.yml"


def said(name: str, old: object, new: object) -> list[str]:
    """The words for one file that is in both trees."""
    dump = json.dumps if name.endswith(".json") else yaml.safe_dump
    return sentences(compare({name: dump(old).encode()}, {name: dump(new).encode()}))


def _jobs(**jobs: Mapping[str, object]) -> bytes:
    return yaml.safe_dump({"scrape_configs": [{"job_name": name, **jobs[name]} for name in jobs]}).encode()


def _targets(**labels: str) -> bytes:
    return json.dumps([{"targets": ["127.0.0.1:10022"], "labels": {"instance": name}} for name in labels]).encode()


def test_jobs_and_their_targets() -> None:
    """A job that stays says how many targets come and go; one that comes or goes says how many it has."""
    old = {
        "prometheus/prometheus.yml": _jobs(**{"snmp-60s": {"scrape_interval": "60s"}, "gone": {}}),
        "prometheus/targets/snmp-60s.json": _targets(a="", b="", c=""),
        "prometheus/targets/gone.json": _targets(a=""),
    }
    new = {
        "prometheus/prometheus.yml": _jobs(**{"snmp-60s": {"scrape_interval": "90s"}, "snmp-5m": {}}),
        "prometheus/targets/snmp-60s.json": _targets(c="", d="", e="", f=""),
        "prometheus/targets/snmp-5m.json": _targets(a="", b=""),
    }
    assert sentences(compare(old, new)) == [
        "+1 job: snmp-5m (2 targets)",
        "-1 job: gone",
        "job snmp-60s: scrape_interval 60s → 90s",
        "+3 targets in job snmp-60s",
        "-2 targets in job snmp-60s",
    ]


def test_an_exporter_that_moves_is_one_change() -> None:
    """One target less and one more of a job is a new address."""
    config = {"prometheus/prometheus.yml": _jobs(icmp={})}
    name = "prometheus/targets/icmp.json"
    old, new = (
        {**config, name: json.dumps([{"targets": [f"127.0.0.1:{port}"], "labels": {}}]).encode()} for port in (1, 2)
    )
    assert sentences(compare(old, new)) == ["~1 target in job icmp: 127.0.0.1:1 → 127.0.0.1:2"]


def _alert(name: str, expr: str = "up == 0", severity: str = "critical", **more: object) -> dict[str, object]:
    return {"alert": name, "expr": expr, "labels": {"severity": severity}, **more}


def _group(*rules: dict[str, object], **settings: object) -> dict[str, object]:
    return {"groups": [{"name": "a", "rules": list(rules), **settings}]}


def test_rules_are_told_by_name() -> None:
    """What comes and goes, and of what stays which part changed; of expressions and texts only that they did."""
    old = _group(_alert("DeviceDown", **{"for": "10s"}), _alert("Old"), {"record": "a:b:c", "expr": "1"}, interval="5s")
    new = _group(
        _alert("DeviceDown", "up < 1", **{"for": "30s"}), _alert("New", severity="warning"),
        {"record": "a:b:c", "expr": "2"}, {"record": "d:e:f", "expr": "1"}, interval="10s",
    )  # fmt: skip
    assert said(RULES, old, new) == [
        "+1 alert: New (warning)",
        "-1 alert: Old",
        "alert DeviceDown: for 10s → 30s; expr changed",
        "+1 recording rule: d:e:f",
        "recording rule a:b:c: expr changed",
        "rule group a: interval 5s → 10s",
    ]


def test_alerts_of_one_name_are_told_apart_by_severity() -> None:
    """Only the warning of two ExporterDown changed, and their order is no change."""
    old = _group(_alert("ExporterDown", "a"), _alert("ExporterDown", "b", "warning"))
    new = _group(_alert("ExporterDown", "c", "warning"), _alert("ExporterDown", "a"))
    assert said(RULES, old, new) == ["alert ExporterDown: expr changed"]


def test_an_annotation_that_changes_everywhere_is_one_line() -> None:
    """A new Grafana address is one change to thirty alerts."""
    old, new = (
        _group(*(_alert(f"A{number:02}", annotations={"dashboard_url": f"{url}/d"}) for number in range(30)))
        for url in ("http://a", "http://b")
    )
    assert said(RULES, old, new) == ["alerts A00, A01, A02 and 27 more: dashboard_url http://a/d → http://b/d"]


def test_loki_rules_are_rules() -> None:
    """They stand in a folder of their own, and are told like Prometheus's."""
    assert said("loki/rules/fake/a.yml", _group(), _group(_alert("LogPattern"))) == ["+1 alert: LogPattern (critical)"]


def test_a_file_without_rules_is_a_file() -> None:
    """The one that keeps Loki's folder comes by its name."""
    (line,) = sentences(compare({}, {"loki/rules/fake/.keep.yml": b"groups: []\n"}))
    assert line == "+1 file: loki/rules/fake/.keep.yml"


def test_who_is_told(network) -> None:
    """Receivers with their channels, routes with their matchers, and what changes of them."""

    def edit(document) -> None:
        alerting = document["alerting"]
        alerting["receivers"]["noc"]["email"]["to"] = "night@example.net"
        alerting["receivers"]["chat"] = {"slack": {"url": {"env": "SLACK_URL"}, "channel": "#noc"}}
        alerting["routes"][0] |= {"receiver": "chat", "continue": True}
        alerting["routes"].append({"match": {"severity": "warning"}, "receiver": "noc"})

    assert network.said(edit, within="alertmanager/") == [
        "+1 receiver: chat (slack)",
        "receiver noc: email to noc@example.net → night@example.net",
        '+1 route: severity="warning" (to noc)',
        'route severity="critical": receiver noc → chat; continue none → yes',
        "alertmanager/alertmanager.yml: route.receiver noc → chat",
    ]


def test_the_order_of_routes_matters() -> None:
    """The first that matches wins: another order is a change."""
    routes = [{"receiver": "a", "matchers": [f'severity="{severity}"']} for severity in ("critical", "warning")]
    old, new = {"route": {"routes": routes}}, {"route": {"routes": routes[::-1]}}
    assert said("alertmanager/alertmanager.yml", old, new) == ["route order: changed"]


def test_a_webhook_url_is_said_to_change_and_not_shown(network) -> None:
    """An incoming webhook's URL is a password in itself, in words and in data."""

    def webhook(path: str):
        return lambda document: document["alerting"]["receivers"].update(
            noc={"webhook": {"url": f"https://hooks.example.net/{path}"}}
        )

    network.old = network.tree(webhook("c4n4ry-old"))
    found = network.differences(webhook("c4n4ry-new"), within="alertmanager/")
    assert sentences(found) == ["receiver noc: webhook url changed"]
    assert "c4n4ry" not in json.dumps([difference.data() for difference in found])


def test_windows_and_links(network) -> None:
    """A window says when and for how many, and what moved in it; a link its two ends."""

    def edit(document) -> None:
        document["links"] = ["fw-2:port1 - core-1:Te1/0/2"]
        windows = document["alerting"]["maintenance"]
        windows[0]["weekly"] = {"days": ["sat", "sun"], "from": "03:00", "to": "04:00"}
        windows.append(
            {"name": "move", "match": {"site": "waw"}, "start": "2026-12-01T22:00", "end": "2026-12-02T02:00"}
        )

    assert network.said(edit, within="exporters/") == [
        "+1 maintenance window: move (2026-12-01T22:00:00Z to 2026-12-02T02:00:00Z, 9 devices)",
        "maintenance window patching: days +sat; from 02:00 → 03:00",
        "+1 link: fw-2:port1 - core-1:Te1/0/2",
        "-1 link: fw-1:port1 - core-1:Te1/0/1",
    ]


def test_settings_are_told_by_their_path(network) -> None:
    """Loki's retention and a unit's option: where, from and to."""

    def edit(document) -> None:
        document["settings"] |= {"log_retention": "10d", "retention": "60d"}

    lines = network.said(edit)
    assert "loki/loki.yml: limits_config.retention_period 720h → 240h" in lines
    assert "systemd/sotp-prometheus.service: --storage.tsdb.retention.time 90d → 60d" in lines


def test_many_settings_of_a_file_are_cut() -> None:
    """Five are enough to see what it is about; those of a rewritten file are counted in lines."""
    old, new = ({f"k{number}": value for number in range(9)} for value in (1, 2))
    assert said("x/y.json", old, new) == ["x/y.json: k0 1 → 2; k1 1 → 2; k2 1 → 2; k3 1 → 2; k4 1 → 2; and 4 more"]
    old, new = ({f"k{number}": value for number in range(99)} for value in (1, 2))
    assert said("x/y.json", old, new) == ["x/y.json: 1 line"]


def test_panels_are_told_by_title() -> None:
    """Items of a list go by their names, so that one that is put in front isn't a change to all."""
    old = {"panels": [{"title": "CPU", "unit": "percent"}]}
    new = {"panels": [{"title": "Memory"}, {"title": "CPU", "unit": "percentunit"}]}
    assert said("grafana/dashboards/device.json", old, new) == [
        (
            "grafana/dashboards/device.json: panels[CPU].unit percent → percentunit; "
            'panels[Memory] none → {"title": "Memory"}'
        )
    ]


def test_what_has_no_words_is_counted_in_lines() -> None:
    """A template's text changes: so many lines of it."""
    name = "alertmanager/templates/a.tmpl"
    old, new = {name: b"one\ntwo\nthree\n"}, {name: b"one\n2\n3\n"}
    assert sentences(compare(old, new)) == [f"{name}: 2 lines"]
    assert sentences(compare({}, new)) == [f"+1 template: {name}"]
    assert sentences(compare(old, {})) == [f"-1 template: {name}"]


def test_a_commit_is_news_only_when_it_is_alone(network) -> None:
    """Each apply has a new commit; only where nothing else changes it is worth a line."""
    old, new = (network.tree(commit=commit) for commit in ("a" * 40, "b" * 40 + "-dirty"))
    assert sentences(compare(old, new)) == [f"commit {'a' * 12} → {'b' * 12}-dirty"]
    other = network.tree(lambda document: document["links"].clear(), commit="b" * 40)
    assert sentences(compare(old, other)) == ["-1 link: fw-1:port1 - core-1:Te1/0/1"]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ({"endpoints": {"loki": "a:1"}}, {"endpoints": {"loki": "b:1"}}, "endpoint loki: a:1 → b:1"),
        (
            {"secrets": {}},
            {"secrets": {"alertmanager/x": {"env": "URL"}}},
            "+1 secret: alertmanager/x (env URL)",
        ),
        (
            {"secrets": {"alertmanager/x": {"env": "URL"}}},
            {"secrets": {"alertmanager/x": {"file": "/etc/x"}}},
            "secret alertmanager/x: place env URL → file /etc/x",
        ),
        ({"web": {"scheme": "http"}}, {"web": {"scheme": "https"}}, "manifest.json: web.scheme http → https"),
    ],
)
def test_what_the_manifest_alone_says(before: object, after: object, line: str) -> None:
    """Endpoints, where secrets are (never what they are), and how exporters are reached."""
    assert said("manifest.json", before, after) == [line]


def test_a_first_apply_adds_everything(network) -> None:
    """Against nothing each kind is one line."""
    lines = sentences(compare({}, network.tree()))
    assert lines[0] == "+9 devices (site waw): acc-1, acc-2, acc-3 and 6 more"
    assert all(line.startswith("+") for line in lines)
