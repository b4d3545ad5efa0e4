"""The store: everything that outlives a process, in SQLite or PostgreSQL, through the same statements.

The `Store` speaks in the words of the use cases; each of its methods is one transaction. It is put together
from one module for each noun::

    sources.py      what is remembered between looks, and the looks
    ingest.py       snapshots, and the one serialised transaction that adds to them; changes.py carries it out
    papers.py       the papers, whole
    browsing.py     the papers by their day and by their words, and numbers by the day
    subscribers.py  who is due, and with what wishes
    leaving.py      subscribers who go, change their mind, or want to be forgotten
    joining.py      what strangers ask for, how much of it is let through, and the proof that they said yes
    editions.py     made once, with their outbox row; picks are frozen
    deliveries.py   the rows of the outbox: found, counted, cancelled
    outbox.py       what workers do with them: claim, step, settle, recover
    reasons.py      whether a delivery still has a reason to be sent
    bounces.py      the bad news of each address, and what a `Judge` makes of it
    suppressions.py addresses never to be written to again
    domains.py      domains that refuse our mail, and for how long they are left alone
    learned.py      what the papers taught: common words, acronyms, words that go with an interest, embeddings
    feedback.py     what subscribers said of single papers
    counts.py       how much there is of everything
    watching.py     what an operator looks at: sources by the day, what came in last, what waits longest

beneath which stand `schema.py` (the tables), `steps.py`, `step_4.py` and `migrations.py` (how a database gets them),
`engine.py` (connections and transactions), `codec.py` and `types.py` (values as columns), `bulk.py` (numbers
by the thousand), `scratch.py` (a copy in memory), `health.py` (whether a database can be used) and `failures.py`
(what went wrong, for people).
SQLAlchemy is imported in this package alone.

A method raises StorageError where the database fails; the text says what to do.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from digest.errors import StorageError
from digest.storage.bounces import Bounces, Judge
from digest.storage.browsing import Browsing
from digest.storage.clock import Clock
from digest.storage.counts import Counts
from digest.storage.deliveries import Deliveries
from digest.storage.domains import Domains
from digest.storage.editions import Editions
from digest.storage.engine import Database, connect, connect_memory, in_memory, parse_url, shown
from digest.storage.feedback import Feedbacks
from digest.storage.ingest import Ingest, Snapshots
from digest.storage.installation import Installation
from digest.storage.joining import Joining
from digest.storage.learned import Expanded, Learned, Uncounted
from digest.storage.leaving import Leaving
from digest.storage.migrations import create, migrate
from digest.storage.outbox import Outbox, Recovered
from digest.storage.papers import PaperRow, Papers
from digest.storage.scratch import copy_to_memory, empty_memory
from digest.storage.sources import Sources
from digest.storage.subscribers import Subscribers
from digest.storage.suppressions import Suppressions
from digest.storage.watching import LookDay, SnapshotRow, Watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL

__all__ = [
    "Expanded",
    "Ingest",
    "Judge",
    "LookDay",
    "PaperRow",
    "Recovered",
    "SnapshotRow",
    "Store",
    "Uncounted",
    "create_store",
    "open_store",
    "scratch_store",
]


class Store(
    Sources,
    Snapshots,
    Papers,
    Browsing,
    Learned,
    Subscribers,
    Leaving,
    Joining,
    Feedbacks,
    Editions,
    Deliveries,
    Outbox,
    Bounces,
    Suppressions,
    Domains,
    Counts,
    Watching,
    Installation,
    Clock,
):
    """Reads and writes in the words of the use cases. A context manager; safe to share between threads."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; a scratch store is gone with that."""
        self._db.close()


def open_store(url: str) -> Store:
    """The store at `url`, brought to the schema of today.

    Raises:
        StorageError: there is none yet, it cannot be opened, or a newer version of digest made it.
    """
    parsed = parse_url(url)
    _see_file(parsed)
    return _ready(Database(connect(parsed), shown(parsed)), migrate)


def create_store(url: str) -> Store:
    """The store at `url`, which is made where there is none yet; without a file in `url`, one in memory.

    Raises:
        StorageError: it cannot be made there.
    """
    parsed = parse_url(url)
    if in_memory(parsed):
        return scratch_store(None)
    _make_file(parsed)
    return _ready(Database(connect(parsed), shown(parsed)), create)


def scratch_store(url: str | None) -> Store:
    """A store to try things on: what is written is gone when it is closed, and `url` was never touched.

    For SQLite it is a copy in memory, for PostgreSQL one transaction that is rolled back; for None an
    empty one in memory.

    Raises:
        StorageError: there is no store at `url`, or it cannot be read.
    """
    if url is None:
        return _ready(Database(connect_memory(empty_memory), "the database in memory", shared=True), create)
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        return _ready(Database(connect(parsed), shown(parsed), shared=True), migrate)
    copy = copy_to_memory(_see_file(parsed))
    return _ready(Database(connect_memory(lambda: copy), shown(parsed), shared=True), migrate)


def _ready(database: Database, prepare: Callable[[Database], None]) -> Store:
    try:
        prepare(database)
    except BaseException:
        database.close()
        raise
    return Store(database)


def _see_file(url: URL) -> Path:
    """The file of a SQLite URL, which must be there; SQLite would make it without a word."""
    path = Path(url.database or "")
    if url.get_backend_name() == "sqlite" and not path.is_file():
        raise StorageError(f"{shown(url)}: there is no database yet: run `digest init`")
    return path


def _make_file(url: URL) -> None:
    """Make the file of a SQLite URL, for its owner alone: it will hold addresses."""
    if url.get_backend_name() != "sqlite":
        return
    try:
        os.close(os.open(url.database or "", os.O_CREAT | os.O_RDWR, 0o600))
    except FileNotFoundError:
        raise StorageError(f"{shown(url)}: its folder is not there: make it first") from None
    except OSError as error:
        raise StorageError(f"{shown(url)}: cannot be written: {error.strerror}") from None
