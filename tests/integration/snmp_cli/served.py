"""The lab's agents on loopback, in a thread: real datagrams, without a namespace."""

import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.snmp.fleet import Fleet
from sotpctl.inventory import Inventory, load

SECRETS = {
    "SNMP_COMMUNITY": "the-community",
    "SNMP_AUTH_PASSWORD": "the-auth-password",
    "SNMP_PRIV_PASSWORD": "the-priv-password",
}
NOW = 1_900_000_000.0
HEAD = """
settings: {prober: waw-core-1}
auths:
  snmp-ro: {type: snmp, version: 2c, community: {env: SNMP_COMMUNITY}}
  snmp-v3: {type: snmp, version: 3, username: sotp, auth_protocol: SHA256, auth_password: {env: SNMP_AUTH_PASSWORD},
            priv_protocol: AES128, priv_password: {env: SNMP_PRIV_PASSWORD}}
  ssh-ro: {type: ssh, username: sotp, private_key: {file: id}}
defaults: {snmp: {auth: snmp-ro}}
sites: {waw: {name: Warsaw}}
roles: {core: {}}
links: ["waw-core-1:Te1/0/1 - waw-eos-1:Ethernet1"]
devices:
"""

Handler = Callable[[bytes], bytes | None]


class Agents:
    """Devices that answer.

    Attributes:
        path: The inventory that names them, by the addresses that they have.
        fleet: What they are: to break and heal them.
        requests: How many datagrams each got, by its name.
    """

    def __init__(self, folder: Path, platforms: dict[str, tuple[str, str]]) -> None:
        """Make them; `platforms` has platform and auth of each device."""
        self.path = folder / "inventory.yaml"
        self.requests: dict[str, int] = {}
        self._sockets: dict[str, socket.socket] = {}
        self._handlers: dict[str, Handler] = {}
        self._selector = selectors.DefaultSelector()
        self._stop, wake = socket.socketpair()
        self._wake = wake
        self._selector.register(self._stop, selectors.EVENT_READ, "")
        self._entries: list[str] = []
        self.fleet: Fleet
        for name, (platform, auth) in platforms.items():
            self.add(name, self._of_the_fleet(name), platform, auth)
        self.fleet = Fleet(self.inventory, SECRETS, lambda: NOW)

    @property
    def inventory(self) -> Inventory:
        """The inventory as it stands there."""
        loaded = load(self.path)
        assert loaded.inventory is not None, loaded.problems
        return loaded.inventory

    def add(
        self, name: str, handler: Handler, platform: str = "generic", auth: str = "snmp-ro", more: str = ""
    ) -> None:
        """Serve one more device, of one's own making."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((f"127.5.0.{len(self._entries) + 1}", 0))
        sock.setblocking(False)
        self._sockets[name], self._handlers[name] = sock, handler
        self._selector.register(sock, selectors.EVENT_READ, name)
        self.entry(name, *sock.getsockname(), platform=platform, auth=auth, more=more)

    def entry(self, name: str, host: str, port: int, *, platform: str = "generic", auth: str, more: str = "") -> None:
        """Put a device into the inventory."""
        snmp = f"{{auth: {auth}, port: {port}{more}}}"
        self._entries.append(
            f"  {name}: {{address: {host}, site: waw, role: core, platform: {platform}, snmp: {snmp}}}\n"
        )
        links = HEAD if "waw-eos-1" in "".join(self._entries) else HEAD.replace("links:", "# links:")
        self.path.write_text(links + "".join(self._entries), encoding="utf-8")

    def _of_the_fleet(self, name: str) -> Handler:
        return lambda data: self.fleet.answer(name, data)

    def run(self) -> None:
        """Answer until `stop`."""
        while True:
            for key, _ in self._selector.select():
                if not key.data:
                    return
                data, source = self._sockets[key.data].recvfrom(65535)
                self.requests[key.data] = self.requests.get(key.data, 0) + 1
                answer = self._handlers[key.data](data)
                if answer is not None:
                    self._sockets[key.data].sendto(answer, source)

    def stop(self) -> None:
        """End `run`."""
        self._wake.send(b"x")

    def close(self) -> None:
        """Close everything."""
        self._selector.close()
        for sock in (self._stop, self._wake, *self._sockets.values()):
            sock.close()


@contextmanager
def serving(agents: Agents) -> Iterator[Agents]:
    """Have devices answer from a thread."""
    thread = threading.Thread(target=agents.run, name="agents")
    thread.start()
    try:
        yield agents
    finally:
        agents.stop()
        thread.join()
        agents.close()
