"""Publish: for every subscriber who is due, one edition and its outbox row, in one transaction.

The papers of an edition are those that became new in (cutoff, through], by snapshot id and not by
time, so that a late arrival is in the next edition and none is in two; nor is a work that comes again
under another name. The day's batch is prepared for ranking once, with what is known from before (see
`learning`), and shared by all subscribers whose cutoff is the same.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from digest.editions.compose import Limits, compose
from digest.editions.timetable import edition_date, first_due, last_due, next_due
from digest.editions.titles import other_names
from digest.editions.waiting import Wait, all_fail, unreached, waits_for
from digest.mail.message import message_id
from digest.model import Delivery, DeliveryStatus, Edition, EmptyPolicy
from digest.ranking import Past
from digest.services import learning
from digest.services.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from digest.editions.waiting import SourceStanding
    from digest.mail.tokens import Keyring
    from digest.model import Paper, Profile, Scored, Subscriber
    from digest.ranking import Index, Ranker
    from digest.storage import Store

log = logging.getLogger("digest.publish")

_DAY = timedelta(days=1)
_AT_ONCE = 500
"""So many subscribers' opinions of papers are held in memory."""
_LOOK_BACK = 5_000
"""Among so many of the latest papers is looked for those that are one work with a paper of today."""


@dataclass(frozen=True, slots=True)
class PublishRules:
    """What an installation decides about its editions.

    `replacements` is "never", "sent" or "always"; `life` is how long a delivery to a daily reader may take before it
    is dropped in favour of the next edition (see `expiry`). Message-IDs are made of `keys` and stand at `domain`.
    `patience` is how long an edition waits while every source fails, see `editions.waiting`.
    """

    limits: Limits
    replacements: str
    life: timedelta
    domain: str
    keys: Keyring = field(repr=False)
    patience: timedelta = timedelta(hours=1)

    def limits_for(self, subscriber: Subscriber) -> Limits:
        """The limits with the subscriber's own wishes in place of the defaults."""
        own = self.limits
        return replace(
            own,
            max_papers=own.max_papers if subscriber.max_papers is None else subscriber.max_papers,
            min_score=own.min_score if subscriber.min_score is None else subscriber.min_score,
        )


@dataclass(frozen=True, slots=True)
class Published:
    """One edition that was made; `delivery` is None where an empty edition is not mailed."""

    subscriber: Subscriber
    edition: Edition
    delivery: Delivery | None


@dataclass(slots=True)
class HeldBack:
    """How the sources stand while editions are made, and `held`: who waits for them, and for what."""

    standings: Sequence[SourceStanding] = ()
    held: list[tuple[Subscriber, Wait]] = field(default_factory=list)


class Batches:
    """The papers of each window of snapshots, read and prepared for ranking once.

    Args:
        past: what is known from before.
        guard: names what could not be learned of the papers.
    """

    def __init__(self, store: Store, ranker: Ranker, past: Past | None = None, guard: Guard | None = None) -> None:
        self._store, self._ranker = store, ranker
        self._past, self._guard = past or Past(), guard or Guard()
        self._papers: dict[tuple[int, int], list[Paper]] = {}
        self._new: dict[tuple[int, int], Index] = {}
        self._revised: dict[tuple[int, int], Index] = {}
        self._names: dict[tuple[int, int], dict[str, set[str]]] = {}
        self._latest: dict[int, list[Paper]] = {}

    def index(self, window: tuple[int, int]) -> Index:
        """The index over the papers that became new in `window` = (after, through]."""
        if window not in self._new:
            self._new[window] = self._prepared(self._came_new(window))
        return self._new[window]

    def revised(self, window: tuple[int, int]) -> Index:
        """The index over the papers that had a new version announced in `window`, and did not become new in it."""
        if window not in self._revised:
            self._revised[window] = self._prepared(self._store.papers_revised(*window))
        return self._revised[window]

    def other_names(self, window: tuple[int, int]) -> dict[str, set[str]]:
        """The keys under which a work that became new in `window` has come as well, by its key there."""
        if window not in self._names:
            through = window[1]
            if through not in self._latest:
                self._latest[through] = self._store.latest_papers(through, _LOOK_BACK)
            self._names[window] = other_names(self._came_new(window), self._latest[through])
        return self._names[window]

    def _came_new(self, window: tuple[int, int]) -> list[Paper]:
        if window not in self._papers:
            self._papers[window] = self._store.papers_new(*window)
        return self._papers[window]

    def _prepared(self, papers: Sequence[Paper]) -> Index:
        past = learning.with_papers(self._store, self._ranker, self._past, papers, self._guard)
        return self._ranker.prepare(papers, past)


def publish_due(
    store: Store,
    ranker: Ranker,
    rules: PublishRules,
    now: datetime,
    guard: Guard | None = None,
    sources: HeldBack | None = None,
) -> Iterator[Published]:
    """Make the editions that are due at `now`, one transaction each; yield them as they are stored.

    A subscriber seen for the first time is due today at the hour asked for, at once if that is past. One for
    whom it fails stays due and is named by `guard`; one who waits for `sources` stays due and is named there.
    """
    guard, sources = guard or Guard(), sources or HeldBack()
    store.resume(now)
    due = list(_due_now(store, now, guard))
    through = store.last_snapshot() if due else 0
    due = _in_turn([who for who in due if not _held(sources, rules, who, through, now)], now)
    if not due:
        return
    past = learning.known(store, ranker, _tastes(store, ranker, due), guard)
    batches = Batches(store, ranker, past, guard)
    for some in learning.in_chunks(due, _AT_ONCE):
        profiles: dict[int, Profile] = {}
        with guard.alone("what subscribers said of papers"):
            profiles = learning.profiles(store, some)
        for subscriber in some:
            published = None
            with guard.alone(f"the edition of subscriber {subscriber.id}"):
                profile = profiles.get(subscriber.id, subscriber.profile)
                edition = draft(store, batches, rules, subscriber, profile, through, now)
                edition = replace(edition, unreached=unreached(sources.standings, now))
                if not edition.picks and _better_later(sources, rules, subscriber, now):
                    sources.held.append((subscriber, Wait.SOURCES))
                else:
                    published = _publish(store, rules, subscriber, edition, now)
            if published is not None:
                yield published


def draft(
    store: Store,
    batches: Batches,
    rules: PublishRules,
    subscriber: Subscriber,
    profile: Profile,
    through: int,
    now: datetime,
) -> Edition:
    """The edition that `subscriber`, whose taste is `profile`, gets at `now`, not stored yet."""
    window = (subscriber.cutoff, through)
    return compose(
        unseen(store, batches, subscriber, profile, window),
        wanted=profile.personal,
        revised=_revised(store, batches, rules, subscriber, profile, window),
        limits=rules.limits_for(subscriber),
        subscriber_id=subscriber.id,
        edition_date=edition_date(_due(subscriber, now), subscriber.zone),
        window=window,
        now=now,
    )


def unseen(
    store: Store, batches: Batches, subscriber: Subscriber, profile: Profile, window: tuple[int, int]
) -> list[Scored]:
    """The new papers as ranked by `profile`, without those that the subscriber had in an edition, by whichever name."""
    scored, others = list(batches.index(window).rank(profile)), batches.other_names(window)
    had = store.picked(subscriber.id, {s.paper.key for s in scored}.union(*others.values()))
    return [s for s in scored if s.paper.key not in had and not others.get(s.paper.key, set()) & had.keys()]


def _due_now(store: Store, now: datetime, guard: Guard) -> Iterator[Subscriber]:
    """Who gets an edition at `now`; a newcomer whose hour is still to come is scheduled."""
    for subscriber in store.due(now):
        is_due = False
        with guard.alone(f"the edition of subscriber {subscriber.id}"):
            is_due = _is_due(store, subscriber, now)
        if is_due:
            yield subscriber


def _in_turn(due: Sequence[Subscriber], now: datetime) -> list[Subscriber]:
    """Who is due, in the order in which editions are made and sent: who has waited longest, then others each day.

    The cutoff of somebody whose last edition was never sent has gone back. With a mail server that takes only so
    many messages a day, it is then not always the same readers who come last.
    """
    if len({subscriber.cutoff for subscriber in due}) < 2:
        return list(due)
    return sorted(due, key=lambda one: (one.cutoff, sha256(f"{now.date()}/{one.id}".encode()).digest()))


def _held(sources: HeldBack, rules: PublishRules, subscriber: Subscriber, through: int, now: datetime) -> bool:
    """Whether the edition of somebody who is due waits; that is noted in `sources`."""
    wait = waits_for(sources.standings, _due(subscriber, now), now, rules.patience)
    if wait is Wait.NOTHING and subscriber.cutoff >= through and _better_later(sources, rules, subscriber, now):
        wait = Wait.SOURCES
    if wait is not Wait.NOTHING:
        sources.held.append((subscriber, wait))
    return wait is not Wait.NOTHING


def _better_later(sources: HeldBack, rules: PublishRules, subscriber: Subscriber, now: datetime) -> bool:
    """Whether an empty edition would only use up its date: nobody is told, and no source answers.

    It stays due: what comes late goes out on that day, and the next date begins where this one would have.
    """
    return subscriber.empty is EmptyPolicy.SKIP and bool(rules.patience) and all_fail(sources.standings, now)


def _tastes(store: Store, ranker: Ranker, subscribers: Sequence[Subscriber]) -> Iterator[Profile]:
    """What is to be known from before of each subscriber's taste: what they said of papers only for their meaning."""
    if learning.embedder_of(ranker) is None:
        yield from (subscriber.profile for subscriber in subscribers)
        return
    for some in learning.in_chunks(subscribers, _AT_ONCE):
        yield from learning.profiles(store, some).values()


def _is_due(store: Store, subscriber: Subscriber, now: datetime) -> bool:
    if subscriber.next_due_at is not None:
        return True
    first = first_due(subscriber.rhythm, subscriber.send_at, subscriber.zone, now)
    if first <= now:
        return True
    store.schedule(subscriber.id, first)
    return False


def _due(subscriber: Subscriber, now: datetime) -> datetime:
    """The occurrence that an edition made at `now` belongs to: the latest, however many were missed."""
    return last_due(subscriber.rhythm, subscriber.send_at, subscriber.zone, now)


def _revised(
    store: Store,
    batches: Batches,
    rules: PublishRules,
    subscriber: Subscriber,
    profile: Profile,
    window: tuple[int, int],
) -> list[Paper]:
    """The new versions this subscriber is told of, by the installation's `replacements`; best first."""
    if rules.replacements == "never":
        return []
    revised = [s.paper for s in batches.revised(window).rank(profile) if not s.excluded_by]
    had = store.picked(subscriber.id, [p.key for p in revised])
    told = [p for p in revised if p.revision > had.get(p.key, -1)]
    return told if rules.replacements == "always" else [p for p in told if p.key in had]


def _publish(
    store: Store, rules: PublishRules, subscriber: Subscriber, edition: Edition, now: datetime
) -> Published | None:
    mailed = bool(edition.picks) or subscriber.empty is EmptyPolicy.NOTE
    delivery = new_delivery(subscriber, edition, rules) if mailed else None
    following = next_due(subscriber.rhythm, subscriber.send_at, subscriber.zone, now)
    stored = store.publish(edition, following, delivery)
    if stored is None:
        return None
    log.info(
        "edition subscriber=%d date=%s picks=%d looked_at=%d mailed=%s snapshots=%d..%d",
        *(subscriber.id, stored.edition_date, len(stored.picks), stored.looked_at, mailed),
        *(stored.from_snapshot + 1, stored.through_snapshot),
    )
    return Published(subscriber, stored, delivery)


def new_delivery(subscriber: Subscriber, edition: Edition, rules: PublishRules) -> Delivery:
    """An outbox row to be. Its Message-ID stands for this subscriber's edition of that date, whoever makes it."""
    names = ("edition", subscriber.id, subscriber.salt) if subscriber.salt else ("edition", subscriber.id)
    return Delivery(
        id=0,
        edition_id=0,
        recipient=subscriber.address,
        message_id=message_id(rules.keys.keys[0], rules.domain, *names, edition.edition_date),
        status=DeliveryStatus.PENDING,
        due_at=edition.created_at,
        expires_at=expiry(subscriber, edition.created_at, rules.life),
        created_at=edition.created_at,
        address_hash=rules.keys.address_hash(subscriber.address),
    )


def expiry(subscriber: Subscriber, made_at: datetime, life: timedelta) -> datetime:
    """When a delivery is given up: `life` after its edition was made, or later by as much as editions are rarer.

    A mail server that is out for a day costs a weekly reader nothing, then; whose editions are a day apart gets the
    next one instead.
    """
    following = next_due(subscriber.rhythm, subscriber.send_at, subscriber.zone, made_at)
    before = last_due(subscriber.rhythm, subscriber.send_at, subscriber.zone, made_at)
    days = (edition_date(following, subscriber.zone) - edition_date(before, subscriber.zone)).days
    return made_at + life + _DAY * max(0, days - 1)


def left_out(scored: Sequence[Scored], edition: Edition) -> list[Scored]:
    """The papers that were ranked for `edition` and are not in it, best first."""
    inside = {pick.paper.key for pick in edition.picks}
    return [s for s in scored if s.paper.key not in inside]
