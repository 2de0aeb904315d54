"""alertmanager.yml as data: receivers, secrets, routes, inhibition."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.inventory import Inventory
from sotpctl.render import MANIFEST, plan

Loaded = Callable[[dict[str, Any]], Inventory]


@pytest.fixture
def config(document: dict[str, Any], loaded: Loaded) -> dict[str, Any]:
    """The rendered alertmanager.yml."""
    return _config(loaded(document))


def _config(inventory: Inventory) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(plan(inventory, "").files["alertmanager/alertmanager.yml"])
    return content


def _channels(config: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        entry
        for receiver in config["receivers"]
        for name, entries in receiver.items()
        if name != "name"
        for entry in entries
    ]


def test_render_alertmanager_names_secrets_by_absolute_paths(config: dict[str, Any], tmp_path: Path) -> None:
    """A secret file of the user's is named where it is, any other where apply will put it."""
    by_name = {receiver["name"]: receiver for receiver in config["receivers"]}
    secrets = tmp_path / "applied" / "secrets" / "alertmanager"

    assert by_name["chat"]["slack_configs"][0]["api_url_file"] == str(tmp_path / "slack-url")
    assert by_name["mail"]["email_configs"][0]["auth_password_file"] == str(secrets / "email-mail-password")
    assert by_name["duty"]["pagerduty_configs"][0]["routing_key_file"] == str(secrets / "pagerduty-duty-routing-key")
    assert by_name["hook"]["webhook_configs"][0]["url_file"] == str(secrets / "webhook-hook-url")


def test_render_alertmanager_secrets_of_the_environment_are_for_apply(document: dict[str, Any], loaded: Loaded) -> None:
    """The manifest lists what apply must resolve, by the name under <apply.directory>/secrets/; no files of users."""
    manifest = json.loads(plan(loaded(document), "").files[MANIFEST])

    assert manifest["secrets"] == {
        "alertmanager/email-mail-password": {"env": "SOTP_TEST_MAIL"},
        "alertmanager/pagerduty-duty-routing-key": {"env": "SOTP_TEST_DUTY"},
        "alertmanager/webhook-hook-url": {"env": "SOTP_TEST_HOOK"},
        "snmp/ro-community": {"env": "SOTP_TEST_COMMUNITY"},
        "traps/ro-community": {"env": "SOTP_TEST_COMMUNITY"},
    }


def test_render_alertmanager_every_channel_tells_of_resolution(config: dict[str, Any]) -> None:
    """send_resolved is set everywhere: its default differs from channel to channel."""
    assert len(_channels(config)) == 4
    assert all(entry["send_resolved"] is True for entry in _channels(config))


def test_render_alertmanager_matchers_are_exact(config: dict[str, Any]) -> None:
    """One value is compared, several are a pattern, and what a value holds of a pattern's characters means itself."""
    routes = config["route"]["routes"]

    assert routes[0] == {"receiver": "sotp/nobody", "matchers": ['severity="none"']}
    assert routes[1] == {"receiver": "chat", "matchers": ['severity="critical"', 'site="waw"'], "continue": True}
    assert routes[2] == {"receiver": "mail", "matchers": ['severity=~"critical|warning"']}
    assert routes[3] == {"receiver": "duty", "matchers": ['alertname=~"Odd\\\\.b\\\\|c|Quoted\\""']}


def test_render_alertmanager_without_receivers_warns(document: dict[str, Any], loaded: Loaded) -> None:
    """An inventory that tells nobody renders, with a warning that says so."""
    document["alerting"] = {}
    inventory = loaded(document)

    (warning,) = plan(inventory, "").warnings
    assert "nobody is told" in warning.message
    assert warning.severity == "warning"
    assert _config(inventory)["route"]["receiver"] == "sotp/nobody"


def test_render_alertmanager_inhibition_by_equal_labels_needs_them(config: dict[str, Any]) -> None:
    """A rule with `equal` has device!="" or site!="" on both sides: a label that both lack would count as equal."""
    for rule in config["inhibit_rules"]:
        if "equal" in rule:
            label = "device" if "device" in rule["equal"] else "site"
            assert label in rule["equal"]
            assert f'{label}!=""' in rule["source_matchers"]
            assert f'{label}!=""' in rule["target_matchers"]


_HOURS: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    (
        {"weekdays": ["mon:fri"], "times": ["08:00-17:00"], "site": "waw"},
        [
            {
                "times": [{"start_time": "08:00", "end_time": "17:00"}],
                "weekdays": ["monday:friday"],
                "location": "Europe/Warsaw",
            }
        ],
    ),
    (  # the morning after Friday's night is Saturday's
        {"weekdays": ["fri", "sun"], "times": ["22:00-06:00", "12:00-13:00"], "timezone": "UTC"},
        [
            {
                "times": [
                    {"start_time": "12:00", "end_time": "13:00"},
                    {"start_time": "22:00", "end_time": "24:00"},
                ],
                "weekdays": ["sunday", "friday"],
                "location": "UTC",
            },
            {
                "times": [{"start_time": "00:00", "end_time": "06:00"}],
                "weekdays": ["monday", "saturday"],
                "location": "UTC",
            },
        ],
    ),
    (
        {"times": "22:00-00:00", "timezone": "UTC"},
        [{"times": [{"start_time": "22:00", "end_time": "24:00"}], "location": "UTC"}],
    ),
    (
        {"weekdays": "sat:mon", "site": "sin"},
        [{"weekdays": ["sunday:monday", "saturday"], "location": "Asia/Singapore"}],
    ),
]


@pytest.mark.parametrize(("given", "rendered"), _HOURS)
def test_render_alertmanager_time_intervals_have_their_location(
    document: dict[str, Any], loaded: Loaded, given: dict[str, Any], rendered: list[dict[str, Any]]
) -> None:
    """Days and times by the clock of a zone or a site; what goes over midnight is two, the second on the next day."""
    document["alerting"]["time_intervals"] = {"hours": given}
    document["alerting"]["routes"][0] |= {"active": "hours", "mute": ["hours"]}
    config = _config(loaded(document))

    assert config["time_intervals"] == [{"name": "hours", "time_intervals": rendered}]
    assert config["route"]["routes"][1]["active_time_intervals"] == ["hours"]
    assert config["route"]["routes"][1]["mute_time_intervals"] == ["hours"]


def test_render_alertmanager_watchdog_comes_first_and_in_time(document: dict[str, Any], loaded: Loaded) -> None:
    """No other route takes it, and what is repeated and the next look at it together aren't later than promised."""
    document["alerting"]["watchdog"] = {"receiver": "hook", "interval": "5m"}

    assert _config(loaded(document))["route"]["routes"][0] == {
        "receiver": "hook", "matchers": ['alertname="Watchdog"'], "group_by": ["alertname"],
        "group_wait": "0s", "group_interval": "15s", "repeat_interval": "4m45s",
    }  # fmt: skip
