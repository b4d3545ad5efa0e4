"""Connections and transactions: one way in for both databases.

SQLite runs in WAL mode with `synchronous=FULL`: a settled delivery survives `kill -9` and a loss of power.
The module `sqlite3` would begin transactions by itself and too late, so it is told not to, and every
transaction begins here: ``BEGIN IMMEDIATE`` to write, so that two writers queue instead of failing half-way.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, exc, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import StaticPool

from digest.errors import StorageError
from digest.storage.failures import explain

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine, Table

WAIT_SECONDS = 10
"""How long a writer waits for another before it gives up."""

_PRAGMAS = (
    f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
)


def parse_url(url: str) -> URL:
    """The URL of a database, with the driver that we use.

    Raises:
        StorageError: neither SQLite nor PostgreSQL, or no URL at all. A password is never repeated.
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError:
        raise StorageError("the database URL cannot be read: write sqlite:///PATH or postgresql://HOST/NAME") from None
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise StorageError(f"no support for {backend!r} databases: write sqlite:///PATH or postgresql://HOST/NAME")


def in_memory(url: URL) -> bool:
    """Whether `url` is a SQLite database without a file."""
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def shown(url: URL) -> str:
    """`url` for people: the bare path of a file, a server's URL without its password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "the database in memory"
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


class Database:
    """Transactions on one database; every failure of it leaves as a StorageError.

    Args:
        engine: from `connect` or `connect_memory`.
        name: what messages call the database.
        shared: keep one connection with one transaction that is rolled back in the end, and make every
            transaction a savepoint in it, one thread at a time.
    """

    def __init__(self, engine: Engine, name: str, *, shared: bool = False) -> None:
        self.engine, self.name = engine, name
        # Threads that ingest wait for each other here, for as long as it takes, and not in the database.
        self.turn = threading.Lock()
        self._lock = threading.RLock() if shared else None
        self._connection: Connection | None = None
        if shared:
            with self._explaining():
                self._connection = engine.connect().execution_options(writes=True)
                self._connection.begin()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads: several statements see one state on SQLite."""
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end, rolled back by an exception."""
        with self._transaction(writes=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, writes: bool) -> Iterator[Connection]:
        with self._explaining(), self._lock or nullcontext():
            if self._connection is not None:
                with self._connection.begin_nested():
                    yield self._connection
                return
            with self.engine.connect() as connection:
                connection.execution_options(writes=writes)
                with connection.begin():
                    yield connection

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise explain(error, self.name) from error

    def close(self) -> None:
        """Let go of every connection; a shared one takes with it what was written."""
        with self._lock or nullcontext():  # a thread may be at it: closing under its hands ends the process
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self.engine.dispose()


def connect(url: URL) -> Engine:
    """An engine for `url`; nothing is opened yet.

    Raises:
        StorageError: the driver for PostgreSQL is not installed.
    """
    if url.get_backend_name() == "sqlite":
        return _prepared(create_engine(url, connect_args={"isolation_level": None}, hide_parameters=True), _pragmas)
    try:
        # A server may be restarted while a scheduler runs for months: each connection is tried before use.
        options = {"connect_timeout": WAIT_SECONDS, "application_name": "digest"}
        engine = create_engine(url, connect_args=options, pool_pre_ping=True, hide_parameters=True)
    except (ImportError, exc.NoSuchModuleError) as error:
        raise StorageError(
            f"{shown(url)}: PostgreSQL needs its driver: pip install 'paper-digest-mail[postgres]'"
        ) from error
    event.listen(engine, "connect", _lock_timeout)
    return engine


def connect_memory(source: Callable[[], sqlite3.Connection]) -> Engine:
    """An engine over the one in-memory connection that `source` makes, open to all threads."""
    return _prepared(
        create_engine("sqlite+pysqlite://", creator=source, poolclass=StaticPool, hide_parameters=True), _pragmas
    )


def _prepared(engine: Engine, on_connect: Callable[[Any, Any], None]) -> Engine:
    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", _begin)
    return engine


def _pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _lock_timeout(connection: Any, _record: Any) -> None:
    connection.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
    connection.commit()


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """INSERT that knows ON CONFLICT, for the database at hand."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def take_turn(connection: Connection, turn: int) -> None:
    """Wait until no other transaction holds `turn` (64 bits, signed), and hold it to the end of this one.

    An advisory lock of PostgreSQL; SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(turn)))


def try_turn(connection: Connection, turn: int) -> bool:
    """Take `turn` as `take_turn` does; False, at once, where another transaction holds it."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(turn))))


class Room:
    """What the store's part for each noun builds on."""

    def __init__(self, database: Database) -> None:
        self._db = database
