"""Reports of other programs about our mail: bounces (RFC 3464, RFC 6533) and complaints (RFC 5965). Pure.

Only the fields of a report count. What is written for people above them quotes anything, the original's own
text included, in which "5.1.1" may be the number of a section.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from digest.mail.incoming.parts import Part, blocks_of, header_of
from digest.mail.tokens import find_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "text/rfc822")
_MOST = 50
_MOST_WORDS = 500

# RFC 5965 7.3 and what providers send besides. Not among them: not-spam (the opposite), auth-failure (RFC 6591).
_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other", "opt-out", "opt-out-list", "miscategorized"})

_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?!\d)")
_SMTP_REPLY = re.compile(r"[245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})(?!\d)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_UNITEXT = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What became of one recipient. `action` is in lower case; addresses are bare; anything may be ""."""

    action: str = ""
    status: str = ""
    final: str = ""
    original: str = ""
    diagnostic: str = ""

    @property
    def failed(self) -> bool:
        """Whether delivery was given up. Delayed, relayed, delivered and expanded are no bounces (RFC 3464 2.3.3)."""
        if self.status.startswith("2"):
            return False
        return self.action.startswith("fail") or (not self.action and self.status.startswith("5"))

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that the report names, the original one also as xtext that was never decoded (RFC 3461 4)."""
        decoded = _XTEXT.sub(lambda found: chr(int(found[1], 16)), self.original)
        return tuple(dict.fromkeys(filter(None, (self.final, self.original, decoded))))


@dataclass(frozen=True, slots=True)
class BounceReport:
    """A message that was not delivered. Tokens stand in the order of trust, and nothing says that they are ours.

    `recipients` are all that it tells of; there is none where the notice has no fields to go by. Such a notice may be
    no bounce: `leave` are tokens that unsubscribe, see `read_incoming`.
    `reporter` is the domain of whoever our own mail server proves to have written it, "" where nobody is proved.
    """

    tokens: tuple[str, ...]
    message_ids: tuple[str, ...] = ()
    recipients: tuple[RecipientReport, ...] = ()
    envid: str = ""
    leave: tuple[str, ...] = ()
    reporter: str = ""

    @property
    def failures(self) -> tuple[RecipientReport, ...]:
        """The recipients that failed."""
        return tuple(recipient for recipient in self.recipients if recipient.failed)


@dataclass(frozen=True, slots=True)
class ComplaintReport:
    """Somebody called our mail unwanted. `original_rcpt` is who, if the report still says so; `reporter` as above."""

    tokens: tuple[str, ...]
    message_ids: tuple[str, ...]
    feedback_type: str
    original_rcpt: str = ""
    reporter: str = ""


def is_notification(parts: Sequence[Part]) -> bool:
    """Whether the message is a report of delivery, by its type or by the part that only such a report has."""
    return parts[0].parameter("report-type").lower() == "delivery-status" or any(
        part.kind in _STATUS_PARTS for part in parts
    )


def bounce_report(parts: Sequence[Part], tokens: Sequence[str]) -> BounceReport:
    """What a report of delivery says; `tokens` are those of its envelope, which go first."""
    blocks = [block for part in parts if part.kind in _STATUS_PARTS for block in blocks_of(part.content())]
    envid = next(filter(None, (block.field("original-envelope-id") for block in blocks)), "")
    returned = _returned(parts)
    return BounceReport(
        tokens=_distinct(tokens, find_tokens(envid), _tokens_in(returned)),
        message_ids=_message_ids(returned),
        recipients=tuple(_recipient(block) for block in blocks[:_MOST] if _is_of_recipient(block)),
        envid=envid,
    )


def is_feedback(parts: Sequence[Part]) -> bool:
    """Whether the message is a report of feedback (RFC 5965)."""
    return any(part.kind == "message/feedback-report" for part in parts)


def complaint_report(parts: Sequence[Part], tokens: Sequence[str]) -> ComplaintReport:
    """What a report of feedback says, whatever its type."""
    blocks = [block for part in parts if part.kind == "message/feedback-report" for block in blocks_of(part.content())]
    returned = _returned(parts)
    return ComplaintReport(
        tokens=_distinct(tokens, _tokens_in(blocks), _tokens_in(returned)),
        message_ids=_message_ids(returned),
        feedback_type=_first(blocks, "feedback-type").strip().lower()[:40],
        original_rcpt=_bare(_first(blocks, "original-rcpt-to")),
    )


def is_complaint(report: ComplaintReport) -> bool:
    """Whether a report of feedback is a complaint; it may as well say that a message is wanted."""
    return report.feedback_type in _COMPLAINTS


def _is_of_recipient(block: Part) -> bool:
    return any(block.has(name) for name in ("final-recipient", "original-recipient", "action"))


def _recipient(block: Part) -> RecipientReport:
    kind, _, words = block.field("diagnostic-code").partition(";")
    diagnostic = _CONTROL.sub(" ", words).strip()[:_MOST_WORDS]
    smtp = kind.strip().lower() == "smtp"
    return RecipientReport(
        action=block.field("action").partition(" ")[0].strip().lower()[:20],
        status=_status(block.field("status"), diagnostic if smtp else ""),
        final=_typed(block.field("final-recipient")),
        original=_typed(block.field("original-recipient")),
        diagnostic=diagnostic,
    )


def _status(field: str, reply: str) -> str:
    """The status (RFC 3463). Exim and others write 5.0.0 for whatever failed: then that of the SMTP reply, which
    the field Diagnostic-Code repeats word for word (RFC 3464 2.3.6), if it is of the same class."""
    found = _STATUS.match(field)
    status = found[1] if found else ""
    said = _SMTP_REPLY.match(reply)
    return said[1] if said and status.endswith(".0.0") and said[1][0] == status[0] else status


def _typed(value: str) -> str:
    """The address in "rfc822; ada@example.org" or "utf-8; ..." (RFC 3464 2.3.1, RFC 6533 3)."""
    kind, mark, address = value.partition(";")
    if not mark:
        return _bare(value)
    if kind.strip().lower() == "utf-8":
        address = _UNITEXT.sub(lambda found: _character(int(found[1], 16)), address)
    return _bare(address)


def _character(number: int) -> str:
    return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else "?"


def _bare(address: str) -> str:
    return address.strip().removeprefix("<").removesuffix(">").strip()[:320]


def _returned(parts: Sequence[Part]) -> list[Part]:
    """The headers of what was sent, as they came back."""
    return [header_of(part.content()) for part in parts if part.kind in _RETURNED]


def _message_ids(returned: Sequence[Part]) -> tuple[str, ...]:
    found = (_MESSAGE_ID.search(header.field("message-id")) for header in returned)
    return tuple(dict.fromkeys(match[0] for match in found if match))


def _tokens_in(headers: Iterable[Part]) -> list[str]:
    """The tokens in any field; in a mailto URL one may stand behind "%20" (RFC 6068)."""
    return [token for header in headers for _, value in header.fields for token in find_tokens(unquote(value))]


def _distinct(*sources: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(token for tokens in sources for token in tokens))[:_MOST]


def _first(blocks: Iterable[Part], name: str) -> str:
    return next(filter(None, (block.field(name) for block in blocks)), "")
