"""The interest language: one grammar for the config, the command line, mail and the web.

::

    diffusion models            words: one interest, best where they stand together
    "state space model"         an exact phrase (case and number are folded)
    "RAG"                       these letters only; RAG alone also finds what it stands for
    diffusion^2                 a weight, above 0 and up to 100; right after the term
    -survey  -"case study"      an exclusion: one word, or a quoted phrase; what it hits is hidden
    -survey^0.5                 a weak exclusion: what it hits is demoted, the more the nearer the weight is to 1
    not survey   but not case studies   the same in words: not, no, without, except, excluding
    author:"Yann LeCun"  papers by Yann LeCun    an author; initials and accents are folded
    cat:cs.CL  cs.CL  cat:cs    a category of arXiv, or all of an archive
    title:benchmark             words in one field only: title:, abstract:
    # a line that begins with # and a blank is a comment

Interests are parted by commas, semicolons, line ends and "or" (``|``, ``/``). A run of plain words is one interest, up
to the next operator: ``diffusion models^2 -survey cat:cs.CL`` is three; "AND", ``+`` and "vs" in it are passed over.
Curly quotes, long dashes and full-width signs mean their ASCII twins; a ``+`` or ``#`` before a word is ignored. What
people write beside that (bullets, brackets, whole sentences) is made ready by `phrasing`.
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
from digest.ranking.phrasing import ready

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
_BLANK = re.compile(r"[\s,;+#]+")
_SPACES = re.compile(r"[^\S\n]*")
_FIELD = re.compile(r"([^\W\d_]+):")
_BARE = re.compile(r'[^\s,;"^]+')
_QUOTED = re.compile(r'"[^"\n]*"')
_WEIGHT = re.compile(r'[^\S\n]*\^[^\s,;"]*')
_EXCLUDING = re.compile(
    r"(?:(?:but|and)[^\S\n]+)?(?:not|no|without|except(?:[^\S\n]+for)?|excluding|exclude|nothing[^\S\n]+(?:about|on))"
    r"[^\S\n]+(?:about[^\S\n]+)?(?=[^\s,;|/])",
    re.IGNORECASE,
)
_MID_EXCLUDING = re.compile(
    r"(?:(?:but|and)[^\S\n]+(?:not|no|without|except)|not|except|excluding)[^\S\n]+(?=[^\s,;|/])", re.IGNORECASE
)
_OR = re.compile(r"(?:or|[|/])(?![^\s])", re.IGNORECASE)
_PASSED_OVER = re.compile(r"(?:AND|\+|vs\.?|versus)(?![^\s])")
_LEADING = re.compile(r"(?:(?:and|or)[^\S\n]+|[|/](?!\S))", re.IGNORECASE)
_PAPERS = r"(?:new[^\S\n]+)?(?:papers?|articles?|preprints?|publications?|anything|everything|work)[^\S\n]+"
_BY = re.compile(rf"(?i:(?:{_PAPERS})?by[^\S\n]+)(?=[^\W\d_a-z])")
_PAPERS_BY = re.compile(rf"(?i:{_PAPERS}by[^\S\n]+)(?=[^\W\d_a-z])")
_EVERYTHING = re.compile(r"(?:(?:all|new)[^\S\n]+)?(?:everything|anything|all|papers|articles)[^\S\n]+", re.IGNORECASE)
_PARTICLE = frozenset(re.findall(r"\w+", "van von der den de del della di da dos la le el al bin ibn ten ter y e"))
_LONGEST_NAME = 4
_ARXIV_CATEGORY = re.compile(
    r"(?:cs|math|stat|eess|econ|physics|q-bio|q-fin|nlin|cond-mat|astro-ph)\.(?:[A-Z]{2}|[a-z]+(?:-[a-z]+)?|\*)(?![^\s,;])"
)
_END_SIGNS = re.compile(r"(?<=\w)[.!?…:]+$")
_WILD = re.compile(r"\w{4,}\*$")
_PAPER = re.compile(r"https?://|10\.\d{4,9}/|(?:arxiv:)?\d{4}\.\d{4,5}(?:v\d+)?(?![^\s,;])", re.IGNORECASE)
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
    said = ""
    for text in texts:
        said = said or (text if any(map(str.isalnum, text)) else "")
        for start, interest in _Scanner(text).interests():
            found[_meaning(interest)] = interest
            if len(found) > MAX_INTERESTS:
                raise QueryError(text, start, f"more than {MAX_INTERESTS} interests")
    if said and not found:
        raise QueryError(said, 0, 'there is nothing to look for: a line that begins with "# " is a comment')
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
        self._text = ready("".join(map(_twin, text)))
        self._at = 0

    def interests(self) -> Iterator[tuple[int, Interest]]:
        """Each interest as written, with the offset at which it begins."""
        excluded = False
        while self._after_blank():
            self._take(_LEADING)
            start = self._at
            if not self._after_blank():
                break
            self._refuse_papers()
            if (all_of := _EVERYTHING.match(self._text, self._at)) and _EXCLUDING.match(self._text, all_of.end()):
                self._at = all_of.end()
            excluded = bool(self._take(_EXCLUDING)) or (excluded and self._after_or)
            self._after_or = False
            operated = self._operator() or _BY.match(self._text, self._at)
            yield start, (self._operated(excluded) if operated else self._run(excluded=excluded))

    def _refuse_papers(self) -> None:
        """An id or a link means "like this paper", which is no interest."""
        if found := _PAPER.match(self._text, self._at):
            name = _BARE.match(self._text, self._at) or found
            raise self._error(
                self._at,
                f"{name[0][:80]!r} is a paper, not an interest: like it instead (by mail: like {name[0][:80]})",
            )

    def _after_blank(self) -> bool:
        """Whether anything is left after separators, and signs that mean nothing."""
        self._take(_BLANK)
        return self._at < len(self._text)

    def _operator(self) -> bool:
        """Whether what comes next is more than a bare word."""
        return self._text.startswith(("-", '"', "^"), self._at) or any(
            sign.match(self._text, self._at) for sign in (_FIELD, _PAPERS_BY, _ARXIV_CATEGORY)
        )

    def _run(self, field: str = "", *, excluded: bool = False) -> Interest:
        """Bare words up to the next operator, separator or weight: one interest.

        Several that are excluded, or wanted in one field, are a phrase: each by itself would say too much.
        """
        start, words = self._at, list[str]()
        while not self._operator() and not (words and _MID_EXCLUDING.match(self._text, self._at)):
            if words and self._take(_OR):
                self._after_or = True
                break
            if words and self._take(_PASSED_OVER):
                self._take(_SPACES)
                continue
            word = self._take(_BARE)
            if not word:
                break
            if _WILD.match(word):
                raise self._error(self._at - 1, 'no "*" is needed: a word finds its other forms; write it in full')
            words.append(word)
            self._take(_SPACES)
            if self._text.startswith(("+", "#"), self._at) and not _PASSED_OVER.match(self._text, self._at):
                break
        kind = InterestKind.PHRASE if len(words) > 1 and (excluded or field) else InterestKind.WORDS
        return self._interest(kind, _END_SIGNS.sub("", " ".join(words)), start, field, excluded=excluded)

    def _operated(self, excluded: bool = False) -> Interest:
        """One interest with an operator: an exclusion, a field, a quoted phrase, an author or a category."""
        start, minus = self._at, self._text.startswith("-", self._at)
        self._at += minus
        excluded = excluded or minus
        if self._take(_BY):
            return self._interest(InterestKind.AUTHOR, self._name(), start, excluded=excluded)
        if category := self._take(_ARXIV_CATEGORY):
            return self._interest(InterestKind.CATEGORY, category, start, excluded=excluded)
        kind, field = InterestKind.WORDS, ""
        if name := _FIELD.match(self._text, self._at):
            kind, field = self._field(name)
            if not minus:
                self._take(_SPACES)
        term_start = self._at
        if kind is InterestKind.AUTHOR and not self._text.startswith('"', self._at) and (found := self._name()):
            return self._interest(kind, found, term_start, excluded=excluded)
        if field and not excluded and not self._operator() and _BARE.match(self._text, self._at):
            return self._run(field)
        term, quoted = self._term(start)
        if quoted and kind is InterestKind.WORDS:
            kind = InterestKind.PHRASE
        return self._interest(kind, term, term_start, field, excluded=excluded)

    def _name(self) -> str:
        """The bare words that make a name: as far as they have capitals, or all up to a separator where none has."""
        words = list[str]()
        first = _BARE.match(self._text, self._at)
        cased = first is not None and first[0][:1].isupper()
        while len(words) < _LONGEST_NAME and not self._operator() and (word := _BARE.match(self._text, self._at)):
            if words and ((cased and not _in_name(word[0])) or _OR.match(self._text, self._at)):
                break
            if word[0].casefold() in ("and", "not", "but"):
                break
            words.append(word[0])
            self._at = word.end()
            self._take(_SPACES)
        return " ".join(words)

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

    _after_or = False

    def _error(self, position: int, reason: str) -> QueryError:
        return QueryError(self._original, position, reason)


def _in_name(word: str) -> bool:
    return word[:1].isupper() or word.casefold() in _PARTICLE or not word[:1].isalpha()


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
