"""Feedback: what each subscriber said of single papers, the last word on each.

A stored paper is kept by reference and reads as it does today; any other by its own text, until it is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from digest.errors import StorageError
from digest.model import Feedback, Opinion, Paper
from digest.storage.engine import Room, insert
from digest.storage.papers import chunked, paper_of, paper_row, whole_papers
from digest.storage.schema import feedback, paper_aliases, papers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Row

_C = feedback.c


class Feedbacks(Room):
    """The store's words for feedback."""

    def set_feedback(self, feedback: Feedback) -> None:
        """Note an opinion; it takes the place of what the subscriber said of that paper before.

        The paper is looked up by its key, as `Papers.paper` does. A stored one is kept by reference and is then
        known by its own key; any other is kept by its key, title and abstract.

        Raises:
            StorageError: there is no such subscriber.
        """
        with self._db.writing() as connection:
            stored = paper_row(connection, feedback.paper.key)
            _forget(connection, feedback.subscriber_id, feedback.paper.key, stored)
            try:
                _write(connection, feedback, stored)
            except IntegrityError:
                raise StorageError(f"there is no subscriber {feedback.subscriber_id}") from None

    def drop_feedback(self, subscriber_id: int, key: str) -> bool:
        """Take back what a subscriber said of the paper with that key, or alias; False where that was nothing."""
        with self._db.writing() as connection:
            return _forget(connection, subscriber_id, key, paper_row(connection, key))

    def feedback(self, subscriber_ids: Iterable[int]) -> dict[int, list[Feedback]]:
        """What each of these subscribers said, the oldest first; who said nothing is absent.

        A paper that was stored since it was imported is the stored one.
        """
        with self._db.reading() as connection:
            rows = _rows(connection, subscriber_ids)
            stored = _stored(connection, rows)
        said: dict[int, dict[str, Feedback]] = {}
        for one in sorted((_feedback(row, stored) for row in rows), key=lambda one: (one.at, one.paper.key)):
            theirs = said.setdefault(one.subscriber_id, {})
            theirs.pop(one.paper.key, None)
            theirs[one.paper.key] = one
        return {number: list(theirs.values()) for number, theirs in said.items()}


def _forget(connection: Connection, subscriber_id: int, key: str, stored: Row[Any] | None) -> bool:
    """Drop what a subscriber said of a paper, under whichever of its names."""
    named = _C.key == key
    if stored is not None:
        aliases = select(paper_aliases.c.alias).where(paper_aliases.c.paper_id == stored.id)
        named = named | (_C.key == stored.key) | _C.key.in_(aliases)
    theirs = feedback.delete().where(_C.subscriber_id == subscriber_id, named)
    return connection.execute(theirs).rowcount > 0


def _write(connection: Connection, said: Feedback, stored: Row[Any] | None) -> None:
    told = {"opinion": said.opinion, "origin": said.origin, "at": said.at}
    if stored is None:
        told |= {"paper_id": None, "title": said.paper.title, "abstract": said.paper.abstract}
    else:
        told |= {"paper_id": stored.id, "title": "", "abstract": ""}
    key = said.paper.key if stored is None else stored.key
    statement = insert(connection, feedback).values(subscriber_id=said.subscriber_id, key=key, **told)
    connection.execute(statement.on_conflict_do_update(index_elements=[_C.subscriber_id, _C.key], set_=told))


def _rows(connection: Connection, subscriber_ids: Iterable[int]) -> list[Row[Any]]:
    """The rows of these subscribers, each with the id of the paper if it is stored."""
    here = (paper_aliases.c.alias == _C.key) & _C.paper_id.is_(None)
    query = select(feedback, func.coalesce(_C.paper_id, paper_aliases.c.paper_id).label("stored_id"))
    query = query.outerjoin_from(feedback, paper_aliases, here).order_by(_C.subscriber_id, _C.key)
    return list(chunked(connection, query, _C.subscriber_id, set(subscriber_ids)))


def _stored(connection: Connection, rows: Iterable[Row[Any]]) -> dict[int, Paper]:
    """The stored papers of rows, by id."""
    wanted = {row.stored_id for row in rows} - {None}
    return {row.id: paper_of(row) for row in chunked(connection, whole_papers(), papers.c.id, wanted)}


def _feedback(row: Row[Any], stored: Mapping[int, Paper]) -> Feedback:
    paper = stored.get(row.stored_id) or Paper(row.key, row.title, abstract=row.abstract)
    return Feedback(row.subscriber_id, paper, Opinion(row.opinion), row.at, row.origin)
