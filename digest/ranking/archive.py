"""The archive: papers from before, and what they teach of the words that go with an interest.

Nobody labelled them. The papers that an interest finds best stand for it, and the words that they share are its
expansion (pseudo-relevance feedback after J. Rocchio, 1971), which lends a paper some score and is never a match.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from digest.model import InterestKind
from digest.ranking import tokens
from digest.ranking.lexical import LexicalRanker
from digest.ranking.vectors import centre, vector

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.model import Interest, Paper
    from digest.ranking.past import Past

TEACHERS = 20
"""So many of the papers that an interest finds best teach what goes with it."""
FEWEST = 3
WORDS = 30


def can_expand(interest: Interest) -> bool:
    """Whether there may be words that go with it: not for authors and categories."""
    return interest.kind in (InterestKind.WORDS, InterestKind.PHRASE)


class Archive:
    """Papers from before, made ready for learning what goes with any number of interests."""

    def __init__(self, papers: Sequence[Paper], past: Past) -> None:
        self._index = LexicalRanker().prepare(papers, replace(past, expansions={}))

    def expansion(self, interest: Interest) -> dict[str, float]:
        """The words that go with an interest, as they are mostly spelt, strongest first, each with its weight.

        The weights make a vector of length one. Without the interest's own words; empty where fewer than `FEWEST`
        papers tell anything.
        """
        if not can_expand(interest):
            return {}
        asked = replace(interest, kind=InterestKind.WORDS, field="", weight=1.0, excluded=False)
        best = self._index.strongest(asked, TEACHERS)
        if len(best) < FEWEST:
            return {}
        found = centre(((worth, vector(paper, self._told)) for paper, worth in best), least=2)
        own = {tokens.key(word) for word in tokens.words(interest.term)}
        kept = centre([(1.0, {key: value for key, value in found.items() if key not in own})], most=WORDS)
        spelt = _spellings(paper for paper, _ in best)
        return {spelt[key]: value for key, value in kept.items()}

    def _told(self, key: str) -> float:
        return self._index.information(key)


def _spellings(papers: Iterable[Paper]) -> dict[str, str]:
    """How each word key is mostly spelt in these papers."""
    counts = Counter(word for paper in papers for word in tokens.words(f"{paper.title}\n{paper.abstract}"))
    return {tokens.key(word): word for word, _ in sorted(counts.items(), key=lambda one: (one[1], one[0]))}
