"""The header fields of a message, in the order in which they stand. Pure."""

from __future__ import annotations

import hashlib
import re
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from digest.errors import MessageError
from digest.mail.headers import SOFT, ascii_address, ascii_domain, machine, mailbox, mailto, recipient, unstructured
from digest.model import Unsubscribe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from digest.model import Delivery, Letterhead, Rendered

_LIST_NAME = re.compile(r"[A-Za-z0-9 ._-]{1,60}")
_HTTPS = re.compile(r"https://[!#-;=?-~]+")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,200}@[A-Za-z0-9.-]{1,253}>")
_MOST_REFERENCES, _LONGEST_REFERENCES = 20, 8_000
_SENDER_ID = re.compile(r"[a-z0-9]{5,15}")


def letter_fields(rendered: Rendered, letterhead: Letterhead, delivery: Delivery, at: datetime) -> Iterator[str]:
    """What every letter has (RFC 5322 3.6), dated `at`.

    Raises:
        MessageError: an address, a name, the subject or the Message-ID cannot stand in a header.
    """
    yield machine("Date", format_datetime(at))
    yield mailbox("From", letterhead.sender_name or letterhead.title, letterhead.sender)
    yield recipient("To", delivery.recipient)
    if letterhead.reply_to:
        yield mailbox("Reply-To", "", letterhead.reply_to)
    yield unstructured("Subject", rendered.subject)
    yield machine("Message-ID", delivery.message_id)
    yield machine("MIME-Version", "1.0")


def list_fields(letterhead: Letterhead, unsubscribe: Unsubscribe | None) -> Iterator[str]:
    """What makes a letter one of a list: RFC 2919, RFC 2369, RFC 8058.

    Raises:
        MessageError: an address or URL cannot stand in a header, or there is no way to unsubscribe.
    """
    if letterhead.list_id:
        yield _list_id(letterhead)
    yield from unsubscribe_fields(unsubscribe or by_mail(letterhead))
    if letterhead.help:
        yield machine("List-Help", f"<{mailto(letterhead.help, 'help')}>")
    if letterhead.owner:
        yield machine("List-Owner", f"<{mailto(letterhead.owner)}>")
    yield machine("List-Post", "NO")
    if letterhead.web_url:
        yield machine("List-Archive", _angled(letterhead.web_url))


def unsubscribe_fields(ways: Unsubscribe) -> Iterator[str]:
    """List-Unsubscribe with the https URL first, and where there is one the promise that a POST to it does it.

    Raises:
        MessageError: there is no way at all, or one that cannot stand in a header.
    """
    web = _angled(ways.web) if ways.web else ""
    mail = f"<{mailto(ways.mail, ways.subject)}>" if ways.mail else ""
    if not web and not mail:
        raise MessageError("List-Unsubscribe: there is neither a URL nor an address")
    yield machine("List-Unsubscribe", ", ".join(way for way in (web, mail) if way))
    if web:
        yield machine("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


def by_mail(letterhead: Letterhead) -> Unsubscribe:
    """The way that is open without tokens: a mail in which a person says who they are."""
    return Unsubscribe(mail=letterhead.unsubscribe or letterhead.reply_to or letterhead.sender)


def robot_fields(letterhead: Letterhead, what: str, submitted: str = "auto-generated") -> Iterator[str]:
    """What keeps robots from answering, and tells Gmail what to count complaints by.

    Args:
        what: names the edition by its date, or the kind of a letter.
        submitted: how the mail came about (RFC 3834 5): "auto-generated", or "auto-replied" for an answer.
    """
    yield feedback_id(letterhead, what)
    yield machine("Auto-Submitted", submitted)
    yield machine("Precedence", "bulk")
    yield machine("X-Auto-Response-Suppress", "OOF, AutoReply")


def thread_fields(content: Mapping[str, Any]) -> Iterator[str]:
    """What binds an answer to the mail that it answers (RFC 5322 3.6.4), from `content` of its delivery.

    A stranger wrote both, so of each only what is a Message-ID goes on: of "in_reply_to" the first, of "references"
    (a text, or a list of them) the first and the last ones.
    """
    answered = _message_ids(content.get("in_reply_to", ""))[:1]
    before = [one for one in _message_ids(content.get("references", "")) if one not in answered]
    line = [*before[:1], *before[1:][-(_MOST_REFERENCES - 2) :], *answered]
    if answered:
        yield machine("In-Reply-To", answered[0])
    if line:
        yield "References: " + "\r\n ".join(line)


def _message_ids(given: object) -> list[str]:
    """What is a Message-ID in a text, or a list of texts, each once."""
    texts = given if isinstance(given, list | tuple) else [given]
    text = " ".join(one for one in texts if isinstance(one, str))[:_LONGEST_REFERENCES]
    return list(dict.fromkeys(one for one in _MESSAGE_ID.findall(text) if "=?" not in one))


def feedback_id(letterhead: Letterhead, what: str) -> str:
    """Gmail's Feedback-ID: three names to count by, and the sender's constant one last; nothing of the recipient."""
    domain = ascii_domain(letterhead.feedback_domain) if letterhead.feedback_domain else ""
    domain = domain or ascii_address(letterhead.sender).rpartition("@")[2]
    listed = ascii_domain(letterhead.list_id or domain)
    return machine("Feedback-ID", f"{what}:{listed}:digest:{sender_id(domain)}")


def sender_id(domain: str) -> str:
    """5 to 15 letters and digits, always the same for `domain`: its own, or a short hash behind the first of them."""
    own = "".join(char for char in domain.lower() if char in "abcdefghijklmnopqrstuvwxyz0123456789")
    return own if _SENDER_ID.fullmatch(own) else own[:7] + hashlib.sha256(domain.lower().encode()).hexdigest()[:8]


def _list_id(letterhead: Letterhead) -> str:
    """The List-Id; with the list's name where that is plain ASCII and short, as this field is not encoded or folded."""
    bare = machine("List-Id", f"<{ascii_domain(letterhead.list_id)}>")
    found = _LIST_NAME.fullmatch(" ".join(letterhead.title.split()))
    named = bare.replace("<", f'"{found.group()}" <') if found else bare
    return named if len(named) <= SOFT else bare


def _angled(url: str) -> str:
    """An https URL in angle brackets; a comma in it is written %2C, as readers split the field there."""
    if not _HTTPS.fullmatch(url):
        raise MessageError(f"not an https URL of plain ASCII: {url[:200]!r}")
    return f"<{url.replace(',', '%2C')}>"
