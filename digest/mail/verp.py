"""Addresses that say whom they are about: the envelope sender of a delivery, the ways to unsubscribe of a subscriber.

``bounces+<token>@example.org`` (VERP): a bounce comes back to an address of its own, whatever is left of the message
in it. The token says nothing to anybody else; no address of a person stands in it. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import MessageError
from digest.mail.fields import by_mail
from digest.mail.headers import ascii_address
from digest.mail.links import subscriber_token
from digest.mail.tokens import TOKEN, TOKEN_LENGTH, Purpose, delivery_bond
from digest.model import Unsubscribe

if TYPE_CHECKING:
    from digest.mail.tokens import Keyring
    from digest.model import Delivery, Letterhead, Subscriber

DELIMITER = "+"
MAX_LOCAL = 64
LONGEST_BASE = MAX_LOCAL - len(DELIMITER) - TOKEN_LENGTH


def bounce_token(keys: Keyring, delivery: Delivery) -> str:
    """The token by which a bounce of `delivery` is known."""
    return keys.token(Purpose.BOUNCE, delivery.id, delivery_bond(delivery))


def envelope_sender(base: str, keys: Keyring, delivery: Delivery, verp: bool) -> str:
    """Where the bounces of a delivery go: `base`, with `verp` with the delivery's token behind a plus sign.

    Raises:
        MessageError: `base` is no address, or too long before the @ to take a token (RFC 5321 4.5.3.1.1).
    """
    if not verp:
        return ascii_address(base)
    if not has_room(base):
        raise MessageError(f"{base!r} leaves no room for a token: at most {LONGEST_BASE} characters before the @")
    return plus_address(base, bounce_token(keys, delivery))


def unsubscribe_ways(subscriber: Subscriber, letterhead: Letterhead, keys: Keyring, *, plus: bool) -> Unsubscribe:
    """How a subscriber leaves: by the web where there is one, and by mail.

    Args:
        plus: whether the unsubscribe address takes a plus sign. If not, or if it is too long before the @ for a
            token behind one, the token stands in the subject.

    Raises:
        MessageError: the letterhead has no address that can be written to.
    """
    token = subscriber_token(keys, Purpose.UNSUBSCRIBE, subscriber)
    web = f"{letterhead.web_url}/unsubscribe/{token}" if letterhead.web_url else ""
    mail = ascii_address(by_mail(letterhead).mail)
    if plus and has_room(mail):
        return Unsubscribe(web, plus_address(mail, token))
    return Unsubscribe(web, mail, f"unsubscribe {token}")


def token_in(address: str) -> str | None:
    """The token behind the last plus sign before the @ of `address`, in lower case; None where there is none.

    It has the form of a token and no more: `Keyring.number` tells whether it is one.
    """
    _, found, token = address.rpartition("@")[0].lower().rpartition(DELIMITER)
    return token if found and TOKEN.fullmatch(token) else None


def has_room(address: str) -> bool:
    """Whether a token fits behind what `address` has before its @."""
    return len(address.rpartition("@")[0]) <= LONGEST_BASE


def plus_address(address: str, token: str) -> str:
    """`address` with `token` behind a plus sign; there must be room for it.

    Raises:
        MessageError: `address` cannot be written to.
    """
    local, _, domain = ascii_address(address).rpartition("@")
    return f"{local}{DELIMITER}{token}@{domain}"
