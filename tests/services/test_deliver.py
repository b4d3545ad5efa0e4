"""Delivering: what becomes of each message, whatever the relay says, and that none goes out twice unasked."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from typing import TYPE_CHECKING

import pytest

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal
from digest.mail.transports.maildir import MaildirTransport
from digest.model import DeliveryStatus
from digest.services import enrol
from digest.services.deliver import deliver_due
from digest.services.outcomes import RETRY_MINUTES, backoff
from digest.services.round import Delivered
from tests.factories import NOW, delivery
from tests.services.parts import SENDING, WORKER, Clock, Relay, Spoiled, deliver, enrolled, letters, publish, put

if TYPE_CHECKING:
    from pathlib import Path

    from digest.model import Delivery, Envelope
    from digest.storage import Store

A, B, C = "a@example.test", "b@example.test", "c@example.test"
ACCEPTED, DEFERRED, FAILED = DeliveryStatus.ACCEPTED, DeliveryStatus.DEFERRED, DeliveryStatus.FAILED
BUSY = Deferral("4.2.0 greylisted", 451, "4.2.0")
NOBODY = Refusal("5.1.1 no such mailbox", 550, "5.1.1")
DOWN = Outage("connection refused")
BROKEN = OutcomeUnknown("connection reset")


def row(store: Store, address: str) -> Delivery:
    """The only delivery to that address."""
    (found,) = [d for d in store.deliveries() if d.recipient == address]
    return found


def statuses(store: Store) -> dict[str, str]:
    return {d.recipient: d.status.value for d in store.deliveries()}


def test_everything_that_is_due_is_sent_and_once(full: Store, clock: Clock) -> None:
    relay = Relay()
    done = deliver(full, relay, clock)
    assert done == Delivered(Counter({ACCEPTED: 3}))
    assert relay.recipients == [A, B, C]
    first = row(full, A)
    assert (first.status, first.attempts, first.sent_at) == (ACCEPTED, 1, NOW)
    assert (first.last_code, first.queue_id) == (250, "Q1")
    assert deliver(full, relay, clock) == Delivered()
    assert len(relay.tried) == 3
    assert relay.open == 0


def test_each_gets_their_own_message(full: Store, clock: Clock) -> None:
    relay = Relay()
    deliver(full, relay, clock)
    messages = {recipient: message_from_bytes(message) for recipient, message in relay.taken}
    assert {recipient: m["To"] for recipient, m in messages.items()} == {A: A, B: B, C: C}
    assert {m["Message-ID"] for m in messages.values()} == {d.message_id for d in full.deliveries()}
    assert len({m["Message-ID"] for m in messages.values()}) == 3


def test_more_than_a_batch_is_sent_in_one_go(store: Store, clock: Clock) -> None:
    put(store, 1)
    readers = [enrolled(store).address for _ in range(53)]
    publish(store)
    relay = Relay()
    assert deliver(store, relay, clock).outcomes == {ACCEPTED: 53}
    assert relay.recipients == readers


def test_a_deferral_is_tried_again_later_with_the_same_bytes(full: Store, clock: Clock) -> None:
    relay = Relay({B: [BUSY, BUSY]})
    done = deliver(full, relay, clock)
    assert relay.recipients == [A, C]
    assert [(d.recipient, o.status, o.code) for d, o in done.failures] == [(B, DEFERRED, 451)]
    waiting = row(full, B)
    assert (waiting.status, waiting.attempts, waiting.last_error) == (DEFERRED, 1, "4.2.0 greylisted")
    assert NOW + timedelta(minutes=5) <= waiting.due_at <= NOW + timedelta(minutes=6)
    assert deliver(full, relay, clock) == Delivered()
    clock.now = waiting.due_at
    deliver(full, relay, clock)
    assert row(full, B).due_at - clock.now >= timedelta(minutes=15)
    clock.now = row(full, B).due_at
    assert deliver(full, relay, clock).outcomes == {ACCEPTED: 1}
    tries = [message for recipient, message in relay.tried if recipient == B]
    assert len(tries) == 3
    assert set(tries) == {dict(relay.taken)[B]}
    assert row(full, B).attempts == 3


def test_the_same_bytes_though_the_paper_got_more_votes_and_a_new_version(full: Store, clock: Clock) -> None:
    relay = Relay({B: [BUSY]})
    deliver(full, relay, clock)
    clock.turn(minutes=10)
    put(full, {"paper": {"id": "2605.00001v2", "title": "Another title", "upvotes": 99}}, now=clock())
    deliver(full, relay, clock)
    assert len({message for recipient, message in relay.tried if recipient == B}) == 1


def test_what_is_deferred_for_too_long_expires(full: Store, clock: Clock) -> None:
    relay = Relay({B: [BUSY] * 100})
    deliver(full, relay, clock)
    tries = 1
    while (waiting := row(full, B)).status is DEFERRED:
        clock.now = waiting.due_at
        done = deliver(full, relay, clock)
        tries += len(done.failures)
    assert row(full, B).status is DeliveryStatus.EXPIRED
    assert clock.now >= waiting.expires_at
    assert (done.expired, done.failures) == (1, [])
    assert tries == row(full, B).attempts < 12


def test_the_pauses_grow_and_differ_between_deliveries() -> None:
    one = delivery(message_id="<one@digest.test>")
    pauses = [backoff(replace(one, attempts=n)) for n in range(40)]
    for n, pause in enumerate(pauses):
        least = timedelta(minutes=RETRY_MINUTES[min(n, len(RETRY_MINUTES) - 1)])
        assert least <= pause <= least * 1.2
    assert pauses[:6] == sorted(pauses[:6])
    assert backoff(delivery(message_id="<two@digest.test>")) != pauses[0]


def test_a_refusal_fails_alone(full: Store, clock: Clock) -> None:
    relay = Relay({A: [NOBODY]})
    done = deliver(full, relay, clock)
    assert relay.recipients == [B, C]
    assert done.outcomes == {ACCEPTED: 2, FAILED: 1}
    refused = row(full, A)
    assert (refused.status, refused.last_code, refused.last_error) == (FAILED, 550, "5.1.1 no such mailbox")
    clock.turn(days=1)
    deliver(full, relay, clock)
    assert len(relay.tried) == 3


def test_an_outage_stops_the_batch_and_counts_no_attempt(full: Store, clock: Clock) -> None:
    relay = Relay({B: [DOWN]})
    done = deliver(full, relay, clock)
    assert (done.outage, done.outcomes, done.failures) == ("connection refused", {ACCEPTED: 1}, [])
    assert [recipient for recipient, _ in relay.tried] == [A, B]
    assert statuses(full) == {A: "accepted", B: "pending", C: "pending"}
    assert [(row(full, x).attempts, row(full, x).claimed_by) for x in (B, C)] == [(0, ""), (0, "")]
    assert deliver(full, relay, clock).outcomes == {ACCEPTED: 2}
    assert relay.recipients == [A, B, C]


def test_a_bug_in_one_letter_stops_no_other(full: Store, clock: Clock) -> None:
    write = letters(full)

    def buggy(delivery: Delivery) -> bytes:
        return bytes(1 // 0) if delivery.recipient == B else write(delivery)

    deliver_due(full, Relay, buggy, SENDING, clock)
    assert statuses(full) == {A: "accepted", B: "deferred", C: "accepted"}
    assert row(full, B).last_error.endswith("ZeroDivisionError: integer division or modulo by zero")


@pytest.mark.parametrize(("dotted", "status"), [(False, DEFERRED), (True, DeliveryStatus.UNKNOWN)])
def test_a_bug_in_the_transport_stops_nobody_else_and_is_told(
    full: Store, clock: Clock, dotted: bool, status: DeliveryStatus
) -> None:
    def fail(envelope: Envelope) -> None:
        if envelope.recipient == B:
            raise ZeroDivisionError

    relay = Relay({B: [ZeroDivisionError()]}) if dotted else Relay(before_dot=fail)
    done = deliver(full, relay, clock, replace(SENDING, resend_unknown=False))
    assert statuses(full) == {A: "accepted", B: status.value, C: "accepted"}
    assert done.alarms == [f"delivery {row(full, B).id}: ZeroDivisionError: "]


def test_an_interruption_frees_the_claims(full: Store, clock: Clock) -> None:
    def interrupt(envelope: Envelope) -> None:
        if envelope.recipient == B:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(full, Relay(before_dot=interrupt), clock)
    assert statuses(full) == {A: "accepted", B: "pending", C: "pending"}


def test_an_unknown_outcome_is_tried_once_more(full: Store, clock: Clock) -> None:
    relay = Relay({B: [BROKEN, BROKEN, BROKEN]})
    assert deliver(full, relay, clock).outcomes == {ACCEPTED: 2, DeliveryStatus.UNKNOWN: 1}
    for _ in range(5):
        clock.turn(hours=1)
        deliver(full, relay, clock)
    assert row(full, B).status is DeliveryStatus.UNKNOWN
    tries = [message for recipient, message in relay.tried if recipient == B]
    assert len(tries) == 2
    assert len(set(tries)) == 1


def test_the_one_more_try_of_an_unknown_outcome_may_succeed(full: Store, clock: Clock) -> None:
    relay = Relay({B: [BUSY, BROKEN]})
    for _ in range(6):
        deliver(full, relay, clock)
        clock.turn(hours=1)
    assert row(full, B).status is ACCEPTED
    assert len([1 for recipient, _ in relay.tried if recipient == B]) == 3


def test_an_unknown_outcome_is_left_where_the_policy_says_so(full: Store, clock: Clock) -> None:
    relay = Relay({B: [BROKEN]})
    rules = replace(SENDING, resend_unknown=False)
    for _ in range(3):
        deliver(full, relay, clock, rules)
        clock.turn(hours=1)
    left = row(full, B)
    assert (left.status, left.last_error) == (DeliveryStatus.UNKNOWN, "connection reset")
    assert len(relay.tried) == 3


def test_who_unsubscribes_before_it_is_sent_gets_nothing(full: Store, clock: Clock) -> None:
    enrol.remove(full, B, NOW)
    relay = Relay()
    deliver(full, relay, clock)
    assert relay.recipients == [A, C]
    assert row(full, B).status is DeliveryStatus.CANCELLED


def test_who_unsubscribes_while_the_batch_is_being_sent_gets_nothing(full: Store, clock: Clock) -> None:
    def leave(envelope: Envelope) -> None:
        if envelope.recipient == A:
            enrol.remove(full, B, NOW)

    relay = Relay(before_dot=leave)
    assert deliver(full, relay, clock).outcomes == {ACCEPTED: 2}
    assert relay.recipients == [A, C]
    assert row(full, B).status is DeliveryStatus.CANCELLED


def test_a_letter_that_cannot_be_built_waits_and_stops_nobody(full: Store, clock: Clock) -> None:
    relay, spoiled = Relay(), Spoiled(letters(full), {A})
    done = deliver_due(full, lambda: relay, spoiled, SENDING, clock)
    assert relay.recipients == [B, C]
    assert [(d.recipient, o.status) for d, o in done.failures] == [(A, DEFERRED)]
    assert row(full, A).last_error.endswith(": mail/digest.txt:3: 'colour' is undefined")
    spoiled.recipients.clear()
    clock.now = row(full, A).due_at
    deliver_due(full, lambda: relay, spoiled, SENDING, clock)
    assert relay.recipients == [B, C, A]


def test_stop_ends_the_batch_and_frees_the_rest(full: Store, clock: Clock) -> None:
    relay = Relay()
    deliver(full, relay, clock, stop=lambda: len(relay.taken) >= 2)
    assert relay.recipients == [A, B]
    assert (row(full, C).status, row(full, C).claimed_by) == (DeliveryStatus.PENDING, "")


def test_a_maildir_gets_the_bytes_as_built(full: Store, clock: Clock, tmp_path: Path) -> None:
    written = {d.recipient: letters(full)(d) for d in full.deliveries()}
    assert deliver(full, MaildirTransport(tmp_path / "maildir"), clock).outcomes == {ACCEPTED: 3}
    files = [path.read_bytes() for path in (tmp_path / "maildir" / "new").iterdir()]
    assert sorted(files) == sorted(written.values())
    assert {d.claimed_by for d in full.deliveries()} == {WORKER}
