"""Attempt: one try of one delivery, from its message to what is written down of it.

The order of writes is the promise (MAIL.md 25, RFC 5321 section 6.1): a row is `sending` before
the conversation, `dot_sent` before the final dot, and settled after the reply. A process that dies
before `dot_sent` has sent nothing; one that dies after it may have, and the `unknown` policy
decides. Every try of a delivery carries the same Message-ID and the same bytes.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal, StorageError, TransportError
from digest.model import DeliveryStatus, Outcome
from digest.services import outcomes
from digest.services.answers import Answers, discreet, is_of_null_sender
from digest.services.desk import LEASE
from digest.services.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from digest.mail.transports import Transport
    from digest.model import Bounce, Delivery, Envelope, Receipt, SuppressionReason
    from digest.services.desk import Desk, Ticket
    from digest.services.round import Delivered, DeliveryRules, Letters
    from digest.storage import Store
    from digest.storage.bounces import Judge

log = logging.getLogger("digest.deliver")

_PAUSES = (0.5, 2.0, 10.0)  # seconds


class ClaimLost(Exception):
    """The lease ran out, and the delivery is somebody else's now: nothing may be sent."""


class Attempts:
    """What the workers of one round do with each ticket. Safe to share between threads.

    Args:
        store: where every step is written down.
        letters: what makes the messages.
        rules: how deliveries are tried.
        clock: tells the time, aware and in UTC.
        desk: hears what became of each ticket.
        done: collects it.
    """

    def __init__(
        self,
        store: Store,
        letters: Letters,
        rules: DeliveryRules,
        clock: Callable[[], datetime],
        desk: Desk,
        done: Delivered,
    ) -> None:
        self._store, self._letters, self._rules, self._clock = store, letters, rules, clock
        self._desk, self._done, self._lock = desk, done, threading.Lock()
        self.past_dot: set[int] = set()
        self._no_null_sender = False
        self._answers = Answers(store, rules, clock, desk, done, self.settle, self.past_dot)

    def finish(self) -> None:
        """When all workers are back: what waited for them is settled."""
        self._answers.finish()

    def work(self, transport: Transport) -> None:
        """Send what the desk hands out until there is no more, or no relay to talk to."""
        with transport:
            while (ticket := self._desk.next()) is not None:
                try:
                    if not self._try(transport, ticket):
                        return
                finally:  # the pace outlives the round: whatever happened, the permit goes back
                    self._desk.over(ticket)

    def _try(self, transport: Transport, ticket: Ticket) -> bool:
        """One ticket; whether this worker can go on."""
        try:
            self._send(transport, ticket)
        except ClaimLost as lost:
            log.warning("%s", lost)
        except Outage as outage:
            if ticket.delivery.id not in self.past_dot:
                return self._answers.broke(ticket, outage)
            self._answers.unknown(ticket, outage)
        except StorageError:
            raise
        except Exception as bug:
            log.exception("delivery id=%d", ticket.delivery.id)
            self._bug(ticket, f"{type(bug).__name__}: {bug}")
        return True

    def _bug(self, ticket: Ticket, words: str) -> None:
        """It may be in one message alone: that one waits, and the others go on."""
        self._answers.alarm(f"delivery {ticket.delivery.id}: {words}")
        if ticket.delivery.id in self.past_dot:
            self._answers.unknown(ticket, OutcomeUnknown(words))
        else:
            self.settle(ticket, outcomes.deferred(ticket.delivery, self._clock(), words))

    def _send(self, transport: Transport, ticket: Ticket) -> None:
        delivery, guard = ticket.delivery, Guard()
        self.past_dot.discard(delivery.id)
        with guard.alone(f"the message of delivery {delivery.id}"):
            message, envelope = self._letters(delivery), self._rules.envelope(delivery)
        if guard.failures:
            # The operator can mend a template before the edition's life ends.
            self.settle(ticket, outcomes.deferred(delivery, self._clock(), guard.failures[0]))
            return
        if not ticket.begun:
            self._step(delivery, DeliveryStatus.SENDING)
        try:
            receipt = self._hand_over(transport, delivery, message, envelope)
        except Deferral as error:
            self._answers.deferred(ticket, error)
        except Refusal as error:
            self._answers.refused(ticket, error)
        except OutcomeUnknown as error:
            self._answers.unknown(ticket, error)
        else:
            self._answers.accepted(
                ticket, Outcome(DeliveryStatus.ACCEPTED, receipt.code, receipt.text, receipt.queue_id)
            )

    def _hand_over(self, transport: Transport, delivery: Delivery, message: bytes, envelope: Envelope) -> Receipt:
        """Send it; where the null sender is refused, as by submission services, once more with the usual one."""

        def at_dot() -> None:
            self._dot(delivery)

        if envelope.sender or not self._no_null_sender:
            try:
                return transport.send(message, envelope, at_dot)
            except TransportError as error:
                if envelope.sender or not is_of_null_sender(error):
                    raise
        receipt = transport.send(message, self._rules.usual_envelope(delivery), at_dot)
        self._no_null_sender = True
        return receipt

    def _dot(self, delivery: Delivery) -> None:
        self._step(delivery, DeliveryStatus.DOT_SENT)
        self.past_dot.add(delivery.id)

    def _step(self, delivery: Delivery, status: DeliveryStatus) -> None:
        if not self._store.step(delivery.id, self._rules.worker, status, self._clock() + LEASE):
            raise ClaimLost(f"delivery id={delivery.id} was claimed by another worker before it was sent")

    def settle(self, ticket: Ticket, outcome: Outcome, *, taken: bool = False, slow_down: bool = False) -> None:
        """Write the outcome down, and only then let the desk go on."""
        delivery, verdict = ticket.delivery, _Verdict(self._rules.judge)
        judge = verdict if self._rules.judge else None
        settled = self._insist(
            ticket, lambda: self._store.settle(delivery.id, self._rules.worker, outcome, self._clock(), judge)
        )
        if outcome.status is DeliveryStatus.PENDING:
            self._desk.postponed(ticket)
        else:
            self._desk.over(ticket, taken=taken, slow_down=slow_down)
        if not settled:
            log.warning("delivery id=%d was settled by another worker", delivery.id)
            return
        _report(delivery, outcome)
        if outcome.status is not DeliveryStatus.PENDING:
            with self._lock:
                self._done.add(delivery, outcome, verdict.reason)

    def _insist(self, ticket: Ticket, write: Callable[[], bool]) -> bool:
        """What `write` says. Behind the dot it is tried again where the store fails for a while: an answer that is
        known and not written down would be taken for none, and the message sent twice."""
        for pause in _PAUSES if ticket.delivery.id in self.past_dot else ():
            try:
                return write()
            except StorageError as error:
                log.error("delivery id=%d answered, not written down yet: %s", ticket.delivery.id, error)
                time.sleep(pause)
        return write()


@dataclass(slots=True)
class _Verdict:
    """A judge that remembers the `reason` it gave, if any."""

    judge: Judge | None
    reason: SuppressionReason | None = None

    def __call__(
        self, bounces: Sequence[Bounce], took_mail_at: datetime | None, now: datetime
    ) -> SuppressionReason | None:
        self.reason = self.judge(bounces, took_mail_at, now) if self.judge else None
        return self.reason


def _report(delivery: Delivery, outcome: Outcome) -> None:
    level = logging.INFO if outcome.status is DeliveryStatus.ACCEPTED else logging.WARNING
    log.log(
        level,
        "delivery id=%d status=%s code=%d queue_id=%s attempt=%d text=%r",
        *(delivery.id, outcome.status.value, outcome.code, outcome.queue_id or "-", delivery.attempts + 1),
        discreet(outcome.text, delivery),
    )
