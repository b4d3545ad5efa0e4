"""Text for mail: what may stand in it, how it is cut and how it is wrapped. Pure; every function is linear."""

from __future__ import annotations

import re
import unicodedata

from digest.ranking.sentences import sentences

WIDTH = 76
_ELLIPSIS = "…"

# C0 (but for the line feed), DEL, C1, line and paragraph separators, bidi embeddings, overrides and isolates,
# directional marks, the byte order mark, lone surrogates and non-characters of the basic plane.
_UNWANTED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_ADDRESS = re.compile(r"[^\s<>@\"(),;:]{1,64}@[^\s<>@\"(),;:]{1,255}")
_LOOKAHEAD = 80


def clean(text: str) -> str:
    """`text` without characters that have no place in a mail; line feeds stay.

    Gmail clips a message that holds C1 controls, whatever its size; bidi overrides let a title turn
    its neighbours around; a lone surrogate has no UTF-8.
    """
    return _UNWANTED.sub("", text.replace("\t", " ").replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """`text` cleaned, with every run of white space as one space."""
    return " ".join(clean(" ".join(text.split())).split())


def cut(text: str, limit: int, mark: str = _ELLIPSIS) -> str:
    """At most `limit` characters of `text`: whole words where there are any, and `mark` where something is missing."""
    if len(text) <= limit:
        return text
    room = max(limit - len(mark), 0)
    head, space, _ = text[: room + 1].rpartition(" ")
    kept = head if space and len(head) > room // 2 else text[:room]
    return kept.rstrip(" ,;:.-(") + mark


def sentence_end(text: str, target: int, slack: int = 60) -> int:
    """Where to cut a longer `text` near `target` characters: behind a sentence that ends in reach, else a word.

    "In reach" is between half of `target` and `target` + `slack`. Returns an offset of at most `target` + `slack`.
    """
    if len(text) <= target + slack:
        return len(text)
    places = sentences(text[: target + slack + _LOOKAHEAD])
    ends = [end for _, end in places if target // 2 < end <= target + slack]
    if ends:
        return ends[-1]
    space = text.rfind(" ", target // 2, target)
    return space if space > 0 else target


def columns(text: str) -> int:
    """How many columns a terminal gives to `text`: two for East Asian wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def within(text: str, width: int) -> int:
    """How many characters of `text` fill `width` columns, never more than `width`: wide scripts say as much in half."""
    head, used = text[:width], 0
    if head.isascii():
        return width
    for at, char in enumerate(head):
        used += _columns(char)
        if used > width:
            return at
    return width


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrap(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> str:
    """`text` on lines of at most `width` columns, led in by `first`, then by `rest` (or as many spaces as `first` has).

    White space is folded; a word that is too long for a line is broken. Not for URLs, which stay whole.
    """
    rest = " " * columns(first) if rest is None else rest
    lines, line, used = [], first, columns(first)
    fresh = True
    for word in _words(text, width - max(used, columns(rest))):
        size = columns(word)
        if not fresh and used + 1 + size > width:
            lines.append(line)
            line, used, fresh = rest, columns(rest), True
        line += word if fresh else f" {word}"
        used += size if fresh else size + 1
        fresh = False
    return "\n".join([*lines, line]).rstrip()


def _words(text: str, room: int) -> list[str]:
    words: list[str] = []
    for word in text.split():
        words += [word] if columns(word) <= room else _broken(word, room)
    return words


def _broken(word: str, room: int) -> list[str]:
    pieces, used = [""], 0
    for char in word:
        size = _columns(char)
        if used + size > room:
            pieces.append("")
            used = 0
        pieces[-1] += char
        used += size
    return pieces


def without_addresses(words: str) -> str:
    """`words` with every mail address taken out: for what is kept longer than the subscriber is."""
    return _ADDRESS.sub("...", words)
