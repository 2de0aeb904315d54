"""The real Prometheus and Alertmanager refuse, or hang: what they ran before, they run again."""

import os
import signal

import pytest

from tests.integration.apply import faults

pytestmark = pytest.mark.engines


@pytest.mark.parametrize("case", faults.REAL, ids=str)
async def test_real_engines_run_the_old_release_again(site, case: faults.Case) -> None:
    """The engine is named with its own words, `current` is the old release, and it is what both of them show."""
    await site.apply()
    await site.up()
    old = str(site.store.current())
    site.rules["up:max"] = "max(up"
    engine = "prometheus"
    if case.key != "rule":
        site.rules["up:max"] = "max(up)"
    if case.key == "config":
        engine, site.receiver = "alertmanager", {"name": "somebody", "no_such_configs": []}
    pid = site.stack.known()[engine].pid
    if case.key == "stopped":
        site.request_seconds, site.confirm_seconds = 1.5, 3.0
        os.kill(pid, signal.SIGSTOP)
    report = await site.apply()
    os.kill(pid, signal.SIGCONT)
    said = report.text.replace(old, "OLD").replace(site.endpoints[engine], "ADDRESS")
    assert said.startswith(case.says), report
    assert (report.code, report.results[-1].step) == (1, "reload")
    assert report.results[-1].text.startswith(f"{engine} ({site.endpoints[engine]}): POST /-/reload")
    assert site.store.releases() == [old]
    assert await site.recorded() == ["sum(up)"]
    assert "nobody" in await site.get("alertmanager", "/api/v2/status")
