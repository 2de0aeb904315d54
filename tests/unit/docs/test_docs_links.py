"""Every link between the pages, and from them to files of the repository, leads somewhere."""

import re
from pathlib import Path

import pytest

from tests.unit.docs.commands import PAGES, ROOT

_LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
_ELSEWHERE = ("http://", "https://", "mailto:")


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _prose(text: str) -> str:
    """Returns the text without its code, in which brackets are no links."""
    return re.sub(r"`[^`\n]+`", "`code`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def _anchor(heading: str) -> str:
    """Returns what the forges make of a heading: small letters, hyphens for blanks, no punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    """The file is there, and in it the heading where the link names one."""
    for link in _LINK.findall(_prose(page.read_text(encoding="utf-8"))):
        if link.startswith(_ELSEWHERE):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert ROOT in target.parents, f"{link} leads out of the repository"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, link


def test_every_page_is_linked_from_another() -> None:
    """Nobody finds a page that no other names; a folder's link names all in it."""
    linked: set[Path] = set()
    for page in PAGES:
        for link in _LINK.findall(_prose(page.read_text(encoding="utf-8"))):
            if not link.startswith(_ELSEWHERE):
                linked.add((page.parent / link.partition("#")[0]).resolve())
    assert [_name(page) for page in PAGES if not {page, page.parent} & linked and page.name != "README.md"] == []
