"""Carry out what the diff decided: papers, their records and aliases, sightings, votes. All in batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from digest.model import Freshness
from digest.papers.identity import lookup_key
from digest.storage.codec import content_hash, paper_record
from digest.storage.engine import insert
from digest.storage.papers import chunked
from digest.storage.schema import paper_aliases, paper_records, papers, sightings, votes
from digest.storage.types import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Row, Table

    from digest.model import Change, Entry, Paper


@dataclass(frozen=True, slots=True)
class _Written:
    """One change, encoded: the columns that the paper should have, and its row as it was (None if new)."""

    change: Change
    record: str
    values: dict[str, Any]
    before: Row[Any] | None

    @property
    def key(self) -> str:
        """The paper's key as the database has it."""
        return storable(self.change.paper.key)

    @property
    def changed(self) -> bool:
        """Whether the paper's row would be another one."""
        return self.before is None or any(self.before._mapping[name] != new for name, new in self.values.items())

    @property
    def voted(self) -> bool:
        """Whether a count of the paper is another one."""
        before = (None, None) if self.before is None else (self.before.upvotes, self.before.comments)
        return before != (self.values["upvotes"], self.values["comments"])


def apply_changes(connection: Connection, snapshot: int, source: int, changes: Sequence[Change]) -> None:
    """Write down `changes`, which came with that snapshot of that source."""
    stored = _by_key(connection, select(papers), changes)
    written = [_encode(change, stored.get(storable(change.paper.key)), snapshot) for change in changes]
    _insert_papers(connection, [w for w in written if w.before is None], snapshot)
    _update_papers(connection, [w for w in written if w.before is not None and w.changed])
    ids = {key: row.id for key, row in _by_key(connection, select(papers.c.id, papers.c.key), changes).items()}
    _insert_records(connection, written, ids)
    _insert_aliases(connection, written, ids)
    _note_sightings(connection, written, ids, source, snapshot)
    _note_votes(connection, [w for w in written if w.voted], ids, snapshot)


def paper_values(paper: Paper, record: str) -> dict[str, Any]:
    """The columns of `papers` that follow from the paper itself."""
    return {
        "title_key": lookup_key(paper.title, paper.published, paper.authors),
        "content_hash": content_hash(record),
        "published_at": paper.published,
        "listed_on": paper.listed_on,
        "revision": paper.revision,
        "upvotes": paper.upvotes,
        "comments": paper.comments,
        "sources": list(paper.sources),
    }


def _by_key(connection: Connection, query: Any, changes: Iterable[Change]) -> dict[str, Row[Any]]:
    keys = {storable(change.paper.key) for change in changes}
    return {row.key: row for row in chunked(connection, query, papers.c.key, keys)}


def _encode(change: Change, before: Row[Any] | None, snapshot: int) -> _Written:
    record = paper_record(change.paper)
    values = paper_values(change.paper, record)
    new_in = before.new_in if before is not None else None
    revised_in = before.revised_in if before is not None else None
    if change.freshness is Freshness.NEW and new_in is None:
        new_in = snapshot
    if change.freshness is Freshness.REVISED:
        revised_in = snapshot
    again_in = snapshot if change.again else before.again_in if before is not None else None
    return _Written(
        change, record, {**values, "new_in": new_in, "revised_in": revised_in, "again_in": again_in}, before
    )


def _insert_papers(connection: Connection, fresh: Sequence[_Written], snapshot: int) -> None:
    rows = [{"key": w.key, "first_snapshot": snapshot, **w.values} for w in fresh]
    if rows:
        connection.execute(papers.insert(), rows)


def _update_papers(connection: Connection, known: Sequence[_Written]) -> None:
    rows = [{"row_id": w.before.id, **w.values} for w in known if w.before is not None]
    if rows:
        connection.execute(papers.update().where(papers.c.id == bindparam("row_id")), rows)


def _insert_records(connection: Connection, written: Iterable[_Written], ids: Mapping[str, int]) -> None:
    _insert_missing(
        connection,
        paper_records,
        [
            {"paper_id": ids[w.key], "content_hash": w.values["content_hash"], "record": w.record}
            for w in written
            if w.before is None or w.before.content_hash != w.values["content_hash"]
        ],
    )


def _insert_aliases(connection: Connection, written: Iterable[_Written], ids: Mapping[str, int]) -> None:
    owned = ((alias, ids[w.key]) for w in written for alias in sorted(w.change.paper.aliases | {w.key}))
    _insert_missing(connection, paper_aliases, [{"alias": alias, "paper_id": owner} for alias, owner in owned])


def _insert_missing(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(connection, table).on_conflict_do_nothing(), rows)


def _note_sightings(
    connection: Connection, written: Iterable[_Written], ids: Mapping[str, int], source: int, snapshot: int
) -> None:
    rows = [
        {
            "paper_id": ids[w.key],
            "source_id": source,
            "first_snapshot": snapshot,
            "last_snapshot": snapshot,
            "announcement": _last(w.change.entries, lambda entry: entry.announcement),
            "upvotes": _last(w.change.entries, lambda entry: entry.upvotes),
            "comments": _last(w.change.entries, lambda entry: entry.comments),
            "listed_on": _last(w.change.entries, lambda entry: entry.listed_on),
        }
        for w in written
    ]
    if not rows:
        return
    statement = insert(connection, sightings)
    told: dict[str, Any] = {
        name: func.coalesce(statement.excluded[name], sightings.c[name])
        for name in ("announcement", "upvotes", "comments", "listed_on")
    }
    told["last_snapshot"] = statement.excluded.last_snapshot
    key = [sightings.c.paper_id, sightings.c.source_id]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=told), rows)


def _last(entries: Iterable[Entry], told: Callable[[Entry], Any]) -> Any:
    """What the last of `entries` to say anything says."""
    return next((value for value in map(told, reversed(tuple(entries))) if value is not None), None)


def _note_votes(connection: Connection, voted: Iterable[_Written], ids: Mapping[str, int], snapshot: int) -> None:
    rows = [
        {
            "paper_id": ids[w.key],
            "snapshot_id": snapshot,
            "upvotes": w.values["upvotes"],
            "comments": w.values["comments"],
        }
        for w in voted
    ]
    _insert_missing(connection, votes, rows)
