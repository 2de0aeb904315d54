"""What rules/logs.yml may name of an inventory."""

from typing import Any

from sotpctl.inventory import Inventory
from sotpctl.inventory.durations import text as duration

_EVENT_S = 300.0  # for so long an event is news
_LATE_S = 120.0  # from an event to the rules' last look at it


def values(inventory: Inventory) -> dict[str, Any]:
    """Return the windows, addresses and the user's own patterns."""
    settings, alerting = inventory.settings, inventory.alerting
    logs = settings.logs
    # A page of one's own for each of one's own alerts, where one has such pages.
    runbooks = settings.runbook_url.rstrip("/")
    return {
        "grafana": settings.grafana_url.rstrip("/"),
        "peer_window": duration(max(alerting.recovery_grace, _EVENT_S) + _LATE_S),
        "spool_bytes": logs.spool_bytes if logs else 0,
        "log_patterns": [
            {
                "event": one.name,
                "alert": one.alertname,
                "severity": one.severity,
                "hold": duration(one.hold) if one.hold else "",
                "runbook_url": f"{runbooks}/{one.alertname}.md" if runbooks else "docs/logs.md",
            }
            for one in alerting.log_patterns
        ],
    }
