"""What SOTP needs at run time may be used and passed on by anybody: permissive licences only."""

import re
import zipfile
from email.parser import HeaderParser
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.integration.wheel.conftest import Installed

ALLOWED = {
    "MIT", "MIT-0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "Unlicense", "Apache-2.0",
    "PSF-2.0", "MPL-2.0",
}  # fmt: skip
# How metadata older than License-Expression (PEP 639) says the same.
SAID = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


READ = {"pysnmp": "BSD-2-Clause"}  # its metadata don't say: its LICENSE.rst does


def _needed(requirements: list[str]) -> set[str]:
    """Return the names of the distributions that a list of requirements leads to, here and without extras."""
    found: set[str] = set()
    waiting = list(requirements)
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        waiting += distribution(name).requires or []
    return found


def _licence(name: str) -> str:
    """Return a distribution's licence as an SPDX expression, as well as it is known."""
    if name in READ:
        return READ[name]
    said = distribution(name).metadata
    if "License-Expression" in said:
        return said["License-Expression"]
    if "License" in said and 0 < len(said["License"]) < 40:  # some put the licence's whole text there
        return SAID.get(said["License"], said["License"])
    classifiers = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or [] if one.startswith("License")]
    return " AND ".join(SAID.get(one, one) for one in classifiers) or "unknown"


def _allowed(expression: str) -> bool:
    """Tell whether one of the alternatives is made of allowed licences only."""
    alternatives = re.split(r"\s+OR\s+", expression.replace("(", " ").replace(")", " "))
    return any({one.strip() for one in re.split(r"\s+AND\s+", way)} <= ALLOWED for way in alternatives)


def test_wheel_needs_permissive_licences_only(installed: Installed):
    """Every run-time dependency, and theirs, is under a licence of the list."""
    with zipfile.ZipFile(installed.wheel) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    needed = _needed(metadata.get_all("Requires-Dist") or [])

    assert {"aiohttp", "click", "pydantic", "pyyaml"} <= needed
    assert {name: licence for name in sorted(needed) if not _allowed(licence := _licence(name))} == {}


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("GPL-3.0-only OR BSD-3-Clause", True),
        ("MIT AND LGPL-3.0-only", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("unknown", False),
    ],
)
def test_wheel_licences_are_told_apart(expression: str, allowed: bool):
    """One good alternative is enough; all parts of it must be good."""
    assert _allowed(expression) is allowed
