"""The store's contract: subscribers."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import StorageError
from digest.model import (
    DeliveryStatus,
    EmptyPolicy,
    Interest,
    InterestKind,
    Rhythm,
    SubscriberStatus,
)
from digest.storage.schema import subscribers
from tests.factories import NOW, delivery, edition, paper
from tests.storage.steps import LEASE, TOMORROW, enrol, ingest_new, publish

if TYPE_CHECKING:
    from digest.storage import Store

HOUR = timedelta(hours=1)
WISHES = (
    Interest(InterestKind.WORDS, "reinforcement learning", 2.5),
    Interest(InterestKind.PHRASE, "long 視頻", field="title"),
    Interest(InterestKind.AUTHOR, "Ö'Hara", excluded=True),
    Interest(InterestKind.WORDS, "reinforcement learning", 2.5),
)


def test_subscribers_come_out_as_they_went_in(store: Store) -> None:
    person = enrol(
        store,
        address="Ada@Example.test",
        status=SubscriberStatus.PAUSED,
        name="Ada",
        zone="Asia/Kolkata",
        send_at=time(6, 30),
        rhythm=Rhythm(frozenset({1, 4})),
        max_papers=7,
        min_score=0.125,
        empty=EmptyPolicy.NOTE,
        interests=WISHES,
        next_due_at=NOW + HOUR,
        cutoff=3,
        paused_until=TOMORROW,
    )
    other = enrol(store, interests=WISHES[1:2])
    assert 0 < person.id < other.id
    assert store.subscriber(person.id) == person
    assert store.subscriber_by_address("ada@EXAMPLE.test") == person
    assert store.subscribers() == [person, other]
    assert store.subscribers(SubscriberStatus.PAUSED) == [person]
    assert store.subscriber_by_address("nobody@example.test") is None
    with pytest.raises(StorageError, match="no subscriber 99"):
        store.subscriber(99)


@pytest.mark.parametrize(
    "twin", ["READER@bücher.test", "reader@BÜCHER.test", "reader@xn--bcher-kva.test", " reader@bücher.test"]
)
def test_one_address_in_two_spellings_is_one_subscriber(store: Store, twin: str) -> None:
    enrol(store, address="reader@bücher.test")
    with pytest.raises(StorageError, match=r"is a subscriber already \(active\)"):
        enrol(store, address=twin)


COMPOSED, APART = "j\u00f6rg@example.test", "jo\u0308rg@example.test"


@pytest.mark.parametrize(
    ("one", "twin"), [(COMPOSED, APART), (APART, COMPOSED), (COMPOSED, "J\u00d6\u200bRG@example.test")]
)
def test_a_letter_in_two_spellings_is_one(store: Store, one: str, twin: str) -> None:
    """RFC 6532 3.1: macOS writes a letter and its dots apart."""
    made = enrol(store, address=one)
    assert store.subscriber_by_address(twin) == made
    with pytest.raises(StorageError, match="is a subscriber already"):
        enrol(store, address=twin)


def test_a_row_of_before_is_found_by_either_spelling(store: Store) -> None:
    made = enrol(store, address=APART)
    with store._db.writing() as connection:
        connection.execute(subscribers.update().values(address_key=APART))
    for spelled in (COMPOSED, APART):
        assert store.subscriber_by_address(spelled) == made
        with pytest.raises(StorageError, match="is a subscriber already"):
            enrol(store, address=spelled)
    store.update_subscriber(replace(made, name="J"))
    assert store.subscriber_by_address(COMPOSED).name == "J"
    assert enrol(store, address="jorg@example.test").id != made.id


def test_two_domains_that_older_rules_take_for_one_are_two(store: Store) -> None:
    """RFC 5891: "ß" is a letter of its own, and each name has an owner of its own."""
    enrol(store, address="reader@straße.test")
    assert store.subscriber_by_address("reader@strasse.test") is None
    assert enrol(store, address="reader@strasse.test").id != store.subscriber_by_address("reader@straße.test").id


def test_a_change_replaces_wishes_and_their_order(store: Store) -> None:
    person = enrol(store, interests=WISHES)
    changed = replace(person, interests=WISHES[2:0:-1], zone="Europe/Rome", next_due_at=TOMORROW, name="New")
    store.update_subscriber(changed)
    assert store.subscribers() == [changed]


def test_a_change_of_address_meets_another(store: Store) -> None:
    person, other = enrol(store), enrol(store)
    with pytest.raises(StorageError, match="belongs to another"):
        store.update_subscriber(replace(person, address=other.address.upper(), name="New"))
    assert store.subscriber(person.id) == person
    with pytest.raises(StorageError, match="no subscriber 99"):
        store.update_subscriber(replace(person, id=99, address="free@example.test"))


def test_a_change_leaves_the_cutoff_to_the_editions(store: Store) -> None:
    person = enrol(store, cutoff=5)
    for read_long_ago in (2, 8):
        store.update_subscriber(replace(person, cutoff=read_long_ago))
        assert store.subscriber(person.id).cutoff == 5
    store.set_cutoff(person.id, 3)
    assert store.subscriber(person.id).cutoff == 3


def test_a_change_does_not_bring_back_who_left_meanwhile(store: Store) -> None:
    person = enrol(store)
    store.remove_subscriber(person.id, NOW)
    with pytest.raises(StorageError, match="they have left"):
        store.update_subscriber(replace(person, name="Ada"))
    assert store.subscriber(person.id).status is SubscriberStatus.GONE


def test_who_left_may_come_back_with_their_past(store: Store) -> None:
    one = paper(revision=2)
    ingest_new(store, one, paper())
    person = enrol(store, interests=WISHES)
    publish(store, person, one)
    assert store.remove_subscriber(person.id, NOW)
    assert not store.remove_subscriber(person.id, NOW)
    assert store.subscriber(person.id).status is SubscriberStatus.GONE
    again = enrol(store, address=person.address.upper(), name="Back", interests=WISHES[:1])
    assert (again.id, again.cutoff) == (person.id, 1)
    assert store.subscribers() == [again]
    assert store.picked(again.id, [one.key]) == {one.key: 2}


@pytest.mark.parametrize("claimed", [False, True])
def test_leaving_cancels_what_waits(store: Store, claimed: bool) -> None:
    people = [enrol(store), enrol(store)]
    for person in people:
        store.publish(edition(id=0, subscriber_id=person.id, through_snapshot=0), TOMORROW, delivery())
    work = store.claim(NOW, LEASE, 10, "w") if claimed else []
    store.remove_subscriber(people[0].id, NOW)
    rest = DeliveryStatus.CLAIMED if claimed else DeliveryStatus.PENDING
    assert store.delivery_counts() == {DeliveryStatus.CANCELLED: 1, rest: 1}
    assert [store.step(d.id, "w", DeliveryStatus.SENDING) for d in work] == [False, True][: len(work)]


def test_leaving_does_not_call_back_what_is_being_sent(store: Store) -> None:
    person = enrol(store)
    store.publish(edition(id=0, subscriber_id=person.id, through_snapshot=0), TOMORROW, delivery())
    work = store.claim(NOW, LEASE, 1, "w")[0]
    store.step(work.id, "w", DeliveryStatus.SENDING)
    store.remove_subscriber(person.id, NOW)
    assert store.step(work.id, "w", DeliveryStatus.DOT_SENT)


def test_pauses_end(store: Store) -> None:
    over = enrol(store, status=SubscriberStatus.PAUSED, paused_until=NOW)
    later = enrol(store, status=SubscriberStatus.PAUSED, paused_until=NOW + HOUR)
    endless = enrol(store, status=SubscriberStatus.PAUSED)
    assert store.resume(NOW) == 1
    assert store.resume(NOW) == 0
    assert store.subscribers(SubscriberStatus.ACTIVE) == [
        replace(over, status=SubscriberStatus.ACTIVE, paused_until=None)
    ]
    assert store.subscribers(SubscriberStatus.PAUSED) == [later, endless]


def test_newcomers_are_due_first_then_the_longest_overdue(store: Store) -> None:
    late = enrol(store, next_due_at=NOW)
    enrol(store, next_due_at=NOW + timedelta(microseconds=1))
    later = enrol(store, next_due_at=NOW - HOUR)
    newcomer = enrol(store)
    enrol(store, status=SubscriberStatus.PENDING)
    enrol(store, status=SubscriberStatus.PAUSED, next_due_at=NOW - HOUR)
    assert store.due(NOW) == [newcomer, later, late]


def test_a_first_due_time_is_given_once(store: Store) -> None:
    person = enrol(store)
    assert store.schedule(person.id, TOMORROW)
    assert not store.schedule(person.id, NOW)
    assert store.subscriber(person.id).next_due_at == TOMORROW


def test_next_due(store: Store) -> None:
    assert store.next_due() is None
    enrol(store)
    assert store.next_due() is None
    enrol(store, next_due_at=NOW, status=SubscriberStatus.PAUSED)
    enrol(store, next_due_at=TOMORROW)
    first = enrol(store, next_due_at=NOW + HOUR)
    assert store.next_due() == (first, NOW + HOUR)


def test_many_subscribers_are_read_with_their_own_interests(store: Store) -> None:
    people = [enrol(store, interests=WISHES[n % 3 : n % 3 + 2]) for n in range(12)]
    assert store.subscribers() == people
