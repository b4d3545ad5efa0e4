"""What is known of the installation as a whole, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from digest.storage.engine import Room, insert
from digest.storage.schema import bounces, confirmations, deliveries, demands, installation, suppressions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

_WITH_HASHES = (deliveries, confirmations, bounces, demands)

DELIVERIES_BY_NUMBER = "deliveries_by_number"
"""The last delivery whose token may be bound to nothing: those up to it were there before tokens were bound."""


class Installation(Room):
    """The store's words for what is known of the installation."""

    def noted(self, name: str) -> str:
        """What was noted under `name`; "" before that."""
        with self._db.reading() as connection:
            found = connection.scalar(select(installation.c.value).where(installation.c.name == name))
        return found or ""

    def note(self, name: str, value: str) -> None:
        """Keep `value` under `name`, in place of what was there."""
        with self._db.writing() as connection:
            given = insert(connection, installation).values(name=name, value=value)
            anew = given.on_conflict_do_update(index_elements=[installation.c.name], set_={"value": value})
            connection.execute(anew)

    def deliveries_by_number(self) -> int:
        """The last delivery whose token may be bound to nothing."""
        return int(self.noted(DELIVERIES_BY_NUMBER) or 0)

    def hashed_address(self) -> tuple[str, str] | None:
        """The last address that a message was made for, and its hash; None where none is kept."""
        its = deliveries.c
        query = select(its.recipient, its.address_hash).where(its.recipient != "", its.address_hash != "")
        with self._db.reading() as connection:
            found = connection.execute(query.order_by(its.id.desc()).limit(1)).one_or_none()
        return None if found is None else (found.recipient, found.address_hash)

    def hashed_addresses(self) -> dict[str, str]:
        """Every address that is kept beside a hash of it, by that hash."""
        sent = select(deliveries.c.address_hash, deliveries.c.recipient.label("address"))
        asked = select(confirmations.c.address_hash, confirmations.c.address)
        with self._db.reading() as connection:
            rows = [*connection.execute(sent), *connection.execute(asked)]
        return {row.address_hash: row.address for row in rows if row.address_hash and row.address}

    def rehash(self, anew: Mapping[str, str]) -> None:
        """Put other hashes of addresses, the values, in place of those that are there, the keys."""
        pairs = [{"old": old, "new": new} for old, new in anew.items()]
        if not pairs:
            return
        with self._db.writing() as connection:
            for table in _WITH_HASHES:
                its = table.c.address_hash
                connection.execute(
                    table.update().where(its == bindparam("old")).values(address_hash=bindparam("new")), pairs
                )
            for pair in pairs:
                _rehash_suppression(connection, **pair)


def _rehash_suppression(connection: Connection, old: str, new: str) -> None:
    its = suppressions.c.address_hash
    if connection.scalar(select(its).where(its == new)) is not None:
        connection.execute(suppressions.delete().where(its == old))
    else:
        connection.execute(suppressions.update().where(its == old).values(address_hash=new))
