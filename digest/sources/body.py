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
        self._head = b""
        self._zlib: zlib._Decompress | None = None

    def feed(self, chunk: bytes, room: int) -> bytes:
        """At most `room` bytes of what `chunk` unpacks to."""
        if self._zlib is None:
            chunk = self._head = self._head + chunk
            if len(chunk) < 2:
                return b""
            self._zlib = zlib.decompressobj(self._window())
        try:
            return self._feed(self._zlib, chunk, room)
        except zlib.error as error:
            raise ValueError(f"not the {self._encoding} that it says it is: {error}") from None

    def _feed(self, unpacker: zlib._Decompress, chunk: bytes, room: int) -> bytes:
        if unpacker.eof and chunk:
            raise zlib.error("data after its end")
        out = unpacker.decompress(chunk, room)
        if unpacker.unused_data:
            raise zlib.error("data after its end")
        return out

    def _window(self) -> int:
        """What zlib is to expect: some servers send "deflate" without the wrapper of RFC 9110 (8.4.1.2)."""
        wrapped = self._head[0] & 0x0F == 8 and int.from_bytes(self._head[:2], "big") % 31 == 0  # RFC 1950, 2.2
        return _RAW_DEFLATE if self._encoding == "deflate" and not wrapped else _WINDOWS[self._encoding]

    def check_end(self) -> None:
        """ValueError if the packed body is cut short; an empty body is taken as such."""
        if self._head and (self._zlib is None or not self._zlib.eof):
            raise ValueError(f"cut short within its {self._encoding}")
