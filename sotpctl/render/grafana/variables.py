"""The choices above a dashboard: each narrows the next, and all may be taken several at a time."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

from sotpctl.render.grafana.looks import Look

DATA_SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
LOGS_SOURCE = dashboard.DataSourceRef(type_val="loki", uid="${loki_datasource}")
_STATE = "device:state:code"  # every device of the inventory has one, whatever became of it
# How much of the time a device should be up; people choose, as no fact says it.
OBJECTIVES = ("0.9", "0.95", "0.99", "0.995", "0.999", "0.9995", "0.9999")
_OBJECTIVE = "0.999"


def data_source() -> builders.DatasourceVariable:
    """Choose the Prometheus; every query names this variable, none a Prometheus."""
    return builders.DatasourceVariable("datasource").label("Data source").type("prometheus")


def logs_source() -> builders.DatasourceVariable:
    """Choose the Loki. Without one, the panels that ask it say so, and the others work."""
    return builders.DatasourceVariable("loki_datasource").label("Loki data source").type("loki")


def site() -> builders.QueryVariable:
    """Choose sites."""
    return of_series("site", "Site", _STATE)


def role() -> builders.QueryVariable:
    """Choose roles of the sites' devices."""
    return of_series("role", "Role", f'{_STATE}{{site=~"$site"}}')


def device(*, all_of_them: bool) -> builders.QueryVariable:
    """Choose devices of those sites and roles; `all_of_them` where one may take them all at once."""
    series = f'{_STATE}{{site=~"$site",role=~"$role"}}'
    return of_series("device", "Device", series, all_of_them=all_of_them)


def polled_device() -> builders.QueryVariable:
    """Choose one device of those that SNMP is asked of: an interface's name is unique on a device only."""
    return of_series("device", "Device", 'device:snmp_up:bool{site=~"$site"}', all_of_them=False).multi(False)


def interface() -> builders.QueryVariable:
    """Choose interfaces of the device."""
    series = 'interface:oper_up:bool{device=~"$device"}'
    return of_series("ifName", "Interface", series, all_of_them=False)


def severity(among: Sequence[Look]) -> builders.CustomVariable:
    """Choose how bad."""
    everything = dashboard.VariableOption(text=["All"], value=["$__all"], selected=True)
    return (
        builders.CustomVariable("severity")
        .label("Severity")
        .values(",".join(look.name for look in among))
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(everything)
    )


def text(name: str, label: str, description: str) -> builders.TextBoxVariable:
    """Take what somebody types; empty at first."""
    nothing = dashboard.VariableOption(text="", value="", selected=True)
    variable = builders.TextBoxVariable(name).label(label).description(description)
    return variable.default_value("").current(nothing).options([nothing])


def objective() -> builders.CustomVariable:
    """Choose the availability that was promised."""
    texts = {value: f"{float(value) * 100:g} %" for value in OBJECTIVES}
    options = [
        dashboard.VariableOption(text=text, value=value, selected=value == _OBJECTIVE) for value, text in texts.items()
    ]
    return (
        builders.CustomVariable("objective")
        .label("Objective")
        .description("The availability that was promised; error budgets are measured against it.")
        .values(",".join(f"{text} : {value}" for value, text in texts.items()))
        .options(options)
        .current(next(option for option in options if option.value == _OBJECTIVE))
    )


def of_series(name: str, label: str, series: str, *, all_of_them: bool = True, of: str = "") -> builders.QueryVariable:
    """Choose among the values that a label (`of`, else the variable's name) has on the series."""
    variable = (
        builders.QueryVariable(name)
        .label(label)
        .datasource(DATA_SOURCE)
        .query({"query": f"label_values({series}, {of or name})", "refId": name})
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.NATURAL_ASC)
        .multi(True)
        .include_all(all_of_them)
    )
    if not all_of_them:
        return variable
    # .* and not .+: a device may have no site or role.
    everything = dashboard.VariableOption(text=["All"], value=["$__all"], selected=True)
    return variable.all_value(".*").current(everything)
