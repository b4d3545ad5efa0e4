"""The store's contract: those who leave, change their mind, or want to be forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import StorageError
from digest.model import (
    BounceKind,
    DeliveryKind,
    DeliveryStatus,
    Feedback,
    Interest,
    InterestKind,
    Opinion,
    Outcome,
    Subscriber,
    SubscriberStatus,
    Suppression,
    SuppressionReason,
)
from tests.factories import NOW, paper
from tests.storage.joining import ask, newcomer, put_letter
from tests.storage.steps import ACCEPTED, LEASE, TOMORROW, current, enrol, hash_of, ingest_new, put_in_outbox, send

if TYPE_CHECKING:
    from digest.storage import Store

S = DeliveryStatus
K = DeliveryKind
WEEK = timedelta(days=7)
ADA = "ada@example.test"
REFUSED = Outcome(S.FAILED, 550, f"<{ADA}> is unknown here")


def reader(store: Store) -> Subscriber:
    """Somebody who joined by themselves and left traces everywhere."""
    asked, _ = ask(store)
    wishes = {"name": "Ada", "zone": "Europe/Rome", "send_at": time(6, 30), "max_papers": 7, "next_due_at": TOMORROW}
    terms = (Interest(InterestKind.WORDS, "graphs"), Interest(InterestKind.AUTHOR, "Ada", excluded=True))
    person = store.confirm(asked.id, newcomer(**wishes, interests=terms), NOW, "198.51.100.0/24")
    assert person is not None
    store.set_feedback(Feedback(person.id, paper(), Opinion.LIKED, NOW, "web"))
    one = paper()
    ingest_new(store, one)
    send(store, one, person=person, outcome=REFUSED)
    put_in_outbox(store, person=person)
    put_letter(store, K.ANSWER, person, content={"lines": ["your interests: graphs"]})
    return person


def test_nothing_tells_who_was_erased(store: Store) -> None:
    person = reader(store)
    request, _ = ask(store)
    numbers = [d.id for d in store.deliveries()]
    assert store.erase_subscriber(person.id, NOW)
    blank = Subscriber(person.id, "", SubscriberStatus.GONE, cutoff=store.subscriber(person.id).cutoff)
    assert store.subscribers() == [blank]
    assert store.subscriber_by_address(ADA) is None
    assert store.subscriber_by_address("") is None
    assert (store.feedback([person.id]), store.consents(person.id), store.confirmation(request.id)) == ({}, [], None)
    assert [edition.picks for edition in store.editions(person.id)] == [(), ()]
    assert [d.id for d in store.deliveries()] == numbers
    kept = {(d.recipient, d.address_hash, d.last_error, str(d.content)) for d in store.deliveries()}
    assert kept == {("", "", "", "{}")}
    assert store.delivery_counts() == {S.FAILED: 1, S.CANCELLED: 4}
    assert store.claim(NOW, LEASE, 9, "w") == []


@pytest.mark.parametrize("outcome", [REFUSED, replace(REFUSED, status=S.DEFERRED, retry_at=NOW)])
def test_who_is_erased_while_a_mail_is_on_its_way_is_not_written_down_again(store: Store, outcome: Outcome) -> None:
    person = enrol(store, address=ADA)
    sending, dotted = (put_in_outbox(store, person=person).id for _ in range(2))
    store.claim(NOW, LEASE, 9, "w")
    for number in (sending, dotted):
        assert store.step(number, "w", S.SENDING)
    assert store.step(dotted, "w", S.DOT_SENT)
    assert store.erase_subscriber(person.id, NOW)
    assert not store.step(sending, "w", S.DOT_SENT)
    told = replace(outcome, bounce=BounceKind.HARD)
    settled = [store.settle(n, "w", told, NOW, lambda *_: SuppressionReason.DEAD) for n in (sending, dotted)]
    assert settled == [False, True]
    assert {(d.recipient, d.address_hash, d.last_error) for d in store.deliveries()} == {("", "", "")}
    assert (store.claim(NOW, LEASE, 9, "w"), store.recent_bounces(), store.suppressions()) == ([], [], [])
    assert not any(store.requeue(n, NOW, TOMORROW) for n in (sending, dotted))


def test_nobody_is_erased_twice_or_for_another(store: Store) -> None:
    person = reader(store)
    (other_request, letter), other = ask(store, "eve@example.test"), enrol(store, address="bob@example.test")
    waiting = put_in_outbox(store, person=other)
    assert store.erase_subscriber(person.id, NOW)
    assert not store.erase_subscriber(person.id, NOW + WEEK)
    assert not store.erase_subscriber(99, NOW)
    assert store.subscriber(other.id) == replace(other, next_due_at=TOMORROW)
    assert store.confirmation(other_request.id) == other_request
    assert [current(store, d.id) for d in (letter, waiting)] == [letter, waiting]


def test_two_are_erased(store: Store) -> None:
    people = [enrol(store), enrol(store)]
    assert [store.erase_subscriber(person.id, NOW) for person in people] == [True, True]
    assert {person.address for person in store.subscribers(SubscriberStatus.GONE)} == {""}


def test_a_request_is_forgotten_though_nothing_was_ever_sent(store: Store) -> None:
    person = enrol(store, address="Ada@Example.test")
    store.remove_subscriber(person.id, NOW)
    asked, letter = ask(store)
    store.erase_subscriber(person.id, NOW)
    assert store.confirmation(asked.id) is None
    assert (current(store, letter.id).status, current(store, letter.id).recipient) == (S.CANCELLED, "")


def test_who_left_long_ago_may_be_erased_too(store: Store) -> None:
    person = reader(store)
    store.remove_subscriber(person.id, NOW)
    assert store.erase_subscriber(person.id, NOW + WEEK)
    assert store.subscriber(person.id).address == ""


def test_who_was_erased_may_come_again_as_somebody_new(store: Store) -> None:
    person = reader(store)
    store.erase_subscriber(person.id, NOW)
    again = enrol(store, address=ADA)
    assert again.id != person.id
    assert store.edition_ids(again.id) == []
    assert store.subscriber_by_address(ADA) == again


def test_who_was_erased_does_not_come_back_by_old_links(store: Store) -> None:
    person = reader(store)
    store.erase_subscriber(person.id, NOW)
    assert not store.revive(person.id, NOW - WEEK, TOMORROW, NOW)
    with pytest.raises(StorageError, match="they have left"):
        store.update_subscriber(person)
    for delivery in store.deliveries():
        assert not store.requeue(delivery.id, NOW, TOMORROW)


def test_what_went_out_just_before_is_settled_without_a_trace(store: Store) -> None:
    person = enrol(store, address=ADA)
    held = put_in_outbox(store, person=person)
    store.claim(NOW, LEASE, 9, "w")
    for step in (S.SENDING, S.DOT_SENT):
        store.step(held.id, "w", step)
    store.erase_subscriber(person.id, NOW)
    assert (current(store, held.id).status, current(store, held.id).recipient) == (S.DOT_SENT, "")
    assert store.settle(held.id, "w", ACCEPTED, NOW)


def test_a_suppression_outlives_the_subscriber(store: Store) -> None:
    person = reader(store)
    store.suppress(Suppression(hash_of(ADA), SuppressionReason.COMPLAINT, NOW))
    store.erase_subscriber(person.id, NOW)
    assert store.suppression(hash_of(ADA)) is not None


def test_a_departure_is_undone(store: Store) -> None:
    person = enrol(store, interests=(Interest(InterestKind.WORDS, "graphs"),), name="Ada")
    store.remove_subscriber(person.id, NOW)
    assert store.revive(person.id, NOW, TOMORROW, NOW + WEEK)
    assert store.subscribers() == [replace(person, next_due_at=TOMORROW)]
    assert not store.revive(person.id, NOW, TOMORROW, NOW + WEEK)
    assert store.remove_subscriber(person.id, NOW)


def test_a_pause_is_over_when_a_departure_is_undone(store: Store) -> None:
    person = enrol(store, status=SubscriberStatus.PAUSED, paused_until=TOMORROW)
    store.remove_subscriber(person.id, NOW)
    assert store.revive(person.id, NOW, None, NOW)
    assert store.subscriber(person.id) == replace(person, status=SubscriberStatus.ACTIVE, paused_until=None)


def test_only_a_late_departure_is_undone(store: Store) -> None:
    person, here = enrol(store), enrol(store)
    store.remove_subscriber(person.id, NOW)
    assert not store.revive(person.id, NOW + timedelta(seconds=1), None, NOW + WEEK)
    assert not store.revive(here.id, NOW - WEEK, None, NOW)
    assert not store.revive(99, NOW - WEEK, None, NOW)
    assert store.subscriber(person.id).status is SubscriberStatus.GONE


def test_what_a_departure_cancelled_comes_with_the_next_edition(store: Store) -> None:
    one = paper()
    ingest_new(store, one)
    person = enrol(store)
    put_in_outbox(store, one, person=person)
    store.remove_subscriber(person.id, NOW)
    store.revive(person.id, NOW, NOW, NOW)
    assert store.claim(NOW, LEASE, 9, "w") == []
    assert (store.subscriber(person.id).cutoff, store.picked(person.id, [one.key])) == (0, {})
