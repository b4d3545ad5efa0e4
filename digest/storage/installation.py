"""What is known of the installation as a whole, by name."""

from __future__ import annotations

from sqlalchemy import select

from digest.storage.engine import Room, insert
from digest.storage.schema import installation

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
