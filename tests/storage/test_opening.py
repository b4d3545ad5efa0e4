"""Opening a store, and what is said where that fails."""

from __future__ import annotations

import builtins
import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from digest.errors import StorageError
from digest.storage import create_store, engine, open_store, scratch_store
from digest.storage.failures import explain
from tests.storage.databases import clean_sqlite, new_postgresql
from tests.storage.steps import enrol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OPENERS = [open_store, create_store, scratch_store]


@pytest.mark.parametrize("opener", [open_store, scratch_store])
def test_a_store_that_is_not_there(opener: Callable[[str], Any], tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    with pytest.raises(StorageError, match=r"digest\.db: there is no database yet: run `digest init`"):
        opener(f"sqlite:///{path}")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="its folder is not there"):
        create_store(f"sqlite:///{tmp_path}/no/digest.db")
    with pytest.raises(StorageError, match="cannot be written: Is a directory"):
        create_store(f"sqlite:///{tmp_path}")


def test_creating_twice_keeps_what_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/digest.db"
    with create_store(url) as store:
        person = enrol(store)
    with create_store(url) as store:
        assert store.subscribers() == [person]


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    create_store(f"sqlite:///{tmp_path}/digest.db").close()
    assert (tmp_path / "digest.db").stat().st_mode & 0o777 == 0o600


def test_settings_of_a_file(tmp_path: Path) -> None:
    with open_store(clean_sqlite(tmp_path)) as store, store._db.reading() as connection:
        names = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    assert values == ["wal", 1, 2, 10_000]


def test_a_path_with_odd_characters(tmp_path: Path) -> None:
    folder = tmp_path / "a b#ü"
    folder.mkdir()
    url = clean_sqlite(folder)
    with open_store(url) as store:
        person = enrol(store)
    with scratch_store(url) as store:
        assert store.subscribers() == [person]


@pytest.mark.parametrize("opener", OPENERS)
def test_a_file_that_is_no_database(opener: Callable[[str], Any], tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    path.write_text("once upon a time " * 100)
    with pytest.raises(StorageError, match=r"digest\.db is no SQLite database"):
        opener(f"sqlite:///{path}")


def test_a_database_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE papers (x)")
    connection.close()
    for opener in (open_store, scratch_store):
        with pytest.raises(StorageError, match="is no database of digest yet"):
            opener(f"sqlite:///{path}")
    with pytest.raises(StorageError, match="holds a table 'papers' of something else"):
        create_store(f"sqlite:///{path}")


def test_a_store_may_share_a_postgresql_database() -> None:
    url = new_postgresql()
    for opener in (open_store, scratch_store):
        with pytest.raises(StorageError, match="is no database of digest yet"):
            opener(url)
    database = engine.Database(engine.connect(engine.parse_url(url)), "it")
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE orders (x int)")
    database.close()
    create_store(url).close()
    open_store(url).close()


def test_a_damaged_file(tmp_path: Path) -> None:
    url = clean_sqlite(tmp_path)
    path = tmp_path / "digest.db"
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(reversed(content[4096:]))
    path.write_bytes(content)
    with pytest.raises(StorageError, match="is damaged: restore it"), open_store(url) as store:
        enrol(store)


def test_a_database_that_somebody_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_PRAGMAS", ("PRAGMA busy_timeout = 50",))
    url = clean_sqlite(tmp_path)
    other = sqlite3.connect(tmp_path / "digest.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_store(url) as store:
        with pytest.raises(StorageError, match="is in use by another process"):
            enrol(store)
        other.execute("ROLLBACK")
        other.close()
        enrol(store)


def test_a_database_that_may_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_PRAGMAS", ("PRAGMA query_only = ON",))
    with open_store(clean_sqlite(tmp_path)) as store, pytest.raises(StorageError, match="may not be written to"):
        enrol(store)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_without_permission(tmp_path: Path) -> None:
    url = clean_sqlite(tmp_path)
    (tmp_path / "digest.db").chmod(0o000)
    with pytest.raises(StorageError, match="cannot be opened"):
        open_store(url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("digest.db", "the database URL cannot be read"),
        ("", "the database URL cannot be read"),
        ("mysql://me:secret@host/db", "no support for 'mysql' databases"),
        ("postgresql://me:secret@127.0.0.1:1/db", r"postgresql://me:\*\*\*@127.0.0.1:1/db: connection failed"),
        ("postgres://127.0.0.1:1/db", "postgresql://127.0.0.1:1/db: connection failed"),
    ],
)
def test_urls_that_lead_nowhere(url: str, says: str) -> None:
    for opener in OPENERS:
        with pytest.raises(StorageError, match=says) as caught:
            opener(url)
        assert "secret" not in str(caught.value)


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_psycopg(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "psycopg":
            raise ModuleNotFoundError("No module named 'psycopg'")
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "psycopg")
    monkeypatch.setattr(builtins, "__import__", without_psycopg)
    with pytest.raises(StorageError, match=r"paper-digest-mail\[postgres\]"):
        open_store("postgresql://127.0.0.1/db")


def test_failures_repeat_no_values() -> None:
    error = sqlite3.OperationalError("something new\nDETAIL: Key (address)=(ada@example.test)")
    assert str(explain(error, "it")) == "it: something new"


def test_memory_is_a_store_too() -> None:
    with create_store("sqlite://") as store, create_store("sqlite:///:memory:") as other:
        enrol(store)
        assert (len(store.subscribers()), other.subscribers()) == (1, [])


def test_the_model_loads_no_database() -> None:
    code = "import sys, digest.model, digest.services.publish; print('sqlalchemy' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
