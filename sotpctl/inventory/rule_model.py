"""Rules of one's own: the shape of a file loki/rules/*.yml (LogQL, for Loki's ruler) or prometheus/rules/*.yml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    model_validator,
)

from sotpctl.inventory.fields import LABEL_NAME, Text, duration

_CONFIG = ConfigDict(frozen=True, extra="forbid")
_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")

# Prometheus knows these, and Loki's ruler forgets them without a word (loki `pkg/ruler/rulespb/compat.go`).
DROPPED = {
    "keep_firing_for": "widen the range in expr instead, as in [15m]",
    "query_offset": "say `offset 1m` behind the range in expr instead",
}


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _some(value: object) -> object:
    """Refuse an empty list before its items are looked at: pydantic's min_length counts the sound ones only."""
    if value == []:
        raise ValueError("must not be empty")
    return value


# Several lines, as expressions and descriptions have; libyaml lets no control character through.
Lines = Annotated[str, Strict(), AfterValidator(_not_blank)]
LabelName = Annotated[str, Strict(), StringConstraints(pattern=LABEL_NAME)]


class Rule(BaseModel):
    """An alert, or a series that is recorded; of LogQL."""

    model_config = _CONFIG
    of_alerts: ClassVar[Mapping[str, str]] = {"for": "for_", "annotations": "annotations"}  # fields by key
    alert: Text | None = None
    record: Text | None = None
    expr: Lines
    for_: Annotated[float, duration("0s", "30d")] = Field(default=0.0, alias="for")
    labels: dict[LabelName, Lines] = Field(default_factory=dict)
    annotations: dict[LabelName, Lines] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> Rule:
        if (self.alert is None) == (self.record is None):
            raise ValueError("a rule has a name: either alert, which tells people, or record, which names a series")
        if self.record is None:
            return self
        if not _METRIC.fullmatch(self.record):
            raise ValueError(f'"{self.record}" is no name for a series: letters, digits, _ and :, first no digit')
        for key, name in self.of_alerts.items():
            if name in self.model_fields_set:
                raise ValueError(f"{key} is for alerts: remove it, or say alert in place of record")
        return self


class Group(BaseModel):
    """Rules that are evaluated together, one after the other."""

    model_config = _CONFIG
    name: Text
    interval: Annotated[float, duration("1s", "1d")] = 60.0
    limit: Annotated[int, Strict(), Field(ge=0)] = 0
    rules: Annotated[tuple[Rule, ...], BeforeValidator(_some)]


class RuleFile(BaseModel):
    """The whole file."""

    model_config = _CONFIG
    groups: tuple[Group, ...]


class PromqlRule(Rule):
    """What Prometheus takes of a rule (prometheus `model/rulefmt/rulefmt.go`)."""

    of_alerts: ClassVar[Mapping[str, str]] = {**Rule.of_alerts, "keep_firing_for": "keep_firing_for"}
    keep_firing_for: Annotated[float, duration("0s", "30d")] = 0.0


class PromqlGroup(Group):
    """Likewise of a group; its labels are those of each of its rules that doesn't set them itself."""

    query_offset: Annotated[float, duration("0s", "1d")] = 0.0
    labels: dict[LabelName, Lines] = Field(default_factory=dict)
    rules: Annotated[tuple[PromqlRule, ...], BeforeValidator(_some)]


class PromqlRuleFile(RuleFile):
    """The whole file."""

    groups: tuple[PromqlGroup, ...]
