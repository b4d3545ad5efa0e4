"""One round of deliveries in words: the rules it goes by, what makes its messages, and what it came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from digest.mail.verp import bounce_token, envelope_sender
from digest.model import DeliveryKind, DeliveryStatus, Envelope
from digest.services.pace import Limits

if TYPE_CHECKING:
    from digest.mail.tokens import Keyring
    from digest.model import Delivery, DomainPause, Outcome, SuppressionReason
    from digest.storage.bounces import Judge


class Letters(Protocol):
    """Turns a delivery into the bytes that go out: pure, so that a second try sends the same."""

    def __call__(self, delivery: Delivery) -> bytes:
        """The message; raises DigestError where it cannot be built. Several threads call it at once."""


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """How deliveries are tried.

    `sender` is the envelope sender, with `verp` and `keys` with a token of the delivery in it; `worker` the
    name to claim under; `resend_unknown` whether an unknown outcome is tried once more. `connections` to
    `domain_rate` are those of `Limits`, `warm_up` the messages of the first day (0: no limit). `judge`
    decides which bounces suppress an address; without it none does. `relay` names our mail server for alarms.
    """

    sender: str
    worker: str
    resend_unknown: bool = True
    keys: Keyring | None = None
    verp: bool = False
    connections: int = 1
    rate: int = 0
    domain_connections: int = 2
    domain_rate: int = 0
    warm_up: int = 0
    judge: Judge | None = None
    relay: str = "the mail server"

    @property
    def limits(self) -> Limits:
        """The most that is sent at a time, and in a minute."""
        return Limits(self.connections, self.rate, self.domain_connections, self.domain_rate)

    def envelope(self, delivery: Delivery) -> Envelope:
        """The envelope of one message, by which its bounces are told from others (VERP; RFC 3461 ENVID).

        An answer has the null sender, so that no robot answers to it (RFC 3834 3.3).

        Raises:
            MessageError: the sender is no address, or leaves no room for a token.
        """
        if delivery.kind is DeliveryKind.ANSWER:
            return Envelope("", delivery.recipient)
        return self.usual_envelope(delivery)

    def usual_envelope(self, delivery: Delivery) -> Envelope:
        """The envelope that a message of any kind may have, where a server takes no null sender.

        Raises:
            MessageError: see `envelope`.
        """
        if self.keys is None:
            return Envelope(self.sender, delivery.recipient)
        sender = envelope_sender(self.sender, self.keys, delivery, self.verp)
        return Envelope(sender, delivery.recipient, bounce_token(self.keys, delivery))


@dataclass(slots=True)
class Delivered:
    """What one round of deliveries came to.

    Of what dead workers left behind, `freed` had not been sent; the rest may have arrived: `resent` goes out once
    more with the same Message-ID, `unknown` does not. `expired` counts those whose edition's life has ended.
    `outage` says why it stopped early, if it did, and `left` why some of what is due waits for the next
    round. `alarms` are for the operator: our own fault, or a domain that refuses us. `struck` are the pauses that
    this round made, `paused` all that run when it ends; `suppressed` whose address was given up, and why.
    """

    outcomes: Counter[DeliveryStatus] = field(default_factory=Counter)
    failures: list[tuple[Delivery, Outcome]] = field(default_factory=list)
    freed: int = 0
    resent: int = 0
    unknown: int = 0
    expired: int = 0
    outage: str = ""
    left: str = ""
    alarms: list[str] = field(default_factory=list)
    struck: list[DomainPause] = field(default_factory=list)
    paused: list[DomainPause] = field(default_factory=list)
    suppressed: list[tuple[Delivery, SuppressionReason]] = field(default_factory=list)

    def add(self, delivery: Delivery, outcome: Outcome, suppressed: SuppressionReason | None = None) -> None:
        """Count one settled delivery, and the suppression that came of it."""
        self.outcomes[outcome.status] += 1
        if outcome.status is not DeliveryStatus.ACCEPTED:
            self.failures.append((delivery, outcome))
        if suppressed is not None:
            self.suppressed.append((delivery, suppressed))
