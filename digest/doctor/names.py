"""What the judges may ask the DNS, as a protocol; `resolver` has the one that asks a name server.

"There is none" and "it could not be looked up" are kept apart everywhere: a name server that is out of order
must never pass for a record that is missing.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Protocol

from digest.errors import DigestError

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    Address = IPv4Address | IPv6Address

_PIECE = 255
"""The longest string in a TXT record, in bytes (RFC 1035 3.3.14)."""
_PRINTABLE = frozenset(string.printable) - frozenset("\t\n\r\x0b\x0c")


class LookupFailed(DigestError):
    """A name could not be looked up: no answer in time, or an answer that says nothing (SERVFAIL)."""


class Names(Protocol):
    """The DNS; every method raises `LookupFailed`, and answers with nothing where there is no such record."""

    def txt(self, name: str) -> list[str]:
        """The TXT records of `name`, the strings of each put together."""

    def mx(self, name: str) -> list[tuple[int, str]]:
        """(preference, host) of the MX records of `name`, best first; the host "." of a null MX is ""."""

    def addresses(self, name: str, version: int = 0) -> list[Address]:
        """The IPv4 (4) or IPv6 (6) addresses of `name`, or both (0)."""

    def ptr(self, address: Address) -> list[str]:
        """The names that `address` is said to have."""

    def has_soa(self, name: str) -> bool:
        """Whether `name` is where a zone begins."""


def txt_line(name: str, text: str) -> str:
    """A TXT record as a zone file has it: strings of at most 255 bytes, as many as are needed (RFC 1035 5.1)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    pieces = [escaped[at : at + _PIECE] for at in range(0, len(escaped), _PIECE)] or [""]
    strings = " ".join(f'"{piece}"' for piece in pieces)
    return f"{name}. IN TXT {strings if len(pieces) == 1 else f'( {strings} )'}"


def quoted(text: str, limit: int = 120) -> str:
    """A record for people: what cannot be printed is written out, and a long one is cut."""
    seen = "".join(c if c in _PRINTABLE else c.encode("unicode_escape").decode("ascii") for c in text[: limit + 1])
    return f'"{seen[:limit]}..."' if len(text) > limit or len(seen) > limit else f'"{seen}"'


def parents(name: str) -> list[str]:
    """`name` and the names above it but the root, the longest first."""
    labels = name.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]


def within(name: str, domain: str) -> bool:
    """Whether `name` is `domain` or stands below it."""
    return name == domain or name.endswith(f".{domain}")
