"""loki/loki.yml → build/loki/loki.yml: the addresses, folders and the retention that the inventory settles.

And loki/rules/*.yml beside the inventory → build/loki/rules/TENANT/*.yml, which Loki's ruler looks at every 10 s.
"""

from typing import Any

import yaml

from sotpctl.inventory import Inventory
from sotpctl.inventory.durations import seconds
from sotpctl.inventory.model import Settings
from sotpctl.render import own_rules
from sotpctl.render.emit import to_yaml

_HOUR_S = 3600
_ONLY_TENANT = "fake"  # what Loki calls it where it knows no tenants, whatever X-Scope-OrgID says
# Loki stops looking at rules, and goes on with those that it had, where their folder is missing.
_KEEP = f"{_ONLY_TENANT}/.keep.yml"


def build(inventory: Inventory, source: str) -> bytes:
    """Return loki.yml; data go to `<apply.directory>/data/loki`, rules come through the link `current`.

    Args:
        inventory: The resolved inventory.
        source: The text of loki/loki.yml.
    """
    config: dict[str, Any] = yaml.load(source, Loader=yaml.CSafeLoader)
    settings = inventory.settings
    data = settings.apply.directory / "data" / "loki"
    host, _, port = settings.endpoints["loki"].rpartition(":")
    config["server"] |= {"http_listen_address": host.strip("[]"), "http_listen_port": int(port)}
    config["common"]["path_prefix"] = str(data)
    config["storage_config"]["object_store"]["filesystem"]["dir"] = str(data / "chunks")
    config["ruler_storage"]["local"]["directory"] = str(settings.apply.directory / "current" / "loki" / "rules")
    config["limits_config"]["retention_period"] = _hours(settings.log_retention)
    config["compactor"]["working_directory"] = str(data / "compactor")
    config["ruler"] |= {
        "rule_path": str(data / "rules-temp"),
        "alertmanager_url": f"http://{settings.endpoints['alertmanager']}",
        "external_url": settings.grafana_url,
    }
    return to_yaml(config)


def rules(inventory: Inventory) -> dict[str, bytes]:
    """Return the user's own rules by TENANT/FILE, every alert given its links; and a file that keeps the folder."""
    settings = inventory.settings
    files = {
        f"{_tenant(settings)}/{one.name}": own_rules.document(one, lambda rule: _linked(rule, settings))
        for one in inventory.alerting.logql
    }
    return {_KEEP: to_yaml({"groups": []}), **files}


def evaluated(inventory: Inventory) -> bool:
    """Tell whether the Loki that loki.yml is for evaluates rules of the user's own."""
    return bool(inventory.alerting.logql) and _ours(inventory.settings)


def _ours(settings: Settings) -> bool:
    return settings.logs is None or settings.logs.store.url == f"http://{settings.endpoints['loki']}"


def _tenant(settings: Settings) -> str:
    """Return the tenant of whom the logs are; ours has no others (`auth_enabled: false`)."""
    elsewhere = settings.logs.store.tenant if settings.logs and not _ours(settings) else ""
    return elsewhere or _ONLY_TENANT


def _linked(alert: own_rules.Rule, settings: Settings) -> own_rules.Rule:
    """Return the alert with links to the device's logs, dashboard and runbook, where it has none of its own."""
    device = "var-device={{ . | urlquery }}"
    links = {
        "logs_url": f"{settings.grafana_url}/d/sotp-logs/logs{{{{ with $labels.device }}}}?{device}{{{{ end }}}}",
        "dashboard_url": (
            f"{settings.grafana_url}/d/{{{{ with $labels.device }}}}sotp-device/device?{device}"
            "{{ else }}sotp-logs/logs{{ end }}"
        ),
    }
    return own_rules.linked(alert, links, settings)


def _hours(duration: str) -> str:
    """Return whole hours, rounded up: the unit of Loki's own pages and messages; less than 24 it doesn't take."""
    return f"{max(24, int(-(-seconds(duration) // _HOUR_S)))}h"
