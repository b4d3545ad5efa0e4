"""How much there is of everything."""

from __future__ import annotations

from sqlalchemy import func, select

from digest.model import SubscriberStatus
from digest.storage.engine import Room
from digest.storage.learned import COUNTED, learned_number
from digest.storage.schema import (
    confirmations,
    editions,
    feedback,
    papers,
    snapshots,
    sources,
    subscribers,
    suppressions,
)


class Counts(Room):
    """The store's words for `digest status`."""

    def counts(self) -> dict[str, int]:
        """Rows of sources, snapshots, papers, editions, suppressions and feedback, the papers that were learned from,
        and the subscribers in each status by name; pending are the requests that nobody has confirmed."""
        tables = (sources, snapshots, papers, editions, suppressions, feedback)
        by_status = select(subscribers.c.status, func.count().label("rows")).group_by(subscribers.c.status)
        waiting = select(func.count()).select_from(confirmations).where(confirmations.c.confirmed_at.is_(None))
        with self._db.reading() as connection:
            counted = {t.name: connection.scalar(select(func.count()).select_from(t)) or 0 for t in tables}
            counted["learned_papers"] = learned_number(connection, COUNTED)
            found = {row.status: row.rows for row in connection.execute(by_status)}
            found[SubscriberStatus.PENDING] = connection.scalar(waiting) or 0
        return counted | {f"subscribers_{status}": found.get(status, 0) for status in SubscriberStatus}
