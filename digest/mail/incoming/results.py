"""What a mail server says of a message: the results in an Authentication-Results field (RFC 8601 2.2). Pure; linear.

Only a blank and a tab part words (RFC 5322 2.2): a name that somebody chose for HELO or an identity may hold other
white space, which programs copy as it is.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.errors import MessageError
from digest.mail.headers import ascii_domain
from digest.mail.incoming.parts import LONGEST_FIELD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BLANK = " \t"
"""What parts words, and nothing else does."""
_PIECE = re.compile(r'\\.|[ \t]+|[^\\"()<>,;: \t]+|.', re.DOTALL)
_STATEMENTS = 100
"""More than so many semicolons no server writes into one field."""


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
        return domain_of(value.rpartition("@")[2].removesuffix(">"))


_SUBJECTS = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",), "dmarc": ("header.from",)}


def results_of(value: str, authserv_id: str) -> list[Result] | None:
    """The results in the value of one Authentication-Results field; None where it does not say that `authserv_id` did.

    A field that breaks its own grammar says nothing, and so does one with a quoted local part: some programs copy the
    envelope's sender into a comment as it is, and ``"a) ; dkim=pass header.d=other.example ("@evil.example`` is one.
    """
    endless = len(value) >= LONGEST_FIELD or value.count(";") > _STATEMENTS
    found = None if endless else lexed(value)
    if found is None or '"@' in value:
        return [] if value.lower().startswith(authserv_id.lower()) else None
    head, *statements = _statements(found)
    if not head or not head[0].isascii() or head[0].lower() != authserv_id.lower():
        return None
    return list(filter(None, map(_result, statements))) if head[1:] in ([], ["1"]) else []


def domain_of(name: str) -> str:
    """A domain in lower case and A-labels; "" for what is none."""
    with contextlib.suppress(MessageError):
        return ascii_domain(name.rstrip(".")).lower() if name else ""
    return ""


def lexed(value: str) -> list[tuple[bool, str]] | None:
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


def _statements(pieces: Sequence[tuple[bool, str]]) -> list[list[str]]:
    """The words of each statement; statements are parted by semicolons, words by blanks."""
    statements: list[list[list[str]]] = [[[]]]
    for quoted, text in pieces:
        if not quoted and text == ";":
            statements.append([[]])
        elif not quoted and not text.strip(BLANK):
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
