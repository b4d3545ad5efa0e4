"""Joining the pages of a paged JSON list into the bytes of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import NotAFeed
from digest.papers.charset import decode
from digest.sources import jsontext

if TYPE_CHECKING:
    from collections.abc import Iterable


def inside(content: bytes, place: str) -> bytes:
    """What stands between the brackets of the JSON list in `content`, as it is, in UTF-8; b"" for an empty list.

    Raises:
        NotAFeed: something else than a list.
    """
    try:
        value = jsontext.load(content)
    except ValueError as error:
        raise NotAFeed(place, f"no page of a list: {error}") from None
    if not isinstance(value, list):
        raise NotAFeed(place, "no page of a list: JSON, but something else than a list")
    return decode(content).strip()[1:-1].strip().encode("utf-8", "replace")


def join(pages: Iterable[bytes]) -> bytes:
    """One JSON list of everything on the pages, each given as by `inside`: not parsed anew, so nothing is changed."""
    return b"[" + b",\n".join(page for page in pages if page) + b"]"
