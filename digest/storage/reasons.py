"""Whether a delivery still has a reason to be sent: looked at when it is claimed, and before it is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from digest.model import DeliveryKind, SubscriberStatus
from digest.storage.schema import confirmations, deliveries, editions, subscribers

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

_C = deliveries.c

_FOR_SUBSCRIBERS = (DeliveryKind.KNOWN, DeliveryKind.LINK)


def is_void(now: datetime) -> ColumnElement[bool]:
    """Whether a row of `deliveries` has lost its reason: nobody reads that edition, or waits for that letter.

    An answer keeps its reason: it may be the one that says goodbye.
    """
    return _of_those_not_active() | _of_nobody() | _of_no_open_confirmation(now) | _to_somebody_gone()


def _of_those_not_active() -> ColumnElement[bool]:
    reader = select(subscribers.c.id).join_from(editions, subscribers).where(editions.c.id == _C.edition_id)
    return reader.where(subscribers.c.status != SubscriberStatus.ACTIVE).exists()


def _of_nobody() -> ColumnElement[bool]:
    """Whether a row was blanked."""
    return _C.recipient == ""


def _of_no_open_confirmation(now: datetime) -> ColumnElement[bool]:
    its = confirmations.c
    waits = (its.id == _C.confirmation_id) & its.confirmed_at.is_(None) & (its.expires_at > now)
    return (_C.kind == DeliveryKind.CONFIRMATION) & ~select(its.id).where(waits).exists()


def _to_somebody_gone() -> ColumnElement[bool]:
    gone = (subscribers.c.id == _C.subscriber_id) & (subscribers.c.status == SubscriberStatus.GONE)
    return _C.kind.in_(_FOR_SUBSCRIBERS) & select(subscribers.c.id).where(gone).exists()
