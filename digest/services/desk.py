"""The desk: hands claimed deliveries to workers one by one, each when the pace lets it go.

A delivery that must wait for its domain lies on the desk while others go past it. The desk claims more when
nothing that lies there can go, and never more than can be sent while half of the lease lasts. A worker that
is kept waiting for longer than that is safe all the same: the row decides whether a claim still stands.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from digest.model import DeliveryStatus
from digest.services.pace import Pace, Permit, warm_up_cap

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.model import Delivery
    from digest.services.round import DeliveryRules
    from digest.storage import Store

log = logging.getLogger("digest.deliver")

# It begins anew with each step. From the dot on nothing takes as long: RFC 5321 4.5.3.2.6 gives it ten minutes.
LEASE = timedelta(minutes=30)
BATCH = 50
PATIENCE = 120.0
"""A round does not wait for so many seconds (or more) for the next message: the rest is for the next round."""

TROUBLES = 3
"""So many deliveries in a row without a line that holds are no accident of theirs: the relay is out."""

PROBE = 10.0
"""For at most so many seconds the first message of a round goes alone: a login or a sender that is refused is refused
once, and not on every connection."""

_POLL = 0.5


@dataclass(frozen=True, slots=True)
class Ticket:
    """A delivery to send now. `begun`: its row is `sending` already; `breaks`: so often the line broke with it."""

    delivery: Delivery
    permit: Permit
    begun: bool = False
    breaks: int = 0


class Desk:
    """Shared by the workers of one round; `outage` says why the round ended early, `left` what it left behind.

    Args:
        store: where deliveries are claimed.
        rules: who claims, and how many at a time.
        pace: when each may go.
        clock: tells the time, aware and in UTC.
        stop: whether to hand out nothing more.
        workers: how many there are.
    """

    def __init__(
        self,
        store: Store,
        rules: DeliveryRules,
        pace: Pace,
        clock: Callable[[], datetime],
        stop: Callable[[], bool],
        workers: int = 1,
    ) -> None:
        self.outage = self.left = ""
        self._store, self._rules, self._pace, self._clock, self._stop = store, rules, pace, clock, stop
        self._workers, self._troubles, self._ended = workers, 0, False
        self._waiting: list[tuple[Delivery, Ticket | None]] = []
        self._under_way: dict[int, Permit] = {}
        self._dry: frozenset[str] | None = None
        self._resting: set[str] = set()
        self._probing_until = monotonic() + PROBE
        self._changed = threading.Condition()

    def next(self) -> Ticket | None:
        """The next delivery to send; blocks until there is one. None when the round is over."""
        with self._changed:
            while not (self._ended or self._stop()):
                if self._workers > self._pace.connections():
                    self._workers -= 1
                    return None
                if ticket := self._pick():
                    return ticket
                if self._claim():
                    continue
                if (wait := self._wait()) is None:
                    break
                self._changed.wait(min(wait, _POLL))
            self._end()
            return None

    def over(self, ticket: Ticket, *, taken: bool = False, slow_down: bool = False) -> None:
        """A delivery is settled: whether it was `taken`, and whether its domain asked to `slow_down`.

        The first word on a ticket counts; what is said of it later changes nothing.
        """
        with self._changed:
            self._give_back(ticket, taken=taken, slow_down=slow_down)

    def again(self, ticket: Ticket) -> None:
        """The line broke before the final dot: the delivery goes once more, over a fresh connection."""
        with self._changed:
            self._put_back(ticket, ticket.breaks + 1)

    def retire(self, ticket: Ticket, why: str) -> None:
        """A worker finds no relay to talk to and leaves; others may still have a line. The last one ends the round."""
        with self._changed:
            self._put_back(ticket, ticket.breaks)
            self._workers -= 1
            if self._workers == 0 and not self._ended:
                self._end(why)

    def postponed(self, ticket: Ticket) -> None:
        """A delivery is pending again, and due now: it was no fault of it that it could not go."""
        with self._changed:
            self._give_back(ticket)
            self._dry = None

    def throttled(self, ticket: Ticket, pause: float, *, crowded: bool) -> bool:
        """Our mail server asks us to slow down; whether that is news."""
        return self._pace.throttled(ticket.permit, pause, crowded=crowded)

    def refused(self, why: str) -> None:
        """Our mail server refuses us, whoever the mail is for: the round ends, and the next one may wait a while."""
        with self._changed:
            self._pace.refused()
            self._end(why)

    def rest(self, domain: str) -> None:
        """Nothing more for `domain` in this round; what was claimed for it is free when the round ends."""
        with self._changed:
            self._resting.add(domain)
            self._waiting = [entry for entry in self._waiting if entry[0].domain != domain]

    def answered(self) -> None:
        """A conversation held: what broke before was no trouble of the relay's."""
        with self._changed:
            self._troubles, self._probing_until = 0, 0.0
            self._changed.notify_all()

    def trouble(self, why: str) -> None:
        """A delivery found no line that held, and `why`: too many in a row end the round."""
        with self._changed:
            self._troubles += 1
            if self._troubles >= TROUBLES:
                self._end(why)

    def end(self, outage: str = "") -> None:
        """Hand out nothing more."""
        with self._changed:
            self._end(outage)

    def _end(self, outage: str = "") -> None:
        self.outage = self.outage or outage
        self._ended = True
        self._changed.notify_all()

    def _pick(self) -> Ticket | None:
        """The first that may go now, off the desk."""
        if self._under_way and monotonic() < self._probing_until:
            return None
        refused: set[str] = set()
        for place, (delivery, before) in enumerate(self._waiting):
            if delivery.domain in refused:
                continue
            if permit := self._pace.begin(delivery.domain):
                del self._waiting[place]
                self._under_way[delivery.id] = permit
                return replace(before, permit=permit) if before else Ticket(delivery, permit)
            refused.add(delivery.domain)
        return None

    def _claim(self) -> bool:
        """Claim more where nothing on the desk can go; whether any came."""
        blocked = self._pace.blocked() if self._waiting else ()
        avoid = frozenset(self._resting.union(blocked))
        dry = self._dry is not None and self._dry <= avoid
        if dry or (self._waiting and self._pace.wait() > 0) or (limit := self._limit()) <= 0:
            return False
        claimed = self._store.claim(self._clock(), LEASE, limit, self._rules.worker, avoid=avoid)
        if not claimed:
            self._dry = avoid
        # A lease of ours may have run out and come back to us while the message is still on its way.
        fresh = [delivery for delivery in claimed if delivery.id not in self._under_way]
        self._waiting += [(delivery, None) for delivery in fresh]
        self._changed.notify_all()
        return bool(fresh)

    def _limit(self) -> int:
        """How many may be claimed now."""
        limit = min(BATCH, self._pace.capacity(LEASE.total_seconds() / 2))
        now = self._clock()
        cap = warm_up_cap(self._rules.warm_up, self._store.first_accepted(), now) if self._rules.warm_up else None
        if cap is None:
            return limit
        sent = self._store.accepted_since(datetime.combine(now.date(), time(), now.tzinfo))
        left = cap - sent - len(self._waiting) - len(self._under_way)
        if left <= 0 and self._store.delivery_counts()[DeliveryStatus.PENDING]:
            self.left = f"the warm-up lets {cap} leave today"
        return min(limit, left)

    def _wait(self) -> float | None:
        """For how many seconds to wait until something changes; None where nothing is worth waiting for."""
        if self._under_way:
            return _POLL
        if not self._waiting:
            return None
        blocked = self._pace.blocked()
        wait = self._pace.wait() or min(blocked.values(), default=0.0)
        if wait >= PATIENCE:
            slow = ", ".join(sorted(blocked))
            self.left = "the mail server wants a pause" if self._pace.wait() else f"slowed down: {slow}"
            return None
        return wait

    def _give_back(self, ticket: Ticket, *, taken: bool = False, slow_down: bool = False) -> None:
        if self._under_way.get(ticket.delivery.id) is not ticket.permit:
            return
        del self._under_way[ticket.delivery.id]
        self._pace.end(ticket.permit, taken=taken, slow_down=slow_down)
        self._changed.notify_all()

    def _put_back(self, ticket: Ticket, breaks: int) -> None:
        self._give_back(ticket)
        self._waiting.insert(0, (ticket.delivery, replace(ticket, begun=True, breaks=breaks)))
