"""What an SMTP server's words amount to. Pure."""

from __future__ import annotations

import re

from digest.errors import Deferral, Outage, Refusal, TransportError

CLOSING = 421
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
_QUEUED = (
    re.compile(r"\bqueued as ([\w.-]{1,64})", re.IGNORECASE),  # Postfix and its kin
    re.compile(r"\bid=([\w.-]{1,64})"),  # Exim
    re.compile(r"^2\.\d\.\d ([\w.-]{6,64}) Message accepted", re.IGNORECASE),  # Sendmail
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")


def words(reply: bytes) -> str:
    """A reply's text as one line of at most 500 characters."""
    return _CONTROL.sub(" ", reply.decode("utf-8", "replace")).strip()[:500]


def enhanced(text: str) -> str:
    """The RFC 3463 status that `text` starts with ("5.1.1"), or ""."""
    found = _ENHANCED.match(text)
    return found.group(1) if found else ""


def queue_id(text: str) -> str:
    """The id under which the server says it queued the message, or ""."""
    found = next((m for m in (pattern.search(text) for pattern in _QUEUED) if m), None)
    return found.group(1) if found else ""


def failure(code: int, text: str, *, after_dot: bool = False) -> TransportError:
    """The error for a reply that was not the wanted one; the first digit decides (RFC 5321 4.2.1).

    421 says that the server is closing the line: an Outage, but after the dot it is the answer to
    this message, and so a Deferral.
    """
    if 500 <= code <= 599:
        return Refusal(text, code, enhanced(text))
    if 400 <= code <= 499 and (after_dot or code != CLOSING):
        return Deferral(text, code, enhanced(text))
    return Outage(text or "the server's answer makes no sense", max(code, 0), enhanced(text))
