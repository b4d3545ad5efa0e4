"""The store's contract: sources, looks, counts. The other nouns stand in the modules beside."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import StatementError

from digest.errors import StorageError
from digest.model import Look, SourceState, SubscriberStatus, Verdict
from tests.factories import NOW, paper
from tests.storage.steps import enrol, ingest_new, publish

if TYPE_CHECKING:
    from digest.storage import Store

STATE = SourceState(
    name="hf",
    next_poll_at=datetime(2026, 5, 25, 9, 30, 15, 250, tzinfo=UTC),
    failures=2,
    validators={"https://a.test/?q=é": {"etag": 'W/"1"', "n": [1, 2.5, None, True]}},
    last_verdict=Verdict.QUIET_EXPECTED,
    last_new_on=date(2026, 5, 23),
    last_error="503 \x00 \ud800 later",
)


def look(**fields: object) -> Look:
    return Look(**{"source": "hf", "at": NOW, "verdict": Verdict.NEW, "entries": 3, "new": 2, "revised": 1, **fields})


def test_a_source_never_looked_at_has_a_blank_state(store: Store) -> None:
    assert store.source_state("hf") == SourceState("hf")
    store.sync_sources(["hf", "arxiv", "hf"])
    assert store.source_state("hf") == SourceState("hf")
    assert store.counts()["sources"] == 2


def test_a_state_is_kept_with_its_look(store: Store) -> None:
    seen = look(rejects=4, detail="was it “quoted”?")
    store.save_look(seen, STATE)
    kept = store.source_state("hf")
    assert kept.last_error == "503 \ufffd \ufffd later"
    assert kept == SourceState(**{**{f: getattr(STATE, f) for f in STATE.__slots__}, "last_error": kept.last_error})
    assert store.looks() == [seen]


def test_a_later_state_replaces_the_earlier_one(store: Store) -> None:
    store.save_look(look(), STATE)
    store.save_look(look(verdict=Verdict.UNCHANGED), SourceState("hf"))
    assert store.source_state("hf") == SourceState("hf")


def test_looks_are_listed_newest_first(store: Store) -> None:
    for n in range(5):
        store.save_look(look(entries=n), SourceState("hf"))
        store.save_look(look(source="arxiv", entries=n), SourceState("arxiv"))
    assert [(k.source, k.entries) for k in store.looks(limit=3)] == [("arxiv", 4), ("hf", 4), ("arxiv", 3)]
    assert [k.entries for k in store.looks("hf", 2)] == [4, 3]
    assert store.looks("nobody") == []


def test_sync_keeps_what_is_remembered(store: Store) -> None:
    store.save_look(look(), STATE)
    store.sync_sources(["other"])
    store.sync_sources(["hf"])
    assert store.source_state("hf").failures == 2


def test_an_instant_of_any_zone_is_the_same_instant(store: Store) -> None:
    tokyo = timezone(timedelta(hours=9))
    store.save_look(look(), SourceState("hf", next_poll_at=datetime(2026, 5, 25, 17, 0, tzinfo=tokyo)))
    kept = store.source_state("hf").next_poll_at
    assert kept == NOW
    assert kept is not None
    assert kept.tzinfo is UTC


def test_a_naive_instant_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="naive"):
        store.save_look(look(), SourceState("hf", next_poll_at=datetime(2026, 5, 25)))  # noqa: DTZ001
    assert store.looks() == []


def test_counts(store: Store) -> None:
    one = paper()
    ingest_new(store, one, paper())
    publish(store, enrol(store), one)
    enrol(store, status=SubscriberStatus.PAUSED)
    assert store.counts() == {
        "sources": 1,
        "snapshots": 1,
        "papers": 2,
        "editions": 1,
        "suppressions": 0,
        "feedback": 0,
        "learned_papers": 0,
        "subscribers_pending": 0,
        "subscribers_active": 1,
        "subscribers_paused": 1,
        "subscribers_gone": 0,
    }


def test_a_failed_call_leaves_the_store_usable(store: Store) -> None:
    for _ in range(2):
        with pytest.raises(StorageError, match="there is no edition 7"):
            store.edition(7)
    person = enrol(store)
    with pytest.raises(StorageError, match="is a subscriber already"):
        enrol(store, address=person.address)
    assert store.subscribers() == [person]
