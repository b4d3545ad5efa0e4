"""The store's contract: domains that refuse our mail are left alone for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.model import DeliveryStatus, DomainPause
from tests.factories import NOW
from tests.storage.steps import LEASE, current, put_in_outbox

if TYPE_CHECKING:
    from digest.storage import Store

S = DeliveryStatus
HOUR = timedelta(hours=1)


def pause(strikes: int) -> timedelta:
    return strikes * HOUR


def test_a_strike_pauses_a_domain_and_the_next_one_for_longer(store: Store) -> None:
    first = store.strike("Refusing.test", "5.7.1 blocked", NOW, pause)
    assert first == DomainPause("refusing.test", NOW + HOUR, "5.7.1 blocked", NOW, 1)
    assert store.pauses(NOW) == [first]
    assert store.pauses(NOW + HOUR) == []
    second = store.strike("refusing.TEST", "still", NOW + HOUR, pause)
    assert second == DomainPause("refusing.test", NOW + 3 * HOUR, "still", NOW, 2)
    assert store.pauses(NOW + HOUR) == [second]


def test_while_a_pause_runs_no_strike_counts(store: Store) -> None:
    first = store.strike("a.test", "no", NOW, pause)
    assert store.strike("a.test", "no again", NOW + HOUR / 2, pause) == first
    assert store.strike("b.test", "no", NOW, pause).strikes == 1
    assert [p.domain for p in store.pauses(NOW)] == ["a.test", "b.test"]


def test_pauses_are_listed_the_longest_first(store: Store) -> None:
    for name, hours in (("a.test", 1), ("b.test", 3), ("c.test", 2)):
        store.strike(name, "no", NOW, lambda _, hours=hours: hours * HOUR)
    assert [p.domain for p in store.pauses(NOW)] == ["b.test", "c.test", "a.test"]


def test_a_domain_that_took_mail_starts_anew(store: Store) -> None:
    assert not store.clear_strikes("a.test")
    store.strike("a.test", "no", NOW, pause)
    store.strike("a.test", "no", NOW + HOUR, pause)
    assert store.clear_strikes("A.test")
    assert not store.clear_strikes("a.test")
    later = NOW + 9 * HOUR
    assert store.strike("a.test", "no", later, pause) == DomainPause("a.test", later + HOUR, "no", later, 1)


def test_a_running_pause_is_not_ended_by_mail_on_its_way(store: Store) -> None:
    store.strike("a.test", "no", NOW, pause)
    store.clear_strikes("a.test")
    assert store.pauses(NOW) == [DomainPause("a.test", NOW + HOUR, "no", NOW, 0)]


def test_the_operator_ends_a_pause(store: Store) -> None:
    assert not store.resume_domain("a.test")
    store.strike("a.test", "no", NOW, pause)
    assert store.resume_domain("A.TEST")
    assert store.pauses(NOW) == []
    assert store.strike("a.test", "no", NOW, pause).strikes == 1


def test_words_of_servers_are_bounded_and_storable(store: Store) -> None:
    store.strike("a.test", "\x00" + "x" * 100_000, NOW, pause)
    assert store.pauses(NOW)[0].reason == "\ufffd" + "x" * 999


def test_nothing_is_claimed_for_a_paused_domain_until_its_pause_is_over(store: Store) -> None:
    paused, other = put_in_outbox(store, recipient="reader@Refusing.Test"), put_in_outbox(store)
    store.strike("refusing.test", "no", NOW, pause)
    assert [d.id for d in store.claim(NOW, LEASE, 9, "w")] == [other.id]
    assert store.claim(NOW, LEASE, 9, "w") == []
    assert current(store, paused.id) == paused
    assert [d.id for d in store.claim(NOW + HOUR, LEASE, 9, "w")] == [paused.id]


@pytest.mark.parametrize("avoid", [("busy.test", "slow.test"), {"slow.test", "busy.test"}, frozenset({"busy.test"})])
def test_domains_to_avoid_are_left_alone(store: Store, avoid: set[str]) -> None:
    busy = put_in_outbox(store, recipient="a@BUSY.test")
    others = [put_in_outbox(store, recipient=name) for name in ("a@not.busy.test", "busy.test@a.test")]
    assert [d.id for d in store.claim(NOW, LEASE, 9, "w", avoid)] == [d.id for d in others]
    assert [d.id for d in store.claim(NOW, LEASE, 9, "w", ())] == [busy.id]


def test_what_is_left_alone_does_not_use_up_the_limit(store: Store) -> None:
    for _ in range(3):
        put_in_outbox(store, recipient="a@refusing.test")
        put_in_outbox(store, recipient="a@busy.test")
    last = [put_in_outbox(store) for _ in range(2)]
    store.strike("refusing.test", "no", NOW, pause)
    assert [d.id for d in store.claim(NOW, LEASE, 2, "w", {"busy.test"})] == [d.id for d in last]
    assert store.delivery_counts() == {S.PENDING: 6, S.CLAIMED: 2}


def test_what_is_left_alone_expires(store: Store) -> None:
    put_in_outbox(store, recipient="a@refusing.test", expires_at=NOW + HOUR)
    store.strike("refusing.test", "no", NOW, lambda _: 2 * HOUR)
    assert store.expire(NOW + HOUR) == 1
    assert store.claim(NOW + 2 * HOUR, LEASE, 9, "w") == []
