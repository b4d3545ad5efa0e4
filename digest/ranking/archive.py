"""The archive: papers from before, and what they teach of the words that go with an interest.

Nobody labelled them. The papers that an interest finds best stand for it, and the words that they share are its
expansion (pseudo-relevance feedback after J. Rocchio, 1971), which lends a paper some score and is never a match.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from digest.model import InterestKind
from digest.ranking import tokens
from digest.ranking.corpus import Corpus
from digest.ranking.evidence import summed
from digest.ranking.findings import Finder
from digest.ranking.line import KEYWORDS
from digest.ranking.space import Space
from digest.ranking.trending import standing
from digest.ranking.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import Interest, Paper
    from digest.ranking.evidence import Row
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
        self._corpus = Corpus(sorted(papers, key=standing))
        self._finder = Finder(self._corpus, past)

    def expansion(self, interest: Interest) -> dict[str, float]:
        """The words that go with an interest, as they are mostly spelt, strongest first, each with its weight.

        The weights make a vector of length one. Without the interest's own words; empty where no paper is hit (a slip
        in one word would teach what goes with the others), or fewer than `FEWEST` tell anything.
        """
        if not can_expand(interest):
            return {}
        asked = replace(interest, kind=InterestKind.WORDS, field="", weight=1.0, excluded=False)
        found = self._finder.find(asked)
        worth = found.worth
        best = [number for number in np.argsort(-worth, kind="stable")[:TEACHERS].tolist() if worth[number] > 0]
        if len(best) < FEWEST or not found.hit.any():
            return {}
        middle = self._middle(best, worth)
        for word in tokens.words(interest.term):
            middle[self._corpus.keys.get(tokens.key(word), 0)] = 0.0
        strongest = self._strongest(middle)
        spelt = self._spelt(strongest, best)
        return unit({spelt[key]: float(middle[key]) for key in strongest})

    def _middle(self, best: Sequence[int], worth: Row) -> Row:
        """What papers say together of each key, by its number; 0 where fewer than two of them hold it."""
        vectors, size = [self._space.of(number) for number in best], len(self._corpus.keys)
        weights = np.repeat(worth[best], [len(keys) for keys, _ in vectors])
        keys, values = np.concatenate([keys for keys, _ in vectors]), np.concatenate([values for _, values in vectors])
        row: Row = summed(keys, weights * values, size) * (np.bincount(keys, minlength=size) > 1)
        return row

    def _strongest(self, middle: Row) -> list[int]:
        """The `WORDS` keys that are worth most, by number; of equal ones the first in the alphabet."""
        least = np.sort(middle)[-WORDS:][0]
        numbers = np.flatnonzero((middle >= least) & (middle > 0)).tolist()
        return sorted(numbers, key=lambda number: (-middle[number], self._names[number]))[:WORDS]

    def _spelt(self, keys: Sequence[int], best: Sequence[int]) -> dict[int, str]:
        """How these papers mostly spell each of these keys, by its number."""
        line, surface_keys = self._corpus.line, self._corpus.surface_keys
        there = np.concatenate([np.arange(*line.bounds(number)) for number in best])
        words, counts = np.unique(line.words[there[line.fields[there] != KEYWORDS]], return_counts=True)
        kept = np.isin(surface_keys[words], keys)
        counted = zip(counts[kept].tolist(), words[kept].tolist(), strict=True)
        told = sorted((times, line.surfaces[word], int(surface_keys[word])) for times, word in counted)
        return {key: surface for _, surface, key in told}

    @cached_property
    def _space(self) -> Space:
        return Space(self._corpus, self._finder.information)

    @cached_property
    def _names(self) -> list[str]:
        """The keys by their numbers."""
        return list(self._corpus.keys)
