"""`%FACILITY-SEVERITY-MNEMONIC:`, with which Cisco and Arista say what kind of message it is. Pure.

What stands between % and : is one of a few hundred words: which are such names is kept.
"""

import re
from functools import lru_cache
from typing import NamedTuple

LONGEST = 96
_MNEMONIC = re.compile(r"([A-Z][A-Za-z0-9_]*(?:[-/][A-Za-z0-9_]+)*?)-([0-7])-[A-Za-z0-9_/-]+", re.ASCII)
_WORD = re.compile(r"%([A-Z][A-Za-z0-9_/]*-[A-Za-z0-9_/-]{2,80})", re.ASCII)


class Found(NamedTuple):
    """A mnemonic in a message.

    Attributes:
        name: Without its %, and without the class that ASA may write in it.
        facility: Its first part: "OSPF", "ROUTING-BGP".
        severity: Its digit.
        start: Where its % stands.
        end: Where the text after it starts.
    """

    name: str
    facility: str
    severity: int
    start: int
    end: int


@lru_cache(8192)
def known(name: str) -> tuple[str, int] | None:
    """Returns the facility and the severity of a mnemonic, None for what is none."""
    found = _MNEMONIC.fullmatch(name) if len(name) <= LONGEST else None
    return (found[1], int(found[2])) if found else None


@lru_cache(8192)
def facility(word: str) -> str:
    """Returns the facility of a word that is a mnemonic with its %, "" for another word."""
    found = known(word[1:]) if word[:1] == "%" else None
    return found[0] if found else ""


def find(text: str, at: int = 0, most: int = 200) -> Found | None:
    """Returns the first mnemonic that begins in the first `most` characters."""
    while True:
        start = text.find("%", at, at + most)
        if start < 0:
            return None
        word = _WORD.match(text, start)
        parts = known(word[1]) if word else None
        if word and parts:
            name = _without_class(word[1], parts[0]) if "-" in parts[0] else word[1]
            return Found(name, *parts, start, _after(text, word.end()))
        most -= start + 1 - at
        at = start + 1


def _without_class(name: str, facility: str) -> str:
    """`ASA-6-302013` of ASA's `ASA-session-6-302013`: its class of messages stays in the facility only."""
    first, _, _ = facility.partition("-")
    return first + name[len(facility) :] if first in {"ASA", "FTD"} else name


def _after(text: str, at: int) -> int:
    """Where the text after a mnemonic starts: a colon, which IOS-XR sets off with a space."""
    while text[at : at + 1] == " ":
        at += 1
    if text[at : at + 1] == ":":
        at += 1
    while text[at : at + 1] == " ":
        at += 1
    return at
