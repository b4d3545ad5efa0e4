"""What every tick does costs no more in a house of many years than in a new one."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from digest.storage import open_store
from digest.storage.types import Instant
from tests.factories import NOW
from tests.storage.databases import clean_sqlite
from tests.storage.joining import ask, newcomer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from digest.storage import Store

DAY = timedelta(days=1)
MANY = 3_000
# Proofs and blank letters of long ago, which are kept for good.
PROOFS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)
INSERT INTO confirmations (id, address, address_hash, wishes, origin, asked_from, wording, asked_at, expires_at,
    confirmed_at, confirmed_from)
SELECT n, 'a' || n, 'h' || n, '{}', 'web', '', '', :then, :then, :then, '' FROM numbers
"""
LETTERS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)
INSERT INTO deliveries (kind, recipient, message_id, status, due_at, expires_at, attempts, claimed_by, last_code,
    last_error, queue_id, resent, sent_at, confirmation_id)
SELECT 'confirmation', '', '<' || n || '>', 'accepted', :then, :then, 1, '', 250, '', '', 0, :then, n FROM numbers
"""
EACH_TICK: dict[str, Callable[[Store], object]] = {
    "purge": lambda store: store.purge_joining(NOW),
    "claim": lambda store: store.claim(NOW, DAY, 50, "w"),
    "recover": lambda store: store.recover(NOW, ["w"], True),
    "expire": lambda store: store.expire(NOW),
    "open": lambda store: store.open_confirmations(NOW),
    "ask": lambda store: ask(store, "eve@example.test"),
}


@contextmanager
def steps(store: Store) -> Iterator[list[int]]:
    """How many hundreds of steps of its virtual machine SQLite makes meanwhile."""
    made = [0]

    def count() -> int:
        made[0] += 1
        return 0

    def watch(connection: object, *_: object) -> None:
        connection.set_progress_handler(count, 100)  # type: ignore[attr-defined]

    event.listen(store._db.engine, "checkout", watch)
    yield made
    event.remove(store._db.engine, "checkout", watch)


@pytest.mark.parametrize("name", EACH_TICK)
def test_a_tick_does_not_read_what_is_kept_for_good(tmp_path: Path, name: str) -> None:
    with open_store(clean_sqlite(tmp_path)) as store:
        asked, _ = ask(store)
        store.confirm(asked.id, newcomer(), NOW, "")
        with store._db.writing() as connection:
            then = Instant().process_bind_param(NOW - 90 * DAY, connection.dialect)
            for statement in (PROOFS, LETTERS):
                connection.exec_driver_sql(statement, {"many": MANY, "then": then})
        with steps(store) as made:
            EACH_TICK[name](store)
        assert made[0] < MANY / 100
