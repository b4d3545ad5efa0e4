"""The store's contract: what an edition should have brought and never will is covered by the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.model import Delivery, DeliveryStatus, Outcome, SubscriberStatus
from digest.storage.deliveries import lock_readers, take_back
from tests.factories import NOW, delivery, edition, paper, snapshot
from tests.storage.steps import LEASE, TOMORROW, change, enrol, hash_of, ingest, ingest_new

if TYPE_CHECKING:
    from digest.model import Subscriber
    from digest.storage import Store

S = DeliveryStatus
LIFE = timedelta(hours=20)


def published(store: Store, person: Subscriber, begun: int, through: int, days: int = 0) -> Delivery:
    """The delivery of an edition over the snapshots after `begun`."""
    draft = edition(
        *store.papers_new(begun, through),
        id=0,
        subscriber_id=person.id,
        edition_date=NOW.date() + timedelta(days=days),
        from_snapshot=begun,
        through_snapshot=through,
    )
    row = {"recipient": person.address, "address_hash": hash_of(person.address), "expires_at": NOW + LIFE}
    assert store.publish(draft, TOMORROW, delivery(**row))
    return store.deliveries(limit=1)[0]


def settled(store: Store, status: S, through_dot: bool = False, **fields: object) -> None:
    """The due delivery, tried and settled."""
    [held] = store.claim(NOW, LEASE, 1, "w")
    assert store.step(held.id, "w", S.SENDING)
    if through_dot:
        assert store.step(held.id, "w", S.DOT_SENT)
    assert store.settle(held.id, "w", Outcome(status, 550, **fields), NOW)  # type: ignore[arg-type]


def the_person(store: Store) -> tuple[Subscriber, int, int]:
    """Somebody who has read up to the first snapshot, and the ids of that and of a second one."""
    first, second = ingest_new(store, paper()), ingest_new(store, paper())
    person = enrol(store, cutoff=first, next_due_at=NOW)
    return person, first, second


def test_an_expired_edition_is_covered_by_the_next(store: Store) -> None:
    person, first, second = the_person(store)
    published(store, person, first, second)
    assert store.subscriber(person.id).cutoff == second
    assert store.expire(NOW + LIFE) == 1
    assert store.subscriber(person.id).cutoff == first
    [missed] = store.papers_new(first, second)
    assert store.picked(person.id, [missed.key]) == {}


@pytest.mark.parametrize("through_dot", [False, True])
def test_so_is_one_that_was_refused(store: Store, through_dot: bool) -> None:
    person, first, second = the_person(store)
    published(store, person, first, second)
    settled(store, S.FAILED, through_dot)
    assert store.subscriber(person.id).cutoff == first


def test_so_is_one_that_a_pause_stopped(store: Store) -> None:
    person, first, second = the_person(store)
    published(store, person, first, second)
    store.update_subscriber(replace(store.subscriber(person.id), status=SubscriberStatus.PAUSED))
    assert store.claim(NOW, LEASE, 1, "w") == []
    assert store.subscriber(person.id).cutoff == first


@pytest.mark.parametrize("status", [S.ACCEPTED, S.UNKNOWN])
def test_what_was_sent_or_may_have_been_is_not_covered_again(store: Store, status: S) -> None:
    person, first, second = the_person(store)
    published(store, person, first, second)
    settled(store, status, through_dot=True)
    assert store.expire(NOW + LIFE) == 0
    assert store.subscriber(person.id).cutoff == second


def test_what_may_have_arrived_once_is_not_covered_again(store: Store) -> None:
    person, first, second = the_person(store)
    published(store, person, first, second)
    settled(store, S.UNKNOWN, through_dot=True, retry_at=NOW + timedelta(minutes=5))
    assert store.expire(NOW + LIFE) == 1
    assert store.subscriber(person.id).cutoff == second


def test_so_is_one_after_which_another_was_made_meanwhile(store: Store) -> None:
    person, first, second = the_person(store)
    published(store, person, first, second)
    third = ingest_new(store, paper())
    published(store, replace(person, cutoff=second), second, third, days=1)
    settled(store, S.FAILED)
    assert store.subscriber(person.id).cutoff == first
    papers = store.papers_new(first, third)
    assert store.picked(person.id, [p.key for p in papers]) == {papers[1].key: papers[1].revision}


def test_an_edition_is_covered_again_from_its_own_beginning_however_old(store: Store) -> None:
    ids = [ingest(store, change(paper()), taken=snapshot(taken_at=NOW - timedelta(days=days))) for days in (90, 8, 1)]
    person = enrol(store, cutoff=0, next_due_at=NOW)
    published(store, person, 0, ids[2])
    settled(store, S.FAILED)
    assert store.subscriber(person.id).cutoff == 0


def test_the_cutoff_never_goes_forward_nor_behind_the_snapshots_that_are_kept(store: Store) -> None:
    ids = [
        ingest(store, change(paper()), taken=snapshot(taken_at=NOW - timedelta(days=days))) for days in (30, 8, 6, 1)
    ]
    store.forget_bytes(NOW - timedelta(days=7))
    person = enrol(store, cutoff=0, next_due_at=NOW)
    published(store, person, 0, ids[3])
    settled(store, S.FAILED)
    assert store.subscriber(person.id).cutoff == ids[1]
    published(store, person, ids[1], ids[3], days=1)
    settled(store, S.FAILED)
    assert store.subscriber(person.id).cutoff == ids[1]


def test_what_an_operator_has_tried_again_is_not_in_an_edition_drafted_before(store: Store) -> None:
    person, first, second = the_person(store)
    missed = published(store, person, first, second)
    assert store.expire(NOW + LIFE) == 1
    draft = edition(
        *store.papers_new(first, second),
        id=0,
        subscriber_id=person.id,
        edition_date=NOW.date() + timedelta(days=1),
        from_snapshot=first,
        through_snapshot=second,
    )
    assert store.requeue(missed.id, NOW + LIFE, NOW + 2 * LIFE)
    assert store.publish(draft, TOMORROW, delivery()) is None


def test_thousands_that_expire_at_once(store: Store) -> None:
    person, first, second = the_person(store)
    number = published(store, person, first, second).id
    others = range(number + 1, number + 100_000)
    with store._db.writing() as connection:
        lock_readers(connection, {number, *others})
        take_back(connection, {number, *others})
    assert store.expire(NOW + LIFE) == 1
    assert store.subscriber(person.id).cutoff == first


def test_nobody_else_is_moved(store: Store) -> None:
    person, first, second = the_person(store)
    other = enrol(store, cutoff=first, next_due_at=NOW)
    published(store, person, first, second)
    settled(store, S.FAILED)
    published(store, other, first, second)
    assert (store.subscriber(person.id).cutoff, store.subscriber(other.id).cutoff) == (first, second)
