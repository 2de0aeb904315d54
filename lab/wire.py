"""The TUN device's end in the daemon: packets are read, answered, and written back when their time comes.

Answers wait in a heap and one timerfd wakes the loop for the earliest: asyncio's own timers are rounded up to a
millisecond by epoll, which is more than the whole delay of a device next door. `os.timerfd_create` came with
Python 3.13; until then it is called through ctypes.
"""

import asyncio
import ctypes
import heapq
import os
import time
from collections.abc import Callable

_libc = ctypes.CDLL(None, use_errno=True)
_TFD_TIMER_ABSTIME = 1
_BURST = 256  # packets read in a row before answers that are due get their turn


class _TimeSpec(ctypes.Structure):
    _fields_ = (("sec", ctypes.c_long), ("nsec", ctypes.c_long))


class _TimerSpec(ctypes.Structure):
    _fields_ = (("interval", _TimeSpec), ("value", _TimeSpec))


class Wire:
    """Carries packets between a TUN device and an `answer` function until it is closed or the device is gone.

    Attributes:
        gone: Resolves with the error when the device can't be read any more.
        written: Packets written so far.
        dropped: Answers that the kernel did not take.
    """

    def __init__(self, fd: int, answer: Callable[[bytes, float], tuple[float, bytes] | None]) -> None:
        """Take a non-blocking descriptor, which stays the caller's to close; must be called in the running loop."""
        self._fd, self._answer = fd, answer
        self._loop = asyncio.get_running_loop()
        self._heap: list[tuple[float, int, bytes]] = []
        self._serial = 0
        self._armed = 0.0
        self._timer = _timerfd()
        self.gone: asyncio.Future[OSError] = self._loop.create_future()
        self.written = self.dropped = 0
        self._loop.add_reader(self._fd, self._readable)
        self._loop.add_reader(self._timer, self._due)

    def close(self) -> None:
        """Stop carrying; answers that wait are lost."""
        self._loop.remove_reader(self._fd)
        self._loop.remove_reader(self._timer)
        os.close(self._timer)

    def send(self, packet: bytes) -> None:
        """Write a packet that nobody asked for, at once."""
        self._write(packet)

    def _readable(self) -> None:
        for _ in range(_BURST):
            try:
                packet = os.read(self._fd, 65536)
            except BlockingIOError:
                break
            except OSError as error:
                self._loop.remove_reader(self._fd)
                if not self.gone.done():
                    self.gone.set_result(error)
                break
            now = time.monotonic()
            if answer := self._answer(packet, now):
                self._serial += 1
                heapq.heappush(self._heap, (now + answer[0], self._serial, answer[1]))
        self._flush()

    def _due(self) -> None:
        try:
            os.read(self._timer, 8)
        except BlockingIOError:
            return
        self._armed = 0.0
        self._flush()

    def _flush(self) -> None:
        """Write what is due and set the timer for the next."""
        heap = self._heap
        now = time.monotonic()
        while heap and heap[0][0] <= now:
            self._write(heapq.heappop(heap)[2])
        if heap and heap[0][0] != self._armed:
            self._armed = heap[0][0]
            _set_timer(self._timer, self._armed)

    def _write(self, packet: bytes) -> None:
        try:
            os.write(self._fd, packet)
        except OSError:
            self.dropped += 1
        else:
            self.written += 1


def _timerfd() -> int:
    fd: int = _libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return fd


def _set_timer(fd: int, when: float) -> None:
    """Fire once at a time of the monotonic clock; one that is past fires at once."""
    seconds = int(when)
    spec = _TimerSpec(_TimeSpec(0, 0), _TimeSpec(seconds, int((when - seconds) * 1e9) + 1))
    if _libc.timerfd_settime(fd, _TFD_TIMER_ABSTIME, ctypes.byref(spec), None) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
