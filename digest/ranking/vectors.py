"""Papers as vectors of telling words: how alike two papers are, whatever anybody asked for.

A word counts with the logarithm of how often it stands there, times what it tells (see `background`); a vector has
length one, so that the product of two is their cosine, 0..1.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from heapq import nsmallest
from typing import TYPE_CHECKING

from digest.ranking import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from digest.model import Paper

    Vector = Mapping[str, float]

COMMON = 0.7
"""The information (in nats) below which a word tells nothing of a paper: half of all papers hold it."""


def vector(paper: Paper, told: Callable[[str], float]) -> dict[str, float]:
    """The vector of a paper's title and abstract; `told` gives the information of a word by its key."""
    words = [*tokens.words(paper.title), *tokens.words(paper.abstract)]
    counts = Counter(tokens.key(word) for word in words if word.lower() not in tokens.STOP)
    weighed = {key: (1 + math.log(count)) * told(key) for key, count in counts.items()}
    return unit({key: weight for key, weight in weighed.items() if told(key) > COMMON})


def unit(raw: Vector) -> dict[str, float]:
    """`raw` with the length one; an empty one stays empty."""
    length = math.sqrt(sum(weight * weight for weight in raw.values())) or 1.0
    return {key: weight / length for key, weight in raw.items()}


def centre(weighted: Iterable[tuple[float, Vector]], least: int = 1, most: int | None = None) -> dict[str, float]:
    """The middle of vectors with weights: its `most` strongest words, each of which `least` of the vectors hold."""
    sums, holders = defaultdict[str, float](float), Counter[str]()
    for weight, one in weighted:
        holders.update(one.keys())
        for key, value in one.items():
            sums[key] += weight * value
    kept = {key: value for key, value in sums.items() if holders[key] >= least}
    return unit(kept if most is None else dict(nsmallest(most, kept.items(), key=lambda pair: (-pair[1], pair[0]))))
