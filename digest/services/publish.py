"""Publish: for every subscriber who is due, one edition and its outbox row, in one transaction.

The papers of an edition are those that became new in (cutoff, through], by snapshot id and not by
time, so that a late arrival is in the next edition and none is in two. The day's batch is prepared
for ranking once and shared by all subscribers whose cutoff is the same.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.editions.compose import Limits, compose
from digest.editions.timetable import edition_date, first_due, last_due, next_due
from digest.mail.message import message_id
from digest.model import Delivery, DeliveryStatus, Edition, EmptyPolicy
from digest.services.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from digest.mail.tokens import Keyring
    from digest.model import Paper, Scored, Subscriber
    from digest.ranking import Index, Ranker
    from digest.storage import Store

log = logging.getLogger("digest.publish")


@dataclass(frozen=True, slots=True)
class PublishRules:
    """What an installation decides about its editions.

    `replacements` is "never", "sent" or "always"; `life` is how long a delivery may take before it is
    dropped in favour of the next edition. Message-IDs are made of `keys` and stand at `domain`.
    """

    limits: Limits
    replacements: str
    life: timedelta
    domain: str
    keys: Keyring = field(repr=False)

    def limits_for(self, subscriber: Subscriber) -> Limits:
        """The limits with the subscriber's own wishes in place of the defaults."""
        own = self.limits
        return Limits(
            max_papers=own.max_papers if subscriber.max_papers is None else subscriber.max_papers,
            min_score=own.min_score if subscriber.min_score is None else subscriber.min_score,
            also_trending=own.also_trending,
            max_revised=own.max_revised,
        )


@dataclass(frozen=True, slots=True)
class Published:
    """One edition that was made; `delivery` is None where an empty edition is not mailed."""

    subscriber: Subscriber
    edition: Edition
    delivery: Delivery | None


class Batches:
    """The papers of each window of snapshots, read and prepared for ranking once."""

    def __init__(self, store: Store, ranker: Ranker) -> None:
        self._store, self._ranker = store, ranker
        self._new: dict[tuple[int, int], Index] = {}
        self._revised: dict[tuple[int, int], Index] = {}

    def index(self, window: tuple[int, int]) -> Index:
        """The index over the papers that became new in `window` = (after, through]."""
        if window not in self._new:
            self._new[window] = self._ranker.prepare(self._store.papers_new(*window))
        return self._new[window]

    def revised(self, window: tuple[int, int]) -> Index:
        """The index over the papers that had a new version announced in `window`, and did not become new in it."""
        if window not in self._revised:
            self._revised[window] = self._ranker.prepare(self._store.papers_revised(*window))
        return self._revised[window]


def publish_due(
    store: Store, ranker: Ranker, rules: PublishRules, now: datetime, guard: Guard | None = None
) -> Iterator[Published]:
    """Make the editions that are due at `now`, one transaction each; yield them as they are stored.

    A subscriber seen for the first time is due today at the hour asked for, at once if that is past. One for
    whom it fails stays due and is named by `guard`.
    """
    guard = guard or Guard()
    store.resume(now)
    batches = Batches(store, ranker)
    through = store.last_snapshot()
    for subscriber in store.due(now):
        published = None
        with guard.alone(f"the edition of subscriber {subscriber.id}"):
            if _is_due(store, subscriber, now):
                edition = draft(store, batches, rules, subscriber, through, now)
                published = _publish(store, rules, subscriber, edition, now)
        if published is not None:
            yield published


def draft(
    store: Store, batches: Batches, rules: PublishRules, subscriber: Subscriber, through: int, now: datetime
) -> Edition:
    """The edition that `subscriber` gets at `now`, not stored yet."""
    window = (subscriber.cutoff, through)
    scored = batches.index(window).rank(subscriber.profile)
    picked = store.picked(subscriber.id, [s.paper.key for s in scored])
    return compose(
        [s for s in scored if s.paper.key not in picked],
        wanted=bool(subscriber.profile.wanted),
        revised=_revised(store, batches, rules, subscriber, window),
        limits=rules.limits_for(subscriber),
        subscriber_id=subscriber.id,
        edition_date=edition_date(_due(subscriber, now), subscriber.zone),
        window=window,
        now=now,
    )


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
    store: Store, batches: Batches, rules: PublishRules, subscriber: Subscriber, window: tuple[int, int]
) -> list[Paper]:
    """The new versions this subscriber is told of, by the installation's `replacements`; best first."""
    if rules.replacements == "never":
        return []
    revised = [s.paper for s in batches.revised(window).rank(subscriber.profile) if not s.excluded_by]
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
    return Delivery(
        id=0,
        edition_id=0,
        recipient=subscriber.address,
        message_id=message_id(rules.keys.keys[0], rules.domain, "edition", subscriber.id, edition.edition_date),
        status=DeliveryStatus.PENDING,
        due_at=edition.created_at,
        expires_at=edition.created_at + rules.life,
        created_at=edition.created_at,
        address_hash=rules.keys.address_hash(subscriber.address),
    )


def left_out(scored: Sequence[Scored], edition: Edition) -> list[Scored]:
    """The papers that were ranked for `edition` and are not in it, best first."""
    inside = {pick.paper.key for pick in edition.picks}
    return [s for s in scored if s.paper.key not in inside]
