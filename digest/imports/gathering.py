"""What an import amounts to, and how it is gathered: without doubles, within bounds."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from digest.errors import QueryError
from digest.model import Entry, Interest, InterestKind, Links, Paper
from digest.papers.identity import identify
from digest.papers.ids import arxiv_id
from digest.papers.text import has_words, norm, plain
from digest.ranking.query import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 2 * 2**20
MOST_ENTRIES = 2_000
"""So many references, lines or feeds of a file are read."""
MOST_INTERESTS = 200
MOST_KEYWORDS = 30
"""So many interests are made of the keywords of papers, those first that most papers have."""
MOST_OF_ONE = 100
"""So many keywords of one paper are counted."""
MOST_SKIPPED = 100
"""So much of what is skipped is told one by one."""

_TITLE, _ABSTRACT, _TERM = 500, 5_000, 200
_HEAD = 120
_MACRO = re.compile(r"\\(?:url|path|nolinkurl|href|texttt)\b")
_PREPRINT = re.compile(
    r"(?:available (?:at|from)|preprint|e-?print|corr|arxiv(?: e-?prints?| preprints?)?)[\s,{(]+", re.IGNORECASE
)
_ABS = re.compile(
    r"(?:\W{0,3}(?:https?://)?(?:www\.)?arxiv\.org/(?:abs|pdf|html)/|arxiv\s?[:.]\s?|abs/)(\S{7,40})", re.IGNORECASE
)
_NO_BRACES = str.maketrans("", "", "{}")
_QUOTES = str.maketrans(dict.fromkeys('"“”„‟«»「」『』＂'))


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds that `digest` can use.

    `kind` is "opml", "bibtex", one of `tagged.FORMATS`, "list", "author" or "orcid"; an ORCID iD stands in `orcid` and
    holds nothing else, as its papers are on the web. `papers` are known by key, aliases, title and abstract alone.
    `skipped` says what was left out, and why.
    """

    kind: str
    interests: tuple[Interest, ...] = ()
    papers: tuple[Paper, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    orcid: str = ""


class Gathering:
    """Collects interests and papers, each once; what is too much is counted, not kept."""

    def __init__(self) -> None:
        self._interests: dict[str, Interest] = {}
        self._told: list[tuple[list[str], Entry]] = []
        self._keywords: Counter[str] = Counter()
        self._spelled: dict[str, str] = {}
        self._skipped: list[tuple[str, str]] = []
        self._too_many = Counter[str]()
        self._looked_at = 0

    def room(self) -> bool:
        """Whether one more entry is to be looked at: to be asked before each."""
        self._looked_at += 1
        if self._looked_at > MOST_ENTRIES:
            self._skipped.append(("the rest", f"only {MOST_ENTRIES:,} entries of a file are read"))
        return self._looked_at <= MOST_ENTRIES

    def want(self, *interests: Interest) -> None:
        """Add interests."""
        for interest in interests:
            name = str(interest).casefold()
            if name in self._interests or len(self._interests) < MOST_INTERESTS:
                self._interests.setdefault(name, interest)
            else:
                self._too_many[f"more than {MOST_INTERESTS} interests"] += 1

    def paper(self, entry: Entry, place: str) -> None:
        """Add the paper that `entry` tells of; skipped if it has neither a name nor a title."""
        aliases = [alias for alias in identify(entry, "").aliases if not alias.startswith("guid:")]
        if not has_words(entry.title):
            aliases.remove(aliases[-1])  # nothing but its text stands there, and that is empty
        if not aliases:
            self.skip(place, "it has no title, arXiv id, DOI or URL")
        else:
            self._told.append((aliases, entry))

    def _papers(self) -> tuple[Paper, ...]:
        """The papers, each once; an address under several titles is that of a book or a journal, and names none."""
        titles: defaultdict[str, set[str]] = defaultdict(set)
        for aliases, entry in self._told:
            if has_words(entry.title):
                for alias in aliases:
                    titles[alias].add(norm(entry.title))
        papers: dict[str, Paper] = {}
        for aliases, entry in self._told:
            own = [a for a in aliases if not (a.startswith("url:") and len(titles[a]) > 1 and has_words(entry.title))]
            papers.setdefault(own[0], Paper(own[0], entry.title, frozenset(own), abstract=entry.abstract))
        return tuple(papers.values())

    def keywords(self, words: Iterable[str]) -> None:
        """Count the keywords of one paper."""
        cleaned = (plain(word, limit=_TERM) for word in islice(words, MOST_OF_ONE))
        spelled = (self._spelled.setdefault(word.casefold(), word) for word in cleaned if has_words(word))
        self._keywords.update(dict.fromkeys(spelled, 1))

    def skip(self, place: str, reason: str) -> None:
        """Say that something is left out."""
        if len(self._skipped) < MOST_SKIPPED:
            self._skipped.append((plain(place, limit=_TERM) or "?", reason))
        else:
            self._too_many[f"more than {MOST_SKIPPED} are skipped"] += 1

    def done(self, kind: str) -> Imported:
        """All that was gathered."""
        for word, _ in self._keywords.most_common(MOST_KEYWORDS):
            self.want(*filter(None, [topic(word)]))
        if (more := len(self._keywords) - MOST_KEYWORDS) > 0:
            self._too_many[f"only the {MOST_KEYWORDS} keywords that most papers have become interests"] += more
        skipped = (*self._skipped, *((f"{number} more", reason) for reason, number in self._too_many.items()))
        return Imported(kind, tuple(self._interests.values()), self._papers(), skipped)


def named_arxiv_id(values: Iterable[str]) -> str:
    """The first arXiv id that one of the fields of a reference is about, as "arXiv:2601.01234v2"; "" without one.

    It stands in fields of all kinds ("arXiv preprint arXiv:2601.01234", "https://arxiv.org/abs/...", "abs/2601.01234"),
    at their beginning or behind such words. Further on in a long text another paper may be meant.
    """
    for value in values:
        bare = _MACRO.sub(" ", value).strip(" \t\n{}<>()[].,;")[:_HEAD]
        said = _PREPRINT.match(bare)
        if (named := _ABS.match(bare, said.end() if said else 0)) and (found := arxiv_id(f"arxiv:{named[1]}")):
            return f"arXiv:{found[0]}" + (f"v{found[1]}" if found[1] else "")
    return ""


def entry_of(
    title: str = "",
    abstract: str = "",
    *,
    url: str = "",
    doi: str = "",
    arxiv_id: str = "",
    authors: Iterable[str] = (),
    tex: bool = False,
) -> Entry:
    """A paper as a file tells of it, its text made plain.

    Args:
        tex: whether the text is TeX, in which all braces are there to group.
    """
    return Entry(
        title=_plain(title, tex, _TITLE),
        abstract=_plain(abstract, tex, _ABSTRACT),
        authors=tuple(_plain(name, tex, _TERM) for name in authors),
        links=Links(abstract=url.strip()),
        doi=doi.strip(),
        arxiv_id=arxiv_id.strip(),
    )


def _plain(text: str, tex: bool, limit: int) -> str:
    text = plain(text, tex=tex, limit=limit)
    return text.translate(_NO_BRACES) if tex else text


def topic(text: str, field: str = "") -> Interest | None:
    """The interest in some words: one word as it is, several as a phrase; None where they are none.

    Args:
        field: "title" or "abstract", to look there only.
    """
    term = _unquoted(text)
    prefix = f"{field}:" if field else ""
    found = _parsed(f"{prefix}{term}")
    if found == Interest(InterestKind.WORDS, term, field=field) and " " not in term:
        return found
    return _parsed(f'{prefix}"{term}"')


def words(text: str) -> Interest | None:
    """The interest in words that stand anywhere; None where they are none."""
    term = " ".join(part for part in re.split(r"[^\w'.+#/&-]+", text) if has_words(part))
    found = _parsed(term)
    return found if found is not None and found.kind is InterestKind.WORDS else None


def author(name: str) -> Interest | None:
    """The interest in an author; None where that is no name."""
    return _parsed(f'author:"{_unquoted(name)}"')


def category(name: str) -> Interest | None:
    """The interest in a category; None where that is none."""
    return _parsed(f"cat:{_unquoted(name)}")


def _unquoted(text: str) -> str:
    return " ".join(text.translate(_QUOTES).split())


def _parsed(text: str) -> Interest | None:
    """The one interest that `text` is in the interest language, if it is one."""
    try:
        found = parse(text)
    except QueryError:
        return None
    return found[0] if len(found) == 1 and not found[0].excluded else None
