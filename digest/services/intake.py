"""Intake: a message that came in is proved, acted on and told in one line.

Anybody can write to these addresses, so nothing is done without proof: a token that only our own mail holds, or our own
mail server's word for who wrote (`provenance`, `commands`). Everything here may happen twice: a mail server that did
not hear our answer hands the message over again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from digest.mail.incoming import (
    BounceReport,
    CommandMail,
    ComplaintReport,
    Incoming,
    RecipientReport,
    TokenRequest,
    read_incoming,
)
from digest.mail.incoming.authentication import author_of
from digest.mail.incoming.parts import parts_of
from digest.mail.scoring import reported_bounce
from digest.mail.text import without_addresses
from digest.model import Bounce, BounceKind, DeliveryKind, SubscriberStatus
from digest.services.commands import confirm, follow
from digest.services.report_proof import ReportProof
from digest.services.taken import Taken, TakenKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from digest.mail.scoring import BounceRules
    from digest.mail.tokens import Keyring
    from digest.model import Delivery
    from digest.services.commands import CommandRules
    from digest.storage import Store

__all__ = ["Taken", "TakenKind", "take_in"]

log = logging.getLogger("digest.intake")

_UNPROVED = "forged or not ours"
_UNPROVED_REQUEST = Taken(TakenKind.IGNORED, f"a request whose token is {_UNPROVED}")


def take_in(
    store: Store,
    keys: Keyring,
    rules: BounceRules,
    message: bytes,
    now: datetime,
    *,
    recipient: str = "",
    sender: str | None = None,
    commands: CommandRules | None = None,
) -> Taken:
    """Act on a message: note the bounce or complaint, do what a reader asks for, or leave it at a log line.

    Args:
        message, recipient, sender: see `read_incoming`.
        commands: how commands are followed, and requests confirmed; without them neither is.

    Raises:
        StorageError: nothing is lost, and the message must be handed over again later.
    """
    trust = (commands.desk, commands.authserv_id, commands.trusted_hops) if commands is not None else (None, "", 0)
    desk, authserv_id, hops = trust
    read = read_incoming(
        message, recipient=recipient, sender=sender, desk=desk, authserv_id=authserv_id, trusted_hops=hops
    )
    done = _Clerk(store, keys, rules, now, commands, message).act(read)
    suppressed = done.suppression.reason.value if done.suppression else "-"
    log.info(
        "taken kind=%s delivery=%s subscriber=%s suppressed=%s what=%r",
        done.kind.value,
        done.delivery_id or "-",
        done.subscriber_id or "-",
        suppressed,
        done.what,
    )
    return done


class _Clerk:
    """Acts on one message that has been read."""

    def __init__(
        self,
        store: Store,
        keys: Keyring,
        rules: BounceRules,
        now: datetime,
        commands: CommandRules | None,
        message: bytes,
    ) -> None:
        self._message = message
        self._store, self._keys, self._rules, self._now = store, keys, rules, now
        self._commands = commands
        self._provenance = ReportProof(store, keys, commands.reporters if commands is not None else ())

    def act(self, incoming: Incoming) -> Taken:
        match incoming:
            case BounceReport():
                return self._leave(incoming.leave) or self._bounce(incoming)
            case ComplaintReport():
                return self._complaint(incoming)
            case TokenRequest():
                return self._confirm(incoming) or self._leave(incoming.leave) or _UNPROVED_REQUEST
            case CommandMail():
                return self._command(incoming)
            case _:
                return self._leave(incoming.leave) or Taken(TakenKind.IGNORED, incoming.why)

    def _bounce(self, report: BounceReport) -> Taken:
        addresses = [address for told in report.failures for address in told.addresses]
        delivery = self._provenance.delivery(report, addresses)
        if delivery is None:
            return Taken(TakenKind.IGNORED, f"a bounce that is {_UNPROVED}")
        told = self._about(delivery, report)
        kind = reported_bounce(told.status, told.diagnostic)
        if kind is None:
            log.error("alarm: the mail server sends no further for us: %s", without_addresses(told.diagnostic))
            what = f"our side was refused, status {told.status}; nothing is noted against the reader"
            return Taken(TakenKind.BOUNCE, what, delivery.id, self._reader(delivery))
        bounce = self._bad_news(self._hash_of(delivery), kind, told.status, "dsn", told.diagnostic, delivery.id)
        suppression = self._store.bounced(bounce, self._now, self._rules.judge)
        what = f"{kind.value} bounce, status {told.status or 'not told'}"
        return Taken(TakenKind.BOUNCE, what, delivery.id, self._reader(delivery), suppression)

    def _complaint(self, report: ComplaintReport) -> Taken:
        delivery = self._provenance.delivery(report, [report.original_rcpt])
        subscriber_id = self._reader(delivery) if delivery else self._leaver(report.tokens)
        if delivery is None and subscriber_id is None:
            return Taken(TakenKind.IGNORED, f"a complaint that is {_UNPROVED}")
        let_go = self._let_go(delivery, subscriber_id)
        address_hash = self._hash_of(delivery) if delivery else self._hash_of_gone(subscriber_id)
        delivery_id = delivery.id if delivery else None
        bounce = self._bad_news(address_hash, BounceKind.COMPLAINT, "", "report", report.feedback_type, delivery_id)
        suppression = self._store.bounced(bounce, self._now, self._rules.judge)
        what = f"complaint ({report.feedback_type}); {let_go}"
        return Taken(TakenKind.COMPLAINT, what, delivery_id, subscriber_id, suppression)

    def _let_go(self, delivery: Delivery | None, subscriber_id: int | None) -> str:
        """End what a complaint is about, a subscription or a request for one; as a clause."""
        if subscriber_id is not None:
            self._store.remove_subscriber(subscriber_id, self._now)
            return "the subscriber is let go"
        if delivery is not None and delivery.confirmation_id is not None:
            self._store.decline(delivery.confirmation_id, self._now)
            return "the request is forgotten"
        return "nobody is subscribed"

    def _confirm(self, request: TokenRequest) -> Taken | None:
        return confirm(self._store, self._commands, request, self._now) if self._commands is not None else None

    def _command(self, mail: CommandMail) -> Taken:
        if self._commands is None:
            return Taken(TakenKind.IGNORED, "a command where none are taken")
        return follow(self._store, self._commands, mail, self._now)

    def _leave(self, tokens: Sequence[str]) -> Taken | None:
        """Let go whoever a token stands for; None where none is good for that."""
        subscriber_id = self._leaver(tokens)
        if subscriber_id is None and tokens:
            moved = self._provenance.moved(tokens, author_of(parts_of(self._message)[0]))
            subscriber_id = moved.id if moved is not None else None
        if subscriber_id is None:
            return None
        left = self._store.remove_subscriber(subscriber_id, self._now)
        what = "unsubscribed" if left else "had left before"
        return Taken(TakenKind.UNSUBSCRIBE, what, subscriber_id=subscriber_id)

    def _leaver(self, tokens: Iterable[str]) -> int | None:
        """Whom the first good token to unsubscribe stands for."""
        found = self._provenance.subscriber(tokens)
        return found.id if found is not None else None

    def _about(self, delivery: Delivery, report: BounceReport) -> RecipientReport:
        """What a report says of the delivery's recipient; of the first that failed if mail was forwarded."""
        mine = self._keys.address_hash(delivery.recipient)
        named = [told for told in report.failures if mine in map(self._keys.address_hash, told.addresses)]
        return next(iter(named or report.failures), RecipientReport())

    def _reader(self, delivery: Delivery) -> int | None:
        """Whom a delivery was for; None for a letter to an address that is nobody's who subscribed."""
        if delivery.kind is DeliveryKind.EDITION and delivery.edition_id is not None:
            return self._store.edition(delivery.edition_id).subscriber_id
        return delivery.subscriber_id

    def _hash_of(self, delivery: Delivery) -> str:
        """The hash of the address that a delivery went to; "" where that was blanked since."""
        return delivery.address_hash or (self._keys.address_hash(delivery.recipient) if delivery.recipient else "")

    def _hash_of_gone(self, subscriber_id: int | None) -> str:
        """The hash of the address of somebody who has left; "", under which nothing is noted, for a stranger."""
        gone = self._store.subscribers(SubscriberStatus.GONE)
        return next((self._keys.address_hash(reader.address) for reader in gone if reader.id == subscriber_id), "")

    def _bad_news(
        self, address_hash: str, kind: BounceKind, status: str, origin: str, words: str, delivery_id: int | None
    ) -> Bounce:
        return Bounce(address_hash, kind, self._now, status, origin, words, delivery_id)
