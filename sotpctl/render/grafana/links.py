"""How one gets from dashboard to dashboard: the time range and the data source always come along."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

TAG = "sotp"  # of all dashboards: the menu lists what has it
_KEPT = "${__url_time_range}&${datasource:queryparam}"


@dataclass(frozen=True, slots=True)
class Place:
    """One dashboard's address: alerts and bookmarks rely on it.

    Attributes:
        uid: For ever.
        slug: What stands after it in an address.
        title: In Grafana's lists and in the menu.
    """

    uid: str
    slug: str
    title: str

    @property
    def path(self) -> str:
        """The address in Grafana."""
        return f"/d/{self.uid}/{self.slug}"


FLEET = Place("sotp-fleet", "fleet", "Fleet")
SITE = Place("sotp-site", "site", "Site")
DEVICE = Place("sotp-device", "device", "Device")
INTERFACE = Place("sotp-interface", "interface", "Interface")
LOGS = Place("sotp-logs", "logs", "Logs")
ALERTS = Place("sotp-alerts", "alerts", "Alerts")
AVAILABILITY = Place("sotp-sla", "availability", "Availability")
SOTP = Place("sotp-self", "sotp", "SOTP itself")
PLACES = (FLEET, SITE, DEVICE, INTERFACE, LOGS, ALERTS, AVAILABILITY, SOTP)


def menu() -> dashboard.DashboardLink:
    """Build the menu above every dashboard: all of them, with this time range and choice."""
    return (
        builders.DashboardLink("SOTP")
        .type(dashboard.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
        .build()
    )


def to(place: Place, title: str, *kept: str, **variables: str) -> builders.DashboardLink:
    """Build a link from a number to the dashboard that says more.

    Args:
        place: Where it leads.
        title: What the link says.
        kept: Variables whose choice comes along, several values and All too.
        variables: Variables that are set there, to what Grafana fills in, such as `${__data.fields.device}`.
    """
    chosen = "".join(f"&${{{name}:queryparam}}" for name in kept)
    chosen += "".join(f"&var-{name}={value}" for name, value in variables.items())
    return builders.DashboardLink(title).url(f"{place.path}?{_KEPT}{chosen}")


def cell(name: str) -> str:
    """Name another cell of the row that is clicked; what an address can't hold, as an interface's #, is encoded."""
    return f"${{__data.fields.{name}:percentencode}}"


def label(name: str) -> str:
    """Name a label of the series that is clicked."""
    return f"${{__field.labels.{name}}}"


def choice(name: str) -> str:
    """Name what a variable is in this section or panel, where it is repeated for each value."""
    return f"${{{name}}}"
