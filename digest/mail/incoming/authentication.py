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

A signature that leaves out part of the text (l=) proves none of it. And one covers the lowest fields of a name, so that
somebody else's Subject or Content-Type may stand on top of a signed mail that is sent on: such fields must stand once.

A sender is proved by a pass of DMARC for the domain in From, or of SPF or DKIM for a domain that is aligned with it
(RFC 7489 3.1). Everything else proves nobody. Every step is linear, and no bytes are an error.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.errors import MessageError
from digest.mail.headers import ascii_domain, wire_address
from digest.mail.incoming.parts import LONGEST_FIELD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.mail.incoming.parts import Part

_PIECE = re.compile(r'\\.|\s+|[^\\"()<>,;:\s]+|.', re.DOTALL)
_AUTHOR = re.compile(r"([^<>@,;:]{0,1000})<\s{0,20}([^<>\s,;:]{1,320})\s{0,20}>")
# What parts words, values and statements: in no identity and no envelope's sender that people have.
_SPECIAL = re.compile(r'[\s()<>\[\]:;,"\\\x00-\x20]')
_IDENTITY = re.compile(r"(?:^|;)\s*i\s*=([^;]*)", re.IGNORECASE)
_PARTIAL = re.compile(r"(?:^|;)\s*l\s*=")
# What is read of a mail, and may stand in it once (RFC 5322 3.6, RFC 2045 3).
_ONCE = (
    *("subject", "date", "to", "message-id", "in-reply-to", "references"),
    *("mime-version", "content-type", "content-transfer-encoding"),
)
_STATEMENTS = 100
"""More than so many semicolons no server writes into one field."""
_CODED = re.compile(r"=([0-9A-Fa-f]{2})")
# A name of two labels that everybody can have names under, like co.uk, by its first label: where a country ends it. The
# list of public suffixes has thousands more; they are the domains of registries, which sign no mail.
_REGISTRIES = re.compile(
    r"(?:ac|asn|com?|edu|firm|gen|gob?|gouv|govt?|id|info|ltd|me|mil|mod|net?|nhs|nic|nom|org?|pe|plc|pol|police|res|sch|"
    r"school|sci|web)\.[a-z]{2}"
)


@dataclass(frozen=True, slots=True)
class Proof:
    """Who wrote a message: a bare `address`, or "" where nobody is proved; `why`, as a clause."""

    address: str
    why: str


@dataclass(frozen=True, slots=True)
class Result:
    """One result in such a field: "dkim", "pass", {"header.d": "example.org"}. Names and outcome in lower case."""

    method: str
    outcome: str
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """The domain that the result is about, in lower case and A-labels; "" where it names none."""
        value = next(filter(None, map(self.properties.get, _SUBJECTS.get(self.method, ()))), "")
        return _domain(value.rpartition("@")[2])


_SUBJECTS = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",), "dmarc": ("header.from",)}


def authenticated(message: Part, authserv_id: str, trusted_hops: int, sender: str | None = None) -> Proof:
    """Who wrote a message, by what `authserv_id` says of it.

    Args:
        message: its header.
        authserv_id: the name of our own mail server in these fields; with "" nobody is proved.
        trusted_hops: how many Received fields may stand above what it says.
        sender: the envelope's sender, None where only the header may tell it.
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
    return _judged(author, results)


def author_of(message: Part) -> str:
    """The one address in the one From field of a message, fit for the wire; "" where there are none or more."""
    values = message.every("from")
    if len(values) != 1 or len(values[0]) >= LONGEST_FIELD or message.short:
        return ""
    lexed = _lexed(values[0])
    if lexed is None:
        return ""
    written = "".join("" if quoted else text for quoted, text in lexed).strip()
    named = _AUTHOR.fullmatch(written)
    address = named[2] if named else written
    with contextlib.suppress(MessageError):
        return wire_address(address)
    return ""


def results_of(value: str, authserv_id: str) -> list[Result] | None:
    """The results in the value of one Authentication-Results field; None where it does not say that `authserv_id` did.

    A field that breaks its own grammar says nothing, and so does one with a quoted local part: some programs copy the
    envelope's sender into a comment as it is, and ``"a) ; dkim=pass header.d=other.example ("@evil.example`` is one.
    """
    endless = len(value) >= LONGEST_FIELD or value.count(";") > _STATEMENTS
    lexed = None if endless else _lexed(value)
    if lexed is None or '"@' in value:
        return [] if value.lower().startswith(authserv_id.lower()) else None
    head, *statements = _statements(lexed)
    if not head or head[0].lower() != authserv_id.lower():
        return None
    return list(filter(None, map(_result, statements))) if head[1:] in ([], ["1"]) else []


def aligned(one: str, other: str) -> bool:
    """Whether two domains (lower case) are the same, or one stands under the other and that belongs to somebody."""
    parent, child = sorted((one, other), key=len)
    if not parent:
        return False
    return one == other or (child.endswith(f".{parent}") and not _is_public(parent))


def _judged(author: str, results: Sequence[Result]) -> Proof:
    domain = _domain(author.rpartition("@")[2])
    for result in results:
        if (result.method, result.outcome, result.domain) == ("dmarc", "fail", domain):
            return Proof("", "it fails the policy of its sender's domain (DMARC)")
    passed = (result for result in results if result.outcome == "pass" and _speaks_for(result, domain))
    found = next(passed, None)
    if found is None:
        return Proof("", "neither SPF nor DKIM nor DMARC proves its sender")
    return Proof(author, f"{found.method}=pass for {found.domain}")


def _speaks_for(result: Result, domain: str) -> bool:
    if result.method == "dmarc":
        return result.domain == domain
    return aligned(result.domain, domain)


def _suspicion(message: Part, sender: str | None) -> str:
    """What shows that a pass may be none for all of the message, as a clause; "" where nothing does."""
    if any(len(message.every(name)) > 1 for name in _ONCE):
        return "a field that may stand once stands in it twice"
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


def _trusted(message: Part, authserv_id: str, trusted_hops: int) -> list[Result] | None:
    """What our server says with at most so many Received fields above it; None where that is nothing at all."""
    hops, found = 0, list[list[Result]]()
    for name, value in message.fields:
        if name == "received":
            hops += 1
            if found or hops > trusted_hops:
                break
        said = results_of(value, authserv_id) if name == "authentication-results" else None
        found += [said] if said is not None else []
    return [result for said in found for result in said] if found else None


def _is_public(domain: str) -> bool:
    return "." not in domain or bool(_REGISTRIES.fullmatch(domain))


def _domain(name: str) -> str:
    with contextlib.suppress(MessageError):
        return ascii_domain(name.rstrip(".")).lower() if name else ""
    return ""


def _lexed(value: str) -> list[tuple[bool, str]] | None:
    """(whether it was quoted, text) of everything outside comments; None where a quote or comment does not end.

    Comments do not part words, as they should (RFC 5322 3.2.2): programs write blanks between words, and whoever
    chooses a name for HELO cannot.
    """
    found: list[tuple[bool, str]] = []
    quote: list[str] | None = None
    depth = 0
    for piece in _PIECE.findall(value):
        if quote is not None:
            if piece == '"':
                found.append((True, "".join(quote)))
                quote = None
            else:
                quote.append(piece[1:] if len(piece) == 2 and piece[0] == "\\" else piece)
        elif piece in ("(", ")"):
            depth += 1 if piece == "(" else -1
            if depth < 0:
                return None
        elif depth == 0 and piece == '"':
            quote = []
        elif depth == 0:
            found.append((False, piece))
    return None if depth or quote is not None else found


def _statements(lexed: Sequence[tuple[bool, str]]) -> list[list[str]]:
    """The words of each statement; statements are parted by semicolons, words by white space."""
    statements: list[list[list[str]]] = [[[]]]
    for quoted, text in lexed:
        if not quoted and text == ";":
            statements.append([[]])
        elif not quoted and text.isspace():
            statements[-1].append([])
        else:
            statements[-1][-1].append(text)
    return [_joined([word for word in map("".join, words) if word]) for words in statements]


def _joined(words: Sequence[str]) -> list[str]:
    """Words with "dkim", "=", "pass" as one; of several "=" in a word only the first parts name and value."""
    found: list[str] = []
    for word in words:
        open_ended = bool(found) and found[-1].endswith("=") and found[-1].count("=") == 1
        if found and (open_ended or (word.startswith("=") and "=" not in found[-1])):
            found[-1] += word
        else:
            found.append(word)
    return found


def _result(words: Sequence[str]) -> Result | None:
    """The result in the words of one statement: method[/version]=outcome, then properties; none of which has two
    values."""
    pairs = [(name.lower(), value) for name, equals, value in (word.partition("=") for word in words) if equals]
    if not pairs or not words[0].lower().startswith(f"{pairs[0][0]}="):
        return None
    (method, outcome), *properties = pairs
    method, _, version = method.partition("/")
    if version not in ("", "1"):
        return None
    known = dict(properties)
    return Result(method, outcome.lower(), known) if set(known.items()) == set(properties) else None
