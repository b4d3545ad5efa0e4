"""Deliveries as rows: put in, found, counted, cancelled. What workers do with them stands in `outbox.py`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal_column, select

from digest.model import Delivery, DeliveryKind, DeliveryStatus
from digest.storage.engine import Room
from digest.storage.papers import batched, chunked
from digest.storage.schema import deliveries, editions, snapshots, subscribers

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Update

_C = deliveries.c
_S = DeliveryStatus

WAITING = (_S.PENDING, _S.DEFERRED)
GIVEN_UP = (_S.CANCELLED, _S.EXPIRED, _S.FAILED)


class Deliveries(Room):
    """The store's words for looking at the outbox."""

    def deliveries(self, status: DeliveryStatus | None = None, limit: int = 50, domain: str = "") -> list[Delivery]:
        """The last deliveries, newest first; those in one status, to one domain (lower case), where it is given."""
        query = select(deliveries).order_by(_C.id.desc()).limit(limit)
        query = query if status is None else query.where(_C.status == status)
        query = query.where(_C.domain == domain) if domain else query
        with self._db.reading() as connection:
            return [delivery_from(row) for row in connection.execute(query)]

    def delivery(self, delivery_id: int) -> Delivery | None:
        """The delivery with that id."""
        return self._one(_C.id == delivery_id)

    def delivery_by_message_id(self, message_id: str) -> Delivery | None:
        """The delivery with that Message-ID, angle brackets and all."""
        return self._one(_C.message_id == message_id)

    def deliveries_to(self, subscriber_id: int) -> list[Delivery]:
        """Everything that was put into the outbox for a subscriber, oldest first."""
        query = select(deliveries).where(sent_to(subscriber_id)).order_by(_C.id)
        with self._db.reading() as connection:
            return [delivery_from(row) for row in connection.execute(query)]

    def delivery_counts(self) -> Counter[DeliveryStatus]:
        """How many deliveries there are in each status that any is in."""
        query = select(_C.status, func.count().label("rows")).group_by(_C.status)
        with self._db.reading() as connection:
            return Counter({DeliveryStatus(row.status): row.rows for row in connection.execute(query)})

    def accepted_since(self, instant: datetime) -> int:
        """How many deliveries were accepted at or after `instant`."""
        return self._how_many(_C.sent_at >= instant)

    def failed_since(self, instant: datetime) -> int:
        """How many deliveries failed for good at or after `instant`."""
        return self._how_many((_C.status == _S.FAILED) & (_C.settled_at >= instant))

    def first_accepted(self) -> datetime | None:
        """When the first delivery of all was accepted; None before that."""
        with self._db.reading() as connection:
            first: datetime | None = connection.scalar(select(func.min(_C.sent_at)))
        return first

    def _one(self, which: ColumnElement[bool]) -> Delivery | None:
        with self._db.reading() as connection:
            row = connection.execute(select(deliveries).where(which)).one_or_none()
        return None if row is None else delivery_from(row)

    def _how_many(self, which: ColumnElement[bool]) -> int:
        with self._db.reading() as connection:
            return connection.scalar(select(func.count()).select_from(deliveries).where(which)) or 0


def add_delivery(connection: Connection, delivery: Delivery) -> None:
    """Put a new message into the outbox, which gives it an id of its own."""
    connection.execute(
        deliveries.insert().values(
            kind=delivery.kind,
            edition_id=delivery.edition_id,
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
            address_hash=delivery.address_hash,
            domain=delivery.domain,
            subscriber_id=delivery.subscriber_id,
            confirmation_id=delivery.confirmation_id,
            content=dict(delivery.content),
        )
    )


def cancelled(*which: ColumnElement[bool]) -> Update:
    """An update that cancels the deliveries of which all of `which` is true."""
    return deliveries.update().where(*which).values(status=_S.CANCELLED, lease_until=None)


def cancel(connection: Connection, update: Update) -> set[int]:
    """Run an update that `cancelled` made; the ids of the deliveries, whose papers may come again."""
    ids = set(connection.scalars(update.returning(_C.id)))
    take_back(connection, ids)
    return ids


def not_begun() -> ColumnElement[bool]:
    """Whether a delivery may still be stopped: it waits, or a worker has claimed it and not begun to send."""
    return _C.status.in_((*WAITING, _S.CLAIMED))


def is_letter() -> ColumnElement[bool]:
    """Whether a delivery is no edition, and not blanked; in the very words of the index of letters, which is used."""
    return (_C.kind != literal_column(f"'{DeliveryKind.EDITION}'")) & (_C.recipient != literal_column("''"))


def is_settled() -> ColumnElement[bool]:
    """Whether it is known what became of a delivery, or known that it cannot be."""
    return _C.status.in_((_S.ACCEPTED, _S.UNKNOWN, *GIVEN_UP))


def blanked(*which: ColumnElement[bool]) -> Update:
    """An update that leaves of deliveries what tells of nobody; a server's words repeat the address."""
    nothing = {"recipient": "", "address_hash": "", "domain": "", "content": {}, "last_error": ""}
    return deliveries.update().where(*which).values(nothing)


def cancel_for(connection: Connection, subscriber_id: int) -> None:
    """Cancel what waits for a subscriber, also where a worker has claimed it and not begun to send."""
    cancel(connection, cancelled(not_begun(), sent_to(subscriber_id)))


def sent_to(subscriber_id: int) -> ColumnElement[bool]:
    """Whether a row is an edition of that subscriber, or a letter to them."""
    theirs = select(editions.c.id).where(editions.c.subscriber_id == subscriber_id)
    return _C.edition_id.in_(theirs) | (_C.subscriber_id == subscriber_id)


def never_sent() -> ColumnElement[bool]:
    """Whether a row is a message that nobody got and nobody will get: what was to be resent may have arrived."""
    return _C.status.in_(GIVEN_UP) & (_C.resent == 0)


def lock_readers(connection: Connection, ids: Collection[int]) -> None:
    """Keep the subscribers of the deliveries `ids` from changing until the transaction ends.

    To be taken before any delivery is, as whoever lets a subscriber go takes them in that order.
    """
    theirs = select(editions.c.subscriber_id).join_from(editions, deliveries)
    addressed = select(_C.subscriber_id)
    for some in batched(ids):
        named = theirs.where(_C.id.in_(some)).union_all(addressed.where(_C.id.in_(some)))
        which = subscribers.c.id.in_(named)
        connection.execute(select(subscribers.c.id).where(which).order_by(subscribers.c.id).with_for_update()).all()


def take_back(connection: Connection, ids: Collection[int]) -> None:
    """Let the next edition cover again what the deliveries `ids` should have brought and never will.

    For those that ended without a message ever having been sent; letters bring no papers. The subscriber's cutoff
    goes back to where the edition began, however long ago, as far as snapshots are kept: an address that takes no
    mail must not gather papers for ever. A time in which the mail server was out is then not lost, only late. Later
    editions may have been made meanwhile: what they brought is not picked again.
    """
    starts: dict[int, int] = {}
    missed = select(editions.c.subscriber_id, editions.c.from_snapshot).join_from(editions, deliveries)
    for row in chunked(connection, missed.where(never_sent()), _C.id, ids):
        starts[row.subscriber_id] = min(row.from_snapshot, starts.get(row.subscriber_id, row.from_snapshot))
    if not starts:
        return
    dropped = select(snapshots.c.id).where(snapshots.c.content.is_(None)).order_by(snapshots.c.id.desc()).limit(1)
    oldest = connection.scalar(dropped) or 0
    # A subscriber whose row somebody else is changing is passed over: they may be waiting for ours.
    free = select(subscribers.c.id).with_for_update(skip_locked=True)
    for row in list(chunked(connection, free, subscribers.c.id, starts)):
        start = max(starts[row.id], oldest)
        back = subscribers.update().where(subscribers.c.id == row.id, subscribers.c.cutoff > start)
        connection.execute(back.values(cutoff=start))


def delivery_from(row: Row[Any]) -> Delivery:
    """The delivery in a row of the table."""
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
        kind=DeliveryKind(row.kind),
        address_hash=row.address_hash,
        subscriber_id=row.subscriber_id,
        confirmation_id=row.confirmation_id,
        content=row.content,
    )
