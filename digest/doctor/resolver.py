"""The DNS by way of a name server."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

from digest.doctor.names import LookupFailed
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.doctor.names import Address

PORT = 53
LIFETIME = 8.0
"""Seconds for one question, all tries together."""
_TRY = 3.0
_MOST = 50
"""So many records of one name are looked at."""


class Resolver:
    """`digest.doctor.names.Names` by a name server; safe to share between threads.

    Args:
        nameserver: ``HOST:PORT`` or ``HOST`` (an IP address); "" means those of this machine.

    Raises:
        UsageError: `nameserver` is no such place, or this machine has none.
    """

    def __init__(self, nameserver: str = "") -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=not nameserver)
        except dns.exception.DNSException as error:
            raise UsageError(f"this machine has no name server ({error}); name one: --nameserver HOST:PORT") from None
        if nameserver:
            host, self._resolver.port = split_nameserver(nameserver)
            self._resolver.nameservers = [host]
        self._resolver.lifetime, self._resolver.timeout = LIFETIME, _TRY
        # Not the library's cache: for that one "no such name" holds for all kinds of records, and some servers say it
        # of a name that has records of another kind only.
        self._known: dict[tuple[str, str], Sequence[Any]] = {}

    def txt(self, name: str) -> list[str]:
        """See `Names.txt`; what is not UTF-8 is read as Latin-1, so that it can be shown."""
        return [_text(b"".join(record.strings)) for record in self._ask(name, "TXT")]

    def mx(self, name: str) -> list[tuple[int, str]]:
        """See `Names.mx`."""
        found = [(record.preference, _bare(record.exchange)) for record in self._ask(name, "MX")]
        return sorted(found)

    def addresses(self, name: str, version: int = 0) -> list[Address]:
        """See `Names.addresses`."""
        wanted = {4: ("A",), 6: ("AAAA",)}.get(version, ("A", "AAAA"))
        return [ip_address(record.address) for kind in wanted for record in self._ask(name, kind)]

    def ptr(self, address: Address) -> list[str]:
        """See `Names.ptr`."""
        return [_bare(record.target) for record in self._ask(str(dns.reversename.from_address(str(address))), "PTR")]

    def has_soa(self, name: str) -> bool:
        """See `Names.has_soa`."""
        return bool(self._ask(name, "SOA"))

    def _ask(self, name: str, kind: str) -> Sequence[Any]:
        question = (name.rstrip(".").lower(), kind)
        if question not in self._known:
            self._known[question] = self._asked(*question) if question[0] else ()
        return self._known[question]

    def _asked(self, name: str, kind: str) -> Sequence[Any]:
        try:
            answer = self._resolver.resolve(f"{name}.", kind, raise_on_no_answer=False, search=False)
        except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
            return ()
        except dns.exception.Timeout:
            raise LookupFailed(f"no answer from the name server about {name} ({kind})") from None
        except (dns.exception.DNSException, UnicodeError, OSError) as error:
            raise LookupFailed(f"{name} ({kind}) could not be looked up: {_reason(error)}") from None
        return list(answer.rrset or ())[:_MOST]


def split_nameserver(text: str) -> tuple[str, int]:
    """(address, port) of "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353" or "localhost:5353".

    Raises:
        UsageError: it is none of these, or a name without an address.
    """
    host, _, port = text.rpartition(":") if text.count(":") == 1 or "]:" in text else (text, "", str(PORT))
    try:
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(port)
        return _address_of(host.removeprefix("[").removesuffix("]")), int(port)
    except (ValueError, OSError):
        raise UsageError(f"{text!r} is no name server: write its IP address, or ADDRESS:PORT") from None


def _address_of(host: str) -> str:
    """`host`, or the address of that name as this machine knows it."""
    try:
        return str(ip_address(host))
    except ValueError:
        return str(socket.getaddrinfo(host, None)[0][4][0])


def _bare(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().rstrip(".")


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _reason(error: Exception) -> str:
    if isinstance(error, dns.resolver.NoNameservers):
        codes = sorted({str(entry[3]) for entry in error.kwargs.get("errors", [])})
        return f"the name server answers {', '.join(codes) or 'nothing of use'}"
    return f"{error or type(error).__name__}"
