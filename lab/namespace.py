"""The prober's network namespace: made by this process for itself, with a TUN device that everything is routed into.

It has no name and no file: it ends with the last process in it, so a killed lab leaves nothing behind.
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Collection
from ipaddress import ip_address
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_TUN = Path("/dev/net/tun")
DEVICE = "lab0"


class NamespaceError(Exception):
    """The lab's network can't be had here; the text says what is missing and what helps."""


def check() -> None:
    """Look at what the namespace needs before anything is changed.

    Raises:
        NamespaceError: When `ip` or the TUN device is missing or not to be opened.
    """
    if shutil.which("ip") is None:
        raise NamespaceError(
            "`ip` is not on PATH, so the lab's network can't be set up; install iproute2 (Fedora: iproute)"
        )
    if not _TUN.exists():
        raise NamespaceError(
            f"{_TUN} is missing, so no device can be simulated; load it with `modprobe tun`"
            " (in a container: start it with --device /dev/net/tun)"
        )
    if not os.access(_TUN, os.R_OK | os.W_OK):
        raise NamespaceError(
            f"{_TUN} may not be opened by this user, so without root no device can be simulated;"
            f" `sudo chmod 0666 {_TUN}` (udev's usual mode: it gives no right over the real network),"
            " or run the lab as root"
        )


def enter_new() -> bool:
    """Move this process, which must be single-threaded, into a new network namespace.

    Root makes just that; everybody else makes a user namespace around it, in which they are root.

    Returns:
        Whether a user namespace was made.

    Raises:
        NamespaceError: When the system does not allow it.
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        if not _unshare(_CLONE_NEWNET):
            return False
        raise NamespaceError(
            "root may not make a network namespace here; a container needs `--cap-add SYS_ADMIN --cap-add NET_ADMIN`"
        )
    if refused := _unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
        raise NamespaceError(_no_user_namespace(refused))
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    except OSError as error:
        raise NamespaceError(_no_user_namespace(error.errno or 0)) from error
    return True


def open_tun(taken: Collection[bytes]) -> tuple[int, bool]:
    """Make the TUN device of this namespace, give the prober its addresses and route everything into it.

    Args:
        taken: Packed addresses of devices, which the prober must not have.

    Returns:
        A non-blocking descriptor of the device, and whether there is IPv6.

    Raises:
        NamespaceError: When the kernel or `ip` refuses.
    """
    fd = -1
    try:
        fd = os.open(_TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), _IFF_TUN | _IFF_NO_PI))
        _ip(
            "link set lo up",
            f"link set {DEVICE} addrgenmode none",
            f"link set {DEVICE} txqueuelen 10000",  # thousands of requests in one burst must not be lost on the way in
            f"link set {DEVICE} up",
            f"address add {ip_address(prober(4, taken))}/32 dev {DEVICE}",
            f"route add default dev {DEVICE}",
        )
        has_ipv6 = Path("/proc/net/if_inet6").exists()
        if has_ipv6:
            _ip(
                f"address add {ip_address(prober(6, taken))}/128 dev {DEVICE} nodad",
                f"route add ::/0 dev {DEVICE}",
            )
    except OSError as error:
        with contextlib.suppress(OSError):
            os.close(fd)
        raise NamespaceError(f"the lab's network device can't be made: {_TUN}: {error.strerror}") from error
    return fd, has_ipv6


def prober(family: int, taken: Collection[bytes]) -> bytes:
    """The packed address that the namespace itself has, of family 4 or 6: the first that no device has."""
    candidate = ip_address("100.64.0.1" if family == 4 else "fd00:64::1")
    while candidate.packed in taken:
        candidate += 1
    return candidate.packed


def _unshare(flags: int) -> int:
    """0, or the errno."""
    return ctypes.get_errno() if _libc.unshare(flags) else 0


def _ip(*commands: str) -> None:
    try:
        done = subprocess.run(
            ["ip", "-batch", "-"], input="\n".join(commands), text=True, capture_output=True, check=False, timeout=10
        )
    except subprocess.TimeoutExpired as error:
        raise NamespaceError("`ip` did not come back within 10 s while it set up the lab's network") from error
    if done.returncode:
        raise NamespaceError(f"`ip` could not set up the lab's network: {' '.join(done.stderr.split())}")


def _no_user_namespace(error: int) -> str:
    if error in {errno.ENOSPC, errno.EINVAL}:
        fix = "`sudo sysctl user.max_user_namespaces=10000`"
    else:
        fix = (
            "`sudo sysctl kernel.unprivileged_userns_clone=1` (Debian), "
            "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu), --cap-add SYS_ADMIN (a container)"
        )
    return (
        f"the lab without root needs an unprivileged user namespace, and the system refuses it ({os.strerror(error)});"
        f" allow it: {fix}, or run the lab as root"
    )
