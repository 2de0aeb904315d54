"""compose.yaml runs what the native stack runs, and gives nothing away."""

import dataclasses
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from exporters.kit import web_config, web_health
from exporters.kit.ports import EXPORTERS
from exporters.kit.web_config import WebConfig
from sotpctl.apply import Manifest
from sotpctl.inventory import load
from sotpctl.inventory.assemble import default_endpoints
from sotpctl.inventory.model import Apply, Inventory, Settings, Web
from sotpctl.render.plan import plan
from sotpctl.stack import parts

Services = dict[str, dict[str, Any]]
PLAIN_WEB = Web(Path("/etc/sotp-web/exporters/web.yml"), "http", None, "", None, None, "", None)

EXPORTER_IMAGE = re.compile(r"sotp:\d+\.\d+\.\d+")
# A version to the patch; `latest`, `3.7` and no tag at all change under one's feet.
PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+\.\d+")
LITERAL = re.compile(r"(?i)(password|passwd|secret|token|api_?key|credential)")
WEB_FILE = str(PLAIN_WEB.config_file)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The defaults of the inventory, settings.web as docs/compose.md has it, and engines on PATH that nobody starts."""
    for name in ("prometheus", "alertmanager"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return Settings("90d", "30d", None, "", "", default_endpoints(), Apply(directory=Path("/etc/sotp")), PLAIN_WEB)


@pytest.fixture
def inventory(settings: Settings) -> Inventory:
    """An inventory with one device that is polled: what is rendered is the whole set of files."""
    return _inventory(settings)


def _inventory(settings: Settings) -> Inventory:
    document = {
        "auths": {"ro": {"type": "snmp", "version": "2c", "community": {"env": "SOTP_TEST_COMMUNITY"}}},
        "devices": {"sw": {"address": "192.0.2.1", "snmp": {"auth": "ro"}}},
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "inventory.yaml").write_text(json.dumps(document))
        loaded = load(Path(folder) / "inventory.yaml").inventory
    assert loaded is not None
    return dataclasses.replace(loaded, settings=dataclasses.replace(settings, logs=loaded.settings.logs))


def _manifest(inventory: Inventory) -> Manifest:
    return Manifest.model_validate_json(plan(inventory, "").files["manifest.json"])


def _flags(argv: list[str] | tuple[str, ...]) -> list[str]:
    """A command without the way its program is called, and without what people call it from outside.

    `python -m exporters.main icmp …` is `icmp …`; behind Traefik the engines have a name and TLS.
    """
    words = [word for word in argv if not word.startswith("--web.external-url=")]
    return words[words.index("exporters.main") + 1 :] if "exporters.main" in words else words[1:]


def _native(settings: Settings, inventory: Inventory) -> dict[str, list[str]]:
    return {part.name: _flags(part.argv) for part in parts(settings, _manifest(inventory))}


def test_flags_are_those_of_the_native_stack(settings: Settings, inventory: Inventory, services: Services) -> None:
    """Whatever `sotpctl stack up` starts, Compose starts with the same arguments: the two ways can't drift."""
    for name, flags in _native(settings, inventory).items():
        assert _flags(["", *services[name]["command"]]) == flags, name


def test_without_settings_web_the_same_flags_and_an_empty_file(settings: Settings, services: Services) -> None:
    """Compose can't know of settings.web, so the file is always named; an empty one asks for nothing."""
    plain = dataclasses.replace(settings, web=None)
    for name, flags in _native(plain, _inventory(plain)).items():
        given = _flags(["", *services[name]["command"]])
        assert [word for word in given if word not in {"--web.config.file", WEB_FILE}] == flags, name


def test_an_empty_web_file_is_plain_http(tmp_path: Path) -> None:
    """What docs/compose.md lets one make with `touch` is taken, and serves without TLS or users."""
    (tmp_path / "web.yml").touch()
    assert web_config.read(tmp_path / "web.yml") == WebConfig()


def test_flags_follow_the_env_file(settings: Settings, compose: Any) -> None:
    """What the inventory changes (folder, retention, ports), .env changes in the same places."""
    moved = {name: f"127.0.0.1:{10000 + int(text.rpartition(':')[2])}" for name, text in settings.endpoints.items()}
    web = dataclasses.replace(PLAIN_WEB, config_file=Path("/srv/web/exporters/web.yml"))
    other = Settings("30d", "30d", None, "", "", moved, Apply(directory=Path("/srv/sotp")), web)
    changed = _inventory(other)
    environment = {f"SOTP_{name.upper()}_PORT": address.rpartition(":")[2] for name, address in moved.items()}
    found = compose(
        environment | {"SOTP_RETENTION": "30d", "SOTP_DIRECTORY": "/srv/sotp", "SOTP_WEB_DIRECTORY": "/srv/web"}
    )
    for name, flags in _native(other, changed).items():
        assert _flags(["", *found["services"][name]["command"]]) == flags, name
    assert "/etc/sotp" not in json.dumps(found)


def test_every_rendered_exporter_is_a_service(inventory: Inventory, services: Services) -> None:
    """An exporter that gets a file gets a container, and no container waits for a file that nobody renders."""
    containers = {name for name, service in services.items() if EXPORTER_IMAGE.fullmatch(service["image"])}
    assert containers == set(_manifest(inventory).exporters)


def test_exporters_are_asked_as_they_serve(services: Services) -> None:
    """Each listens on its row of the port table; its health is asked there, by the check that knows TLS and users."""
    for name, service in services.items():
        if name in EXPORTERS:
            address = f"127.0.0.1:{EXPORTERS[name].port}"
            assert address in service["command"]
            assert service["command"][service["command"].index("--web.config.file") + 1] == WEB_FILE
            assert service["healthcheck"]["test"] == ["CMD", "python", "-m", web_health.__name__, address, WEB_FILE]


def test_health_is_asked_where_the_engine_listens(settings: Settings, services: Services) -> None:
    """The health checks ask the inventory's default endpoints."""
    for name in ("prometheus", "alertmanager", "loki", "grafana"):
        assert f"http://{settings.endpoints[name]}" in " ".join(services[name]["healthcheck"]["test"]), name


def test_images_are_pinned(services: Services) -> None:
    """Every image names a version to the patch."""
    for name, service in services.items():
        assert PINNED.fullmatch(service["image"]), name


def test_our_image_has_our_version(root: Path, services: Services) -> None:
    """The image is called by the version of the package in it, and nobody pulls a stranger's of that name."""
    version = re.search(r'(?m)^version = "(.+)"$', (root / "pyproject.toml").read_text())
    assert version is not None
    for name in ("icmp", "facts"):
        assert services[name]["image"] == f"sotp:{version[1]}"
        assert services[name]["pull_policy"] == "build"


def test_prometheus_is_the_one_that_make_engines_builds(root: Path, services: Services) -> None:
    """Module v0.316.0 is release 3.16.0: both ways run the same Prometheus and Alertmanager."""
    for name, pattern in {"prometheus": r"v0\.(\d)(\d\d)\.(\d+)", "alertmanager": r"v(0)\.(\d+)\.(\d+)"}.items():
        module = re.search(rf"github.com/prometheus/{name} {pattern}", (root / "engines" / name / "go.mod").read_text())
        assert module is not None, name
        major, minor, patch = (int(group) for group in module.groups())
        assert services[name]["image"] == f"prom/{name}:v{major}.{minor}.{patch}"


def test_every_service_is_confined(services: Services) -> None:
    """No root, no capability, no new privilege, a read-only root, a bounded memory, number of processes and log."""
    for name, service in services.items():
        assert service["user"] == "990:991", name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not {"cap_add", "privileged", "devices", "pid", "ipc", "env_file"} & service.keys(), name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert {"max-size", "max-file"} <= service["logging"]["options"].keys(), name
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] == "CMD", name  # Loki's image has no shell
        assert service["network_mode"] == "host", name


def test_only_traefik_listens_to_others(services: Services) -> None:
    """On the host's network an address without 127.0.0.1 is a port open to everybody."""
    for name, service in services.items():
        addresses = [word for word in service.get("command", []) if re.search(r"address[= ]", word)]
        assert all("=127.0.0.1:" in word for word in addresses if "cluster" not in word) or name == "traefik", name
    assert services["grafana"]["environment"]["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"


@pytest.mark.parametrize("name", ["SOTP_UID", "SOTP_GID", "SOTP_DOMAIN"])
def test_what_must_be_set_is_asked_for(name: str, compose: Any, unset_error: type[Exception]) -> None:
    """Compose refuses to start without them and says where they belong: it never falls back to root."""
    others = {"SOTP_UID": "990", "SOTP_GID": "991", "SOTP_DOMAIN": "noc.example.net", name: ""}
    with pytest.raises(unset_error, match=rf"set {name} in \.env"):
        compose(others, bare=True)


def test_no_secret_stands_in_the_file(services: Services) -> None:
    """Whatever is called like a secret is the name of a file."""
    for name, service in services.items():
        for key, value in (service.get("environment") or {}).items():
            if LITERAL.search(key) and not str(value).startswith("/run/secrets/"):
                assert value in {"true", "false"}, f"{name}: {key}"
        assert not any(LITERAL.search(word) for word in service.get("command", [])), name


def test_named_files_are_rendered(inventory: Inventory, services: Services) -> None:
    """Every file below `current` that a flag names is one that render writes."""
    rendered = set(plan(inventory, "").files)
    named = [
        (name, match[1])
        for name, service in services.items()
        for word in service.get("command", [])
        if (match := re.search(r"/etc/sotp/current/(\S+)", word))
    ]
    assert {path for name, path in named} <= rendered
    assert ("loki", "loki/loki.yml") in named


def test_mounts_of_the_checkout_exist(root: Path, services: Services) -> None:
    """A folder that is mounted from the checkout is there, and what is mounted can't be written."""
    for name, service in services.items():
        for mount in service["volumes"]:
            if mount["type"] != "bind":
                continue
            assert mount["read_only"] is True, name
            assert mount["bind"] == {"create_host_path": False}, name  # a typo is an error, not an empty folder
            if mount["source"].startswith("."):
                assert any((root / mount["source"]).iterdir()), mount["source"]


def test_nobody_sees_what_is_not_theirs(services: Services) -> None:
    """In every container the data and the secrets of the others are covered; each sees but a folder of its own."""
    own = {
        "prometheus": {"/etc/sotp/secrets/web", "/etc/sotp-web/prometheus"},
        "alertmanager": {"/etc/sotp/secrets/alertmanager", "/etc/sotp-web/alertmanager"},
        "icmp": {"/etc/sotp-web/exporters"},
        "facts": {"/etc/sotp-web/exporters"},
        "snmp": {"/etc/sotp-web/exporters", "/etc/sotp/secrets/snmp", "/etc/sotp-web/devices"},
        "syslog": {"/etc/sotp-web/exporters", "/etc/sotp/secrets/syslog", "/etc/sotp-web/syslog"},
        "traps": {"/etc/sotp-web/exporters", "/etc/sotp/secrets/traps", "/etc/sotp-web/devices"},
    }
    for name, service in services.items():
        sources = {mount["source"]: mount["target"] for mount in service["volumes"] if mount["type"] == "bind"}
        if "/etc/sotp" not in sources:
            continue
        assert {"/etc/sotp/data", "/etc/sotp/secrets"} <= set(service["tmpfs"]), name
        assert sources.keys() - {"/etc/sotp"} == own.get(name, set()), name
        assert all(source == target for source, target in sources.items()), name  # rendered files name these paths


def test_secrets_are_where_they_are_mounted(root: Path, tmp_path: Path, services: Services) -> None:
    """With settings.web as docs/compose.md has it: what an engine is told to read, its container has."""
    example = re.search(r"```yaml\n(settings:\n  web:.*?)```", (root / "docs/compose.md").read_text(), re.DOTALL)
    assert example is not None
    (tmp_path / "inventory.yaml").write_text(f"""{example[1]}
    client_cert_file: /etc/sotp-web/prometheus/client.pem
    client_key_file: /etc/sotp-web/prometheus/client.key
devices: {{gw-1: {{address: 192.0.2.1}}}}
alerting:
  receivers:
    chat: {{slack: {{url: {{file: /etc/sotp-web/alertmanager/slack}}, channel: "#noc"}}}}
    pager: {{pagerduty: {{routing_key: {{env: PAGER}}}}}}
  routes: [{{receiver: chat}}, {{receiver: pager}}]
""")
    inventory = load(tmp_path / "inventory.yaml").inventory
    assert inventory is not None
    assert inventory.settings.web is not None
    assert str(inventory.settings.web.config_file) == WEB_FILE
    files = plan(inventory, "").files
    for name, number in {"prometheus": 4, "alertmanager": 2}.items():
        mounts = [mount["source"] for mount in services[name]["volumes"] if mount["source"] not in {"/etc/sotp", name}]
        named = set(re.findall(r"(?m)\b(?:\w+_file): (/\S+)$", files[f"{name}/{name}.yml"].decode()))
        assert len(named) == number
        assert all(any(path.startswith(f"{mount}/") for mount in mounts) for path in named), (named, mounts)


def test_data_are_on_volumes_of_the_native_stacks_folders(compose: Any) -> None:
    """Where the engines write is a named volume, and it is the folder that `sotpctl stack` uses."""
    found = compose()
    for name, volume in found["volumes"].items():
        assert volume["driver_opts"] == {"type": "none", "o": "bind", "device": f"/etc/sotp/data/{name}"}
        mounts = [mount for mount in found["services"][name]["volumes"] if mount["type"] == "volume"]
        assert [mount["source"] for mount in mounts] == [name]
        if name != "traefik":
            assert PurePosixPath(mounts[0]["target"]) == PurePosixPath("/etc/sotp/data", name)


def test_env_example_names_every_variable(root: Path) -> None:
    """The example names each variable that compose.yaml reads, no other, with its default."""
    text = (root / "compose.yaml").read_text()
    example = dict(re.findall(r"(?m)^#?(SOTP_\w+)=(.*)$", (root / "compose" / "example.env").read_text()))
    assert example.keys() == set(re.findall(r"\$\{(SOTP_\w+)", text))
    for name, default in re.findall(r"\$\{(SOTP_\w+):-([^}]+)\}", text):
        assert example[name] == default, name


def test_docker_compose_reads_it(root: Path, services: Services) -> None:
    """Compose itself, where it is installed, understands the file as this test does."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker has no compose plugin here")
    done = subprocess.run(
        [docker, "compose", "-f", root / "compose.yaml", "--env-file", "/dev/null", "config", "--format", "json"],
        env={"SOTP_UID": "990", "SOTP_GID": "991", "SOTP_DOMAIN": "noc.example.net", "HOME": "/nonexistent"},
        capture_output=True, text=True, check=True, cwd=root,
    )  # fmt: skip
    for name, service in json.loads(done.stdout)["services"].items():
        assert service["image"] == services[name]["image"]
        assert service.get("command") == services[name].get("command")


def test_grafana_reaches_what_runs(settings: Settings, services: Services) -> None:
    """The variables that provisioning names are the release's folder and the default endpoints."""
    environment = services["grafana"]["environment"]
    assert environment["GF_PATHS_PROVISIONING"] == "/etc/sotp/current/grafana/provisioning"
    assert environment["SOTP_GRAFANA"] == "/etc/sotp/current/grafana"
    for name in ("prometheus", "alertmanager", "loki"):
        assert environment[f"SOTP_{name.upper()}_URL"] == f"http://{settings.endpoints[name]}"


def test_provisioning_names_only_what_compose_sets(inventory: Inventory, services: Services) -> None:
    """Each variable of the rendered provisioning has a value in the container, and each file is where Grafana looks."""
    files = plan(inventory, "").files
    provisioning = {path: text.decode() for path, text in files.items() if path.startswith("grafana/provisioning/")}
    if not provisioning:
        pytest.skip("this version renders no provisioning of Grafana's")
    named = {name for text in provisioning.values() for name in re.findall(r"\$\{?(\w+)", text)}
    assert {"SOTP_GRAFANA", "SOTP_PROMETHEUS_URL"} <= named <= services["grafana"]["environment"].keys()
    assert {path.split("/")[2] for path in provisioning} <= {"dashboards", "datasources"}
