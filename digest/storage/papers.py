"""Papers: found by their aliases, read back whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, false, func, or_, select

from digest.storage.codec import paper_from
from digest.storage.engine import Room
from digest.storage.schema import paper_aliases, paper_records, papers, snapshots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from digest.model import Paper

_CHUNK = 500
"""Values in one IN (...): below what any build of SQLite takes as variables."""


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper for listing, and when the first snapshot that held it was taken."""

    paper: Paper
    first_seen: datetime


class Papers(Room):
    """The store's words for papers."""

    def papers_new(self, after: int, through: int) -> list[Paper]:
        """The papers that counted as new in the snapshots of (after, through], in the order they came.

        For the first time; or once more, because their text came only now.
        """
        return self._papers(_came_new(after, through))

    def latest_papers(self, through: int, limit: int) -> list[Paper]:
        """The last `limit` papers that first counted as new in the snapshots up to `through`, the latest first."""
        query = whole_papers().where(papers.c.new_in <= through).order_by(papers.c.new_in.desc(), papers.c.id.desc())
        with self._db.reading() as connection:
            return [paper_of(row) for row in connection.execute(query.limit(limit))]

    def papers_revised(self, after: int, through: int) -> list[Paper]:
        """The papers whose latest version came in (after, through], but for those that were new in it."""
        was_new = func.coalesce(_came_new(after, through), false())
        return self._papers(and_(_within(papers.c.revised_in, after, through), ~was_new))

    def papers(self, since: datetime | None = None, limit: int = 100) -> list[PaperRow]:
        """What is stored, the latest snapshot first and as listed in it; first seen at or after `since`."""
        query = whole_papers(snapshots.c.taken_at).join(snapshots, snapshots.c.id == papers.c.first_snapshot)
        if since is not None:
            query = query.where(snapshots.c.taken_at >= since)
        query = query.order_by(papers.c.first_snapshot.desc(), papers.c.id).limit(limit)
        with self._db.reading() as connection:
            return [PaperRow(paper_of(row), row.taken_at) for row in connection.execute(query)]

    def paper(self, key: str) -> Paper | None:
        """The paper with that key, or with that alias."""
        with self._db.reading() as connection:
            row = paper_row(connection, key)
        return None if row is None else paper_of(row)

    def _papers(self, condition: ColumnElement[bool]) -> list[Paper]:
        with self._db.reading() as connection:
            rows = connection.execute(whole_papers().where(condition).order_by(papers.c.id))
            return [paper_of(row) for row in rows]


def _within(snapshot: ColumnElement[Any], after: int, through: int) -> ColumnElement[bool]:
    return and_(snapshot > after, snapshot <= through)


def _came_new(after: int, through: int) -> ColumnElement[bool]:
    return or_(_within(papers.c.new_in, after, through), _within(papers.c.again_in, after, through))


def paper_row(connection: Connection, key: str) -> Row[Any] | None:
    """The row of `whole_papers` with that key, or with that alias."""
    by_alias = select(paper_aliases.c.paper_id).where(paper_aliases.c.alias == key)
    query = whole_papers().where((papers.c.key == key) | papers.c.id.in_(by_alias))
    return connection.execute(query.order_by(papers.c.key != key).limit(1)).one_or_none()


def whole_papers(*more: ColumnElement[Any]) -> Select[Any]:
    """A query for what `paper_of` reads, and `more` columns."""
    return select(
        papers.c.id,
        papers.c.key,
        papers.c.title_key,
        papers.c.new_in,
        papers.c.upvotes,
        papers.c.comments,
        papers.c.sources,
        paper_records.c.record,
        *more,
    ).join_from(
        papers,
        paper_records,
        and_(paper_records.c.paper_id == papers.c.id, paper_records.c.content_hash == papers.c.content_hash),
    )


def paper_of(row: Row[Any]) -> Paper:
    """The paper in a row of `whole_papers`."""
    return paper_from(row.record, upvotes=row.upvotes, comments=row.comments, sources=row.sources)


def chunked(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], values: Iterable[Any]
) -> Iterator[Row[Any]]:
    """The rows of `query` whose `column` is one of `values`, asked for some hundreds at a time."""
    for some in batched(values):
        yield from connection.execute(query.where(column.in_(some)))


def batched(values: Iterable[Any]) -> Iterator[list[Any]]:
    """`values` in order, as many at a time as one statement may name."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
