"""One paper out of many sightings: each field from the source that knows it best.

==================================  ==========================================================
title, abstract                     the highest version that is counted; else the longer complete
authors                             the longest list
categories                          arXiv's before anybody else's, those of the highest version first
DOI, links                          the first one told, each link for itself
published, listed on                the earliest
upvotes, comments                   the latest counts
summary, keywords and so on         the latest that says anything
==================================  ==========================================================

So it is among authorities (`papers.authority`). Who has less standing than whoever told the paper adds a sighting; who
has more takes over: nothing that a stranger told is left then, and of what a publisher told what is told nowhere else.
Below an authority the first source speaks, and another gives at most the abstract that is missing.

Merging an entry a second time changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from digest.model import Links, Paper, Standing
from digest.model.sources import NOWHERE

if TYPE_CHECKING:
    from digest.model import Entry
    from digest.papers.identity import Identity

_Day = TypeVar("_Day", bound=date)  # a datetime is a date, too

_ARXIV_CATEGORY = re.compile(
    r"(?:astro-ph|cond-mat|cs|econ|eess|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|nlin|nucl-ex|nucl-th|physics|"
    r"q-bio|q-fin|quant-ph|stat)(?:\.[A-Za-z-]{2,17})?"
)
_CUT = ("…", "...", "[…]", "[...]")


def merge(
    paper: Paper | None, entry: Entry, identity: Identity, source: str, standing: Standing = Standing.AUTHORITY
) -> Paper:
    """`paper` with what `entry`, seen in `source`, adds to it; a paper of its own where `paper` is None."""
    if paper is None:
        paper = Paper(key=identity.aliases[0], title=entry.title, standing=standing, told_by=source)
    if standing > paper.standing:
        paper = _taken_over(paper, entry, identity, source, standing)
    elif may_speak(paper, source, standing):
        paper = replace(_told(paper, entry, identity), told_by=paper.told_by or source)
    elif not paper.abstract and paper.standing < Standing.AUTHORITY:
        paper = replace(paper, abstract=entry.abstract, authors=paper.authors or entry.authors)
    return replace(
        paper,
        aliases=paper.aliases | {paper.key, *identity.aliases},
        sources=paper.sources if source in paper.sources else (*paper.sources, source),
    )


def may_speak(paper: Paper, source: str, standing: Standing) -> bool:
    """Whether what `source` tells of a paper, by right of `standing`, counts: as an authority, or as the first."""
    is_first = source == paper.told_by or (not paper.told_by and source in paper.sources)
    return standing is Standing.AUTHORITY or standing > paper.standing or not paper.sources or is_first


def _taken_over(paper: Paper, entry: Entry, identity: Identity, source: str, standing: Standing) -> Paper:
    bare = Paper(paper.key, entry.title, paper.aliases, sources=paper.sources, standing=standing, told_by=source)
    told = _told(bare, entry, identity)
    if paper.standing is Standing.STRANGER:
        return told
    missing = {
        f.name: getattr(paper, f.name) for f in fields(Paper) if getattr(told, f.name) in (None, "", (), NOWHERE)
    }
    return replace(told, **missing)


def _told(paper: Paper, entry: Entry, identity: Identity) -> Paper:
    """`paper` with the fields that `entry` tells better."""
    title, abstract = _text(paper, entry, identity.revision)
    return replace(
        paper,
        title=title,
        abstract=abstract,
        authors=entry.authors if len(entry.authors) > len(paper.authors) else paper.authors,
        author_count=_greatest(paper.author_count, entry.author_count),
        categories=_categories(paper, entry, identity.revision),
        links=_links(paper.links, entry.links),
        arxiv_id=paper.arxiv_id or identity.arxiv_id,
        doi=paper.doi or identity.doi,
        revision=max(paper.revision, identity.revision),
        published=_earliest(paper.published, entry.published),
        listed_on=_earliest(paper.listed_on, entry.listed_on),
        upvotes=paper.upvotes if entry.upvotes is None else entry.upvotes,
        comments=paper.comments if entry.comments is None else entry.comments,
        summary=entry.summary or paper.summary,
        keywords=entry.keywords or paper.keywords,
        thumbnail=entry.thumbnail or paper.thumbnail,
        organization=entry.organization or paper.organization,
    )


def _text(paper: Paper, entry: Entry, revision: int) -> tuple[str, str]:
    """Title and abstract of the two that are newest, or, of the same age, most complete."""
    if revision != paper.revision:
        newer = revision > paper.revision
        return _prefer(entry.title, paper.title, newer), _prefer(entry.abstract, paper.abstract, newer)
    title = _prefer(entry.title, paper.title, _is_cut(paper.title))
    return title, _prefer(entry.abstract, paper.abstract, len(entry.abstract) > len(paper.abstract))


def _prefer(theirs: str, ours: str, take_theirs: bool) -> str:
    """One of two texts: never nothing for something, nor a cut one for a whole one."""
    if not theirs or not ours:
        return theirs or ours
    if _is_cut(theirs) != _is_cut(ours):
        return ours if _is_cut(theirs) else theirs
    return theirs if take_theirs else ours


def _is_cut(text: str) -> bool:
    return text.endswith(_CUT)


def _categories(paper: Paper, entry: Entry, revision: int) -> tuple[str, ...]:
    if not entry.categories or not paper.categories:
        return entry.categories or paper.categories
    if _of_arxiv(entry.categories) != _of_arxiv(paper.categories):
        return entry.categories if _of_arxiv(entry.categories) else paper.categories
    return entry.categories if revision > paper.revision else paper.categories


def _of_arxiv(categories: tuple[str, ...]) -> bool:
    return any(_ARXIV_CATEGORY.fullmatch(c) for c in categories)


def _links(ours: Links, theirs: Links) -> Links:
    return Links(
        abstract=ours.abstract or theirs.abstract,
        pdf=ours.pdf or theirs.pdf,
        html=ours.html or theirs.html,
        code=ours.code or theirs.code,
        project=ours.project or theirs.project,
    )


def _greatest(left: int | None, right: int | None) -> int | None:
    return max((n for n in (left, right) if n is not None), default=None)


def _earliest(left: _Day | None, right: _Day | None) -> _Day | None:
    return min((day for day in (left, right) if day is not None), default=None)
