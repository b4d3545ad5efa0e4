"""Later bad news of an address, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


COMPLAINT_HOLDS = timedelta(days=1)
"""So long nothing undoes a complaint: the report of an old message may come after its reader has subscribed again."""


class BounceKind(StrEnum):
    """What a bounce says of its address.

    `HARD`: there is no such mailbox. `SOFT`: this one did not get through, another may. `POLICY`: the
    receiver will not take our mail, which is no fault of the address. `COMPLAINT`: its owner called the
    mail unwanted (RFC 5965).
    """

    HARD = "hard"
    SOFT = "soft"
    POLICY = "policy"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Bounce:
    """One piece of bad news of one address.

    `address_hash` is the keyed hash under which the address is suppressed (see `Keyring.address_hash`).
    `status` is the RFC 3463 status ("5.1.1") or ""; `origin` says how it came: "smtp" (the answer of a
    server to us), "dsn" (RFC 3464) or "report" (RFC 5965). `delivery_id` is None where it is not known.
    """

    address_hash: str
    kind: BounceKind
    at: datetime
    status: str = ""
    origin: str = "smtp"
    detail: str = ""
    delivery_id: int | None = None


class SuppressionReason(StrEnum):
    """Why an address is never written to again."""

    DEAD = "dead"
    BOUNCES = "bounces"
    COMPLAINT = "complaint"
    OPERATOR = "operator"

    @property
    def lasting(self) -> bool:
        """Whether it takes more to undo it than that the address takes mail again, see `Suppression.may_be_undone`."""
        return self in (SuppressionReason.COMPLAINT, SuppressionReason.OPERATOR)


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address never to be written to again, as its keyed hash: it outlives the subscriber."""

    address_hash: str
    reason: SuppressionReason
    since: datetime
    detail: str = ""

    def may_be_undone(self, now: datetime) -> bool:
        """Whether the owner of the address undoes it by asking for mail and confirming: at once where mail came back,
        `COMPLAINT_HOLDS` after a complaint, never where the operator has the word."""
        if self.reason is SuppressionReason.COMPLAINT:
            return now - self.since >= COMPLAINT_HOLDS
        return self.reason is not SuppressionReason.OPERATOR


@dataclass(frozen=True, slots=True)
class DomainPause:
    """A domain whose servers refuse our mail: nothing is sent there before `until`.

    `strikes` counts the refusals in a row, `since` is the first of them; `reason` holds the server's words.
    """

    domain: str
    until: datetime
    reason: str
    since: datetime
    strikes: int = 1
