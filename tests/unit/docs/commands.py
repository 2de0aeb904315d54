"""The commands that a page shows: of its blocks as they are typed, and of its prose as they are mentioned."""

import re
import shlex
from collections.abc import Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"^ {4,}(sotpctl .*)$", re.MULTILINE)
_INLINE = re.compile(r"(?<!`)`((?:sotpctl|sotp-exporter) [a-zA-Z-][^`]*)`(?!`)")
_SHELL = {"sh", "bash"}
_TRANSCRIPT = {"console", ""}  # a line without a prompt is an answer
_PROGRAMS = ("sotpctl", "sotp-exporter", "make")


def blocks(text: str, *languages: str) -> list[str]:
    """Returns the page's fenced blocks in these languages, without their indentation."""
    found = [(language, re.sub(r"^ +(?=\S)", "", body, flags=re.MULTILINE)) for language, body in _FENCE.findall(text)]
    return [body for language, body in found if language in languages]


def typed(text: str) -> list[list[str]]:
    """Returns every command of ours that the page's blocks show, as words: `["sotpctl", "diff", "--patch"]`."""
    lines = [line for body in blocks(text, *_SHELL) for line in body.replace("\\\n", " ").splitlines()]
    for body in blocks(text, *_TRANSCRIPT):
        lines += [line[2:] for line in body.splitlines() if line.startswith(("$ ", "# "))]
    lines += _INDENTED.findall(_FENCE.sub("", text))
    return [words for line in lines for words in _commands(line)]


def mentioned(text: str) -> list[list[str]]:
    """Returns every command that stands in the prose as `code`, its alternatives (`add|list`) each by itself."""
    found = []
    for code in _INLINE.findall(_FENCE.sub("", text).replace("\n", " ")):
        for line in re.split(r" (?:&&|\|) ", code):
            words = line.replace("[", "").replace("]", "").replace('"', "").replace("'", "").split()
            found += [list(choice) for choice in product(*(word.split("|") for word in words))]
    return [words for words in found if words[0] in _PROGRAMS]


def _commands(line: str) -> Iterator[list[str]]:
    """Yields the commands of ours in a shell's line, whatever stands before them (`sudo -u sotp`) or between them."""
    part: list[str] = []
    for token in [*_tokens(line), ";"]:
        if set(token) <= set(";&|><"):
            names = [Path(word).name for word in part]
            start = next((at for at, name in enumerate(names) if name in _PROGRAMS), None)
            if start is not None and _runs(part[:start]):
                yield [names[start], *part[start + 1 :]]
            part = []
        else:
            part.append(token)


def _tokens(line: str) -> list[str]:
    reader = shlex.shlex(line, posix=True, punctuation_chars=";&|<>")
    reader.commenters = "#"
    reader.whitespace_split = True
    try:
        return list(reader)
    except ValueError:  # a quotation over several lines: nothing of ours
        return []


def _runs(before: list[str]) -> bool:
    """Tells whether what stands before a name runs it, so that the name isn't an argument."""
    return not before or before[0] == "sudo" or all("=" in word for word in before)
