"""Editions: made once, with their outbox row, and frozen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from digest.errors import StorageError
from digest.model import Block, Edition, Pick, SubscriberStatus
from digest.storage.codec import content_hash, matches_from, matches_json, paper_from, paper_record
from digest.storage.deliveries import add_delivery, never_sent
from digest.storage.engine import Room, insert
from digest.storage.papers import chunked
from digest.storage.schema import deliveries, editions, paper_records, papers, picks, subscribers
from digest.storage.types import storable

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from digest.model import Delivery


class Editions(Room):
    """The store's words for editions and picks."""

    def publish(self, edition: Edition, next_due_at: datetime, delivery: Delivery | None) -> Edition | None:
        """Store an edition, its outbox row, the subscriber's new cutoff and next due time: all, or none.

        Returns the edition with its id; or None where somebody else was first: the subscriber's cutoff is
        no longer the one that the edition starts from, they are no longer active, a paper is in another edition
        that was or may yet be sent, or there is an edition of that date. In that last case they are still due
        next at `next_due_at`, if that is later than before.

        Raises:
            StorageError: a pick is no paper of this store.
        """
        with self._db.writing() as connection:
            if not _may_publish(connection, edition):
                return None
            edition_id = _insert_edition(connection, edition)
            if edition_id is None:
                _postpone(connection, edition.subscriber_id, next_due_at)
                return None
            _insert_picks(connection, edition, edition_id)
            if delivery is not None:
                add_delivery(connection, replace(delivery, edition_id=edition_id))
            moved = subscribers.update().where(subscribers.c.id == edition.subscriber_id)
            connection.execute(moved.values(cutoff=edition.through_snapshot, next_due_at=next_due_at))
        return replace(edition, id=edition_id)

    def edition(self, edition_id: int) -> Edition:
        """The edition with that id, its papers as they were when it was made.

        Raises:
            StorageError: there is none.
        """
        with self._db.reading() as connection:
            found = _read(connection, select(editions).where(editions.c.id == edition_id))
        if not found:
            raise StorageError(f"there is no edition {edition_id}")
        return found[0]

    def edition_on(self, subscriber_id: int, day: date) -> Edition | None:
        """A subscriber's edition of that (local) date."""
        which = (editions.c.subscriber_id == subscriber_id) & (editions.c.edition_date == day)
        with self._db.reading() as connection:
            return next(iter(_read(connection, select(editions).where(which))), None)

    def editions(self, subscriber_id: int, limit: int = 50) -> list[Edition]:
        """The last editions of a subscriber, newest first."""
        query = select(editions).where(editions.c.subscriber_id == subscriber_id)
        with self._db.reading() as connection:
            return _read(connection, query.order_by(editions.c.edition_date.desc()).limit(limit))

    def picked(self, subscriber_id: int, keys: Collection[str]) -> dict[str, int]:
        """Which of the papers `keys` a subscriber had in an edition, and their highest revision there.

        An edition that was given up without ever having been sent does not count; one that may have arrived,
        and one that may still be sent, does.
        """
        with self._db.reading() as connection:
            return _highest(connection, subscriber_id, keys)


def _highest(connection: Connection, subscriber_id: int, keys: Collection[str]) -> dict[str, int]:
    asked = {storable(key): key for key in keys}
    highest = func.max(picks.c.revision).label("revision")
    query = select(papers.c.key, highest).join_from(picks, papers, picks.c.paper_id == papers.c.id)
    query = query.where(picks.c.subscriber_id == subscriber_id, ~_never_sent()).group_by(papers.c.key)
    return {asked[row.key]: row.revision for row in chunked(connection, query, papers.c.key, asked)}


def _never_sent() -> ColumnElement[bool]:
    """Whether a pick is in an edition that nobody got and nobody will get."""
    return select(deliveries.c.id).where(deliveries.c.edition_id == picks.c.edition_id, never_sent()).exists()


def _may_publish(connection: Connection, edition: Edition) -> bool:
    """Whether the edition continues where its subscriber stands, whose row stays locked until the end.

    One of its papers may be in another edition since it was drafted: an operator had that tried again.
    """
    row = select(subscribers.c.status, subscribers.c.cutoff).where(subscribers.c.id == edition.subscriber_id)
    found = connection.execute(row.with_for_update()).one_or_none()
    if found is None or tuple(found) != (SubscriberStatus.ACTIVE, edition.from_snapshot):
        return False
    had = _highest(connection, edition.subscriber_id, {pick.paper.key for pick in edition.picks})
    return all(pick.paper.revision > had.get(pick.paper.key, -1) for pick in edition.picks)


def _postpone(connection: Connection, subscriber_id: int, next_due_at: datetime) -> None:
    due = subscribers.c.next_due_at
    sooner = (subscribers.c.id == subscriber_id) & or_(due.is_(None), due < next_due_at)
    connection.execute(subscribers.update().where(sooner).values(next_due_at=next_due_at))


def _insert_edition(connection: Connection, edition: Edition) -> int | None:
    statement = insert(connection, editions).values(
        subscriber_id=edition.subscriber_id,
        edition_date=edition.edition_date,
        looked_at=edition.looked_at,
        left_out=edition.left_out,
        from_snapshot=edition.from_snapshot,
        through_snapshot=edition.through_snapshot,
        created_at=edition.created_at,
        unreached=[[name, since.isoformat()] for name, since in edition.unreached],
    )
    return connection.execute(statement.on_conflict_do_nothing().returning(editions.c.id)).scalar_one_or_none()


def _insert_picks(connection: Connection, edition: Edition, edition_id: int) -> None:
    """Freeze the picks: the papers as this edition has them, whatever became of them meanwhile."""
    if not edition.picks:
        return
    keys = {storable(pick.paper.key) for pick in edition.picks}
    ids = {row.key: row.id for row in chunked(connection, select(papers.c.id, papers.c.key), papers.c.key, keys)}
    if strangers := keys - ids.keys():
        raise StorageError(f"the paper {min(strangers)!r} is not in the store")
    records = [paper_record(pick.paper) for pick in edition.picks]
    named = [
        (ids[storable(pick.paper.key)], content_hash(record))
        for pick, record in zip(edition.picks, records, strict=True)
    ]
    connection.execute(
        insert(connection, paper_records).on_conflict_do_nothing(),
        [
            {"paper_id": paper_id, "content_hash": name, "record": record}
            for (paper_id, name), record in zip(named, records, strict=True)
        ],
    )
    owner = {"edition_id": edition_id, "subscriber_id": edition.subscriber_id}
    connection.execute(
        picks.insert(),
        [
            {**owner, "paper_id": paper_id, "content_hash": name, **_pick_values(pick)}
            for (paper_id, name), pick in zip(named, edition.picks, strict=True)
        ],
    )


def _pick_values(pick: Pick) -> dict[str, Any]:
    return {
        "rank": pick.rank,
        "revision": pick.paper.revision,
        "upvotes": pick.paper.upvotes,
        "comments": pick.paper.comments,
        "sources": list(pick.paper.sources),
        "score": pick.score,
        "block": pick.block,
        "matches": matches_json(pick.matches),
    }


def _read(connection: Connection, query: Select[Any]) -> list[Edition]:
    """The editions of a query, with their picks."""
    rows = connection.execute(query).all()
    frozen: dict[int, list[Pick]] = {row.id: [] for row in rows}
    same = (picks.c.paper_id == paper_records.c.paper_id) & (picks.c.content_hash == paper_records.c.content_hash)
    whole = select(picks, paper_records.c.record).join_from(picks, paper_records, same)
    for row in chunked(connection, whole, picks.c.edition_id, frozen):
        frozen[row.edition_id].append(_pick(row))
    return [_edition(row, frozen[row.id]) for row in rows]


def _pick(row: Row[Any]) -> Pick:
    paper = paper_from(row.record, upvotes=row.upvotes, comments=row.comments, sources=row.sources)
    return Pick(row.rank, paper, row.score, matches_from(row.matches), Block(row.block))


def _edition(row: Row[Any], frozen: list[Pick]) -> Edition:
    return Edition(
        id=row.id,
        subscriber_id=row.subscriber_id,
        edition_date=row.edition_date,
        picks=tuple(sorted(frozen, key=lambda pick: pick.rank)),
        looked_at=row.looked_at,
        left_out=row.left_out,
        from_snapshot=row.from_snapshot,
        through_snapshot=row.through_snapshot,
        created_at=row.created_at,
        unreached=tuple((name, datetime.fromisoformat(since)) for name, since in row.unreached),
    )
