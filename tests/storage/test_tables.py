"""What is written down for later questions, which no method of the store asks yet."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from digest.model import Announcement, Change, Freshness
from digest.storage import open_store
from tests.factories import entry, paper, snapshot
from tests.storage.steps import change, ingest, ingest_new

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.storage import Store


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store._db.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_sightings_keep_what_each_source_said_last(store: Store) -> None:
    one = paper()
    told = (entry(announcement=Announcement.NEW, upvotes=4), entry(comments=2, listed_on=date(2026, 5, 25)))
    ingest(store, Change(Freshness.NEW, one, False, told))
    ingest(store, change(one, Freshness.KNOWN, announcement=Announcement.CROSS), taken=snapshot(source="arxiv"))
    ingest(store, change(one, Freshness.KNOWN, upvotes=6))
    found = rows(
        store,
        "SELECT s.name, first_snapshot, last_snapshot, announcement, upvotes, comments, CAST(listed_on AS text) "
        "FROM sightings JOIN sources s ON s.id = source_id ORDER BY s.id",
    )
    assert found == [("hf", 1, 3, "new", 6, 2, "2026-05-25"), ("arxiv", 2, 2, "cross", None, None, None)]


def test_votes_are_noted_where_they_changed(store: Store) -> None:
    one, silent = paper(upvotes=3), paper(upvotes=None)
    ingest_new(store, one, silent)
    for counts in ({"upvotes": 3}, {"upvotes": 5}, {"upvotes": 5, "comments": 1}, {"upvotes": 5, "comments": 1}):
        ingest(store, change(replace(one, **counts), Freshness.KNOWN), change(silent, Freshness.KNOWN))
    found = rows(store, "SELECT paper_id, snapshot_id, upvotes, comments FROM votes ORDER BY snapshot_id")
    assert found == [(1, 1, 3, None), (1, 3, 5, None), (1, 4, 5, 1)]


def test_snapshots_keep_their_bytes_compressed(store: Store) -> None:
    content = b"the same again " * 1_000
    ingest(store, taken=snapshot(content=content, place="https://a.test/x"))
    [(kept, place, kind)] = rows(store, "SELECT content, place, kind FROM snapshots")
    assert (zlib.decompress(kept), place, kind) == (content, "https://a.test/x", "huggingface-json")
    assert len(kept) < 200


def test_a_content_is_kept_once(store: Store) -> None:
    one = paper(upvotes=1)
    ingest_new(store, one)
    for version in (replace(one, upvotes=9), replace(one, title="New"), one):
        ingest(store, change(version, Freshness.KNOWN))
    assert rows(store, "SELECT COUNT(*) FROM paper_records") == [(2,)]
