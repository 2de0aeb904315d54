"""The choices above a dashboard: each narrows the next, and all may be taken several at a time."""

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

DATA_SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
_STATE = "device:state:code"  # every device of the inventory has one, whatever became of it
# How much of the time a device should be up; people choose, as no fact says it.
OBJECTIVES = ("0.9", "0.95", "0.99", "0.995", "0.999", "0.9995", "0.9999")
_OBJECTIVE = "0.999"


def data_source() -> builders.DatasourceVariable:
    """Choose the Prometheus; every query names this variable, none a Prometheus."""
    return builders.DatasourceVariable("datasource").label("Data source").type("prometheus")


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
