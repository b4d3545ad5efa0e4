"""A message that came in becomes one of five values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from digest.mail.incoming.parts import Part, parts_of
from digest.mail.incoming.reports import (
    BounceReport,
    ComplaintReport,
    RecipientReport,
    bounce_report,
    complaint_report,
    is_complaint,
    is_feedback,
    is_notification,
)
from digest.mail.incoming.robots import automatic, null_sender, robot
from digest.mail.tokens import find_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

# Where mail servers note whom a message was for, the one that knows the plus part best first.
_RECIPIENT_FIELDS = ("x-original-to", "delivered-to", "envelope-to", "to")


@dataclass(frozen=True, slots=True)
class UnsubscribeRequest:
    """A person asks to leave. Nothing says yet that a token is ours."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AutoReply:
    """A program answered, such as one that says that somebody is out of office; `why` is a clause."""

    why: str


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else; `why` it is nothing more, as a clause."""

    why: str


Incoming: TypeAlias = BounceReport | ComplaintReport | UnsubscribeRequest | AutoReply | Other


def read_incoming(message: bytes, *, recipient: str = "", sender: str | None = None) -> Incoming:
    """What a message says to a sender of digests. Never raises; looks at `LOOK` bytes.

    Args:
        message: the message, any bytes.
        recipient: the address that it came to, or only what stands behind its plus sign; "" where it is not
            known: then the topmost field that mail servers write it into.
        sender: the envelope's sender; "", "<>" or MAILER-DAEMON for none, None where it is not known.
    """
    parts = parts_of(message)
    tokens = _tokens_of_envelope(parts[0], recipient)
    return _report(parts, tokens, sender) or _notice(parts[0], tokens, sender) or _request(parts[0], tokens, sender)


def _report(parts: Sequence[Part], tokens: Sequence[str], sender: str | None) -> Incoming | None:
    """What says by its type that it is a report."""
    if is_feedback(parts):
        feedback = complaint_report(parts, tokens)
        return feedback if is_complaint(feedback) else Other("a report of feedback that is no complaint")
    if is_notification(parts):
        report = bounce_report(parts, tokens)
        silent = not report.recipients and tokens and null_sender(parts[0], sender)
        return report if report.failures or silent else Other("a report of delivery without a failure")
    if parts[0].parameter("report-type").lower() == "disposition-notification":
        return AutoReply("it is a receipt")
    return None


def _notice(message: Part, tokens: Sequence[str], sender: str | None) -> Incoming | None:
    """A notice without fields, as qmail and old gateways send it: no sender, and our token as its address.

    It is not told apart from an answer by its words, but by what answers have and notices lack.
    """
    if not null_sender(message, sender):
        return None
    # Exim wrote this field long before it wrote reports.
    named = message.field("x-failed-recipients")
    why = automatic(message) or ("it answers a message" if message.has("in-reply-to") else "")
    if why and not named:
        return AutoReply(why)
    if not tokens:
        return Other("it has no sender, and is no report")
    failed = tuple(RecipientReport("failed", final=address.strip()) for address in named.split(",")[:50] if named)
    return BounceReport(tuple(tokens), recipients=failed)


def _request(message: Part, tokens: Sequence[str], sender: str | None) -> Incoming:
    """What a person may want."""
    if why := robot(message, sender):
        return AutoReply(why)
    subject = message.field("subject")
    written = find_tokens(subject) if "unsubscribe" in subject.lower() else ()
    if tokens or written:
        return UnsubscribeRequest(tuple(dict.fromkeys((*tokens, *written))))
    return Other("neither a report nor a request with a token")


def _tokens_of_envelope(message: Part, recipient: str) -> tuple[str, ...]:
    """The tokens in the address that the message came to."""
    places = (recipient, *(message.field(name) for name in _RECIPIENT_FIELDS))
    return tuple(dict.fromkeys(token for place in places for token in find_tokens(place[:1000])))[:10]
