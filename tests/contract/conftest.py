"""What the contracts are tried on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.storage import Store, open_store, scratch_store
from tests.storage.databases import clean_postgresql, clean_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "sqlite-scratch", "postgresql", "postgresql-scratch"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store without rows: each database, and a scratch copy of each."""
    database, _, scratch = request.param.partition("-")
    url = clean_sqlite(tmp_path) if database == "sqlite" else clean_postgresql()
    with (scratch_store if scratch else open_store)(url) as opened:
        yield opened
