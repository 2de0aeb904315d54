"""A whole SOTP in a folder, whose every secret is a canary: engines, exporters, and the receivers that refuse."""

import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import bcrypt
import yaml
from click.testing import CliRunner

from exporters.kit.ports import EXPORTERS
from sotpctl.cli.main import cli
from sotpctl.verify import tools
from tests.integration.kit.web_pki import Authority
from tests.integration.secrets.canary import Canaries
from tests.ports import free_address

ROOT = Path(__file__).resolve().parents[3]
ENGINES = ("prometheus", "alertmanager")
TOOLS = ("promtool", "amtool", *ENGINES)
Given = Literal["env", "file"]
_DEADLINE_S = 120


class Site:
    """An inventory in a folder of its own, what renders and applies it, and what runs of it.

    Attributes:
        environ: The variables that hold secrets, as the user exported them.
        settings: `settings` of the inventory.
        endpoints: host:port by name.
    """

    def __init__(self, folder: Path, given: Given, smtp: str, http: str) -> None:
        self.folder, self.given, self.directory = folder, given, folder / ".sotp"
        self.inventory = folder / "inventory.yaml"
        self.canaries = Canaries()
        self.environ: dict[str, str] = {}
        names = (*ENGINES, "grafana", "loki", *EXPORTERS)
        *addresses, messages, traps = (free_address() for _ in range(len(names) + 2))
        self.endpoints = dict(zip(names, addresses, strict=True))
        self._tools()
        self.document = {
            "settings": {
                "apply": {"directory": ".sotp"},
                "endpoints": self.endpoints,
                "web": self._web(),
                "logs": {"listen": {"udp": messages, "tcp": messages, "traps": traps}},
            },
            "auths": self._auths(),
            "defaults": {"snmp": {"auth": "snmp-v3"}, "ssh": {"auth": "ssh-key"}},
            "devices": {f"loop-{number}": {"address": f"127.0.0.{number}"} for number in (2, 3)},
            "alerting": self._alerting(smtp, http),
        }
        self.save()

    def save(self) -> None:
        """Write the inventory as `document` has it."""
        self.inventory.write_text(yaml.safe_dump(self.document, sort_keys=False))

    def run(self, *arguments: str, code: int = 0, environ: Mapping[str, str] | None = None) -> tuple[str, str]:
        """Run `sotpctl` in this process, in the site's folder and with the exported secrets; give both streams."""
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            given = {"PYTHONPATH": str(ROOT), **(self.environ if environ is None else environ)}
            done = CliRunner().invoke(cli, arguments, env=given, catch_exceptions=False)
        finally:
            os.chdir(before)
        assert done.exit_code == code, f"sotpctl {' '.join(arguments)}: {done.exit_code}\n{done.output}"
        return done.stdout, done.stderr

    def run_alone(self, *arguments: str) -> tuple[str, str]:
        """Run `sotpctl` as a process of its own, as a user would."""
        done = subprocess.run(
            [sys.executable, "-m", "sotpctl.cli.main", *arguments], cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.environ},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_DEADLINE_S, check=True,
        )  # fmt: skip
        return done.stdout, done.stderr

    def pids(self) -> dict[str, int]:
        """The processes that `stack up` started, by name."""
        return {path.stem: json.loads(path.read_text())["pid"] for path in (self.directory / "run").glob("*.json")}

    def exporters(self) -> list[str]:
        """The exporters that were rendered; one that a later version renders is among them without being named here."""
        return sorted(json.loads((self.folder / "build" / "manifest.json").read_text())["exporters"])

    def children(self) -> list[dict[str, Any]]:
        """How the real tools were called so far: `argv` and `environ` of each."""
        return [json.loads(line) for line in (self.folder / "children.jsonl").read_text().splitlines()]

    def _secret(self, name: str, make: Callable[[str], str] = str, around: str | None = None) -> dict[str, str]:
        """Plant a canary where the inventory says that this secret is; `make` builds the value around it."""
        canary = self.canaries.make(name) if around is None else self.canaries.make(name, around)
        value = make(canary)
        key = "".join(letter if letter.isalnum() else "_" for letter in name).upper()
        if self.given == "env":
            self.environ[key] = value
            return {"env": key}
        path = self.folder / "secrets" / key
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_text(value + "\n")
        path.chmod(0o600)
        return {"file": f"secrets/{key}"}

    def _auths(self) -> dict[str, Any]:
        return {
            "snmp-v2": {"type": "snmp", "version": "2c", "community": self._secret("the community of snmp-v2")},
            "snmp-v3": {
                "type": "snmp", "version": 3, "username": "sotp",
                "auth_protocol": "SHA256", "auth_password": self._secret("the auth password of snmp-v3"),
                "priv_protocol": "AES128", "priv_password": self._secret("the priv password of snmp-v3"),
            },
            "ssh-key": {
                "type": "ssh", "username": "sotp", "private_key": self._secret("the private key of ssh-key"),
                "passphrase": self._secret("the passphrase of ssh-key"),
            },
            "ssh-word": {"type": "ssh", "username": "sotp", "password": self._secret("the password of ssh-word")},
        }  # fmt: skip

    def _alerting(self, smtp: str, http: str) -> dict[str, Any]:
        def url(canary: str) -> str:
            return f"http://{http}/{urllib.parse.quote(canary)}"

        mail = {"to": "noc@example.net", "from": "sotp@example.net", "smarthost": smtp, "require_tls": False}
        receivers = {
            "mail": {"email": {**mail, "username": "noc", "password": self._secret("the mail password")}},
            "chat": {"slack": {"url": self._secret("the URL of slack", url), "channel": "#noc"}},
            "hook": {"webhook": {"url": self._secret("the URL of the webhook", url)}},
            "bad-hook": {"webhook": {"url": self._secret("the webhook's bad URL", lambda one: f"http://{http}/{one}")}},
            "bad-chat": {"slack": {"url": self._secret("slack's bad URL", lambda one: f"{one}://x"), "channel": "#a"}},
            # Its address is PagerDuty's own: nothing may ever be sent there from a test, so no alert leads to it.
            "pager": {"pagerduty": {"routing_key": self._secret("the routing key")}},
        }
        routes = [{"match": {"alertname": "NeverSent"}, "receiver": "pager"}]
        return {"receivers": receivers, "routes": routes + [
            {"receiver": name, "continue": True} for name in receivers if name != "pager"
        ]}  # fmt: skip

    def _web(self) -> dict[str, Any]:
        """TLS with a key that stands in the web configuration itself, and a password."""
        authority = Authority(self.folder, "ca")
        certificate, key = authority.sign("server", "sotp.example.net")
        client, client_key = authority.sign("client", "prometheus.example.net")
        self.canaries.also("the key in web.yml", key.read_text().splitlines()[1][:40])
        self.canaries.also("the client's key", client_key.read_text().splitlines()[1][:40])
        client_key.chmod(0o600)
        password = self._secret("the password of settings.web")
        value = self.environ.get(password.get("env", "")) or (self.folder / password["file"]).read_text().strip()
        hashed = bcrypt.hashpw(value.encode(), bcrypt.gensalt(4)).decode()
        self.canaries.also("the hash in web.yml", hashed[-40:])
        tls = {
            "cert": certificate.read_text(), "key": key.read_text(), "client_ca_file": "ca.pem",
            "client_auth_type": "RequireAndVerifyClientCert",
        }  # fmt: skip
        key.unlink()
        web = self.folder / "web.yml"
        web.write_text(yaml.safe_dump({"tls_server_config": tls, "basic_auth_users": {"prometheus": hashed}}))
        web.chmod(0o600)
        return {
            "config_file": "web.yml", "ca_file": "ca.pem", "server_name": "sotp.example.net",
            "client_cert_file": client.name, "client_key_file": client_key.name,
            "basic_auth": {"username": "prometheus", "password": password},
        }  # fmt: skip

    def _tools(self) -> None:
        """Put a doorkeeper before each tool, which notes how it is called: promtool ends too soon to be looked at."""
        folder = self.folder / ".engines" / "bin"
        folder.mkdir(parents=True)
        for name in TOOLS:
            script = folder / name
            log, real = str(self.folder / "children.jsonl"), str(tools.find(name))
            script.write_text(_DOORKEEPER.format(python=sys.executable, log=log, name=name, program=real))
            script.chmod(0o755)


_DOORKEEPER = """#!{python} -IS
import json, os, sys
with open({log!r}, "a", opener=lambda path, flags: os.open(path, flags, 0o600)) as log:
    log.write(json.dumps({{"argv": sys.argv, "environ": dict(os.environ)}}) + "\\n")
os.execv({program!r}, [{name!r}, *sys.argv[1:]])
"""
