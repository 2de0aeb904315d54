"""The text of a link: `waw-core-1:Te1/0/1 - waw-sw-1:Gi1/0/48`."""

from __future__ import annotations

import re

_LINK = re.compile(r"([^\s:]+):(\S(?:.*?\S)?)\s+-\s+([^\s:]+):(\S(?:.*\S)?)")


def parse_link(text: str) -> tuple[str, str, str, str]:
    """Return (device, interface, peer, peer's interface); ValueError says what would be right."""
    match = _LINK.fullmatch(text.strip())
    if match is None:
        raise ValueError('is no link: write it like "waw-core-1:Te1/0/1 - waw-sw-1:Gi1/0/48"')
    device, interface, peer, peer_interface = match.groups()
    return device, interface, peer, peer_interface
