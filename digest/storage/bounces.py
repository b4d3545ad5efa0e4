"""Bounces: the bad news of each address, and the suppression that may follow from it in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import func, select

from digest.mail.text import without_addresses
from digest.model import Bounce, BounceKind, DeliveryStatus, Suppression, SuppressionReason
from digest.storage.engine import Room, insert
from digest.storage.schema import bounces, deliveries
from digest.storage.suppressions import add_suppression, take_turn_for

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row, Select

_C = bounces.c
_MOST_WORDS = 1_000
_JUDGED = 100

Judge: TypeAlias = Callable[[Sequence[Bounce], datetime | None, datetime], SuppressionReason | None]
"""Decides whether an address is given up: its newest bounces (100 at most, the oldest first), when it last took
mail (None: never), and now. It is called inside the transaction, so it must only look at its arguments.
"""


class Bounces(Room):
    """The store's words for bounces."""

    def bounced(self, bounce: Bounce, now: datetime, judge: Judge) -> Suppression | None:
        """Note bad news that came by mail, and the suppression that `judge` makes of it; that, if it is new.

        A second report of the same kind and origin on the same delivery changes nothing, and neither does one
        of no address (deliveries made before addresses were hashed have none).
        """
        with self._db.writing() as connection:
            return note_bounce(connection, bounce, now, judge)

    def bounces(self, address_hash: str) -> list[Bounce]:
        """All bounces of an address, the oldest first."""
        return self._bounces(select(bounces).where(_C.address_hash == address_hash).order_by(_C.at, _C.id))

    def recent_bounces(self, limit: int = 50) -> list[Bounce]:
        """The last bounces of all addresses, the latest news first."""
        return self._bounces(select(bounces).order_by(_C.id.desc()).limit(limit))

    def purge_bounces(self, before: datetime) -> int:
        """Forget the bounces of before that moment; how many. Suppressions stay.

        Keep them for longer than a `Judge` looks back: a delivery whose bounce is forgotten counts as taken.
        """
        with self._db.writing() as connection:
            return connection.execute(bounces.delete().where(_C.at < before)).rowcount

    def _bounces(self, query: Select[Any]) -> list[Bounce]:
        with self._db.reading() as connection:
            return [_bounce(row) for row in connection.execute(query)]


def note_bounce(connection: Connection, bounce: Bounce, now: datetime, judge: Judge | None) -> Suppression | None:
    """Add a bounce to its address, and the suppression that follows from it; that, if it is new.

    The words of a server repeat the address, and are kept longer than the subscriber: it is taken out of them.
    """
    if not bounce.address_hash:
        return None
    bounce = replace(bounce, detail=without_addresses(bounce.detail))
    # Two that add to one address at once would each be judged without the other.
    take_turn_for(connection, bounce.address_hash)
    if not _add(connection, bounce) or judge is None:
        return None
    reason = judge(_newest(connection, bounce.address_hash), _last_taken(connection, bounce), now)
    if reason is None:
        return None
    words = " ".join(filter(None, (bounce.status, bounce.detail)))[:_MOST_WORDS]
    made = Suppression(bounce.address_hash, reason, now, words)
    return made if add_suppression(connection, made) else None


def _add(connection: Connection, bounce: Bounce) -> bool:
    statement = insert(connection, bounces).values(
        address_hash=bounce.address_hash,
        kind=bounce.kind,
        status=bounce.status,
        origin=bounce.origin,
        detail=bounce.detail[:_MOST_WORDS],
        delivery_id=bounce.delivery_id,
        at=bounce.at,
    )
    added = connection.execute(statement.on_conflict_do_nothing().returning(_C.id))
    return added.one_or_none() is not None


def _newest(connection: Connection, address_hash: str) -> list[Bounce]:
    newest = select(bounces).where(_C.address_hash == address_hash).order_by(_C.id.desc()).limit(_JUDGED)
    rows = connection.execute(newest).all()
    return sorted(map(_bounce, reversed(rows)), key=lambda bounce: bounce.at)


def _last_taken(connection: Connection, bounce: Bounce) -> datetime | None:
    """When the address last took a delivery that did not bounce, before the one that bounced now."""
    its = deliveries.c
    spoiled = select(_C.id).where(_C.delivery_id == its.id).exists()
    taken = (its.address_hash == bounce.address_hash) & (its.status == DeliveryStatus.ACCEPTED) & ~spoiled
    last: datetime | None = connection.scalar(select(func.max(its.sent_at)).where(taken, _before(bounce)))
    return last


def _before(bounce: Bounce) -> ColumnElement[bool]:
    if bounce.delivery_id is None:
        return deliveries.c.sent_at < bounce.at
    return deliveries.c.id < bounce.delivery_id


def _bounce(row: Row[Any]) -> Bounce:
    return Bounce(
        address_hash=row.address_hash,
        kind=BounceKind(row.kind),
        at=row.at,
        status=row.status,
        origin=row.origin,
        detail=row.detail,
        delivery_id=row.delivery_id,
    )
