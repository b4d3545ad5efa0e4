"""Ways to log in (SASL): what is said for a name and a password, step by step. Pure.

Names and passwords are UTF-8 on the wire (RFC 4616 2; LOGIN and CRAM-MD5 alike), which for ASCII changes nothing; bytes
of a password file that are not UTF-8 go out as they are.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def octets(text: str) -> bytes:
    """A name or password as it goes over the wire."""
    return text.encode("utf-8", "surrogateescape")


def _cram_md5(user: bytes, password: bytes) -> Iterator[Callable[[bytes], bytes]]:
    yield lambda challenge: user + b" " + hmac.new(password, challenge, "md5").hexdigest().encode()


def _plain(user: bytes, password: bytes) -> Iterator[Callable[[bytes], bytes]]:
    yield lambda _challenge: b"\0" + user + b"\0" + password


def _login(user: bytes, password: bytes) -> Iterator[Callable[[bytes], bytes]]:
    yield lambda _challenge: user
    yield lambda _challenge: password


MECHANISMS = {"CRAM-MD5": _cram_md5, "PLAIN": _plain, "LOGIN": _login}
"""The ways that are known, the best first (RFC 2195, RFC 4616, draft-murchison-sasl-login): each answers challenges."""

AT_ONCE = frozenset({"PLAIN"})
"""Those whose first answer goes along with AUTH, for which no challenge is needed (RFC 4954 4)."""
