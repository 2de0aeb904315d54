"""IP addresses as text: their one spelling, and what tells them from names. Pure."""

import ipaddress
from functools import lru_cache

_KEPT = 16384


def literal(address: str) -> bool:
    """Whether it is an IP address rather than a name."""
    try:
        ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return True


@lru_cache(_KEPT)
def normal(address: str) -> str:
    """Returns an address in its one spelling: no zone, no IPv4 within IPv6, compressed; other text as it stands."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0].strip("[]"))
    except ValueError:
        return address
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
