"""Subscribers: who they are, what they want, when they are due."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from digest.errors import StorageError
from digest.mail.headers import address_spelling
from digest.model import EmptyPolicy, Interest, InterestKind, Subscriber, SubscriberStatus
from digest.storage.codec import rhythm_from, rhythm_text
from digest.storage.engine import Room, insert
from digest.storage.papers import chunked
from digest.storage.schema import interests, subscribers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select

_C = subscribers.c
_SALT_BYTES = 16


class Subscribers(Room):
    """The store's words for subscribers."""

    def add_subscriber(self, subscriber: Subscriber) -> Subscriber:
        """Store a new subscriber; the same with its id.

        Somebody who has left gets the new wishes and keeps their id, their editions and their cutoff, where
        that is further on: nothing is mailed to them twice.

        Raises:
            StorageError: the address is known, and has not left.
        """
        with self._db.writing() as connection:
            placed, added = place_subscriber(connection, subscriber)
        if not added:
            raise StorageError(f"{subscriber.address} is a subscriber already ({placed.status})")
        return placed

    def subscribers(self, status: SubscriberStatus | None = None) -> list[Subscriber]:
        """All subscribers, or those in one status, in the order in which they came."""
        query = select(subscribers).order_by(_C.id)
        with self._db.reading() as connection:
            return read_subscribers(connection, query if status is None else query.where(_C.status == status))

    def subscriber(self, subscriber_id: int) -> Subscriber:
        """The subscriber with that id.

        Raises:
            StorageError: there is none.
        """
        with self._db.reading() as connection:
            found = read_subscribers(connection, select(subscribers).where(_C.id == subscriber_id))
        if not found:
            raise StorageError(f"there is no subscriber {subscriber_id}")
        return found[0]

    def subscriber_by_address(self, address: str) -> Subscriber | None:
        """The subscriber with that address, however it is spelled in upper and lower case."""
        with self._db.reading() as connection:
            return _by_address(connection, address)

    def update_subscriber(self, subscriber: Subscriber) -> None:
        """Write down everything about a subscriber but the cutoff, which editions move (see `set_cutoff`).

        Whoever has left meanwhile stays away: an unsubscribe wins over a change that was read before it.

        Raises:
            StorageError: there is no such subscriber, they have left, or another one has that address.
        """
        with self._db.writing() as connection:
            try:
                found = _update(connection, subscriber, _C.status != SubscriberStatus.GONE)
            except IntegrityError:
                raise StorageError(f"{subscriber.address} belongs to another subscriber") from None
            if not found:
                raise StorageError(f"there is no subscriber {subscriber.id}, or they have left")
            _write_interests(connection, subscriber)

    def set_cutoff(self, subscriber_id: int, cutoff: int) -> None:
        """Let a subscriber's next edition begin behind the snapshot `cutoff`."""
        with self._db.writing() as connection:
            connection.execute(subscribers.update().where(_C.id == subscriber_id).values(cutoff=cutoff))

    def new_link(self, subscriber_id: int) -> None:
        """End all links to what is a subscriber's own, but those to unsubscribe."""
        raised = subscribers.update().where(_C.id == subscriber_id).values(link_generation=_C.link_generation + 1)
        with self._db.writing() as connection:
            connection.execute(raised)

    def resume(self, now: datetime) -> int:
        """Make those active again whose pause has ended; how many. Its end stays known: the clock may be ahead."""
        over = (_C.status == SubscriberStatus.PAUSED) & (_C.paused_until <= now)
        with self._db.writing() as connection:
            back = subscribers.update().where(over).values(status=SubscriberStatus.ACTIVE)
            return connection.execute(back).rowcount

    def due(self, now: datetime) -> list[Subscriber]:
        """The active subscribers whose edition is due, the longest overdue first; before them the newcomers,
        who have no due time yet."""
        waiting = (_C.status == SubscriberStatus.ACTIVE) & (_C.next_due_at.is_(None) | (_C.next_due_at <= now))
        query = select(subscribers).where(waiting).order_by(_C.next_due_at.asc().nulls_first(), _C.id)
        with self._db.reading() as connection:
            return read_subscribers(connection, query)

    def schedule(self, subscriber_id: int, next_due_at: datetime) -> bool:
        """Give a newcomer their first due time; False where there is one already."""
        blank = (_C.id == subscriber_id) & _C.next_due_at.is_(None)
        with self._db.writing() as connection:
            return connection.execute(subscribers.update().where(blank).values(next_due_at=next_due_at)).rowcount > 0

    def next_due(self) -> tuple[Subscriber, datetime] | None:
        """The active subscriber who is due first, and when."""
        waiting = (_C.status == SubscriberStatus.ACTIVE) & _C.next_due_at.is_not(None)
        query = select(subscribers).where(waiting).order_by(_C.next_due_at, _C.id).limit(1)
        with self._db.reading() as connection:
            found = read_subscribers(connection, query)
        return next(((who, who.next_due_at) for who in found if who.next_due_at), None)


def address_key(address: str) -> str:
    """What two spellings of one address have in common, see `address_spelling`."""
    return address_spelling(address)


def _stored_keys(address: str) -> list[str]:
    """The keys that an address may be stored under: rows of before they were in NFC have what was typed."""
    key = address_key(address)
    return list(dict.fromkeys(unicodedata.normalize(form, key) for form in ("NFC", "NFD")))


def place_subscriber(connection: Connection, subscriber: Subscriber) -> tuple[Subscriber, bool]:
    """Add a subscriber, or give somebody who has left the new wishes; as stored, and whether anything was.

    Raises:
        StorageError: somebody else is changing that very address.
    """
    salt = subscriber.salt or secrets.token_hex(_SALT_BYTES)
    values = subscriber_values(subscriber) | {"cutoff": subscriber.cutoff, "salt": salt}
    statement = insert(connection, subscribers).values(values)
    number = None
    if _under_new_key(connection, subscriber.address):
        number = connection.execute(statement.on_conflict_do_nothing().returning(_C.id)).scalar_one_or_none()
    if number is not None:
        placed = replace(subscriber, id=number, salt=salt)
    else:
        before = _by_address(connection, subscriber.address)
        if before is None:
            raise StorageError(f"{subscriber.address} is just being changed: try again")
        if before.status is not SubscriberStatus.GONE:
            return before, False
        placed = replace(
            subscriber,
            id=before.id,
            cutoff=max(before.cutoff, subscriber.cutoff),
            salt=before.salt,
            link_generation=before.link_generation,
        )
        _update(connection, placed)
        connection.execute(subscribers.update().where(_C.id == placed.id).values(cutoff=placed.cutoff))
    _write_interests(connection, placed)
    return placed, True


def _by_address(connection: Connection, address: str) -> Subscriber | None:
    found = read_subscribers(
        connection, select(subscribers).where(_C.address_key.in_(_stored_keys(address))).order_by(_C.id)
    )
    return found[0] if found else None


def _under_new_key(connection: Connection, address: str) -> bool:
    """Whether nobody has an address under an older spelling of its key, so that UNIQUE finds whoever has it."""
    _, *older = _stored_keys(address)
    return not older or connection.scalar(select(_C.id).where(_C.address_key.in_(older))) is None


def _update(connection: Connection, subscriber: Subscriber, *which: ColumnElement[bool]) -> bool:
    statement = subscribers.update().where(_C.id == subscriber.id, *which).values(subscriber_values(subscriber))
    return connection.execute(statement).rowcount > 0


def subscriber_values(subscriber: Subscriber) -> dict[str, Any]:
    """All columns of a subscriber that wishes change: not the id, the cutoff, what links hold; they are here."""
    return {
        "address": subscriber.address,
        "address_key": address_key(subscriber.address),
        "status": subscriber.status,
        "name": subscriber.name,
        "zone": subscriber.zone,
        "send_at": subscriber.send_at.isoformat(),
        "rhythm": rhythm_text(subscriber.rhythm),
        "max_papers": subscriber.max_papers,
        "min_score": subscriber.min_score,
        "empty": subscriber.empty,
        "next_due_at": subscriber.next_due_at,
        "created_at": subscriber.created_at,
        "paused_until": subscriber.paused_until,
        "left_at": None,
    }


def _write_interests(connection: Connection, subscriber: Subscriber) -> None:
    connection.execute(interests.delete().where(interests.c.subscriber_id == subscriber.id))
    rows = [
        {
            "subscriber_id": subscriber.id,
            "position": position,
            "kind": interest.kind,
            "term": interest.term,
            "weight": interest.weight,
            "field": interest.field,
            "excluded": int(interest.excluded),
        }
        for position, interest in enumerate(subscriber.interests)
    ]
    if rows:
        connection.execute(interests.insert(), rows)


def read_subscribers(connection: Connection, query: Select[Any]) -> list[Subscriber]:
    """The subscribers of a query, with their interests."""
    rows = connection.execute(query).all()
    wanted: dict[int, list[tuple[int, Interest]]] = {row.id: [] for row in rows}
    for row in chunked(connection, select(interests), interests.c.subscriber_id, wanted):
        wanted[row.subscriber_id].append((row.position, _interest(row)))
    return [_subscriber(row, wanted[row.id]) for row in rows]


def _interest(row: Row[Any]) -> Interest:
    return Interest(InterestKind(row.kind), row.term, row.weight, row.field, bool(row.excluded))


def _subscriber(row: Row[Any], placed: Sequence[tuple[int, Interest]]) -> Subscriber:
    return Subscriber(
        id=row.id,
        address=row.address,
        status=SubscriberStatus(row.status),
        name=row.name,
        zone=row.zone,
        send_at=time.fromisoformat(row.send_at),
        rhythm=rhythm_from(row.rhythm),
        max_papers=row.max_papers,
        min_score=row.min_score,
        empty=EmptyPolicy(row.empty),
        interests=tuple(interest for _, interest in sorted(placed, key=lambda pair: pair[0])),
        next_due_at=row.next_due_at,
        cutoff=row.cutoff,
        created_at=row.created_at,
        paused_until=row.paused_until if row.status == SubscriberStatus.PAUSED else None,
        salt=row.salt,
        link_generation=row.link_generation,
    )
