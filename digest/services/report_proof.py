"""The proof of a report: which delivery of ours a report is about, and what proves that it is.

What follows from a report lasts: a subscription ends, an address is never written to again. Anybody can write a report,
and a Message-ID is no secret, as it stands in every answer to the message. So a report counts if it holds a token that
only our own mail holds (the envelope's, or that of List-Unsubscribe in the header that came back, together with the
recipient), or if our own mail server proves who reports, and that is somebody who would know. Relays such as Amazon SES
put a Message-ID of their own in place of ours; the token stays.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import TokenError
from digest.mail.incoming.alignment import aligned
from digest.mail.tokens import Purpose
from digest.model import DeliveryStatus
from digest.services.tokens import delivery_of, subscriber_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.mail.incoming import BounceReport, ComplaintReport
    from digest.mail.tokens import Keyring
    from digest.model import Delivery, Subscriber
    from digest.storage import Store

_SHORTEST_ID = 8
_IN_HAND = (DeliveryStatus.ACCEPTED, DeliveryStatus.DOT_SENT, DeliveryStatus.UNKNOWN)
"""What a delivery is in that may have come to the mail server that reports."""


@dataclass(frozen=True, slots=True)
class ReportProof:
    """Finds what reports are about. `reporters` are domains whose proved reports are believed about everybody."""

    store: Store
    keys: Keyring
    reporters: tuple[str, ...] = ()

    def delivery(self, report: BounceReport | ComplaintReport, addresses: Sequence[str]) -> Delivery | None:
        """The delivery that a report is proved to be about; None where none is.

        Args:
            addresses: whom it names as the recipients.
        """
        hashes = {self.keys.address_hash(address) for address in addresses if address}
        return (
            self._of_envelope(report.tokens)
            or self._of_reader(report, hashes)
            or self._of_reporter(report.message_ids, hashes, report.reporter)
        )

    def subscriber(self, tokens: Iterable[str]) -> Subscriber | None:
        """Whom the first good token to unsubscribe stands for."""
        for token in tokens:
            with suppress(TokenError):
                return subscriber_of(self.store, self.keys, Purpose.UNSUBSCRIBE, token)
        return None

    def moved(self, tokens: Iterable[str], author: str) -> Subscriber | None:
        """Whom a token stands for that was sent before tokens were bound to people, if that is who wrote: the number in
        it may be that of somebody else since, where subscribers were carried to another installation."""
        known = self.store.subscriber_by_address(author) if author else None
        for token in tokens if known is not None else ():
            with suppress(TokenError):
                if known is not None and self.keys.number(Purpose.UNSUBSCRIBE, token) == known.id:
                    return known
        return None

    def _of_envelope(self, tokens: Iterable[str]) -> Delivery | None:
        for token in tokens:
            with suppress(TokenError):
                return delivery_of(self.store, self.keys, token)
        return None

    def _of_reader(self, report: BounceReport | ComplaintReport, hashes: set[str]) -> Delivery | None:
        """The delivery to whom the token in List-Unsubscribe stands for: by its Message-ID or the relay's name for it;
        else, where the report names the recipient, the last that was handed over."""
        reader = self.subscriber(report.tokens)
        if reader is None:
            return None
        theirs = self.store.deliveries_to(reader.id)
        names = {name.strip("<>").partition("@")[0] for name in report.message_ids}
        by_name = (d for d in theirs if d.message_id in report.message_ids or _is_named(d, names))
        handed = (d for d in reversed(theirs) if d.address_hash in hashes and d.status in _IN_HAND)
        return next(by_name, None) or next(handed, None)

    def _of_reporter(self, message_ids: Iterable[str], hashes: set[str], reporter: str) -> Delivery | None:
        """The delivery with one of these Message-IDs to one of these addresses, if the reporter would know of it: the
        mail server of that very domain, or one that the operator named."""
        if not reporter:
            return None
        found = filter(None, map(self.store.delivery_by_message_id, message_ids))
        return next((d for d in found if d.address_hash in hashes and self._knows(reporter, d.domain)), None)

    def _knows(self, reporter: str, domain: str) -> bool:
        return aligned(reporter, domain) or any(aligned(reporter, one) for one in self.reporters)


def _is_named(delivery: Delivery, names: set[str]) -> bool:
    """Whether the relay made a Message-ID of the name that it told when it took the message."""
    return len(delivery.queue_id) >= _SHORTEST_ID and delivery.queue_id in names
