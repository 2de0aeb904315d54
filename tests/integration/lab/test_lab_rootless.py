"""The lab of a user who is not root. The tests make that user's world in a mount namespace that nobody else sees."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(os.geteuid() != 0, reason="takes root to become somebody else"),
]

ROOT = Path(__file__).resolve().parents[3]

# As nobody: start a lab, take a socket of its network and hear a device, ping it, break it, ping again, stop it.
_SESSION = """
import json, pathlib, subprocess, sys
from lab import bind, launch
from lab.client import LabError
folder = pathlib.Path("/mnt/lab")
folder.mkdir()
(folder / "inventory.yaml").write_text(sys.argv[1])
try:
    lab = launch.start(folder / "inventory.yaml", folder / ".lab", smtp="127.0.0.1:0", http="127.0.0.1:0")
except LabError as error:
    print(json.dumps({"error": str(error)}))
    sys.exit()
((_, socket),) = bind.inside(lab.enter(), ["udp:10514"])
lab.call({"op": "flood", "device": "fw", "rate": 10, "seconds": 1})
socket.settimeout(20)
heard = socket.recvfrom(2000)[1][0]
ping = "from icmplib import ping; print(ping('192.0.2.1', count=1, timeout=0.5).is_alive)"
said = []
for _ in range(2):
    said.append(subprocess.run([*lab.enter(), sys.executable, "-c", ping], capture_output=True).stdout.decode().strip())
    lab.call({"op": "break", "devices": ["fw"]})
launch.stop(lab)
files = sorted(p.name for p in (folder / ".lab").iterdir())
print(json.dumps({"userns": lab.userns, "heard": heard, "alive": said, "left": files}))
"""

_INVENTORY = """
sites: {waw: {name: Warsaw}}
roles: {core: {}}
devices:
  fw: {address: 192.0.2.1, site: waw, role: core}
"""


def _as_nobody(tmp_path: Path, *, tun_mode: str) -> dict[str, object]:
    """Run the session as nobody, with a /dev/net/tun of that mode."""
    python, kept = Path(sys.base_prefix), tmp_path / "python"
    kept.mkdir()
    top = Path("/", python.parts[1])
    script = f"""
    set -e
    mount -t tmpfs -o mode=1777 tmpfs /mnt
    mount -t tmpfs -o mode=755 tmpfs /dev/net
    mknod /dev/net/tun c 10 200
    chmod {tun_mode} /dev/net/tun
    if [ "$(stat -c %a {top})" = 700 ]; then  # the interpreter stands in root's home: show it alone
        mount --bind {python} {kept}
        mount -t tmpfs -o mode=755 tmpfs {top}
        mkdir -p {python}
        mount --bind {kept} {python}
    fi
    cd /mnt
    exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all \\
        {sys.executable} -c {shlex.quote(_SESSION)} {shlex.quote(_INVENTORY)}
    """
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=60,
        check=False,
    )
    if "mount" in done.stderr or "unshare" in done.stderr or "mknod" in done.stderr:
        pytest.skip(f"no mount namespace here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_nobody_has_a_lab_of_their_own(tmp_path: Path) -> None:
    """With /dev/net/tun open to all, as udev makes it, a user without any right has the same lab."""
    answer = _as_nobody(tmp_path, tun_mode="0666")
    if "user namespace" in str(answer.get("error")):
        pytest.skip(str(answer["error"]))
    assert answer == {
        "userns": True,
        "heard": "::ffff:192.0.2.1",
        "alive": ["True", "False"],
        "left": ["environment", "inbox.jsonl", "lab.log", "lock", "slack-url"],
    }


def test_a_closed_tun_device_is_said(tmp_path: Path) -> None:
    """Without it no device can be simulated: what is missing, and both ways out."""
    assert _as_nobody(tmp_path, tun_mode="0600") == {
        "error": "/dev/net/tun may not be opened by this user, so without root no device can be simulated; "
        "`sudo chmod 0666 /dev/net/tun` (udev's usual mode: it gives no right over the real network), "
        "or run the lab as root"
    }
