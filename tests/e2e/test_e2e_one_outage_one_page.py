"""The heart of the product: one outage is one page, with real engines, counted at the mail and webhook sinks."""

from collections.abc import Callable

import pytest

from tests.e2e.network import CHANNELS, Message, Network, holds_for, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.engines, pytest.mark.netns, pytest.mark.timeout(900)]

SWITCH = "waw-acc-1"  # the sole uplink of eight hosts
PAGE = 60.0  # seconds that a page may take, from the death to the message


def test_a_dead_uplink_is_one_page_that_counts_what_is_behind_it(network: Network) -> None:
    """The sole uplink of eight devices dies: one page a channel within 60 s, it says 8; then one resolution."""
    network.run("lab", "break", SWITCH)
    wait_for(lambda: _channels(network, _about(SWITCH)) == CHANNELS, PAGE, "a page about the switch on each channel")
    assert all("8 devices behind it" in message.subject for message in network.messages()), network.messages()
    wait_for(lambda: network.query("count(device:up:bool == 0)") == 9, 30, "the eight behind it are seen down")
    holds_for(lambda: len(network.messages()) == len(CHANNELS), 45, "nobody is told of the eight")

    network.run("lab", "heal")
    wait_for(lambda: _channels(network, _resolved(SWITCH)) == CHANNELS, PAGE, "a resolution on each channel")
    holds_for(lambda: len(network.messages()) == 2 * len(CHANNELS), 30, "one resolution a channel and nothing more")


def test_a_second_outage_of_the_site_pages_in_time(network: Network) -> None:
    """Twenty seconds after a page an unrelated device of the same site dies: its page comes within 60 s too."""
    network.run("lab", "break", SWITCH)
    wait_for(lambda: _channels(network, _about(SWITCH)) == CHANNELS, PAGE, "the first page")
    holds_for(lambda: len(network.messages()) == len(CHANNELS), 20, "one page so far")
    other = network.unrelated(SWITCH)
    network.run("lab", "break", other)
    wait_for(lambda: _channels(network, _about(other)) == CHANNELS, PAGE, f"a page about {other}")
    assert len(network.messages()) == 2 * len(CHANNELS), network.messages()


def test_children_that_return_three_minutes_late_page_nobody(network: Network) -> None:
    """The uplink returns and its children three minutes later: no page about a child, not even a late one."""
    children = network.children(SWITCH)
    assert len(children) == 8
    network.run("lab", "break", SWITCH, *children)
    wait_for(lambda: _channels(network, _about(SWITCH)) == CHANNELS, PAGE, "a page about the switch")
    network.run("lab", "heal", SWITCH)
    wait_for(lambda: _channels(network, _resolved(SWITCH)) == CHANNELS, PAGE, "its resolution")
    holds_for(lambda: not _pages_about(network, children), 180, "no page while the children boot")
    assert network.query("count(device:up:bool == 0)") == 8
    network.run("lab", "heal")
    wait_for(lambda: network.query("count(device:up:bool == 0)") is None, 30, "the children are back")
    holds_for(lambda: len(network.messages()) == 2 * len(CHANNELS), 30, "nothing was said about the children")


def test_one_of_two_uplinks_is_its_own_page_and_nothing_else(network: Network) -> None:
    """One of two uplinks dies: one page about it, and nothing about the devices that still have the other."""
    uplink = network.redundant_uplink()
    network.run("lab", "break", uplink)
    wait_for(lambda: _channels(network, _about(uplink)) == CHANNELS, PAGE, "a page about the uplink")
    holds_for(lambda: len(network.messages()) == len(CHANNELS), 60, "nothing else is said")
    assert network.query("count(device:up:bool == 0)") == 1


@pytest.mark.parametrize("victims", [("icmp", "facts", "prometheus")])
def test_killing_our_own_parts_in_an_outage_resolves_nothing(network: Network, victims: tuple[str, ...]) -> None:
    """Exporters and Prometheus killed and restarted during an outage: no false resolution, one ExporterDown at most."""
    network.run("lab", "break", SWITCH)
    wait_for(lambda: _channels(network, _about(SWITCH)) == CHANNELS, PAGE, "the page")
    for victim in victims:
        network.kill(victim)
        holds_for(lambda: not any(map(_resolved(SWITCH), network.messages())), 20, f"no resolution without {victim}")
        network.run("stack", "up", "--lab")
        wait_for(lambda: network.query("count(device:up:bool == 0)") == 9, 60, f"the outage is seen after {victim}")
    holds_for(lambda: not any(map(_resolved(SWITCH), network.messages())), 60, "still no resolution")
    others = [message for message in network.messages() if "ExporterDown" in message.subject + message.text]
    assert len(others) <= len(CHANNELS), others
    assert len([m for m in network.messages() if m.firing and m not in others]) == len(CHANNELS), network.messages()

    network.run("lab", "heal")
    wait_for(lambda: _channels(network, _resolved(SWITCH)) == CHANNELS, PAGE, "the real resolution")


def _about(device: str) -> Callable[[Message], bool]:
    return lambda message: message.firing and message.names(device)


def _resolved(device: str) -> Callable[[Message], bool]:
    return lambda message: not message.firing and message.names(device)


def _channels(network: Network, wanted: Callable[[Message], bool]) -> set[str]:
    return {message.channel for message in network.messages() if wanted(message)}


def _pages_about(network: Network, devices: list[str]) -> list[Message]:
    return [m for m in network.messages() if any(m.names(device) for device in devices)]
