"""Answers by their meaning: who is given up, what rests, what slows down, and that our own faults hit nobody."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import Deferral, Outage, Refusal
from digest.mail.scoring import BounceRules
from digest.model import BounceKind, Delivery, DeliveryStatus, SuppressionReason
from digest.services.outcomes import PAUSE_MINUTES, deferred, pause_length, retry_at
from digest.services.pace import Pace
from tests.factories import NOW, delivery
from tests.services.parts import KEYS, SENDING, Clock, Relay, deliver, enrolled, publish, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.model import Envelope, Receipt
    from digest.storage import Store

A, B, C = "a@example.test", "b@example.test", "c@other.test"
D = "d@example.test"
DEFERRED, FAILED = DeliveryStatus.DEFERRED, DeliveryStatus.FAILED
JUDGED = replace(SENDING, judge=BounceRules(confirm=timedelta(0)).judge)
POLICY = ("5.7.1 our policy", 550, "5.7.1", "rcpt")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def waiting(store: Store) -> Store:
    """A store with an edition waiting for A, B and D of one domain and for C of another."""
    put(store, 1, 2, 3)
    for address in (A, B, C, D):
        enrolled(store, address=address)
    publish(store)
    return store


def row(store: Store, address: str) -> Delivery:
    """The only delivery to that address."""
    (found,) = [d for d in store.deliveries() if d.recipient == address]
    return found


def bounces(store: Store, address: str) -> list[BounceKind]:
    return [bounce.kind for bounce in store.bounces(KEYS.address_hash(address))]


@pytest.mark.parametrize(
    ("error", "status", "bounce"),
    [
        (Refusal("5.1.1 nobody", 550, "5.1.1", "rcpt"), "failed", BounceKind.HARD),
        (Refusal("No such user", 550, "", "rcpt"), "failed", BounceKind.HARD),
        (Refusal("5.2.2 full", 552, "5.2.2", "dot"), "failed", BounceKind.SOFT),
        (Deferral("4.2.2 full", 452, "4.2.2", "rcpt"), "deferred", None),
        (Deferral("too much", 552, "", "rcpt"), "deferred", None),
        (Refusal("too much", 552, "", "rcpt"), "deferred", None),
        (Refusal("5.4.1 no", 550, "5.4.1", "rcpt"), "failed", BounceKind.SOFT),
        (Refusal("5.3.4 too large", 552, "5.3.4", "mail"), "failed", None),
        (Refusal("5.6.7 needs SMTPUTF8", 553, "5.6.7", "mail"), "failed", None),
        (Refusal("5.1.3 not writable", 0, "5.1.3", "mail"), "failed", None),
        (Refusal(*POLICY), "deferred", None),
        (Refusal("no", 554, "", "dot"), "deferred", None),
        (Deferral("4.7.0 policy", 454, "4.7.0", "rcpt"), "deferred", None),
        (Deferral("4.7.1 slower", 450, "4.7.1", "rcpt"), "deferred", None),
        (Deferral("4.3.2 closing", 421, "4.3.2", "dot"), "accepted", None),
        (Outage("4.3.2 closing", 421, "4.3.2", "rcpt"), "accepted", None),
        (Deferral("Throttling failure", 454, "", "dot"), "accepted", None),
        (Deferral("4.7.1 too many messages", 451, "4.7.1", "data"), "accepted", None),
        (Refusal("5.4.5 daily sending limit", 550, "5.4.5", "dot"), "deferred", None),
        (Refusal("Email address is not verified", 554, "", "dot"), "deferred", None),
        (Refusal("5.7.1 Relay access denied", 554, "5.7.1", "rcpt"), "deferred", None),
        (Refusal("5.1.8 Sender address rejected", 553, "5.1.8", "rcpt"), "deferred", None),
    ],
)
def test_what_becomes_of_the_delivery_and_of_the_address(
    waiting: Store, clock: Clock, error: Exception, status: str, bounce: BounceKind | None
) -> None:
    done = deliver(waiting, Relay({C: [error]}), clock, JUDGED)
    assert (row(waiting, C).status, row(waiting, C).attempts) == (status, 1)
    assert bounces(waiting, C) == ([bounce] if bounce else [])
    dead = bounce is BounceKind.HARD
    assert [(d.recipient, why) for d, why in done.suppressed] == ([(C, SuppressionReason.DEAD)] if dead else [])
    assert (waiting.suppression(KEYS.address_hash(C)) is not None) is dead
    assert [row(waiting, address).status for address in (A, B, D)] == [DeliveryStatus.ACCEPTED] * 3


def test_soft_bounces_need_many_days_and_a_dead_address_gets_nothing_more(waiting: Store, clock: Clock) -> None:
    rules = replace(SENDING, judge=BounceRules(threshold=3).judge)
    full = Refusal("5.2.2 full", 552, "5.2.2", "rcpt")
    relay = Relay({C: [full] * 9})
    for day in range(5):
        if day:
            put(waiting, 10 + day, now=clock.turn(days=1))
            publish(waiting, clock())
        deliver(waiting, relay, clock, rules)
    assert bounces(waiting, C) == [BounceKind.SOFT] * 3
    suppressed = waiting.suppression(KEYS.address_hash(C))
    assert suppressed is not None
    assert (suppressed.reason, suppressed.detail) == (SuppressionReason.BOUNCES, "5.2.2 5.2.2 full")
    assert len([1 for recipient, _ in relay.tried if recipient == C]) == 3


def test_a_refusal_for_policy_pauses_its_domain_alarms_and_suppresses_nobody(waiting: Store, clock: Clock) -> None:
    relay = Relay({A: [Refusal(*POLICY)]})
    done = deliver(waiting, relay, clock, JUDGED)
    assert relay.recipients == [C]
    until = NOW + timedelta(minutes=30)
    assert [(p.domain, p.until, p.strikes) for p in done.paused] == [("example.test", until, 1)]
    assert (len(done.alarms), done.struck) == (1, done.paused)
    assert "example.test refuses our mail" in done.alarms[0]
    assert "5.7.1 our policy" in done.alarms[0]
    assert until <= row(waiting, A).due_at <= until + MINUTE
    assert [(row(waiting, x).status, row(waiting, x).attempts) for x in (B, D)] == [(DeliveryStatus.PENDING, 0)] * 2
    assert waiting.suppressions() == []

    clock.turn(minutes=29)
    assert deliver(waiting, relay, clock).outcomes == {}
    clock.now = row(waiting, A).due_at
    done = deliver(waiting, relay, clock, JUDGED)
    assert relay.recipients == [C, B, D, A]
    assert (done.alarms, done.paused) == ([], [])


def test_every_refusal_in_a_row_doubles_the_pause_and_one_success_ends_that(waiting: Store, clock: Clock) -> None:
    relay = Relay({A: [Refusal(*POLICY)] * 99, B: [Refusal(*POLICY)] * 4, D: [Refusal(*POLICY)] * 4})
    pauses = []
    for _ in range(5):
        done = deliver(waiting, relay, clock)
        pauses += [(pause.until - clock()) / MINUTE for pause in done.struck]
        clock.now = max(pause.until for pause in done.paused) + MINUTE
    assert pauses == [30, 60, 120, 240, 240]


def test_a_success_ends_the_row_of_refusals(waiting: Store, clock: Clock) -> None:
    relay = Relay({A: [Refusal(*POLICY), Refusal(*POLICY)]})
    first = deliver(waiting, relay, clock)
    clock.turn(minutes=35)
    second = deliver(waiting, relay, clock)
    assert [pause.strikes for pause in (*first.struck, *second.struck)] == [1, 1]


def test_a_pause_longer_than_the_editions_life_fails_it_without_a_word_against_the_address(
    waiting: Store, clock: Clock
) -> None:
    clock.now = row(waiting, A).expires_at - 20 * MINUTE
    deliver(waiting, Relay({A: [Refusal(*POLICY)]}), clock, JUDGED)
    assert row(waiting, A).status is FAILED
    assert bounces(waiting, A) == [BounceKind.POLICY]
    assert waiting.suppressions() == []


@pytest.mark.parametrize("error", [Refusal("5.7.1 no", 550, "5.7.1", "mail"), Refusal("log in", 530, "", "rcpt")])
def test_our_own_fault_ends_the_round_counts_nothing_and_alarms(waiting: Store, clock: Clock, error: Refusal) -> None:
    relay = Relay({B: [error]})
    pace = Pace(JUDGED.limits)
    done = deliver(waiting, relay, clock, JUDGED, pace=pace)
    assert pace.blocked() == {}
    assert (relay.recipients, done.outage) == ([A], str(error))
    assert done.alarms == [f"the mail server refuses us as a sender: {error}"]
    assert [(row(waiting, x).status, row(waiting, x).attempts) for x in (B, C, D)] == [(DeliveryStatus.PENDING, 0)] * 3
    assert waiting.recent_bounces() == []


def test_a_line_that_breaks_midway_is_taken_up_again_at_once(waiting: Store, clock: Clock) -> None:
    relay = Relay({A: [Outage("EOF", step="data")]})
    done = deliver(waiting, relay, clock)
    assert [recipient for recipient, _ in relay.tried] == [A, A, B, C, D]
    assert (done.outcomes, done.outage) == ({DeliveryStatus.ACCEPTED: 4}, "")
    assert row(waiting, A).attempts == 1


def test_a_message_at_which_every_line_breaks_waits_and_stops_nobody(waiting: Store, clock: Clock) -> None:
    relay = Relay({A: [Outage("EOF", step="body")] * 9})
    done = deliver(waiting, relay, clock)
    assert relay.recipients == [B, C, D]
    assert (row(waiting, A).status, done.outage) == (DEFERRED, "")


def test_three_in_a_row_without_a_line_are_an_outage(waiting: Store, clock: Clock) -> None:
    relay = Relay({address: [Outage("4.3.2 closing", 421, "4.3.2", "rcpt")] * 9 for address in (A, B, C, D)})
    domains = replace(SENDING, domain_connections=9)
    done = deliver(waiting, relay, clock, domains)
    assert len(relay.tried) == 3
    assert done.outage == "421 4.3.2 closing"
    assert row(waiting, D).attempts == 0


def test_a_relay_that_defers_every_sender_is_out(waiting: Store, clock: Clock) -> None:
    full = Deferral("4.3.1 out of disk", 452, "4.3.1", "mail")
    relay = Relay({address: [full] for address in (A, B, C, D)})
    assert deliver(waiting, relay, clock).outage == "452 4.3.1 out of disk"
    assert len(relay.tried) == 3


def test_whatever_comes_behind_the_dot_the_message_may_have_arrived(waiting: Store, clock: Clock) -> None:
    class Careless(Relay):
        def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
            at_dot()
            raise Outage("a transport that should know better")

    done = deliver(waiting, Careless(), clock, replace(SENDING, resend_unknown=False))
    assert (done.outage, done.outcomes) == ("", {DeliveryStatus.UNKNOWN: 4})


def test_no_address_stands_in_the_log(waiting: Store, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "digest")
    said = f"<{A.upper()}>: no, <{A}>"
    deliver(waiting, Relay({A: [Refusal(f"5.7.1 {said}", 550, "5.7.1", "rcpt")], C: [Deferral(f"<{C}>", 450)]}), clock)
    assert "(the recipient)" in caplog.text
    assert not [address for address in (A, B, C, D) if address in caplog.text.lower()]


def test_the_next_try_comes_when_the_server_asked_for_it() -> None:
    one = delivery()
    for words, least, most in [
        ("try again in 10 minutes", 10, 12),
        ("try again in 1 minute", 1, 1.2),
        ("later", 5, 6),
        ("try again in 30 hours", 360, 432),
    ]:
        assert least * MINUTE <= retry_at(one, NOW, words) - NOW <= most * MINUTE
    assert retry_at(replace(one, attempts=3), NOW, "try again in 1 minute") - NOW >= 60 * MINUTE


@pytest.mark.parametrize(("left", "comes"), [(300, True), (30, True), (12, True), (9, False), (1, False)])
def test_one_more_try_fits_before_the_end_if_at_all(left: int, comes: bool) -> None:
    late = delivery(attempts=5, expires_at=NOW + left * MINUTE)
    again = retry_at(late, NOW)
    assert (again < late.expires_at) is comes
    assert again >= NOW + 5 * MINUTE
    if comes:
        assert late.expires_at - again <= max(6, left - 240) * MINUTE


def test_tries_until_the_end_of_life_come_to_an_end() -> None:
    one, now, tries = delivery(expires_at=NOW + timedelta(hours=20)), NOW, 0
    while now < one.expires_at:
        now, tries = retry_at(replace(one, attempts=tries), now), tries + 1
    assert 7 <= tries <= 12


def test_pauses_of_a_domain() -> None:
    assert [pause_length(n) / MINUTE for n in range(7)] == [30, *PAUSE_MINUTES, 240, 240]


def test_an_outcome_tells_all_that_the_server_said() -> None:
    outcome = deferred(delivery(), NOW, "4.2.0 busy", 450, "4.2.0")
    assert (outcome.status, outcome.code, outcome.text, outcome.enhanced) == (DEFERRED, 450, "4.2.0 busy", "4.2.0")


def test_one_reader_who_blocks_us_holds_up_nobody_in_a_domain_that_takes_the_others(store: Store, clock: Clock) -> None:
    put(store, 1)
    readers = [enrolled(store, address=f"r{n}@example.test").address for n in range(40)]
    publish(store)
    blocking = {address: [Refusal(*POLICY)] for address in readers[10::12]}
    done = deliver(store, Relay(blocking), clock, JUDGED)
    assert done.outcomes == {DeliveryStatus.ACCEPTED: 37, FAILED: 3}
    assert (done.paused, store.suppressions()) == ([], [])
    assert bounces(store, readers[10]) == [BounceKind.POLICY]


def test_a_domain_that_turns_against_us_is_left_alone_at_its_second_refusal(store: Store, clock: Clock) -> None:
    put(store, 1)
    readers = [enrolled(store, address=f"r{n}@example.test").address for n in range(40)]
    publish(store)
    relay = Relay({address: [Refusal(*POLICY)] for address in readers[10:]})
    done = deliver(store, relay, clock, JUDGED)
    assert (len(relay.tried), len(done.struck), len(done.alarms)) == (12, 1, 1)


def test_a_mailbox_that_stays_full_for_the_life_of_an_edition_has_bounced(waiting: Store, clock: Clock) -> None:
    relay = Relay({C: [Deferral("4.2.2 full", 452, "4.2.2", "rcpt")] * 99})
    while row(waiting, C).status is not DeliveryStatus.EXPIRED:
        deliver(waiting, relay, clock, JUDGED)
        clock.turn(minutes=5)
    assert bounces(waiting, C) == [BounceKind.SOFT]
