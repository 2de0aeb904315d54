"""The made-up network whose rules are measured: the fleet of bench.prometheus.recorded as an inventory."""

from pathlib import Path

from bench.prometheus.recorded import PER_SITE, PORTS, identity
from sotpctl.inventory import Inventory, load

_HEAD = """\
settings: {grafana_url: https://grafana.example.net}
auths: {ro: {type: snmp, version: 2c, community: {env: SNMP_COMMUNITY}}}
defaults:
  team: noc
  icmp: {interval: 6s}
  snmp: {auth: ro, poll_interval: 60s}
  thresholds:
    icmp_loss: {warning: 5%, critical: 25%}
    icmp_rtt: {warning: 200ms}
    icmp_jitter: {warning: 50ms}
    cpu: {warning: 80%, critical: 95%}
    memory: {warning: 85%, critical: 95%}
    temperature: {warning: 60, critical: 75}
    optic_power: {warning: -16}
    interface_utilization: {warning: 80%, critical: 95%}
    interface_errors: {warning: 10}
roles: {core: {}, access: {}, server: {}, wireless: {}}
"""
_OWN_LIMIT = ", interfaces: {Gi1/0/1: {thresholds: {interface_utilization: {warning: 60%}}}}"


def inventory(devices: int, folder: Path) -> Inventory:
    """Load the inventory of so many devices; a site's devices hang on its first one, by a cable each."""
    path = folder / "inventory.yaml"
    path.write_text(text(devices))
    loaded = load(path)
    assert loaded.inventory, loaded.problems
    return loaded.inventory


def text(devices: int) -> str:
    """Write it down: every tenth device has a limit of its own at one port."""
    sites = "".join([f"  s{site:03}: {{}}\n" for site in range(-(-devices // PER_SITE))])
    rows = "".join([_device(number) for number in range(devices)])
    cables = "".join([_cable(number) for number in range(devices) if number % PER_SITE])
    return f"{_HEAD}sites:\n{sites}devices:\n{rows}links:\n{cables}"


def port_name(port: int) -> str:
    """Name the port of this number, 1 to 48."""
    return f"Gi1/0/{port}"


def _device(number: int) -> str:
    who, first = identity(number), number // PER_SITE * PER_SITE
    parents = "" if number == first else f", parents: [{identity(first)['device']}]"
    return (
        f"  {who['device']}: {{address: 127.1.{number >> 8}.{number & 255}, site: {who['site']}, role: {who['role']}, "
        f"platform: {who['platform']}{parents}{'' if number % 10 else _OWN_LIMIT}}}\n"
    )


def _cable(number: int) -> str:
    first = number // PER_SITE * PER_SITE
    core, device = identity(first)["device"], identity(number)["device"]
    return f'  - "{core}:{port_name(number - first)} - {device}:{port_name(PORTS)}"\n'
