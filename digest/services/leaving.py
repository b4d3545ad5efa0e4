"""Leaving: unsubscribe and come back, take away what is kept of oneself, have it erased."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from digest.mail.tokens import Purpose
from digest.model import SubscriberStatus, iso
from digest.services import enrol, feedback
from digest.services.tokens import subscriber_of

if TYPE_CHECKING:
    from datetime import datetime

    from digest.mail.tokens import Keyring
    from digest.model import Confirmation, Delivery, Edition, Subscriber, Suppression
    from digest.storage import Store

UNDO = timedelta(days=7)
"""So long after unsubscribing the same link leads back."""
_EVERY = 100_000
"""More editions or deliveries than anybody has."""


def unsubscribe(store: Store, keys: Keyring, token: str, now: datetime) -> bool:
    """Let whom `token` stands for go: nothing more is sent, not even what waits. False if they had left before.

    Raises:
        TokenError: it is no token to unsubscribe of ours.
    """
    return store.remove_subscriber(subscriber_of(store, keys, Purpose.UNSUBSCRIBE, token).id, now)


def undo(store: Store, keys: Keyring, token: str, now: datetime) -> bool:
    """Take an unsubscribe of the last `UNDO` back: the same wishes, and no paper is lost or comes twice.

    False where nobody left in that time by that token, where they called the mail unwanted, and where what was kept of
    them is erased.

    Raises:
        TokenError: it is no token to unsubscribe of ours.
    """
    gone = subscriber_of(store, keys, Purpose.UNSUBSCRIBE, token)
    if gone.status is not SubscriberStatus.GONE or not gone.address:
        return False
    suppressed = store.suppression(keys.address_hash(gone.address))
    if suppressed is not None and suppressed.reason.lasting:
        return False
    return store.revive(gone.id, now - UNDO, enrol.due_anew(store, gone, gone, now), now)


def erase(store: Store, subscriber: Subscriber, now: datetime) -> bool:
    """Blank everything that is kept of `subscriber`, for good; False if that was done before.

    A suppression stays, as a hash that says nothing to anybody else: without it an address whose owner complained
    could be written to again.
    """
    return store.erase_subscriber(subscriber.id, now)


def export(store: Store, subscriber: Subscriber, keys: Keyring | None = None) -> dict[str, Any]:
    """Everything that is kept of `subscriber`, as JSON values.

    `keys` find the suppression of their address; without them it is looked for under what was sent to them.
    """
    sent = store.deliveries_to(subscriber.id)
    said = store.feedback([subscriber.id]).get(subscriber.id, [])
    names = {keys.address_hash(subscriber.address)} if keys is not None else {d.address_hash for d in sent} - {""}
    suppressions = [found for name in sorted(names) if (found := store.suppression(name)) is not None]
    return {
        "subscriber": enrol.as_record(subscriber),
        "consents": [_consent(given) for given in store.consents(subscriber.id)],
        "feedback": [feedback.as_record(one) for one in said],
        "editions": [_edition(edition) for edition in store.editions(subscriber.id, _EVERY)],
        "deliveries": [_delivery(delivery) for delivery in sent],
        "suppression": _suppression(suppressions[0]) if suppressions else None,
    }


def _consent(given: Confirmation) -> dict[str, Any]:
    return {
        "address": given.address,
        "wording": given.wording,
        "wishes": dict(given.wishes),
        "origin": given.origin.value,
        "asked_at": iso(given.asked_at),
        "asked_from": given.asked_from,
        "confirmed_at": iso(given.confirmed_at),
        "confirmed_from": given.confirmed_from,
    }


def _edition(edition: Edition) -> dict[str, Any]:
    return {
        "date": edition.edition_date.isoformat(),
        "made_at": iso(edition.created_at),
        "papers": [pick.paper.key for pick in edition.picks],
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "kind": delivery.kind.value,
        "recipient": delivery.recipient,
        "message_id": delivery.message_id,
        "status": delivery.status.value,
        "made_at": iso(delivery.created_at),
        "sent_at": iso(delivery.sent_at),
        "answer": delivery.last_error,
    }


def _suppression(found: Suppression) -> dict[str, Any]:
    return {"reason": found.reason.value, "since": iso(found.since), "detail": found.detail}
