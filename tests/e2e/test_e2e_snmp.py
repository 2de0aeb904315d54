"""SNMP from end to end: the screens of every platform; which faults are told, how often, and what stays unsaid."""

import shlex
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pytest

from tests.e2e import screens
from tests.e2e.network import CHANNELS, ROOT, Message, holds_for, wait_for
from tests.e2e.polled_network import POLL, Polled
from tests.e2e.running import running
from tests.e2e.screens import Screen

pytestmark = [pytest.mark.e2e, pytest.mark.engines, pytest.mark.netns, pytest.mark.timeout(900)]

FILLED = 180.0  # seconds until everything is known of a device: rates need polls, a share of loss needs pings
SWING = 200.0  # the longest of the lab's fast swings, and a poll
# Empty on a device that is well, and new.
NOTHING_TO_SAY = {
    ("Alerts of this device", "A"): "nothing fires",
    ("Alerts of this interface", "A"): "nothing fires",
    ("SNMP by module", "B"): "no module failed",
    ("Round trip", "Usual"): "its own past takes six hours",
    ("Traffic", "SpeedIn"): "drawn where traffic comes near it",
    ("Traffic", "SpeedOut"): "drawn where traffic comes near it",
}
LOGS = {"Messages of this device", "Events of this device"}  # test_e2e_log_event.py is about those
# Empty by a platform's nature.
LACKING = {
    ("BGP sessions", "A"): {  # in the lab routers speak it from site to site; these stand within one
        *("fortinet-fortios", "cisco-ios", "cisco-nxos", "arista-eos", "hp-procurve", "aruba-cx"),
        *("linux", "windows", "generic"),
    },
    ("Optical power", "Sensor"): {"linux", "windows", "generic", "fortinet-fortios"},  # no MIB of theirs has optics
    ("Fans and power supplies", "A"): {"linux", "windows", "generic"},  # net-snmp tells how fast fans are, not how well
    ("Temperature", "Sensor"): {"windows", "generic"},
    ("Temperature, hottest", "A"): {"windows", "generic"},
    ("Other sensors", "A"): {"windows", "generic"},
}
MOVING = {
    *(("CPU over time", "Average"), ("Memory by pool", "Pool"), ("Temperature", "Sensor")),
    *(("Traffic in", "A"), ("Traffic out", "A"), ("Utilization by interface", "Utilization")),
    *(("Traffic", "In"), ("Traffic", "Out"), ("Errors and discards", "Errors"), ("Errors and discards", "Discards")),
}

DEAD, BEHIND = "gdn-edge-1", {"gdn-core-1", "gdn-acc-1", "gdn-srv-1"}
PORT, SESSION = 'device="waw-core-1",ifName="Te1/0/13"', 'device="waw-core-1",peer="203.0.113.1"'  # with the dead one
CUT, CUT_PORT, OTHER_END = "krk-acc-1", "A1", "krk-core-1"
HUNG, LOCKED = "krk-edge-2", "waw-core-2"  # polled by v2c and by v3
PAGE = 60.0  # seconds that a page may take
INTERFACE_FOR, BGP_FOR = 120, 180  # seconds, of the rules
ALL_TOLD = 250.0  # a poll and its time-out, two evaluations, the longest `for` (3 min), group_wait
FLUSH = 20.0  # in which Alertmanager has looked at a group again


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Polled]:
    """One for this file: what people see needs two minutes, and what they are told five."""
    yield from running(Polled, tmp_path_factory.mktemp("snmp"))


def test_e2e_snmp_fills_the_screens_of_every_platform(network: Polled) -> None:
    """Every query of Device and Interface answers for a device of each platform, and the lines of what lives move."""
    chosen = network.platforms()
    assert set(chosen) == {row["platform"] for row in network.document["devices"].values()}
    shown: list[Screen] = []
    for platform, (device, port) in chosen.items():
        network.run("lab", "degrade", device, "--errors", port)  # a good line's errors are 0 all day
        shown += screens.of(network, platform, device, port)
    shown = [one for one in shown if one.place not in NOTHING_TO_SAY and one.query.panel not in LOGS]
    wanted = [one for one in shown if one.platform not in LACKING.get(one.place, ())]
    _await_all(wanted, lambda screen: screens.answers(network, screen), FILLED)
    surprising = [str(one) for one in shown if one not in wanted and screens.answers(network, one)]
    assert not surprising, "what LACKING says isn't so"

    _await_all([one for one in wanted if one.place in MOVING], lambda screen: screens.moves(network, screen), SWING)
    wait_for(lambda: all(len(_octets(network, *one)) >= 5 for one in chosen.values()), FILLED, "five polls of each")
    for device, port in chosen.values():
        octets = _octets(network, device, port)
        assert all(before < after for (_, before), (_, after) in pairwise(octets)), (device, octets)
    network.run("lab", "heal")


def _octets(network: Polled, device: str, port: str) -> list[screens.Sample]:
    """What was stored of a port's octets in the last 90 s, six polls."""
    ((_, octets),) = screens.samples(network, f'ifHCInOctets{{device="{device}",ifName="{port}"}}', 90)
    return octets


def test_e2e_snmp_tells_each_fault_once_and_nothing_of_a_dead_devices_neighbours(network: Polled) -> None:
    """A device dies, a cable is cut, one agent hangs, one takes other credentials: four are told, and later their ends.

    Of the dead one's neighbour nobody hears of the port and the BGP session that went with it, and the cable pages
    nobody. Who doesn't answer SNMP isn't down, and all others are polled without a gap.
    """
    *faults, heal = _commands()
    wanted = [[DEAD], [CUT, "--port", CUT_PORT], [HUNG, "--agent"], [LOCKED, "--community"]]
    assert faults == [["lab", "break", *words] for words in wanted], "docs/snmp.md says otherwise"
    wait_for(lambda: _all_is_known(network), FILLED, "all are polled, and what is lost was there")
    past, broken = len(network.messages()), time.time()
    for fault in faults:
        network.run(*fault)

    def told() -> list[Message]:
        return network.messages()[past:]

    wait_for(lambda: len(_about(told(), DEAD)) == len(CHANNELS), PAGE, "a page about the dead device")
    wait_for(lambda: _about(told(), CUT), ALL_TOLD, "a warning about the cable")
    wait_for(lambda: _about(told(), HUNG) and _about(told(), LOCKED), ALL_TOLD, "warnings about both agents")
    rest = max(1.0, broken + ALL_TOLD - time.time())
    holds_for(lambda: len(told()) == 5, rest, "a page and three warnings, no more")
    _each_says_what_it_is(told(), broken)
    _the_neighbour_saw_it_and_said_nothing(network)
    _who_is_silent_is_up_and_the_others_are_polled(network, time.time() - broken)

    network.run(*heal)
    wait_for(lambda: len(told()) == 10, 120, "each one's end")
    holds_for(lambda: len(told()) == 10, FLUSH, "nothing more is told")
    assert not any(message.firing for message in told()[5:]), told()
    assert _whose(told()[5:]) == _whose(told()[:5])


def _commands() -> list[list[str]]:
    """What docs/snmp.md says to try in the lab."""
    page = (ROOT / "docs" / "snmp.md").read_text().partition("## In the lab\n")[2]
    block = page.partition("```sh\n")[2].partition("```")[0]
    return [shlex.split(line, comments=True)[1:] for line in block.splitlines()]


def _all_is_known(network: Polled) -> bool:
    """Everybody answers; the cable, the neighbour's port and its session are up: only what was can be lost."""
    return (
        network.query("count(device:snmp_up:bool == 1)") == len(network.devices_polled())
        and network.query(f'interface:oper_up:bool{{device="{CUT}",ifName="{CUT_PORT}"}}') == 1
        and network.query(f"interface:oper_up:bool{{{PORT}}}") == 1
        and network.query(f"device:bgp_peer_up:bool{{{SESSION}}}") == 1
    )


def _each_says_what_it_is(told: Sequence[Message], broken: float) -> None:
    """The page is the dead device's alone; the cable is told by one end, after its time; the agents say why."""
    assert {one.channel for one in _about(told, DEAD)} == CHANNELS
    (cable,), (hung,), (locked,) = _about(told, CUT), _about(told, HUNG), _about(told, LOCKED)
    assert {one.channel for one in (cable, hung, locked)} == CHANNELS - {"slack"}, "only critical alerts go to the chat"
    assert f"{CUT} {CUT_PORT} is down: the link to {OTHER_END} Et48" in cable.text
    assert cable.time.timestamp() - broken >= INTERFACE_FOR
    assert f"{HUNG} doesn't answer SNMP: timeout" in hung.text
    assert f"{LOCKED} doesn't answer SNMP: auth" in locked.text


def _the_neighbour_saw_it_and_said_nothing(network: Polled) -> None:
    """The port and the session are lost to it for longer than their alerts wait, and neither alert ever fired."""
    for lost, seconds in (
        (f"interface:went_down:bool{{{PORT}}}", INTERFACE_FOR),
        (f"device:bgp_peer_went_down:bool{{{SESSION}}}", BGP_FOR),
    ):
        assert network.query(f"{lost} offset {seconds}s") == 1, lost
        assert network.query(f"min_over_time({lost}[{seconds}s])") == 1, lost
    for alert, which in (("InterfaceDown", PORT), ("BgpPeerDown", SESSION)):
        firing = f'ALERTS{{alertname="{alert}",alertstate="firing",{which}}}'
        assert network.query(f"count_over_time({firing}[10m])") is None, firing


def _who_is_silent_is_up_and_the_others_are_polled(network: Polled, seconds: float) -> None:
    """No DeviceDown of the two; of every other device both modules' samples came at every poll."""
    silent = f'device=~"{HUNG}|{LOCKED}"'
    assert network.query(f'count_over_time(ALERTS{{alertname="DeviceDown",{silent}}}[10m])') is None
    assert network.query(f"max(snmp_up{{{silent}}})") == 0
    others = set(network.devices_polled()) - BEHIND - {DEAD, HUNG, LOCKED}
    for metric in ("sysUpTime", "device_uptime_seconds"):
        found = {labels["device"]: rows for labels, rows in screens.samples(network, metric, seconds)}
        assert others <= set(found), metric
        for device in others:
            at = [moment for moment, _ in found[device]]
            gaps = [after - before for before, after in pairwise([*at, time.time()])]
            assert max(gaps) < 1.5 * POLL, (metric, device, gaps)


def _await_all(among: Sequence[Screen], holds: Callable[[Screen], bool], seconds: float) -> None:
    """Ask until it holds for all; fail with those for which it never did."""
    end = time.monotonic() + seconds
    while (among := [one for one in among if not holds(one)]) and time.monotonic() < end:
        time.sleep(1)
    assert not among, f"{len(among)} not within {seconds:.0f} s:\n" + "\n".join(map(str, among))


def _whose(told: Sequence[Message]) -> Counter[tuple[str, str]]:
    """Which of the four each message is about, and where it came."""
    return Counter((one.channel, name) for one in told for name in (DEAD, CUT, HUNG, LOCKED) if one.names(name))


def _about(told: Sequence[Message], device: str) -> list[Message]:
    return [message for message in told if message.firing and message.names(device)]
