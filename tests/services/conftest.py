"""Stores to work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.storage import Store, create_store, scratch_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory."""
    with scratch_store(None) as opened:
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
