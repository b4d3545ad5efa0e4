"""Bring a database to the schema of today, step by step, and refuse what is not ours or not yet known."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from sqlalchemy import func, inspect, select

from digest.errors import StorageError
from digest.storage.engine import take_turn
from digest.storage.schema import metadata, schema_steps
from digest.storage.steps import STEPS, WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from digest.storage.engine import Database

_TURN = 0x64696765_7374_0001
"""One process migrates at a time."""


def create(database: Database, steps: Sequence[str] = STEPS) -> None:
    """Make all tables in a database that has none of ours, or bring ours to the schema of today.

    Raises:
        StorageError: other tables stand where ours would, or a newer version of digest made them.
    """
    with database.writing() as connection:
        take_turn(connection, _TURN)
        found = set(inspect(connection).get_table_names())
        strangers = found & set(metadata.tables)
        if strangers and schema_steps.name not in found:
            raise StorageError(f"{database.name} holds a table {min(strangers)!r} of something else: name another one")
        if schema_steps.name not in found:
            schema_steps.create(connection)
    migrate(database, steps)


def migrate(database: Database, steps: Sequence[str] = STEPS) -> None:
    """Run the steps that are missing, each in a transaction of its own.

    Raises:
        StorageError: not a database of digest, or one that a newer version made.
    """
    if _version(database) > len(steps):
        raise StorageError(f"{database.name} was made by a newer version of digest: update digest to use it")
    for number in range(_version(database) + 1, len(steps) + 1):
        with database.writing() as connection:
            take_turn(connection, _TURN)
            if _reached(connection) < number:
                _apply(connection, number, steps[number - 1])


def _version(database: Database) -> int:
    with database.reading() as connection:
        if not inspect(connection).has_table(schema_steps.name):
            raise StorageError(f"{database.name} is no database of digest yet: run `digest init`")
        return _reached(connection)


def _reached(connection: Connection) -> int:
    return connection.scalar(select(func.max(schema_steps.c.number))) or 0


def _apply(connection: Connection, number: int, step: str) -> None:
    for statement in Template(step).substitute(WORDS[connection.dialect.name]).split(";\n"):
        connection.exec_driver_sql(statement)
    connection.execute(schema_steps.insert().values(number=number))
