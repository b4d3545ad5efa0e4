"""The steps lead to the tables that the queries use, and never back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import inspect

from digest.errors import StorageError
from digest.model import (
    Bounce,
    BounceKind,
    DeliveryKind,
    DeliveryStatus,
    Feedback,
    Opinion,
    Outcome,
    Paper,
    SuppressionReason,
)
from digest.storage import Uncounted, create_store, open_store, scratch_store
from digest.storage.engine import Database, connect, parse_url
from digest.storage.migrations import create, migrate
from digest.storage.schema import metadata, schema_steps
from digest.storage.steps import STEPS
from tests.factories import NOW
from tests.storage.databases import new_postgresql
from tests.storage.steps import LEASE, enrol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from digest.storage import Store

S = DeliveryStatus
MORE = (*STEPS, "CREATE TABLE notes (id $serial, at $moment);\nCREATE INDEX notes_at ON notes (at)")


@pytest.fixture(params=["sqlite", "postgresql"])
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table."""
    return f"sqlite:///{tmp_path}/digest.db" if request.param == "sqlite" else new_postgresql()


@pytest.fixture
def database(blank: str) -> Iterator[Database]:
    """The same, connected to."""
    opened = Database(connect(parse_url(blank)), "it")
    yield opened
    opened.close()


def described(database: Database) -> dict[str, Any]:
    """All that the database says of its tables."""
    with database.reading() as connection:
        look = inspect(connection)
        return {name: _table(look, name) for name in look.get_table_names()}


def _table(look: Any, name: str) -> dict[str, Any]:
    columns = [{**column, "type": str(column["type"])} for column in look.get_columns(name)]
    return {
        "columns": columns,
        "primary key": look.get_pk_constraint(name),
        "foreign keys": sorted(look.get_foreign_keys(name), key=str),
        "unique": sorted(look.get_unique_constraints(name), key=str),
        "indexes": sorted(str(index) for index in map(_plain, look.get_indexes(name))),
    }


def _plain(index: dict[str, Any]) -> dict[str, Any]:
    """An index with the condition of a partial one as its text."""
    return {**index, "dialect_options": {name: str(value) for name, value in index.get("dialect_options", {}).items()}}


def test_a_migrated_database_equals_a_fresh_one(database: Database) -> None:
    with database.writing() as connection:
        metadata.create_all(connection)
    fresh = described(database)
    with database.writing() as connection:
        metadata.drop_all(connection)
    assert described(database) == {}
    create(database)
    migrated = described(database)
    assert set(migrated) == set(metadata.tables)
    for name in fresh:
        assert migrated[name] == fresh[name]


def test_a_step_more_is_made_once_and_keeps_the_rows(blank: str, database: Database) -> None:
    with create_store(blank) as store:
        person = enrol(store)
    for _ in range(2):
        migrate(database, MORE)
    assert "notes" in described(database)
    with database.reading() as connection:
        assert connection.scalars(schema_steps.select().order_by("number")).all() == list(range(1, len(MORE) + 1))
    with pytest.raises(StorageError, match="newer version of digest: update digest"):
        open_store(blank)
    with pytest.raises(StorageError, match="newer version of digest"):
        scratch_store(blank)
    with pytest.raises(StorageError, match="newer version of digest"):
        create_store(blank)
    with database.writing() as connection:
        connection.execute(schema_steps.delete().where(schema_steps.c.number == len(MORE)))
    with open_store(blank) as store:
        assert store.subscribers() == [person]


FIRST_ROWS = """
INSERT INTO subscribers (id, address, address_key, status, name, zone, send_at, rhythm, empty, cutoff)
VALUES (1, 'Ada@Example.TEST', 'ada@example.test', 'active', '', 'UTC', '07:00', 'mon', 'skip', 0);
INSERT INTO editions VALUES (1, 1, '2026-05-25', 0, 0, 0, 0, '2026-05-25T07:00:00.000000Z');
INSERT INTO editions VALUES (2, 1, '2026-05-26', 0, 0, 0, 0, '2026-05-26T07:00:00.000000Z');
INSERT INTO deliveries VALUES (1, 'edition', 1, 'Ada@Example.TEST', '<1@d.test>', 'accepted',
    '2026-05-25T07:00:00.000000Z', '2026-05-26T07:00:00.000000Z',
    1, 'h/1/1', NULL, 250, '', 'Q1', '2026-05-25T07:01:00.000000Z', NULL, 0);
INSERT INTO deliveries VALUES (2, 'edition', 2, 'nobody', '<2@d.test>', 'pending', '2026-05-25T07:00:00.000000Z',
    '2026-05-26T07:00:00.000000Z', 0, '', NULL, 0, '', '', NULL, NULL, 0)
"""


def _insert(database: Database, rows: str) -> None:
    with database.writing() as connection:
        for statement in rows.split(";\n"):
            connection.exec_driver_sql(statement)


def test_a_database_of_the_first_version_is_brought_to_today(blank: str, database: Database) -> None:
    create(database, STEPS[:1])
    _insert(database, FIRST_ROWS)
    with open_store(blank) as store:
        waiting, done = store.deliveries()
        assert (done.recipient, done.status, done.queue_id, done.address_hash) == (
            "Ada@Example.TEST",
            S.ACCEPTED,
            "Q1",
            "",
        )
        assert store.deliveries(domain="example.test") == [done]
        assert store.deliveries(domain="nobody") == [waiting]
        assert store.first_accepted() == done.sent_at
        refused = Outcome(S.FAILED, 550, "no such user", bounce=BounceKind.HARD)
        assert [d.id for d in store.claim(NOW, LEASE, 9, "w")] == [waiting.id]
        assert store.settle(waiting.id, "w", refused, NOW, lambda *_: SuppressionReason.DEAD)
        assert (store.recent_bounces(), store.suppressions()) == ([], [])


SECOND_ROWS = """
INSERT INTO sources (id, name, failures, validators, last_error) VALUES (1, 'hf', 0, '{}', '');
INSERT INTO snapshots (id, source_id, taken_at, sha256, place, kind, entries, reject_count, rejects)
VALUES (1, 1, '2026-05-25T07:00:00.000000Z', 'abc', '', 'feed', 1, 0, '[]');
INSERT INTO papers (id, key, title_key, content_hash, revision, first_snapshot, sources)
VALUES (1, 'text:1', 'a paper', 'def', 0, 1, '["hf"]');
INSERT INTO paper_records VALUES (1, 'def', '{"abstract":"We study it.","key":"text:1","title":"A paper"}');
INSERT INTO suppressions VALUES ('a1', 'dead', 'no such user', '2026-05-25T07:00:00.000000Z')
"""


def test_a_database_of_the_second_version_is_learned_from(blank: str, database: Database) -> None:
    create(database, STEPS[:1])
    _insert(database, FIRST_ROWS)
    migrate(database, STEPS[:2])
    _insert(database, SECOND_ROWS)
    paper = Paper("text:1", "A paper", abstract="We study it.", sources=("hf",))
    with open_store(blank) as store:
        assert [person.address for person in store.subscribers()] == ["Ada@Example.TEST"]
        assert [s.address_hash for s in store.suppressions()] == ["a1"]
        assert len(store.deliveries()) == 2
        assert store.uncounted() == Uncounted(0, 1, [paper])
        assert store.archive(5) == [paper]
        store.set_feedback(Feedback(1, paper, Opinion.LIKED, NOW, "cli"))
        assert store.feedback([1]) == {1: [Feedback(1, paper, Opinion.LIKED, NOW, "cli")]}


THIRD_ROWS = """
UPDATE deliveries
SET address_hash = 'a1', status = 'failed', last_code = 550, settled_at = '2026-05-25T08:00:00.000000Z'
WHERE id = 2;
INSERT INTO bounces (id, address_hash, kind, status, origin, detail, delivery_id, at)
VALUES (1, 'a1', 'hard', '5.1.1', 'smtp', 'no such user', 2, '2026-05-25T08:00:00.000000Z');
INSERT INTO bounces (id, address_hash, kind, status, origin, detail, delivery_id, at)
VALUES (7, 'a1', 'soft', '', 'dsn', '', NULL, '2026-05-25T09:00:00.000000Z')
"""


LETTER = """
INSERT INTO deliveries (id, kind, recipient, message_id, status, due_at, expires_at, attempts, claimed_by, last_code,
    last_error, queue_id, resent)
VALUES (3, 'answer', 'ada@example.test', '<3@d.test>', 'pending', '2026-05-25T07:00:00.000000Z',
    '2026-05-26T07:00:00.000000Z', 0, '', 0, '', '', 0)
"""


def _all_rows(database: Database, table: str) -> list[dict[str, Any]]:
    with database.reading() as connection:
        rows = connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id").all()
        return [dict(row._mapping) for row in rows]


@pytest.mark.parametrize("opened", [open_store, scratch_store])
def test_a_database_of_the_third_version_keeps_its_outbox(
    blank: str, database: Database, opened: Callable[[str], Store]
) -> None:
    create(database, STEPS[:1])
    _insert(database, FIRST_ROWS)
    migrate(database, STEPS[:3])
    _insert(database, THIRD_ROWS)
    before = {table: _all_rows(database, table) for table in ("deliveries", "bounces")}
    database.engine.dispose()
    with opened(blank) as store:
        after = {table: _all_rows(store._db, table) for table in before}
        blanks = {"subscriber_id": None, "confirmation_id": None, "content": "{}"}
        assert after["deliveries"] == [row | blanks for row in before["deliveries"]]
        assert after["bounces"] == before["bounces"]
        failed, done = store.deliveries()
        assert (done.kind, done.edition_id, failed.status, failed.content) == (DeliveryKind.EDITION, 1, S.FAILED, {})
        assert [bounce.delivery_id for bounce in store.bounces("a1")] == [2, None]
        _insert(store._db, LETTER)
        assert [(d.id, d.edition_id, d.kind) for d in store.claim(NOW, LEASE, 9, "w")] == [
            (3, None, DeliveryKind.ANSWER)
        ]
        news = Bounce("a1", BounceKind.HARD, NOW, origin="smtp", delivery_id=2)
        store.bounced(news, NOW, lambda *_: None)
        assert len(store.bounces("a1")) == 2
        with pytest.raises(StorageError):
            store.bounced(replace(news, delivery_id=99), NOW, lambda *_: None)


def test_a_step_that_fails_leaves_nothing_of_itself(database: Database) -> None:
    create(database)
    before = described(database)
    with pytest.raises(StorageError):
        migrate(database, (*STEPS, "CREATE TABLE notes (id $serial);\nCREATE TABLE papers (id $serial)"))
    assert described(database) == before
    migrate(database, MORE)
    assert "notes" in described(database)
