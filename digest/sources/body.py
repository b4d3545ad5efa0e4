"""Reading the body of an answer to its end, unpacked and within a bound."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ENCODINGS = "gzip, deflate"
"""What may be asked for (Accept-Encoding): one of these, never one inside another."""

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_RAW_DEFLATE = -15


def read_body(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """The whole body in `chunks`, unpacked from `encoding` (a Content-Encoding).

    Never holds more than `limit` bytes and a chunk, however small the packed form is.

    Raises:
        ValueError: larger than `limit`, not unpackable, cut short, or an encoding that was not asked for.
    """
    unpacker = _unpacker(encoding.strip().lower())
    whole = bytearray()
    for chunk in chunks:
        whole += unpacker.feed(chunk, limit + 1 - len(whole))
        if len(whole) > limit:
            raise ValueError(f"larger than the {limit:,} bytes that are read")
    unpacker.check_end()
    return bytes(whole)


def _unpacker(encoding: str) -> _Plain | _Packed:
    if encoding in ("", "identity"):
        return _Plain()
    if encoding not in _WINDOWS:
        raise ValueError(f"packed as {encoding[:60]!r}, which was not asked for")
    return _Packed(encoding)


class _Plain:
    def feed(self, chunk: bytes, room: int) -> bytes:
        """At most `room` bytes of `chunk`."""
        return chunk[:room]

    def check_end(self) -> None:
        """Nothing to check: the length is a matter of HTTP."""


class _Packed:
    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._zlib = zlib.decompressobj(_WINDOWS[encoding])
        self._begun = False

    def feed(self, chunk: bytes, room: int) -> bytes:
        """At most `room` bytes of what `chunk` unpacks to."""
        try:
            return self._feed(chunk, room)
        except zlib.error as error:
            raise ValueError(f"not the {self._encoding} that it says it is: {error}") from None

    def _feed(self, chunk: bytes, room: int) -> bytes:
        if self._zlib.eof and chunk:
            raise zlib.error("data after its end")
        try:
            out = self._zlib.decompress(chunk, room)
        except zlib.error:
            if self._begun or self._encoding != "deflate":
                raise
            # Some servers send "deflate" without the zlib wrapper that RFC 9110 (8.4.1.2) asks for.
            self._zlib = zlib.decompressobj(_RAW_DEFLATE)
            out = self._zlib.decompress(chunk, room)
        self._begun = self._begun or bool(chunk)
        if self._zlib.unused_data:
            raise zlib.error("data after its end")
        return out

    def check_end(self) -> None:
        """ValueError if the packed body is cut short; an empty body is taken as such."""
        if self._begun and not self._zlib.eof:
            raise ValueError(f"cut short within its {self._encoding}")
