"""Device: what it says of its neighbours, beside what the inventory says."""

from grafana_foundation_sdk.builders import table

from sotpctl.render.grafana import links, looks, numbers, shared, tables, targets
from sotpctl.render.grafana.numbers import ONE, PORT
from sotpctl.render.grafana.page import Row, Section
from sotpctl.render.grafana.shared import COUNT

_SEEN = ("ifName", "neighbor", "neighbor_ifName", "protocol")


def section() -> Section:
    """Build the section, once for each chosen device."""
    return Section("$device: neighbours", (Row(8, ((17, _neighbours()), (7, _sessions()))),), repeat="device")


def _neighbours() -> table.Panel:
    return tables.build(
        "Neighbours",
        "Who the device sees at its interfaces (LLDP, CDP), and who should be there by the inventory. A row that has "
        "only one of the two is a cable that went elsewhere, a neighbour that is down or says nothing, or a link that "
        "the inventory lacks.",
        [targets.rows(expr, ref) for ref, expr in seen(ONE).items()],
        [
            shared.port_column(device=links.choice("device")),
            tables.Column("neighbor", "Neighbour", width=110),
            tables.Column("neighbor_ifName", "At", width=85),
            tables.Column("protocol", "By", width=55),
            tables.Column("link", "By the inventory", width=180),
            shared.device_column("Device", "other"),
            shared.state_column("Value #B"),
        ],
        sort="Interface",
        descending=False,
        empty="it sees no neighbour",
    )


def seen(chosen: str) -> dict[str, str]:
    """Give the queries: A, neighbours with what the inventory says; B, the state of those that it knows."""
    info = numbers.labels(_SEEN, numbers.lately(f"device_neighbor_info{{{chosen}}}"))
    link = f'label_join(sotp_link_info{{{chosen}}}, "link", " ", "peer", "peer_ifName")'
    links_ = numbers.labels(("ifName", "link"), link)
    # A neighbour calls itself sw-1 or sw-1.example.net; the inventory's names have no dots.
    name = f'label_replace({info}, "other", "$1", "neighbor", "([^.]+).*")'
    name += f' or label_replace(sotp_link_info{{{chosen}}}, "other", "$1", "peer", "(.+)")'
    state = 'max by (other) (label_replace(device:state:code, "other", "$1", "device", "(.+)"))'
    return {
        "A": f"{info} * on (ifName) group_left (link) {links_} or {info} unless on (ifName) {links_} "
        f"or {links_} unless on (ifName) {info}",
        "B": f"max by (ifName, other) ({name}) * on (other) group_left () {state}",
    }


def _sessions() -> table.Panel:
    return tables.build(
        "BGP sessions",
        "Each BGP session that is meant to be up, those that are down first. Down: look at the neighbour's device "
        "first, then at the log.",
        [targets.rows(numbers.labels(("peer", "remote_as", "vrf"), f"device:bgp_peer_up:bool{{{ONE}}}"))],
        [
            tables.Column("Value", "State", COUNT, width=110, mappings=looks.yes_no("established", "down")),
            tables.Column("peer", "Peer", width=110),
            tables.Column("remote_as", "AS", width=60),
            tables.Column("vrf", "VRF", width=60),
        ],
        sort="State",
        descending=False,
        empty="no BGP session is read",
    )


def other_end() -> table.Panel:
    """Build the table of what an interface leads to."""
    return tables.build(
        "The other end",
        "Where the interface leads, by the inventory: the device with its state, and its interface. Click either to go "
        "there. Its own neighbour protocols are on its device's page.",
        [
            targets.rows(numbers.labels(("ifName", "peer", "peer_ifName"), f"sotp_link_info{{{PORT}}}"), "A"),
            targets.rows(_peers("device:state:code"), "B"),
        ],
        [
            shared.device_column("Device", "peer"),
            tables.Column(
                "peer_ifName",
                "Interface",
                width=110,
                link=links.to(
                    links.INTERFACE, "The other end", device=links.cell("Device"), ifName=links.cell("Interface")
                ),
            ),
            shared.state_column("Value #B"),
        ],
        sort="Device",
        empty="the inventory has no link here",
    )


def _peers(metric: str) -> str:
    state = f'max by (peer) (label_replace({metric}, "peer", "$1", "device", "(.+)"))'
    return f"max by (ifName, peer, peer_ifName) (sotp_link_info{{{PORT}}}) * on (peer) group_left () {state}"
