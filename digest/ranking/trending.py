"""What a subscriber without interests gets: the papers that others liked most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.model import Paper, Scored

if TYPE_CHECKING:
    from collections.abc import Iterable

HALFWAY = 20
"""The number of upvotes that is worth a score of 0.5."""


def trending(papers: Iterable[Paper]) -> list[Scored]:
    """All the papers by upvotes, then recency, then key; each with its `popularity` as score."""
    return [Scored(paper, popularity(paper)) for paper in sorted(papers, key=standing)]


def popularity(paper: Paper) -> float:
    """Upvotes as a score in 0..1; 0 where the source counts none."""
    votes = max(paper.upvotes or 0, 0)
    return votes / (votes + HALFWAY)


def standing(paper: Paper) -> tuple[int, int, float, str]:
    """The sorting key of the trending list, and what breaks ties in every other."""
    day = paper.listed_on or (paper.published.date() if paper.published else None)
    moment = paper.published.timestamp() if paper.published else 0.0
    return -max(paper.upvotes or 0, 0), -(day.toordinal() if day else 0), -moment, paper.key
