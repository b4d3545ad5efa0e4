"""The final bytes of a message, written by hand: the same input gives the same bytes, on every try and every machine.

A retry must carry the same Message-ID, Date and boundary, or a receiver cannot drop the second copy.
Layout: the fields below, then multipart/alternative with the text part first (RFC 2046 5.1.4).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from email.utils import format_datetime
from typing import TYPE_CHECKING

from digest.errors import MessageError
from digest.mail.check import check
from digest.mail.encoding import encode
from digest.mail.headers import ascii_domain, machine, mailbox, unstructured
from digest.mail.page import mailto

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.model import Delivery, Edition, Letterhead, Rendered

_LIST_NAME = re.compile(r"[A-Za-z0-9 ._-]{1,60}")


def build(rendered: Rendered, *, letterhead: Letterhead, delivery: Delivery, edition: Edition) -> bytes:
    """The message that carries `rendered` to `delivery.recipient`: CRLF, 7-bit, checked.

    Raises:
        MessageError: an address, a name or the Message-ID cannot stand in a message; nothing may be sent.
    """
    boundary = _boundary(delivery.message_id)
    fields = [
        *_envelope_fields(rendered, letterhead, delivery, edition),
        *_list_fields(letterhead),
        machine("Auto-Submitted", "auto-generated"),
        machine("Precedence", "bulk"),
        machine("X-Auto-Response-Suppress", "OOF, AutoReply"),
        machine("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    head = "".join(f"{field}\r\n" for field in fields).encode("ascii")
    parts = b"".join(_part(kind, body, boundary) for kind, body in (("plain", rendered.text), ("html", rendered.html)))
    message = head + b"\r\n" + parts + f"--{boundary}--\r\n".encode("ascii")
    check(message)
    return message


def message_id(secret: bytes, domain: str, *names: object) -> str:
    """The Message-ID of what `names` name, in angle brackets: the same for the same names, not to be guessed.

    A copy that is built twice, by a preview or after a crash, is then known as a copy by any receiver.

    Raises:
        MessageError: `domain` is not a domain name.
    """
    digest = hmac.digest(secret, "/".join(map(str, names)).encode(), hashlib.sha256)
    return f"<{digest[:16].hex()}@{ascii_domain(domain)}>"


def _envelope_fields(rendered: Rendered, letterhead: Letterhead, delivery: Delivery, edition: Edition) -> Iterator[str]:
    yield machine("Date", format_datetime(delivery.created_at or edition.created_at))
    yield mailbox("From", letterhead.sender_name or letterhead.title, letterhead.sender)
    yield mailbox("To", "", delivery.recipient)
    if letterhead.reply_to:
        yield mailbox("Reply-To", "", letterhead.reply_to)
    yield unstructured("Subject", rendered.subject)
    yield machine("Message-ID", delivery.message_id)
    yield machine("MIME-Version", "1.0")


def _list_fields(letterhead: Letterhead) -> Iterator[str]:
    """RFC 2919 and RFC 2369; the list's name only where it is plain ASCII, as these fields are never encoded."""
    if letterhead.list_id:
        named = _LIST_NAME.fullmatch(" ".join(letterhead.title.split()))
        name = f'"{named.group()}" ' if named else ""
        yield machine("List-Id", f"{name}<{ascii_domain(letterhead.list_id)}>")
    unsubscribe = letterhead.unsubscribe or letterhead.reply_to or letterhead.sender
    yield machine("List-Unsubscribe", f"<{mailto(unsubscribe, 'unsubscribe')}>")
    if letterhead.help:
        yield machine("List-Help", f"<{mailto(letterhead.help, 'help')}>")
    yield machine("List-Post", "NO")


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
