"""The one table of exporters: their names, ports and the jobs that scrape them.

Ports stand above 10000, where the field's list of default ports (9100-9999) ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Job:
    """One scrape job of an exporter.

    Attributes:
        name: The job's name in Prometheus.
        path: The path that it scrapes.
        interval_s: The scrape interval in seconds.
        honor_labels: True where the samples bring a label that the target has too (`job`).
    """

    name: str
    path: str
    interval_s: float
    honor_labels: bool = False


@dataclass(frozen=True, slots=True)
class Exporter:
    """One exporter: its name, its TCP port and its jobs.

    None: the port is only reserved; or, as snmp's, the jobs are the inventory's poll classes (sotpctl.render.snmp).
    """

    name: str
    port: int
    jobs: tuple[Job, ...] = ()


_ROWS = (
    Exporter("icmp", 10021, (Job("reachability", "/reachability", 5), Job("icmp", "/devices", 30))),
    Exporter("snmp", 10022),
    Exporter("ssh", 10023),
    Exporter("syslog", 10024, (Job("syslog", "/metrics", 10),)),
    Exporter("facts", 10025, (Job("facts", "/metrics", 10, honor_labels=True),)),
    Exporter("alertlog", 10026),
    Exporter("traps", 10027, (Job("traps", "/metrics", 10),)),
)

EXPORTERS: Mapping[str, Exporter] = MappingProxyType({row.name: row for row in _ROWS})
