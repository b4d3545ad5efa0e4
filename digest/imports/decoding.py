"""The bytes of a file as text, whatever wrote it; and where in it something stands."""

from __future__ import annotations

import re
from bisect import bisect_right

from digest.papers.charset import decode


def text_of(content: bytes) -> str:
    """`content` as text with bare line feeds: see `papers.charset`."""
    return decode(content).replace("\r\n", "\n").replace("\r", "\n")


class Lines:
    """Tells places in `text` for people; counts its lines once."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(self, at: int) -> str:
        """The place of the character at `at`: "line 3, column 14"."""
        line = bisect_right(self._starts, at)
        return f"line {line}, column {at - self._starts[line - 1] + 1}"


def start(text: str) -> str:
    """The place of the first sign of `text` that can be seen."""
    return Lines(text).place(len(text) - len(text.lstrip()))
