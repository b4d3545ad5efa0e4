"""Ingest: a snapshot and all it changes, in one transaction that one process at a time may hold.

Ids of snapshots are the clock of editions: one that is seen must never be followed by a lower one. The
transactions are serialised for that, by SQLite itself and by an advisory lock on PostgreSQL, which hands out
ids before it commits.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from digest.papers.diff import Known
from digest.storage.changes import apply_changes
from digest.storage.codec import rejects_from, rejects_json
from digest.storage.engine import Room, take_turn
from digest.storage.papers import chunked, paper_of, whole_papers
from digest.storage.schema import paper_aliases, papers, snapshots, sources
from digest.storage.sources import source_id
from digest.storage.types import storable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from digest.model import Change, Paper, Reading, Reject, Snapshot

_TURN = 0x64696765_7374_0002
"""One process ingests at a time."""


class Snapshots(Room):
    """The store's words for snapshots."""

    @contextmanager
    def ingesting(self) -> Iterator[Ingest]:
        """One serialised transaction; an exception leaves nothing of it behind."""
        with self._db.turn, self._db.writing() as connection:
            take_turn(connection, _TURN)
            yield Ingest(connection)

    def last_snapshot(self) -> int:
        """The id of the last snapshot, 0 before the first."""
        with self._db.reading() as connection:
            return connection.scalar(select(func.max(snapshots.c.id))) or 0

    def snapshot_before(self, moment: datetime) -> int:
        """The greatest id of a snapshot taken before `moment`, 0 where there is none."""
        with self._db.reading() as connection:
            return connection.scalar(select(func.max(snapshots.c.id)).where(snapshots.c.taken_at < moment)) or 0

    def forget_bytes(self, before: datetime) -> int:
        """Drop the bytes of the snapshots taken before that moment; how many there were."""
        old = (snapshots.c.taken_at < before) & snapshots.c.content.is_not(None)
        with self._db.writing() as connection:
            return connection.execute(snapshots.update().where(old).values(content=None)).rowcount

    def rejects(self, limit: int = 50) -> list[tuple[str, datetime, Reject]]:
        """The last entries that could not be read: source, when, and the reject; newest snapshot first."""
        query = select(sources.c.name, snapshots.c.taken_at, snapshots.c.rejects).join_from(snapshots, sources)
        query = query.where(snapshots.c.reject_count > 0).order_by(snapshots.c.id.desc()).limit(limit)
        with self._db.reading() as connection:
            rows = connection.execute(query).all()
        return [(row.name, row.taken_at, reject) for row in rows for reject in rejects_from(row.rejects)][:limit]


class Ingest:
    """What may be done inside `Store.ingesting`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def snapshot_id(self, source: str, sha256: str) -> int | None:
        """The id under which these very bytes of that source were ingested before."""
        query = select(snapshots.c.id).join(sources)
        return self._connection.scalar(query.where(sources.c.name == source, snapshots.c.sha256 == sha256))

    def known(self, aliases: Collection[str], title_keys: Collection[str]) -> Known:
        """The papers that go by one of `aliases` or bear a title with one of `title_keys`."""
        asked = {storable(alias): alias for alias in aliases}
        by_alias = select(paper_aliases.c.alias, paper_aliases.c.paper_id)
        owners = chunked(self._connection, by_alias, paper_aliases.c.alias, asked)
        owned = {asked[row.alias]: row.paper_id for row in owners}
        rows = self._rows(set(owned.values()), set(title_keys) - {""})
        found = {row.id: paper_of(row) for row in rows}
        return Known(
            by_alias={alias: found[paper_id] for alias, paper_id in owned.items()},
            by_title=_grouped((row.title_key, found[row.id]) for row in rows if row.title_key in title_keys),
            unannounced=frozenset(row.key for row in rows if row.new_in is None),
        )

    def papers_since(self, source: str, moment: datetime) -> int:
        """How many papers became known by snapshots of `source` taken at `moment` or later."""
        query = select(func.count()).select_from(papers).join(snapshots, papers.c.first_snapshot == snapshots.c.id)
        query = query.join(sources, snapshots.c.source_id == sources.c.id)
        return self._connection.scalar(query.where(sources.c.name == source, snapshots.c.taken_at >= moment)) or 0

    def _rows(self, ids: set[int], title_keys: set[str]) -> list[Row[Any]]:
        """Rows of papers by id or by title key, each once, in the order in which they came."""
        query = whole_papers()
        rows = {row.id: row for row in chunked(self._connection, query, papers.c.id, ids)}
        rows |= {row.id: row for row in chunked(self._connection, query, papers.c.title_key, title_keys)}
        return [rows[paper_id] for paper_id in sorted(rows)]

    def add(self, snapshot: Snapshot, reading: Reading, changes: Sequence[Change]) -> int:
        """Store a snapshot and carry out `changes`; the snapshot's id.

        An alias that another paper has already stays with it.

        Raises:
            StorageError: these bytes of that source were ingested before.
        """
        source = source_id(self._connection, snapshot.source)
        values = _snapshot_values(snapshot, reading)
        statement = snapshots.insert().values(source_id=source, **values).returning(snapshots.c.id)
        number: int = self._connection.execute(statement).scalar_one()
        apply_changes(self._connection, number, source, changes)
        return number


def _grouped(pairs: Iterable[tuple[str, Paper]]) -> dict[str, tuple[Paper, ...]]:
    groups: defaultdict[str, list[Paper]] = defaultdict(list)
    for key, paper in pairs:
        groups[key].append(paper)
    return {key: tuple(group) for key, group in groups.items()}


def _snapshot_values(snapshot: Snapshot, reading: Reading) -> dict[str, Any]:
    return {
        "taken_at": snapshot.taken_at,
        "sha256": snapshot.sha256,
        "place": snapshot.place,
        "kind": reading.kind,
        "listed_on": reading.listed_on or snapshot.listed_on,
        "content": zlib.compress(snapshot.content),
        "entries": len(reading.entries),
        "reject_count": len(reading.rejects),
        "rejects": rejects_json(reading.rejects),
    }
