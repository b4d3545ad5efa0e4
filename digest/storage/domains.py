"""Domains whose servers refuse our mail: for how long nothing is sent there, longer with each refusal in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select

from digest.model import DomainPause
from digest.storage.engine import Room, insert
from digest.storage.schema import deliveries, domains

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from sqlalchemy import Connection, Row

_C = domains.c
_MOST_WORDS = 1_000


class Domains(Room):
    """The store's words for domains, which are named in any case."""

    def strike(self, domain: str, reason: str, now: datetime, pause: Callable[[int], timedelta]) -> DomainPause:
        """Pause a domain that refused our mail with the words `reason`: for `pause(strikes)` from now on.

        While a pause runs no further strike counts: several workers meet the same refusal.
        """
        with self._db.writing() as connection:
            before = _locked(connection, domain.lower(), now)
            if before.until > now:
                return before
            struck = DomainPause(
                domain=before.domain,
                until=now + pause(before.strikes + 1),
                reason=reason[:_MOST_WORDS],
                since=before.since if before.strikes else now,
                strikes=before.strikes + 1,
            )
            row = {"until": struck.until, "reason": struck.reason, "since": struck.since, "strikes": struck.strikes}
            connection.execute(domains.update().where(_C.domain == struck.domain).values(row))
        return struck

    def clear_strikes(self, domain: str) -> bool:
        """Note that a domain took mail: its refusals are no more in a row. False where there was none.

        A pause that runs goes on: the mail may have been on its way when the refusal came.
        """
        struck = (_C.domain == domain.lower()) & (_C.strikes > 0)
        with self._db.reading() as connection:
            if connection.execute(select(_C.domain).where(struck)).one_or_none() is None:
                return False
        with self._db.writing() as connection:
            return connection.execute(domains.update().where(struck).values(strikes=0)).rowcount > 0

    def resume_domain(self, domain: str) -> bool:
        """Let mail go to a domain again, as if it had never refused any; False where it had not."""
        with self._db.writing() as connection:
            return connection.execute(domains.delete().where(_C.domain == domain.lower())).rowcount > 0

    def pauses(self, now: datetime) -> list[DomainPause]:
        """The pauses that run at `now`, the longest first."""
        query = select(domains).where(_C.until > now).order_by(_C.until.desc(), _C.domain)
        with self._db.reading() as connection:
            return [_pause(row) for row in connection.execute(query)]


def is_paused(now: datetime) -> ColumnElement[bool]:
    """Whether the recipient of a row of `deliveries` is in a domain that is paused at `now`."""
    return select(_C.domain).where(_C.domain == deliveries.c.domain, _C.until > now).exists()


def _locked(connection: Connection, domain: str, now: datetime) -> DomainPause:
    """The domain as it stands, blank if it is new; nobody else changes it before the transaction ends."""
    statement = insert(connection, domains).values(domain=domain, until=now, reason="", since=now, strikes=0)
    same = {"domain": statement.excluded.domain}
    kept = statement.on_conflict_do_update(index_elements=[_C.domain], set_=same).returning(domains)
    return _pause(connection.execute(kept).one())


def _pause(row: Row[Any]) -> DomainPause:
    return DomainPause(row.domain, row.until, row.reason, row.since, row.strikes)
