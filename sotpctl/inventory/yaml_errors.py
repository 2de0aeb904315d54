"""What libyaml finds wrong with a file, as somebody says it who looks at the file. Pure."""

from __future__ import annotations

import yaml


def said(error: yaml.MarkedYAMLError, text: str, line: int) -> str:
    """Return what is wrong, and what would be right where that is known.

    Args:
        error: libyaml's.
        text: The whole file.
        line: Where it is, from 1.
    """
    problem = error.problem or "not YAML"
    lines = text.splitlines()
    written = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return "a tab indents this line: YAML takes spaces only"
    if "expected a single document" in f"{error.context} {problem}":
        return "a second document starts here: an inventory is one YAML document, or a directory of files"
    if "undefined alias" in problem:
        return "this alias has no anchor: no & with its name stands before it"
    if "duplicate anchor" in problem or "levels are nested" in problem:
        return problem
    return _in_words(error, problem)


def _in_words(error: yaml.MarkedYAMLError, problem: str) -> str:  # noqa: PLR0911 - a table of cases
    """Say libyaml's commonest findings as somebody would who looks at the file; the others in its own words."""
    context, begun = error.context or "", error.context_mark
    where = f"{begun.line + 1}:{begun.column + 1}" if begun else "an earlier line"
    for kind, opened, closes in (("mapping", "{", "}"), ("sequence", "[", "]")):
        if context == f"while parsing a flow {kind}":
            return f'the "{opened}" at {where} is not closed: "," or "{closes}" is missing before this'
    if context == "while scanning a quoted scalar":
        return f"the quote at {where} is not closed"
    if context == "while parsing a block mapping" and "expected key" in problem:
        return f"this line is indented unlike the lines it belongs to, which begin at {where}"
    if "could not find expected ':'" in problem:
        return f'the key at {where} lacks its colon: write "key: value"'
    if "mapping values are not allowed" in problem:
        return 'a ": " can\'t stand here: quote a value that holds one, or mend the indentation'
    if "cannot start any token" in problem:
        return f"not YAML: {problem}; quote the value ({context})"
    return f"not YAML: {problem} ({context})" if context else f"not YAML: {problem}"
