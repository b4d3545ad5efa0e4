"""Suppressions: addresses never to be written to again, as keyed hashes that outlive the subscriber.

One that is added cancels what waits for the address, so that it wins over an edition made before; `claim`
looks again for editions made at the same moment.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, literal, select

from digest.model import DeliveryKind, Suppression, SuppressionReason
from digest.storage.deliveries import cancel, cancelled, lock_readers, not_begun
from digest.storage.engine import Room, insert, take_turn
from digest.storage.schema import bounces, deliveries, suppressions

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Select

_C = suppressions.c

_OF_THE_MAILBOX = (SuppressionReason.DEAD, SuppressionReason.BOUNCES)
"""Reasons that its owner may have mended, and asks again: the one letter that finds out goes there all the same. After
a complaint that letter is one that was made since (`joining` says when)."""


class Suppressions(Room):
    """The store's words for suppressions."""

    def suppress(self, suppression: Suppression) -> bool:
        """Never write to an address again; False where that is so already.

        A complaint takes the place of any other reason, which counts as new.

        Raises:
            ValueError: no address at all.
        """
        with self._db.writing() as connection:
            return add_suppression(connection, suppression)

    def lift(self, address_hash: str) -> bool:
        """Take a suppression back, and forget the bounces of the address: it starts anew. False where there is none."""
        with self._db.writing() as connection:
            take_turn_for(connection, address_hash)
            connection.execute(bounces.delete().where(bounces.c.address_hash == address_hash))
            return connection.execute(suppressions.delete().where(_C.address_hash == address_hash)).rowcount > 0

    def suppression(self, address_hash: str) -> Suppression | None:
        """The suppression of an address, if it is suppressed."""
        with self._db.reading() as connection:
            row = connection.execute(select(suppressions).where(_C.address_hash == address_hash)).one_or_none()
        return None if row is None else suppression_from(row)

    def suppressions(self, limit: int = 50) -> list[Suppression]:
        """The last suppressions, newest first."""
        query = select(suppressions).order_by(_C.since.desc(), _C.address_hash).limit(limit)
        with self._db.reading() as connection:
            return [suppression_from(row) for row in connection.execute(query)]


def add_suppression(connection: Connection, suppression: Suppression) -> bool:
    """Write a suppression down and cancel what waits for its address; see `Suppressions.suppress`."""
    if not suppression.address_hash:
        raise ValueError("a suppression needs the hash of an address")
    take_turn_for(connection, suppression.address_hash)
    statement = insert(connection, suppressions).values(
        address_hash=suppression.address_hash,
        reason=suppression.reason,
        detail=suppression.detail,
        since=suppression.since,
    )
    new = statement.excluded
    graver = (new.reason == SuppressionReason.COMPLAINT) & (_C.reason != SuppressionReason.COMPLAINT)
    told = {"reason": new.reason, "detail": new.detail, "since": new.since}
    statement = statement.on_conflict_do_update(index_elements=[_C.address_hash], set_=told, where=graver)
    added = connection.execute(statement.returning(_C.address_hash)).one_or_none() is not None
    which = not_begun() & (deliveries.c.address_hash == suppression.address_hash) & is_suppressed()
    lock_readers(connection, list(connection.scalars(select(deliveries.c.id).where(which))))
    theirs = cancelled(which)
    cancel(connection, theirs.values(last_error=f"suppressed: {suppression.reason}"))
    return added


def take_turn_for(connection: Connection, address_hash: str) -> None:
    """Wait for whoever writes about the same address; taken before any row is, so that no two wait for each other."""
    take_turn(connection, int.from_bytes(sha256(address_hash.encode()).digest()[:8], "big", signed=True))


def is_suppressed() -> ColumnElement[bool]:
    """Whether a row of `deliveries` must not be sent because its recipient is suppressed."""
    return _of_the_recipient().exists()


def why_suppressed() -> ColumnElement[str]:
    """Why the recipient of a row of `deliveries` is suppressed, as its last error."""
    return literal("suppressed: ").concat(_of_the_recipient().scalar_subquery())


def _of_the_recipient() -> Select[tuple[str]]:
    made = func.coalesce(deliveries.c.created_at, deliveries.c.due_at)
    asks_since = (_C.reason == SuppressionReason.COMPLAINT) & (made > _C.since)
    finds_out = (deliveries.c.kind == DeliveryKind.CONFIRMATION) & (_C.reason.in_(_OF_THE_MAILBOX) | asks_since)
    return select(_C.reason).where(_C.address_hash == deliveries.c.address_hash, ~finds_out)


def suppression_from(row: Row[Any]) -> Suppression:
    """A suppression out of its row."""
    return Suppression(row.address_hash, SuppressionReason(row.reason), row.since, row.detail)
