"""One message to one recipient, from the outbox to what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from digest.model.bounces import BounceKind


class DeliveryStatus(StrEnum):
    """The states of one message to one recipient.

    ``pending -> claimed -> sending -> dot_sent -> accepted``, or from there to `DEFERRED` (4xx, due
    again later), `FAILED` (5xx), `UNKNOWN` (the line or the process broke after the final dot),
    `EXPIRED` (the edition's life ended first) or `CANCELLED` (unsubscribed or suppressed meanwhile).
    """

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    DOT_SENT = "dot_sent"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one recipient: a row of the outbox.

    `message_id` (with angle brackets) is minted with the row and never changes. `address_hash` is the keyed
    hash of `recipient` by which suppressions are found.
    """

    id: int
    edition_id: int
    recipient: str
    message_id: str
    status: DeliveryStatus
    due_at: datetime
    expires_at: datetime
    attempts: int = 0
    claimed_by: str = ""
    lease_until: datetime | None = None
    last_code: int = 0
    last_error: str = ""
    queue_id: str = ""
    sent_at: datetime | None = None
    created_at: datetime | None = None
    kind: str = "edition"
    address_hash: str = ""

    @property
    def domain(self) -> str:
        """What stands behind the recipient's @, in lower case."""
        return self.recipient.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Envelope:
    """The SMTP envelope: MAIL FROM and RCPT TO (RFC 5321), bare addresses.

    `envid` is an opaque name (printable ASCII) that a bounce brings back (RFC 3461 ENVID), or "".
    """

    sender: str
    recipient: str
    envid: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A 2xx: the server's code and words, and its queue id where it named one."""

    code: int = 250
    text: str = ""
    queue_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt, as `settle` writes it down.

    `retry_at` goes with DEFERRED; with UNKNOWN it asks for the one more try that a delivery may have.
    `bounce` is what the answer says of the address, if it says anything; `enhanced` the RFC 3463 status.
    """

    status: DeliveryStatus
    code: int = 0
    text: str = ""
    queue_id: str = ""
    retry_at: datetime | None = None
    enhanced: str = ""
    bounce: BounceKind | None = None
