"""What a server's answer means for us: whose fault it is, and what may help. Pure.

Four can be at fault: our own side at the mail server, the recipient's mailbox, the recipient's domain, the message.
Code, status, step and words decide together. What is about us is looked for first, in the table of `reply_rules`;
for the rest the status decides: the first digit of the reply code says whether another try makes sense (RFC 5321
4.2.1; Gmail sends ``421 5.7.32``, and the 4 is right), the enhanced status says why (RFC 3463, RFC 5248). Words are
looked at only for what cannot be misread: software that goes by the words first takes the "5.1.1" out of a quoted
text for the verdict. A bounce message (RFC 3464) says the same things, and is read by the same function.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum

from digest.mail.reply_rules import READERS, Ours, about_us

LONGEST_WAIT = timedelta(hours=6)
"""The longest time that a server may ask us to wait; the edition's life is a day."""

DSN = "dsn"
"""The step of a reply that came in a report (RFC 3464) instead of a conversation."""


class Meaning(StrEnum):
    """What an answer other than yes amounts to."""

    DEAD = "dead"
    """There is no such mailbox, and will be none."""
    FULL = "full"
    """The mailbox takes nothing more at the moment."""
    POLICY = "policy"
    """The receiver will not have our mail: reputation, authentication, content. No fault of the address."""
    SLOW_DOWN = "slow down"
    """We are faster than this receiver likes."""
    THROTTLED = "throttled"
    """We are faster than our mail server likes, whoever the mail is for."""
    QUOTA = "quota"
    """We have sent as much as our mail server lets us for now."""
    SIZE = "size"
    """The message is too large."""
    ADDRESS = "address"
    """The address cannot be written in this conversation (RFC 6531 without SMTPUTF8)."""
    SENDER = "sender"
    """Our own set-up is at fault (login, identity, account): every message would meet the same answer."""
    TEMPORARY = "temporary"
    """Any other 4xx: another try may get through. Greylisting (RFC 6647) is this."""
    PERMANENT = "permanent"
    """Any other 5xx: this message will not get through, the next one may."""


OURS = frozenset({Meaning.SENDER, Meaning.QUOTA, Meaning.THROTTLED})
"""What is about us at our mail server, and never counts against a reader or a message."""

_DEAD = {"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"}
_SIZE = {"3.4", "2.3"}
_BEFORE = ("connect", "auth", "mail")  # no recipient has been named yet
_CONTENT = ("data", "body", "dot")
_SILENT = {"", "0.0", "1.0", "5.0"}  # statuses that say no more than the code does

_NOBODY = re.compile(
    r"\b(?:user|recipient|mailbox|account|address) (?:is )?(?:unknown|not known|not found|does(?: not|n't) exist)\b"
    r"|\b(?:unknown|no such|invalid|non-?existent) (?:user|recipient|mailbox|account|address)\b"
    r"|\bno mailbox here by that name\b",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\b(?:spam|blocked|blacklist\w*|blocklist\w*|denylist\w*|rbl|dnsbl|spamhaus|policy|reputation|spf|dkim|dmarc"
    r"|unsolicited|reverse dns|ptr)\b",
    re.IGNORECASE,
)
_CROWD = re.compile(r"\b(?:connections?|concurrent|concurrency|simultaneous|sessions?|threads?)\b", re.IGNORECASE)
_GREYLIST = re.compile(r"\bgr[ae]y-?list", re.IGNORECASE)
_WAIT = re.compile(
    r"\b(?:again|back|retry|wait|(?:grey|gray)listed)\b[^0-9]{0,40}\b([0-9]{1,6}) {0,3}"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b",
    re.IGNORECASE,
)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


def meaning(code: int, enhanced: str, text: str, step: str) -> Meaning:
    """What a reply means.

    Args:
        code: the reply code, 400 to 599; 0 where there is none: in a report, and from a program that had the
            message, the first digit of `enhanced` decides; otherwise it is our own transport that refuses to send.
        enhanced: the RFC 3463 status ("5.1.1"), or "".
        text: the server's words, without the status.
        step: "connect", "auth", "mail", "rcpt", "data", "body", "dot" or `DSN`; "" where it is not known.
    """
    detail = enhanced.partition(".")[2]
    if code == 0 and step not in (DSN, *_CONTENT):
        return _our_own(detail)
    temporary = _first_digit(code, enhanced) == "4"
    if not temporary and (fixed := _of_the_message(code, detail, step)):
        return fixed
    ours = None if is_greylisting(text) else about_us(code, enhanced, text, reported=step == DSN)
    if ours is Ours.RATE:
        return Meaning.THROTTLED if temporary else Meaning.QUOTA
    if ours is not None:
        return Meaning.QUOTA if ours is Ours.QUOTA else Meaning.SENDER
    return _temporary(code, detail, text, step) if temporary else _permanent(code, detail, text, step)


def is_greylisting(text: str) -> bool:
    """Whether the words name greylisting (RFC 6647), which says nothing about our pace."""
    return _GREYLIST.search(text) is not None


def is_crowded(text: str) -> bool:
    """Whether it is our connections that are too many, not our messages."""
    return _CROWD.search(text) is not None and "closing connection" not in text.lower()


def wait_asked(text: str) -> timedelta | None:
    """How long the server asks us to wait ("try again in 300 seconds"), at most `LONGEST_WAIT`; None if it does not."""
    found = _WAIT.search(text)
    if found is None or int(found[1]) == 0:
        return None
    span = timedelta(**{_UNITS[found[2][0].lower()]: int(found[1])})
    return min(span, LONGEST_WAIT)


def _first_digit(code: int, enhanced: str) -> str:
    return str(code)[:1] if code else enhanced[:1]


def _of_the_message(code: int, detail: str, step: str) -> Meaning | None:
    """What size and alphabet alone rule out, whoever is asked."""
    if detail == "6.7":
        return Meaning.ADDRESS
    bare = detail in _SILENT
    too_large = detail in _SIZE or (bare and code == 552 and step in ("mail", *_CONTENT))
    return Meaning.SIZE if too_large else None


def _temporary(code: int, detail: str, text: str, step: str) -> Meaning:
    """421 and 432 are about the conversation, and so about us; a rate of the receiver's own is named as such."""
    if detail == "2.2":
        return Meaning.FULL
    if is_greylisting(text):
        return Meaning.TEMPORARY
    if code in (421, 432) and not READERS.search(text):
        return Meaning.THROTTLED
    policy = detail.startswith("7.")
    if code in (421, 450, 451) and (policy or detail == "2.1" or code == 421):
        return Meaning.THROTTLED if step in _BEFORE else Meaning.SLOW_DOWN
    return Meaning.POLICY if policy else Meaning.TEMPORARY


def _our_own(detail: str) -> Meaning:
    """Why a transport did not even ask a server."""
    if detail in _SIZE:
        return Meaning.SIZE
    return Meaning.ADDRESS if detail in ("1.3", "6.7") else Meaning.PERMANENT


def _permanent(code: int, detail: str, text: str, step: str) -> Meaning:
    bare = detail in _SILENT
    if step in _BEFORE:
        return Meaning.SENDER
    if detail in _DEAD or (bare and code == 556):  # RFC 7504: a domain that takes no mail at all
        return Meaning.DEAD
    if detail == "2.2" or (bare and code == 552 and step == "rcpt"):
        return Meaning.FULL
    if detail.startswith(("6.", "7.")) or detail in ("1.7", "1.8"):
        return Meaning.POLICY
    return _by_code(code, text, step) if bare else Meaning.PERMANENT


def _by_code(code: int, text: str, step: str) -> Meaning:
    """Without a status: 550 says "no such mailbox", "no access" and "refused for policy reasons" all in one
    (RFC 5321 4.2.3), so the address is dead only where the words say that, and nothing but that."""
    if (code == 554 and step in _CONTENT) or _REFUSED.search(text):
        return Meaning.POLICY
    if code in (550, 551, 553) and step == "rcpt" and _NOBODY.search(text):
        return Meaning.DEAD
    return Meaning.PERMANENT
