"""Sources: what is remembered of them between looks, and the looks themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from digest.model import Look, SourceState, Verdict
from digest.storage.engine import Room, insert
from digest.storage.schema import looks, sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

_MOST_WORDS = 1_000


class Sources(Room):
    """The store's words for sources and looks."""

    def sync_sources(self, names: Sequence[str]) -> None:
        """See that each of `names` is there; sources that are no longer named keep their past."""
        with self._db.writing() as connection:
            for name in names:
                source_id(connection, name)

    def source_state(self, name: str) -> SourceState:
        """What is remembered of the source; a blank state where it was never polled."""
        with self._db.reading() as connection:
            row = connection.execute(select(sources).where(sources.c.name == name)).one_or_none()
        return SourceState(name) if row is None else _state(row)

    def begin_poll(self, name: str, at: datetime, failures: int, next_poll_at: datetime) -> None:
        """Write down that a poll begins: so it stands if the process dies before `save_look`."""
        begun = {"begun_at": at, "failures": failures, "next_poll_at": next_poll_at}
        with self._db.writing() as connection:
            found = source_id(connection, name)
            connection.execute(sources.update().where(sources.c.id == found).values(begun))

    def save_look(self, look: Look, state: SourceState) -> None:
        """Write down a look and what is to be remembered for the next one, together."""
        with self._db.writing() as connection:
            found = source_id(connection, state.name)
            connection.execute(sources.update().where(sources.c.id == found).values(_state_values(state)))
            connection.execute(looks.insert().values(source_id=found, **_look_values(look)))

    def looks(self, source: str | None = None, limit: int = 50) -> list[Look]:
        """The last looks, newest first; those at one source where it is named."""
        query = select(looks, sources.c.name).join(sources).order_by(looks.c.id.desc()).limit(limit)
        if source is not None:
            query = query.where(sources.c.name == source)
        with self._db.reading() as connection:
            return [_look(row) for row in connection.execute(query)]


def source_id(connection: Connection, name: str) -> int:
    """The id of the source called `name`, which is made where it is missing."""
    query = select(sources.c.id).where(sources.c.name == name)
    found: int | None = connection.scalar(query)
    if found is not None:
        return found
    blank = _state_values(SourceState(name))
    connection.execute(insert(connection, sources).values(name=name, **blank).on_conflict_do_nothing())
    made: int = connection.execute(query).scalar_one()
    return made


def _state_values(state: SourceState) -> dict[str, Any]:
    return {
        "next_poll_at": state.next_poll_at,
        "failures": state.failures,
        "validators": dict(state.validators),
        "last_verdict": state.last_verdict,
        "last_new_on": state.last_new_on,
        "last_error": state.last_error[:_MOST_WORDS],
        "begun_at": state.begun_at,
        "failing_since": state.failing_since,
    }


def _state(row: Row[Any]) -> SourceState:
    return SourceState(
        name=row.name,
        next_poll_at=row.next_poll_at,
        failures=row.failures,
        validators=row.validators,
        last_verdict=Verdict(row.last_verdict) if row.last_verdict else None,
        last_new_on=row.last_new_on,
        last_error=row.last_error,
        begun_at=row.begun_at,
        failing_since=row.failing_since,
    )


def _look_values(look: Look) -> dict[str, Any]:
    counts = {"entries": look.entries, "new": look.new, "revised": look.revised, "rejects": look.rejects}
    return {"at": look.at, "verdict": look.verdict, "detail": look.detail[:_MOST_WORDS], **counts}


def _look(row: Row[Any]) -> Look:
    return Look(
        source=row.name,
        at=row.at,
        verdict=Verdict(row.verdict),
        entries=row.entries,
        new=row.new,
        revised=row.revised,
        rejects=row.rejects,
        detail=row.detail,
    )
