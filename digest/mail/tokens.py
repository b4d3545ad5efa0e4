"""Tokens: short words that say what they stand for and cannot be forged. Pure.

A token is 9 bytes of payload (the id of the key, and a number) and 16 bytes of HMAC-SHA256 over purpose, payload and
what it is bound to, in lower-case base32: 40 characters that survive every mail host, also those that fold case. The
purpose is inside the MAC, so that a bounce token never unsubscribes anybody. Tokens do not expire by
themselves: a link to unsubscribe must work as long as the mail that holds it is kept.

A number alone is the number of a row, and after a backup was put back, or in another installation with the same key,
that row is somebody else. So tokens are bound to words of the row that no other row has (`subscriber_bond`,
`delivery_bond`): who reads one looks up the row of its `claim`, and then asks for the proof.

An installation's secret may hold several keys, one a line: the first signs, all are accepted, and so a key
can be changed without breaking the links in old mail.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from enum import StrEnum
from typing import TYPE_CHECKING

from digest.errors import TokenError
from digest.mail.headers import address_spelling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import Delivery, Subscriber

TOKEN_LENGTH = 40
TOKEN = re.compile(r"[a-z2-7]{40}")
_PAYLOAD, _MAC = 9, 16
NOBODY = 0
"""The number of a subscriber who never is: by a link of theirs it is tried whether the pages answer, by these keys."""


class Purpose(StrEnum):
    """What a token is for, and whose number it holds.

    `BOUNCE` holds the id of a delivery; `UNSUBSCRIBE`, `MANAGE` and `FEED` (a feed of one's own) that of a subscriber;
    `EDITION` (read on the web, say what one thinks of its papers) the subscriber's and the day (see `links`); `CONFIRM`
    that of a confirmation, which is random and so bound to nothing; `ACCOUNT` (export and delete everything) the
    subscriber's and the minute at which it was asked for (see `links`); `FORM` the moment at which a form was shown, in
    seconds since 1970.
    """

    BOUNCE = "bounce"
    UNSUBSCRIBE = "unsubscribe"
    MANAGE = "manage"
    FEED = "feed"
    EDITION = "edition"
    CONFIRM = "confirm"
    ACCOUNT = "account"
    FORM = "form"


class Keyring:
    """The keys of one installation, the signing one first.

    Args:
        secret: the content of the secret file: one key a line; white space around a key does not count.

    Raises:
        ValueError: there is no key in it.
    """

    def __init__(self, secret: bytes) -> None:
        self.keys = tuple(line for line in (raw.strip() for raw in secret.splitlines()) if line)
        if not self.keys:
            raise ValueError("a secret needs at least one key")

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """What the keys are known by, in their order: 16 hexadecimal digits each, which do not lead back to them."""
        return tuple(hmac.digest(key, b"fingerprint", hashlib.sha256)[:8].hex() for key in self.keys)

    def token(self, purpose: Purpose, number: int, bond: str = "") -> str:
        """The token for `number` (0 to 2**64 - 1), bound to `bond`: 40 characters of a-z and 2-7."""
        payload = _key_id(self.keys[0]) + number.to_bytes(_PAYLOAD - 1, "big")
        sealed = payload + _mac(self.keys[0], purpose, payload, bond)
        return base64.b32encode(sealed).decode("ascii").lower()

    def number(self, purpose: Purpose, token: str, *bonds: str) -> int:
        """The number that `token` was made for, whatever the case of its letters.

        Args:
            bonds: what it may be bound to, any of these; none is the same as "".

        Raises:
            TokenError: it was made by nobody here, for another purpose, or bound to something else.
        """
        sealed = _sealed(token)
        payload, mac = sealed[:_PAYLOAD], sealed[_PAYLOAD:]
        likely = [key for key in self.keys if _key_id(key) == payload[:1]]
        made = (_mac(key, purpose, payload, bond) for key in likely for bond in bonds or ("",))
        if not any(hmac.compare_digest(one, mac) for one in made):
            raise TokenError("not a token of this installation for this purpose")
        return int.from_bytes(payload[1:], "big")

    def network_hash(self, network: str) -> str:
        """The keyed hash by which a network ("192.0.2.0/24") is counted: 32 hexadecimal digits."""
        return hmac.digest(self.keys[-1], f"network/{network}".encode("utf-8", "replace"), hashlib.sha256)[:16].hex()

    def address_hash(self, address: str) -> str:
        """The keyed hash under which `address` is suppressed: 32 hexadecimal digits.

        It is made with the last key, which must stay in the file for good. Case does not count: two people
        whose addresses differ by that alone are not known to exist.
        """
        key = "address/" + address_spelling(address)
        return hmac.digest(self.keys[-1], key.encode("utf-8", "replace"), hashlib.sha256)[:16].hex()


def claim(token: str) -> int:
    """The number that `token` says it was made for. It proves nothing: `Keyring.number` does.

    Raises:
        TokenError: it has not the form of a token.
    """
    return int.from_bytes(_sealed(token)[1:_PAYLOAD], "big")


def subscriber_bond(purpose: Purpose, subscriber: Subscriber) -> str:
    """What a token that stands for `subscriber` is bound to.

    Making a new link ends all others but those to unsubscribe, which work as long as a mail is kept (RFC 8058).
    """
    if purpose is Purpose.UNSUBSCRIBE or not subscriber.link_generation:
        return subscriber.salt
    return f"{subscriber.salt}/{subscriber.link_generation}"


def delivery_bond(delivery: Delivery) -> str:
    """What the token of `delivery` is bound to."""
    return delivery.message_id


def find_tokens(text: str) -> Sequence[str]:
    """What has the form of a token in `text`, in lower case, in its order."""
    return re.findall(r"(?<![a-z0-9])[a-z2-7]{40}(?![a-z0-9])", text.lower())


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id/" + key).digest()[:1]


def _mac(key: bytes, purpose: Purpose, payload: bytes, bond: str) -> bytes:
    named = purpose.value.encode() + b"/" + payload + (b"/" + bond.encode() if bond else b"")
    return hmac.digest(key, named, hashlib.sha256)[:_MAC]


def _sealed(token: str) -> bytes:
    if not (token.isascii() and TOKEN.fullmatch(token.lower())):  # the Kelvin sign is a small k, too
        raise TokenError(f"not a token: {token[:60]!r}")
    try:
        return base64.b32decode(token.upper())
    except binascii.Error as e:
        raise TokenError(f"not a token: {token[:60]!r}") from e
