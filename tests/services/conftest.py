"""Stores to work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.storage import Store, create_store, open_store, scratch_store
from tests.services.parts import Clock, enrolled, publish, put
from tests.storage.databases import clean_postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module on each of its `DATABASES`, if it names any."""
    if "store" in metafunc.fixturenames and (databases := getattr(metafunc.module, "DATABASES", ())):
        metafunc.parametrize("store", databases, indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store in memory; also one in PostgreSQL for modules with `DATABASES = BOTH` (see `parts`)."""
    database = getattr(request, "param", "memory")
    with open_store(clean_postgresql()) if database == "postgresql" else scratch_store(None) as opened:
        yield opened


@pytest.fixture
def spool_folder(tmp_path: Path) -> Path:
    """An empty folder for snapshots."""
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """The URL of an empty store in a file."""
    url = f"sqlite:///{tmp_path / 'digest.db'}"
    create_store(url).close()
    return url


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at NOW."""
    return Clock()


@pytest.fixture
def full(store: Store) -> Store:
    """A store with an edition of today waiting for each of three readers."""
    put(store, 1, 2, 3)
    for address in ("a@example.test", "b@example.test", "c@example.test"):
        enrolled(store, address=address)
    publish(store)
    return store
