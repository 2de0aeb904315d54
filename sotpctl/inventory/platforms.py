"""The platforms that SOTP knows, and the vendor each of them gives; the table is data: platforms.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

import yaml


def _table() -> Mapping[str, str]:
    text = files("sotpctl.inventory").joinpath("platforms.yaml").read_text(encoding="utf-8")
    return MappingProxyType(yaml.load(text, yaml.CSafeLoader))


VENDORS: Mapping[str, str] = _table()
