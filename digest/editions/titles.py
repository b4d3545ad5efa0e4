"""Papers that are one work under two names: an edition shows the better one.

What the store tells apart may be one work to a reader: a preprint and its journal version, a retitled second
version under a new DOI. `distinct` leaves out a paper where its title says that it came before:

- the same words in the same order, but for words that say nothing, inflection, spelling, hyphens and the place of
  a word like "survey"; unless two full abstracts contradict it, and a title that stands over many papers
  ("Editorial Board") needs abstracts that agree;
- the same title, cut off with an ellipsis;
- most of the same words, where two full abstracts agree.

Never where a number, a part, a negation, a kind of text ("Corrigendum to ...") or both names differ: "Qwen2" and
"Qwen3 Technical Report", "LLaVA: ..." and "InternVL: ..." are two works, however alike the rest. To leave out a
paper wrongly costs a reader more than to see it twice, so titles alone never suffice where a word differs.

What a title says is remembered from one subscriber to the next, and compared are only papers that can be picked, each
with the few that begin or end alike. Under which other names a paper came before (`other_names`) is found once a batch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from digest.papers.identity import title_key
from digest.ranking.tokens import STOP, fold, key, strict_key, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from digest.model import Paper, Scored

ALIKE = 0.6
"""The share of common words in all words of two titles, from which on abstracts are asked."""
AGREED = 0.8
"""The same of two abstracts that are of one work."""
CONTRADICTED = 0.4
"""Two full abstracts that share less than this of the shorter one are of two works."""

_FEWEST = 6
"""Content words that a title must have to be compared by more than equality."""
_FEWEST_TOLD = 3
"""Content words that titles must have to be equal by them alone."""
_TELLING, _FULL = 20, 40
"""Content words from which on an abstract can agree, and can contradict (a line of bibliography cannot)."""
_EDGE = 4
_LONGEST_TITLE, _LONGEST_ABSTRACT = 500, 4_000
_MOST_COMPARED = 20
_SHORT_HEAD = 3
_CUT = ("…", "...")

_TURNS = frozenset({"no", "nor", "not", "without", "never", "non", "before", "after", "under", "over", "off"})
_KEPT = frozenset(re.findall(r"\w+", "about what how why when where which who up down out few more most only same"))
_KINDS = frozenset(
    re.findall(
        r"\w+",
        "survey review overview tutorial primer corrigendum corrigenda erratum errata correction retraction addendum"
        " reply response comment commentary rejoinder editorial supplement",
    )
)
_EMPTY = {"novel", "new", "toward", "towards", "using", "based", "comprehensive", "systematic", "brief"}
_SAY_NOTHING = (STOP - _TURNS - _KEPT) | _EMPTY
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*[a-z]?")
_PART = re.compile(r"[IVX]{1,5}|[a-z]", re.IGNORECASE)
_SIGN = re.compile(r"\?|(?<=[^\W_])(?:\+\+|#|[+*](?!\s*\Z))(?![^\W_])")
_BETWEEN_NUMBERS = re.compile(r"(?<=[0-9])\n(?=[0-9])")
_HEAD = re.compile(r"([^:：]{1,80})[:：]\s*\S")
_SPELLINGS = tuple(
    (re.compile(british), american)
    for british, american in (
        ("our", "or"),
        ("ys", "yz"),
        ("is", "iz"),
        ("ae", "e"),
        (r"([bt])r\Z", r"\1er"),
        (r"nc\Z", "ns"),
    )
)
_VERSION = re.compile(r"\W*\b(?:extended|full|journal|conference) (?:version|abstract)\W*\Z", re.IGNORECASE)


def distinct(scored: Iterable[Scored], taken: Iterable[Scored] = ()) -> Iterator[Scored]:
    """The papers, in order, without those that are one work with an earlier one or one of `taken`."""
    shelf = _Shelf()
    for one in taken:
        shelf.add(one.paper)
    return (one for one in scored if shelf.add(one.paper))


def same_work(left: Paper, right: Paper) -> bool:
    """Whether two papers are, by their titles (and abstracts, where both have one), one work."""
    ours, theirs = _read(left.title), _read(right.title)
    if not ours.words or not theirs.words:
        return False
    if _equal(ours, theirs):
        certain = _says_much(ours, theirs) and not _contradict(left.abstract, right.abstract)
        return certain or _agree(left.abstract, right.abstract)
    return _near(ours, theirs) and _agree(left.abstract, right.abstract)


def other_names(papers: Iterable[Paper], others: Iterable[Paper]) -> dict[str, set[str]]:
    """The keys of those of `others` that are one work with one of `papers`, by its key; it is absent where none is.

    The two may come on different days, and a title may come every week ("This Week in Robotics"): both abstracts
    must agree, too.
    """
    files: dict[str, dict[str, Paper]] = {}
    for paper in papers:
        for place in _read(paper.title).places:
            files.setdefault(place, {})[paper.key] = paper
    found: dict[str, set[str]] = {}
    for other in others:
        places = _read(other.title).places
        near = {name: one for place in places for name, one in islice(files.get(place, {}).items(), _MOST_COMPARED)}
        for name, one in near.items():
            if name != other.key and same_work(one, other) and _agree(one.abstract, other.abstract):
                found.setdefault(name, set()).add(other.key)
    return found


class _Shelf:
    """Works seen so far, filed under the whole title, its beginning and its end."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[Paper, ...]] = {}

    def add(self, paper: Paper) -> bool:
        """Whether the paper is a work of its own; it stands on the shelf then."""
        files, places = self._files, _read(paper.title).places
        for place in places:
            if place in files and any(same_work(paper, other) for other in files[place]):
                return False
        for place in places:
            files[place] = (*files.get(place, ()), paper)[:_MOST_COMPARED]
        return True


@dataclass(frozen=True, slots=True)
class _Title:
    """A title as it is compared.

    `words` are the keys of its content words, and `line` the same in one string, in which "pre-training" is
    "pretraining"; `rest` is the kind of text ("survey") and signs ("++"), wherever they stand. `marks` must be the
    same in two titles of one work, and `names` may not differ on both sides. `known_as` is "" where the title says
    too little to tell a work, and `places` are what two titles of one work have at least one of in common.
    """

    words: tuple[str, ...]
    line: str
    rest: tuple[str, ...]
    marks: tuple[str, ...]
    names: frozenset[str]
    is_cut: bool
    known_as: str
    places: tuple[str, ...]


@lru_cache(maxsize=1 << 13)
def _read(title: str) -> _Title:
    title, whole = _VERSION.sub("", title[:_LONGEST_TITLE]).rstrip(), len(title) <= _LONGEST_TITLE
    is_cut = title.endswith(_CUT)
    content = [word for word in words(title) if word == "I" or fold(word) not in _SAY_NOTHING]
    kinds = sorted(strict_key(word) for word in content if strict_key(word) in _KINDS)
    subject = tuple(_key(word) for word in content if strict_key(word) not in _KINDS)[: -1 if is_cut else None]
    signs = _SIGN.findall(title)
    parts = [word.casefold() for word in content if _PART.fullmatch(word) or fold(word) in _TURNS]
    line, rest = _joined(subject), (*kinds, *signs)
    return _Title(
        words=subject,
        line=line,
        rest=rest,
        marks=tuple(sorted([*rest, *parts, *_NUMBER.findall(fold(title))])),
        names=frozenset(map(_key, _names(title, content))),
        is_cut=is_cut,
        known_as=title_key(title) if whole else "",
        places=_places(subject, line),
    )


def _places(subject: tuple[str, ...], line: str) -> tuple[str, ...]:
    """The whole title and, of a longer one, how it begins and ends."""
    if len(subject) < _FEWEST:
        return (line,)
    return line, " ".join((*subject[:_EDGE], "...")), " ".join(("...", *subject[-_EDGE:]))


def _joined(keys: Iterable[str]) -> str:
    """The words in one string without spaces, but between numbers: "2.5" is not "25"."""
    return _BETWEEN_NUMBERS.sub(" ", "\n".join(keys)).replace("\n", "")


def _names(title: str, content: Iterable[str]) -> list[str]:
    """The words that look like names: with a capital inside, or in a short head before a colon."""
    head = _HEAD.match(title)
    first = words(head[1]) if head else []
    named = first if len(first) <= _SHORT_HEAD else []
    return [word for word in content if word in named or any(char.isupper() for char in word[1:])]


@lru_cache(maxsize=1 << 14)
def _key(word: str) -> str:
    """The key of a word, with more of British spelling folded than an interest may fold."""
    folded = key(word)
    for british, american in _SPELLINGS:
        folded = british.sub(american, folded)
    return folded


def _equal(ours: _Title, theirs: _Title) -> bool:
    """Whether both say the same, one of them perhaps cut off at its end."""
    if ours.rest != theirs.rest:
        return False
    return ours.line == theirs.line or _is_cut_from(ours, theirs) or _is_cut_from(theirs, ours)


def _says_much(ours: _Title, theirs: _Title) -> bool:
    """Whether titles that say the same say enough to be of one work: by content words, or letter by letter."""
    if not ours.known_as or not theirs.known_as:
        return False
    return len(ours.words + ours.rest) >= _FEWEST_TOLD or ours.known_as == theirs.known_as


def _is_cut_from(short: _Title, whole: _Title) -> bool:
    return short.is_cut and len(short.words) >= _FEWEST and whole.line.startswith(short.line)


def _near(ours: _Title, theirs: _Title) -> bool:
    """Whether two titles may be of one work, if their abstracts agree."""
    left, right = frozenset(ours.words), frozenset(theirs.words)
    if min(len(left), len(right)) < _FEWEST or ours.marks != theirs.marks:
        return False
    renamed = ours.names - right and theirs.names - left
    return not renamed and len(left & right) >= ALIKE * len(left | right)


def _agree(left: str, right: str) -> bool:
    ours, theirs = _abstract(left), _abstract(right)
    return min(len(ours), len(theirs)) >= _TELLING and len(ours & theirs) >= AGREED * len(ours | theirs)


def _contradict(left: str, right: str) -> bool:
    ours, theirs = _abstract(left), _abstract(right)
    fewer = min(len(ours), len(theirs))
    return fewer >= _FULL and len(ours & theirs) < CONTRADICTED * fewer


@lru_cache(maxsize=512)
def _abstract(text: str) -> frozenset[str]:
    """The keys of an abstract's content words."""
    return frozenset(key(word) for word in words(text[:_LONGEST_ABSTRACT]) if fold(word) not in STOP)
