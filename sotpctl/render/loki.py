"""loki/loki.yml → build/loki/loki.yml: the addresses, folders and the retention that the inventory settles."""

from typing import Any

import yaml

from sotpctl.inventory import Inventory
from sotpctl.inventory.durations import seconds
from sotpctl.render.emit import to_yaml

_HOUR_S = 3600


def build(inventory: Inventory, source: str) -> bytes:
    """Return loki.yml.

    Data go to `<apply.directory>/data/loki`, rules are read from `<apply.directory>/current/loki/rules/<tenant>/`;
    the tenant of a Loki without authentication is called `fake`.

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
    config["common"]["storage"]["filesystem"] = {
        "chunks_directory": str(data / "chunks"),
        "rules_directory": str(data / "rules"),
    }
    config["limits_config"]["retention_period"] = retention(settings.log_retention)
    config["compactor"]["working_directory"] = str(data / "compactor")
    config["ruler"] |= {
        "storage": {
            "type": "local",
            "local": {"directory": str(settings.apply.directory / "current" / "loki" / "rules")},
        },
        "rule_path": str(data / "rules-temp"),
        "alertmanager_url": f"http://{settings.endpoints['alertmanager']}",
    }
    return to_yaml(config)


def retention(text: str) -> str:
    """Return a duration in whole hours, rounded up: Loki's index has periods of 24 h and takes no less than that.

    `720h` rather than `30d`: both are read, but Loki's own pages and messages speak of hours.
    """
    hours = -(-seconds(text) // _HOUR_S)
    return f"{max(int(hours), 24)}h"
