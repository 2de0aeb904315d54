"""Run between fork and exec: `python hand_over.py NAME=FD[,NAME=FD…] COMMAND…`, as sd_listen_fds(3) wants it.

The descriptors come to stand from 3 on, in their order, and LISTEN_PID is this process's, which exec keeps; only here
is it known. Sources stand above all targets, so that none is overwritten. No import of our own: it costs 10 ms.
"""

import os
import sys

FIRST_FD = 3


def main() -> None:
    """Move the descriptors and become the command."""
    handed = [one.rpartition("=") for one in sys.argv[1].split(",")]
    for number, (_, _, fd) in enumerate(handed):
        os.dup2(int(fd), FIRST_FD + number)
        os.close(int(fd))
    os.environ["LISTEN_FDS"] = str(len(handed))
    os.environ["LISTEN_FDNAMES"] = ":".join(name for name, _, _ in handed)
    os.environ["LISTEN_PID"] = str(os.getpid())
    try:
        os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the stack's own command, with no shell between
    except OSError as error:
        sys.exit(f"{sys.argv[2]}: {error.strerror}")


if __name__ == "__main__":
    main()
