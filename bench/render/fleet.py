"""A made-up network, as people write one down: 50 devices a site, and the same number gives the same text.

Every address is one of 127.1.0.0/16, so that an exporter that is given this network asks nobody but this host.
"""

from collections.abc import Iterator

_PER_SITE = 50
_HEAD = """\
settings:
  prober: s000-fw-1
  grafana_url: https://grafana.example.net
  apply: {directory: applied}

auths:
  snmp-ro: {type: snmp, version: 2c, community: {env: SNMP_COMMUNITY}}
  snmp-v3:
    type: snmp
    version: 3
    username: sotp
    auth_protocol: SHA256
    auth_password: {env: SNMP_AUTH_PASSWORD}
    priv_protocol: AES128
    priv_password: {env: SNMP_PRIV_PASSWORD}
  ssh-ro: {type: ssh, username: sotp, private_key: {file: secrets/key}, known_hosts: secrets/known_hosts}

defaults:
  team: noc
  icmp: {interval: 6s, timeout: 1s}
  snmp: {auth: snmp-ro, poll_interval: 60s}
  thresholds:
    cpu: {warning: 80%, critical: 95%}
    memory: {warning: 85%, critical: 95%}
    icmp_loss: {warning: 5%}
    interface_utilization: {warning: 80%}

roles:
  firewall: {icmp: {interval: 2s}, ssh: {auth: ssh-ro}}
  core: {icmp: {interval: 2s}, snmp: {auth: snmp-v3}, ssh: {auth: ssh-ro}}
  access: {ssh: {auth: ssh-ro}}
  server: {team: systems}
  camera: {team: security, snmp: null}

groups:
  pilot: {thresholds: {cpu: {warning: 70%}}}
  billing: {labels: {service: billing}}
"""
_TAIL = """\
alerting:
  receivers:
    noc: {email: {to: noc@example.net, from: sotp@example.net, smarthost: "127.0.0.1:25"}}
    chat: {slack: {url: {env: SLACK_URL}, channel: "#noc"}}
  routes:
    - {match: {severity: critical}, receiver: chat, continue: true}
    - {match: {severity: [critical, warning]}, receiver: noc}
  maintenance:
    - {name: patching, match: {role: server}, weekly: {days: [sun], from: "02:00", to: "04:00"}}
    - {name: cabling, match: {site: s000}, start: 2026-12-01T22:00, end: 2026-12-02T02:00}
"""
_ZONES = ("Europe/Warsaw", "Europe/London", "America/New_York", "Asia/Singapore")
_HOSTS = (("server", "linux"), ("server", "windows"), ("camera", "generic"), ("access", "cisco-ios"))


def text(count: int) -> str:
    """Returns the inventory of `count` devices as YAML."""
    sites = range(-(-count // _PER_SITE))
    parts = [_HEAD, "\nsites:\n"]
    parts += [f"  {_site(n)}: {{name: Site {n}, timezone: {_ZONES[n % len(_ZONES)]}}}\n" for n in sites]
    parts.append("\ndevices:\n")
    parts += [_device(number) for number in range(count)]
    parts.append("\nlinks:\n")
    parts += [f'  - "{link}"\n' for link in _links(count)]
    return "".join([*parts, "\n", _TAIL])


def _site(number: int) -> str:
    return f"s{number:03}"


def _name(number: int) -> str:
    site, place = divmod(number, _PER_SITE)
    kind, within = ("fw", place + 1) if place < 2 else ("core", place - 1) if place < 4 else ("acc", place - 3)
    return f"{_site(site)}-{kind if place < 12 else 'host'}-{within if place < 12 else place - 11}"


def _parents(number: int) -> list[int]:
    """Hosts hang on an access switch, those on two cores, those on two firewalls, those on the first site's cores."""
    site, place = divmod(number, _PER_SITE)
    start = site * _PER_SITE
    if place < 2:
        return [2, 3] if site else []
    if place < 4:
        return [start, start + 1]
    return [start + 2, start + 3] if place < 12 else [start + 4 + place % 8]


def _role(number: int) -> tuple[str, str]:
    place = number % _PER_SITE
    if place < 4:
        return ("firewall", "fortinet-fortios") if place < 2 else ("core", "cisco-iosxe")
    return ("access", "cisco-ios") if place < 12 else _HOSTS[place % len(_HOSTS)]


def _device(number: int) -> str:
    role, platform = _role(number)
    lines = [
        f"  {_name(number)}:",
        f"    address: 127.1.{number >> 8}.{number & 255}",
        f"    site: {_site(number // _PER_SITE)}",
        f"    role: {role}",
        f"    platform: {platform}",
    ]
    parents = _parents(number)
    if parents:
        lines.append(f"    parents: [{', '.join(_name(one) for one in parents)}]")
    if number % 3 == 0:
        lines.append(f'    labels: {{rack: r{number % 40}, asset: "{100_000 + number}"}}')
    if number % 10 == 0:
        lines.append("    groups: [pilot]" if number % 20 else "    groups: [pilot, billing]")
    if number % 10 == 5:
        lines.append(f"    thresholds: {{cpu: {{warning: {50 + number % 30}%}}, icmp_rtt: {{warning: 50ms}}}}")
    if role == "core":
        lines += ["    interfaces:", "      Te1/0/1: {thresholds: {interface_utilization: {warning: 60%}}}"]
    return "\n".join(lines) + "\n"


def _links(count: int) -> Iterator[str]:
    """One cable to every parent of the network's own devices."""
    for number in range(count):
        if _role(number)[0] in {"firewall", "core", "access"}:
            for port, parent in enumerate(_parents(number), start=1):
                yield f"{_name(parent)}:Te1/{number // _PER_SITE}/{number % _PER_SITE} - {_name(number)}:Gi1/0/{port}"
