"""What a DKIM signature covers (RFC 6376), read from its own field: no server's results tell that. Pure; linear.

A good signature proves the fields that it names and nothing else. Who has a signed mail of somebody, such as one to a
mailing list, can send it to us as it is, or with fields on top that it does not cover; so what a command is read from,
whom it is meant for and what tells it from others must be covered.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from digest.errors import MessageError
from digest.mail.headers import wire_address
from digest.mail.incoming.results import BLANK, domain_of, lexed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from digest.mail.incoming.parts import Part
    from digest.mail.incoming.results import Result

_FOLDS = re.compile(r"[ \t\r\n]+")
_NEEDED = ("from", "date", "message-id")
_LONGEST_DATE = 100


@dataclass(frozen=True, slots=True)
class DkimSignature:
    """One DKIM-Signature field: who signed (`domain`, d=), by which key (`selector`, s=), the names of the fields that
    are signed (h=, in lower case) and the signature itself (b=). `domain` is "" where the field makes no sense."""

    domain: str
    selector: str = ""
    names: frozenset[str] = frozenset()
    seal: str = ""
    partial: bool = False

    def may_be_of(self, result: Result) -> bool:
        """Whether a result may be about this signature: nothing that it names is another one's (RFC 8601 2.7.1;
        header.b is the beginning of b=, RFC 6008). It may be about one that cannot be read."""
        if not self.domain:
            return True
        selector, seal = result.properties.get("header.s"), result.properties.get("header.b")
        if selector is not None and selector.lower() != self.selector:
            return False
        if seal is not None and not self.seal.startswith(seal):
            return False
        named = result.domain
        if "header.d" in result.properties:
            return named == self.domain
        return named == self.domain or named.endswith(f".{self.domain}")


def signatures_of(message: Part) -> list[DkimSignature]:
    """The signatures of a message, those that cannot be read among them."""
    return [_signature(value) for value in message.every("dkim-signature")]


def uncovered(message: Part, signature: DkimSignature, ours: Callable[[str], bool]) -> str:
    """What a signature leaves out that has to be covered, as a clause; "" where nothing is.

    Each of these fields may stand once in `message` (the caller has looked), so that a name in h= covers it.

    Args:
        ours: whether mail to an address is meant for us.
    """
    if signature.partial:
        return "leaves out part of the text"
    if moment(message.field("date")) is None:
        return "covers no date"
    missing = next((name for name in _NEEDED if not message.field(name) or name not in signature.names), "")
    if missing:
        return f"does not cover {missing}"
    if message.has("subject") and "subject" not in signature.names:
        return "does not cover the subject"
    told = (
        address for name in ("to", "cc") if name in signature.names for address in addresses_in(message.field(name))
    )
    return "" if any(map(ours, told)) else "does not cover that it is meant for this address"


def addresses_in(value: str) -> list[str]:
    """The addresses in a field such as To, fit for the wire, without what is quoted or a comment; groups
    (RFC 5322 3.4) are opened."""
    pieces = lexed(value) or []
    words = "".join(" " if quoted or text in "<>,;:" else text for quoted, text in pieces).split(" ")
    return [address for word in words if "@" in word for address in _on_the_wire(word)]


def moment(written: str) -> datetime | None:
    """The moment in a Date field, or behind the last semicolon of a Received field; None where there is none."""
    with contextlib.suppress(ValueError, OverflowError, TypeError):
        found = parsedate_to_datetime(written.rpartition(";")[2].strip()[:_LONGEST_DATE])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def _on_the_wire(word: str) -> Sequence[str]:
    with contextlib.suppress(MessageError):
        return (wire_address(word.strip(BLANK)),)
    return ()


def _signature(value: str) -> DkimSignature:
    tags = _tags(value)
    if tags is None:
        return DkimSignature("")
    return DkimSignature(
        domain=domain_of(tags.get("d", "")),
        selector=tags.get("s", "").lower(),
        names=frozenset(tags.get("h", "").lower().split(":")),
        seal=tags.get("b", ""),
        partial="l" in tags,
    )


def _tags(value: str) -> Mapping[str, str] | None:
    """The tags of a field (RFC 6376 3.2), without white space in their values; None where one stands twice."""
    pairs = [
        (name.strip(BLANK), _FOLDS.sub("", text))
        for name, equals, text in (tag.partition("=") for tag in value.split(";"))
        if equals
    ]
    return dict(pairs) if len(dict(pairs)) == len(pairs) else None
