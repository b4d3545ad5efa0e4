"""Outcomes: what becomes of a delivery by the meaning of the server's answer. Pure.

==========  =======================================  ======================================================
meaning     the delivery                             besides
==========  =======================================  ======================================================
DEAD        failed                                   a hard bounce
FULL        4xx: deferred; 5xx: failed               5xx, and the last 4xx of an edition: a soft bounce
POLICY      4xx: deferred; 5xx: when the pause ends  5xx: the domain pauses, alarm; no suppression
            5xx in a domain that takes other mail: failed
SLOW_DOWN   deferred                                 the domain gets half of the pace
THROTTLED   at once again, no attempt counted        all mail goes slower (`relay_rate.py`)
QUOTA       deferred                                 the round ends, alarm
SENDER      before RCPT: not tried; else deferred    the round ends, alarm
SIZE        failed
ADDRESS     failed
PERMANENT   failed; see `suspicion.py`               a soft bounce
TEMPORARY   deferred
==========  =======================================  ======================================================
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from digest.mail.meaning import Meaning, wait_asked
from digest.mail.scoring import BOUNCES
from digest.model import BounceKind, DeliveryStatus, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from digest.errors import TransportError
    from digest.model import Delivery

# The first retry leaves greylisting (RFC 6647) its five minutes.
RETRY_MINUTES = (5, 15, 30, 60, 120, 240)
PAUSE_MINUTES = (30, 60, 120, 240)
"""How long a domain rests after its first, second, ... refusal of our mail in a row."""

# The last try comes so long before the edition's life ends: time for it to be claimed, and to be made.
_LAST_CALL = timedelta(minutes=5)


def backoff(delivery: Delivery) -> timedelta:
    """The pause before the next try: longer each time, spread by up to a fifth for each delivery."""
    minutes = RETRY_MINUTES[min(delivery.attempts, len(RETRY_MINUTES) - 1)]
    return timedelta(minutes=minutes) * (1 + _spread(delivery))


def retry_at(delivery: Delivery, now: datetime, words: str = "") -> datetime:
    """When to try again: after the time that the server's `words` ask for, else after the `backoff`.

    A server that asks for less than the backoff is believed once. What would come too late for the edition's
    life comes shortly before its end, if that leaves one more try at least five minutes.
    """
    asked = wait_asked(words)
    pause = backoff(delivery)
    if asked is not None and (asked > pause or delivery.attempts == 0):
        pause = asked * (1 + _spread(delivery))
    last = delivery.expires_at - _LAST_CALL * (1 + _spread(delivery))
    return last if now + pause > last >= now + timedelta(minutes=RETRY_MINUTES[0]) else now + pause


def pause_length(strikes: int) -> timedelta:
    """How long a domain rests that has refused our mail so many times in a row."""
    return timedelta(minutes=PAUSE_MINUTES[min(max(strikes, 1), len(PAUSE_MINUTES)) - 1])


def deferred(
    delivery: Delivery,
    now: datetime,
    words: str,
    code: int = 0,
    enhanced: str = "",
    meaning: Meaning = Meaning.TEMPORARY,
) -> Outcome:
    """Another try later. A mailbox that is FULL at the last try of the edition's life has bounced."""
    later = retry_at(delivery, now, words)
    bounce = BounceKind.SOFT if meaning is Meaning.FULL and later >= delivery.expires_at else None
    return Outcome(DeliveryStatus.DEFERRED, code, words, retry_at=later, enhanced=enhanced, bounce=bounce)


def postponed(error: TransportError, now: datetime) -> Outcome:
    """No try at all, as far as the message goes: due again at once, by the pace of our mail server."""
    return Outcome(DeliveryStatus.PENDING, error.code, error.text, retry_at=now, enhanced=error.enhanced)


def refused(delivery: Delivery, now: datetime, error: TransportError, meaning: Meaning) -> Outcome:
    """What a 5xx means for its delivery; POLICY is here that of a domain which takes our other mail.

    A bare 552 at RCPT is deferred: RFC 5321 4.5.3.1.10 has clients take it for a 452.
    """
    if meaning is Meaning.FULL and not error.enhanced:
        return deferred(delivery, now, error.text, error.code, meaning=meaning)
    return _failed(error, BOUNCES.get(meaning))


def held_off(delivery: Delivery, error: TransportError, until: datetime) -> Outcome:
    """What a refusal for reasons of policy means for its delivery: another try when the pause has ended.

    Where that is after the edition's life it has failed, which says nothing of the address.
    """
    again = until + timedelta(minutes=_spread(delivery))
    if again < delivery.expires_at:
        return Outcome(DeliveryStatus.DEFERRED, error.code, error.text, retry_at=again, enhanced=error.enhanced)
    return _failed(error, BounceKind.POLICY)


def unknown(delivery: Delivery, now: datetime, error: TransportError, once_more: bool) -> Outcome:
    """By the policy for `unknown`: once more with the same bytes, or left for the operator to see."""
    later = now + backoff(delivery) if once_more else None
    return Outcome(DeliveryStatus.UNKNOWN, error.code, error.text, retry_at=later)


def _failed(error: TransportError, bounce: BounceKind | None) -> Outcome:
    return Outcome(DeliveryStatus.FAILED, error.code, error.text, enhanced=error.enhanced, bounce=bounce)


def _spread(delivery: Delivery) -> float:
    """0 to 0.2, another one for each delivery and try."""
    return sha256(f"{delivery.message_id}/{delivery.attempts}".encode()).digest()[0] / 255 / 5
