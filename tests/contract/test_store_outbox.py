"""The store's contract: the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.model import Delivery, DeliveryStatus, Outcome, SubscriberStatus
from digest.storage import Recovered
from tests.factories import NOW
from tests.storage.steps import ACCEPTED, LEASE, current, put_in_outbox

if TYPE_CHECKING:
    from digest.storage import Store

S = DeliveryStatus
MINUTE = timedelta(minutes=1)
RANKS = (S.CLAIMED, S.SENDING, S.DOT_SENT)


def claim(store: Store, worker: str = "w", limit: int = 10) -> list[Delivery]:
    return store.claim(NOW, LEASE, limit, worker)


def bring_to(store: Store, status: DeliveryStatus, worker: str = "w") -> int:
    """The id of a new delivery that `worker` holds in that status."""
    put_in_outbox(store)
    number = claim(store, worker)[0].id
    for step in RANKS[1 : RANKS.index(status) + 1]:
        assert store.step(number, worker, step)
    return number


def test_claims_take_the_longest_due_first_and_only_once(store: Store) -> None:
    late, later, latest = (put_in_outbox(store, due_at=NOW - n * MINUTE) for n in (1, 3, 2))
    put_in_outbox(store, due_at=NOW + timedelta(microseconds=1))
    put_in_outbox(store, due_at=NOW - MINUTE, expires_at=NOW)
    taken = claim(store, limit=2)
    assert [d.id for d in taken] == [later.id, latest.id]
    assert {(d.status, d.claimed_by, d.lease_until, d.attempts) for d in taken} == {(S.CLAIMED, "w", NOW + LEASE, 0)}
    assert [d.id for d in claim(store, "v")] == [late.id]
    assert claim(store, "v") == []
    assert store.claimants() == ["v", "w"]


@pytest.mark.parametrize("status", [SubscriberStatus.PAUSED, SubscriberStatus.GONE])
def test_nothing_is_claimed_for_those_who_stopped_reading(store: Store, status: SubscriberStatus) -> None:
    waiting, other = put_in_outbox(store), put_in_outbox(store)
    person = store.subscriber_by_address(waiting.recipient)
    assert person is not None
    store.update_subscriber(replace(person, status=status))
    assert [d.id for d in claim(store)] == [other.id]
    assert current(store, waiting.id).status is S.CANCELLED


def test_those_who_left_do_not_stand_before_those_who_stayed(store: Store) -> None:
    for waiting in [put_in_outbox(store) for _ in range(3)]:
        person = store.subscriber_by_address(waiting.recipient)
        assert person is not None
        store.update_subscriber(replace(person, status=SubscriberStatus.PAUSED))
    last = put_in_outbox(store)
    assert [d.id for d in claim(store, limit=1)] == [last.id]
    assert claim(store, limit=1) == []
    assert store.delivery_counts() == {S.CANCELLED: 3, S.CLAIMED: 1}


def test_the_way_to_accepted(store: Store) -> None:
    put_in_outbox(store)
    number = claim(store)[0].id
    assert store.step(number, "w", S.SENDING)
    assert current(store, number).attempts == 1
    assert store.step(number, "w", S.DOT_SENT)
    assert store.settle(number, "w", ACCEPTED, NOW + MINUTE)
    done = current(store, number)
    assert (done.status, done.attempts, done.sent_at) == (S.ACCEPTED, 1, NOW + MINUTE)
    assert (done.last_code, done.last_error, done.queue_id, done.lease_until) == (250, "", "4FzX1", None)
    assert store.claimants() == []
    assert claim(store) == []


def test_steps_are_taken_in_order_by_the_claimant(store: Store) -> None:
    put_in_outbox(store)
    number = claim(store)[0].id
    assert not store.step(number, "w", S.DOT_SENT)
    assert not store.step(number, "v", S.SENDING)
    assert not store.step(number + 1, "w", S.SENDING)
    assert store.step(number, "w", S.SENDING)
    assert not store.step(number, "w", S.SENDING)
    assert not store.step(number, "v", S.DOT_SENT)
    assert current(store, number).attempts == 1


@pytest.mark.parametrize("status", RANKS)
def test_only_the_claimant_settles_and_only_once(store: Store, status: DeliveryStatus) -> None:
    number = bring_to(store, status)
    refused = Outcome(S.FAILED, 550, "no such user")
    assert not store.settle(number, "v", refused, NOW)
    assert current(store, number).status is status
    assert store.settle(number, "w", refused, NOW)
    assert not store.settle(number, "w", refused, NOW)
    assert not store.settle(number, "w", ACCEPTED, NOW)
    failed = current(store, number)
    assert (failed.status, failed.last_code, failed.last_error) == (S.FAILED, 550, "no such user")
    assert failed.sent_at is None


def test_nothing_is_accepted_before_it_was_sent(store: Store) -> None:
    assert not store.settle(bring_to(store, S.CLAIMED), "w", ACCEPTED, NOW)


@pytest.mark.parametrize("outcome", [Outcome(S.PENDING), Outcome(S.SENDING), Outcome(S.DEFERRED, 451)])
def test_what_is_no_outcome_is_refused(store: Store, outcome: Outcome) -> None:
    with pytest.raises(ValueError, match="not an outcome"):
        store.settle(1, "w", outcome, NOW)


def test_a_deferral_waits_for_its_time(store: Store) -> None:
    number = bring_to(store, S.SENDING)
    later = NOW + 5 * MINUTE
    assert store.settle(number, "w", Outcome(S.DEFERRED, 451, "4.7.1 greylisted", retry_at=later), NOW)
    assert claim(store) == []
    assert store.claimants() == []
    again = store.claim(later, LEASE, 10, "v")
    assert [(d.id, d.attempts, d.last_code, d.last_error) for d in again] == [(number, 1, 451, "4.7.1 greylisted")]
    assert store.step(number, "v", S.SENDING)
    assert current(store, number).attempts == 2


def test_words_of_servers_are_bounded_and_storable(store: Store) -> None:
    number = bring_to(store, S.SENDING)
    store.settle(number, "w", Outcome(S.FAILED, 554, "\x00\udcff" + "x" * 100_000), NOW)
    assert current(store, number).last_error == "\ufffd\ufffd" + "x" * 998


def test_release_gives_back_what_was_not_sent(store: Store) -> None:
    theirs = bring_to(store, S.CLAIMED, "v")
    mine = [bring_to(store, status) for status in RANKS]
    assert store.release("w") == 2
    assert store.release("w") == 0
    assert [current(store, n).status for n in (*mine, theirs)] == [S.PENDING, S.PENDING, S.DOT_SENT, S.CLAIMED]
    assert [current(store, n).attempts for n in mine] == [0, 0, 1]
    assert [d.id for d in claim(store, "u")] == mine[:2]


@pytest.mark.parametrize("how", ["lease", "death"])
def test_recovery_frees_what_was_not_sent(store: Store, how: str) -> None:
    held = [bring_to(store, status, "gone") for status in RANKS]
    if how == "death":
        alive = [bring_to(store, status, "alive") for status in RANKS]
        assert store.recover(NOW, {"gone"}, False) == Recovered(freed=2, unknown=1)
        assert [current(store, n).status for n in alive] == list(RANKS)
    else:
        assert store.recover(NOW + LEASE - MINUTE, (), False) == Recovered()
        assert store.recover(NOW + LEASE, (), False) == Recovered(freed=2, unknown=1)
    assert [current(store, n).status for n in held] == [S.PENDING, S.PENDING, S.UNKNOWN]
    assert [current(store, n).attempts for n in held] == [0, 1, 1]
    assert store.recover(NOW, {"gone"}, True) == Recovered()


def test_a_lease_that_ran_out_is_lost_to_its_worker(store: Store) -> None:
    number = bring_to(store, S.SENDING, "slow")
    store.recover(NOW + LEASE, (), False)
    assert not store.step(number, "slow", S.DOT_SENT)
    assert not store.settle(number, "slow", ACCEPTED, NOW)
    assert claim(store, "quick") == []
    assert [d.id for d in store.claim(NOW + LEASE, LEASE, 10, "quick")] == [number]


def test_what_was_interrupted_goes_behind_the_others(store: Store) -> None:
    number = bring_to(store, S.SENDING, "dead")
    other = put_in_outbox(store, due_at=NOW)
    store.recover(NOW + MINUTE, {"dead"}, True)
    assert [d.id for d in store.claim(NOW + MINUTE, LEASE, 10, "w")] == [other.id, number]


def test_what_was_past_the_dot_is_resent_once_by_policy(store: Store) -> None:
    number = bring_to(store, S.DOT_SENT, "dead")
    message_id = current(store, number).message_id
    assert store.recover(NOW, {"dead"}, True) == Recovered(resent=1)
    again = claim(store, "next")[0]
    assert (again.id, again.message_id, again.attempts) == (number, message_id, 1)
    assert store.step(number, "next", S.SENDING)
    assert store.step(number, "next", S.DOT_SENT)
    assert store.recover(NOW, {"next"}, True) == Recovered(unknown=1)
    assert current(store, number).status is S.UNKNOWN


def test_a_late_reply_settles_the_unknown(store: Store) -> None:
    number = bring_to(store, S.DOT_SENT, "slow")
    store.recover(NOW + LEASE, (), False)
    assert not store.settle(number, "other", ACCEPTED, NOW)
    assert store.settle(number, "slow", ACCEPTED, NOW)
    assert current(store, number).status is S.ACCEPTED


def test_editions_that_nobody_waits_for_expire(store: Store) -> None:
    over, deferred = (put_in_outbox(store, expires_at=NOW) for _ in range(2))
    number = bring_to(store, S.CLAIMED)
    assert store.settle(number, "w", Outcome(S.DEFERRED, 451, retry_at=NOW + 30 * MINUTE), NOW)
    assert store.expire(NOW) == 2
    assert [current(store, d.id).status for d in (over, deferred)] == [S.EXPIRED] * 2
    bring_to(store, S.CLAIMED)
    assert store.expire(NOW + timedelta(days=2)) == 1
    assert store.delivery_counts() == {S.EXPIRED: 3, S.CLAIMED: 1}


def test_deliveries_are_listed_newest_first(store: Store) -> None:
    made = [put_in_outbox(store) for _ in range(4)]
    claim(store, limit=1)
    assert [d.id for d in store.deliveries(limit=3)] == [d.id for d in reversed(made[1:])]
    assert store.deliveries(S.PENDING, 2) == [made[3], made[2]]
    assert [d.id for d in store.deliveries(S.CLAIMED)] == [made[0].id]
    assert store.delivery_counts() == {S.CLAIMED: 1, S.PENDING: 3}
