"""The paths that all exporters have, over HTTP on a real socket."""

import asyncio
import logging
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

TEXT = "text/plain; charset=utf-8"


async def test_every_answer_has_its_type(site: Any) -> None:
    """The kit's paths and the service's, with the Content-Type that Prometheus 3 insists on."""
    assert await site.get("/-/healthy") == (200, TEXT, "healthy\n")
    assert await site.get("/number") == (200, TEXT, "1\n")
    status, kind, text = await site.get("/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert "sotp_exporter_config_info" in {family.name for family in text_string_to_metric_families(text)}


async def test_the_landing_page_links_what_can_be_read(site: Any) -> None:
    """`/` is HTML with links to the paths that need no argument; what only takes POST isn't one of them."""
    status, kind, text = await site.get("/")
    assert (status, kind) == (200, "text/html; charset=utf-8")
    for path in ("/metrics", "/-/healthy", "/-/ready", "/number"):
        assert f'<a href="{path}">' in text
    assert "reload" not in text
    assert "{" not in text


async def test_ready_says_why_not(site: Any) -> None:
    """503 with the reason, then 200."""
    assert await site.get("/-/ready") == (503, TEXT, "not ready: no answer yet\n")
    site.service.why_not_ready = ""
    assert await site.get("/-/ready") == (200, TEXT, "ready\n")


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/number"])
async def test_head_is_get_without_a_body(site: Any, path: str) -> None:
    """HEAD has GET's status and type."""
    status, kind, _ = await site.get(path)
    assert await site.get(path, "HEAD") == (status, kind, "")


async def test_a_reload_is_a_post(site: Any) -> None:
    """GET changes nothing and says which method is right."""
    async with site.client.get("/-/reload") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")


async def test_a_good_file_is_taken(site: Any) -> None:
    """The answer is the new revision; the old one is gone from the metrics."""
    site.write("r2", 2)
    assert await site.get("/-/reload", "POST") == (200, TEXT, "r2\n")
    assert site.service.number == 2
    assert await site.metric("sotp_exporter_config_info") == {'{exporter="icmp",revision="r2"}': 1}
    assert await site.metric("sotp_exporter_config_last_reload_successful") == {"": 1}


@pytest.mark.parametrize(
    ("number", "message"), [(13, "settings.number: must not be 13"), (99, "internal error, ZeroDivisionError")]
)
async def test_a_bad_file_changes_nothing(
    site: Any, number: int, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The error is the answer, a metric and a log line; state and revision stay, and the next good file is taken."""
    before = await site.metric("sotp_exporter_config_last_reload_success_timestamp_seconds")
    site.write("r2", number)
    status, _, text = await site.get("/-/reload", "POST")
    assert status == 500
    assert text.startswith(f"{site.file}: {message}")
    assert [entry.message for entry in caplog.records] == ["reload failed, the old configuration stays"]
    assert site.service.number == 1
    assert await site.metric("sotp_exporter_config_last_reload_successful") == {"": 0}
    assert await site.metric("sotp_exporter_config_info") == {'{exporter="icmp",revision="r1"}': 1}
    assert await site.metric("sotp_exporter_config_last_reload_success_timestamp_seconds") == before
    site.write("r3", 3)
    assert (await site.get("/-/reload", "POST"))[2] == "r3\n"
    assert await site.metric("sotp_exporter_config_last_reload_successful") == {"": 1}


async def test_reloads_are_one_at_a_time(site: Any) -> None:
    """Twenty at once are all answered, none beside another; while one is being prepared, requests are answered."""
    site.write("r2", 2)
    site.service.go_on.clear()
    reloads = [asyncio.create_task(site.get("/-/reload", "POST")) for _ in range(20)]
    while not site.service.preparing:
        assert (await site.get("/number"))[2] == "1\n"
    for _ in range(20):
        assert (await site.get("/number"))[2] == "1\n"
    site.service.go_on.set()
    assert {answer[0] for answer in await asyncio.gather(*reloads)} == {200}
    assert site.service.most_preparing == 1
    assert site.service.number == 2


async def test_a_failing_handler_tells_the_log_only(site: Any, caplog: pytest.LogCaptureFixture) -> None:
    """500 without our insides; one record with the exception and the path, without the query."""
    status, kind, text = await site.get("/broken?community=hunter2")
    assert (status, kind, text) == (500, TEXT, "internal error, see the exporter's log\n")
    (entry,) = [entry for entry in caplog.records if entry.levelno >= logging.ERROR]
    assert entry.__dict__["fields"] == {"method": "GET", "path": "/broken"}
    assert (await site.get("/no/such/path"))[0] == 404


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization\x01: hunter2\r\n\r\n", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n"],
)
async def test_what_is_no_http_is_answered_and_not_logged(
    site: Any, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A 400 to whoever sent it; the log can't be flooded, and quotes no header."""
    reader, writer = await asyncio.open_connection(site.client.host, site.client.port)
    writer.write(sent)
    assert (await reader.readline()).startswith(b"HTTP/1.0 400 ")
    writer.close()
    await writer.wait_closed()
    assert not caplog.records
