"""The final bytes of a message, written by hand: the same input gives the same bytes, on every try and every machine.

A retry must carry the same Message-ID, Date and boundary, or a receiver cannot drop the second copy.
Layout: the signatures, the fields of `fields.py`, then multipart/alternative with the text part first (RFC 2046 5.1.4).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from digest.errors import MessageError
from digest.mail.check import check
from digest.mail.dkim import signatures
from digest.mail.encoding import encode
from digest.mail.fields import letter_fields, list_fields, robot_fields, thread_fields, unsubscribe_fields
from digest.mail.headers import ascii_domain, machine
from digest.model import DeliveryKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.mail.dkim import Signer
    from digest.model import Delivery, Edition, Letterhead, Rendered, Unsubscribe


def build(
    rendered: Rendered,
    *,
    letterhead: Letterhead,
    delivery: Delivery,
    edition: Edition,
    unsubscribe: Unsubscribe | None = None,
    signers: Sequence[Signer] = (),
) -> bytes:
    """The message that carries `rendered` to `delivery.recipient`: CRLF, checked, 7-bit (but for a UTF-8 address).

    Args:
        unsubscribe: how this subscriber leaves; without it, by a mail to the letterhead's address.
        signers: each puts a DKIM signature on top, as of when the delivery was made.

    Raises:
        MessageError: an address, a name or the Message-ID cannot stand in a message; nothing may be sent.
    """
    at = delivery.created_at or edition.created_at
    fields = [
        *letter_fields(rendered, letterhead, delivery, at),
        *list_fields(letterhead, unsubscribe),
        *robot_fields(letterhead, edition.edition_date.isoformat()),
    ]
    return _message(fields, rendered, delivery, signers, at)


def build_letter(
    rendered: Rendered,
    *,
    letterhead: Letterhead,
    delivery: Delivery,
    unsubscribe: Unsubscribe | None = None,
    signers: Sequence[Signer] = (),
) -> bytes:
    """The message that carries a letter that is no edition, made as by `build`.

    It is no mail of a list: only one to a subscriber has a way to `unsubscribe`. The Reply-To is the letterhead's, so
    that no answer by itself, such as an out-of-office reply, confirms anything.

    Raises:
        MessageError: as `build`.
    """
    at = delivery.created_at or delivery.due_at
    replies = delivery.kind is DeliveryKind.ANSWER
    fields = [
        *letter_fields(rendered, letterhead, delivery, at),
        *(thread_fields(delivery.content) if replies else ()),
        *(unsubscribe_fields(unsubscribe) if unsubscribe is not None else ()),
        *robot_fields(letterhead, delivery.kind.value, "auto-replied" if replies else "auto-generated"),
    ]
    return _message(fields, rendered, delivery, signers, at)


def message_id(secret: bytes, domain: str, *names: object) -> str:
    """The Message-ID of what `names` name, in angle brackets: the same for the same names, not to be guessed.

    A copy that is built twice, by a preview or after a crash, is then known as a copy by any receiver.

    Raises:
        MessageError: `domain` is not a domain name.
    """
    digest = hmac.digest(secret, "/".join(map(str, names)).encode(), hashlib.sha256)
    return f"<{digest[:16].hex()}@{ascii_domain(domain)}>"


def _message(
    fields: Sequence[str], rendered: Rendered, delivery: Delivery, signers: Sequence[Signer], at: datetime
) -> bytes:
    """Fields and both parts, put together, signed and checked."""
    boundary = _boundary(delivery.message_id)
    content = machine("Content-Type", f'multipart/alternative; boundary="{boundary}"')
    head = "".join(f"{field}\r\n" for field in (*fields, content)).encode()
    parts = b"".join(_part(kind, body, boundary) for kind, body in (("plain", rendered.text), ("html", rendered.html)))
    message = head + b"\r\n" + parts + f"--{boundary}--\r\n".encode("ascii")
    if signers:
        message = signatures(message, signers, at) + message
    check(message)
    return message


def _boundary(message_id: str) -> str:
    """A boundary that follows from the Message-ID; "=_" stands in no quoted-printable and no base64 body."""
    return f"=_{hashlib.sha256(message_id.encode(errors='replace')).hexdigest()[:32]}"


def _part(kind: str, body: str, boundary: str) -> bytes:
    try:
        encoding, data = encode(body)
    except UnicodeEncodeError as e:
        raise MessageError(f"the {kind} part holds a lone surrogate at character {e.start}") from e
    head = f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + data + b"\r\n"
