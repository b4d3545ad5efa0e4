"""Watching: what an operator looks at beyond single rows: sources by the day, what came in last, what waits longest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from digest.model import SuppressionReason, Verdict
from digest.storage.deliveries import WAITING
from digest.storage.engine import Room
from digest.storage.schema import deliveries, looks, snapshots, sources, subscribers, suppressions

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


@dataclass(frozen=True, slots=True)
class LookDay:
    """So many looks at a source that came to the same verdict on one day (UTC), and the new papers of all of them."""

    source: str
    day: date
    verdict: Verdict
    looks: int
    new: int


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """What is known of a snapshot without its bytes."""

    source: str
    taken_at: datetime
    entries: int
    rejects: int


class Watching(Room):
    """The store's words for the operator's page."""

    def looks_by_day(self, since: datetime) -> list[LookDay]:
        """The looks from `since` on, by source, day and verdict; the oldest day first."""
        its, day = looks.c, func.substr(looks.c.at, 1, 10).label("day")
        query = select(sources.c.name, day, its.verdict, func.count().label("looks"), func.sum(its.new).label("new"))
        query = query.join_from(looks, sources).where(its.at >= since).group_by(sources.c.name, day, its.verdict)
        with self._db.reading() as connection:
            rows = connection.execute(query.order_by(day, sources.c.name, its.verdict)).all()
        return [
            LookDay(row.name, date.fromisoformat(row.day), Verdict(row.verdict), row.looks, int(row.new))
            for row in rows
        ]

    def last_snapshots(self, limit: int = 10) -> list[SnapshotRow]:
        """The last snapshots, the newest first."""
        its = snapshots.c
        query = select(sources.c.name, its.taken_at, its.entries, its.reject_count).join_from(snapshots, sources)
        with self._db.reading() as connection:
            rows = connection.execute(query.order_by(its.id.desc()).limit(limit)).all()
        return [SnapshotRow(row.name, row.taken_at, row.entries, row.reject_count) for row in rows]

    def longest_due(self) -> datetime | None:
        """Since when the delivery is due that waits longest; None where none waits. It may be a moment to come."""
        first = func.min(deliveries.c.due_at, type_=deliveries.c.due_at.type)
        with self._db.reading() as connection:
            found: datetime | None = connection.scalar(select(first).where(deliveries.c.status.in_(WAITING)))
        return found

    def suppressions_by_reason(self) -> Counter[SuppressionReason]:
        """How many addresses are never to be written to again, for which reason."""
        query = select(suppressions.c.reason, func.count().label("rows")).group_by(suppressions.c.reason)
        with self._db.reading() as connection:
            return Counter({SuppressionReason(row.reason): row.rows for row in connection.execute(query)})

    def comings_and_goings(self, since: datetime) -> tuple[Counter[date], Counter[date]]:
        """How many subscribers came, and how many left, by the day (UTC) from `since` on."""
        its = subscribers.c
        return self._by_day(its.created_at, since), self._by_day(its.left_at, since)

    def _by_day(self, moment: ColumnElement[datetime | None], since: datetime) -> Counter[date]:
        day = func.substr(moment, 1, 10).label("day")
        query = select(day, func.count().label("rows")).where(moment >= since.astimezone(UTC)).group_by(day)
        with self._db.reading() as connection:
            return Counter({date.fromisoformat(row.day): row.rows for row in connection.execute(query)})
