"""Answers: what follows when a message was taken, put off or refused, or the line broke.

Whose fault it is comes from `mail.meaning` and `suspicion.py`, what becomes of the delivery from `outcomes.py`; here
it is carried out: what slows down, rests, ends the round or alarms. What is about us never counts against a reader,
and a message that is no edition never holds up editions.
"""

from __future__ import annotations

import logging
import math
import re
import threading
from collections import Counter
from typing import TYPE_CHECKING

from digest.errors import Deferral, Outage, Refusal, TransportError
from digest.mail.meaning import OURS, Meaning, is_crowded, meaning, wait_asked
from digest.model import DeliveryKind, Outcome, iso
from digest.services import outcomes
from digest.services.suspicion import HeldRefusal, Suspicion

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from digest.model import Delivery
    from digest.services.desk import Desk, Ticket
    from digest.services.round import Delivered, DeliveryRules
    from digest.storage import Store

log = logging.getLogger("digest.deliver")

# Where a conversation that breaks off may be the message's fault: the relay was there, and knew us.
_MIDWAY = ("rcpt", "data", "body")
_UNSENT = ("connect", "auth", "mail")  # no recipient has been named
_BREAKS = 2
_WELCOME = 10
_CLOSING = 421
_LOGIN = (525, 530, 534, 535, 538)
_THROTTLED_MOST = 2
"""So often a message is told to wait, with none taken in between, before it waits longer than the others."""


class Answers:
    """What the workers of one round do about each answer. Safe to share between threads.

    Args:
        settle: writes an outcome down.
        past_dot: the deliveries whose final dot was, or may have been, sent.
        store, rules, clock, desk, done: see `Attempts`.
    """

    def __init__(
        self,
        store: Store,
        rules: DeliveryRules,
        clock: Callable[[], datetime],
        desk: Desk,
        done: Delivered,
        settle: Callable[..., None],
        past_dot: Collection[int],
    ) -> None:
        self._store, self._rules, self._clock, self._desk, self._done = store, rules, clock, desk, done
        self._settle, self._past_dot = settle, past_dot
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()
        self._throttles: Counter[int] = Counter()
        self._slow_domains: set[str] = set()
        self._suspicion = Suspicion()
        self._ours_in_a_row = 0
        self._told = False

    def accepted(self, ticket: Ticket, outcome: Outcome) -> None:
        self._desk.answered()
        with self._lock:
            self._taken[ticket.delivery.domain] += 1
            self._ours_in_a_row = 0
            self._throttles.clear()
        self._settle(ticket, outcome, taken=True)
        self._store.clear_strikes(ticket.delivery.domain)
        self.finish(ticket.permit.started)

    def unknown(self, ticket: Ticket, error: TransportError) -> None:
        self._settle(ticket, outcomes.unknown(ticket.delivery, self._clock(), error, self._rules.resend_unknown))

    def deferred(self, ticket: Ticket, error: Deferral) -> None:
        said = meaning_of(error)
        if said is Meaning.THROTTLED and not self._is_domains_own(ticket, error):
            self._throttled(ticket, error)
            return
        if said in (Meaning.SENDER, Meaning.QUOTA):
            self._ours(ticket, error, said)
            return
        # A 4xx before any recipient was named is not about this one; with the null sender it is about the answer.
        if error.step == "mail" and _is_edition(ticket):
            self._desk.trouble(str(error))
        else:
            self._desk.answered()
        slow = said in (Meaning.SLOW_DOWN, Meaning.THROTTLED)
        self._settle(ticket, self._later(ticket, error, said), slow_down=slow)

    def _is_domains_own(self, ticket: Ticket, error: TransportError) -> bool:
        """Whether it may be the recipient's domain that wants us slower: said of its recipients, and of no others."""
        if error.step != "rcpt" or error.code == _CLOSING:
            return False
        with self._lock:
            self._slow_domains.add(ticket.delivery.domain)
            return len(self._slow_domains) == 1

    def _throttled(self, ticket: Ticket, error: TransportError) -> bool:
        """Our mail server wants us slower: all mail, and this message comes again. Whether that is news."""
        asked = wait_asked(error.text)
        pause = asked.total_seconds() if asked else 0.0
        news = self._desk.throttled(ticket, pause, crowded=is_crowded(error.text))
        with self._lock:
            self._throttles[ticket.delivery.id] += int(news)
            often = self._throttles[ticket.delivery.id] >= _THROTTLED_MOST
        self._settle(ticket, self._later(ticket, error) if often else outcomes.postponed(error, self._clock()))
        return news

    def refused(self, ticket: Ticket, error: Refusal) -> None:
        said = meaning_of(error)
        if said in OURS:
            self._ours(ticket, error, said)
            return
        self._desk.answered()
        if not _is_edition(ticket) or (said is Meaning.POLICY and self._takes_others(ticket.delivery.domain)):
            self._settle(ticket, outcomes.refused(ticket.delivery, self._clock(), error, said))
        elif said in (Meaning.POLICY, Meaning.PERMANENT) and error.code:
            self._hold(HeldRefusal(ticket, error, said))
        else:
            self._settle(ticket, outcomes.refused(ticket.delivery, self._clock(), error, said))

    def _ours(self, ticket: Ticket, error: TransportError, said: Meaning) -> None:
        """Our own side is refused: one alarm, and the round ends, where that is certain or comes twice in a row.

        A message that is no edition ends nothing: what is wrong with it, such as its null sender, may be its alone.
        """
        certain = error.step in _UNSENT or error.code in _LOGIN
        if not _is_edition(ticket):
            self._settle(ticket, self._later(ticket, error))
            return
        self._tell(error, said)
        with self._lock:
            self._ours_in_a_row += 1
            certain = certain or self._ours_in_a_row > 1
        if ticket.delivery.id in self._past_dot or not certain:
            self._settle(ticket, self._later(ticket, error))
        if certain:
            self._desk.refused(str(error))

    def _tell(self, error: TransportError, said: Meaning) -> None:
        """One alarm a round names the mail server, in words that help."""
        with self._lock:
            told, self._told = self._told, True
        if not told:
            what = "lets us send no more for now" if said is Meaning.QUOTA else "refuses us as a sender"
            self.alarm(f"{self._rules.relay} {what}: {error}")

    def _hold(self, refusal: HeldRefusal) -> None:
        """Wait for what tells whether it is about the reader; nothing more goes to a domain that may refuse us."""
        if refusal.meaning is Meaning.POLICY:
            self._desk.rest(refusal.ticket.delivery.domain)
        self._desk.over(refusal.ticket)
        with self._lock:
            ours = self._suspicion.hold(refusal)
            held = self._suspicion.release() if ours else []
        if not ours:
            return
        self._tell(refusal.error, Meaning.SENDER)
        for one in held:
            self._settle(one.ticket, outcomes.postponed(one.error, self._clock()))
        self._desk.refused(str(refusal.error))

    def finish(self, begun: float = math.inf) -> None:
        """What was held, of messages that began before `begun`, is about its readers after all: write it down."""
        with self._lock:
            held = self._suspicion.release(begun)
        for one in held:
            delivery = one.ticket.delivery
            if one.meaning is Meaning.POLICY:
                self._settle(one.ticket, self._struck(delivery, one.error))
            else:
                self._settle(one.ticket, outcomes.refused(delivery, self._clock(), one.error, one.meaning))

    def _later(self, ticket: Ticket, error: TransportError, said: Meaning = Meaning.TEMPORARY) -> Outcome:
        return outcomes.deferred(ticket.delivery, self._clock(), error.text, error.code, error.enhanced, said)

    def _takes_others(self, domain: str) -> bool:
        """Whether `domain` took so many messages since it last refused one that this is about one reader or message.

        Without that, every hundredth reader who blocks us would hold up the ninety-nine others.
        """
        with self._lock:
            return self._taken.pop(domain, 0) >= _WELCOME

    def _struck(self, delivery: Delivery, error: TransportError) -> Outcome:
        """The domain rests, and the operator hears of it: nothing that a reader could mend."""
        now, words = self._clock(), discreet(str(error), delivery)
        pause = self._store.strike(delivery.domain, words, now, outcomes.pause_length)
        with self._lock:
            new = pause not in self._done.struck
            self._done.struck += [pause] if new else []
        if new:
            self.alarm(f"{pause.domain} refuses our mail; nothing goes there before {iso(pause.until)}: {words}")
        return outcomes.held_off(delivery, error, pause.until)

    def broke(self, ticket: Ticket, outage: Outage) -> bool:
        """The line is gone, and nothing was sent; whether this worker can go on over a fresh one."""
        said = meaning_of(outage) if outage.code else Meaning.TEMPORARY
        if outage.step == "mail" and not _is_edition(ticket):
            self._settle(ticket, self._later(ticket, outage))
            return True
        if said in (Meaning.SENDER, Meaning.QUOTA) and outage.step in _UNSENT:
            self._tell(outage, said)
            self._desk.refused(str(outage))
            return False
        if outage.code == _CLOSING and outage.step in (*_MIDWAY, "mail"):
            if self._throttled(ticket, outage) and _is_edition(ticket):
                self._desk.trouble(str(outage))
            return True
        if outage.step not in _MIDWAY:
            log.error("outage delivery=%d error=%r", ticket.delivery.id, str(outage))
            self._desk.retire(ticket, str(outage))
            return False
        if ticket.breaks + 1 < _BREAKS:
            self._desk.again(ticket)
            return True
        if _is_edition(ticket):
            self._desk.trouble(str(outage))
        self._settle(ticket, self._later(ticket, outage))
        return True

    def alarm(self, words: str) -> None:
        """Tell the operator."""
        log.error("alarm: %s", words)
        with self._lock:
            self._done.alarms.append(words)


def _is_edition(ticket: Ticket) -> bool:
    return ticket.delivery.kind is DeliveryKind.EDITION


def is_of_null_sender(error: TransportError) -> bool:
    """Whether a message that was not sent may go with another sender: nothing in `error` is about its recipient."""
    if isinstance(error, Outage):
        return error.step == "mail"
    said = meaning_of(error)
    ours = said in (Meaning.SENDER, Meaning.POLICY, Meaning.PERMANENT)
    return (error.step == "mail" and (ours or said is Meaning.TEMPORARY)) or (error.step == "rcpt" and ours)


def meaning_of(error: TransportError) -> Meaning:
    """What an error of a transport means."""
    return meaning(error.code, error.enhanced, error.text, error.step)


def discreet(words: str, delivery: Delivery) -> str:
    """`words` without the recipient's address, which servers like to repeat, and which has no place in a log."""
    return re.sub(re.escape(delivery.recipient), "(the recipient)", words, flags=re.IGNORECASE)
