"""BibTeX: the papers of a bibliography, and their keywords.

The grammar is that of "Designing BibTeX Styles" and of what reference managers write in fact::

    @article{key, title = {A {LLM} story}, month = jan, note = "one" # " two", year = 2024}
    @string{jan = "January"}    @comment{...}    @preamble{...}    anything between entries

Braces are counted as BibTeX counts them, a backslash before one does not matter. What is odd within an entry (a field
without a name, two commas, none) costs that field, not the entry; an entry that is never closed ends where the next one
begins a line. The time is linear in the length of the text: which brace closes which is found once,
every sign is passed once, and what macros add is bounded.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.imports.decoding import Lines, start
from digest.imports.gathering import Gathering, entry_of, named_arxiv_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from digest.imports.gathering import Imported

HEAD = re.compile(r"@[ \t]*([A-Za-z]{1,40})\s*([{(])")
_KEY = re.compile(r'\s*(?:[^\s,{}="][^,{}="\n]{0,200})?\s*(?:,|\Z|(?=[})]))')
_NAME = re.compile(r'[\s,;]*([^\s=,;{}"#()]{1,60})\s*=\s*')
_WORD = re.compile(r'[^\s,;{}()="#]+')
_ODD = re.compile(r"[^,;{})]+")
_NEXT = re.compile(r"^[ \t]*@[A-Za-z]{1,40}\s*[{(]", re.MULTILINE)
_FIELD = r"\s{0,40},\s{0,40}[\w-]{1,60}\s{0,40}="
_LAST_BRACE = re.compile(rf"\}}(?={_FIELD}|\s{{0,40}},?\s{{0,40}}\}}?\s{{0,40}}\Z)|(?={_FIELD}\s{{0,40}}[{{\"])")
_ESCAPED = re.compile(r"\\(?:textunderscore\s*)?([_%&#$~]?)|[{}]|\$\\sim\$")
_MACROS = re.compile(r"\\(?:url|path|nolinkurl|href)\b")
_KEYWORDS = ("keywords", "author-keywords", "author_keywords", "keyword")
_ABOUT_TEXT = {"title", "abstract", "author", "editor", "file", "references", "cited-references", *_KEYWORDS}
_JOIN = re.compile(r"\s*#\s*")
_QUOTE = re.compile(r'["{}]')
_BRACE = re.compile(r"[{}]")
_REST = re.compile(r"[\s,;]*")
_NO_BRACES = str.maketrans("", "", "{}")
_LONGEST_MACRO = 1_000
_LONGEST_VALUE = 20_000

Fields = dict[str, str]


def read_bibtex(text: str) -> Imported:
    """The papers of a BibTeX file, and their keywords as interests.

    Raises:
        UsageError: there is no entry in it.
    """
    gathering, parser = Gathering(), _Parser(text)
    for place, fields in parser.entries():
        if not gathering.room():
            break
        if isinstance(fields, str):
            gathering.skip(place, fields)
            continue
        words = ";".join(fields.get(name, "") for name in _KEYWORDS)
        gathering.keywords(re.split("[;,]", words.translate(_NO_BRACES)))
        gathering.paper(
            entry_of(
                fields.get("title", ""),
                fields.get("abstract", ""),
                url=_identifier(fields.get("url") or fields.get("ee") or fields.get("howpublished", "")),
                doi=_identifier(fields.get("doi", "")),
                arxiv_id=_arxiv(fields),
                authors=" ".join(fields.get("author", "").split()).split(" and "),
                tex=True,
            ),
            place,
        )
    if not parser.heads:
        raise UsageError(f"BibTeX expected, an entry such as @article{{key, title = {{...}}}} ({start(text)})")
    return gathering.done("bibtex")


def _arxiv(fields: Mapping[str, str]) -> str:
    """The arXiv id of an entry: its eprint, unless another archive is named; else what other fields say."""
    archive = fields.get("archiveprefix") or fields.get("eprinttype") or "arxiv"
    eprint = _identifier(fields.get("eprint", "")) if archive.strip().lower() == "arxiv" else ""
    return eprint or named_arxiv_id(_identifier(value) for name, value in fields.items() if name not in _ABOUT_TEXT)


def _identifier(text: str) -> str:
    r"""A DOI, id or URL without what TeX wants around it: ``10.1000/a{\_}1``, ``\url{...}``."""
    return _ESCAPED.sub(
        lambda found: "~" if found[0].startswith("$") else found[1] or "", _MACROS.sub("", text)
    ).strip()


class _Broken(Exception):
    """Something else stands where a sign should stand.

    Args:
        at: where.
        expected: what.
    """

    def __init__(self, at: int, expected: str) -> None:
        self.at, self.expected = at, expected
        super().__init__(expected)


@dataclass(slots=True)
class _Parser:
    """Goes through `text` once; `heads` counts the entries of all kinds until here."""

    text: str
    heads: int = 0
    _at: int = 0
    _closers: dict[int, int] = field(default_factory=dict)
    _macros: dict[str, str] = field(default_factory=dict)
    _heads: list[int] = field(default_factory=list)
    _room: int = 0
    _end: int = 0
    _torn: bool = False

    def entries(self) -> Iterator[tuple[str, Fields | str]]:
        """(place, fields by lower-case name) of each entry; instead of the fields why it cannot be read."""
        self._closers, self._room = _pairs(self.text), len(self.text)
        self._heads = [*(head.start() for head in _NEXT.finditer(self.text)), len(self.text)]
        lines = Lines(self.text)
        while head := HEAD.search(self.text, self._at):
            self.heads += 1
            try:
                found: Fields | str | None = self._entry(head)
            except _Broken as error:
                found = f"{error.expected} expected at {lines.place(error.at)}"
            if found is not None:
                yield f"the {head[1].lower()} at {lines.place(head.start())}", found

    def _entry(self, head: re.Match[str]) -> Fields | None:
        """The fields of the entry that begins with `head`, None where it is none; goes on behind it in any case."""
        kind, opened = head[1].lower(), head.end() - 1
        self._at = head.end()
        end = self._closers.get(opened, -1)
        self._torn = head[2] == "{" and end < 0
        if end < 0:
            end = self._heads[bisect_left(self._heads, self._at)]
        if self._torn and kind in ("comment", "preamble"):
            raise _Broken(end, f'a "}}" for the "{{" of @{head[1]}')
        self._end = end
        try:
            if kind in ("comment", "preamble"):
                return None
            if kind != "string":
                self._pass(_KEY)
            found = self._fields("}" if head[2] == "{" else ")")
        finally:
            if head[2] == "{":
                self._at = max(self._at, end if self._torn else end + 1)
        if kind == "string":
            self._macros.update((name, value[:_LONGEST_MACRO]) for name, value in found.items())
        return None if kind == "string" else found

    def _fields(self, closer: str) -> Fields:
        """The fields up to the `closer`, by lower-case name; of two of one name the later. What is odd is passed over.

        Raises:
            _Broken: something is odd, and there is no field.
        """
        found, odd = Fields(), None
        while True:
            if name := _NAME.match(self.text, self._at, self._end):
                self._at = name.end()
                try:
                    found[name[1].lower()] = self._value()
                except _Broken as error:
                    odd = odd or error
                continue
            self._pass(_REST)
            if self._at >= self._end or (closer == ")" and self.text[self._at] == closer):
                break
            odd = odd or _Broken(self._at, f'a field (name = value), or "{closer}",')
            self._pass_odd()
        if odd and not found:
            raise odd
        return found

    def _pass_odd(self) -> None:
        """Go on behind what is no field: to the next comma, or behind a pair of braces."""
        if self.text[self._at] == "{":
            self._at = min(self._closers.get(self._at, self._at) + 1, self._end)
        elif not self._pass(_ODD):
            self._at += 1

    def _value(self) -> str:
        """Pieces joined by "#"."""
        pieces = [self._piece()]
        while self._pass(_JOIN):
            pieces.append(self._piece())
        return "".join(pieces)[:_LONGEST_VALUE]

    def _piece(self) -> str:
        sign, start = self.text[self._at : self._at + 1], self._at
        if sign == "{":
            end = self._closer(start)
            self._at = end + 1
            return self.text[start + 1 : min(end, start + _LONGEST_VALUE)]
        if sign == '"':
            return self._quoted(start + 1)
        word = self._pass(_WORD)
        if not word:
            raise _Broken(start, "a value in braces or quotes")
        return self._macro(word)

    def _closer(self, start: int) -> int:
        """Where the value ends that begins with this brace; where braces do not pair up, before the next field."""
        if not self._torn:
            end = self._closers.get(start, -1)
        else:
            last = _LAST_BRACE.search(self.text, start + 1, self._end)
            end = last.start() if last else -1
        if end < 0:
            raise _Broken(start, 'a "}" for this "{"')
        return end

    def _macro(self, word: str) -> str:
        """What @string says of a word, or the word; macros together add no more than the text is long."""
        value = self._macros.get(word.lower(), word)
        self._room -= len(value)
        return value if self._room >= 0 else ""

    def _quoted(self, start: int) -> str:
        """Up to the next quote outside of braces."""
        self._at = start
        while sign := _QUOTE.search(self.text, self._at):
            self._at = sign.end()
            if sign[0] == '"':
                return self.text[start : min(self._at - 1, start + _LONGEST_VALUE)]
            if sign[0] == "}":
                break
            self._at = self._closers.get(sign.start(), sign.start()) + 1
        raise _Broken(start - 1, "a quote that closes this one")

    def _pass(self, pattern: re.Pattern[str]) -> str:
        """What `pattern` matches right here, and go on behind it."""
        found = pattern.match(self.text, self._at, self._end)
        self._at = found.end() if found else self._at
        return found[0] if found else ""


def _pairs(text: str) -> dict[int, int]:
    """Which "}" closes which "{"; one that is never closed is absent."""
    pairs, opened = dict[int, int](), list[int]()
    for sign in _BRACE.finditer(text):
        if sign[0] == "{":
            opened.append(sign.start())
        elif opened:
            pairs[opened.pop()] = sign.start()
    return pairs
