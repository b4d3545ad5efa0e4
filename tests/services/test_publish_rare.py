"""Editions of rare rhythms, and a mail server that takes only some: nothing is lost, and each comes first one day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from digest.editions.wording import parse_rhythm
from digest.errors import Outage, Refusal
from digest.model import DeliveryStatus
from digest.services.deliver import tidy
from digest.services.publish import expiry
from digest.services.round import Delivered
from tests.factories import NOW, subscriber
from tests.services.parts import SENDING, Clock, Relay, deliver, enrolled, key, publish, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.model import Envelope, Receipt
    from digest.storage import Store

LIFE = timedelta(hours=20)
HOUR = timedelta(hours=1)
MONDAY, FRIDAY = NOW, NOW + timedelta(days=4)
"""At eight in the morning (UTC)."""


@pytest.mark.parametrize(
    ("rhythm", "made", "hours"),
    [
        ("daily", MONDAY, 20),
        ("weekly:mon", MONDAY, 20 + 6 * 24),
        ("weekdays", MONDAY, 20),
        ("weekdays", FRIDAY, 20 + 2 * 24),
        ("weekly:mon", FRIDAY, 20 + 6 * 24),
    ],
)
def test_a_delivery_lives_as_much_longer_as_editions_are_rarer(rhythm: str, made: object, hours: int) -> None:
    who = subscriber(rhythm=parse_rhythm(rhythm), zone="UTC")
    assert expiry(who, made, LIFE) - made == hours * HOUR  # type: ignore[arg-type, operator]


class Down(Relay):
    """A relay that nobody reaches."""

    def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        raise Outage("connection refused", step="connect")


def test_a_weekly_reader_gets_the_edition_when_the_relay_is_back_after_a_day(store: Store, clock: Clock) -> None:
    put(store, 1)
    enrolled(store, rhythm=parse_rhythm("weekly:mon"))
    publish(store)
    assert deliver(store, Down(), clock).outage
    clock.turn(hours=26)
    tidy(store, SENDING, clock(), Delivered())
    assert deliver(store, Relay(), clock).outcomes == {DeliveryStatus.ACCEPTED: 1}


def test_nothing_of_a_week_is_lost_though_the_relay_is_out_for_the_whole_of_the_next(
    store: Store, clock: Clock
) -> None:
    put(store, 1, now=clock() - timedelta(days=6))
    put(store, 2)
    reader = enrolled(store, rhythm=parse_rhythm("weekly:mon"))
    publish(store)
    assert deliver(store, Down(), clock).outage
    clock.turn(days=7)
    tidy(store, SENDING, clock(), Delivered())
    put(store, 3, now=clock())
    publish(store, clock())
    deliver(store, Relay(), clock)
    picks = store.editions(reader.id)[0].picks
    assert {pick.paper.key for pick in picks} == {key(1), key(2), key(3)}


class Some(Relay):
    """A relay that takes three messages a day."""

    def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        if len(self.taken) >= 3:
            raise Refusal("5.4.5 daily sending limit exceeded", 550, "5.4.5", "mail")
        return super().send(message, envelope, at_dot)


def test_with_a_daily_limit_it_is_not_always_the_same_readers_who_come_last(store: Store, clock: Clock) -> None:
    readers = [enrolled(store, address=f"r{n}@h{n}.test").address for n in range(5)]
    missed: list[set[str]] = []
    for day in range(8):
        tidy(store, SENDING, clock(), Delivered())
        put(store, 10 + day, now=clock())
        publish(store, clock())
        relay = Some()
        deliver(store, relay, clock, replace(SENDING, domain_connections=9))
        missed.append(set(readers) - set(relay.recipients))
        clock.turn(days=1)
    assert all(len(some) == 2 for some in missed)
    assert not any(one & other for one, other in pairwise(missed))
    assert set.union(*missed) == set(readers)
