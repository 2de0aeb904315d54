"""Who is told, as amtool works it out from the rendered routes."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engines


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        (["severity=critical", "site=waw"], "chat,mail"),
        (["severity=critical", "site=krk"], "mail"),
        (["severity=warning", "site=waw"], "mail"),
        (["severity=info"], "hook"),
        (["severity=none", "site=waw"], "sotp/nobody"),
        (["alertname=Watchdog", "severity=none"], "hook"),
        (["severity=odd"], "chat"),
        ([], "chat"),
    ],
)
def test_render_routes_lead_to_the_receivers(
    tree: Callable[[dict[str, Any]], Path],
    document: dict[str, Any],
    tool: Callable[[str], Path],
    labels: list[str],
    receivers: str,
) -> None:
    """The first route that matches, further with `continue`; severity none to nobody; the rest to the first one."""
    document["alerting"]["watchdog"] = {"receiver": "hook"}
    done = subprocess.run(
        [
            tool("amtool"), "config", "routes", "test", "--config.file=alertmanager/alertmanager.yml",
            f"--verify.receivers={receivers}", *labels,
        ],
        cwd=tree(document), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
