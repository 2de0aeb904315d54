"""The sweep itself finds what it is made for: otherwise that it finds nothing elsewhere means nothing."""

import base64
import html
import json
import shlex
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.secrets.canary import Canaries, Sweep

SPELLINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "in a URL": urllib.parse.quote_plus,
    "in JSON": json.dumps,
    "in JSON as Go writes it": lambda text: json.dumps(text).replace("&", "\\u0026").replace("<", "\\u003c"),
    "in HTML": html.escape,
    "in a shell": shlex.quote,
    "in Python": repr,
    "in Python's bytes": lambda text: repr(text.encode()),
    "in capitals": str.upper,
    "in hexadecimal": lambda text: text.encode().hex(),
    "cut in the middle": lambda text: f"{text[:18]} … {text[-4:]}",
    "its end alone": lambda text: text[-14:],
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "as a password of basic auth": lambda text: base64.b64encode(f"noc:{text}".encode()).decode(),
    "as another one": lambda text: base64.urlsafe_b64encode(f"admin:{text}!".encode()).decode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_found(spelling: str) -> None:
    """Whatever a program makes of a secret when it writes it down, the sweep sees it, and doesn't repeat it."""
    canaries = Canaries()
    canaries.make("another")
    secret = canaries.make("the community")
    sweep = Sweep(canaries)
    sweep.text("the log", f"level=info {SPELLINGS[spelling](secret)} port=161")
    assert sweep.leaks, spelling
    assert sweep.leaks[0].startswith("the log: ")
    assert canaries.mark not in "".join(sweep.leaks)


def test_a_leak_is_named() -> None:
    """It says which secret was told and where; nothing is found where nothing is."""
    canaries = Canaries()
    canaries.make("the first")
    secret = canaries.make("the community")
    sweep = Sweep(canaries)
    sweep.text("stderr", f"error: {secret}")
    sweep.text("stdout", "error: kn0123456789ab")
    assert sweep.leaks == ["stderr: the community"]
    assert sweep.looked == ["stderr", "stdout"]


def test_a_tree_is_looked_at_whole(tmp_path: Path) -> None:
    """Hidden files, names, targets of links and binary files are seen; 0600 below the private folder alone is not."""
    canaries = Canaries()
    secret = canaries.make("a", "")
    private = tmp_path / "secrets" / "web"
    private.mkdir(parents=True)
    for folder in (private, private.parent):
        folder.chmod(0o700)
    for path, mode in {private / "good": 0o600, private / "open": 0o640, tmp_path / ".hidden": 0o600}.items():
        path.write_bytes(b"\xff\0" + secret.encode())
        path.chmod(mode)
    (tmp_path / secret).touch()
    (tmp_path / "link").symlink_to(secret)
    sweep = Sweep(canaries)
    sweep.tree(tmp_path, tmp_path / "secrets")
    found = sorted(leak.rpartition(":")[0].replace(str(tmp_path), "").replace(secret, "SECRET") for leak in sweep.leaks)
    assert found == ["/.hidden", "/secrets/web/open", "the link /link", "the name of /SECRET"]
    private.chmod(0o750)
    again = Sweep(canaries)
    again.tree(tmp_path, tmp_path / "secrets")
    assert f"{private}/good: a" in again.leaks


def test_processes_are_looked_at() -> None:
    """A secret in the arguments or in an environment is seen, but not in the variable that was given to be used."""
    canaries = Canaries()
    secret = canaries.make("a")
    wait = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", wait, secret], env={"GIVEN": secret, "OTHER": secret}, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        child.stdout.readline()
        sweep, everybody = Sweep(canaries), Sweep(canaries)
        sweep.process(child.pid, given={"GIVEN"})
        everybody.processes()
        child.communicate()
    places = [leak.partition(" of ")[0] for leak in sweep.leaks]
    assert places == ["the command line", "the environment"]
    assert sweep.leaks[1].endswith(": OTHER: a")
    assert everybody.leaks == [f"the command line of process {child.pid}: a"]
