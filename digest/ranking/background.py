"""How common words are: the batch at hand, the papers known from before, and what is always common.

A lone "model" must count little also where the batch is one paper and nothing is stored yet; so the
document frequencies start from a prior, worth `PRIOR_PAPERS` papers, of the words that fill abstracts.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from digest.ranking import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from digest.model import Paper

PRIOR_PAPERS = 100
_COMMON = {
    0.8: "model",
    0.5: "method learning data result approach training propose task large performance show generate achieve",
    0.3: "framework benchmark experiment evaluate evaluation existing improve demonstrate introduce language design"
    " study problem challenge dataset reasoning scale enable address state paper high quality analysis system new",
    0.15: "network image process optimization information real time world domain human text visual code"
    " structure accuracy error algorithm function feature baseline test level knowledge control representation"
    " inference efficient strategy novel complex research technique effect application prediction estimate input"
    " output parameter distribution environment architecture mechanism understanding integration simulation work"
    " source deep neural prior dynamic robust resource measure property space theory set group",
}


@dataclass(frozen=True, slots=True)
class Background:
    """Document frequencies of papers from before: in how many of `papers` each word key stands."""

    papers: int = 0
    frequency: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Background) -> Background:
        """Both together, as if counted at once."""
        return Background(self.papers + other.papers, Counter(self.frequency) + Counter(other.frequency))

    def share(self, key: str, papers: int = 0, frequency: int = 0) -> float:
        """The expected share, strictly within 0..1, of papers that hold a word.

        `papers` and `frequency` tell of a batch that is counted on top.
        """
        known = PRIOR_PAPERS * _prior().get(key, 0.0) + self.frequency.get(key, 0) + frequency
        return (known + 0.5) / (PRIOR_PAPERS + self.papers + papers + 1)


@lru_cache(maxsize=1)
def _prior() -> Mapping[str, float]:
    return {tokens.key(word): share for share, words in _COMMON.items() for word in words.split()}


def count(papers: Iterable[Paper]) -> Background:
    """The document frequencies of these papers: title and abstract."""
    number, frequency = 0, Counter[str]()
    for paper in papers:
        number += 1
        frequency.update({tokens.key(w) for text in (paper.title, paper.abstract) for w in tokens.words(text)})
    return Background(number, frequency)


def information(share: float) -> float:
    """What a hit tells, from the share of papers that have one: -ln(share), in nats."""
    return -math.log(share)
