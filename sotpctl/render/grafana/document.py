"""All dashboards as files: the same code gives the same bytes."""

import json
from collections.abc import Callable

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from sotpctl.render.grafana import alerts, availability, device, fleet, interface, links, logs, site, sotp

PAGES: dict[links.Place, Callable[[], dashboard.Dashboard]] = {
    links.FLEET: fleet.build,
    links.SITE: site.build,
    links.DEVICE: device.build,
    links.INTERFACE: interface.build,
    links.LOGS: logs.build,
    links.ALERTS: alerts.build,
    links.AVAILABILITY: availability.build,
    links.SOTP: sotp.build,
}


def texts() -> dict[str, str]:
    """Give the text of every dashboards/*.json, by file name."""
    return {f"{place.slug}.json": text(build()) for place, build in PAGES.items()}


def text(page: dashboard.Dashboard) -> str:
    """Write a dashboard as indented JSON, keys sorted."""
    return json.dumps(page, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
