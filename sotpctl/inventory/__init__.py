"""The inventory: one typed, frozen model behind everything that SOTP renders.

`load(path)` gives a `Loaded`: the inventory, or None and every problem with its file, line and column.
"""

from sotpctl.inventory.alerting import Email, Pagerduty, Receiver, Slack, Webhook, Weekly
from sotpctl.inventory.auths import SnmpCommunity, SnmpUser, SshAuth
from sotpctl.inventory.interfaces import canonical_interface
from sotpctl.inventory.load import Loaded, load
from sotpctl.inventory.model import (
    Alerting,
    AnyAuth,
    Device,
    Icmp,
    Interface,
    Inventory,
    Link,
    Maintenance,
    Route,
    Settings,
    Site,
    Snmp,
    Ssh,
)
from sotpctl.inventory.problems import Problem
from sotpctl.inventory.secrets import SecretRef

__all__ = [
    "Alerting",
    "AnyAuth",
    "Device",
    "Email",
    "Icmp",
    "Interface",
    "Inventory",
    "Link",
    "Loaded",
    "Maintenance",
    "Pagerduty",
    "Problem",
    "Receiver",
    "Route",
    "SecretRef",
    "Settings",
    "Site",
    "Slack",
    "Snmp",
    "SnmpCommunity",
    "SnmpUser",
    "Ssh",
    "SshAuth",
    "Webhook",
    "Weekly",
    "canonical_interface",
    "load",
]
