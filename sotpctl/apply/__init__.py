"""Apply: a rendered tree becomes a release, the engines reload it and confirm it, or everything stays as it was.

    build/ ─check─► releases/<hash>/ ─swap─► current ─reload─► engines ─confirm─► done, or swapped back

`run` walks the steps; each is a function of its own, so that a test can stop or break the work between any two.
"""

from sotpctl.apply.diff import Change, changes
from sotpctl.apply.engines import Engine, Outcome, readers
from sotpctl.apply.lock import locked
from sotpctl.apply.manifest import ApplyError, Manifest, read_manifest
from sotpctl.apply.release import Store
from sotpctl.apply.steps import APPLY, ROLLBACK, Result, Step, Work, outcomes
from sotpctl.apply.walk import Report, run

__all__ = [
    "APPLY",
    "ROLLBACK",
    "ApplyError",
    "Change",
    "Engine",
    "Manifest",
    "Outcome",
    "Report",
    "Result",
    "Step",
    "Store",
    "Work",
    "changes",
    "locked",
    "outcomes",
    "read_manifest",
    "readers",
    "run",
]
