"""Claims that are lost, left behind or held by somebody else."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from digest.model import DeliveryStatus, Receipt
from digest.services.desk import LEASE
from digest.services.round import Delivered
from tests.factories import NOW
from tests.services.parts import SENDING, Clock, Relay, deliver

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.model import Envelope
    from digest.storage import Store

A, B, C = "a@example.test", "b@example.test", "c@example.test"
ACCEPTED = DeliveryStatus.ACCEPTED


def test_a_claim_lost_before_the_dot_does_not_send(full: Store, clock: Clock) -> None:
    other = Relay()

    def slow(envelope: Envelope) -> None:
        if envelope.recipient == A:
            clock.turn(seconds=LEASE.total_seconds() + 1)
            deliver(full, other, clock, replace(SENDING, worker="worker-2"))

    relay = Relay(before_dot=slow)
    done = deliver(full, relay, clock)
    assert (relay.recipients, other.recipients) == ([], [B, C, A])
    assert done == Delivered()
    assert full.delivery_counts() == {ACCEPTED: 3}


def test_the_claims_of_a_dead_process_are_freed_at_once(full: Store, clock: Clock) -> None:
    code = "from digest.services.claimant import this_process; print(this_process())"
    dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    claimed = full.claim(NOW, LEASE, 2, dead)
    full.step(claimed[0].id, dead, DeliveryStatus.SENDING)
    relay = Relay()
    done = deliver(full, relay, clock)
    assert (done.freed, done.outcomes) == (2, {ACCEPTED: 3})
    assert sorted(relay.recipients) == [A, B, C]


@pytest.mark.parametrize(("resend", "sent"), [(True, [A, B, C]), (False, [B, C])])
def test_what_a_dead_process_left_after_the_dot_goes_by_the_policy(
    full: Store, clock: Clock, resend: bool, sent: list[str]
) -> None:
    (first,) = full.claim(NOW, LEASE, 1, "host/elsewhere")
    for status in (DeliveryStatus.SENDING, DeliveryStatus.DOT_SENT):
        full.step(first.id, "host/elsewhere", status)
    relay = Relay()
    deliver(full, relay, clock, replace(SENDING, resend_unknown=resend))
    assert relay.recipients == [B, C]
    clock.turn(seconds=LEASE.total_seconds())
    deliver(full, relay, clock, replace(SENDING, resend_unknown=resend))
    assert sorted(relay.recipients) == sent


def test_claims_of_somebody_else_are_left_alone_until_their_lease_ends(full: Store, clock: Clock) -> None:
    full.claim(NOW, LEASE, 3, "elsewhere/1/1")
    relay = Relay()
    assert deliver(full, relay, clock) == Delivered()
    clock.turn(seconds=LEASE.total_seconds())
    assert deliver(full, relay, clock).freed == 3
    assert len(relay.taken) == 3


def test_a_lease_lasts_from_the_dot_on_for_as_long_as_the_answer_may_take(full: Store, clock: Clock) -> None:
    other = Relay()

    class Slow(Relay):
        def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
            clock.turn(minutes=29)
            at_dot()
            clock.turn(minutes=9)
            deliver(full, other, clock, replace(SENDING, worker="worker-2"))
            self.taken.append((envelope.recipient, message))
            return Receipt()

    slow = Slow()
    deliver(full, slow, clock)
    assert sorted(slow.recipients + other.recipients) == [A, B, C]
