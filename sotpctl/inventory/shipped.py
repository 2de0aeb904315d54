"""The names of the rules that come with SOTP: rules of one's own are called something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from sotpctl.inventory.assemble import assemble
from sotpctl.inventory.document import Document
from sotpctl.inventory.model import Device
from sotpctl.inventory.resolve import resolve

_NOBODYS = "sotp/sample"  # a device's name has no slash
# Polled, so that the rules of polls are among the names, whoever is polled.
_SAMPLE = {
    "auths": {"a": {"type": "snmp", "version": "2c", "community": {"env": "A"}}},
    "devices": {"a": {"address": "192.0.2.1", "snmp": {"auth": "a"}}},
}


@dataclass(frozen=True, slots=True)
class Shipped:
    """The names of alerts, of recorded series, and of the groups that they are in."""

    alerts: frozenset[str]
    records: frozenset[str]
    groups: frozenset[str]


def shipped(devices: Mapping[str, Device]) -> Shipped:
    """Return the names as they are rendered for these devices: there are groups for each poll class."""
    from sotpctl.render import data, rules  # noqa: PLC0415 - it imports this package

    inventory = assemble(Document(), {_NOBODYS: _sample(), **devices}, Path("/"))
    files = rules.build(inventory, data.files("rules", ".yml")).values()
    groups = [group for text in files for group in yaml.load(text, Loader=yaml.CSafeLoader)["groups"]]
    every = [rule for group in groups for rule in group["rules"]]
    alerts, records = (frozenset(rule[key] for rule in every if key in rule) for key in ("alert", "record"))
    return Shipped(alerts, records, frozenset(group["name"] for group in groups))


@cache
def shipped_alerts() -> frozenset[str]:
    """Return the names of the alerts."""
    return shipped({}).alerts


def _sample() -> Device:
    return resolve(Document.model_validate(_SAMPLE))["a"]
