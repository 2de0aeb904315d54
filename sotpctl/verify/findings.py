"""What a tool didn't like."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of complaint: the tool that made it, and its words with paths relative to the rendered tree."""

    tool: str
    message: str

    def __str__(self) -> str:
        """Return `promtool: prometheus/rules/sotp.yml: …`."""
        return f"{self.tool}: {self.message}"


def missing(tool: str) -> Finding:
    """Return the finding that a tool isn't installed, with the two ways out."""
    return Finding(tool, "isn't installed; `make engines` builds it, and --no-verify renders unchecked")


def from_output(tool: str, output: str, noise: Iterable[str]) -> tuple[Finding, ...]:
    """Return a finding for each line that says something.

    Args:
        tool: Whose output it is.
        output: Both streams; what follows `FAILED:` on a line is what the tool has to say.
        noise: The beginnings of lines that say nothing.
    """
    beginnings = tuple(noise)
    told = []
    for line in output.splitlines():
        before, failed, after = line.partition("FAILED:")
        text = (after if failed else before).strip()
        if text and (failed or not text.startswith(beginnings)):
            told.append(Finding(tool, text))
    return tuple(told) or (Finding(tool, "refused it without a word"),)
