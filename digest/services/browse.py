"""Browsing what is stored: by day, week and month, what is trending, by search, paper by paper.

Everything in here reads and nothing writes, so that no link that is followed changes anything.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from digest.model import Profile
from digest.ranking import Past
from digest.ranking import trending as by_votes
from digest.ranking.archive import can_expand
from digest.ranking.query import parse
from digest.services import learning
from digest.services.feedback import find_paper
from digest.services.fragments import groups, loose_groups

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.model import Interest, Paper, Scored, Sighting, VoteCount
    from digest.ranking import Ranker
    from digest.storage import Store

PER_PAGE = 100
MOST_PAGES = 20
TRENDING_DAYS = 7
MOST_CANDIDATES = 1_000
"""So many papers are ranked for one search, the newest of those that hold its words."""
FEW = 10
"""With fewer hits than that, other spellings are looked for as well."""
MOST_QUERY = 500
"""The most characters of a search."""
_FURTHER = (8, 64, 512, 4096)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The papers of some days, most upvotes first, one page of them.

    `total` counts all of them; `days` are those of the days that have papers, with how many, the latest first.
    `earlier` and `later` are the nearest days outside that have papers.
    """

    first: date
    last: date
    papers: Sequence[Paper]
    total: int
    days: Sequence[tuple[date, int]] = ()
    earlier: date | None = None
    later: date | None = None
    page: int = 1

    @property
    def start(self) -> int:
        """How many papers come before these."""
        return (self.page - 1) * PER_PAGE

    @property
    def more(self) -> bool:
        """Whether there is another page."""
        return self.page < MOST_PAGES and self.start + len(self.papers) < self.total


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first, each with why; `interests` is how it was understood.

    `candidates` is how many papers were ranked: `MOST_CANDIDATES` where there may be more, older ones.
    """

    interests: tuple[Interest, ...]
    scored: Sequence[Scored]
    candidates: int

    @property
    def wants(self) -> bool:
        """Whether anything was looked for, and not only left out."""
        return any(not interest.excluded for interest in self.interests)

    @property
    def is_cut(self) -> bool:
        """Whether there may be older papers that were not ranked."""
        return self.candidates >= MOST_CANDIDATES


@dataclass(frozen=True, slots=True)
class Story:
    """A paper, where and when it was seen, and how its upvotes grew; both oldest first."""

    paper: Paper
    sightings: Sequence[Sighting]
    votes: Sequence[VoteCount]


def latest_day(store: Store) -> date | None:
    """The latest day that has papers."""
    return next((day for day, _ in store.days(limit=1)), None)


def shelf(store: Store, first: date, last: date, page: int = 1) -> Shelf:
    """The papers listed from `first` to `last`, both included."""
    counted = _counted(store, first, last)
    papers = store.listed(first, last, limit=PER_PAGE, start=(page - 1) * PER_PAGE) if counted else []
    return Shelf(
        first,
        last,
        papers,
        sum(count for _, count in counted),
        counted,
        next((day for day, _ in store.days(limit=1, before=first)), None),
        _after(store, last),
        page,
    )


def day(store: Store, on: date, page: int = 1) -> Shelf:
    """The papers of one day."""
    return shelf(store, on, on, page)


def week(store: Store, on: date, page: int = 1) -> Shelf:
    """The papers of the ISO week that holds a day, Monday to Sunday."""
    monday = on - timedelta(days=min(on.weekday(), on.toordinal() - 1))
    return shelf(store, monday, _plus(monday, 6), page)


def month(store: Store, on: date, page: int = 1) -> Shelf:
    """The papers of the calendar month that holds a day."""
    first = on.replace(day=1)
    return shelf(store, first, _month_end(first), page)


def trending(store: Store, now: datetime, page: int = 1) -> Shelf:
    """The papers of the last `TRENDING_DAYS` days up to `now`, most upvotes first."""
    today = now.date()
    found = shelf(store, today - timedelta(days=TRENDING_DAYS - 1), today, page)
    return replace(found, papers=[scored.paper for scored in by_votes.trending(found.papers)])


def story(store: Store, name: str) -> Story | None:
    """All that is known of the paper with that key, or another name (`feedback.find_paper`)."""
    paper = find_paper(store, name)
    return None if paper is None else Story(paper, store.sightings(paper.key), store.votes(paper.key))


def search(store: Store, ranker: Ranker, text: str, past: Past | None = None, most: int = 50) -> Found:
    """The `most` stored papers that answer best to `text`, which is in the interest language, as the ranker has it.

    Args:
        past: what is known from before (`Memory`).

    Raises:
        QueryError: the text does not parse.
    """
    interests, known = parse(text), past or Past()
    profile = Profile(interests)
    found = _ranked(store, ranker, profile, groups(profile.wanted, known), known, most)
    if len(found.scored) < min(FEW, most) and (other := loose_groups(profile.wanted, known)):
        found = _ranked(store, ranker, profile, other, known, most)
    return found


class Memory:
    """What is known from before, for searching: read again when the store has grown. For any number of threads."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()
        self._through, self._past = -1, Past()

    def past(self) -> Past:
        """How common words are, and what acronyms stand for."""
        through = self._store.last_snapshot()
        with self._lock:
            if through != self._through:
                self._past, self._through = learning.counted(self._store), through
            return self._past


def _ranked(
    store: Store, ranker: Ranker, profile: Profile, wanted: Sequence[Sequence[str]], past: Past, most: int
) -> Found:
    """The best hits among the papers that hold what is wanted."""
    candidates = store.matching(wanted, limit=MOST_CANDIDATES)
    if not candidates:
        return Found(profile.interests, (), 0)
    index = ranker.prepare(candidates, _with_meaning(store, ranker, profile, past, candidates))
    # Why a paper was hit is told when it is asked for, which takes longer than the ranking: nobody asks for all.
    hits = (scored for scored in index.rank(profile) if scored.matches and not scored.excluded_by)
    return Found(profile.interests, tuple(islice(hits, most)), len(candidates))


def _with_meaning(store: Store, ranker: Ranker, profile: Profile, past: Past, papers: Sequence[Paper]) -> Past:
    """`past` with vectors, for a ranker that has an `embedder`: those of the papers as far as they are stored, and
    those of what is looked for, which are made here and not kept."""
    embedder = learning.embedder_of(ranker)
    if embedder is None:
        return past
    from digest.ranking.embedding import profile_text, text_key

    asked = [*filter(can_expand, profile.interests)]
    texts = list(dict.fromkeys([*(interest.term for interest in asked), *filter(None, [profile_text(profile)])]))
    made = dict(zip(map(text_key, texts), embedder.embed(texts), strict=True))
    return replace(past, embeddings=learning.stored_vectors(store, embedder, papers) | made)


def _counted(store: Store, first: date, last: date) -> list[tuple[date, int]]:
    """The days from `first` to `last` that have papers, with how many, the latest first."""
    length = (last - first).days + 1
    return [found for found in store.days(limit=length, before=_plus(last, 1)) if first <= found[0] <= last]


def _after(store: Store, last: date) -> date | None:
    """The nearest day behind `last` that has papers."""
    latest = latest_day(store)
    if latest is None or latest <= last:
        return None
    for length in _FURTHER:
        behind = [found for found, _ in store.days(limit=length, before=_plus(last, length + 1)) if found > last]
        if behind:
            return min(behind)
    return latest


def _month_end(first: date) -> date:
    return _plus(_plus(first.replace(day=28), 4).replace(day=1), -1) if first < date(9999, 12, 1) else date.max


def _plus(day: date, days: int) -> date:
    """So many days on, as far as the calendar goes."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))
