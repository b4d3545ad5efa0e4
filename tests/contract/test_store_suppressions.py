"""The store's contract: suppressions, which win over whatever waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.model import Bounce, BounceKind, DeliveryStatus, Suppression, SuppressionReason
from tests.factories import NOW
from tests.storage.steps import LEASE, current, enrol, hash_of, put_in_outbox

if TYPE_CHECKING:
    from digest.storage import Store

S = DeliveryStatus
R = SuppressionReason
MINUTE = timedelta(minutes=1)
DEAD = Suppression("a1", R.DEAD, NOW, "5.1.1 no such user")


def of(address: str, reason: SuppressionReason = R.DEAD) -> Suppression:
    return Suppression(hash_of(address), reason, NOW)


def test_a_suppression_is_kept_as_it_was_first_told(store: Store) -> None:
    assert store.suppression("a1") is None
    assert store.suppress(DEAD)
    assert not store.suppress(DEAD)
    assert not store.suppress(Suppression("a1", R.OPERATOR, NOW + MINUTE, "on the phone"))
    assert store.suppression("a1") == DEAD
    assert store.suppression("a") is None
    assert store.counts()["suppressions"] == 1


def test_a_complaint_takes_the_place_of_another_reason(store: Store) -> None:
    complaint = Suppression("a1", R.COMPLAINT, NOW + MINUTE, "abuse")
    store.suppress(DEAD)
    assert store.suppress(complaint)
    assert not store.suppress(complaint)
    assert not store.suppress(replace(DEAD, since=NOW + 2 * MINUTE))
    assert store.suppression("a1") == complaint


def test_no_address_is_never_suppressed(store: Store) -> None:
    with pytest.raises(ValueError, match="the hash of an address"):
        store.suppress(Suppression("", R.OPERATOR, NOW))
    assert store.suppressions() == []


def test_suppressions_are_listed_newest_first(store: Store) -> None:
    made = [Suppression(f"a{n}", R.BOUNCES, NOW + n * MINUTE) for n in (2, 0, 1)]
    for one in made:
        store.suppress(one)
    assert store.suppressions() == [made[0], made[2], made[1]]
    assert store.suppressions(2) == [made[0], made[2]]


def test_words_are_storable(store: Store) -> None:
    store.suppress(replace(DEAD, detail="\x00\udcff é"))
    found = store.suppression("a1")
    assert found is not None
    assert found.detail == "\ufffd\ufffd é"


def test_lifting_starts_anew(store: Store) -> None:
    for address in ("a1", "a2"):
        store.suppress(replace(DEAD, address_hash=address))
        store.bounced(Bounce(address, BounceKind.HARD, NOW), NOW, lambda *_: None)
    assert store.lift("a1")
    assert not store.lift("a1")
    assert (store.suppression("a1"), store.bounces("a1")) == (None, [])
    assert store.suppressions() == [replace(DEAD, address_hash="a2")]
    assert len(store.bounces("a2")) == 1
    assert store.suppress(DEAD)


def test_what_is_published_for_the_suppressed_is_cancelled_when_it_is_claimed(store: Store) -> None:
    person = enrol(store)
    store.suppress(of(person.address, R.BOUNCES))
    theirs, other = put_in_outbox(store, person=person), put_in_outbox(store)
    assert [d.id for d in store.claim(NOW, LEASE, 10, "w")] == [other.id]
    cancelled = current(store, theirs.id)
    assert (cancelled.status, cancelled.last_error) == (S.CANCELLED, "suppressed: bounces")
    assert cancelled.lease_until is None
    assert store.claimants() == ["w"]


def test_what_waits_is_cancelled_by_the_suppression(store: Store) -> None:
    person = enrol(store)
    deferred, claimed, pending = (put_in_outbox(store, person=person) for _ in range(3))
    taken = store.claim(NOW, LEASE, 2, "w")
    assert [d.id for d in taken] == [deferred.id, claimed.id]
    assert store.step(deferred.id, "w", S.SENDING)
    store.suppress(of(person.address, R.COMPLAINT))
    assert [current(store, d.id).status for d in (deferred, claimed, pending)] == [S.SENDING, S.CANCELLED, S.CANCELLED]
    assert current(store, claimed.id).last_error == "suppressed: complaint"
    assert not store.step(claimed.id, "w", S.SENDING)


def test_the_suppressed_do_not_stand_before_the_others(store: Store) -> None:
    people = [enrol(store) for _ in range(3)]
    for person in people:
        store.suppress(of(person.address))
        put_in_outbox(store, person=person)
    last = put_in_outbox(store)
    assert [d.id for d in store.claim(NOW, LEASE, 1, "w")] == [last.id]
    assert store.claim(NOW, LEASE, 1, "w") == []
    assert store.delivery_counts() == {S.CANCELLED: 3, S.CLAIMED: 1}


def test_what_left_and_was_suppressed_says_so(store: Store) -> None:
    person = enrol(store)
    waiting = put_in_outbox(store, person=person)
    store.remove_subscriber(person.id, NOW)
    assert store.suppress(of(person.address))
    assert current(store, waiting.id).status is S.CANCELLED
    assert store.subscriber(person.id).address == person.address


def test_an_address_that_was_lifted_gets_mail_again(store: Store) -> None:
    person = enrol(store)
    store.suppress(of(person.address))
    first = put_in_outbox(store, person=person)
    assert store.claim(NOW, LEASE, 1, "w") == []
    store.lift(hash_of(person.address))
    second = put_in_outbox(store, person=person)
    assert [d.id for d in store.claim(NOW, LEASE, 9, "w")] == [second.id]
    assert current(store, first.id).status is S.CANCELLED
