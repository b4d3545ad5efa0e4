"""What stands in an edition: from ranked papers to numbered picks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from digest.editions.titles import distinct
from digest.editions.variety import varied
from digest.model import Block, Edition, Pick, Scored

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from digest.model import Paper


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an edition holds.

    `max_papers` counts the picks that the interests (or, without any, the votes) bring; `also_trending` and
    `max_revised` come on top. `min_score` (0..1) is the least score of a ranked pick. `diversity` (0..1) is how
    much it counts, for which papers are picked, that the interests behind them are not all the same (`variety`);
    0 picks purely by score.
    """

    max_papers: int = 10
    min_score: float = 0.1
    also_trending: int = 0
    max_revised: int = 10
    diversity: float = 0.3


def compose(
    scored: Sequence[Scored],
    *,
    wanted: bool,
    revised: Sequence[Paper],
    limits: Limits,
    subscriber_id: int,
    edition_date: date,
    window: tuple[int, int],
    now: datetime,
) -> Edition:
    """The edition of one subscriber and date, not stored yet.

    First the papers that the profile speaks for, best first; then what is trending besides; then new versions.
    No paper comes twice, nor do two that are one work by their titles (`titles`), and none that an exclusion hides.
    Where nothing speaks for a paper (`wanted` is false) the first block is what is trending, whatever it scores.
    What is trending besides only accompanies ranked picks: it is no reason to send an edition to somebody whose
    profile speaks for nothing in it.

    Args:
        scored: the new papers as ranked for the subscriber, best first; equal scores keep their order.
        wanted: whether the profile has anything that speaks for a paper: an interest or a liked paper.
        revised: papers with a new version, in the order in which they are to stand.
        window: (from, through): the snapshots covered are those after the first, up to the second.
    """
    candidates = _by_key(scored)
    welcome = [s for s in candidates if not s.excluded_by]
    main = _ranked(welcome, limits) if wanted else _trending(welcome, limits)
    besides = _besides(welcome, main, limits) if wanted and main else []
    new = {s.paper.key for s in candidates}
    picks = [
        *_picks(main, Block.RANKED if wanted else Block.TRENDING),
        *_picks(besides, Block.TRENDING),
        *_picks(_versions(revised, new, [*main, *besides], limits), Block.REVISED),
    ]
    return Edition(
        subscriber_id=subscriber_id,
        edition_date=edition_date,
        picks=tuple(Pick(rank, p.paper, p.score, p.matches, p.block) for rank, p in enumerate(picks, 1)),
        looked_at=len(candidates),
        left_out=len(candidates) - len(main) - len(besides),
        from_snapshot=window[0],
        through_snapshot=window[1],
        created_at=now,
    )


def _by_key(scored: Iterable[Scored]) -> list[Scored]:
    """Each paper once, where it came first."""
    first: dict[str, Scored] = {}
    for one in scored:
        first.setdefault(one.paper.key, one)
    return list(first.values())


def _ranked(welcome: Iterable[Scored], limits: Limits) -> list[Scored]:
    # A pick says what it answers to: a score that nothing explains is no reason to mail.
    good = [s for s in welcome if s.matches and s.score >= limits.min_score]
    good.sort(key=lambda s: -s.score)
    return varied(distinct(good), limits.max_papers, limits.diversity)


def _trending(welcome: Iterable[Scored], limits: Limits) -> list[Scored]:
    return list(islice(distinct(welcome), limits.max_papers))


def _besides(welcome: Iterable[Scored], main: Sequence[Scored], limits: Limits) -> list[Scored]:
    """Papers with most upvotes that are not picked yet; somebody must have voted for them."""
    picked = {s.paper.key for s in main}
    voted = [s for s in welcome if (s.paper.upvotes or 0) > 0 and s.paper.key not in picked]
    voted.sort(key=lambda s: -(s.paper.upvotes or 0))
    return list(islice(distinct(voted, main), limits.also_trending))


def _versions(revised: Sequence[Paper], new: set[str], picked: Sequence[Scored], limits: Limits) -> list[Scored]:
    """New versions of papers that are not new themselves: those had their chance above."""
    papers = {p.key: Scored(p, 0.0) for p in revised if p.key not in new}
    return list(islice(distinct(papers.values(), picked), limits.max_revised))


def _picks(scored: Iterable[Scored], block: Block) -> list[Pick]:
    """Picks of one block, not numbered yet."""
    return [Pick(0, s.paper, s.score, s.matches, block) for s in scored]
