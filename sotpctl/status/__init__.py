"""Status: what is applied, whether everything runs it, who is down, and what fires. Nothing is changed.

    current ─► release, drift     engines' APIs ─► confirmed?     Prometheus ─► devices     Alertmanager ─► alerts

What can't be asked is unknown, with the reason, and never an error; all of it takes `gather.SECONDS` at most.
"""

from sotpctl.status.devices import Devices, Trouble
from sotpctl.status.firing import Firing
from sotpctl.status.gather import gather
from sotpctl.status.report import Part, Report, Unknown

__all__ = ["Devices", "Firing", "Part", "Report", "Trouble", "Unknown", "gather"]
