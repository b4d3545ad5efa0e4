"""The store's contract: deliveries found and counted, and those that an operator has tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.model import DeliveryStatus, Freshness, Outcome, SubscriberStatus, Suppression, SuppressionReason
from tests.factories import NOW, paper
from tests.storage.steps import ACCEPTED, LEASE, change, current, enrol, ingest, ingest_new, put_in_outbox, send

if TYPE_CHECKING:
    from digest.storage import Store

S = DeliveryStatus
DAY = timedelta(days=1)
REFUSED = Outcome(S.FAILED, 554, "not today")
UNSURE = Outcome(S.UNKNOWN, 0, "the line broke")
LATER = Outcome(S.DEFERRED, 451, "busy", retry_at=NOW + DAY)


def test_a_delivery_is_found_by_its_id_and_by_its_message_id(store: Store) -> None:
    one, other = put_in_outbox(store), put_in_outbox(store)
    assert (store.delivery(one.id), store.delivery(other.id)) == (one, other)
    assert store.delivery_by_message_id(one.message_id) == one
    assert store.delivery(other.id + 1) is None
    for unknown in ("", "<x@y.test>", one.message_id[1:-1], "\x00", one.message_id * 1_000):
        assert store.delivery_by_message_id(unknown) is None


def test_a_delivery_keeps_the_hash_of_its_address(store: Store) -> None:
    assert put_in_outbox(store, address_hash="0f" * 16).address_hash == "0f" * 16
    assert [d.address_hash for d in store.claim(NOW, LEASE, 1, "w")] == ["0f" * 16]


def test_deliveries_to_one_domain(store: Store) -> None:
    one = put_in_outbox(store, recipient="a@One.Test")
    put_in_outbox(store, recipient="a@two.test")
    assert store.deliveries(domain="one.test") == [one]
    assert store.deliveries(S.FAILED, domain="one.test") == []
    assert store.deliveries(domain="test") == []


def test_the_accepted_and_the_failed_are_counted_by_their_time(store: Store) -> None:
    assert (store.first_accepted(), store.accepted_since(NOW), store.failed_since(NOW)) == (None, 0, 0)
    for days in (2, 0, 1):
        send(store, now=NOW + days * DAY)
        send(store, now=NOW + days * DAY, outcome=REFUSED)
    send(store, outcome=UNSURE)
    assert store.first_accepted() == NOW
    assert [store.accepted_since(NOW + n * DAY) for n in range(4)] == [3, 2, 1, 0]
    assert [store.failed_since(NOW + n * DAY) for n in range(4)] == [3, 2, 1, 0]


@pytest.mark.parametrize("outcome", [REFUSED, UNSURE, LATER, Outcome(S.EXPIRED)])
def test_what_did_not_get_through_may_be_tried_again(store: Store, outcome: Outcome) -> None:
    number = put_in_outbox(store).id
    store.claim(NOW, LEASE, 1, "w")
    store.step(number, "w", S.SENDING)
    assert store.settle(number, "w", outcome, NOW)
    assert store.requeue(number, NOW + 3 * DAY, NOW + 4 * DAY)
    again = current(store, number)
    assert (again.status, again.due_at, again.expires_at) == (S.PENDING, NOW + 3 * DAY, NOW + 4 * DAY)
    assert (again.claimed_by, again.attempts, again.last_error) == ("", 1, outcome.text)
    assert [d.id for d in store.claim(NOW + 3 * DAY, LEASE, 1, "w")] == [number]
    assert not store.requeue(number, NOW, NOW + DAY)


def test_what_got_through_or_waits_or_was_called_off_is_not_tried_again(store: Store) -> None:
    done, waiting = send(store), put_in_outbox(store)
    person = enrol(store)
    off = put_in_outbox(store, person=person)
    store.remove_subscriber(person.id, NOW)
    for number in (done.id, waiting.id, off.id, off.id + 1):
        assert not store.requeue(number, NOW, NOW + DAY)
    assert current(store, done.id) == done


@pytest.mark.parametrize("status", [s for s in SubscriberStatus if s is not SubscriberStatus.ACTIVE])
def test_nothing_is_tried_again_for_those_who_stopped_reading(store: Store, status: SubscriberStatus) -> None:
    person = enrol(store)
    failed = send(store, person=person, outcome=REFUSED)
    store.update_subscriber(replace(person, status=status))
    assert not store.requeue(failed.id, NOW, NOW + DAY)
    assert current(store, failed.id).status is S.FAILED


def test_nothing_is_tried_again_for_the_suppressed(store: Store) -> None:
    failed = send(store, outcome=REFUSED)
    store.suppress(Suppression(failed.address_hash, SuppressionReason.DEAD, NOW))
    assert not store.requeue(failed.id, NOW, NOW + DAY)
    store.lift(failed.address_hash)
    assert store.requeue(failed.id, NOW, NOW + DAY)


def test_what_may_have_arrived_is_resent_once_by_the_operator_alone(store: Store) -> None:
    number = send(store, outcome=UNSURE).id
    assert store.requeue(number, NOW, NOW + DAY)
    store.claim(NOW, LEASE, 1, "w")
    store.step(number, "w", S.SENDING)
    assert store.settle(number, "w", replace(UNSURE, retry_at=NOW + DAY), NOW)
    assert current(store, number).status is S.UNKNOWN


@pytest.mark.parametrize("outcome", [REFUSED, Outcome(S.EXPIRED), Outcome(S.CANCELLED)])
def test_papers_of_an_edition_that_was_never_sent_were_not_had(store: Store, outcome: Outcome) -> None:
    one, two = paper(), paper()
    ingest_new(store, one, two)
    person = enrol(store)
    number = put_in_outbox(store, one, person=person).id
    assert store.picked(person.id, [one.key, two.key]) == {one.key: 0}
    store.claim(NOW, LEASE, 1, "w")
    assert store.picked(person.id, [one.key]) == {one.key: 0}
    assert store.settle(number, "w", outcome, NOW)
    assert store.picked(person.id, [one.key, two.key]) == {}
    assert send(store, two, person=person).status is S.ACCEPTED
    assert store.picked(person.id, [one.key, two.key]) == {two.key: 0}


@pytest.mark.parametrize("outcome", [ACCEPTED, UNSURE, LATER, replace(UNSURE, retry_at=NOW)])
def test_papers_that_went_out_or_may_still_do_so_were_had(store: Store, outcome: Outcome) -> None:
    one = paper()
    ingest_new(store, one)
    person = enrol(store)
    send(store, one, person=person, outcome=outcome)
    assert store.picked(person.id, [one.key]) == {one.key: 0}


@pytest.mark.parametrize("end", ["expired", "cancelled", "failed"])
def test_papers_that_may_have_arrived_were_had_whatever_became_of_the_second_try(store: Store, end: str) -> None:
    one = paper()
    ingest_new(store, one)
    person = enrol(store)
    number = send(store, one, person=person, outcome=replace(UNSURE, retry_at=NOW)).id
    if end == "expired":
        assert store.expire(NOW + LEASE) == 1
    elif end == "cancelled":
        store.remove_subscriber(person.id, NOW)
    else:
        store.claim(NOW, LEASE, 1, "w")
        assert store.settle(number, "w", REFUSED, NOW)
    assert current(store, number).status.value == end
    assert store.picked(person.id, [one.key]) == {one.key: 0}


def test_a_process_that_died_after_the_dot_may_have_sent(store: Store) -> None:
    one = paper()
    ingest_new(store, one)
    person = enrol(store)
    number = put_in_outbox(store, one, person=person).id
    store.claim(NOW, LEASE, 1, "dead")
    for step in (S.SENDING, S.DOT_SENT):
        store.step(number, "dead", step)
    store.recover(NOW, {"dead"}, True)
    store.expire(NOW + 9 * DAY)
    assert current(store, number).status is S.EXPIRED
    assert store.picked(person.id, [one.key]) == {one.key: 0}


def test_an_edition_is_not_tried_again_when_a_later_one_holds_its_papers(store: Store) -> None:
    one, two = paper(revision=1), paper(revision=1)
    ingest_new(store, one, two)
    person, other = enrol(store), enrol(store)
    first = send(store, one, two, person=person, outcome=REFUSED)
    same = send(store, one, person=other, outcome=REFUSED)
    send(store, two, person=person)
    assert not store.requeue(first.id, NOW, NOW + DAY)
    assert store.requeue(same.id, NOW, NOW + DAY)


def test_a_newer_version_in_a_later_edition_is_another_thing(store: Store) -> None:
    one = paper(revision=1)
    ingest_new(store, one)
    person = enrol(store)
    first = send(store, one, person=person, outcome=REFUSED)
    newer = replace(one, revision=2)
    ingest(store, change(newer, Freshness.REVISED))
    send(store, newer, person=person)
    assert store.requeue(first.id, NOW, NOW + DAY)
    assert [pick.paper for pick in store.edition(first.edition_id).picks] == [one]
