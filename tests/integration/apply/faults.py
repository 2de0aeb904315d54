"""The fault matrix, as data: the tests walk it, and docs/apply.md shows it.

python -m tests.integration.apply.faults --write      puts the table into docs/apply.md
"""

import errno
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sotpctl.apply import APPLY, ROLLBACK

DOC = Path(__file__).resolve().parents[3] / "docs" / "apply.md"
BEGIN, END = "<!-- made by: python -m tests.integration.apply.faults --write -->", "<!-- end of what is made -->"

UNCHANGED = "nothing was changed: OLD is current"
BACK = "rolled back: OLD is current again, and what runs confirms it"
DONE = "applied: NEW is current, and everything confirms it"
STUCK_OLD = "not everything could be put back: …; OLD is current: mend that, then apply again"
STUCK_NEW = "not everything could be put back: …; NEW is current: mend that, then apply again"


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that can come at every system call on a file, and what it is called in the table; errors take turns."""

    name: str
    errnos: tuple[int | None, ...] = (None,)
    lasting: bool = False


KILL = Strike("SIGKILL")
STRIKES = (
    KILL,
    Strike("ENOSPC, EACCES or EIO, once", (errno.ENOSPC, errno.EACCES, errno.EIO)),
    Strike("EIO from there on, while undoing too", (errno.EIO,), lasting=True),
)


@dataclass(frozen=True, slots=True)
class Walk:
    """One cell of the first tables: a strike before a step and at every call in it.

    Attributes:
        holds: What is current afterwards, whole: "old", "new", or one of both.
        says: What the report may be; nothing where the process is dead.
    """

    walk: str
    strike: Strike
    step: str
    holds: tuple[str, ...]
    says: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.walk}-{self.strike.name}-{self.step}"


_OLD, _NEW, _EITHER = ("old",), ("new",), ("old", "new")
_STEPS = {"apply": [step.name for step in APPLY], "rollback": [step.name for step in ROLLBACK]}
# What an error does not hinder goes on: a release of the past that can't be deleted, a comparison that can't be made.
_ONCE = {
    "clear": (_EITHER, (UNCHANGED, DONE)),
    "check": (_OLD, (UNCHANGED,)),
    "compare": (_EITHER, (UNCHANGED, DONE)),
    "shrink": (_EITHER, (UNCHANGED, DONE)),
    "stage": (_OLD, (UNCHANGED,)),
    "write": (_OLD, (UNCHANGED,)),
    "swap": (_OLD, (UNCHANGED, BACK)),
    "prune": (_NEW, (DONE,)),
}
_EXPECTED: dict[Strike, dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    STRIKES[0]: {
        step: (_EITHER if step == "swap" else _NEW if step in {"reload", "confirm", "prune"} else _OLD, ())
        for step in _STEPS["apply"]
    },
    STRIKES[1]: _ONCE,
    STRIKES[2]: {
        **_ONCE,
        "compare": (_OLD, (UNCHANGED,)),
        "shrink": (_OLD, (UNCHANGED,)),
        "stage": (_OLD, (UNCHANGED, STUCK_OLD)),
        "write": (_OLD, (UNCHANGED, STUCK_OLD)),
        "swap": (_EITHER, (UNCHANGED, STUCK_OLD, STUCK_NEW)),
    },
}
WALKS = tuple(
    Walk(walk, strike, step, *_EXPECTED[strike][step])
    for walk, steps in _STEPS.items()
    for strike in STRIKES
    for step in steps
    if step in _EXPECTED[strike]  # the others touch no file
    and not (walk == "rollback" and step == "clear")  # the same step on the same litter
)


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the other tables.

    Attributes:
        key: What the test calls it.
        holds: What is current after the apply, in words.
        says: What the command says of it: a part of a step's line, or of the report.
    """

    key: str
    fault: str
    holds: str
    says: str

    def __str__(self) -> str:
        return self.key


FULL = (
    Case("blocks", "no room for another file's content", "old", UNCHANGED),
    Case("inodes", "no room for another file's name", "old", UNCHANGED),
)
DENIED = (
    Case("directory", "the apply directory", "old", "can't be written: Permission denied; run as a user that may"),
    Case("link", "the apply directory, though its `.lock` may be", "old", UNCHANGED),
    Case("releases", "`releases/`", "old", UNCHANGED),
    Case("secrets", "`secrets/`", "old", UNCHANGED),
)

_NOT_AS_APPLIED = "releases/OLD is not as it was applied: "
_SECRETS = "it is current, but its secrets are not as they should be"
DAMAGED = (
    Case("file_half", "a file of the current release ends in its middle", "old", _NOT_AS_APPLIED + "z (changed)"),
    Case("file_gone", "a file of it is missing", "old", _NOT_AS_APPLIED + "z (missing)"),
    Case("file_changed", "a file of it was edited", "old", _NOT_AS_APPLIED + "z (changed)"),
    Case("file_link", "a file of it was replaced by a link", "old", _NOT_AS_APPLIED + "z (changed)"),
    Case(
        "manifest_half", "its manifest ends in its middle", "old", _NOT_AS_APPLIED + "its manifest.json can't be read"
    ),
    Case("manifest_gone", "its manifest is missing", "old", _NOT_AS_APPLIED + "its manifest.json can't be read"),
    Case("release_gone", "its folder is missing", "old", "current points to releases/OLD, which is no release here"),
    Case("link_gone", "`current` is missing", "old", "current is missing"),
    Case(
        "link_nowhere", "`current` points nowhere", "old", "current points to releases/none, which is no release here"
    ),
    Case(
        "link_outside",
        "`current` points elsewhere",
        "old",
        "current points to ../elsewhere/OLD, which is no release here",
    ),
    Case("secret_half", "a secret ends in its middle", "old", _SECRETS),
    Case("secret_gone", "a secret is missing", "old", _SECRETS),
    Case("secret_mode", "a secret can be read by others", "old", _SECRETS),
    Case("secrets_mode", "the folder of secrets can be read by others", "old", _SECRETS),
    Case("copy_half", "a release is half copied", "old", "removed releases/.NEW.17.aside"),
)
REFUSED = (
    Case("file_extra", "a file lies in the release that no apply wrote", "old", "move them away, then apply again"),
    Case("link_folder", "`current` is a folder", "none", "is no link, so no apply made it: move it away"),
)

_BACK_BUT = "rolled back: OLD is current again, but icmp (ADDRESS): "
_UNANSWERED, _STRANGER = "GET /metrics got no answer", "what listens there is no exporter of SOTP's"
ENGINES = (
    Case("reload_500", "answers the reload with 500 and its reason", "old", BACK),
    Case("reload_hangs", "doesn't answer the reload", "old", BACK),
    Case("reload_cut", "cuts the connection during the reload", "old", BACK),
    Case("reload_redirects", "sends the reload to another page", "old", BACK),
    Case("reload_fills", "answers the reload without an end", "old", BACK),
    Case("reload_keeps", "answers 200, but keeps the old configuration", "old", BACK),
    Case("reload_dies", "dies of the reload", "old", _BACK_BUT + "not running"),
    Case("late", "starts after the reload, before it is asked", "new", DONE),
    Case("down", "isn't running", "new", "NEW is current, but not confirmed by icmp (ADDRESS): not running"),
    Case("body_cut", "cuts the connection in the middle of its answer", "old", _BACK_BUT + _UNANSWERED),
    Case("no_http", "answers something that isn't HTTP", "old", _BACK_BUT + _UNANSWERED),
    Case("binary", "answers 200 with bytes that are no text", "old", _BACK_BUT + _STRANGER),
    Case("html", "answers 200 with a web page", "old", _BACK_BUT + _STRANGER),
    Case("stranger", "is another service's `/metrics`", "old", _BACK_BUT + _STRANGER),
)
_PROMETHEUS_BUT = _BACK_BUT.replace("icmp", "prometheus")
REAL = (
    Case("rule", "Prometheus refuses a rule that slipped through", "old", BACK),
    Case("config", "Alertmanager refuses its configuration", "old", BACK),
    Case(
        "stopped", "Prometheus hangs (SIGSTOP)", "old", "rolled back: OLD is current again, but prometheus (ADDRESS): "
    ),
)
CROWD = Case("crowd", "200 at once", "new", "another apply is at work (pid …); wait for it")

_LETTERS = dict(zip((UNCHANGED, BACK, DONE, STUCK_OLD, STUCK_NEW), "abcde", strict=True))


def table() -> str:
    """Give the generated part of docs/apply.md."""
    parts = [
        *(_walk_table(walk) for walk in _STEPS),
        "The last line that is printed: "
        + "; ".join(f"({letter}) *{text}*" for text, letter in _LETTERS.items())
        + ".",
        _case_table("the disk is full", FULL),
        _case_table("the user may not write", DENIED),
        _case_table("found by the next apply, and put right", DAMAGED),
        _case_table("found by the next apply, and left for you", REFUSED),
        _case_table("an exporter", ENGINES),
        _case_table("a real engine", REAL),
        _case_table("applies", (CROWD,)),
    ]
    return "\n\n".join(parts)


def _walk_table(walk: str) -> str:
    cells = {(cell.strike, cell.step): cell for cell in WALKS if cell.walk == walk}
    steps = [step for step in _STEPS[walk] if (KILL, step) in cells]
    rows = [[strike.name, *(_short(cells.get((strike, step))) for step in steps)] for strike in STRIKES]
    return _markdown([f"`{walk}`", *steps], rows)


def _short(cell: Walk | None) -> str:
    if cell is None:
        return ""
    letters = ", ".join(_LETTERS[text] for text in cell.says)
    return " or ".join(cell.holds) + (f" ({letters})" if letters else "")


def _case_table(head: str, cases: Iterable[Case]) -> str:
    return _markdown([head, "holds", "says"], [[case.fault, case.holds, f"*{case.says}*"] for case in cases])


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Write the tables into the page, or print them."""
    if "--write" in sys.argv:
        DOC.write_text(replaced(DOC.read_text()))
    else:
        sys.stdout.write(table() + "\n")


def replaced(text: str) -> str:
    """Put the tables between their markers."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    main()
