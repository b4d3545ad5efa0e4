"""What somebody looks for, in the words of a search engine or of arXiv's API, read into interests.

::

    graph neural networks           a phrase; more than four words stand anywhere
    "graph neural" -survey          a phrase; a word that must not be there
    ti:agents ANDNOT au:del_maestro in the title; an author who is to be left out (arXiv API user's manual, 5.1)
    cat:cs.CL AND (all:a OR all:b)  the interest language knows no AND: each term is an interest of its own
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digest.imports.gathering import author, category, topic, words

if TYPE_CHECKING:
    from digest.model import Interest

MOST_TERMS = 100
LONGEST = 2_000
_PHRASE_WORDS = 4

_TAG = re.compile(r"(?:\b[A-Za-z]{1,20}:)?\[[^\[\]]{0,100}\]")  # crispr[Title/Abstract], submittedDate:[2023 TO 2024]
_PART = re.compile(
    r'(?P<minus>-?)(?:(?P<field>[A-Za-z_]{1,20}):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s()"]+))|(?P<bracket>[()])'
)
_TITLE = frozenset({"ti", "title", "intitle", "allintitle"})
_ABSTRACT = frozenset({"abs", "abstract"})
_AUTHOR = frozenset({"au", "author"})
_ANYWHERE = frozenset({"", "all"})
_OPERATORS = frozenset({"AND", "OR", "NOT", "ANDNOT"})


def read_search(text: str) -> tuple[tuple[Interest, ...], tuple[str, ...]]:
    """The interests in a search, and what of it there is no interest for. Linear in the length of `text`."""
    reader = _Reader()
    for part in _PART.finditer(_TAG.sub(" ", text[:LONGEST])):
        reader.take(part)
        if len(reader.interests) >= MOST_TERMS:
            break
    reader.end_run()
    return tuple(reader.interests), tuple(reader.left_out)


@dataclass(slots=True)
class _Reader:
    """Reads a search from left to right. `_not` says whether what comes next is excluded; `_outer` what held before
    each bracket that is open."""

    interests: list[Interest] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _run: list[str] = field(default_factory=list)
    _not: bool = False
    _outer: list[bool] = field(default_factory=list)

    def take(self, part: re.Match[str]) -> None:
        """Read on by one part."""
        bare, name = part["bare"] or "", (part["field"] or "").lower()
        if part["bracket"] or (bare in _OPERATORS and not name):
            self.end_run()
            self._turn(part["bracket"] or bare)
        elif bare and not name and not part["minus"]:
            self._run.append(bare)
        else:
            self.end_run()
            self._term(name, part["quoted"] if part["quoted"] is not None else bare, bool(part["minus"]), part[0])

    def end_run(self) -> None:
        """The bare words until here are one term; an exclusion is a phrase however long."""
        run, self._run = self._run, []
        text = " ".join(run)
        if text:
            short = len(run) <= _PHRASE_WORDS or self._excluded
            self._add(topic(text) if short else words(text), False, text)

    @property
    def _excluded(self) -> bool:
        return self._not or any(self._outer)

    def _turn(self, sign: str) -> None:
        if sign == "(":
            self._outer.append(self._not)
        elif sign == ")":
            self._not = False
            if self._outer:
                self._outer.pop()
        else:
            self._not = sign.endswith("NOT")

    def _term(self, name: str, term: str, minus: bool, shown: str) -> None:
        if name in _AUTHOR:
            found = author(person(term))
        elif name == "cat":
            found = category(term)
        elif name in _TITLE or name in _ABSTRACT:
            found = topic(term, "title" if name in _TITLE else "abstract")
        else:
            found = topic(term) if name in _ANYWHERE else None
        self._add(found, minus, shown)

    def _add(self, found: Interest | None, minus: bool, shown: str) -> None:
        if found is None:
            self.left_out.append(shown)
        else:
            self.interests.append(replace(found, excluded=True) if minus or self._excluded else found)
        self._not = False


def person(name: str) -> str:
    """A name in arXiv's spelling ("LeCun_Y", "del_maestro"), as people write it."""
    parts = name.replace("_", " ").split()
    return (
        f"{' '.join(parts[:-1])}, {parts[-1]}"
        if "_" in name and len(parts) > 1 and len(parts[-1]) == 1
        else " ".join(parts)
    )
