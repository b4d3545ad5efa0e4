"""Leaving: subscribers who go, change their mind, or want to be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from digest.model import DeliveryStatus, Subscriber, SubscriberStatus
from digest.storage.deliveries import blanked, cancel, cancel_for, cancelled, not_begun, sent_to
from digest.storage.engine import Room
from digest.storage.schema import confirmations, deliveries, feedback, interests, picks, subscribers
from digest.storage.subscribers import address_key, subscriber_values
from digest.storage.suppressions import take_turn_for

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

_C = subscribers.c


class Leaving(Room):
    """The store's words for those who go."""

    def remove_subscriber(self, subscriber_id: int, now: datetime) -> bool:
        """Let a subscriber go: what waits for them in the outbox is cancelled. False if they had left before.

        A delivery that a worker has claimed and not begun to send is cancelled too.
        """
        here = (_C.id == subscriber_id) & (_C.status != SubscriberStatus.GONE)
        with self._db.writing() as connection:
            left = subscribers.update().where(here).values(status=SubscriberStatus.GONE, left_at=now)
            found = connection.execute(left).rowcount > 0
            cancel_for(connection, subscriber_id)
        return found

    def revive(self, subscriber_id: int, since: datetime, next_due_at: datetime | None, now: datetime) -> bool:
        """Undo that a subscriber left, in the time from `since` to `now`; they are active and due at `next_due_at`.

        False where they did not leave then, or were erased.
        """
        just_left = (_C.status == SubscriberStatus.GONE) & (_C.left_at >= since) & (_C.left_at <= now)
        which = (_C.id == subscriber_id) & just_left & (_C.address != "")
        back = {"status": SubscriberStatus.ACTIVE, "left_at": None, "paused_until": None, "next_due_at": next_due_at}
        with self._db.writing() as connection:
            return connection.execute(subscribers.update().where(which).values(back)).rowcount > 0

    def erase_subscriber(self, subscriber_id: int, now: datetime) -> bool:
        """Forget a subscriber: they leave, and nothing tells any more who they were. False if that was so before.

        The rows of the subscriber, of the editions and of the deliveries stay, blank: their numbers are in old
        links, and must never come to mean somebody else. What is known of the address by its keyed hash stays too:
        that it is suppressed, and for a while how often it was written to.
        """
        blank = subscriber_values(Subscriber(subscriber_id, "", SubscriberStatus.GONE))
        blank |= {"address_key": f"erased/{subscriber_id}", "left_at": now}
        known = (_C.id == subscriber_id) & (_C.address != "")
        with self._db.writing() as connection:
            hashes = _address_hashes(connection, subscriber_id)
            for one in hashes:
                take_turn_for(connection, one)
            if connection.execute(subscribers.update().where(known).values(blank)).rowcount == 0:
                return False
            cancel_for(connection, subscriber_id)
            # Also in the middle of a conversation: its worker finds that out before the final dot.
            cancel(connection, cancelled(_under_way(), sent_to(subscriber_id)))
            _forget_requests(connection, subscriber_id, hashes)
            for table in (interests, feedback, picks):
                connection.execute(table.delete().where(table.c.subscriber_id == subscriber_id))
            connection.execute(blanked(sent_to(subscriber_id)))
        return True


def _address_hashes(connection: Connection, subscriber_id: int) -> list[str]:
    """The hashes of all addresses that a subscriber was written to at, said yes from, or is just asking for."""
    its = confirmations.c
    named = select(deliveries.c.address_hash).where(sent_to(subscriber_id), deliveries.c.address_hash != "")
    proved = select(its.address_hash).where(its.subscriber_id == subscriber_id)
    own = connection.scalar(select(_C.address_key).where(_C.id == subscriber_id))
    asking = connection.execute(select(its.address, its.address_hash).where(its.confirmed_at.is_(None)))
    asked = {row.address_hash for row in asking if address_key(row.address) == own}
    return sorted(asked.union(connection.scalars(named.union(proved))))


def _under_way() -> ColumnElement[bool]:
    return deliveries.c.status == DeliveryStatus.SENDING


def _forget_requests(connection: Connection, subscriber_id: int, hashes: Collection[str]) -> None:
    """Drop the proofs of a subscriber, and the open requests of their addresses, with the letters."""
    its = confirmations.c
    theirs = (its.subscriber_id == subscriber_id) | (its.confirmed_at.is_(None) & its.address_hash.in_(hashes))
    ids = set(connection.scalars(confirmations.delete().where(theirs).returning(its.id)))
    letters = deliveries.c.confirmation_id.in_(sorted(ids))
    cancel(connection, cancelled(not_begun(), letters))
    connection.execute(blanked(letters))
