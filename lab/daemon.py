"""The lab's one process: first the sink's sockets in the outer namespace, then a namespace of its own, then the loop.

The order matters: a socket stays in the namespace where it was made, and only a single-threaded process may make a
user namespace. `.lab/lock` is held as long as the process lives, so two labs can't share a folder; the kernel lets it
go at any death. `.lab/lab.json` appears when everything answers, and only then. A lab whose folder is deleted could be
found and stopped by nobody, and would keep its ports: it stops by itself.
"""

import argparse
import asyncio
import fcntl
import json
import logging
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

from lab import namespace, plan
from lab.client import LabError, short_path, start_time
from lab.control import Control
from lab.inbox import Inbox
from lab.network import Network, Node
from lab.request import RequestError
from lab.responder import Responder
from lab.sink import Sink
from lab.snmp import credentials
from lab.snmp.fleet import Fleet
from lab.syslog.post import Post
from lab.syslog.teller import Teller
from lab.syslog.voice import Voice
from lab.wire import Wire
from sotpctl.inventory import Inventory, load

_log = logging.getLogger("lab")
_LOOK = 1.0  # seconds between two looks at whether the folder is still there


@dataclass(frozen=True, slots=True)
class Options:
    """What `sotpctl lab up` asks for; addresses are host:port."""

    inventory: Path
    directory: Path
    smtp: str | None
    http: str
    ready_fd: int | None


@dataclass(frozen=True, slots=True)
class _Outside:
    """What is opened before the process leaves the outer namespace."""

    smtp: socket.socket
    http: socket.socket
    control: socket.socket


def main(argv: Sequence[str] | None = None) -> int:
    """Run the lab until it is told to stop. Exit code 1 when it can't be had; the reason goes to the log and the fd."""
    options = _options(argv)
    logging.basicConfig(level=logging.INFO, format="ts=%(asctime)s level=%(levelname)s pid=%(process)d msg=%(message)s")
    try:
        _run(options)
    except (LabError, namespace.NamespaceError, RequestError) as error:
        _log.error("%s", error)
        _tell(options.ready_fd, str(error))
        return 1
    return 0


def _run(options: Options) -> None:
    options.directory.mkdir(parents=True, exist_ok=True)
    lock = _lock(options.directory)
    try:
        inventory = _load(options.inventory)
        namespace.check()
        outside = _open_outside(options, inventory)
        addresses = {node.packed for node in plan.nodes(inventory) if node.packed is not None}
        userns = namespace.enter_new()
        tun, ipv6 = namespace.open_tun(addresses)
        kind = {"userns": userns, "ipv6": ipv6}
        prober = {len(address): address for address in (namespace.prober(family, addresses) for family in (4, 6))}
        asyncio.run(_serve(options, inventory, outside, tun=tun, lock=lock, kind=kind, prober=prober))
    finally:
        if not _is_deleted(lock):  # else what has our names by now is another lab's
            for name in ("lab.json", "control.sock"):
                (options.directory / name).unlink(missing_ok=True)
        os.close(lock)


async def _serve(
    options: Options,
    inventory: Inventory,
    outside: _Outside,
    *,
    tun: int,
    lock: int,
    kind: dict[str, Any],
    prober: Mapping[int, bytes],
) -> None:
    _write_secrets(options, inventory)
    network, fleet = Network(plan.nodes(inventory)), Fleet(inventory, os.environ)
    facts = {
        "pid": os.getpid(),
        "start_time": start_time(os.getpid()),
        "inventory": str(options.inventory),
        "smtp": _host_port(outside.smtp),
        "http": _host_port(outside.http),
        **kind,
    }
    chance = SystemRandom()
    wire = Wire(tun, Responder(network, chance, fleet.answer).answer)
    voice = Voice(inventory, fleet, Post(network, wire.send, prober, chance), chance)
    teller = Teller(voice, fleet, chance)
    control = Control(network, fleet, teller, facts, reload=lambda: _read_again(options, fleet, voice))
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, control.stopping.set)
    sink = Sink(Inbox(options.directory / "inbox.jsonl"))
    await sink.start(outside.smtp, outside.http)
    telling = asyncio.create_task(teller.run())
    telling.add_done_callback(_told)
    server = await control.serve(outside.control)
    _write(options.directory / "slack-url", f"http://{facts['http']}/services/T000/B000/lab\n")
    for name, why in fleet.mute.items():
        _log.warning("%s doesn't answer SNMP: %s", name, why)
    _write(options.directory / "lab.json", json.dumps(facts, indent=2) + "\n")
    _tell(options.ready_fd, "ready")
    _log.info("ready: %d devices of %s, page at http://%s/", len(network.states), options.inventory, facts["http"])
    await _until_stopped(control, wire, lock)
    _log.info("stopped: %d packets answered, %d not taken by the kernel", wire.written, wire.dropped)
    server.close()
    telling.cancel()
    wire.close()
    await sink.stop()


async def _until_stopped(control: Control, wire: Wire, lock: int) -> None:
    wire.gone.add_done_callback(lambda _gone: control.stopping.set())
    while not control.stopping.is_set() and not _is_deleted(lock):
        with suppress(TimeoutError):
            await asyncio.wait_for(control.stopping.wait(), _LOOK)
    if wire.gone.done():
        _log.error("the TUN device is gone: %s", wire.gone.result())


def _told(telling: asyncio.Task[None]) -> None:
    """Say why devices log no more, where that wasn't asked for."""
    if not telling.cancelled() and telling.exception():
        _log.error("devices log nothing more, an internal error", exc_info=telling.exception())


def _is_deleted(fd: int) -> bool:
    """Whether an open file has no name any more."""
    return os.fstat(fd).st_nlink == 0


def _load(path: Path) -> Inventory:
    loaded = load(path)
    if loaded.inventory is None:
        raise RequestError("\n".join(map(str, loaded.problems)))
    return loaded.inventory


def _read_again(options: Options, fleet: Fleet, voice: Voice) -> tuple[Node, ...]:
    inventory = _load(options.inventory)
    _write_secrets(options, inventory)
    fleet.replace(inventory)
    voice.replace(inventory)
    return plan.nodes(inventory)


def _write_secrets(options: Options, inventory: Inventory) -> None:
    """Write the secrets that the lab chose: files, and variables as a shell and systemd's EnvironmentFile read them."""
    for path, text in credentials.files(inventory, options.directory).items():
        _write(path, text)
    chosen = credentials.environment(inventory, os.environ)
    _write(options.directory / "environment", "".join(f"{name}={value}\n" for name, value in chosen.items()))


def _open_outside(options: Options, inventory: Inventory) -> _Outside:
    smtp = _listen(options.smtp or plan.smtp_address(inventory), "mail (choose another with --sink-smtp)")
    http = _listen(options.http, "webhooks and the page (choose another with --sink-http)")
    return _Outside(smtp, http, _listen_control(options.directory))


def _listen(address: str, purpose: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, int(port)), family=family, backlog=256)
    except (OSError, ValueError, OverflowError) as error:
        text = os.strerror(error.errno or 0) if isinstance(error, OSError) else "an address is host:port"
        raise LabError(f"the sink can't listen on {address} for {purpose}: {text}") from error
    listener.setblocking(False)
    return listener


def _listen_control(directory: Path) -> socket.socket:
    path = directory / "control.sock"
    path.unlink(missing_ok=True)
    folder = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(short_path(folder, path))
    finally:
        os.umask(mask)
        os.close(folder)
    listener.listen(16)
    listener.setblocking(False)
    return listener


def _lock(directory: Path) -> int:
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise LabError(f"another lab is running or starting in {directory}") from error
    return lock


def _host_port(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _write(path: Path, text: str) -> None:
    """Write a file of the user's own in one step."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def _tell(fd: int | None, text: str) -> None:
    """Tell who started us how it went; they may be gone."""
    if fd is not None:
        with suppress(OSError):
            os.write(fd, text.encode())
            os.close(fd)


def _options(argv: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m lab", description="The lab's daemon; `sotpctl lab up` starts it.")
    parser.add_argument("--inventory", type=Path, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--sink-smtp")
    parser.add_argument("--sink-http", default=plan.HTTP)
    parser.add_argument("--ready-fd", type=int)
    raw = parser.parse_args(argv)
    return Options(raw.inventory.absolute(), raw.directory.absolute(), raw.sink_smtp, raw.sink_http, raw.ready_fd)
