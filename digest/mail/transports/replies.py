"""What an SMTP server's words amount to. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from digest.errors import Deferral, Outage, Refusal, TransportError

CLOSING, OUT_OF_SEQUENCE, TOO_MUCH = 421, 503, 552
NONSENSE = -1
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
_QUEUED = (
    re.compile(r"\bqueued as <?([\w.-]{1,64})", re.IGNORECASE),  # Postfix and its kin, Brevo
    re.compile(r"\bid=([\w.-]{1,64})"),  # Exim
    re.compile(r"^2\.\d\.\d ([\w.-]{6,64}) Message accepted", re.IGNORECASE),  # Sendmail
    re.compile(r"^2\.\d\.\d (?:<[^<>\s]{1,320}> )?([\w+/.:-]{6,64}) Saved$"),  # Dovecot's LMTP
    re.compile(r"^(?:2\.\d\.\d )?ok:? <?([\w-]{20,80})(?:@[\w.-]{1,200})?>?$", re.IGNORECASE),  # Amazon SES
    re.compile(r"^(?:2\.\d\.\d )?ok {1,3}\d{9,11} ([\w.-]{6,64}) - gsmtp$", re.IGNORECASE),  # Gmail
    re.compile(r"^2\.\d\.\d <([^<>@\s]{6,80})@[^<>@\s]{1,200}> \[InternalId=\d", re.IGNORECASE),  # Exchange
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")


class Reply(NamedTuple):
    """A whole reply: its code, or `NONSENSE` where it is none, and its lines without codes, joined by LF.

    A tuple (int, bytes), which is what `smtplib` has for a reply.
    """

    code: int
    lines: bytes

    @property
    def text(self) -> str:
        """One printable line of at most 500 characters."""
        return words(self.lines)

    @property
    def negative(self) -> bool:
        """Whether it is a 4xx or 5xx behind which the conversation can go on."""
        return 400 <= self.code <= 599 and self.code != CLOSING


def parse_line(line: bytes) -> tuple[int, bool, bytes]:
    """(code, whether another line of this reply follows, text) of one line of a reply (RFC 5321 4.2)."""
    found = _LINE.fullmatch(line.rstrip(b"\r\n"))
    if found is None:
        return NONSENSE, False, line.strip()
    return int(found[1]), found[2] == b"-", (found[3] or b"").strip()


def words(reply: bytes) -> str:
    """A reply's text as one line of at most 500 characters."""
    return _CONTROL.sub(" ", reply.decode("utf-8", "replace")).strip()[:500]


def enhanced(text: str) -> str:
    """The RFC 3463 status that `text` starts with ("5.1.1"), or ""."""
    found = _ENHANCED.match(text)
    return found.group(1) if found else ""


def queue_id(text: str) -> str:
    """The id under which the server says it queued the message, or "".

    Amazon SES and Brevo make it what stands before the @ of the Message-ID that they put in place of ours.
    """
    found = next((m for m in (pattern.search(text) for pattern in _QUEUED) if m), None)
    return found.group(1) if found else ""


def failure(code: int, text: str, *, after_dot: bool = False, step: str = "") -> TransportError:
    """The error for a reply at `step` that was not the wanted one; the first digit of `code` decides (RFC 5321 4.2.1).

    So a "421 5.7.32" is not for good. 421 says that the server is closing the line: an Outage, but after the dot
    it is the answer to this message, and so a Deferral. 552 for a recipient can mean 452 (RFC 5321 4.5.3.1.10).
    """
    status = enhanced(text)
    if step == "rcpt" and code == TOO_MUCH and (status in ("", "5.5.3") or status.startswith("4.")):
        return Deferral(text, code, status, step)
    if 500 <= code <= 599:
        return Refusal(text, code, status, step)
    if 400 <= code <= 499 and (after_dot or code != CLOSING):
        return Deferral(text, code, status, step)
    return Outage(text or "the server's answer makes no sense", max(code, 0), status, step)
