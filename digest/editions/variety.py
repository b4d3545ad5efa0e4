"""Which of the fitting papers stand in an edition, so that one interest does not fill it alone.

The best papers by score are chosen one by one, and a score counts more where the interests behind it are new to
the edition. This is xQuAD (R. L. T. Santos, C. Macdonald, I. Ounis: "Exploiting query reformulations for web search
result diversification", WWW 2010), with the interests of one subscriber as the aspects of a query::

    xQuAD   (1 - d) P(paper|query) + d Σ P(aspect|query) P(paper|aspect) Π (1 - P(chosen|aspect))
    here    (1 - d) score          + d Σ 2 * part(aspect)                Π (1 - part(aspect of chosen) / 2 best)

where d is the diversity asked for, part(aspect) is the score times that aspect's share of all that speak for the paper
(so that the parts of a paper sum to its score), the product goes over the papers chosen so far, and best is the highest
score of all. So

- a paper counts from 1 - d to 1 + d times its score: one never takes the place of another whose score is more than
  (1 + d) / (1 - d) times its own (1.86 times for the default of 0.3);
- the best paper settles half of the interest that it answers to; what is left to want shrinks by each paper;
- scores that are all twice as high give the same choice, and with a single aspect it is the order by score.
"""

from __future__ import annotations

from collections import deque
from heapq import heapify, heappop, heapreplace
from typing import TYPE_CHECKING, TypeAlias

from digest.model import LIKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.model import Scored

_Shares: TypeAlias = "tuple[tuple[str, float], ...]"

SETTLED = 0.5
"""How much of the wish for an interest is settled by a paper with the highest score that answers to it alone."""

_DIGITS = 12
"""What two values differ by beyond these digits is how they were computed: the better score goes first."""


def varied(ranked: Iterable[Scored], most: int, diversity: float) -> list[Scored]:
    """At most `most` of the papers, the first among them; they keep their order.

    Args:
        ranked: papers that fit, the highest score first; only as many are taken from it as can matter.
        most: how many papers there is room for.
        diversity: 0 (the first `most`) to 1 (what is new to the edition counts most).
    """
    pool = _within_reach(ranked, most, diversity)
    if len(pool) <= most:
        return pool
    return [pool[n] for n in sorted(_Choice(pool, diversity).take(most))]


def _within_reach(ranked: Iterable[Scored], most: int, diversity: float) -> list[Scored]:
    """The papers that can be chosen: the first `most`, and those that are not too far below the last of them."""
    pool: list[Scored] = []
    for one in ranked if most > 0 else ():
        if len(pool) >= most and one.score * (1 + diversity) <= pool[most - 1].score * (1 - diversity):
            break
        pool.append(one)
    return pool


class _Choice:
    """The choice as it grows. Papers, told by their number in the pool, wait in line with those of the same shares."""

    def __init__(self, pool: Sequence[Scored], diversity: float) -> None:
        self._scores = [one.score for one in pool]
        self._diversity = diversity
        self._shares = [_shares(one) for one in pool]
        self._open: dict[str, float] = {}
        self._lines: dict[_Shares, deque[int]] = {}
        for number, shares in enumerate(self._shares):
            self._lines.setdefault(shares, deque()).append(number)

    def take(self, most: int) -> list[int]:
        """The numbers of the papers chosen, the first of the pool before all others.

        A value only falls while papers are chosen, so what leads the heap after a new look at it is the best of all
        (M. Minoux: "Accelerated greedy algorithms for maximizing submodular set functions", 1978).
        """
        chosen: list[int] = []
        heap = [(-self._value(line[0]), line[0]) for line in self._lines.values()]
        heapify(heap)
        while heap and len(chosen) < most:
            number = heap[0][1]
            heapreplace(heap, (-self._value(number), number))
            if heap[0][1] == number:
                chosen.append(number)
                self._choose(number, heap)
        return chosen

    def _choose(self, number: int, heap: list[tuple[float, int]]) -> None:
        """Put the next in line in the place of the first in the heap; what it answers to is less wanted now."""
        for aspect, share in self._shares[number]:
            settled = SETTLED * share * self._scores[number] / (self._scores[0] or 1)
            self._open[aspect] = self._open.get(aspect, 1.0) * (1 - settled)
        line = self._lines[self._shares[number]]
        line.popleft()
        if line:
            heapreplace(heap, (-self._value(line[0]), line[0]))
        else:
            heappop(heap)

    def _value(self, number: int) -> float:
        # Told by what is settled, so that before the first choice it is exactly in the order of the scores.
        settled = 0.0
        for aspect, share in self._shares[number]:
            settled += share * (1 - self._open.get(aspect, 1.0))
        return round(self._scores[number] * (1 + self._diversity - 2 * self._diversity * settled), _DIGITS)


def _shares(scored: Scored) -> _Shares:
    """How much each aspect speaks for a paper, as shares that sum to 1."""
    told = tuple((aspect, min(share, 1.0)) for aspect, share in scored.aspects if share > 0)
    told = told or _matched(scored)
    if len(told) == 1:
        return ((told[0][0], 1.0),)
    total = sum(share for _, share in told)
    return tuple((aspect, share / total) for aspect, share in told)


def _matched(scored: Scored) -> _Shares:
    """The interests that hit, each as much as the other, for rankers that tell no aspects."""
    hit = dict.fromkeys(LIKED if match.field == LIKED else match.interest for match in scored.matches)
    return tuple((aspect, 1.0) for aspect in hit or ("",))
