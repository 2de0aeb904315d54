"""What a device says once is one alert: an OSPF loss by syslog, a link by a trap, of devices that never sent one."""

import time

import pytest

from tests.e2e.network import Network, holds_for, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.engines, pytest.mark.netns, pytest.mark.timeout(900)]

OSPF = "waw-core-1"
LOST = "%OSPF-5-ADJCHG: Process 1, Nbr 192.0.2.12 on Te1/0/3 from FULL to DOWN, Dead timer expired"
LINK, PORT = "waw-acc-1", "Gi1/0/7"
ALERTS = [("AdjacencyLost", OSPF), ("LinkDown", LINK)]

STORED = 2.0  # seconds that a message may take into the store
TOLD = 60.0  # and that its alert may take, as far as the mail
NEWS = (240.0, 360.0)  # an event is news for 5 min: until the alert's end is told, at least and at most
HELD = 40.0  # four scrapes and four evaluations


def test_one_message_is_one_alert_that_ends_by_itself(network: Network) -> None:
    """In the store within 2 s, one alert within 60 s, over after 5 min; restarts of shipper and receiver bring none."""
    wait_for(lambda: network.query('up{job="syslog"}') == 1, 30, "Prometheus reads the shipper")
    assert network.lines("event:*") == []
    sent = time.monotonic()
    network.run("lab", "say", OSPF, LOST)
    wait_for(lambda: _stored(network, OSPF, "ospf_down") == 1, STORED, "the message is in the store")
    network.run("lab", "trap", LINK, "linkDown", PORT)
    wait_for(lambda: _stored(network, LINK, "interface_down") == 1, STORED, "the trap is in the store")

    wait_for(lambda: _alerts(network) == ALERTS, sent + TOLD - time.monotonic(), "one alert of each")
    wait_for(network.messages, sent + TOLD - time.monotonic(), "the warning is told; of an info nobody is")
    network.kill("syslog")
    network.run("stack", "up", "--lab")

    wait_for(lambda: _alerts(network) == [], sent + NEWS[1] - time.monotonic(), "both are over by themselves")
    wait_for(lambda: len(network.messages()) == 2, sent + NEWS[1] - time.monotonic(), "the end is told")
    assert time.monotonic() > sent + NEWS[0], "a restart ends no alert"
    assert network.query(f'resets(syslog_events_total{{device="{OSPF}",event="ospf_down"}}[15m])') == 1
    _traps_balance(network)

    network.restart("syslog", "traps")
    holds_for(lambda: _news(network) == [], HELD, "no restart makes an event")
    _each_fired_once(network)
    _one_mail_and_its_end(network)
    _ledger_balances(network)


def _stored(network: Network, device: str, event: str) -> int:
    """How many lines of an event of a device the store has."""
    return len(network.lines(f'{{device="{device}"}} event:={event}'))


def _alerts(network: Network) -> list[tuple[str, str]]:
    """What Alertmanager holds of events now."""
    labels = [alert["labels"] for alert in network.alertmanager("alerts")]
    return sorted((one["alertname"], one["device"]) for one in labels if "event" in one)


def _news(network: Network) -> list[tuple[dict[str, str], float]]:
    """Events that Prometheus sees, and alerts on any, also those that wait."""
    return network.series('device:event:increase_2m or ALERTS{event!=""}')


def _each_fired_once(network: Network) -> None:
    """Of all alerts on events there were these two, and each was active once: its beginning never changed."""
    begun = network.series('changes(ALERTS_FOR_STATE{event!=""}[15m])')
    assert sorted((labels["alertname"], labels["device"], again) for labels, again in begun) == [
        (name, device, 0.0) for name, device in ALERTS
    ]


def _one_mail_and_its_end(network: Network) -> None:
    """A warning is a mail and no chat; what is info is told to nobody."""
    first, last = network.messages()
    assert {first.channel, last.channel} == {"email"}
    assert first.subject == f"[WARNING] {OSPF} lost a neighbour (OSPF) (site waw)"
    assert last.subject.startswith(f"[RESOLVED] {OSPF} lost a neighbour (OSPF) (site waw) · lasted 4m")
    assert LINK not in first.text + last.text


def _ledger_balances(network: Network) -> None:
    """Received = shipped + dropped + spooled, over two restarts, one of them by SIGKILL."""
    found = network.counts("syslog")
    received = found["syslog_messages_received_total"]
    assert received >= 2
    assert received == (
        found["syslog_messages_shipped_total"] + found["syslog_messages_dropped_total"] + found["syslog_spool_messages"]
    )


def _traps_balance(network: Network) -> None:
    """The one trap was forwarded; nothing was dropped, or waits."""
    found = network.counts("traps")
    rest = ("dropped_total", "handshakes_total", "waiting")
    assert (found["sotp_traps_received_total"], found["sotp_traps_forwarded_total"]) == (1, 1)
    assert [found[f"sotp_traps_{name}"] for name in rest] == [0, 0, 0]
