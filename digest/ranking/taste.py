"""Taste: what the papers that somebody liked, and disliked, say of new ones. No training: a middle, and the nearest.

::

    likeness = MIDDLE * cosine with the middle of the liked papers + (1 - MIDDLE) * mean cosine with the NEAREST of them
    taste    = LIKING * (what the likeness has above chance + SLOPE * likeness)
    dislike  = what the cosine with the nearest disliked paper has above chance

Any two papers of a field share some words, and the middle of many shares words with everything: `chance` says how
alike a paper picked at random would be, so that a score means the same for one liked paper and for fifty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from digest.ranking.evidence import Mask, Row
    from digest.ranking.vectors import Vector

MIDDLE = 0.65
NEAREST = 2
LIKING = 18.0
SLOPE = 0.02
"""What likeness below chance still counts, so that it orders papers."""
MARGIN = 1.6
"""So many times the likeness of a paper picked at random is still chance."""
LIKE = 0.02
"""The likeness above chance from which on a paper is said to be like a liked one."""
NORM = 40.0
"""The usual length of a paper's vector before it is made one: what the words of an abstract tell together."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike each paper of a batch is to some papers: in all (`value`), `above` chance, and to which one most.

    `like` is where that is enough to say so.
    """

    value: Row
    above: Row
    like: Mask
    nearest: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Sample:
    """A paper that somebody judged: its vector, by the numbers of keys, and what it says of the batch.

    `cosines` tell how alike each paper of the batch is to it, `chance` how alike one picked at random would be.
    """

    keys: NDArray[np.intp]
    values: Row
    cosines: Row
    chance: float


def likeness(samples: Sequence[Sample]) -> Likeness:
    """The likeness of each paper of a batch to some, of which there is at least one."""
    each = np.array([one.cosines for one in samples])
    # The cosine with their middle is the sum of the cosines with each, by the length of the sum of their vectors.
    whole = np.bincount(np.concatenate([one.keys for one in samples]), np.concatenate([one.values for one in samples]))
    length = math.sqrt(whole @ whole) or 1.0
    value = blended(each.sum(axis=0) / length, each)
    above = np.maximum(0.0, value - MARGIN * sum(one.chance for one in samples) / length)
    return Likeness(value, above, above >= LIKE, each.argmax(axis=0))


def blended(middle: Row, each: Row) -> Row:
    """The likeness to some papers, from that to their middle and to `each` of them (one row for each)."""
    near = np.sort(each, axis=0)[-NEAREST:]
    row: Row = MIDDLE * middle + (1 - MIDDLE) * near.mean(axis=0)
    return row


def dislike(samples: Sequence[Sample]) -> Row:
    """How much more alike than by chance each paper of a batch is to the nearest of some; one more lowers none."""
    row: Row = np.max([np.maximum(0.0, one.cosines - MARGIN * one.chance) for one in samples], axis=0)
    return row


def chance(one: Vector, told: Callable[[str], float]) -> float:
    """The cosine that a paper picked at random is expected to have with a vector: by how common its words are."""
    return sum(weight * math.exp(-told(key)) * told(key) for key, weight in one.items()) / NORM


def worth(found: Likeness) -> Row:
    """What likeness is worth beside interests of weight one."""
    row: Row = LIKING * (found.above + SLOPE * found.value)
    return row
