"""loki/loki.yml → build/loki/loki.yml: the addresses, folders and the retention that the inventory settles."""

from typing import Any

import yaml

from sotpctl.inventory import Inventory
from sotpctl.inventory.durations import seconds
from sotpctl.render.emit import to_yaml

_HOUR_S = 3600


def build(inventory: Inventory, source: str, *, rules: bool = False) -> bytes:
    """Return loki.yml; data go to `<apply.directory>/data/loki`.

    Args:
        inventory: The resolved inventory.
        source: The text of loki/loki.yml.
        rules: Whether the release has `loki/rules/fake/*.yml` (`fake` is what Loki calls the only tenant). Where it
            has none, the ruler gets an empty folder among the data: Loki makes the folder when it is missing, and
            ends where it can't, as in a release that is mounted read-only.
    """
    config: dict[str, Any] = yaml.load(source, Loader=yaml.CSafeLoader)
    settings = inventory.settings
    data = settings.apply.directory / "data" / "loki"
    ruled = settings.apply.directory / "current" / "loki" / "rules" if rules else data / "rules"
    host, _, port = settings.endpoints["loki"].rpartition(":")
    config["server"] |= {"http_listen_address": host.strip("[]"), "http_listen_port": int(port)}
    config["common"]["path_prefix"] = str(data)
    config["storage_config"]["object_store"]["filesystem"]["dir"] = str(data / "chunks")
    config["ruler_storage"]["local"]["directory"] = str(ruled)
    config["limits_config"]["retention_period"] = _hours(settings.log_retention)
    config["compactor"]["working_directory"] = str(data / "compactor")
    config["ruler"] |= {
        "rule_path": str(data / "rules-temp"),
        "alertmanager_url": f"http://{settings.endpoints['alertmanager']}",
    }
    return to_yaml(config)


def _hours(duration: str) -> str:
    """Return whole hours, rounded up: the unit of Loki's own pages and messages; less than 24 it doesn't take."""
    return f"{max(24, int(-(-seconds(duration) // _HOUR_S)))}h"
