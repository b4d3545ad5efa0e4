"""Thousands of numbers in one statement: as one JSON object, which both databases read and write themselves.

Several times as fast as a row at a time, for words by the ten thousand.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import JSON, Integer, Text, cast, func, literal, select, true

from digest.storage.engine import insert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Column, Connection, FromClause


def add_numbers(connection: Connection, key: Column[str], number: Column[int], numbers: Mapping[str, int]) -> None:
    """Add to the numbers of a table, by its primary key `key`; what is not there yet starts from 0.

    The keys are such as a database takes (`types.storable`).
    """
    given = _pairs(connection, json.dumps(dict(sorted(numbers.items())), ensure_ascii=False))
    # The parser of SQLite would take ON CONFLICT for a part of FROM without a WHERE between.
    rows = select(given.c.key, cast(given.c.value, Integer)).where(true())
    statement = insert(connection, key.table).from_select([key, number], rows)
    total = {number: number + statement.excluded[number.name]}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=total))


def read_numbers(connection: Connection, key: Column[str], number: Column[int], least: int) -> dict[str, int]:
    """The numbers of a table that are at least `least`, by key."""
    gather = func.json_group_object if connection.dialect.name == "sqlite" else func.json_object_agg
    found = connection.scalar(select(cast(gather(key, number), Text)).where(number >= least))
    return json.loads(found) if found else {}


def _pairs(connection: Connection, document: str) -> FromClause:
    """The members of a JSON object, as rows of `key` and `value`."""
    if connection.dialect.name == "sqlite":
        return func.json_each(literal(document, Text)).table_valued("key", "value")
    return func.json_each_text(cast(literal(document, Text), JSON)).table_valued("key", "value")
