"""Asks what runs whatever it can be asked, as somebody may who looks for secrets."""

import base64
import http.client
import json
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from tests.integration.secrets.canary import Sweep
from tests.integration.secrets.site import ENGINES, Site

_TIMEOUT_S = 30
_OF_EXPORTERS = ("/", "/metrics", "/-/healthy", "/-/ready", "/probe", "/probe?target=no-such", "/no-such-page")
PAGES = {
    "prometheus": (
        "/metrics", "/api/v1/status/config", "/api/v1/status/flags", "/api/v1/status/runtimeinfo", "/api/v1/targets",
        "/api/v1/rules", "/api/v1/alerts", "/api/v1/alertmanagers", "/api/v1/targets/metadata", "/api/v1/labels",
        "/api/v1/series?match[]={job!=%22%22}", "/debug/pprof/cmdline", "/config", "/no-such-page",
    ),
    "alertmanager": (
        "/metrics", "/api/v2/status", "/api/v2/receivers", "/api/v2/alerts", "/api/v2/alerts/groups",
        "/api/v2/silences", "/debug/pprof/cmdline", "/no-such-page",
    ),
    "icmp": (*_OF_EXPORTERS, "/reachability", "/devices", "/probe?target=loop-2&module=icmp"),
    "snmp": (*_OF_EXPORTERS, "/probe?target=loop-2", "/probe?target=loop-2&auth=snmp-v2"),
}  # fmt: skip


@dataclass
class Asking:
    """HTTP as Prometheus speaks it to the exporters: by TLS, with a client certificate and the password."""

    site: Site
    sweep: Sweep
    password: str
    client: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        self.client = ssl.create_default_context()
        self.client.check_hostname, self.client.verify_mode = False, ssl.CERT_NONE
        web = self.site.document["settings"]["web"]
        folder = self.site.folder
        self.client.load_cert_chain(folder / web["client_cert_file"], folder / web["client_key_file"])

    def everything(self) -> None:
        """Every page of every part; those of the exporters also with a password that is another secret."""
        for name in (*ENGINES, *self.site.exporters()):
            for path in PAGES.get(name, _OF_EXPORTERS):
                self.ask(name, "GET", path)
        for name in self.site.exporters():
            status, _ = self.ask(name, "GET", "/metrics", password="")
            assert status == 401
            self.ask(name, "GET", f"/metrics?password={self.password[:14]}&{self.password[:14]}", password="wrong")

    def reload(self, name: str) -> tuple[int, str]:
        """Tell a part to read its file again."""
        return self.ask(name, "POST", "/-/reload")

    def alert(self) -> None:
        """Send Alertmanager an alert, which it tells every receiver that an alert leads to."""
        alert = [{"labels": {"alertname": "Canary", "severity": "critical", "device": "loop-2"}}]
        status, text = self.ask("alertmanager", "POST", "/api/v2/alerts", json.dumps(alert))
        assert status == 200, text

    def ask(self, name: str, method: str, path: str, body: str = "", password: str | None = None) -> tuple[int, str]:
        """Send a request; the answer, headers and all, is looked at."""
        host, _, port = self.site.endpoints[name].rpartition(":")
        headers = {"Content-Type": "application/json"}
        if name not in ENGINES:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, int(port), context=self.client, timeout=_TIMEOUT_S
            )
            user = f"prometheus:{self.password if password is None else password}"
            headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
        else:
            connection = http.client.HTTPConnection(host, int(port), timeout=_TIMEOUT_S)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        self.sweep.text(
            f"{method} {name} {path.partition('?')[0]} ({answer.status})", f"{answer.headers}".encode() + text
        )
        return answer.status, text.decode(errors="replace")


def password_of(site: Site) -> str:
    """The password of settings.web, from where it was given."""
    given = site.document["settings"]["web"]["basic_auth"]["password"]
    return site.environ[given["env"]] if "env" in given else (Path(site.folder) / given["file"]).read_text().strip()
