"""Inventory → files for the engines and exporters: a plan made by pure functions, then one writer."""

from sotpctl.render.plan import MANIFEST, Plan, plan
from sotpctl.render.write import NotOursError, Written, write

__all__ = ["MANIFEST", "NotOursError", "Plan", "Written", "plan", "write"]
