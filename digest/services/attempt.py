"""Attempt: one try of one delivery, from its message to what is written down of it.

The order of writes is the promise (MAIL.md 25, RFC 5321 section 6.1): a row is `sending` before
the conversation, `dot_sent` before the final dot, and settled after the reply. A process that dies
before `dot_sent` has sent nothing; one that dies after it may have, and the `unknown` policy
decides. Every try of a delivery carries the same Message-ID and the same bytes.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import Deferral, Outage, OutcomeUnknown, Refusal, StorageError
from digest.mail.meaning import Meaning, meaning
from digest.model import DeliveryStatus, Outcome, iso
from digest.services.desk import LEASE
from digest.services.guard import Guard
from digest.services.outcomes import deferred, held_off, pause_length, refused, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from digest.errors import TransportError
    from digest.mail.transports import Transport
    from digest.model import Bounce, Delivery, SuppressionReason
    from digest.services.desk import Desk, Ticket
    from digest.services.round import Delivered, DeliveryRules, Letters
    from digest.storage import Store
    from digest.storage.bounces import Judge

log = logging.getLogger("digest.deliver")

# Where a conversation that breaks off may be the message's fault: the relay was there, and knew us.
_MIDWAY = ("rcpt", "data", "body")
_BREAKS = 2
_WELCOME = 10
_CLOSING = 421
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
        self._past_dot: set[int] = set()
        self._taken: Counter[str] = Counter()

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
            if ticket.delivery.id not in self._past_dot:
                return self._broke(ticket, outage)
            self._unknown(ticket, outage)
        except StorageError:
            raise
        except Exception as bug:
            log.exception("delivery id=%d", ticket.delivery.id)
            self._bug(ticket, f"{type(bug).__name__}: {bug}")
        return True

    def _bug(self, ticket: Ticket, words: str) -> None:
        """It may be in one message alone: that one waits, and the others go on."""
        self._alarm(f"delivery {ticket.delivery.id}: {words}")
        if ticket.delivery.id in self._past_dot:
            self._unknown(ticket, OutcomeUnknown(words))
        else:
            self._settle(ticket, deferred(ticket.delivery, self._clock(), words))

    def _send(self, transport: Transport, ticket: Ticket) -> None:
        delivery, guard = ticket.delivery, Guard()
        self._past_dot.discard(delivery.id)
        with guard.alone(f"the message of delivery {delivery.id}"):
            message, envelope = self._letters(delivery), self._rules.envelope(delivery)
        if guard.failures:
            # The operator can mend a template before the edition's life ends.
            self._settle(ticket, deferred(delivery, self._clock(), guard.failures[0]))
            return
        if not ticket.begun:
            self._step(delivery, DeliveryStatus.SENDING)
        try:
            receipt = transport.send(message, envelope, lambda: self._dot(delivery))
        except Deferral as error:
            self._deferred(ticket, error)
        except Refusal as error:
            self._refused(ticket, error)
        except OutcomeUnknown as error:
            self._unknown(ticket, error)
        else:
            self._accepted(ticket, Outcome(DeliveryStatus.ACCEPTED, receipt.code, receipt.text, receipt.queue_id))

    def _dot(self, delivery: Delivery) -> None:
        self._step(delivery, DeliveryStatus.DOT_SENT)
        self._past_dot.add(delivery.id)

    def _step(self, delivery: Delivery, status: DeliveryStatus) -> None:
        if not self._store.step(delivery.id, self._rules.worker, status, self._clock() + LEASE):
            raise ClaimLost(f"delivery id={delivery.id} was claimed by another worker before it was sent")

    def _accepted(self, ticket: Ticket, outcome: Outcome) -> None:
        self._desk.answered()
        with self._lock:
            self._taken[ticket.delivery.domain] += 1
        self._settle(ticket, outcome, taken=True)
        self._store.clear_strikes(ticket.delivery.domain)

    def _unknown(self, ticket: Ticket, error: TransportError) -> None:
        self._settle(ticket, unknown(ticket.delivery, self._clock(), error, self._rules.resend_unknown))

    def _deferred(self, ticket: Ticket, error: Deferral) -> None:
        said = _meaning(error)
        # A 4xx before any recipient was named is not about this one.
        self._desk.trouble(str(error)) if error.step == "mail" else self._desk.answered()
        outcome = deferred(ticket.delivery, self._clock(), error.text, error.code, error.enhanced, said)
        self._settle(ticket, outcome, slow_down=said is Meaning.SLOW_DOWN)

    def _refused(self, ticket: Ticket, error: Refusal) -> None:
        said = _meaning(error)
        if said is Meaning.SENDER:
            self._alarm(f"the mail server refuses us as a sender: {error}")
            self._desk.end(str(error))
            return
        self._desk.answered()
        if said is Meaning.POLICY and not self._takes_others(ticket.delivery.domain):
            self._settle(ticket, self._struck(ticket.delivery, error))
        else:
            self._settle(ticket, refused(ticket.delivery, self._clock(), error, said))

    def _takes_others(self, domain: str) -> bool:
        """Whether `domain` took so many messages since it last refused one that this is about one reader or message.

        Without that, every hundredth reader who blocks us would hold up the ninety-nine others.
        """
        with self._lock:
            return self._taken.pop(domain, 0) >= _WELCOME

    def _struck(self, delivery: Delivery, error: Refusal) -> Outcome:
        """The domain rests, and the operator hears of it: nothing that a reader could mend."""
        now, words = self._clock(), _discreet(str(error), delivery)
        pause = self._store.strike(delivery.domain, words, now, pause_length)
        self._desk.rest(delivery.domain)
        with self._lock:
            new = pause not in self._done.struck
            self._done.struck += [pause] if new else []
        if new:
            self._alarm(f"{pause.domain} refuses our mail; nothing goes there before {iso(pause.until)}: {words}")
        return held_off(delivery, error, pause.until)

    def _broke(self, ticket: Ticket, outage: Outage) -> bool:
        """The line is gone, and nothing was sent; whether this worker can go on over a fresh one."""
        if outage.step not in _MIDWAY:
            log.error("outage delivery=%d error=%r", ticket.delivery.id, str(outage))
            self._desk.retire(ticket, str(outage))
            return False
        if outage.code != _CLOSING and ticket.breaks + 1 < _BREAKS:
            self._desk.again(ticket)
            return True
        self._desk.trouble(str(outage))
        outcome = deferred(ticket.delivery, self._clock(), outage.text, outage.code, outage.enhanced)
        self._settle(ticket, outcome, slow_down=outage.code == _CLOSING)
        return True

    def _settle(self, ticket: Ticket, outcome: Outcome, *, taken: bool = False, slow_down: bool = False) -> None:
        """Write the outcome down, and only then let the desk go on."""
        delivery, verdict = ticket.delivery, _Verdict(self._rules.judge)
        judge = verdict if self._rules.judge else None
        settled = self._insist(
            ticket, lambda: self._store.settle(delivery.id, self._rules.worker, outcome, self._clock(), judge)
        )
        self._desk.over(ticket, taken=taken, slow_down=slow_down)
        if not settled:
            log.warning("delivery id=%d was settled by another worker", delivery.id)
            return
        _report(delivery, outcome)
        with self._lock:
            self._done.add(delivery, outcome, verdict.reason)

    def _insist(self, ticket: Ticket, write: Callable[[], bool]) -> bool:
        """What `write` says. Behind the dot it is tried again where the store fails for a while: an answer that is
        known and not written down would be taken for none, and the message sent twice."""
        for pause in _PAUSES if ticket.delivery.id in self._past_dot else ():
            try:
                return write()
            except StorageError as error:
                log.error("delivery id=%d answered, not written down yet: %s", ticket.delivery.id, error)
                time.sleep(pause)
        return write()

    def _alarm(self, words: str) -> None:
        log.error("alarm: %s", words)
        with self._lock:
            self._done.alarms.append(words)


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


def _meaning(error: TransportError) -> Meaning:
    return meaning(error.code, error.enhanced, error.text, error.step)


def _report(delivery: Delivery, outcome: Outcome) -> None:
    level = logging.INFO if outcome.status is DeliveryStatus.ACCEPTED else logging.WARNING
    log.log(
        level,
        "delivery id=%d status=%s code=%d queue_id=%s attempt=%d text=%r",
        *(delivery.id, outcome.status.value, outcome.code, outcome.queue_id or "-", delivery.attempts + 1),
        _discreet(outcome.text, delivery),
    )


def _discreet(words: str, delivery: Delivery) -> str:
    """`words` without the recipient's address, which servers like to repeat, and which has no place in a log."""
    return re.sub(re.escape(delivery.recipient), "(the recipient)", words, flags=re.IGNORECASE)
