"""A message as its parts, for whoever only wants the fields of reports. Pure.

Strangers write what is read here, so everything has a bound, time is linear in the size, and no bytes are an
error: what makes no sense is not there. The standard library's parser is not used: it takes minutes for a
megabyte of nested boundaries, and stops at some of them with an exception.
"""

from __future__ import annotations

import binascii
import itertools
import re
from dataclasses import dataclass

LOOK = 1_000_000
"""So many bytes of a message are looked at; the rest of a long one is a returned message."""

LONGEST_FIELD = 4_000
"""So many characters of a field's value are kept."""

_DEPTH, _PARTS = 5, 50
_HEAD, _FIELDS = 100_000, 500

# White space of fields (RFC 5322 2.2, 4.2), and what is left of a broken line end; whatever else looks like it does not
# make "From\x0b" a From.
_BLANK = " \t\r"
_NAME = re.compile(r"[!-9;-~]{1,100}")
_PARAMETER = r';\s*{}\s*=\s*(?:"([^"]*)"|([^\s;"]+))'


@dataclass(frozen=True, slots=True)
class Part:
    """A header and a body. Names of fields are in lower case, values unfolded; `body` is still encoded for transport.

    `body` has LF line ends. `short` says that the header had more fields than are kept here.
    """

    fields: tuple[tuple[str, str], ...]
    body: bytes = b""
    short: bool = False

    def field(self, name: str) -> str:
        """The value of the topmost field of that name (lower case), "" where there is none."""
        return next((value for known, value in self.fields if known == name), "")

    def every(self, name: str) -> tuple[str, ...]:
        """The values of all fields of that name (lower case), the topmost first."""
        return tuple(value for known, value in self.fields if known == name)

    def has(self, name: str) -> bool:
        """Whether there is a field of that name (lower case)."""
        return any(known == name for known, _ in self.fields)

    @property
    def kind(self) -> str:
        """The media type in lower case: "message/delivery-status"; text/plain where none is given."""
        return self.field("content-type").partition(";")[0].strip().lower() or "text/plain"

    def parameter(self, name: str) -> str:
        """A parameter of the media type, "" where there is none."""
        found = re.search(_PARAMETER.format(re.escape(name)), self.field("content-type"), re.IGNORECASE)
        return (found[1] or found[2] or "") if found else ""

    def content(self) -> bytes:
        """The body, decoded from its transfer encoding; as it is where that is broken. LF line ends."""
        encoding = self.field("content-transfer-encoding").strip().lower()
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body).replace(b"\r\n", b"\n")
        if encoding != "base64":
            return self.body
        try:
            return binascii.a2b_base64(self.body).replace(b"\r\n", b"\n")
        except binascii.Error:
            return self.body


def parts_of(message: bytes) -> list[Part]:
    """The message itself and, depth first, the parts of its multiparts. A message within it is one part."""
    found: list[Part] = []
    waiting = [(_part(message[:LOOK].replace(b"\r\n", b"\n")), 0)]
    while waiting and len(found) < _PARTS:
        part, depth = waiting.pop()
        found.append(part)
        if part.kind.startswith("multipart/") and depth < _DEPTH:
            waiting += [(_part(inner), depth + 1) for inner in reversed(_split(part.body, part.parameter("boundary")))]
    return found


def header_of(content: bytes) -> Part:
    """The header of a message that is the content of a part; its body is left out."""
    return Part(_fields(content.partition(b"\n\n")[0]))


def blocks_of(content: bytes) -> list[Part]:
    """The groups of fields, with blank lines between them, that reports consist of (RFC 3464 2.1)."""
    pieces = re.split(rb"\n[ \t]*\n", content[:_HEAD].strip(b"\n"))
    return [block for block in map(Part, map(_fields, pieces[:_FIELDS])) if block.fields]


def _part(raw: bytes) -> Part:
    if raw.startswith(b"\n"):
        return Part((), raw[1:])
    head, _, body = raw.partition(b"\n\n")
    fields = _fields(head)
    return Part(fields, body, short=len(head) > _HEAD or len(fields) == _FIELDS)


def _split(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the delimiter lines (RFC 2046 5.1.1); up to the end where the last one is missing."""
    if not boundary:
        return []
    delimiter = re.compile(rb"^--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*$", re.MULTILINE)
    inner: list[bytes] = []
    start: int | None = None
    for line in itertools.islice(delimiter.finditer(body), _PARTS + 1):
        if start is not None:
            inner.append(body[start : max(start, line.start() - 1)])
        start = None if line[1] else line.end() + 1
        if start is None:
            break
    return inner if start is None else [*inner, body[start:]]


def _fields(head: bytes) -> tuple[tuple[str, str], ...]:
    gathered: list[tuple[str, list[str]]] = []
    for line in head[:_HEAD].decode("utf-8", "replace").split("\n"):
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t"):
            if gathered:
                gathered[-1][1].append(line.strip(_BLANK))
        elif colon and _NAME.fullmatch(name.rstrip(" \t")):
            gathered.append((name.rstrip(" \t").lower(), [value.strip(_BLANK)]))
    return tuple((name, " ".join(lines)[:LONGEST_FIELD]) for name, lines in gathered[:_FIELDS])
