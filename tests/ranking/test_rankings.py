"""A ranking is read like a list, and tells of a paper only when it is looked at."""

from __future__ import annotations

import numpy as np

from digest.model import Scored
from digest.ranking.rankings import Ranking
from tests.factories import paper

PAPERS = [paper(title=f"Title {n}") for n in range(4)]


def ranking(*scores: float) -> tuple[Ranking, list[int]]:
    """A ranking of papers with these scores, and the numbers of those that it told of."""
    told: list[int] = []

    def tell(number: int) -> Scored:
        told.append(number)
        return Scored(PAPERS[number], scores[number])

    return Ranking(np.array(scores), tell), told


def test_best_first_and_of_equals_the_lower_number() -> None:
    found, _ = ranking(0.1, 0.5, 0.0, 0.5)
    assert [PAPERS.index(s.paper) for s in found] == [1, 3, 0, 2]


def test_only_what_is_looked_at_is_told() -> None:
    found, told = ranking(0.1, 0.5, 0.0, 0.5)
    assert (found[0].paper, len(found), told) == (PAPERS[1], 4, [1])
    assert [s.paper for s in found[:2]] == [PAPERS[1], PAPERS[3]]
    assert found[-1].paper == PAPERS[2]
    assert told == [1, 1, 3, 2]


def test_it_equals_what_reads_the_same() -> None:
    found, other = ranking(0.1, 0.5)[0], ranking(0.1, 0.5)[0]
    assert found == other == list(found)
    assert found != ranking(0.5, 0.1)[0]
    assert found != 3
    assert repr(found) == repr(list(found))
    assert ranking()[0] == []
