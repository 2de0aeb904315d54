"""build/grafana/: data sources and dashboards as files.

Grafana reads the former at its start and looks for the latter every few seconds. Where the engines are, it takes from
its environment: SOTP_PROMETHEUS_URL, SOTP_ALERTMANAGER_URL and SOTP_LOKI_URL, and SOTP_GRAFANA, the folder that this is
applied to (`current/grafana` of the releases).
"""

from collections.abc import Mapping
from typing import Any

from exporters.kit.ports import EXPORTERS
from sotpctl.inventory import Inventory
from sotpctl.inventory.durations import text as duration
from sotpctl.render.emit import to_yaml

FOLDER = "SOTP"
_LOOK_S = 10  # how often Grafana looks whether a release brought other dashboards
# $__rate_interval is never shorter than four of these: the slowest scrape of the exporters.
_SCRAPE_S = max(job.interval_s for exporter in EXPORTERS.values() for job in exporter.jobs)


def build(_inventory: Inventory, dashboards: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files under grafana/, by path.

    Args:
        _inventory: The resolved inventory; nothing here depends on it yet.
        dashboards: Texts of dashboards/*.json by file name.
    """
    return {
        "provisioning/datasources/sotp.yml": to_yaml(_data_sources()),
        "provisioning/dashboards/sotp.yml": to_yaml(_providers()),
        **{f"dashboards/{name}": text.encode() for name, text in dashboards.items()},
    }


def _data_sources() -> dict[str, Any]:
    prometheus = {"timeInterval": duration(_SCRAPE_S), "httpMethod": "POST", "prometheusType": "Prometheus"}
    return {
        "apiVersion": 1,
        "prune": True,
        "datasources": [
            _data_source("Prometheus", prometheus, isDefault=True),
            _data_source("Alertmanager", {"implementation": "prometheus", "handleGrafanaManagedAlerts": False}),
            _data_source("Loki", {"maxLines": 1000}),
        ],
    }


def _data_source(name: str, options: Mapping[str, Any], **rest: object) -> dict[str, Any]:
    kind = name.lower()
    return {
        "name": name,
        "uid": f"sotp-{kind}",
        "type": kind,
        "access": "proxy",
        "url": f"$SOTP_{name.upper()}_URL",
        "editable": False,
        **rest,
        # The rules are SOTP's, from git: Grafana offers no second place to write them.
        "jsonData": {**options, "manageAlerts": False} if kind != "alertmanager" else dict(options),
    }


def _providers() -> dict[str, Any]:
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": "sotp",
                "folder": FOLDER,
                "folderUid": "sotp",
                "type": "file",
                "allowUiUpdates": False,
                "disableDeletion": True,
                "updateIntervalSeconds": _LOOK_S,
                "options": {"path": "$SOTP_GRAFANA/dashboards"},
            }
        ],
    }
