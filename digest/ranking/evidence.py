"""How strongly the words of one paper speak for one interest, as a number in 0..1: for a whole batch at once.

::

    frequency = sum of FIELD_WEIGHTS over the hits of a word; less for a word of its root (KIN), or another name (ALIAS)
    words     = sum of share of information * frequency / (frequency + SATURATION)      each word saturates
    bonus     = PHRASE_BONUS for all words in a row (saturating), else NEAR_BONUS for all within a WINDOW
    strength  = (words + bonus) / (1 + PHRASE_BONUS)

It grows with each occurrence. Arrays here hold one number for each paper of the batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from digest.ranking.line import FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from digest.ranking.line import Line, Positions
    from digest.ranking.spots import Spots

    Row = NDArray[np.float64]
    Mask = NDArray[np.bool_]

FIELD_WEIGHTS = {"title": 3.0, "abstract": 1.0, "keywords": 1.0}
_WEIGHTS = np.array([FIELD_WEIGHTS[field] for field in FIELDS])
SATURATION = 3.0
"""The (field-weighted) count at which a word gives half of what it can give."""
LONG = 300
"""The number of distinct words in a text from which on each counts less."""
KIN = 0.5
"""What a word of the same root counts, against the word itself."""
ALIAS = 0.25
"""What an acronym counts against the term that was asked for, and the other way round: they often stand together."""
PHRASE_BONUS = 0.8
PHRASE_SATURATION = 0.6
NEAR_BONUS = 0.2
WINDOW = 8


def frequencies(hits: Spots, line: Line, papers: int) -> Row:
    """The field-weighted count of hits in each of so many papers."""
    return summed(hits.papers, _WEIGHTS[line.fields[hits.starts]], papers) if len(hits) else np.zeros(papers)


def summed(numbers: Positions, values: Row, size: int) -> Row:
    """The sum of the values of each number below `size`."""
    return np.asarray(np.bincount(numbers, values, size), np.float64)


def damping(lengths: Sequence[int]) -> Row:
    """What a count must reach to give half of what it can give, by the number of distinct words of each paper."""
    return SATURATION * np.maximum(1.0, np.asarray(lengths, np.float64) / LONG)


def saturated(frequency: Row, damp: Row) -> Row:
    """Counts as evidence in 0..1."""
    found: Row = frequency / (frequency + damp)
    return found


def bonus(units: Sequence[Spots], rows: Row) -> Row:
    """What the order and nearness of an interest's words add, 0..`PHRASE_BONUS`; `rows` counts them all in a row."""
    near = NEAR_BONUS * nearness(units, len(rows))
    found: Row = np.where(rows, PHRASE_BONUS * rows / (rows + PHRASE_SATURATION), near) if rows.any() else near
    return found


def nearness(units: Sequence[Spots], papers: int) -> Row:
    """For each of so many papers, 1 where all units are neighbours, falling to 0 for WINDOW words between them."""
    found, width = np.zeros(papers), len(units)
    if all(map(len, units)):
        numbers, windows = _pairs(*units) if width == 2 else _windows(units, papers)
        np.maximum.at(found, numbers, np.clip(1 - (windows - width) / WINDOW, 0.0, 1.0))
    return found


def _pairs(one: Spots, other: Spots) -> tuple[Positions, Positions]:
    """The paper of each spot of the rarer of two units, and the width of the window to the nearest spot of the other.

    The gaps of the line keep papers apart.
    """
    few, many = sorted((one, other), key=len)
    after = many.starts.searchsorted(few.starts)
    nearest = [np.abs(few.starts - many.starts.take(after - n, mode="clip")) for n in (0, 1)]
    return few.papers, np.minimum(*nearest) + 1


def _windows(units: Sequence[Spots], papers: int) -> tuple[Positions, Positions]:
    """The paper of each spot, and the width of the window that it closes with the last spots of all units up to it."""
    apart, there = WINDOW + len(units), holders(units, papers)
    masks = [there[unit.papers] for unit in units]
    numbers = np.concatenate([unit.papers[mask] for unit, mask in zip(units, masks, strict=True)])
    starts = np.concatenate([unit.starts[mask] for unit, mask in zip(units, masks, strict=True)]) + apart * numbers
    order = np.argsort(starts, kind="stable")
    kinds = np.repeat(np.arange(len(units)), [np.count_nonzero(mask) for mask in masks])[order]
    numbers, starts = numbers[order], starts[order]
    last = [np.maximum.accumulate(np.where(kinds == kind, starts, -apart)) for kind in range(len(units))]
    return numbers, starts - np.minimum.reduce(last) + 1


def holders(units: Sequence[Spots], papers: int) -> Mask:
    """Which of so many papers hold each of these units."""
    found: Mask = np.ones(papers, np.bool_)
    for unit in units:
        mask = np.zeros(papers, np.bool_)
        mask[unit.papers] = True
        found &= mask
    return found
