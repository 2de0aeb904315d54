"""Sends syslog at a rate, as a process: `python -m bench.syslog.sender HOST PORT RATE SECONDS [udp]`."""

import socket
import sys
import time
from collections.abc import Callable

_STEP_S = 0.005


def message(number: int) -> bytes:
    """One of a mix of Cisco, RFC 3164 and RFC 5424, of about 130 bytes, with the time at which it was sent."""
    now = time.time()
    tail = b"n=%d t=%d" % (number, time.time_ns())
    stamp = time.strftime("%b %e %H:%M:%S", time.gmtime(now)).encode()
    kind = number % 3
    if kind == 0:
        return b"<189>%d: %s: %%LINEPROTO-5-UPDOWN: Line protocol on Interface Gi1/0/%d, changed state to up %s\n" % (
            number, stamp, number % 48, tail,
        )  # fmt: skip
    if kind == 1:
        return b"<38>%s sw-1 sshd[%d]: Accepted publickey for admin from 192.0.2.7 port 50022 ssh2 %s\n" % (
            stamp, number % 60000, tail,
        )  # fmt: skip
    iso = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)).encode()
    return b"<30>1 %s.%06dZ sw-1 dhcpd %d - - DHCPACK on 192.0.2.9 to 00:11:22:33:44:55 via eth0 %s\n" % (
        iso, now % 1 * 1e6, number % 60000, tail,
    )  # fmt: skip


def main() -> None:
    """Sends; a rate of 0 is as fast as it goes, with messages made before."""
    host, port, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    if sys.argv[5:] == ["udp"]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.connect((host, port))
            sent = _paced(lambda messages: [datagrams.send(message[:-1]) for message in messages], rate, seconds)
    else:
        with socket.create_connection((host, port)) as connection:
            if rate:
                sent = _paced(lambda messages: connection.sendall(b"".join(messages)), rate, seconds)
            else:
                sent = _flood(connection, int(seconds))
    print(sent, flush=True)


def _flood(connection: socket.socket, count: int) -> int:
    """So many messages; `seconds` is their number."""
    data = b"".join([message(number) for number in range(20_000)])
    for _ in range(count // 20_000):
        connection.sendall(data)
    return count // 20_000 * 20_000


def _paced(send: Callable[[list[bytes]], object], rate: float, seconds: float) -> int:
    started = time.monotonic()
    sent = 0
    while (passed := time.monotonic() - started) < seconds:
        due = int(passed * rate)
        if due > sent:
            send([message(number) for number in range(sent, due)])
            sent = due
        time.sleep(_STEP_S)
    return sent


if __name__ == "__main__":
    main()
