"""The simulated network as a pinger inside it sees it."""

import json
import os
import socket
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.client import Running

pytestmark = pytest.mark.netns

ALL = ["192.0.2.1", "192.0.2.2", "192.0.2.11", "2001:db8::12", "192.0.2.3", "192.0.2.4", "192.0.2.21"]

# Floods the devices at a rate and prints how many requests were answered.
_FLOOD = """
import socket, struct, sys, time
from lab.packet import checksum
rate, seconds = int(sys.argv[1]), float(sys.argv[2])
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
raw.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)  # SO_RCVBUFFORCE
raw.setblocking(False)
sent = received = 0

def drain():
    global received
    try:
        while True:
            received += raw.recv(2048)[20] == 0
    except BlockingIOError:
        pass

start = time.monotonic()
while (now := time.monotonic() - start) < seconds:
    while sent < now * rate:
        body = struct.pack("!HHHd", 0, 7, sent & 0xFFFF, now) + bytes(48)
        raw.sendto(b"\\x08\\0" + checksum(b"\\x08\\0" + body).to_bytes(2, "big") + body[2:], ("192.0.2.1", 0))
        sent += 1
    drain()
    time.sleep(0.001)
time.sleep(0.3)
drain()
print(sent, received)
"""


def test_every_device_answers_in_both_families(lab: Running, pinger: Any) -> None:
    """All enabled devices answer, IPv4 and IPv6; an address nobody has does not."""
    answers = pinger(lab, *ALL, "192.0.2.99", "2001:db8::99", timeout=0.3)
    assert {address for address, rtts in answers.items() if rtts} == set(ALL)


def test_a_degraded_device_answers_after_its_delay(lab: Running, pinger: Any) -> None:
    """80 ms and 10 ms of jitter: every round trip is between, but for the pinger's own time."""
    lab.call({"op": "degrade", "device": "fw", "delay": 0.08, "jitter": 0.01})
    rtts = pinger(lab, "192.0.2.1", count=10)["192.0.2.1"]
    assert min(rtts) >= 0.08
    assert statistics.median(rtts) < 0.1


def test_delays_are_finer_than_a_millisecond(lab: Running, pinger: Any) -> None:
    """A device at 0.4 ms isn't rounded up to the event loop's milliseconds: it is told from one at 1.4 ms."""
    lab.call({"op": "degrade", "device": "fw", "delay": 0.0004, "jitter": 0})
    lab.call({"op": "degrade", "device": "acc", "delay": 0.0014, "jitter": 0})
    answers = pinger(lab, "192.0.2.1", "192.0.2.2", count=40)
    near, far = (min(answers[address]) for address in ("192.0.2.1", "192.0.2.2"))
    assert near >= 0.0004
    assert 0.0006 < far - near < 0.0014


def test_loss_is_a_share(lab: Running, pinger: Any) -> None:
    """Half of the requests go unanswered, within chance (5 sigma of 60)."""
    lab.call({"op": "degrade", "device": "fw", "loss": 0.5, "delay": 0, "jitter": 0})
    rtts = pinger(lab, "192.0.2.1", count=60, timeout=0.02)["192.0.2.1"]
    assert 10 <= len(rtts) <= 50


def test_a_dead_uplink_silences_what_is_behind_it_until_healed(lab: Running, pinger: Any) -> None:
    """The sole uplink takes both hosts with it, IPv4 and IPv6; nobody else."""
    assert lab.call({"op": "break", "devices": ["acc"]})["behind"] == ["host-1", "host-2"]
    answers = pinger(lab, *ALL, timeout=0.3)
    assert {address for address, rtts in answers.items() if not rtts} == {"192.0.2.2", "192.0.2.11", "2001:db8::12"}
    lab.call({"op": "heal", "devices": ["acc"]})
    assert all(pinger(lab, *ALL).values())


def test_one_of_two_uplinks_takes_nothing_with_it(lab: Running, pinger: Any) -> None:
    """The server behind both cores answers until both are dead."""
    lab.call({"op": "break", "devices": ["core-1"]})
    assert pinger(lab, "192.0.2.21", "192.0.2.3") == {"192.0.2.21": [pytest.approx(0, abs=0.1)], "192.0.2.3": []}
    lab.call({"op": "break", "devices": ["core-2"]})
    assert pinger(lab, "192.0.2.21") == {"192.0.2.21": []}


def test_ten_thousand_requests_a_second_are_answered(lab: Running) -> None:
    """None is lost at 10,000/s for two seconds (a burst that the box itself delays is still answered)."""
    lab.call({"op": "degrade", "device": "fw", "delay": 0.002, "jitter": 0.002})
    command = [*lab.enter(), sys.executable, "-c", _FLOOD, "10000", "2"]
    root = str(Path(__file__).resolve().parents[3])
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=30, env=os.environ | {"PYTHONPATH": root}
    )
    sent, received = map(int, done.stdout.split())
    assert sent > 15_000
    assert received == sent


def test_a_malformed_request_does_not_end_the_lab(lab: Running, pinger: Any) -> None:
    """Garbage, a line without end and a closed connection; the next request is answered."""
    for garbage in (b"\xff\n", b"{\n", b"x" * 200_000, b""):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(lab.control))
            control.sendall(garbage)
            control.shutdown(socket.SHUT_WR)
            answers = [json.loads(line) for line in control.makefile("rb")]
            assert all(answer["ok"] is False for answer in answers)
    assert len(lab.call({"op": "status"})["devices"]) == len(ALL)
    assert pinger(lab, "192.0.2.1")["192.0.2.1"]
