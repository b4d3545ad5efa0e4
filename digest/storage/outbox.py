"""The outbox: deliveries, and the compare-and-sets that keep two workers off the same one.

::

    pending, deferred --claim--> claimed --step--> sending --step--> dot_sent --settle--> accepted, ...

A row that a worker holds changes only by that worker's name and from a status that may come before; whoever
comes late changes nothing and is told so. What was not yet sent is freed when its lease runs out. A row in
`dot_sent` may be a message on its way: it is never freed but by the stated policy (RFC 1047).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, case, func, or_, select

from digest.model import Delivery, DeliveryStatus, Outcome, SubscriberStatus
from digest.storage.engine import Room
from digest.storage.schema import deliveries, editions, subscribers

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from sqlalchemy import Connection, Row, Update

_C = deliveries.c
_S = DeliveryStatus
_MOST_WORDS = 1_000

WAITING = (_S.PENDING, _S.DEFERRED)
UNSENT = (_S.CLAIMED, _S.SENDING)
HELD = (*UNSENT, _S.DOT_SENT)

STEPS = {_S.SENDING: _S.CLAIMED, _S.DOT_SENT: _S.SENDING}
"""What a row must be in before it steps on."""

SETTLED_FROM: dict[DeliveryStatus, tuple[DeliveryStatus, ...]] = {
    # A worker that was given up after the dot may still hear the reply, which then is the truth.
    _S.ACCEPTED: (_S.SENDING, _S.DOT_SENT, _S.UNKNOWN),
    _S.FAILED: (*HELD, _S.UNKNOWN),
    _S.DEFERRED: (*HELD, _S.UNKNOWN),
    _S.UNKNOWN: (_S.SENDING, _S.DOT_SENT),
    _S.EXPIRED: UNSENT,
    _S.CANCELLED: UNSENT,
}
"""The outcomes, and what a row may be in before each."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a recovery did: rows freed before the dot; after it, rows left `unknown` and rows to be resent."""

    freed: int = 0
    unknown: int = 0
    resent: int = 0


class Outbox(Room):
    """The store's words for deliveries."""

    def claim(self, now: datetime, lease: timedelta, limit: int, worker: str) -> list[Delivery]:
        """Take up to `limit` due deliveries for a while, the longest due first.

        An edition whose subscriber is not active any more is cancelled instead.
        """
        take = _taken(now, limit).values(status=_S.CLAIMED, claimed_by=worker, lease_until=now + lease)
        with self._db.writing() as connection:
            while taken := connection.execute(take.returning(deliveries)).all():
                unwanted = _cancel(_C.id.in_([row.id for row in taken]), _of_those_not_active())
                cancelled = set(connection.scalars(unwanted.returning(_C.id)))
                if len(cancelled) < len(taken):
                    break
        wanted = [_delivery(row) for row in taken if row.id not in cancelled]
        return sorted(wanted, key=lambda delivery: (delivery.due_at, delivery.id))

    def step(self, delivery_id: int, worker: str, status: DeliveryStatus) -> bool:
        """Note that a claimed delivery is now SENDING (an attempt counts from here) or DOT_SENT.

        False where the claim was lost: the message must not be sent.
        """
        held = (_C.id == delivery_id) & (_C.claimed_by == worker) & (_C.status == STEPS[status])
        counted = _C.attempts + int(status is _S.SENDING)
        return self._count(deliveries.update().where(held).values(status=status, attempts=counted)) > 0

    def settle(self, delivery_id: int, worker: str, outcome: Outcome, now: datetime) -> bool:
        """Write down what became of an attempt; False where the row is not this worker's to settle.

        UNKNOWN with a `retry_at` is DEFERRED to then, the first time that a delivery's fate is unknown.

        Raises:
            ValueError: no outcome at all, or a deferral that does not say until when.
        """
        legal = SETTLED_FROM.get(outcome.status)
        if legal is None or (outcome.status is _S.DEFERRED and outcome.retry_at is None):
            raise ValueError(f"not an outcome: {outcome}")
        held = (_C.id == delivery_id) & (_C.claimed_by == worker) & _C.status.in_(legal)
        once_more = (held & (_C.resent == 0)) if outcome.retry_at and outcome.status is _S.UNKNOWN else None
        with self._db.writing() as connection:
            if once_more is not None:
                again = _settled(replace(outcome, status=_S.DEFERRED), now) | {"resent": 1}
                if connection.execute(deliveries.update().where(once_more).values(again)).rowcount:
                    return True
            return connection.execute(deliveries.update().where(held).values(_settled(outcome, now))).rowcount > 0

    def release(self, worker: str) -> int:
        """Give back what `worker` holds and has not sent, as if it had never tried; how many."""
        unsent = (_C.claimed_by == worker) & _C.status.in_(UNSENT)
        uncounted = case((_C.status == _S.SENDING, _C.attempts - 1), else_=_C.attempts)
        return self._count(_freed(unsent).values(attempts=uncounted))

    def claimants(self) -> list[str]:
        """The names of the workers that hold deliveries."""
        query = select(_C.claimed_by).where(_C.status.in_(HELD)).distinct()
        with self._db.reading() as connection:
            return sorted(connection.scalars(query))

    def recover(self, now: datetime, dead: Collection[str], resend_unknown: bool) -> Recovered:
        """Take back what is held by `dead` workers and under leases that ran out.

        What had not been sent is pending again. What was past the final dot becomes UNKNOWN; with
        `resend_unknown` it is pending once more instead, the first time.
        """
        lost = or_(_C.lease_until <= now, _C.claimed_by.in_(sorted(dead)))
        dotted = lost & (_C.status == _S.DOT_SENT)
        again = dotted & (_C.resent == 0)
        unknown = deliveries.update().where(dotted).values(status=_S.UNKNOWN, lease_until=None)
        with self._db.writing() as connection:
            freed = connection.execute(_freed(lost & _C.status.in_(UNSENT))).rowcount
            resent = connection.execute(_freed(again).values(resent=1)).rowcount if resend_unknown else 0
            return Recovered(freed, connection.execute(unknown).rowcount, resent)

    def expire(self, now: datetime) -> int:
        """Drop what waits and whose edition's life has ended; how many."""
        over = _C.status.in_(WAITING) & (_C.expires_at <= now)
        return self._count(deliveries.update().where(over).values(status=_S.EXPIRED))

    def deliveries(self, status: DeliveryStatus | None = None, limit: int = 50) -> list[Delivery]:
        """The last deliveries, newest first; those in one status where it is given."""
        query = select(deliveries).order_by(_C.id.desc()).limit(limit)
        with self._db.reading() as connection:
            rows = connection.execute(query if status is None else query.where(_C.status == status))
            return [_delivery(row) for row in rows]

    def delivery_counts(self) -> Counter[DeliveryStatus]:
        """How many deliveries there are in each status that any is in."""
        query = select(_C.status, func.count().label("rows")).group_by(_C.status)
        with self._db.reading() as connection:
            return Counter({DeliveryStatus(row.status): row.rows for row in connection.execute(query)})

    def _count(self, statement: Update) -> int:
        with self._db.writing() as connection:
            return connection.execute(statement).rowcount


def add_delivery(connection: Connection, delivery: Delivery, edition_id: int) -> None:
    """Put the delivery of a new edition into the outbox."""
    connection.execute(
        deliveries.insert().values(
            kind=delivery.kind,
            edition_id=edition_id,
            recipient=delivery.recipient,
            message_id=delivery.message_id,
            status=delivery.status,
            due_at=delivery.due_at,
            expires_at=delivery.expires_at,
            attempts=delivery.attempts,
            claimed_by=delivery.claimed_by,
            lease_until=delivery.lease_until,
            last_code=delivery.last_code,
            last_error=delivery.last_error,
            queue_id=delivery.queue_id,
            sent_at=delivery.sent_at,
            created_at=delivery.created_at,
            resent=0,
        )
    )


def cancel_for(connection: Connection, subscriber_id: int) -> None:
    """Cancel what waits for a subscriber, also where a worker has claimed it and not begun to send."""
    theirs = select(editions.c.id).where(editions.c.subscriber_id == subscriber_id)
    connection.execute(_cancel(_C.status.in_((*WAITING, _S.CLAIMED)), _C.edition_id.in_(theirs)))


def _taken(now: datetime, limit: int) -> Update:
    """An update of the longest due rows that nobody else is taking at this moment.

    The rows are chosen in a CTE of their own: PostgreSQL may run a subquery with LIMIT more than once.
    """
    due = _C.status.in_(WAITING) & (_C.due_at <= now) & (_C.expires_at > now)
    chosen = select(_C.id).where(due).order_by(_C.due_at, _C.id).limit(limit)
    rows = chosen.with_for_update(skip_locked=True).cte("due")
    return deliveries.update().where(_C.id.in_(select(rows.c.id)))


def _of_those_not_active() -> ColumnElement[bool]:
    reader = select(subscribers.c.id).join_from(editions, subscribers).where(editions.c.id == _C.edition_id)
    return reader.where(subscribers.c.status != SubscriberStatus.ACTIVE).exists()


def _cancel(*which: ColumnElement[bool]) -> Update:
    return deliveries.update().where(*which).values(status=_S.CANCELLED, lease_until=None)


def _freed(which: ColumnElement[bool]) -> Update:
    return deliveries.update().where(which).values(status=_S.PENDING, claimed_by="", lease_until=None)


def _settled(outcome: Outcome, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        "status": outcome.status,
        "lease_until": None,
        "last_code": outcome.code,
        "last_error": outcome.text[:_MOST_WORDS],
        "queue_id": outcome.queue_id,
    }
    if outcome.status is _S.ACCEPTED:
        values |= {"sent_at": now, "last_error": ""}
    if outcome.status is _S.DEFERRED:
        values |= {"due_at": outcome.retry_at, "claimed_by": ""}
    return values


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        edition_id=row.edition_id,
        recipient=row.recipient,
        message_id=row.message_id,
        status=DeliveryStatus(row.status),
        due_at=row.due_at,
        expires_at=row.expires_at,
        attempts=row.attempts,
        claimed_by=row.claimed_by,
        lease_until=row.lease_until,
        last_code=row.last_code,
        last_error=row.last_error,
        queue_id=row.queue_id,
        sent_at=row.sent_at,
        created_at=row.created_at,
        kind=row.kind,
    )
