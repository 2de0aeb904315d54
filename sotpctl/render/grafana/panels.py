"""Panels as all dashboards have them: whoever knows one knows the others.

Every panel has a title, a description that says what the number means and when to worry, and a unit. Gaps stay gaps:
nothing is known there, and a line drawn across would claim otherwise.
"""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import common, dashboard, logs, loki, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import prometheus as queries
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models

from sotpctl.render.grafana import looks
from sotpctl.render.grafana.variables import DATA_SOURCE, LOGS_SOURCE

NO_DATA = "no data"


def tile(title: str, description: str, target: queries.Dataquery, unit: str = "none") -> stat.Panel:
    """One number, as large as fits."""
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(DATA_SOURCE)
        .with_target(target)
        .unit(unit)
        .no_value(NO_DATA)
        .graph_mode(kinds.BigValueGraphMode.NONE)
        .color_mode(kinds.BigValueColorMode.BACKGROUND)
        .justify_mode(kinds.BigValueJustifyMode.CENTER)
        .text_mode(kinds.BigValueTextMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .thresholds(steps((None, "transparent")))
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
    )


def lines(title: str, description: str, targets: Sequence[queries.Dataquery], unit: str) -> timeseries.Panel:
    """Numbers over time."""
    return (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATA_SOURCE)
        .targets(list(targets))
        .unit(unit)
        .line_width(2)
        .fill_opacity(0)
        .show_points(kinds.VisibilityMode.AUTO)
        .span_nulls(False)
        .tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI).sort(kinds.SortOrder.NONE))
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(kinds.LegendDisplayMode.LIST)
            .placement(kinds.LegendPlacement.BOTTOM)
            .calcs([])
        )
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .axis_soft_min(0)
    )


def stacks(title: str, description: str, targets: Sequence[queries.Dataquery], unit: str) -> timeseries.Panel:
    """Counts over time, one on the other, so that the top is their sum."""
    return stacked_rates(title, description, targets, unit).decimals(0)


def stacked_rates(title: str, description: str, targets: Sequence[queries.Dataquery], unit: str) -> timeseries.Panel:
    """Rates over time, one on the other, so that the top is their sum."""
    return (
        lines(title, description, targets, unit)
        .draw_style(kinds.GraphDrawStyle.LINE)
        .line_interpolation(kinds.LineInterpolation.STEP_AFTER)
        .line_width(1)
        .fill_opacity(70)
        .show_points(kinds.VisibilityMode.NEVER)
        .stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL).group("A"))
        .min(0)
    )


def timeline(
    title: str, description: str, target: queries.Dataquery, states: Sequence[looks.Look] = looks.STATES
) -> statetimeline.Panel:
    """What state something was in, as a coloured band with its word; no band where nobody knows."""
    return (
        statetimeline.Panel()
        .title(title)
        .description(description)
        .datasource(DATA_SOURCE)
        .with_target(target)
        .unit("none")
        .no_value(NO_DATA)
        .mappings(looks.by_code(states))
        .merge_values(True)
        .show_value(kinds.VisibilityMode.AUTO)
        .align_value(kinds.TimelineValueAlignment.LEFT)
        .row_height(0.85)
        .line_width(0)
        .fill_opacity(85)
        .legend(common.VizLegendOptions().show_legend(False).display_mode(kinds.LegendDisplayMode.HIDDEN))
        .tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.SINGLE).sort(kinds.SortOrder.NONE))
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color(looks.GREY))
    )


def log(title: str, description: str, target: loki.Dataquery) -> logs.Panel:
    """Lines of the log, newest first; a click on one shows what is known of it."""
    return (
        logs.Panel()
        .title(title)
        .description(description)
        .datasource(LOGS_SOURCE)
        .with_target(target)
        .unit("none")
        .show_time(True)
        .show_labels(False)
        .show_common_labels(False)
        .wrap_log_message(True)
        .prettify_log_message(False)
        .enable_log_details(True)
        .dedup_strategy(kinds.LogsDedupStrategy.NONE)
        .sort_order(kinds.LogsSortOrder.DESCENDING)
    )


def steps(*pairs: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    """Colours by value: each holds from its number on, the first (None) below all."""
    return (
        dashboard.ThresholdsConfig()
        .mode(models.ThresholdsMode.ABSOLUTE)
        .steps([models.Threshold(value=value, color=colour) for value, colour in pairs])
    )


def fixed(colour: str) -> models.DynamicConfigValue:
    """Set one series' colour."""
    return models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})


def value(name: str, content: object) -> models.DynamicConfigValue:
    """Set one property of one series."""
    return models.DynamicConfigValue(name, content)


def dashed(panel: timeseries.Panel, name: str, colour: str) -> timeseries.Panel:
    """Draw the series of that name as a limit: dashed, thin, without points."""
    return panel.override_by_name(
        name,
        [
            fixed(colour),
            models.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [10, 6]}),
            models.DynamicConfigValue("custom.lineWidth", 1),
            models.DynamicConfigValue("custom.fillOpacity", 0),
            models.DynamicConfigValue("custom.showPoints", "never"),
        ],
    )


def empty_table(title: str, description: str, targets: Sequence[Builder[variants.Dataquery]]) -> table.Panel:
    """A table without columns yet: see `tables`."""
    return (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(DATA_SOURCE)
        .targets(list(targets))
        .unit("none")
        .no_value(NO_DATA)
        .show_header(True)
        .cell_height(kinds.TableCellHeight.SM)
        .align(kinds.FieldTextAlignment.AUTO)
        .footer(common.TableFooterOptions().show(False).reducer([]))
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color(looks.NEUTRAL))
    )
