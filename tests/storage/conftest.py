"""Stores that several connections can be opened to, in both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.storage.databases import clean_postgresql, clean_sqlite

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store without rows."""
    return clean_sqlite(tmp_path) if request.param == "sqlite" else clean_postgresql()
