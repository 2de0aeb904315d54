"""Sockets of the lab's network for a process outside of it: opened inside, passed on by SCM_RIGHTS.

`inside` is called outside; it runs this file as a program within the lab's network. A socket stays in the namespace
where it was made, whoever holds it, so what the lab's devices send arrives with their own addresses, while its holder
lives where the rest of the stack is.
"""

import socket
import subprocess
import sys
from collections.abc import Sequence

_TIMEOUT = 10.0  # seconds
_MOST = 16


class BindError(Exception):
    """A socket of the lab's network that can't be had; the text says why."""


def inside(enter: Sequence[str], wanted: Sequence[str]) -> list[tuple[str, socket.socket]]:
    """Opens sockets in the lab's network.

    Args:
        enter: The words that run a command there (`Running.enter`).
        wanted: "udp:PORT" or "tcp:PORT", on every address.

    Returns:
        Each with its transport's name, not listening yet, in their order.

    Raises:
        BindError: One can't be had.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        command = [*enter, sys.executable, "-I", "-S", __file__, str(theirs.fileno()), *wanted]
        try:
            done = subprocess.run(
                command, pass_fds=[theirs.fileno()], capture_output=True, text=True, check=False, timeout=_TIMEOUT
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BindError(f"the lab's network can't be entered: {error}") from error
        if done.returncode:
            raise BindError(done.stderr.strip() or f"{enter[0]} failed in the lab's network ({done.returncode})")
        ours.settimeout(_TIMEOUT)
        _, descriptors, _, _ = socket.recv_fds(ours, 1, _MOST)
    names = [one.partition(":")[0] for one in wanted]
    return [(name, socket.socket(fileno=fd)) for name, fd in zip(names, descriptors, strict=True)]


def _open(wanted: str) -> socket.socket:
    """One socket, of both families where the network has both."""
    name, _, port = wanted.partition(":")
    dual = socket.has_dualstack_ipv6()
    made = socket.socket(
        socket.AF_INET6 if dual else socket.AF_INET, socket.SOCK_DGRAM if name == "udp" else socket.SOCK_STREAM
    )
    try:
        if dual:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        if name != "udp":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("", int(port)))
    except OSError as error:
        made.close()
        raise BindError(f"{name.upper()} port {port} of the lab's network: {error.strerror}") from error
    return made


def _main() -> None:
    try:
        opened = [_open(one) for one in sys.argv[2:]]
    except BindError as error:
        sys.exit(f"{error}; does another stack watch this lab?")
    with socket.socket(fileno=int(sys.argv[1])) as back:
        socket.send_fds(back, [b"."], [one.fileno() for one in opened])


if __name__ == "__main__":
    _main()
