"""A message that came in becomes one of six values. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from digest.mail.incoming.authentication import authenticated, author_of
from digest.mail.incoming.bodies import subject_of, text_of
from digest.mail.incoming.commands import CommandMail, parse_commands
from digest.mail.incoming.parts import Part, parts_of
from digest.mail.incoming.quoting import own_lines
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
from digest.mail.incoming.robots import automatic, null_sender, robot, unanswerable
from digest.mail.tokens import find_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.mail.incoming.commands import Desk

# Where mail servers note whom a message was for, the one that knows the plus part best first.
_RECIPIENT_FIELDS = ("x-original-to", "delivered-to", "envelope-to", "to")


_LEAVE = re.compile(r"unsubscribe\s{1,5}([a-z2-7]{40})", re.IGNORECASE)
_CONFIRM = re.compile(r"confirm\s{1,5}([a-z2-7]{40})", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_MOST_REFERENCES = 10


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A person asks for what a token allows, whoever they are. Nothing says yet that it is ours, or what it is for.

    `leave` are the tokens that may unsubscribe, `confirm` those that may confirm: never one that stands where programs
    and people quote, so only in the address that the message came to, or as the whole subject "confirm <token>".
    `domain` is that of the sender, `message_id` the message's own; "" where they are not known.
    """

    leave: tuple[str, ...] = ()
    confirm: tuple[str, ...] = ()
    domain: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class AutoReply:
    """A program answered, such as one that says that somebody is out of office; `why` is a clause.

    `leave` are tokens that unsubscribe all the same, see `read_incoming`.
    """

    why: str
    leave: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else; `why` it is nothing more, as a clause. `leave` are tokens that unsubscribe all the same."""

    why: str
    leave: tuple[str, ...] = ()


Incoming: TypeAlias = BounceReport | ComplaintReport | TokenRequest | CommandMail | AutoReply | Other


def read_incoming(
    message: bytes,
    *,
    recipient: str = "",
    sender: str | None = None,
    desk: Desk | None = None,
    authserv_id: str = "",
    trusted_hops: int = 0,
) -> Incoming:
    """What a message says to a sender of digests. Never raises; looks at `LOOK` bytes.

    Programs and providers unsubscribe for the people who use them, by mail of any kind to the address in our
    List-Unsubscribe (RFC 2369 3.2): without a sender, as bulk, auto-submitted. Nothing else leads to that address, as
    no mail of ours is sent from it. So a token there (or in the subject, where the address takes none) is in `leave`
    whatever the header says; only a report is never such a request.

    Args:
        message: the message, any bytes.
        recipient: the address that it came to, or only what stands behind its plus sign; "" where it is not
            known: then the topmost field that mail servers write it into.
        sender: the envelope's sender; "", "<>" or MAILER-DAEMON for none, None where it is not known.
        desk: where commands are taken; without it a person's mail without a token is nothing.
        authserv_id, trusted_hops: whom to believe about who sent a report (see `authenticated`).
    """
    parts = parts_of(message)
    head, tokens = parts[0], _tokens_of_envelope(parts[0], recipient)
    reported = _report(parts, tokens, sender)
    if isinstance(reported, BounceReport | ComplaintReport):
        proof = authenticated(head, authserv_id, trusted_hops, sender)
        return replace(reported, reporter=proof.address.rpartition("@")[2].lower())
    if reported is not None:
        return reported
    by_program = _by_program(head, tokens, sender)
    if by_program is not None:
        return by_program
    request = _request(head, tokens, recipient)
    if request is not None:
        return request
    if desk is None:
        return Other("neither a report nor a request with a token")
    why = unanswerable(head, desk)
    return AutoReply(why) if why else _commands(parts, recipient, sender, desk)


def _by_program(message: Part, tokens: Sequence[str], sender: str | None) -> BounceReport | AutoReply | Other | None:
    """What a program wrote that is no report by its type; None for a person's mail."""
    found = _notice(message, tokens, sender)
    if found is None:
        why = robot(message, sender)
        found = AutoReply(why) if why else None
    if found is None or message.kind == "multipart/report":
        return found
    asked = _LEAVE.fullmatch(subject_of(message))
    return replace(found, leave=(*tokens, asked[1].lower()) if asked else tuple(tokens))


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


def _notice(message: Part, tokens: Sequence[str], sender: str | None) -> BounceReport | AutoReply | Other | None:
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


def _request(message: Part, tokens: Sequence[str], recipient: str) -> TokenRequest | None:
    """What a person asks for by a token."""
    subject = subject_of(message)
    written = find_tokens(subject) if "unsubscribe" in subject.lower() else ()
    leave = tuple(dict.fromkeys((*tokens, *written)))
    confirming = _CONFIRM.fullmatch(subject)
    # A recipient that is known in full stands for itself: what the header says of it may be quoted.
    arrived = find_tokens(recipient) if "@" in recipient else tokens
    confirm = (*arrived, confirming[1].lower()) if confirming else tuple(arrived)
    if not leave and not confirm:
        return None
    domain = author_of(message).rpartition("@")[2].lower()
    return TokenRequest(leave, tuple(dict.fromkeys(confirm)), domain, _own_id(message))


def _commands(parts: Sequence[Part], recipient: str, sender: str | None, desk: Desk) -> CommandMail:
    """What a person asks for in words."""
    message, subject, text = parts[0], subject_of(parts[0]), text_of(parts)
    own_id = _own_id(message)
    to = recipient or next(filter(None, map(message.field, _RECIPIENT_FIELDS)), "")
    return CommandMail(
        proof=authenticated(message, desk.authserv_id, desk.trusted_hops, sender, desk.takes),
        parsed=parse_commands(subject, own_lines(text), to),
        subject=subject,
        message_id=own_id,
        references=_references(message),
        mark=own_id or _mark(message.field("from"), message.field("date"), subject, text),
    )


def _own_id(message: Part) -> str:
    found = _MESSAGE_ID.search(message.field("message-id"))
    return found[0] if found else ""


def _references(message: Part) -> tuple[str, ...]:
    """The Message-IDs that a message answers to (RFC 5322 3.6.4), the nearest first."""
    answered = _MESSAGE_ID.findall(message.field("in-reply-to"))
    thread = _MESSAGE_ID.findall(message.field("references"))
    return tuple(dict.fromkeys((*answered, *reversed(thread))))[:_MOST_REFERENCES]


def _mark(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode(errors="replace")).hexdigest()


def _tokens_of_envelope(message: Part, recipient: str) -> tuple[str, ...]:
    """The tokens in the address that the message came to."""
    places = (recipient, *(message.field(name) for name in _RECIPIENT_FIELDS))
    return tuple(dict.fromkeys(token for place in places for token in find_tokens(place[:1000])))[:10]
