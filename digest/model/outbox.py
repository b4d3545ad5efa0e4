"""One message to one recipient, from the outbox to what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
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


class DeliveryKind(StrEnum):
    """What a message is: an edition, or a letter about the subscription itself.

    `CONFIRMATION` asks whether the address wants to subscribe, `KNOWN` says that it does already, `LINK` brings the
    link to the page where wishes are changed, `ANSWER` answers a command that came by mail.
    """

    EDITION = "edition"
    CONFIRMATION = "confirmation"
    KNOWN = "known"
    LINK = "link"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one recipient: a row of the outbox.

    `message_id` (with angle brackets) is minted with the row and never changes. `address_hash` is the keyed
    hash of `recipient` by which suppressions are found. `edition_id` is given for an EDITION alone,
    `confirmation_id` for a CONFIRMATION; `subscriber_id` for the other letters, where they go to a subscriber.
    `content` is what an ANSWER says (see `mail.letters`); JSON values.
    """

    id: int
    edition_id: int | None
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
    kind: DeliveryKind = DeliveryKind.EDITION
    address_hash: str = ""
    subscriber_id: int | None = None
    confirmation_id: int | None = None
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """What stands behind the recipient's @, in lower case."""
        return self.recipient.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Envelope:
    """The SMTP envelope: MAIL FROM and RCPT TO (RFC 5321), bare addresses.

    A `sender` of "" is the null sender, of what answers a mail (RFC 3834 3.3). `envid` is an opaque name (printable
    ASCII) that a bounce brings back (RFC 3461 ENVID), or "".
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
