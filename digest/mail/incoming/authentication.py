"""Who wrote a message, as far as our own mail server proves it: its Authentication-Results (RFC 8601). Pure.

Anybody can write such a field, as anybody can write a From. So a field counts only if it bears our server's name, and
only with at most `trusted_hops` Received fields above it. OpenDKIM 2.11 as a milter of Postfix 3.7 puts its field above
Postfix's own Received, and so do policy servers: 0 of them. Whoever hands the mail on inside the house, such as
Dovecot's LMTP, puts one more on top of both. Of the places between two Received fields only the topmost counts in which
our server says anything.

Too high a number believes strangers: below the Received of the server that took a message stands what its sender wrote.
The server should take away fields with its name there (RFC 8601 5), but OpenDKIM leaves those that tell of SPF or
DMARC, and those that it cannot read; and it writes no field of its own to mail without a signature, unless told to.

Servers copy what a sender chose into these fields, some of them as it is: OpenDKIM the identity of a signature (i=),
decoded, and policy servers the envelope's sender, unquoted. ``a;dkim=pass header.d=other.example`` is an identity. A
message that has any such thing proves nobody.

A sender is proved by one of these:

- DKIM of the domain in From, or of one above it that is no public suffix, that covers what is read (`signatures`) and
  all of the text; of any domain of the same organization if DMARC passes. The signature covers the lowest field of a
  name, so that somebody else's Subject or Content-Type may stand on top: such fields must stand once.
- SPF, if the envelope's sender is the very mailbox in From.
- DMARC alone, if both of these hold as far as the message shows: it passes by one of the two, and does not say which.

Everything else proves nobody. Every step is linear, and no bytes are an error.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import MessageError
from digest.mail.headers import wire_address
from digest.mail.incoming.alignment import aligned, speaks_for
from digest.mail.incoming.parts import LONGEST_FIELD
from digest.mail.incoming.results import lexed, results_of
from digest.mail.incoming.signatures import moment, signatures_of, uncovered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from digest.mail.incoming.parts import Part
    from digest.mail.incoming.results import Result
    from digest.mail.incoming.signatures import DkimSignature

_AUTHOR = re.compile(r"([^<>@,;:]{0,1000})<[ \t]{0,20}([^<>\s,;:]{1,320})[ \t]{0,20}>")
# What parts words, values and statements: in no identity and no envelope's sender that people have.
_SPECIAL = re.compile(r'[\s()<>\[\]:;,"\\\x00-\x20]')
_IDENTITY = re.compile(r"(?:^|;)\s*i\s*=([^;]*)", re.IGNORECASE)
_PARTIAL = re.compile(r"(?:^|;)\s*l\s*=")
# What is read of a mail, and may stand in it once (RFC 5322 3.6, RFC 2045 3).
_ONCE = (
    *("subject", "date", "to", "cc", "message-id", "in-reply-to", "references"),
    *("mime-version", "content-type", "content-transfer-encoding"),
)
_MOST_SIGNATURES = 20
_CODED = re.compile(r"=([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Proof:
    """Who wrote a message: a bare `address`, or "" where nobody is proved; `why`, as a clause.

    Where a signature is the proof, the same mail can come again: `written` is the moment that it covers, `received`
    when our server took the message in; None where they are not told.
    """

    address: str
    why: str
    written: datetime | None = None
    received: datetime | None = None


def authenticated(
    message: Part,
    authserv_id: str,
    trusted_hops: int,
    sender: str | None = None,
    ours: Callable[[str], bool] = bool,
) -> Proof:
    """Who wrote a message, by what `authserv_id` says of it.

    Args:
        message: its header.
        authserv_id: the name of our own mail server in these fields; with "" nobody is proved.
        trusted_hops: how many Received fields may stand above what it says.
        sender: the envelope's sender, None where only the header may tell it.
        ours: whether mail to an address is meant for us.
    """
    author = author_of(message)
    if not authserv_id:
        return Proof("", "no mail server is trusted to prove senders (inbound.authserv_id)")
    if not author:
        return Proof("", "it has not exactly one sender")
    if why := _suspicion(message, sender):
        return Proof("", why)
    results = _trusted(message, authserv_id, trusted_hops)
    if results is None:
        return Proof("", f"{authserv_id} says nothing of it that may be believed (inbound.trusted_hops)")
    envelope = _envelope_sender(message, trusted_hops) if sender is None else sender
    return _judged(message, author, results, envelope.strip(" \t").removeprefix("<").removesuffix(">"), ours)


def author_of(message: Part) -> str:
    """The one address in the one From field of a message, fit for the wire; "" where there are none or more."""
    values = message.every("from")
    if len(values) != 1 or len(values[0]) >= LONGEST_FIELD or message.short:
        return ""
    pieces = lexed(values[0])
    if pieces is None:
        return ""
    written = "".join("" if quoted else text for quoted, text in pieces).strip(" \t")
    named = _AUTHOR.fullmatch(written)
    address = named[2] if named else written
    with contextlib.suppress(MessageError):
        return wire_address(address)
    return ""


def _judged(message: Part, author: str, results: Sequence[Result], envelope: str, ours: Callable[[str], bool]) -> Proof:
    """Who is proved by what our server says; the reason that comes closest where nobody is."""
    domain = author.rpartition("@")[2].lower()
    policies = {result.outcome for result in results if (result.method, result.domain) == ("dmarc", domain)}
    if "fail" in policies:
        return Proof("", "it fails the policy of its sender's domain (DMARC)")
    speaks = aligned if "pass" in policies else speaks_for
    why, signatures = "", signatures_of(message)
    for result in results:
        if result.outcome == "pass" and result.method == "dkim":
            about = [one for one in signatures if one.may_be_of(result)]
            if not about or not all(speaks(one.domain, domain) for one in about):
                continue
            left_out = next(filter(None, (uncovered(message, one, ours) for one in about)), "")
            if not left_out:
                return Proof(author, f"dkim=pass for {about[0].domain}", *_times(message))
            why = why or f"its signature {left_out}"
        elif result.outcome == "pass" and result.method == "spf" and _is_mailbox(result, author, envelope):
            return Proof(author, f"spf=pass for {result.domain}")
    if "pass" in policies and not why:
        return _by_policy(message, author, signatures, envelope, ours)
    return Proof("", why or "neither SPF nor DKIM nor DMARC proves its sender")


def _is_mailbox(result: Result, author: str, envelope: str) -> bool:
    """Whether a result of SPF is about the very mailbox of the author: it says who may send for a domain, and nothing
    of who may write as whom there."""
    named = result.properties.get("smtp.mailfrom", "").removeprefix("<").removesuffix(">")
    domain = author.rpartition("@")[2].lower()
    return result.domain == domain and _same(named if "@" in named else envelope, author)


def _by_policy(
    message: Part, author: str, signatures: Sequence[DkimSignature], envelope: str, ours: Callable[[str], bool]
) -> Proof:
    """Who is proved by a pass of DMARC alone. It does not tell by what it passed: so all of it has to be in order."""
    if not _same(envelope, author):
        return Proof("", "its policy (DMARC) passes, but it was sent by another mailbox")
    domain = author.rpartition("@")[2].lower()
    about = [one for one in signatures if not one.domain or aligned(one.domain, domain)]
    left_out = next(filter(None, (uncovered(message, one, ours) for one in about)), "")
    return (
        Proof("", f"its signature {left_out}")
        if left_out
        else Proof(author, f"dmarc=pass for {domain}", *_times(message))
    )


def _same(one: str, author: str) -> bool:
    """Whether an address is the author's, who is fit for the wire."""
    with contextlib.suppress(MessageError):
        return wire_address(one).casefold() == author.casefold()
    return False


def _times(message: Part) -> tuple[datetime | None, datetime | None]:
    return moment(message.field("date")), moment(message.field("received"))


def _suspicion(message: Part, sender: str | None) -> str:
    """What shows that a pass may be none for all of the message, as a clause; "" where nothing does."""
    if any(len(message.every(name)) > 1 for name in _ONCE):
        return "a field that may stand once stands in it twice"
    if len(message.every("dkim-signature")) > _MOST_SIGNATURES:
        return "it has more signatures than anybody needs"
    if any(map(_PARTIAL.search, message.every("dkim-signature"))):
        return "its signature leaves out part of its text"
    return (
        "a name in its envelope or signature may be meant to be read as a proof" if _smuggles(message, sender) else ""
    )


def _smuggles(message: Part, sender: str | None) -> bool:
    """Whether something that servers copy into their results could be more than a name there."""
    envelope = [message.field("return-path") if sender is None else sender]
    signatures = message.every("dkim-signature")
    identities = (_undone(found) for value in signatures for found in _IDENTITY.findall(value))
    names = (*(name.strip().removeprefix("<").removesuffix(">") for name in envelope), *identities)
    return any(map(_SPECIAL.search, names)) or any(len(value) >= LONGEST_FIELD for value in signatures)


def _undone(identity: str) -> str:
    """An identity out of its coding, dkim-quoted-printable, in which white space is only where lines were folded
    (RFC 6376 2.11)."""
    return _CODED.sub(lambda found: chr(int(found[1], 16)), "".join(identity.split()))


def _envelope_sender(message: Part, trusted_hops: int) -> str:
    """The envelope's sender, as a server of ours wrote it down with at most so many Received fields above."""
    hops = 0
    for name, value in message.fields:
        hops += name == "received"
        if name == "return-path" or hops > trusted_hops:
            return value if name == "return-path" else ""
    return ""


def _trusted(message: Part, authserv_id: str, trusted_hops: int) -> list[Result] | None:
    """What our server says with at most so many Received fields above it; None where that is nothing at all."""
    hops = 0
    found: list[list[Result]] = []
    for name, value in message.fields:
        if name == "received":
            hops += 1
            if found or hops > trusted_hops:
                break
        said = results_of(value, authserv_id) if name == "authentication-results" else None
        found += [said] if said is not None else []
    return [result for said in found for result in said] if found else None
