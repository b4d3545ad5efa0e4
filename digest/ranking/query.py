"""The interest language: one grammar for the config, the command line, mail and the web.

::

    diffusion models            words: one interest, best where they stand together
    "state space model"         an exact phrase (case and number are folded)
    "RAG"                       these letters only; RAG alone also finds what it stands for
    diffusion^2                 a weight, above 0 and up to 100; right after the term
    -survey  -"case study"      an exclusion: one word, or a quoted phrase; what it hits is hidden
    -survey^0.5                 a weak exclusion: what it hits is demoted, the more the nearer the weight is to 1
    author:"Yann LeCun"         an author; initials and accents are folded
    cat:cs.CL  cat:cs           a category, or all of an archive
    title:benchmark             words in one field only: title:, abstract:
    # a line that begins with # is a comment

Interests are parted by commas, semicolons or line ends. A run of plain words is one interest, up to the next
operator: ``diffusion models^2 -survey cat:cs.CL`` is three. Curly quotes, long dashes and full-width
signs mean their ASCII twins; a ``+`` or ``#`` before a word is ignored.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from digest.errors import QueryError
from digest.model import Interest, InterestKind
from digest.ranking import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_TEXT = 10_000
MAX_INTERESTS = 200
MAX_TERM = 200
MAX_WEIGHT = 100.0

_EXCERPT = 60
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_FIELDS = {
    "author": (InterestKind.AUTHOR, ""),
    "cat": (InterestKind.CATEGORY, ""),
    "title": (InterestKind.WORDS, "title"),
    "abstract": (InterestKind.WORDS, "abstract"),
}
_ALIASES = {"au": "author", "category": "cat", "ti": "title", "abs": "abstract"}
_TWINS = {
    **dict.fromkeys("“”„‟«»「」『』", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("、،", ","),
    **dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n"),
    "’": "'",
    "؛": ";",
    "\n": "\n",
}
_COMMENT = re.compile(r"^[^\S\n]*#[^\n]*", re.MULTILINE)
_BLANK = re.compile(r"[\s,;+#]+")
_SPACES = re.compile(r"[^\S\n]*")
_FIELD = re.compile(r"([^\W\d_]+):")
_BARE = re.compile(r'[^\s,;"^]+')
_QUOTED = re.compile(r'"[^"\n]*"')
_WEIGHT = re.compile(r'[^\S\n]*\^[^\s,;"]*')
_NUMBER = re.compile(r"(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)


def parse(text: str) -> tuple[Interest, ...]:
    """The interests of `text`, in order; of two that mean the same, the later weight holds.

    ``parse(str(i)) == (i,)`` for each of them.

    Raises:
        QueryError: with the offset of the first mistake, and what it is.
    """
    return parse_all([text])


def parse_all(texts: Iterable[str]) -> tuple[Interest, ...]:
    """The interests of several texts, as if they were the lines of one.

    Raises:
        QueryError: about the text that holds the mistake.
    """
    found: dict[object, Interest] = {}
    for text in texts:
        for start, interest in _Scanner(text).interests():
            found[_meaning(interest)] = interest
            if len(found) > MAX_INTERESTS:
                raise QueryError(text, start, f"more than {MAX_INTERESTS} interests")
    return tuple(found.values())


def format_interests(interests: Iterable[Interest]) -> str:
    """Interests in the language, parted by commas: `parse` reads them back."""
    return ", ".join(map(str, interests))


def _meaning(interest: Interest) -> object:
    """What two interests share that differ in weight only, or in case where case tells nothing."""
    words = (w if tokens.is_acronym(w) else w.casefold() for w in interest.term.split())
    return interest.kind, interest.field, interest.excluded, " ".join(words)


class _Scanner:
    """Reads interests off a text from left to right; `_at` is the offset of what comes next."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_TEXT:
            raise QueryError(text[:_EXCERPT] + "…", _EXCERPT, f"the text is longer than {MAX_TEXT:,} characters")
        self._original = text
        self._text = _COMMENT.sub(lambda m: " " * len(m[0]), "".join(map(_twin, text)))
        self._at = 0

    def interests(self) -> Iterator[tuple[int, Interest]]:
        """Each interest as written, with the offset at which it begins."""
        while self._after_blank():
            start = self._at
            yield start, (self._operated() if self._operator() else self._run())

    def _after_blank(self) -> bool:
        """Whether anything is left after separators, and signs that mean nothing."""
        self._take(_BLANK)
        return self._at < len(self._text)

    def _operator(self) -> bool:
        """Whether what comes next is more than a bare word."""
        return self._text.startswith(("-", '"', "^"), self._at) or bool(_FIELD.match(self._text, self._at))

    def _run(self) -> Interest:
        """Bare words up to the next operator, separator or weight: one interest."""
        start, words = self._at, list[str]()
        while not self._operator() and (word := self._take(_BARE)):
            words.append(word)
            self._take(_SPACES)
            if self._text.startswith(("+", "#"), self._at):
                break
        return self._interest(InterestKind.WORDS, " ".join(words), start)

    def _operated(self) -> Interest:
        """One interest with an operator: an exclusion, a field or a quoted phrase."""
        start, excluded = self._at, self._text.startswith("-", self._at)
        self._at += excluded
        kind, field = InterestKind.WORDS, ""
        if name := _FIELD.match(self._text, self._at):
            kind, field = self._field(name)
        term_start = self._at
        term, quoted = self._term(start)
        if quoted and kind is InterestKind.WORDS:
            kind = InterestKind.PHRASE
        return self._interest(kind, term, term_start, field, excluded=excluded)

    def _field(self, name: re.Match[str]) -> tuple[InterestKind, str]:
        known = name[1].casefold()
        known = _ALIASES.get(known, known)
        if known not in _FIELDS:
            raise self._error(name.start(), _unknown(name[1]))
        self._at = name.end()
        return _FIELDS[known]

    def _term(self, start: int) -> tuple[str, bool]:
        """The quoted phrase or bare word that must come next, and whether it was quoted."""
        if quoted := self._take(_QUOTED):
            return quoted[1:-1], True
        if self._text.startswith('"', self._at):
            raise self._error(self._at, "this quote is not closed")
        doubled = self._text.startswith("--", self._at - 1)
        bare = "" if doubled else self._take(_BARE)
        if not bare:
            raise self._error(start, self._missing(start))
        return bare, False

    def _missing(self, start: int) -> str:
        if self._text[start] == "^":
            return "a weight stands right after its term"
        if self._at == start + 1:
            return 'a "-" needs a word or a quoted phrase right after it'
        return f'"{self._text[start : self._at]}" needs a value right after it'

    def _interest(
        self, kind: InterestKind, term: str, start: int, field: str = "", *, excluded: bool = False
    ) -> Interest:
        """The interest, if term and weight are sound."""
        if kind in (InterestKind.AUTHOR, InterestKind.CATEGORY):
            term = re.sub(r"\s*[,;^]\s*", ", ", term).strip(" ,")
        term = unicodedata.normalize("NFC", " ".join(term.split()))
        if not any(c.isalnum() for c in term):
            raise self._error(start, "there is no letter or digit to look for")
        if len(term) > MAX_TERM:
            raise self._error(start, f"this term is longer than {MAX_TERM} characters")
        return Interest(kind, term, self._weight(), field, excluded)

    def _weight(self) -> float:
        """The weight right here, or 1; as precise as its text in the language (6 digits)."""
        start = self._at
        number = self._take(_WEIGHT).lstrip("^ ")
        if self._at == start:
            return 1.0
        if not _NUMBER.fullmatch(number):
            raise self._error(start, f'the weight "{number}" is not a number')
        weight = float(f"{float(number):g}")
        if not 0 < weight <= MAX_WEIGHT:
            raise self._error(start, f"a weight is above 0 and at most {MAX_WEIGHT:g}")
        return weight

    def _take(self, pattern: re.Pattern[str]) -> str:
        """What `pattern` matches right here, which is then behind us; "" where it does not."""
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found[0] if found else ""

    def _error(self, position: int, reason: str) -> QueryError:
        return QueryError(self._original, position, reason)


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name.casefold(), [*_FIELDS, *_ALIASES], n=1)
    hint = f'did you mean "{close[0]}:"?' if close else f"known are {', '.join(f'{f}:' for f in _FIELDS)}"
    return f'unknown field "{name}:"; {hint} (put it in quotes to look for the text)'


@lru_cache(maxsize=4096)
def _twin(char: str) -> str:
    """The character that `char` stands for in the language: ASCII signs, spaces for what cannot be seen."""
    normal = unicodedata.normalize("NFC", char)
    char = normal if len(normal) == 1 else char
    if "！" <= char <= "～":
        char = chr(ord(char) - 0xFEE0)
    if char in _TWINS:
        return _TWINS[char]
    return " " if unicodedata.category(char) in _UNSEEN else char
