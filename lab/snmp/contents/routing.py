"""What routers tell of their peers: BGP4-MIB (RFC 4273)."""

from lab.snmp.curves import Moving, curve
from lab.snmp.device import Device, Session
from lab.snmp.mib import Mib

_PEER = "1.3.6.1.2.1.15.3.1.{}"
_ACTIVE, _ESTABLISHED, _START = 3, 6, 2  # bgpPeerState, bgpPeerAdminStatus
_UPDATES = 0.05  # UPDATE messages a second


def bgp(mib: Mib, device: Device) -> None:
    """Adds bgpPeerTable: a session is established while a port leads to its peer."""
    for session in device.sessions:
        peer = tuple(session.address.packed)
        mib.integer(_PEER.format(2), _state(session), *peer)
        mib.integer(_PEER.format(3), _START, *peer)
        mib.integer(_PEER.format(9), session.remote_as, *peer)
        for column, way in ((10, "in"), (11, "out")):
            mib.counter(_PEER.format(column), _updates(session, f"{device.name} {session.address} {way}"), *peer)
        mib.gauge(_PEER.format(16), _age(session), *peer)


def _state(session: Session) -> Moving:
    return lambda _now: _ESTABLISHED if session.since() is not None else _ACTIVE


def _updates(session: Session, seed: str) -> Moving:
    updates = curve(_UPDATES, seed)
    return lambda now: session.ports[0].passed(updates, now)


def _age(session: Session) -> Moving:
    def read(now: float) -> float:
        since = session.since()
        return 0.0 if since is None else now - since

    return read
