"""Trying interests out on papers at hand: does one find anything, and is it telling?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.model import InterestKind
from digest.ranking import tokens
from digest.ranking.lexical import LexicalRanker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.model import Interest, Paper
    from digest.ranking.lexical import LexicalIndex

TOO_MANY = 0.2
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Check:
    """What one interest does to some papers: how many of them it hits, the strongest by title, and a warning or ""."""

    interest: Interest
    hits: int
    papers: int
    examples: tuple[str, ...] = ()
    warning: str = ""


def check(interests: Iterable[Interest], papers: Sequence[Paper]) -> list[Check]:
    """One `Check` for each interest, in order."""
    index = LexicalRanker().prepare(papers)
    return [_check(interest, index, len(papers)) for interest in interests]


def _check(interest: Interest, index: LexicalIndex, papers: int) -> Check:
    hits = index.hits(interest)
    warning = _warning(interest, index, len(hits), papers)
    return Check(interest, len(hits), papers, tuple(p.title for p in hits[:EXAMPLES]), warning)


def _warning(interest: Interest, index: LexicalIndex, hits: int, papers: int) -> str:
    if not papers:
        return ""
    if not hits:
        return "matches nothing" + _in_lower_case(interest, index)
    if hits > TOO_MANY * papers and hits > 1:
        return f"matches {hits / papers:.0%} of the papers, so it says little"
    return ""


def _in_lower_case(interest: Interest, index: LexicalIndex) -> str:
    """A hint where only the case keeps an acronym from matching."""
    if interest.kind not in (InterestKind.WORDS, InterestKind.PHRASE):
        return ""
    if not any(tokens.is_acronym(w) for w in tokens.words(interest.term)):
        return ""
    lower = replace(interest, term=interest.term.lower())
    found = len(index.hits(lower))
    return f'; "{lower.term}", in any case, would match {found}' if found else ""
