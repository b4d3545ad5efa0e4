"""What a clock that stood ahead left in the store, set right once it tells the time again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from digest.model import SubscriberStatus
from digest.storage.deliveries import WAITING
from digest.storage.engine import Room
from digest.storage.schema import (
    bounces,
    confirmations,
    deliveries,
    demands,
    domains,
    looks,
    snapshots,
    sources,
    subscribers,
    suppressions,
    turned_away,
)
from digest.storage.subscribers import read_subscribers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Column, Update

    from digest.model import Subscriber

_PAST: tuple[Column[Any], ...] = (
    *(looks.c.at, snapshots.c.taken_at, bounces.c.at, suppressions.c.since, domains.c.since, demands.c.at),
    *(sources.c.failing_since, deliveries.c.sent_at, deliveries.c.settled_at),
)
"""Moments at which something happened: none of them is still to come."""
_FAR = timedelta(days=1)
"""No wait for a source, a relay or a domain is longer."""
_LEASE = timedelta(minutes=30)
_C = subscribers.c


class Clock(Room):
    """The store's words for a clock that was wrong."""

    def settle_clock(self, now: datetime, life: timedelta) -> None:
        """Take back what lies further ahead of `now` than it can, but for due times (see `due_after`).

        A pause that ended too early goes on; what waits is due; no edition's delivery lives longer than `life`.
        """
        with self._db.writing() as connection:
            for statement in _corrections(now, life):
                connection.execute(statement)

    def due_after(self, moment: datetime) -> list[Subscriber]:
        """The subscribers, active or paused, whose next edition is due after `moment`."""
        here = _C.status.in_((SubscriberStatus.ACTIVE, SubscriberStatus.PAUSED))
        later = here & (_C.next_due_at > moment)
        with self._db.reading() as connection:
            return read_subscribers(connection, select(subscribers).where(later).order_by(_C.id))

    def reschedule(self, subscriber_id: int, before: datetime, after: datetime) -> None:
        """Let a subscriber who was due at `before` be due at `after`."""
        same = (_C.id == subscriber_id) & (_C.next_due_at == before)
        with self._db.writing() as connection:
            connection.execute(subscribers.update().where(same).values(next_due_at=after))


def _corrections(now: datetime, life: timedelta) -> Iterator[Update | Any]:
    for column in _PAST:
        yield column.table.update().where(column > now).values({column.name: now})
    yield turned_away.delete().where(turned_away.c.hour > now)
    yield sources.update().where(sources.c.next_poll_at > now + _FAR).values(next_poll_at=None)
    yield sources.update().where(sources.c.begun_at > now).values(begun_at=None)
    yield sources.update().where(sources.c.last_new_on > now.date()).values(last_new_on=now.date())
    yield domains.update().where(domains.c.until > now + _FAR).values(until=now)
    its = deliveries.c
    yield deliveries.update().where(its.status.in_(WAITING), its.due_at > now + _FAR).values(due_at=now)
    yield deliveries.update().where(its.lease_until > now + _LEASE).values(lease_until=now + _LEASE)
    yield deliveries.update().where(its.status.in_(WAITING), its.expires_at > now + life).values(expires_at=now + life)
    asked = confirmations.c
    too_long = asked.confirmed_at.is_(None) & (asked.asked_at > now)
    yield confirmations.update().where(too_long).values(asked_at=now, expires_at=now + life)
    early = (_C.status == SubscriberStatus.ACTIVE) & (_C.paused_until > now)
    yield subscribers.update().where(early).values(status=SubscriberStatus.PAUSED)
