"""How SOTP proves itself to devices: named credentials, whose secrets are elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Tag, model_validator

from sotpctl.inventory.fields import Secret, Text

_CONFIG = ConfigDict(frozen=True, extra="forbid")

AuthProtocol = Literal["MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"]
PrivProtocol = Literal["DES", "AES128", "AES192", "AES256", "AES192C", "AES256C"]


def _version(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class SnmpCommunity(BaseModel):
    """SNMP v1 or v2c."""

    model_config = _CONFIG
    type: Literal["snmp"]
    version: Annotated[Literal["1", "2c"], BeforeValidator(_version, json_schema_input_type=Literal[1, "1", "2c"])]
    community: Secret


class SnmpUser(BaseModel):
    """SNMP v3 with the user-based security model (RFC 3414); the level follows from which protocols are given."""

    model_config = _CONFIG
    type: Literal["snmp"]
    version: Annotated[Literal["3"], BeforeValidator(_version, json_schema_input_type=Literal[3, "3"])]
    username: Text
    auth_protocol: AuthProtocol | None = None
    auth_password: Secret | None = None
    priv_protocol: PrivProtocol | None = None
    priv_password: Secret | None = None
    context: Text | None = None

    @property
    def level(self) -> Literal["noAuthNoPriv", "authNoPriv", "authPriv"]:
        """Name the security level as RFC 3411 does."""
        if self.auth_protocol is None:
            return "noAuthNoPriv"
        return "authNoPriv" if self.priv_protocol is None else "authPriv"

    @model_validator(mode="after")
    def _pairs(self) -> SnmpUser:
        for kind, protocol, password in (
            ("auth", self.auth_protocol, self.auth_password),
            ("priv", self.priv_protocol, self.priv_password),
        ):
            if (protocol is None) != (password is None):
                raise ValueError(f"{kind}_protocol and {kind}_password belong together: give both or neither")
        if self.priv_protocol is not None and self.auth_protocol is None:
            raise ValueError("SNMPv3 has no privacy without authentication: give auth_protocol and auth_password")
        return self


class SshAuth(BaseModel):
    """An SSH login by key or password; `known_hosts` is a file relative to the inventory."""

    model_config = _CONFIG
    type: Literal["ssh"]
    username: Text
    password: Secret | None = None
    private_key: Secret | None = None
    passphrase: Secret | None = None
    known_hosts: Text | None = None

    @model_validator(mode="after")
    def _some_proof(self) -> SshAuth:
        if self.password is None and self.private_key is None:
            raise ValueError("an ssh auth needs private_key or password")
        return self


TYPES = ("snmp", "ssh")
VERSIONS = ("1", "2c", "3")


def _shape(value: object) -> str | None:
    if isinstance(value, dict):
        if value.get("type") == "ssh":
            return "<ssh>"
        if value.get("type") == "snmp":
            return {"1": "<community>", "2c": "<community>", "3": "<user>"}.get(str(value.get("version")))
    return None


Auth = Annotated[
    Annotated[SnmpCommunity, Tag("<community>")]
    | Annotated[SnmpUser, Tag("<user>")]
    | Annotated[SshAuth, Tag("<ssh>")],
    Discriminator(_shape, custom_error_type="auth_shape", custom_error_message="an auth is of type snmp or ssh"),
]
