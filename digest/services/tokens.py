"""Tokens that came back: whom or what one stands for, proved by the row that it names.

A token names the number of a row and is bound to words of it (`mail.tokens`), so that the row is read first. What
stands for a row that is not there, or for one that took the number of another, is no token.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from digest.errors import StorageError, TokenError
from digest.mail.links import account_claim, edition_claim
from digest.mail.tokens import Purpose, claim, delivery_bond, subscriber_bond

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.mail.tokens import Keyring
    from digest.model import Delivery, Subscriber
    from digest.storage import Store

ACCOUNT_LIFE = timedelta(hours=6)
"""So long a link to export or delete everything works: greylisting may keep its message for an hour or two."""
_MINUTE = timedelta(minutes=1)
_HIGHEST = 2**63 - 1
"""No row has a higher number, and no database takes one."""


def subscriber_of(store: Store, keys: Keyring, purpose: Purpose, token: str) -> Subscriber:
    """The subscriber that `token` stands for, also one who has left.

    Raises:
        TokenError: it stands for nobody here, or not for that purpose.
        StorageError: the store is not to be reached.
    """
    found = _subscriber(store, claim(token))
    keys.number(purpose, token, subscriber_bond(purpose, found))
    return found


def edition_of(store: Store, keys: Keyring, token: str) -> tuple[Subscriber, date]:
    """Whose edition `token` stands for, and of which day; it may not be kept any more.

    Raises:
        TokenError: it is no token to an edition of anybody here.
        StorageError: the store is not to be reached.
    """
    number, day = edition_claim(token)
    found = _subscriber(store, number)
    keys.number(Purpose.EDITION, token, subscriber_bond(Purpose.EDITION, found))
    return found, day


def account_of(store: Store, keys: Keyring, token: str, now: datetime) -> Subscriber:
    """Whose account `token` opens at `now`: it was asked for less than `ACCOUNT_LIFE` ago.

    Raises:
        TokenError: that of nobody here, or not any more.
        StorageError: the store is not to be reached.
    """
    number, at = account_claim(token)
    found = _subscriber(store, number)
    keys.number(Purpose.ACCOUNT, token, subscriber_bond(Purpose.ACCOUNT, found))
    if not -_MINUTE <= now - at < ACCOUNT_LIFE:
        raise TokenError("the link has expired")
    return found


def delivery_of(store: Store, keys: Keyring, token: str) -> Delivery:
    """The delivery that the token of an envelope stands for.

    Mail that was sent before tokens were bound still comes back: its deliveries are known by their number alone.

    Raises:
        TokenError: it is the token of no delivery here.
    """
    number = claim(token)
    found = store.delivery(number) if number <= _HIGHEST else None
    if found is None:
        raise TokenError("no such delivery")
    unbound = [""] if number <= store.deliveries_by_number() else []
    keys.number(Purpose.BOUNCE, token, delivery_bond(found), *unbound)
    return found


def _subscriber(store: Store, number: int) -> Subscriber:
    if number > _HIGHEST:
        raise TokenError("no such subscriber")
    try:
        return store.subscriber(number)
    except StorageError as error:
        if error.__cause__ is not None:  # the database itself failed
            raise
        raise TokenError("no such subscriber") from None
