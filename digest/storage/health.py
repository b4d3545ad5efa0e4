"""Health: whether a database can be used, found out without touching it: no migration, no side file, no lock."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, inspect, select

from digest.errors import StorageError
from digest.storage.engine import Database, connect, parse_url, shown
from digest.storage.schema import installation, schema_steps
from digest.storage.scratch import copy_to_memory
from digest.storage.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping

_LAST = "SELECT max(number) FROM schema_steps"
_HAS_NOTES = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'installation'"


@dataclass(frozen=True, slots=True)
class Health:
    """The last step of the schema that a database has, the newest that this version knows, and what is damaged ("").

    `noted` is what was noted of the installation, by name (see `Installation`).
    """

    step: int
    newest: int
    harm: str = ""
    noted: Mapping[str, str] = field(default_factory=dict)


def health(url: str) -> Health:
    """How the database at `url` is.

    Raises:
        StorageError: there is none, it cannot be read, or it is not one of digest.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _of_file(Path(parsed.database or ""))
    database = Database(connect(parsed), shown(parsed))
    try:
        with database.reading() as connection:
            if not inspect(connection).has_table(schema_steps.name):
                raise StorageError(f"{shown(parsed)} is no database of digest yet: run `digest init`")
            step = connection.scalar(select(func.max(schema_steps.c.number))) or 0
            known = inspect(connection).has_table(installation.name)
            noted = {row.name: row.value for row in connection.execute(select(installation))} if known else {}
            return Health(step, len(STEPS), noted=noted)
    finally:
        database.close()


def _of_file(path: Path) -> Health:
    if not path.is_file():
        raise StorageError(f"{path}: there is no database yet: run `digest init`")
    with closing(copy_to_memory(path)) as copy:
        try:
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            (step,) = copy.execute(_LAST).fetchone()
            known = copy.execute(_HAS_NOTES).fetchone() is not None
            noted = dict(copy.execute("SELECT name, value FROM installation").fetchall()) if known else {}
        except sqlite3.DatabaseError as error:
            raise StorageError(
                f"{path} is no database of digest ({error}): name another, or run `digest init`"
            ) from None
    return Health(step or 0, len(STEPS), "" if found == "ok" else str(found).partition("\n")[0], noted)
