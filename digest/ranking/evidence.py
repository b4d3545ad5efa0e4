"""How strongly the words of one paper speak for one interest, as a number in 0..1."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.ranking.matching import Evidence, Spot

FIELD_WEIGHTS = {"title": 3.0, "abstract": 1.0, "keywords": 1.0}
SATURATION = 3.0
"""The (field-weighted) count at which a word gives half of what it can give."""
LONG = 300
"""The number of distinct words in a text from which on each counts less."""
KIN = 0.5
"""What a word of the same root counts, against the word itself."""
PHRASE_BONUS = 0.8
PHRASE_SATURATION = 0.6
NEAR_BONUS = 0.2
WINDOW = 8


def strength(evidence: Evidence, shares: Sequence[float], length: int) -> float:
    """The evidence for an interest, in 0..1, growing with each occurrence.

    Args:
        evidence: what the paper holds.
        shares: the share of the interest's information that each unit carries; they add up to 1.
        length: the number of distinct words in the paper's title and abstract.
    """
    whole = _frequency(evidence.whole)
    counts = [_frequency(u) + KIN * _frequency(k) for u, k in zip(evidence.units, evidence.kin, strict=True)]
    words = sum(share * _saturated(max(c, whole), length) for share, c in zip(shares, counts, strict=True))
    if len(shares) == 1:
        return words
    bonus = max(PHRASE_BONUS * whole / (whole + PHRASE_SATURATION), NEAR_BONUS * _nearness(evidence.units))
    return (words + bonus) / (1 + PHRASE_BONUS)


def covered(evidence: Evidence, shares: Sequence[float]) -> float:
    """The share of an interest's information whose units stand in the paper, in 0..1."""
    return sum(share for share, spots in zip(shares, evidence.units, strict=True) if spots)


def _frequency(spots: Iterable[Spot]) -> float:
    return sum(FIELD_WEIGHTS[s.place.field] for s in spots)


def _saturated(frequency: float, length: int) -> float:
    return frequency / (frequency + SATURATION * max(1.0, length / LONG))


def _nearness(units: Sequence[Sequence[Spot]]) -> float:
    """1 where all units are neighbours, falling to 0 for a window that holds WINDOW other words."""
    if not all(units):
        return 0.0
    width, last = len(units), dict[int, int]()
    best = WINDOW + width
    for start, unit in sorted((spot.start, n) for n, spots in enumerate(units) for spot in spots):
        last[unit] = start
        if len(last) == width:
            best = min(best, start - min(last.values()) + 1)
    return max(0.0, 1 - (best - width) / WINDOW)
