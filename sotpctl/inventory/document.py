"""The inventory as it is written: every key that a file may hold. Inheritance and references come after."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sotpctl.inventory.alerting import AlertingSection
from sotpctl.inventory.auths import Auth
from sotpctl.inventory.fields import DeviceName, HostPort, Name, Text, Url, duration
from sotpctl.inventory.layers import DeviceLayer, Layer, SiteLayer
from sotpctl.inventory.logs import LogsSection
from sotpctl.inventory.web import WebSection

# A secret that somebody wrote into the inventory is in no exception's text either.
_CONFIG = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
Retention = Annotated[float, duration("1h", "10y")]


class ApplySection(BaseModel):
    """Where `apply` puts releases."""

    model_config = _CONFIG
    directory: Text = "/etc/sotp"


class SnmpSection(BaseModel):
    """`modules` are files of snmp_exporter's format, and globs of them."""

    model_config = _CONFIG
    modules: tuple[Text, ...] = ()


class SettingsSection(BaseModel):
    """What concerns SOTP as a whole."""

    model_config = _CONFIG
    retention: Retention = 90 * 86_400.0
    log_retention: Retention = 30 * 86_400.0
    prober: DeviceName | None = None
    grafana_url: Url | None = None
    runbook_url: Url | None = None
    endpoints: dict[Text, HostPort] = Field(default_factory=dict)
    apply: ApplySection = Field(default_factory=ApplySection)
    web: WebSection | None = None
    logs: LogsSection = Field(default_factory=LogsSection)
    snmp: SnmpSection = Field(default_factory=SnmpSection)


class Document(BaseModel):
    """One inventory, merged from its files."""

    model_config = _CONFIG
    settings: SettingsSection = Field(default_factory=SettingsSection)
    auths: dict[Name, Auth] = Field(default_factory=dict)
    defaults: Layer = Field(default_factory=Layer)
    sites: dict[Name, SiteLayer | None] = Field(default_factory=dict)
    roles: dict[Name, Layer | None] = Field(default_factory=dict)
    groups: dict[Name, Layer | None] = Field(default_factory=dict)
    devices: dict[DeviceName, DeviceLayer] = Field(default_factory=dict)
    links: tuple[Text, ...] = ()
    alerting: AlertingSection = Field(default_factory=AlertingSection)


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of an inventory, for editors."""
    return TypeAdapter(Document).json_schema()
