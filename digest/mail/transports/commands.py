"""The commands for one message, by what the server offers: SIZE, DSN, SMTPUTF8, 8BITMIME. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from digest.errors import MessageError, Refusal
from digest.mail.headers import needs_smtputf8, wire_address
from digest.model import Envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENVID_ROOM, _ORCPT_ROOM = 100, 500  # octets, as encoded (RFC 3461 4.4 and 4.2)
_NO_XCHAR = re.compile(r"[^!-*,-<>-~]")  # RFC 3461 4: printable ASCII but "+" and "="
_NO_QCHAR = re.compile(r"[^!-*,-<>-\[\]-~]")  # RFC 6533 3: nor the backslash
_PRINTABLE = re.compile(r"[ -~]+")


class Commands(NamedTuple):
    """What is said before the body, without CRLF."""

    mail: bytes
    rcpt: bytes
    data: bytes = b"DATA"


def on_the_wire(envelope: Envelope) -> Envelope:
    """`envelope` with both addresses as they are written to servers; the sender "" is the null sender.

    Raises:
        Refusal: an address that can stand on no wire ("5.1.3"), before anything is sent.
    """
    try:
        sender = wire_address(envelope.sender) if envelope.sender else ""
        return Envelope(sender, wire_address(envelope.recipient), envelope.envid)
    except MessageError as e:
        raise Refusal(f"5.1.3 {e}", 0, "5.1.3", "mail") from e


def commands(envelope: Envelope, size: int, offers: Mapping[str, str], place: str) -> Commands:
    """MAIL, RCPT and DATA for a message of `size` bytes, whose `envelope` is `on_the_wire`.

    Args:
        offers: the extensions that the server announced, names in lower case.
        place: who that is, for messages.

    Raises:
        Refusal: the server's offers rule the message out; nothing was sent.
    """
    _check_size(size, offers, place)
    wide = needs_smtputf8(envelope.sender) or needs_smtputf8(envelope.recipient)
    if wide and "smtputf8" not in offers:
        text = f"5.6.7 {envelope.recipient} needs SMTPUTF8 (RFC 6531), which {place} does not offer"
        raise Refusal(text, 553, "5.6.7", "mail")
    mail = [f"MAIL FROM:<{envelope.sender}>", *_about_message(envelope, size, offers, wide)]
    rcpt = [f"RCPT TO:<{envelope.recipient}>", *_about_recipient(envelope.recipient, offers)]
    return Commands(" ".join(mail).encode(), " ".join(rcpt).encode())


def _check_size(size: int, offers: Mapping[str, str], place: str) -> None:
    """RFC 1870 6.1: a message that is over the announced size is not even begun."""
    limit = offers.get("size", "")[:20]
    if limit.isascii() and limit.isdigit() and 0 < int(limit) < size:
        raise Refusal(f"5.3.4 {place} takes {limit} bytes at most, the message has {size}", 552, "5.3.4", "mail")


def _about_message(envelope: Envelope, size: int, offers: Mapping[str, str], wide: bool) -> list[str]:
    options = [f"SIZE={size}"] if "size" in offers else []
    if wide:
        options += ["SMTPUTF8", "BODY=8BITMIME"] if "8bitmime" in offers else ["SMTPUTF8"]
    if "dsn" in offers:
        options += ["RET=HDRS", *_envid(envelope.envid)]
    return options


def _envid(envid: str) -> list[str]:
    """ENVID; a name that may not travel is left out, as it only makes a bounce easier to place."""
    encoded = xtext(envid)
    return [f"ENVID={encoded}"] if _PRINTABLE.fullmatch(envid) and len(encoded) <= _ENVID_ROOM else []


def _about_recipient(address: str, offers: Mapping[str, str]) -> list[str]:
    if "dsn" not in offers:
        return []
    original = f"rfc822;{xtext(address)}" if address.isascii() else f"utf-8;{utf8_xtext(address)}"
    return ["NOTIFY=FAILURE", *([f"ORCPT={original}"] if len(original) <= _ORCPT_ROOM else [])]


def xtext(text: str) -> str:
    """ASCII `text` as RFC 3461 section 4 has it in a parameter: what could not stand there as "+" and two digits."""
    return _NO_XCHAR.sub(lambda found: f"+{ord(found[0]):02X}", text)


def utf8_xtext(text: str) -> str:
    r"""`text` in ASCII as RFC 6533 section 3 has it in a parameter: "é" as ``\x{E9}``."""
    return _NO_QCHAR.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", text)
