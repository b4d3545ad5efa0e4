"""The store's contract: editions are made once and stay as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import StorageError
from digest.model import Block, DeliveryStatus, Freshness, Match, Pick, SubscriberStatus
from tests.factories import NOW, delivery, edition, paper
from tests.storage.steps import TOMORROW, change, enrol, ingest, ingest_new, publish

if TYPE_CHECKING:
    from digest.model import Edition, Subscriber
    from digest.storage import Store


def drafted(person: Subscriber, *papers: object, **fields: object) -> Edition:
    """An edition as `compose` hands it over."""
    return edition(*papers, **{"id": 0, "subscriber_id": person.id, **fields})  # type: ignore[arg-type]


def test_an_edition_comes_out_as_it_went_in(store: Store) -> None:
    papers = [paper(upvotes=None, sources=("b", "a")), paper(), paper()]
    ingest_new(store, *papers)
    person = enrol(store)
    matches = (Match("“x”", "title", 2, ((0, 3), (5, 8))), Match("cat:cs.LG", "categories", 1))
    picks = (
        Pick(1, papers[2], 0.3333333333333333, matches, Block.RANKED),
        Pick(2, papers[0], 0.0, (), Block.TRENDING),
        Pick(3, papers[1], 1.0, (), Block.REVISED),
    )
    draft = replace(drafted(person), picks=picks, unreached=(("hf", NOW), ("b", NOW - timedelta(hours=1))))
    stored = store.publish(draft, TOMORROW, None)
    assert stored is not None
    assert stored == replace(draft, id=stored.id)
    assert store.edition(stored.id) == stored
    assert store.editions(person.id) == [stored]


def test_publishing_moves_the_subscriber_on(store: Store) -> None:
    one = paper()
    number = ingest_new(store, one)
    person = enrol(store, next_due_at=NOW)
    sent = delivery(id=0, edition_id=0)
    stored = store.publish(drafted(person, one), TOMORROW, sent)
    assert stored is not None
    assert store.subscriber(person.id) == replace(person, cutoff=number, next_due_at=TOMORROW)
    kept = store.deliveries()[0]
    assert kept == replace(sent, id=kept.id, edition_id=stored.id)


def test_an_edition_that_is_not_mailed_has_no_delivery(store: Store) -> None:
    publish(store, enrol(store))
    assert store.deliveries() == []
    assert store.delivery_counts() == {}


def test_an_edition_stays_as_it_is_while_papers_move_on(store: Store) -> None:
    one = paper(upvotes=3, title="As it was when it was picked", revision=1)
    ingest_new(store, one)
    person = enrol(store)
    stored = publish(store, person, one)
    moved = replace(one, title="As it is now", upvotes=80, comments=2, revision=2, sources=("hf", "arxiv"))
    ingest(store, change(moved, Freshness.REVISED))
    assert store.paper(one.key) == moved
    assert store.edition(stored.id).picks[0].paper == one


def test_a_paper_that_moved_on_between_draft_and_publish_is_frozen_as_drafted(store: Store) -> None:
    one = paper()
    ingest_new(store, one)
    seen = replace(one, summary="seen by the draft only")
    stored = publish(store, enrol(store), seen)
    assert store.edition(stored.id).picks[0].paper == seen


def test_one_edition_a_date(store: Store) -> None:
    person = enrol(store)
    publish(store, person)
    ingest_new(store, paper())
    later = NOW + timedelta(days=2)
    again = drafted(person, from_snapshot=0, through_snapshot=1)
    assert store.publish(again, later, delivery()) is None
    assert store.subscriber(person.id) == replace(person, next_due_at=later)
    assert store.publish(again, TOMORROW, delivery()) is None
    assert store.subscriber(person.id).next_due_at == later
    assert store.deliveries() == []
    assert store.counts()["editions"] == 1


def test_an_edition_starts_where_the_last_one_ended(store: Store) -> None:
    person = enrol(store, cutoff=4, next_due_at=NOW)
    for start in (3, 5):
        assert store.publish(drafted(person, from_snapshot=start, through_snapshot=9), TOMORROW, None) is None
    assert store.subscriber(person.id) == person
    assert store.counts()["editions"] == 0


@pytest.mark.parametrize("status", [s for s in SubscriberStatus if s is not SubscriberStatus.ACTIVE])
def test_only_the_active_get_editions(store: Store, status: SubscriberStatus) -> None:
    person = enrol(store, status=status)
    assert store.publish(drafted(person), TOMORROW, delivery()) is None
    assert store.subscriber(person.id) == person
    assert store.publish(drafted(person, subscriber_id=99), TOMORROW, None) is None


def test_a_failure_half_way_leaves_nothing(store: Store) -> None:
    one = paper()
    ingest_new(store, one)
    person = enrol(store)
    with pytest.raises(StorageError, match="is not in the store"):
        store.publish(drafted(person, one, paper()), TOMORROW, delivery())
    taken = delivery()
    assert store.publish(drafted(person), TOMORROW, taken)
    other = enrol(store)
    with pytest.raises(StorageError):
        store.publish(drafted(other, one), TOMORROW, taken)
    assert store.subscriber(other.id) == other
    assert store.counts()["editions"] == 1
    assert store.picked(other.id, [one.key]) == {}
    assert store.delivery_counts() == {DeliveryStatus.PENDING: 1}


def test_the_ledger_knows_the_highest_revision(store: Store) -> None:
    papers = [paper(revision=2), paper(), paper()]
    ingest_new(store, *papers)
    person = enrol(store)
    publish(store, person, *papers[:2])
    newer = replace(papers[0], revision=3)
    publish(store, store.subscriber(person.id), newer, edition_date=date(2026, 5, 26))
    keys = [p.key for p in papers]
    assert store.picked(person.id, keys) == {keys[0]: 3, keys[1]: 0}
    assert store.picked(person.id, []) == {}
    assert store.picked(enrol(store).id, keys) == {}


def test_editions_are_listed_newest_first(store: Store) -> None:
    person = enrol(store)
    made = [publish(store, person, edition_date=date(2026, 5, day)) for day in (2, 1, 3)]
    assert store.editions(person.id, 2) == [made[2], made[0]]
    assert store.editions(person.id + 1) == []
