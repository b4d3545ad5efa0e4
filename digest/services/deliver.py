"""Deliver: send what is due over several lines at once, and leave nothing claimed behind.

::

    tidy -> desk (claims, at the pace) -> workers, a transport each -> attempt -> settle -> release

What one try does stands in `attempt.py`, what its answer means in `outcomes.py`, who goes next in `desk.py`
and how fast in `pace.py`.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from digest.mail.tokens import Purpose
from digest.mail.verp import envelope_sender
from digest.model import DeliveryStatus, Envelope
from digest.services.attempt import Attempts
from digest.services.claimant import dead
from digest.services.desk import Desk
from digest.services.pace import Limits, Pace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from digest.mail.tokens import Keyring
    from digest.mail.transports import Transport
    from digest.model import Delivery, DomainPause, Outcome, SuppressionReason
    from digest.storage import Store
    from digest.storage.bounces import Judge

log = logging.getLogger("digest.deliver")


class Letters(Protocol):
    """Turns a delivery into the bytes that go out: pure, so that a second try sends the same."""

    def __call__(self, delivery: Delivery) -> bytes:
        """The message; raises DigestError where it cannot be built. Several threads call it at once."""


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """How deliveries are tried.

    `sender` is the envelope sender, with `verp` and `keys` with a token of the delivery in it; `worker` the
    name to claim under; `resend_unknown` whether an unknown outcome is tried once more. `connections` to
    `domain_rate` are those of `Limits`, `warm_up` the messages of the first day (0: no limit). `judge`
    decides which bounces suppress an address; without it none does.
    """

    sender: str
    worker: str
    resend_unknown: bool = True
    keys: Keyring | None = None
    verp: bool = False
    connections: int = 1
    rate: int = 0
    domain_connections: int = 2
    domain_rate: int = 0
    warm_up: int = 0
    judge: Judge | None = None

    @property
    def limits(self) -> Limits:
        """The most that is sent at a time, and in a minute."""
        return Limits(self.connections, self.rate, self.domain_connections, self.domain_rate)

    def envelope(self, delivery: Delivery) -> Envelope:
        """The envelope of one message, by which its bounces are told from others (VERP; RFC 3461 ENVID).

        Raises:
            MessageError: the sender is no address, or leaves no room for a token.
        """
        if self.keys is None:
            return Envelope(self.sender, delivery.recipient)
        sender = envelope_sender(self.sender, self.keys, delivery.id, self.verp)
        return Envelope(sender, delivery.recipient, self.keys.token(Purpose.BOUNCE, delivery.id))


@dataclass(slots=True)
class Delivered:
    """What one round of deliveries came to.

    Of what dead workers left behind, `freed` had not been sent; the rest may have arrived: `resent` goes out once
    more with the same Message-ID, `unknown` does not. `expired` counts those whose edition's life has ended.
    `outage` says why it stopped early, if it did, and `left` why some of what is due waits for the next
    round. `alarms` are for the operator: our own fault, or a domain that refuses us. `struck` are the pauses that
    this round made, `paused` all that run when it ends; `suppressed` whose address was given up, and why.
    """

    outcomes: Counter[DeliveryStatus] = field(default_factory=Counter)
    failures: list[tuple[Delivery, Outcome]] = field(default_factory=list)
    freed: int = 0
    resent: int = 0
    unknown: int = 0
    expired: int = 0
    outage: str = ""
    left: str = ""
    alarms: list[str] = field(default_factory=list)
    struck: list[DomainPause] = field(default_factory=list)
    paused: list[DomainPause] = field(default_factory=list)
    suppressed: list[tuple[Delivery, SuppressionReason]] = field(default_factory=list)

    def add(self, delivery: Delivery, outcome: Outcome, suppressed: SuppressionReason | None = None) -> None:
        """Count one settled delivery, and the suppression that came of it."""
        self.outcomes[outcome.status] += 1
        if outcome.status is not DeliveryStatus.ACCEPTED:
            self.failures.append((delivery, outcome))
        if suppressed is not None:
            self.suppressed.append((delivery, suppressed))


def deliver_due(
    store: Store,
    transports: Callable[[], Transport],
    letters: Letters,
    rules: DeliveryRules,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
    pace: Pace | None = None,
    done: Delivered | None = None,
) -> Delivered:
    """Send everything that is due; returns when nothing is left, the relay is out, or `stop` says so.

    One recipient's failure is written down and stops nobody else. Whatever ends the round early, an Outage or
    a failure of the store, frees the claims and counts no attempt; what is in a conversation is settled first.

    Args:
        store: where deliveries are claimed and settled.
        transports: makes a transport, one for each of `rules.connections` threads. One whose class says
            ``parallel = False`` is used alone, and so is one connection: in the calling thread.
        letters: makes the messages.
        rules: how deliveries are tried.
        clock: tells the time, aware and in UTC.
        stop: asked before each delivery.
        pace: what is known of how fast we may go, from earlier rounds; None to start anew.
        done: what to add to and return, if not a new one.
    """
    done = done or Delivered()
    tidy(store, rules, clock(), done)
    first = transports()
    workers = rules.connections if getattr(first, "parallel", True) else 1
    desk = Desk(store, rules, pace or Pace(rules.limits), clock, stop, workers)
    attempts = Attempts(store, letters, rules, clock, desk, done)
    try:
        if workers == 1:
            attempts.work(first)
        else:
            _in_threads([lambda: attempts.work(first), *[lambda: attempts.work(transports())] * (workers - 1)], desk)
    finally:
        store.release(rules.worker)
    done.outage, done.left, done.paused = desk.outage, desk.left, store.pauses(clock())
    return done


def tidy(store: Store, rules: DeliveryRules, now: datetime, done: Delivered) -> None:
    """Free what dead processes and ended leases hold, and drop what nobody waits for any more."""
    recovered = store.recover(now, dead(store.claimants()), rules.resend_unknown)
    found = (recovered.freed, recovered.resent, recovered.unknown, store.expire(now))
    done.freed, done.resent, done.unknown, done.expired = (
        before + more for before, more in zip((done.freed, done.resent, done.unknown, done.expired), found, strict=True)
    )
    if any(found):
        log.warning("outbox freed=%d resent=%d unknown=%d expired=%d", *found)


def _in_threads(works: list[Callable[[], None]], desk: Desk) -> None:
    """Do all of `works` at once; the first error of any ends the round and is raised when all are back.

    An interruption waits for what is in a conversation: a message half-way is nobody's gain.
    """
    errors: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            log.error("a worker failed: %r", error)
            errors.append(error)
            desk.end()

    threads: list[threading.Thread] = []
    try:
        for number, work in enumerate(works, 1):
            thread = threading.Thread(target=guarded, args=(work,), name=f"deliver-{number}")
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()
    finally:
        desk.end()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
