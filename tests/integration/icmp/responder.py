"""Devices behind a TUN interface, in the network namespace that this program is started in (`unshare --net`).

Every address of 192.0.2.0/24 and 2001:db8::/64 answers echo requests by its behaviour, which is told on stdin as a line
`ADDRESS WORD`; default is `answer`. Words: answer, slow (0.3 s), late (1.2 s), twice, silent, unreachable, prohibited,
expired, elsewhere (answers from another address), damaged (a wrong checksum), swap (holds one answer back behind the
next one's). Prints `ready` once it runs.
"""

import fcntl
import heapq
import os
import select
import socket
import struct
import subprocess
import sys
import time

DELAYS = {"slow": 0.3, "late": 1.2}
ERRORS_V4 = {"unreachable": (3, 1), "prohibited": (3, 13), "expired": (11, 0)}
ERRORS_V6 = {"unreachable": (1, 3), "prohibited": (1, 1), "expired": (3, 0)}


def checksum(data: bytes) -> int:
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def packet_v4(source: bytes, destination: bytes, icmp: bytes) -> bytes:
    """An IPv4 packet with an ICMP message, checksums filled in."""
    icmp = icmp[:2] + checksum(icmp[:2] + b"\0\0" + icmp[4:]).to_bytes(2, "big") + icmp[4:]
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(icmp), 0, 0, 64, 1, 0, source, destination)
    return head[:10] + checksum(head).to_bytes(2, "big") + head[12:] + icmp


def packet_v6(source: bytes, destination: bytes, icmp: bytes) -> bytes:
    """An IPv6 packet with an ICMPv6 message, checksum filled in."""
    pseudo = source + destination + struct.pack(">II", len(icmp), 58)
    icmp = icmp[:2] + checksum(pseudo + icmp[:2] + b"\0\0" + icmp[4:]).to_bytes(2, "big") + icmp[4:]
    return struct.pack(">IHBB", 6 << 28, len(icmp), 58, 64) + source + destination + icmp


class Responder:
    """Reads requests, and writes what each device makes of them."""

    def __init__(self, tun: int) -> None:
        self.tun = tun
        self.words: dict[str, str] = {}
        self.waiting: list[tuple[float, int, bytes]] = []
        self.held: bytes | None = None
        self.serial = 0

    def send(self, data: bytes, delay: float = 0.0) -> None:
        """Writes a packet, now or later."""
        if delay:
            self.serial += 1
            heapq.heappush(self.waiting, (time.monotonic() + delay, self.serial, data))
        else:
            os.write(self.tun, data)

    def on_packet(self, data: bytes) -> None:
        """Answers a request."""
        if data[0] >> 4 == 4 and data[9] == 1 and data[20] == 8:
            source, destination, head, build = data[12:16], data[16:20], 20, packet_v4
            name, reply, errors = socket.inet_ntop(socket.AF_INET, destination), 0, ERRORS_V4
        elif data[0] >> 4 == 6 and data[6] == 58 and data[40] == 128:
            source, destination, head, build = data[8:24], data[24:40], 40, packet_v6
            name, reply, errors = socket.inet_ntop(socket.AF_INET6, destination), 129, ERRORS_V6
        else:
            return
        word = self.words.get(name, "answer")
        elsewhere = destination[:-1] + b"\xfe"
        answer = build(destination, source, bytes([reply]) + data[head + 1 :])
        if word in errors:
            kind, code = errors[word]
            # RFC 792's least: the quoted header and 8 bytes.
            self.send(build(elsewhere, source, struct.pack(">BBHI", kind, code, 0, 0) + data[: head + 8]))
        elif word == "elsewhere":
            self.send(build(elsewhere, source, bytes([reply]) + data[head + 1 :]))
        elif word == "damaged":
            self.send(answer[:-1] + bytes([answer[-1] ^ 1]))
        elif word == "swap":
            held, self.held = self.held, None if self.held else answer
            if held:
                self.send(answer)
                self.send(held)
        elif word != "silent":
            for _ in range(2 if word == "twice" else 1):
                self.send(answer, DELAYS.get(word, 0.0))

    def run(self) -> None:
        """Serves until stdin ends."""
        while True:
            wait = max(0.0, self.waiting[0][0] - time.monotonic()) if self.waiting else None
            ready, _, _ = select.select([self.tun, 0], [], [], wait)
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                os.write(self.tun, heapq.heappop(self.waiting)[2])
            if self.tun in ready:
                self.on_packet(os.read(self.tun, 65536))
            if 0 in ready:
                text = os.read(0, 65536).decode()
                if not text:
                    return
                for line in text.splitlines():
                    name, word = line.split()
                    self.words[name] = word
                sys.stdout.write("done\n")
                sys.stdout.flush()


def main() -> None:
    """Makes the interface, and serves."""
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", b"sotptest", 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
    for command in (
        "link set lo up",
        "link set sotptest up",
        "addr add 192.0.2.1/24 dev sotptest",
        "-6 addr add 2001:db8::1/64 dev sotptest nodad",
    ):
        subprocess.run(["ip", *command.split()], check=True)
    with open("/proc/sys/net/ipv4/ping_group_range", "w") as file:  # noqa: PTH123
        file.write("0 2147483647" if "ping" in sys.argv[1:] else "1 0")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    Responder(tun).run()


if __name__ == "__main__":
    main()
