"""One canonical spelling for each interface name. Pure.

The same port is `TenGigabitEthernet1/0/1` in a configuration, `Te1/0/1` in IF-MIB's ifName and either of them in LLDP.
The short Cisco form is the canonical one; names of other vendors (`xe-0/0/0`, `eth0`, `ether1`) stay as they are.
The inventory and the exporters spell with the same function, so that thresholds, links and samples meet.
"""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

# Cisco's long names and their short form, as `show interfaces status` and ifName abbreviate them.
_LONG = {
    "FastEthernet": "Fa",
    "GigabitEthernet": "Gi",
    "GigE": "Gi",
    "TwoGigabitEthernet": "Tw",
    "FiveGigabitEthernet": "Fi",
    "TenGigabitEthernet": "Te",
    "TenGigE": "Te",
    "TwentyFiveGigE": "Twe",
    "TwentyFiveGigabitEthernet": "Twe",
    "FortyGigabitEthernet": "Fo",
    "FortyGigE": "Fo",
    "FiftyGigE": "Fif",
    "FiftyGigabitEthernet": "Fif",
    "HundredGigE": "Hu",
    "HundredGigabitEthernet": "Hu",
    "TwoHundredGigE": "TH",
    "FourHundredGigE": "FH",
    "FourHundredGigabitEthernet": "FH",
    "AppGigabitEthernet": "Ap",
    "Ethernet": "Et",
    "Eth": "Et",
    "MgmtEth": "Mg",
    "Management": "Ma",
    "Port-channel": "Po",
    "Port-Channel": "Po",
    "port-channel": "Po",
    "Bundle-Ether": "BE",
    "Loopback": "Lo",
    "loopback": "Lo",
    "Tunnel": "Tu",
    "tunnel-ip": "ti",
    "tunnel-te": "tt",
    "Vlan": "Vl",
    "BDI": "BD",
    "Serial": "Se",
    "Cellular": "Ce",
    "Dialer": "Di",
    "Multilink": "Mu",
    "Null": "Nu",
    "POS": "PO",
}
_SHORT = set(_LONG.values()) - {"ti", "tt"}
_BY_CASEFOLD = {name.casefold(): short for name, short in _LONG.items()} | {s.casefold(): s for s in _SHORT}
_CISCO = re.compile(r"([A-Za-z]+(?:-[A-Za-z]+)?) ?([0-9].*)")
_SLOTTED = re.compile(r"[0-9]+/")
_ENDS = " \t\r\n\0"  # some agents count C's NUL into a string
_MOST = 16384  # names of a fleet: most devices have the same ones
_Row = TypeVar("_Row")


@lru_cache(maxsize=_MOST)
def canonical_interface(name: str) -> str:
    """Return the canonical spelling: `TenGigabitEthernet1/0/1`, `te1/0/1` and `Te 1/0/1` are all `Te1/0/1`.

    Long names are taken as Cisco writes them; another case is taken only with a slash after the first number, because
    `eth0` and `vlan10` are Linux's and `lo0` is Juniper's.
    """
    name = name.strip(_ENDS)
    match = _CISCO.fullmatch(name)
    if match is None:
        return name
    kind, rest = match.groups()
    short = _LONG.get(kind) or (kind if kind in _SHORT else None)
    if short is None and _SLOTTED.match(rest):
        short = _BY_CASEFOLD.get(kind.casefold())
    return f"{short}{rest}" if short else name


def canonical_interfaces(own: Mapping[_Row, str]) -> dict[_Row, str]:
    """Return the canonical spelling of one device's interface names, by row.

    Names that differ stay different: where several would be spelt the same (`Eth1/1` beside `Ethernet1/1`), each of
    them keeps the device's own spelling.
    """
    found = {row: canonical_interface(name) for row, name in own.items()}
    if len(set(found.values())) == len(found):
        return found
    spellings = {(name, own[row]) for row, name in found.items()}
    count = Counter(name for name, _ in spellings)
    return {row: name if count[name] == 1 else own[row] for row, name in found.items()}
