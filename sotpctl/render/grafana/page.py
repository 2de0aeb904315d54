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
    """Rows under a heading that folds them away.

    Attributes:
        title: The heading.
        rows: What stands under it.
        repeat: A variable: the section is shown once for each chosen value.
        folded: Whether it is folded away at first; what is folded away asks nothing.
    """

    title: str
    rows: tuple[Row, ...]
    repeat: str | None = None
    folded: bool = False


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
    number, y = 0, 0
    for section in sections:
        under: list[dashboard.Panel] = []
        if section.title:
            number += 1
            placed.append(_heading(section, number, y))
            y += 1
        for row in section.rows:
            x = 0
            for width, builder in row.panels:
                number += 1
                panel = builder.build()
                panel.id_val = number
                panel.grid_pos = dashboard.GridPos(h=row.height, w=width, x=x, y=y)
                under.append(panel)
                x += width
            y += row.height
        if section.folded and isinstance(heading := placed[-1], dashboard.RowPanel):
            heading.panels = under
        else:
            placed += under
    return placed


def _heading(section: Section, number: int, y: int) -> dashboard.RowPanel:
    heading = builders.Row(section.title).collapsed(section.folded).build()
    heading.id_val, heading.repeat = number, section.repeat
    heading.grid_pos = dashboard.GridPos(h=1, w=WIDTH, x=0, y=y)
    return heading
