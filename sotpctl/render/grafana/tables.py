"""Tables: which columns, in which order, how they look and where a click leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import common, dashboard, table
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models

from sotpctl.render.grafana import panels
from sotpctl.render.grafana.looks import Look, by_code, by_name
from sotpctl.render.grafana.variables import DATA_SOURCE

_NOTHING = "-"  # in a cell of which nothing is known
_DATES = ("dateTimeFromNow", "dateTimeAsIso")
_MERGE = models.DataTransformerConfig(id_val="merge", options={})


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: A label, or `Value #X` (of the query with refId X), `Value` where a table has one query.
        title: Its heading.
        unit: Grafana's unit, None for text.
        width: Pixels at least; columns share what is left.
        looks: States or severities: shown by sign, word and colour, the value being the word, or the code if `coded`.
        coded: See `looks`.
        bar: Whether the value, a share, is drawn as a bar, too.
        steps: Colours by value, as of `panels.steps`.
        link: Where a click leads.
        mappings: Words for values, with their colours.
        words: Words for 1 and 0, without colour.
    """

    name: str
    title: str
    unit: str | None = None
    width: int = 100
    decimals: int | None = None
    looks: Sequence[Look] = ()
    coded: bool = False
    bar: bool = False
    steps: tuple[tuple[float | None, str], ...] = ()
    link: dashboard.DashboardLink | None = None
    mappings: Sequence[models.ValueMapping] = field(default=())
    words: tuple[str, str] | None = None


def build(
    title: str,
    description: str,
    targets: Sequence[Builder[variants.Dataquery]],
    columns: Sequence[Column],
    *,
    sort: str = "",
    descending: bool = True,
    empty: str = panels.NO_DATA,
    first: Sequence[models.DataTransformerConfig] = (_MERGE,),
    then: Sequence[models.DataTransformerConfig] = (),
    source: models.DataSourceRef = DATA_SOURCE,
) -> table.Panel:
    """Build a table of the columns and no others.

    Args:
        title: The panel's title.
        description: What the rows are and when to worry.
        targets: The queries; several are joined by their labels.
        columns: In order.
        sort: The heading of the column that rows are sorted by; "" leaves them as they come.
        descending: Largest first.
        empty: What is said where there is no row.
        first: What makes one table of the answers, when not joining them by their labels.
        then: What is done to that table before columns are chosen.
        source: Whom the queries ask.
    """
    panel = panels.empty_table(title, description, targets).datasource(source).no_value(empty)
    for step in (*(first if len(targets) > 1 else ()), *then, _only(columns), _arranged(columns)):
        panel = panel.with_transformation(step)
    for column in columns:
        panel = panel.override_by_name(column.title, _properties(column))
    if not sort:
        return panel
    return panel.sort_by([common.TableSortByFieldState().display_name(sort).desc(descending)])


def rows_of_labels() -> list[models.DataTransformerConfig]:
    """Make a table of what Loki answers: it gives each series apart, with its labels beside it."""
    return [models.DataTransformerConfig(id_val="labelsToFields", options={"mode": "columns"}), _MERGE]


def sorted_by(name: str) -> models.DataTransformerConfig:
    """Sort rows by a number that need not be shown, largest first."""
    return models.DataTransformerConfig(id_val="sortBy", options={"sort": [{"field": name, "desc": True}]})


def grouped(by: Sequence[str], reduce: Mapping[str, str]) -> list[models.DataTransformerConfig]:
    """Make one row of all that agree in `by`; of the others, `reduce` says which number is kept (max, lastNotNull)."""
    fields: dict[str, object] = {name: {"operation": "groupby", "aggregations": []} for name in by}
    fields |= {name: {"operation": "aggregate", "aggregations": [how]} for name, how in reduce.items()}
    return [_MERGE, models.DataTransformerConfig(id_val="groupBy", options={"fields": fields})]


def _only(columns: Sequence[Column]) -> models.DataTransformerConfig:
    names = [column.name for column in columns]
    return models.DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": names}})


def _arranged(columns: Sequence[Column]) -> models.DataTransformerConfig:
    options = {
        "indexByName": {column.name: index for index, column in enumerate(columns)},
        "renameByName": {column.name: column.title for column in columns if column.name != column.title},
        "excludeByName": {},
    }
    return models.DataTransformerConfig(id_val="organize", options=options)


def _properties(column: Column) -> list[models.DynamicConfigValue]:
    worded = bool(column.looks or column.mappings)
    found: dict[str, object] = {
        "unit": column.unit,
        "custom.minWidth": column.width,
        "custom.align": "left" if worded or column.words or column.unit in _DATES else None,
        "custom.filterable": True if column.unit is None else None,
        "noValue": _NOTHING,
        "decimals": column.decimals,
        "custom.cellOptions": _cell(column),
    }
    if column.bar:  # else the bar of the largest is full, however small it is
        found |= {"min": 0, "max": 1}
    if column.looks:
        found["mappings"] = (by_code if column.coded else by_name)(column.looks)
    if column.mappings:
        found["mappings"] = list(column.mappings)
    if column.words:
        texts = {value: models.ValueMappingResult(text=text) for value, text in zip("10", column.words, strict=True)}
        found["mappings"] = [models.ValueMap(options=texts)]
    if column.steps:
        found["thresholds"] = panels.steps(*column.steps).build()
        found["color"] = {"mode": "thresholds"}
    if column.link:
        found["links"] = [column.link.build()]
    return [models.DynamicConfigValue(name, value) for name, value in found.items() if value is not None]


def _cell(column: Column) -> dict[str, object] | None:
    if column.bar:
        return {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
    if column.looks or column.steps or column.mappings:
        return {"type": "color-background", "mode": "basic"}
    return None
