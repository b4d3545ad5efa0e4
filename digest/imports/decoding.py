"""The bytes of a file as text, whatever wrote it; and where in it something stands."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")
_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(?:[lb]e)?|iso-?8859-?\d{1,2}|latin-?1|(?:us-)?ascii|windows-125\d|cp125\d|koi8-[ru]|big5|gb2312|gbk|"
    r"gb18030|shift_jis|euc-(?:jp|kr)",
    re.IGNORECASE,
)


def text_of(content: bytes) -> str:
    """`content` as text with bare line feeds: the encoding it names, UTF-8, or else windows-1252."""
    return _decoded(content).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    declared = _DECLARED.search(content[:1000])
    named = declared[1].decode("ascii") if declared else ""
    for encoding in [named] * bool(_ENCODINGS.fullmatch(named)) + ["utf-8"]:
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("windows-1252", "replace")


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
