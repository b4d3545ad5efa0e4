"""What one interest finds in a batch of papers, whoever asks for it and with whatever weight.

::

    worth = strength of the evidence (`evidence`) * how telling the interest is

both in 0..1. How telling an interest is grows with the information of its words, and saturates: rarity counts
little, so that one bar fits all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from digest.model import InterestKind, Match
from digest.ranking import evidence, report
from digest.ranking.background import Background, information
from digest.ranking.corpus import category_key
from digest.ranking.matching import Look, look
from digest.ranking.patterns import compiled
from digest.ranking.spots import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.model import Interest
    from digest.ranking.corpus import Corpus
    from digest.ranking.evidence import Mask, Row
    from digest.ranking.past import Past
    from digest.ranking.patterns import Asked, Pattern, Unit
    from digest.ranking.spots import Spots

TELLING = 4.0
"""The information (in nats) of an interest that is half as telling as can be."""
TELLING_FLOOR = 0.1
AUTHOR_WORTH = 0.6
CATEGORY_WORTH = 0.15
MOST = 0.7
"""The share of an interest of three words or more that must be there to report a hit."""


class Teller(Protocol):
    """What tells of one paper why an interest hit it."""

    def __call__(self, interest: str, number: int) -> tuple[Match, ...]:
        """The matches of that paper, in the name of `interest`."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """What an interest finds, for each paper of the batch by number.

    `worth` is in 0..1; a paper may have some without a hit, where only a part of the interest is there. `telling` is
    how telling the interest is, 0..1. `tell` gives the matches of a paper that was hit.
    """

    worth: Row
    hit: Mask
    telling: float
    tell: Teller


@dataclass(frozen=True, slots=True)
class _Unit:
    """What a unit of an interest comes to in each paper: its count with that of its kin, and where it stands itself."""

    count: Row
    there: Mask


class Finder:
    """Looks interests up in a corpus. What a word tells comes from `past`, or from the corpus where that is silent."""

    def __init__(self, corpus: Corpus, past: Past) -> None:
        self._corpus, self._background, self._glossary = corpus, past.background, past.glossary
        self._damp = evidence.damping(corpus.lengths)
        self._told: dict[str, float] = {}
        self._units: dict[Asked, _Unit] = {}

    def find(self, interest: Interest) -> Finding:
        """What an interest finds, wanted or not."""
        if interest.kind is InterestKind.AUTHOR:
            return self._listed("authors", self._corpus.by_author(interest.term), AUTHOR_WORTH)
        if interest.kind is InterestKind.CATEGORY:
            found = self._corpus.by_category(category_key(interest.term))
            return self._listed("categories", found, CATEGORY_WORTH)
        return self._in_words(compiled(interest, self._glossary))

    def information(self, key: str) -> float:
        """What a word tells where it stands, in nats, by its key."""
        if key not in self._told:
            self._told[key] = information(self._share(key))
        return self._told[key]

    def _share(self, key: str) -> float:
        if self._background is not None:
            return self._background.share(key)
        return Background().share(key, len(self._corpus.papers), self._corpus.frequency(key))

    def _listed(self, field: str, found: Iterable[tuple[int, int]], worth: float) -> Finding:
        """The finding of what a paper lists: its authors, its categories."""
        counts = dict(found)
        hit = np.zeros(len(self._corpus.papers), np.bool_)
        hit[list(counts)] = True

        def tell(interest: str, number: int) -> tuple[Match, ...]:
            return (Match(interest, field, counts[number]),) if number in counts else ()

        return Finding(np.where(hit, worth, 0.0), hit, worth, tell)

    def _in_words(self, pattern: Pattern) -> Finding:
        if not pattern.units:
            return self._listed("", (), 0.0)
        corpus, found = self._corpus, look(pattern, self._corpus)
        units = [self._unit(pattern.asked(n), found, n) for n in range(len(pattern.units))]
        told = [self._of_unit(unit) for unit in pattern.units]
        total = sum(told)
        shares = [t / total for t in told]
        telling = TELLING_FLOOR + (1 - TELLING_FLOOR) * total / (total + TELLING)
        rows = self._counts(found.whole, found.whole_otherwise)

        known: dict[int, tuple[Match, ...]] = {}
        named: dict[tuple[str, int], tuple[Match, ...]] = {}

        def tell(interest: str, number: int) -> tuple[Match, ...]:
            asked = interest, number
            if asked not in named:
                if number not in known:
                    known[number] = report.matches(interest, found.of(number), corpus)
                named[asked] = report.renamed(interest, known[number])
            return named[asked]

        return Finding(telling * self._strength(found, units, shares, rows), _hit(units, shares, rows), telling, tell)

    def _strength(self, found: Look, units: Sequence[_Unit], shares: Sequence[float], rows: Row) -> Row:
        """The evidence for the units of a pattern, each carrying its share of the information."""
        if len(units) == 1:
            return evidence.saturated(units[0].count, self._damp)
        words = np.zeros(len(rows))
        for share, unit in zip(shares, units, strict=True):
            words += share * evidence.saturated(np.maximum(unit.count, rows), self._damp)
        row: Row = (words + evidence.bonus(found.units, rows)) / (1 + evidence.PHRASE_BONUS)
        return row

    def _unit(self, asked: Asked, found: Look, number: int) -> _Unit:
        """What one unit and its kin come to; kept, since many interests have words in common."""
        if asked not in self._units:
            direct = self._counts(found.units[number], found.units_otherwise[number])
            self._units[asked] = _Unit(direct + evidence.KIN * self._counts(found.kin[number]), direct > 0)
        return self._units[asked]

    def _counts(self, found: Spots, otherwise: Spots = NONE) -> Row:
        """The frequencies of spots, of which those written otherwise count less."""
        line, papers = self._corpus.line, len(self._corpus.papers)
        counts = evidence.frequencies(found, line, papers)
        if len(otherwise):
            counts -= (1 - evidence.ALIAS) * evidence.frequencies(otherwise, line, papers)
        return counts

    def _of_unit(self, unit: Unit) -> float:
        """What a unit tells where it stands: as much as the rarest of its words."""
        return max(self.information(word.key) for word in unit)


def _hit(units: Sequence[_Unit], shares: Sequence[float], rows: Row) -> Mask:
    """Where enough of an interest stands to say that it hit: all of two words, most of more; `rows` counts it whole."""
    hit: Mask = np.logical_and.reduce([unit.there for unit in units]) | (rows > 0)
    if len(units) > 2:
        covered = sum(share * unit.there for share, unit in zip(shares, units, strict=True))
        number = sum(unit.there.astype(np.intp) for unit in units)
        hit |= (number > len(units) / 2) & (covered >= MOST)
    return hit
