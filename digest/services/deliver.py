"""Deliver: claim what is due, build it, send it, write down what became of it.

The order of writes is the promise (MAIL.md 25, RFC 5321 section 6.1): a row is `sending` before
the conversation, `dot_sent` before the final dot, and settled after the reply. A process that dies
before `dot_sent` has sent nothing; one that dies after it may have, and the `unknown` policy
decides. Every try of a delivery carries the same Message-ID and the same bytes.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal
from digest.model import DeliveryStatus, Envelope, Outcome
from digest.services.claimant import dead
from digest.services.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from digest.mail.transports import Transport
    from digest.model import Delivery
    from digest.storage import Store

log = logging.getLogger("digest.deliver")

LEASE = timedelta(minutes=15)
BATCH = 50
# The first retry leaves greylisting (RFC 6647) its five minutes.
RETRY_MINUTES = (5, 15, 30, 60, 120, 240)


class Letters(Protocol):
    """Turns a delivery into the bytes that go out: pure, so that a second try sends the same."""

    def __call__(self, delivery: Delivery) -> bytes:
        """The message; raises DigestError where it cannot be built."""


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """`sender` is the envelope sender; `resend_unknown` whether an unknown outcome is tried once more."""

    sender: str
    worker: str
    resend_unknown: bool = True


@dataclass(slots=True)
class Delivered:
    """What one round of deliveries came to; `outage` says why it stopped early, if it did."""

    outcomes: Counter[DeliveryStatus] = field(default_factory=Counter)
    failures: list[tuple[Delivery, Outcome]] = field(default_factory=list)
    freed: int = 0
    expired: int = 0
    outage: str = ""

    def add(self, delivery: Delivery, outcome: Outcome) -> None:
        """Count one settled delivery."""
        self.outcomes[outcome.status] += 1
        if outcome.status is not DeliveryStatus.ACCEPTED:
            self.failures.append((delivery, outcome))


def deliver_due(
    store: Store,
    transport: Transport,
    letters: Letters,
    rules: DeliveryRules,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Send everything that is due; returns when nothing is left, the relay is out, or `stop` says so.

    One recipient's failure is written down and stops nobody else. Whatever ends the round early, an Outage
    or a bug, frees the claims and counts no attempt.
    """
    done = Delivered()
    tidy(store, rules, clock(), done)
    with transport:
        try:
            while not done.outage and not stop():
                batch = store.claim(clock(), LEASE, BATCH, rules.worker)
                if not batch:
                    break
                _send_batch(store, transport, letters, rules, clock, stop, batch, done)
        finally:
            store.release(rules.worker)
    return done


def tidy(store: Store, rules: DeliveryRules, now: datetime, done: Delivered) -> None:
    """Free what dead processes and ended leases hold, and drop what nobody waits for any more."""
    recovered = store.recover(now, dead(store.claimants()), rules.resend_unknown)
    done.freed = recovered.freed + recovered.resent
    done.expired = store.expire(now)
    if done.freed or done.expired or recovered.unknown:
        log.warning("outbox freed=%d unknown=%d expired=%d", done.freed, recovered.unknown, done.expired)


def _send_batch(
    store: Store,
    transport: Transport,
    letters: Letters,
    rules: DeliveryRules,
    clock: Callable[[], datetime],
    stop: Callable[[], bool],
    batch: list[Delivery],
    done: Delivered,
) -> None:
    for delivery in batch:
        if stop():
            return
        try:
            outcome = attempt(store, transport, letters, rules, delivery, clock)
        except Outage as outage:
            done.outage = str(outage)
            log.error("outage transport=%s error=%r", type(transport).__name__, done.outage)
            return
        if outcome is not None and store.settle(delivery.id, rules.worker, outcome, clock()):
            done.add(delivery, outcome)
            _report(delivery, outcome)


def _report(delivery: Delivery, outcome: Outcome) -> None:
    level = logging.INFO if outcome.status is DeliveryStatus.ACCEPTED else logging.WARNING
    log.log(
        level,
        "delivery id=%d status=%s code=%d queue_id=%s attempt=%d text=%r",
        *(delivery.id, outcome.status.value, outcome.code, outcome.queue_id or "-", delivery.attempts + 1),
        outcome.text,
    )


def attempt(
    store: Store,
    transport: Transport,
    letters: Letters,
    rules: DeliveryRules,
    delivery: Delivery,
    clock: Callable[[], datetime],
) -> Outcome | None:
    """One try of one claimed delivery; None where the claim was lost to somebody else meanwhile.

    Raises:
        Outage: no conversation is possible.
    """
    guard, message = Guard(), b""
    with guard.alone(f"the message of delivery {delivery.id}"):
        message = letters(delivery)
    if guard.failures:
        # The operator can mend a template before the edition's life ends.
        return _deferred(delivery, clock(), guard.failures[0])
    if not store.step(delivery.id, rules.worker, DeliveryStatus.SENDING):
        return None
    envelope = Envelope(rules.sender, delivery.recipient)
    try:
        receipt = transport.send(message, envelope, lambda: _dot(store, rules, delivery))
    except Deferral as error:
        return _deferred(delivery, clock(), error.text, error.code)
    except Refusal as error:
        return Outcome(DeliveryStatus.FAILED, error.code, error.text)
    except OutcomeUnknown as error:
        return _unknown(rules, delivery, clock(), error)
    return Outcome(DeliveryStatus.ACCEPTED, receipt.code, receipt.text, receipt.queue_id)


def _dot(store: Store, rules: DeliveryRules, delivery: Delivery) -> None:
    if not store.step(delivery.id, rules.worker, DeliveryStatus.DOT_SENT):
        raise Outage(f"delivery {delivery.id} was claimed by another worker before the final dot")


def _unknown(rules: DeliveryRules, delivery: Delivery, now: datetime, error: OutcomeUnknown) -> Outcome:
    """By the policy for `unknown`: once more with the same bytes, or left for the operator to see."""
    retry_at = now + backoff(delivery) if rules.resend_unknown else None
    return Outcome(DeliveryStatus.UNKNOWN, error.code, error.text, retry_at=retry_at)


def _deferred(delivery: Delivery, now: datetime, text: str, code: int = 0) -> Outcome:
    return Outcome(DeliveryStatus.DEFERRED, code, text, retry_at=now + backoff(delivery))


def backoff(delivery: Delivery) -> timedelta:
    """The pause before the next try: longer each time, spread by up to a fifth for each delivery."""
    minutes = RETRY_MINUTES[min(delivery.attempts, len(RETRY_MINUTES) - 1)]
    spread = sha256(f"{delivery.message_id}/{delivery.attempts}".encode()).digest()[0] / 255
    return timedelta(minutes=minutes * (1 + spread / 5))
