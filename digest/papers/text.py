"""Text from outside made safe and comparable: `plain` to show it, `norm` to compare it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from digest.papers.markup import strip_markup
from digest.papers.tex import untex

PASSES = 4
"""How often TeX is read again in what reading it gave (an escaped sign can set free another)."""

_ROOM = 4
"""Source text may be this many times longer than the text that is kept of it."""

_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f\x80-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_COMMAND = re.compile("\x1b(?:\\[[0-?]{0,64}[ -/]{0,16}[@-~]|\\][^\x07\x1b]{0,200}(?:\x07|\x1b\\\\))")
"""What a terminal would take for a command (ECMA-48: CSI and OSC), letters and all."""

_WORD = re.compile(r"[^\W_]")

_SPELLED = {
    "×": "times",
    "→": "to",
    "∞": "infinity",
    "≤": "leq",
    "≥": "geq",
    "≠": "neq",
    "±": "pm",
    "∈": "in",
    "∂": "partial",
    "∇": "nabla",
    "√": "sqrt",
    "∑": "sum",
    "∫": "int",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
    "ħ": "h",
}


def plain(raw: str, *, html: bool = False, tex: bool = True, limit: int = 20_000) -> str:
    """`raw` as one line of safe, readable Unicode text: NFC, white space folded, nothing hidden in it.

    Args:
        raw: text from outside; any string, lone surrogates included.
        html: whether `raw` is HTML; if not, "<" and "&" mean themselves.
        tex: whether TeX accents, symbols and simple mathematics are turned into Unicode.
        limit: the most characters that are kept.

    Cleaning what is clean changes nothing: ``plain(plain(x)) == plain(x)`` with the same `tex` and `limit`
    and ``html=False``. Never raises; the time is linear in the length of `raw`.
    """
    if not raw:
        return ""
    text = strip_markup(raw) if html else raw
    text = _tidy(text, limit * _ROOM)
    if not tex:
        return _tidy(text, limit)
    return _read_tex(_tidy(_read_tex(text, limit * _ROOM), limit), limit)


def _read_tex(text: str, limit: int) -> str:
    """TeX read until nothing changes any more; `text` itself where that does not come to an end."""
    before = text
    for _ in range(PASSES):
        after = _tidy(untex(before), limit)
        if after == before:
            return after
        before = after
    return text


def _tidy(text: str, limit: int) -> str:
    """Hidden characters and terminal commands out, NFC, white space folded, cut to `limit` characters."""
    text = unicodedata.normalize("NFC", _HIDDEN.sub("", _COMMAND.sub("", text)))
    return " ".join(text.split())[:limit].rstrip()


def norm(text: str) -> str:
    """The form of `text` in which two spellings of it are equal: letters and digits only.

    Casefolded and decomposed (NFKD), without the accents of Latin, Greek and Cyrillic; Greek letters and
    a few signs of mathematics are spelled out ("α" is "alpha", "×" is "times"), as feeds without TeX do.
    """
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", _HIDDEN.sub("", text)).casefold())
    return "".join(map(_spell, text))


@lru_cache(maxsize=4096)
def _spell(char: str) -> str:
    """One decomposed character in normal form."""
    if char in _SPELLED:
        return _SPELLED[char]
    if "\u0370" <= char <= "\u03ff" and char.isalpha():
        return _greek(char)
    if char.isalnum():
        return char
    accent = "\u0300" <= char <= "\u036f" or "\u1ab0" <= char <= "\u1aff" or "\u20d0" <= char <= "\u20ff"
    return char if unicodedata.category(char) in ("Mn", "Mc") and not accent else ""


def _greek(char: str) -> str:
    """The English name of a Greek letter: "σ" and "ς" are "sigma"."""
    name = unicodedata.name(char, "").removeprefix("GREEK SMALL LETTER ").removeprefix("FINAL ")
    return "lambda" if name == "LAMDA" else name.lower() if name.isalpha() else char


def has_words(text: str) -> bool:
    """Whether `text` holds at least one letter or digit of any script."""
    return _WORD.search(text) is not None
