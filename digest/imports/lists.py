"""Lists, one thing a line: arXiv ids, DOIs and URLs of papers, feeds and searches of arXiv, or authors' names.

A line that begins with "#" or "%" is a comment, and so is what stands behind a "#" with white space before it.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.imports.decoding import start
from digest.imports.feeds import arxiv_wanted
from digest.imports.gathering import MOST_ENTRIES, Gathering, Imported, author, entry_of
from digest.imports.people import is_name, is_orcid, orcid_in
from digest.papers.ids import arxiv_id, canonical_url, doi

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPECTED = (
    "OPML, BibTeX, RIS, PubMed (.nbib), Web of Science (plain text), EndNote (.enw), "
    "a list of arXiv ids, DOIs or URLs (one a line), an ORCID iD, or names of authors (one a line)"
)
_COMMENT = re.compile(r"(?:^|\s)#.*|^\s*%.*")
_BULLET = re.compile(r"^[-*•]\s+")
_LONGEST = 2_048


def read_list(text: str) -> Imported:
    """The papers that a list names, or the authors, or the one ORCID iD.

    Raises:
        UsageError: nothing in it is any of these, or the iD is mistyped.
    """
    lines = list(islice(_lines(text), MOST_ENTRIES + 1))
    if len(lines) == 1 and (orcid := orcid_in(lines[0][1])):
        return _researcher(orcid)
    gathering, known, names = Gathering(), 0, list[tuple[int, str]]()
    for number, line in lines:
        if not gathering.room():
            break
        if _take(gathering, line, number):
            known += 1
        else:
            names.append((number, line))
    if known:
        for number, line in names:
            gathering.skip(f"line {number}: {line[:60]}", "no arXiv id, DOI or URL")
        return gathering.done("list")
    return _authors(text, names)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Every line that says something, with its number, without comment and bullet."""
    for number, line in enumerate(text.split("\n"), 1):
        said = _COMMENT.sub("", line[: _LONGEST + 1]).strip() if line else ""
        if said:
            yield number, _BULLET.sub("", said)


def _take(gathering: Gathering, line: str, number: int) -> bool:
    """Add what a line names; False where that is nothing."""
    searched = arxiv_wanted(line)
    gathering.want(*searched.interests)
    for part in searched.left_out:
        gathering.skip(f"line {number}", f"there is no interest for {part[:60]!r}")
    names = searched.papers or ([line] if not searched and _names_paper(line) else [])
    for name in names:
        gathering.paper(entry_of(url=name, doi=name, arxiv_id=name), f"line {number}")
    return bool(searched or names)


def _names_paper(line: str) -> bool:
    return len(line) <= _LONGEST and bool(arxiv_id(line) or doi(line) or canonical_url(line))


def _researcher(orcid: str) -> Imported:
    if not is_orcid(orcid):
        raise UsageError(f"{orcid} is no ORCID iD: its last sign does not fit the others, so one of them is mistyped")
    return Imported("orcid", orcid=orcid)


def _authors(text: str, lines: list[tuple[int, str]]) -> Imported:
    gathering, known = Gathering(), False
    for number, line in lines:
        interest = author(line) if is_name(line) else None
        if interest is None:
            gathering.skip(f"line {number}: {line[:60]}", "no name of a person")
        else:
            gathering.want(interest)
            known = True
    if not known:
        first = f"found {lines[0][1][:40]!r} ({start(text)})" if lines else "found nothing"
        raise UsageError(f"expected {EXPECTED}; {first}")
    return gathering.done("author")
