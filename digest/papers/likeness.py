"""How alike two tellings are: whether two texts may be of one work, and what date, authors and page say of it.

The rules by which a title decides, which alone never does. First row that fits; "near" is the same source, the hard
witnesses are the day of publication and the authors, the soft ones the page and the feed's own id.

====================================================================  ==========
equal title and                                                        one work
====================================================================  ==========
abstracts of two works                                                 no
an equal abstract that says much                                       yes
a hard witness against it (another day in the same source; no author   no
in common)
the title says much, a hard witness for it                             yes
the title says much, page or id against it, none of them for it        no
the title says much, the abstract is reworded, nothing for it, and     no
not one of the two alone has a strong name
the title says much                                                    yes
the title says little ("Editorial"), another page                      no
the title says little, same source, a hard witness for it              yes
the title says little, other source, the same day and the same author  yes
the title says little, the same short abstract, nothing against it     yes
all else                                                               no
====================================================================  ==========
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from digest.papers.identity import is_strong, tells_much, title_key
from digest.papers.text import norm
from digest.papers.urls import page_url, same_but_for_tokens

if TYPE_CHECKING:
    from datetime import date

    from digest.model import Entry, Paper
    from digest.papers.identity import Identity

ENOUGH = 0.5
"""Share of the words of the shorter text that stand in the longer one too, from which on both are one work's."""

_LONGEST = 4_000
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]{3,}")
_NUMBER = re.compile(r"\d+|\b[ivx]+\b")
_NO_DIGITS = str.maketrans("", "", "0123456789")
_ONE_DAY = 1


class Abstracts(Enum):
    """How two abstracts compare: numbers in them (a counter of views) do not tell them apart."""

    UNTOLD, EQUAL, ALIKE, OTHER = range(4)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of a work: by one entry, or by all that made up a paper.

    `guids` are the ids of its feed, `page` what `page_url` makes of its link, `authors` the words of their names.
    """

    title: str
    abstract: str
    day: date | None
    authors: frozenset[str]
    page: str
    guids: frozenset[str]
    is_named: bool


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who speaks for one work, and who against it: of "day", "authors" (hard), "page" and "guid" (soft)."""

    agree: frozenset[str]
    disagree: frozenset[str]

    @property
    def agree_hard(self) -> bool:
        return not _HARD.isdisjoint(self.agree)

    @property
    def disagree_hard(self) -> bool:
        return not _HARD.isdisjoint(self.disagree)


_HARD = frozenset({"day", "authors"})


def told_by(entry: Entry, identity: Identity) -> Telling:
    """What one entry tells."""
    guids = frozenset(alias for alias in identity.aliases if alias.startswith("guid:"))
    return _telling(entry, guids, any(map(is_strong, identity.aliases)))


def told_of(paper: Paper, source: str) -> Telling:
    """What is known of a paper; of the ids of feeds only those of `source` count."""
    guids = frozenset(alias for alias in paper.aliases if alias.startswith(f"guid:{source}:"))
    return _telling(paper, guids, any(map(is_strong, paper.aliases)))


def one_work(ours: Telling, theirs: Telling, *, near: bool, together: bool = False) -> int:
    """Whether two tellings whose titles are equal are of one work: 0, or 1 and how many witnesses say so.

    Args:
        near: both are of one source, which dates and addresses all it tells alike.
        together: both stand in one snapshot, where two addresses are two, be it but for a token.
    """
    abstracts = compare(ours.abstract, theirs.abstract)
    if abstracts is Abstracts.OTHER:
        return 0
    if abstracts is Abstracts.EQUAL and tells_much(ours.abstract):
        return 9
    seen = witnesses(ours, theirs, near=near, together=together)
    if seen.disagree_hard:
        return 0
    if title_key(ours.title):
        decided = _by_full_title(seen, abstracts, named_once=ours.is_named != theirs.is_named)
    else:
        decided = _by_short_title(seen, abstracts, near=near)
    if not decided:
        return 0
    preprint_and_print = ours.is_named and theirs.is_named and abstracts is Abstracts.ALIKE
    return 0 if preprint_and_print else 1 + len(seen.agree)


def one_page(paper: Paper, entry: Entry, ours: Telling, theirs: Telling, *, near: bool) -> bool:
    """Whether two tellings that share an address are of one work: a page may serve one after the other.

    Another id in the feed together with another day outweighs it (a column that always links to one page), and so
    do other numbers in the title (chapters that link to their book), unless the abstracts are alike.
    """
    if not same_work(paper, entry):
        return False
    if compare(ours.abstract, theirs.abstract) in (Abstracts.EQUAL, Abstracts.ALIKE) and tells_much(theirs.abstract):
        return True
    seen = witnesses(ours, theirs, near=near)
    return not seen.disagree >= {"day", "guid"} and same_numbers(ours.title, theirs.title)


def witnesses(ours: Telling, theirs: Telling, *, near: bool, together: bool = False) -> Witnesses:
    """What day, authors, page and feed's id say; where one side does not tell it, nothing."""
    said = {
        "day": _days(ours, theirs, near),
        "authors": _shared(ours.authors, theirs.authors),
        "page": _pages(ours.page, theirs.page, near, together),
        "guid": _shared(ours.guids, theirs.guids) if near else None,
    }
    agree = frozenset(name for name, agrees in said.items() if agrees)
    return Witnesses(agree, frozenset(name for name, agrees in said.items() if agrees is False))


def compare(ours: str, theirs: str) -> Abstracts:
    """How two abstracts compare."""
    if not ours or not theirs:
        return Abstracts.UNTOLD
    if norm(ours).translate(_NO_DIGITS) == norm(theirs).translate(_NO_DIGITS):
        return Abstracts.EQUAL
    return Abstracts.ALIKE if _alike(ours, theirs) else Abstracts.OTHER


def same_work(paper: Paper, entry: Entry) -> bool:
    """Whether title or abstract of `entry` may be those of `paper`, reworded or cut."""
    if _alike(paper.title, entry.title):
        return True
    return bool(paper.abstract and entry.abstract) and _alike(paper.abstract, entry.abstract)


def same_numbers(left: str, right: str) -> bool:
    """Whether two titles hold the same numbers: "Chapter 1" and "Chapter 2" are two, however alike."""
    return sorted(_NUMBER.findall(left.casefold())) == sorted(_NUMBER.findall(right.casefold()))


def _telling(told: Entry | Paper, guids: frozenset[str], is_named: bool) -> Telling:
    return Telling(
        title=told.title,
        abstract=told.abstract,
        day=told.published.date() if told.published else None,
        authors=frozenset(word for name in told.authors for word in map(norm, _WORD.findall(name)) if word),
        page=page_url(told.links.abstract),
        guids=guids,
        is_named=is_named,
    )


def _by_full_title(seen: Witnesses, abstracts: Abstracts, *, named_once: bool) -> bool:
    if seen.agree_hard:
        return True
    if seen.disagree and not seen.agree:
        return False
    return abstracts is not Abstracts.ALIKE or named_once or "page" in seen.agree


def _by_short_title(seen: Witnesses, abstracts: Abstracts, *, near: bool) -> bool:
    if "page" in seen.disagree or ("guid" in seen.disagree and "page" not in seen.agree):
        return False
    if near:
        return seen.agree_hard or abstracts is Abstracts.EQUAL
    return seen.agree >= _HARD or (abstracts is Abstracts.EQUAL and not seen.disagree)


def _days(ours: Telling, theirs: Telling, near: bool) -> bool | None:
    if ours.day is None or theirs.day is None:
        return None
    if near:
        return ours.day == theirs.day
    if abs((ours.day - theirs.day).days) <= _ONE_DAY:
        return True
    return None if ours.is_named or theirs.is_named else False


def _pages(ours: str, theirs: str, near: bool, together: bool) -> bool | None:
    if not ours or not theirs:
        return None
    if ours == theirs:
        return True
    if not near:
        return None
    return not together and same_but_for_tokens(ours, theirs)


def _shared(ours: frozenset[str], theirs: frozenset[str]) -> bool | None:
    return not ours.isdisjoint(theirs) if ours and theirs else None


def _alike(left: str, right: str) -> bool:
    ours, theirs = _words(left), _words(right)
    fewer = min(len(ours), len(theirs))
    return len(ours & theirs) >= ENOUGH * fewer if fewer else left == right


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text[:_LONGEST].casefold()))
