"""The outbox: deliveries, and the compare-and-sets that keep two workers off the same one.

::

    pending, deferred --claim--> claimed --step--> sending --step--> dot_sent --settle--> accepted, ...

A row that a worker holds changes only by that worker's name and from a status that may come before; whoever
comes late changes nothing and is told so. What was not yet sent is freed when its lease runs out. A row in
`dot_sent` may be a message on its way: it is never freed but by the stated policy (RFC 1047).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, case, literal, or_, select

from digest.model import Bounce, Delivery, DeliveryStatus, Outcome
from digest.storage.bounces import Judge, note_bounce
from digest.storage.deliveries import (
    GIVEN_UP,
    WAITING,
    cancel,
    cancelled,
    delivery_from,
    is_letter,
    lock_readers,
    take_back,
)
from digest.storage.domains import is_paused
from digest.storage.engine import Room
from digest.storage.reasons import is_void
from digest.storage.schema import deliveries, picks
from digest.storage.suppressions import is_suppressed, take_turn_for, why_suppressed
from digest.storage.types import Instant, Words

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection, Row, Update

_C = deliveries.c
_S = DeliveryStatus
_MOST_WORDS = 1_000

UNSENT = (_S.CLAIMED, _S.SENDING)
HELD = (*UNSENT, _S.DOT_SENT)

STEPS = {_S.SENDING: _S.CLAIMED, _S.DOT_SENT: _S.SENDING}
"""What a row must be in before it steps on."""

SETTLED_FROM: dict[DeliveryStatus, tuple[DeliveryStatus, ...]] = {
    # A worker that was given up after the dot may still hear the reply, which then is the truth.
    _S.ACCEPTED: (_S.SENDING, _S.DOT_SENT, _S.UNKNOWN),
    _S.FAILED: (*HELD, _S.UNKNOWN),
    _S.DEFERRED: (*HELD, _S.UNKNOWN),
    _S.PENDING: HELD,  # it was answered, and not taken, for reasons that are not its own
    _S.UNKNOWN: (_S.SENDING, _S.DOT_SENT),
    _S.EXPIRED: UNSENT,
    _S.CANCELLED: UNSENT,
}
"""The outcomes, and what a row may be in before each."""

REQUEUED_FROM = (_S.FAILED, _S.UNKNOWN, _S.EXPIRED, _S.DEFERRED)
"""What an operator may have tried again."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a recovery did: rows freed before the dot; after it, rows left `unknown` and rows to be resent."""

    freed: int = 0
    unknown: int = 0
    resent: int = 0


class Outbox(Room):
    """The store's words for workers."""

    def claim(
        self, now: datetime, lease: timedelta, limit: int, worker: str, avoid: Collection[str] = ()
    ) -> list[Delivery]:
        """Take up to `limit` due deliveries for a while: letters before editions, then the longest due first.

        Those to domains that are paused or in `avoid` (lower case) are left as they are. What has lost its reason
        (an edition whose subscriber is not active any more; see `reasons`), and what would go to somebody suppressed,
        is cancelled instead.
        """
        claimed = {"status": _S.CLAIMED, "claimed_by": worker, "lease_until": now + lease}
        while taken := self._take(now, limit, avoid, claimed):
            unwanted = self._turned_away([row.id for row in taken], worker, now)
            if len(unwanted) < len(taken):
                break
        wanted = [delivery_from(row) for row in taken if row.id not in unwanted]
        return sorted(wanted, key=lambda delivery: (delivery.edition_id is not None, delivery.due_at, delivery.id))

    def _take(
        self, now: datetime, limit: int, avoid: Collection[str], claimed: Mapping[str, Any]
    ) -> Sequence[Row[Any]]:
        """Claim letters, and what there is besides: each found by an index of its own, however many editions wait."""
        with self._db.writing() as connection:
            letters = _taken(now, limit, avoid, is_letter()).values(claimed).returning(deliveries)
            taken = [*connection.execute(letters)]
            if len(taken) < limit:
                rest = _taken(now, limit - len(taken), avoid).values(claimed).returning(deliveries)
                taken += connection.execute(rest)
        return taken

    def _turned_away(self, ids: Collection[int], worker: str, now: datetime) -> set[int]:
        """Cancel those of the deliveries `ids` that must not be sent; which.

        In a transaction of its own, as subscribers are locked before deliveries. A process that dies between the two
        leaves claims behind, as it may anywhere.
        """
        these = _C.id.in_(ids) & (_C.claimed_by == worker) & (_C.status == _S.CLAIMED)
        with self._db.reading() as connection:
            found = set(connection.scalars(select(_C.id).where(these, is_suppressed() | is_void(now))))
        if not found:
            return found
        which = _C.id.in_(found) & these
        suppressed = cancelled(which, is_suppressed()).values(last_error=why_suppressed())
        with self._db.writing() as connection:
            lock_readers(connection, found)
            for statement in (suppressed, cancelled(which, is_void(now))):
                cancel(connection, statement)
            gone = select(_C.id).where(_C.id.in_(ids), ~((_C.claimed_by == worker) & (_C.status == _S.CLAIMED)))
            return set(connection.scalars(gone))

    def step(self, delivery_id: int, worker: str, status: DeliveryStatus, lease_until: datetime | None = None) -> bool:
        """Note that a claimed delivery is now SENDING (an attempt counts from here) or DOT_SENT.

        Its lease then lasts until `lease_until`, if given. False where the claim was lost: the message must not
        be sent.
        """
        held = (_C.id == delivery_id) & (_C.claimed_by == worker) & (_C.status == STEPS[status])
        values: dict[str, Any] = {"status": status, "attempts": _C.attempts + int(status is _S.SENDING)}
        if lease_until is not None:
            values["lease_until"] = lease_until
        return self._count(deliveries.update().where(held).values(values)) > 0

    def settle(
        self, delivery_id: int, worker: str, outcome: Outcome, now: datetime, judge: Judge | None = None
    ) -> bool:
        """Write down what became of an attempt; False where the row is not this worker's to settle.

        UNKNOWN with a `retry_at` is DEFERRED to then, the first time that a delivery's fate is unknown. PENDING is no
        attempt: the message is due again at `retry_at` as if it had not been tried. Where the
        outcome holds a bounce, that is noted in the same transaction, with the suppression that `judge` makes of it.

        Raises:
            ValueError: no outcome at all, or a deferral that does not say until when.
        """
        legal = SETTLED_FROM.get(outcome.status)
        if legal is None or (outcome.status in WAITING and outcome.retry_at is None):
            raise ValueError(f"not an outcome: {outcome}")
        held = (_C.id == delivery_id) & (_C.claimed_by == worker) & _C.status.in_(legal)
        with self._db.writing() as connection:
            bounce = _bounce(connection, delivery_id, outcome, now)
            given_up = outcome.status in GIVEN_UP
            if given_up or bounce is not None:
                lock_readers(connection, [delivery_id])
            settled = _write_down(connection, held, outcome, now)
            if settled and given_up:
                take_back(connection, [delivery_id])
            if settled and bounce is not None:
                note_bounce(connection, bounce, now, judge)
        return settled

    def release(self, worker: str) -> int:
        """Give back what `worker` holds and has not sent, as if it had never tried; how many."""
        unsent = (_C.claimed_by == worker) & _C.status.in_(UNSENT)
        uncounted = case((_C.status == _S.SENDING, _C.attempts - 1), else_=_C.attempts)
        return self._count(_freed(unsent).values(attempts=uncounted))

    def claimants(self) -> list[str]:
        """The names of the workers that hold deliveries."""
        query = select(_C.claimed_by).where(_C.status.in_(HELD)).distinct()
        with self._db.reading() as connection:
            return sorted(connection.scalars(query))

    def recover(self, now: datetime, dead: Collection[str], resend_unknown: bool) -> Recovered:
        """Take back what is held by `dead` workers and under leases that ran out.

        What had not been sent is pending again. What was past the final dot becomes UNKNOWN; with
        `resend_unknown` it is pending once more instead, the first time. What was being sent goes to the end of
        the queue: if a message kills its process, it does so after the others have gone.
        """
        lost = or_(_C.lease_until <= now, _C.claimed_by.in_(sorted(dead)))
        dotted = lost & (_C.status == _S.DOT_SENT)
        again = dotted & (_C.resent == 0)
        unknown = deliveries.update().where(dotted).values(status=_S.UNKNOWN, lease_until=None)
        with self._db.writing() as connection:
            later = case((_C.status == _S.SENDING, literal(now, Instant())), else_=_C.due_at)
            freed = connection.execute(_freed(lost & _C.status.in_(UNSENT)).values(due_at=later)).rowcount
            resent = connection.execute(_freed(again).values(resent=1, due_at=now)).rowcount if resend_unknown else 0
            return Recovered(freed, connection.execute(unknown).rowcount, resent)

    def expire(self, now: datetime) -> int:
        """Drop what waits and whose edition's life has ended; how many. The next edition covers its papers again."""
        over = _C.status.in_(WAITING) & (_C.expires_at <= now)
        with self._db.writing() as connection:
            lock_readers(connection, list(connection.scalars(select(_C.id).where(over))))
            ended = list(connection.scalars(deliveries.update().where(over).values(status=_S.EXPIRED).returning(_C.id)))
            take_back(connection, ended)
        return len(ended)

    def requeue(self, delivery_id: int, now: datetime, expires_at: datetime) -> bool:
        """Let a delivery that did not get through be tried again, from now until `expires_at`; the operator's word.

        False where it is not failed, unknown, expired or deferred; where its reason is void (see `reasons`) or the
        recipient suppressed; and where a later edition holds one of its papers, which would be mailed twice.
        """
        which = (_C.id == delivery_id) & _C.status.in_(REQUEUED_FROM)
        due = {"status": _S.PENDING, "due_at": now, "expires_at": expires_at, "claimed_by": "", "lease_until": None}
        # What may have arrived once keeps the mark of that.
        resent = case((_C.status == _S.UNKNOWN, 1), else_=_C.resent)
        again = deliveries.update().where(which, ~is_void(now), ~is_suppressed(), ~_picked_later())
        with self._db.writing() as connection:
            lock_readers(connection, [delivery_id])  # whose next edition may be in the making
            return connection.execute(again.values(resent=resent, **due)).rowcount > 0

    def _count(self, statement: Update) -> int:
        with self._db.writing() as connection:
            return connection.execute(statement).rowcount


def _taken(now: datetime, limit: int, avoid: Collection[str], *which: ColumnElement[bool]) -> Update:
    """An update of the longest due rows, of those of which all of `which` is true, that nobody else is just taking.

    The rows are chosen in a CTE of their own: PostgreSQL may run a subquery with LIMIT more than once.
    """
    due = _C.status.in_(WAITING) & (_C.due_at <= now) & (_C.expires_at > now)
    open_to_us = _C.domain.not_in(sorted(avoid)) & ~is_paused(now)
    chosen = select(_C.id).where(due, open_to_us, *which).order_by(_C.due_at, _C.id).limit(limit)
    rows = chosen.with_for_update(skip_locked=True).cte("due")
    return deliveries.update().where(_C.id.in_(select(rows.c.id)))


def _picked_later() -> ColumnElement[bool]:
    """Whether a later edition of the same subscriber holds a paper of this one, in no newer version."""
    old, new = picks.alias("old"), picks.alias("new")
    same = (new.c.subscriber_id == old.c.subscriber_id) & (new.c.paper_id == old.c.paper_id)
    later = (new.c.edition_id > old.c.edition_id) & (new.c.revision <= old.c.revision)
    return select(old.c.rank).join_from(old, new, same & later).where(old.c.edition_id == _C.edition_id).exists()


def _freed(which: ColumnElement[bool]) -> Update:
    return deliveries.update().where(which).values(status=_S.PENDING, claimed_by="", lease_until=None)


def _bounce(connection: Connection, delivery_id: int, outcome: Outcome, now: datetime) -> Bounce | None:
    """The bad news in an outcome, if any; whoever writes about that address waits until the transaction ends."""
    if outcome.bounce is None:
        return None
    address_hash = connection.scalar(select(_C.address_hash).where(_C.id == delivery_id)) or ""
    take_turn_for(connection, address_hash)
    return Bounce(
        address_hash, outcome.bounce, now, status=outcome.enhanced, detail=outcome.text, delivery_id=delivery_id
    )


def _write_down(connection: Connection, held: ColumnElement[bool], outcome: Outcome, now: datetime) -> bool:
    """Settle the row that is `held`; one more try of what is unknown is granted once."""
    if outcome.status is _S.UNKNOWN and outcome.retry_at is not None:
        again = _settled(replace(outcome, status=_S.DEFERRED), now) | {"resent": 1}
        if connection.execute(deliveries.update().where(held, _C.resent == 0).values(again)).rowcount > 0:
            return True
    return connection.execute(deliveries.update().where(held).values(_settled(outcome, now))).rowcount > 0


def _settled(outcome: Outcome, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        "status": outcome.status,
        "lease_until": None,
        "last_code": outcome.code,
        # A server's words repeat the address, which may have been erased meanwhile.
        "last_error": case((_C.recipient == "", ""), else_=literal(outcome.text[:_MOST_WORDS], Words())),
        "queue_id": outcome.queue_id,
        "settled_at": now,
    }
    if outcome.status is _S.ACCEPTED:
        values |= {"sent_at": now, "last_error": ""}
    if outcome.status in WAITING:
        values |= {"due_at": outcome.retry_at, "claimed_by": ""}
    if outcome.status is _S.PENDING:
        uncounted = case((_C.status == _S.CLAIMED, _C.attempts), else_=_C.attempts - 1)
        values |= {"attempts": uncounted, "settled_at": None}
    return values
