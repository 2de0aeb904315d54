"""Go's regular expressions (RE2) and replacement templates as Python's `re` has them. Pure.

The languages agree where snmp.yml's patterns are: what differs is translated here, or refused with its place.
"""

import re

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_TOKEN = re.compile(
    r"\\(?P<escape>.)|\[:(?P<posix>\w+):\]|\(\?(?P<flags>[imsU]+)\)|(?P<dollar>\$)|(?P<open>\[\^?\]?)|(?P<close>\])",
    re.DOTALL,
)
_TEMPLATE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<braced>\w+)\}|(?P<name>\w+))", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?inf(?:inity)?|nan", re.IGNORECASE)
Parts = tuple[str | int | tuple[str], ...]


class PatternError(ValueError):
    """A pattern that Python can't be given the meaning of; the text says why."""


def compile(pattern: str, *, whole: bool) -> re.Pattern[str]:  # noqa: A001  # the module is named with it
    """Returns a pattern.

    Args:
        pattern: In RE2's language.
        whole: Whether it must match from the beginning to the end.

    Raises:
        PatternError: It is none, or has something that Python's `re` lacks.
    """
    translated = _translate(pattern)
    try:
        return re.compile(rf"\A(?:{translated})\Z" if whole else translated, re.ASCII)
    except re.error as error:
        raise PatternError(f'"{pattern}" is no regular expression: {error}') from error


def template(text: str) -> Parts:
    """Returns a template's parts: text; a group's number, or its name in a tuple (Go's `Regexp.Expand`)."""
    parts: list[str | int | tuple[str]] = []
    at = 0
    for found in _TEMPLATE.finditer(text):
        parts.append(text[at : found.start()] + (found["dollar"] or ""))
        name = found["braced"] or found["name"]
        if name:
            parts.append(int(name) if name.isdecimal() else (name,))
        at = found.end()
    parts.append(text[at:])
    return tuple([part for part in parts if part != ""])


def expand(match: re.Match[str], parts: Parts) -> str:
    """Returns the template with the match's groups in it; a group that there isn't is empty."""
    out = []
    for part in parts:
        if isinstance(part, str):
            out.append(part)
            continue
        try:
            out.append(match[part if isinstance(part, int) else part[0]] or "")
        except IndexError:
            continue
    return "".join(out)


def _translate(pattern: str) -> str:
    """Rewrites what differs: the very end, POSIX classes, flags within, and quoting."""
    out: list[str] = []
    at = groups = 0
    in_class = False
    while found := _TOKEN.search(pattern, at):
        out.append(pattern[at : found.start()])
        at = found.end()
        match found.lastgroup:
            case "escape":
                text, at = _escape(found["escape"], pattern, at)
                out.append(text)
            case "posix" if in_class and found["posix"] in _POSIX:
                out.append(_POSIX[found["posix"]])
            case "flags" if not in_class:
                if "U" in found["flags"]:
                    raise PatternError(f'"{pattern}" has the flag U, which is not supported; write .*? for .*')
                out.append(f"(?{found['flags']}:")
                groups += 1
            case "dollar" if not in_class:
                out.append(r"\Z")
            case "open":
                out.append(found[0] if not in_class else found[0].replace("[", r"\["))
                in_class = True
            case "close":
                out.append(found[0])
                in_class = False
            case _:
                out.append(found[0])
    out.append(pattern[at:])
    if groups and "(" in pattern[: pattern.find("(?")]:
        raise PatternError(f'"{pattern}" sets flags within a group; set them at its beginning')
    return "".join(out) + ")" * groups


def _escape(character: str, pattern: str, at: int) -> tuple[str, int]:
    if character == "z":
        return r"\Z", at
    if character == "Q":
        end = pattern.find(r"\E", at)
        end = len(pattern) if end < 0 else end
        return re.escape(pattern[at:end]), end + 2
    if character in "pPC":
        raise PatternError(f'"{pattern}" has \\{character}, which is not supported; name the characters instead')
    return f"\\{character}", at


def number(text: str) -> float | None:
    """Returns a number as Go's ParseFloat reads it; None for none."""
    try:
        return float(text) if _FLOAT.fullmatch(text) else None
    except ValueError:
        return None
