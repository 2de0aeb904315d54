"""A dashboard from its rows: panels are placed from left to right, and numbered in that order."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard

from sotpctl.render.grafana import links, variables

WIDTH = 24  # of Grafana's grid
_REFRESH = ("5s", "10s", "30s", "1m", "5m", "15m")

PanelBuilder = Builder[dashboard.Panel]


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side: each with its width, all of one height, in units of Grafana's grid (30 px, 1/24)."""

    height: int
    panels: tuple[tuple[int, PanelBuilder], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading that folds them away; `repeat` shows it once for each chosen value of that variable."""

    title: str
    rows: tuple[Row, ...]
    repeat: str | None = None


def build(
    place: links.Place,
    description: str,
    choices: Sequence[Builder[dashboard.VariableModel]],
    sections: Sequence[Section],
    *,
    since: str,
    refresh: str,
) -> dashboard.Dashboard:
    """Build a dashboard.

    Args:
        place: Its address and title.
        description: What it answers.
        choices: Its variables after the data source.
        sections: What it shows; a first one without a title has no heading.
        since: The time range's start, such as `now-6h`.
        refresh: How often it asks anew.
    """
    found = (
        builders.Dashboard(place.title)
        .uid(place.uid)
        .description(description)
        .tags([links.TAG])
        .readonly()
        .timezone("browser")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .time(since, "now")
        .refresh(refresh)
        .timepicker(builders.TimePicker().refresh_intervals(list(_REFRESH)))
        .with_variable(variables.data_source())
        .build()
    )
    found.templating.list_val = [*(found.templating.list_val or []), *(choice.build() for choice in choices)]
    found.links = [links.menu()]
    found.panels = _placed(sections)
    return found


def _placed(sections: Sequence[Section]) -> list[dashboard.Panel | dashboard.RowPanel]:
    placed: list[dashboard.Panel | dashboard.RowPanel] = []
    y = 0
    for section in sections:
        if section.title:
            heading = builders.Row(section.title).build()
            heading.id_val, heading.repeat = len(placed) + 1, section.repeat
            heading.grid_pos = dashboard.GridPos(h=1, w=WIDTH, x=0, y=y)
            placed.append(heading)
            y += 1
        for row in section.rows:
            x = 0
            for width, builder in row.panels:
                panel = builder.build()
                panel.id_val = len(placed) + 1
                panel.grid_pos = dashboard.GridPos(h=row.height, w=width, x=x, y=y)
                placed.append(panel)
                x += width
            y += row.height
    return placed
