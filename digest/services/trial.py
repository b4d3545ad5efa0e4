"""Trial: how the last days would have been ranked by interests that nobody has yet, and the mail that would come of it.

It reads and writes nothing down: what the store learned of an interest counts, and of one that it never met the
papers at hand teach as much. So a page may show it to anybody who only looks.

The papers of the last days are prepared for ranking once, for everybody, until new ones come. An index remembers
all that it ever looked up; one that was asked for too much is made anew, so that strangers cannot fill the memory.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING

from digest.editions.compose import compose
from digest.editions.timetable import edition_date
from digest.model import Profile, Subscriber
from digest.ranking.advice import Bench
from digest.ranking.archive import Archive, can_expand
from digest.ranking.lexical import LexicalIndex
from digest.services import learning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from digest.model import Edition, Interest, Paper, Scored
    from digest.ranking import Past, Ranker
    from digest.services.publish import PublishRules
    from digest.storage import Store

DAYS, MOST_DAYS = 7, 28
MOST_PAPERS = 5_000
"""So many of the papers of the days are ranked, the latest."""
SHOWN = 10
"""So many of the best papers are shown."""
ADVISED, LONGEST_ADVISED = 12, 80
"""So many interests are advised on, none with more characters: looking for slips takes its time."""
LEARNED = 20
"""Of so many interests that the store never met is learned what goes with them, for one trial."""
REMEMBERED = 1_000_000
"""So much an index may remember, in interests times papers (about 20 bytes each), before it is made anew."""
_BATCHES = 2
_DAY = timedelta(days=1)

NOBODY = Subscriber(id=0, address="you@example.org")
"""Whose mail it would be."""


@dataclass(frozen=True, slots=True)
class DayTried:
    """One day of a trial: its date, how many new papers came, and how many of them the mail would have held."""

    day: date
    came: int
    picked: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What interests do to the papers of the last days.

    Attributes:
        subscriber: for whom it was tried, with these interests.
        scored: the best papers of all days with their reasons, best first, at most `SHOWN`; no work twice.
        found: how many papers are good enough for the mail, and not hidden.
        looked_at: how many papers came in those days.
        days: each day with papers, the latest first.
        edition: the mail of the latest day with papers, or an empty one.
        advice: what looks wrong: (interest, one clause).
    """

    subscriber: Subscriber
    scored: tuple[Scored, ...]
    found: int
    looked_at: int
    days: tuple[DayTried, ...]
    edition: Edition
    advice: tuple[tuple[Interest, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Window:
    """The papers that became new in the snapshots of (after, through], a day that ended at `until`."""

    until: datetime
    after: int
    through: int
    papers: tuple[Paper, ...]


class Trials:
    """Tries tastes out, and keeps what is the same for all of them. Safe to share between threads: one at a time."""

    def __init__(self, store: Store, ranker: Ranker, rules: PublishRules) -> None:
        self._store, self._ranker, self._rules = store, ranker, rules
        self._batches: OrderedDict[tuple[int, ...], _Batch] = OrderedDict()
        self._lock = Lock()

    def of(self, taste: Profile, now: datetime, days: int = DAYS, subscriber: Subscriber = NOBODY) -> Trial:
        """What `taste` does to the papers of the last `days` (at most `MOST_DAYS`).

        Args:
            subscriber: for whom; their zone tells what a day is, their wishes how many papers come.
        """
        person = replace(subscriber, interests=taste.interests)
        with self._lock:
            batch = self._batch(now, min(max(days, 1), MOST_DAYS), len(taste.interests))
            batch.recall(self._store, taste.interests)
            return _trial(batch, self._rules, person, taste, now)

    def _batch(self, now: datetime, days: int, asked: int) -> _Batch:
        """The papers of the last days, prepared; those prepared before while they are the same, and not worn out."""
        marks = (
            self._store.last_snapshot(),
            *(self._store.snapshot_before(now - n * _DAY) for n in range(1, days + 1)),
        )
        batch = self._batches.pop(marks, None)
        if batch is None or not batch.bears(asked):
            batch = _prepared(self._store, self._ranker, marks, now)
        self._batches[marks] = batch
        while len(self._batches) > _BATCHES:
            self._batches.popitem(last=False)
        return batch


class _Batch:
    """The papers of some days, ready to be ranked for anybody; `expansions` is read by the index, and grows."""

    def __init__(
        self, windows: Sequence[_Window], ranker: Ranker, past: Past, expansions: dict[str, dict[str, float]]
    ) -> None:
        self.windows, self.papers = windows, [paper for window in windows for paper in window.papers]
        self._past, self._expansions = replace(past, expansions=expansions), expansions
        self.index = ranker.prepare(self.papers, self._past)
        self._left = REMEMBERED // max(len(self.papers), 1)

    def bears(self, asked: int) -> bool:
        """Whether so many interests may still be asked for; they count from now on."""
        fresh, self._left = self._left, self._left - asked
        return fresh > 0

    def recall(self, store: Store, interests: Sequence[Interest]) -> None:
        """Bring what goes with these interests: what the store learned, or what the papers at hand teach."""
        asked = {i.term: i for i in interests if can_expand(i) and i.term not in self._expansions}
        known = store.expansions(asked)
        self._expansions.update({term: one.words for term, one in known.items()})
        for term in [term for term in asked if term not in known][:LEARNED]:
            self._expansions[term] = self._archive.expansion(asked[term])

    def advice(self, interests: Sequence[Interest]) -> Iterator[tuple[Interest, str]]:
        """What looks wrong with some of these interests."""
        for interest in [i for i in interests if len(i.term) <= LONGEST_ADVISED][:ADVISED]:
            yield from ((interest, warning) for warning in self._bench.warnings(interest, interests))

    @cached_property
    def _archive(self) -> Archive:
        return Archive(self.papers, self._past)

    @cached_property
    def _bench(self) -> Bench:
        index = self.index if isinstance(self.index, LexicalIndex) else None
        return Bench(self.papers, self._past, (), index)


def _prepared(store: Store, ranker: Ranker, marks: Sequence[int], now: datetime) -> _Batch:
    """The papers between the `marks` (ids of snapshots, one a day, the latest first), prepared."""
    windows: list[_Window] = []
    room = MOST_PAPERS
    for back, (through, after) in enumerate(pairwise(marks)):
        papers = store.papers_new(after, through)[-room:] if room and after < through else []
        room -= len(papers)
        windows.append(_Window(now - back * _DAY, after, through, tuple(papers)))
    past, embedder = learning.counted(store), learning.embedder_of(ranker)
    if embedder is not None:
        papers = [paper for window in windows for paper in window.papers]
        past = replace(past, embeddings=learning.stored_vectors(store, embedder, papers))
    return _Batch(windows, ranker, past, {})


def _trial(batch: _Batch, rules: PublishRules, person: Subscriber, taste: Profile, now: datetime) -> Trial:
    scored = list(batch.index.rank(taste))
    mails = [(window, _mail(window, scored, rules, person, taste)) for window in batch.windows if window.papers]
    whole = _Window(now, batch.windows[-1].after, batch.windows[0].through, tuple(batch.papers))
    best = _mail(whole, scored, rules, person, taste, shown=SHOWN)
    by_key = {s.paper.key: s for s in scored}
    least = rules.limits_for(person).min_score if taste.personal else 0.0
    return Trial(
        subscriber=person,
        scored=tuple(by_key[pick.paper.key] for pick in best.picks),
        found=sum((bool(s.matches) or not taste.personal) and s.score >= least and not s.excluded_by for s in scored),
        looked_at=len(scored),
        days=tuple(DayTried(mail.edition_date, mail.looked_at, len(mail.picks)) for _, mail in mails),
        edition=mails[0][1] if mails else best,
        advice=tuple(batch.advice(taste.interests)),
    )


def _mail(
    window: _Window, scored: Sequence[Scored], rules: PublishRules, person: Subscriber, taste: Profile, shown: int = 0
) -> Edition:
    """The edition that `window` would have made; with `shown`, only its so many best papers."""
    keys = {paper.key for paper in window.papers}
    limits = rules.limits_for(person)
    return compose(
        [s for s in scored if s.paper.key in keys],
        wanted=taste.personal,
        revised=(),
        limits=replace(limits, max_papers=shown, also_trending=0, diversity=0.0) if shown else limits,
        subscriber_id=person.id,
        edition_date=edition_date(window.until, person.zone),
        window=(window.after, window.through),
        now=window.until,
    )
