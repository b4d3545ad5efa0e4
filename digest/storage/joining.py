"""Joining: what strangers ask for, how much of it is let through, and the proof that they said yes.

A demand is counted and its letter written in one transaction, which one process at a time may hold: two that ask at
once never pass a cap together. What is turned away leaves a number by the hour, and no name.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from digest.model import (
    MONTH,
    SHARES,
    Caps,
    Confirmation,
    Delivery,
    DeliveryKind,
    Demand,
    Origin,
    Subscriber,
    TurnedAway,
)
from digest.storage.deliveries import add_delivery, blanked, cancel, cancelled, is_letter, is_settled, not_begun
from digest.storage.engine import Room, insert, take_turn
from digest.storage.schema import bounces, confirmations, deliveries, demands, followed_mails, suppressions, turned_away
from digest.storage.subscribers import place_subscriber
from digest.storage.suppressions import suppression_from, take_turn_for

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

_C = confirmations.c
_D = demands.c
_TURN = 0x64696765_7374_0006
"""One process lets strangers ask at a time."""

_NAMED = _D.address_hash != ""
"""The demands that were let through: not those that count for a network alone."""

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class Joining(Room):
    """The store's words for those who are no subscribers yet."""

    def ask(
        self, demand: Demand, caps: Caps, delivery: Delivery | None, confirmation: Confirmation | None = None
    ) -> TurnedAway | None:
        """Let a stranger cause a letter, unless that is over one of `caps`: then which, and nothing is sent.

        The demand, its letter and the request that it asks to confirm are written together. Without a letter the
        demand counts all the same, so that nobody can tell what is known of an address; and what meets the cap of its
        address counts for its network. The caps of the address, the domain and the hour count demands from the web and
        from authenticated mails apart: a flood of the one leaves the other open, and whoever asks for an address on
        the web does not keep its owner from asking by mail. Nor on the web: the messages to an address are counted for
        each network, and `SHARES` times as many in all.
        """
        with self._db.writing() as connection:
            take_turn(connection, _TURN)
            why = next((cap for cap, over in _caps_met(connection, demand, caps) if over), None)
            if why is not None:
                _count_turned_away(connection, demand, why)
                if why is TurnedAway.ADDRESS:
                    _count_for_network(connection, demand, caps)
                return why
            _add_demand(connection, demand)
            if confirmation is not None:
                _add_confirmation(connection, confirmation, demand.address_hash)
            if delivery is not None:
                add_delivery(connection, delivery)
        return None

    def confirmation(self, confirmation_id: int) -> Confirmation | None:
        """The request with that id, open or confirmed."""
        found = self._confirmations(_C.id == confirmation_id)
        return found[0] if found else None

    def consents(self, subscriber_id: int) -> list[Confirmation]:
        """The proofs that a subscriber said yes, the oldest first; none for whom the operator added."""
        return self._confirmations(_C.subscriber_id == subscriber_id)

    def open_confirmations(self, now: datetime) -> int:
        """How many requests wait for their address to say yes."""
        waits = _C.confirmed_at.is_(None) & (_C.expires_at > now)
        with self._db.reading() as connection:
            return connection.scalar(select(func.count()).select_from(confirmations).where(waits)) or 0

    def confirm(
        self, confirmation_id: int, subscriber: Subscriber, now: datetime, confirmed_from: str, lift: str = ""
    ) -> Subscriber | None:
        """Make `subscriber` one, as the owner of the address asked and now says yes; as stored.

        Who has left comes back as by `add_subscriber`; who is here already stays as they are. Other requests of the
        same address are forgotten and their letters cancelled. The suppression of the address hash `lift` is taken
        back, if its owner may undo it (see `Suppression`).

        None where there is no such request, or it ended, or was confirmed before: of two clicks one wins.
        """
        open_one = (_C.id == confirmation_id) & _C.confirmed_at.is_(None) & (_C.expires_at > now)
        with self._db.writing() as connection:
            address_hash = connection.scalar(select(_C.address_hash).where(open_one))
            if address_hash is None:
                return None
            for one in sorted({address_hash, lift} - {""}):
                take_turn_for(connection, one)
            proof = {"confirmed_at": now, "confirmed_from": confirmed_from}
            if connection.execute(confirmations.update().where(open_one).values(proof)).rowcount == 0:
                return None
            placed, _ = place_subscriber(connection, subscriber)
            mine = confirmations.update().where(_C.id == confirmation_id)
            connection.execute(mine.values(subscriber_id=placed.id))
            others = _forget(connection, (_C.address_hash == address_hash) & _C.confirmed_at.is_(None))
            _cancel_letters(connection, {*others, confirmation_id}, now)
            _lift(connection, lift, now)
        return placed

    def decline(self, confirmation_id: int, now: datetime) -> bool:
        """Forget an open request that its address did not make, and its letter; False where there is none."""
        with self._db.writing() as connection:
            gone = _forget(connection, (_C.id == confirmation_id) & _C.confirmed_at.is_(None))
            _cancel_letters(connection, gone, now)
        return bool(gone)

    def purge_joining(self, now: datetime) -> int:
        """Forget what need not be known any more; how many rows.

        Requests that ended unconfirmed, demands, turned away ones and followed mails after a `MONTH`; and after that
        time to whom a letter went, and its words. Its row stays, as its number is in the letter. Proofs stay with
        their subscriber.
        """
        before = now - MONTH
        ended = confirmations.delete().where(_C.confirmed_at.is_(None), _C.expires_at <= now)
        old = deliveries.c.due_at < before
        statements = (
            ended,
            demands.delete().where(_D.at < before),
            turned_away.delete().where(turned_away.c.hour < before),
            followed_mails.delete().where(followed_mails.c.at < before),
            blanked(is_letter(), is_settled(), old),
        )
        with self._db.writing() as connection:
            return sum(connection.execute(statement).rowcount for statement in statements)

    def demands_since(self, instant: datetime) -> int:
        """How many demands of strangers were let through at or after `instant`."""
        with self._db.reading() as connection:
            return connection.scalar(select(func.count()).select_from(demands).where(_D.at >= instant, _NAMED)) or 0

    def turned_away(self, since: datetime) -> list[tuple[datetime, TurnedAway, int]]:
        """How many demands met which cap, by the hour (its beginning), from the hour of `since` on."""
        its = turned_away.c
        query = select(its.hour, its.why, its.demands).where(its.hour >= _hour(since)).order_by(its.hour, its.why)
        with self._db.reading() as connection:
            return [(row.hour, TurnedAway(row.why), row.demands) for row in connection.execute(query)]

    def post(self, delivery: Delivery, most: int, since: datetime) -> bool:
        """Put an answer into the outbox, unless its address was given `most` since `since`: then False.

        Raises:
            ValueError: it does not say by what its address is counted.
        """
        if not delivery.address_hash:
            raise ValueError("an answer needs the hash of an address")
        its = deliveries.c
        theirs = (its.address_hash == delivery.address_hash) & (its.kind == DeliveryKind.ANSWER)
        late = func.coalesce(its.created_at, its.due_at) >= since
        with self._db.writing() as connection:
            take_turn_for(connection, delivery.address_hash)
            made = connection.scalar(select(func.count()).select_from(deliveries).where(theirs, late)) or 0
            if made >= most:
                return False
            add_delivery(connection, delivery)
        return True

    def was_followed(self, mark: str) -> bool:
        """Whether the mail with that mark was followed within a `MONTH`."""
        which = followed_mails.c.mark == mark
        with self._db.reading() as connection:
            return bool(connection.scalar(select(func.count()).select_from(followed_mails).where(which)))

    def note_followed(self, mark: str, now: datetime) -> None:
        """Remember that a mail was followed."""
        with self._db.writing() as connection:
            statement = insert(connection, followed_mails).values(mark=mark, at=now)
            connection.execute(statement.on_conflict_do_nothing())

    def _confirmations(self, which: ColumnElement[bool]) -> list[Confirmation]:
        query = select(confirmations).where(which).order_by(_C.confirmed_at, _C.asked_at, _C.id)
        with self._db.reading() as connection:
            return [_confirmation(row) for row in connection.execute(query)]


def _caps_met(connection: Connection, demand: Demand, caps: Caps) -> Iterator[tuple[TurnedAway, bool]]:
    """Each cap, and whether the demand is over it; the cheapest to meet first."""
    kind = _D.block == "" if demand.block == "" else _D.block != ""

    full = partial(_is_full, connection, demand.at)
    yield TurnedAway.HOUR, full(caps.hour, _HOUR, kind, _NAMED)
    if demand.block:
        its = _D.block == demand.block
        yield TurnedAway.BLOCK, full(caps.block_hour, _HOUR, its) or full(caps.block_day, _DAY, its)
    yield TurnedAway.DOMAIN, full(caps.domain_hour, _HOUR, _D.domain == demand.domain, kind)
    its = (_D.address_hash == demand.address_hash) & kind
    ours = its & (_D.block == demand.block)
    shares = [(caps.address_day, _DAY), (caps.address_month, MONTH)]
    yield TurnedAway.ADDRESS, any(full(most, span, ours) or full(SHARES * most, span, its) for most, span in shares)


def _is_full(connection: Connection, at: datetime, most: int, span: timedelta, *which: ColumnElement[bool]) -> bool:
    some = select(_D.id).where(_D.at > at - span, *which).limit(most).subquery()
    return (connection.scalar(select(func.count()).select_from(some)) or 0) >= most


def _add_demand(connection: Connection, demand: Demand) -> None:
    connection.execute(
        demands.insert().values(
            at=demand.at, address_hash=demand.address_hash, block=demand.block, domain=demand.domain
        )
    )


def _count_for_network(connection: Connection, demand: Demand, caps: Caps) -> None:
    """Let a demand that leads to no letter use its network's share up all the same, and nothing else.

    What is left of that share would tell a stranger whether the address had been asked for before. There are no more
    of these rows than of demands.
    """
    if demand.block and not _is_full(connection, demand.at, caps.hour, _HOUR, ~_NAMED):
        _add_demand(connection, replace(demand, address_hash="", domain=""))


def _count_turned_away(connection: Connection, demand: Demand, why: TurnedAway) -> None:
    statement = insert(connection, turned_away).values(hour=_hour(demand.at), why=why, demands=1)
    its = turned_away.c
    more = statement.on_conflict_do_update(index_elements=[its.hour, its.why], set_={"demands": its.demands + 1})
    connection.execute(more)


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _add_confirmation(connection: Connection, confirmation: Confirmation, address_hash: str) -> None:
    connection.execute(
        confirmations.insert().values(
            id=confirmation.id,
            address=confirmation.address,
            address_hash=address_hash,
            wishes=dict(confirmation.wishes),
            origin=confirmation.origin,
            asked_from=confirmation.asked_from,
            wording=confirmation.wording,
            asked_at=confirmation.asked_at,
            expires_at=confirmation.expires_at,
            confirmed_at=confirmation.confirmed_at,
            confirmed_from=confirmation.confirmed_from,
            subscriber_id=confirmation.subscriber_id,
        )
    )


def _forget(connection: Connection, which: ColumnElement[bool]) -> set[int]:
    return set(connection.scalars(confirmations.delete().where(which).returning(_C.id)))


def _cancel_letters(connection: Connection, ids: Collection[int], now: datetime) -> None:
    """Cancel what waits to ask for the confirmations `ids`."""
    cancel(connection, cancelled(not_begun(), deliveries.c.confirmation_id.in_(sorted(ids))))


def _lift(connection: Connection, address_hash: str, now: datetime) -> None:
    """Let mail go to an address again, whose owner has just answered from it, if that undoes its suppression."""
    query = select(suppressions).where(suppressions.c.address_hash == address_hash)
    found = connection.execute(query).one_or_none()
    if found is not None and suppression_from(found).may_be_undone(now):
        connection.execute(suppressions.delete().where(suppressions.c.address_hash == address_hash))
        connection.execute(bounces.delete().where(bounces.c.address_hash == address_hash))


def _confirmation(row: Row[Any]) -> Confirmation:
    return Confirmation(
        id=row.id,
        address=row.address,
        wishes=row.wishes,
        origin=Origin(row.origin),
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        asked_from=row.asked_from,
        wording=row.wording,
        confirmed_at=row.confirmed_at,
        confirmed_from=row.confirmed_from,
        subscriber_id=row.subscriber_id,
    )
