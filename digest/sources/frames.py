"""Frames between a process that reads snapshots and the one that asks it: four bytes of length, then the content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from digest.sources.transfer import plain_of

if TYPE_CHECKING:
    from digest.model import Snapshot
    from digest.sources.bounds import ReadLimits


def header_of(snapshot: Snapshot, limits: ReadLimits, asked: str) -> dict[str, Any]:
    """The first frame of a request; `asked` is "read" or "kind"."""
    told = {"source": snapshot.source, "taken_at": snapshot.taken_at, "place": snapshot.place, "kind": snapshot.kind}
    told |= {"media_type": snapshot.media_type, "listed_on": snapshot.listed_on}
    return {
        "asked": asked,
        "limits": plain_of(limits),
        "snapshot": {name: plain_of(value) for name, value in told.items()},
    }


def pack(told: object) -> bytes:
    """A value as a frame."""
    return framed(json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def framed(content: bytes) -> bytes:
    """Bytes as a frame."""
    return len(content).to_bytes(4, "big") + content


def unpack(stream: BinaryIO, most: int = 2**32) -> bytes:
    """The content of the next frame; EOFError where the stream ends, ValueError for more than `most` bytes."""
    head = stream.read(4)
    size = int.from_bytes(head, "big")
    if size > most:
        raise ValueError(f"more than {most:,} bytes")
    content = stream.read(size) if len(head) == 4 else b""
    if len(head) < 4 or len(content) < size:
        raise EOFError
    return content
