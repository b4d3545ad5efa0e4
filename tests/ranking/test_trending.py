"""The list for those who named no interests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from hypothesis import given

from digest.ranking.trending import trending
from tests.factories import paper
from tests.ranking.strategies import batches

if TYPE_CHECKING:
    from digest.model import Paper


def test_upvotes_then_recency_then_key() -> None:
    day, later = datetime(2026, 5, 24, tzinfo=UTC), datetime(2026, 5, 24, 9, tzinfo=UTC)
    expected = [
        paper(key="e", upvotes=40),
        paper(key="d", upvotes=5, published=day, listed_on=date(2026, 5, 25)),
        paper(key="c", upvotes=5, published=later),
        paper(key="a", upvotes=5, published=day),
        paper(key="b", upvotes=5, published=day),
        paper(key="g", upvotes=None, published=later),
        paper(key="f", upvotes=0, published=None),
    ]
    ranked = trending(reversed(expected))
    assert [s.paper.key for s in ranked] == list("edcabgf")
    assert [round(s.score, 2) for s in ranked] == [0.67, 0.2, 0.2, 0.2, 0.2, 0, 0]


@given(batches())
def test_scores_fall_and_stay_in_bounds(papers: list[Paper]) -> None:
    scores = [s.score for s in trending(papers)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= s < 1 for s in scores)
