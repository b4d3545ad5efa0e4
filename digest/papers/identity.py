"""Which names an entry goes by: the aliases by which two sightings of one paper are recognised.

Aliases, strongest first::

    arxiv:<id>              without version, whoever names it
    doi:<doi>               without the version of a preprint server
    pmid:, pmc:, ...        what catalogues and proceedings call it (`names`)
    guid:<source>:<guid>    the feed's own id: says nothing outside its source
    url:<page>              the page of the paper
    text:<hash>             equal title and equal abstract: proves it where the abstract says much
    text:<hash>             all that the entry tells is equal, where title and abstract say little

A title key is weaker than all of them and no alias: `papers.diff` says when it is enough.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.papers.former import former_aliases
from digest.papers.ids import arxiv_id, canonical_url, doi, page_url, work_doi
from digest.papers.names import KINDS, other_names
from digest.papers.text import norm

if TYPE_CHECKING:
    from datetime import datetime

    from digest.model import Entry

__all__ = ["Identity", "arxiv_id", "canonical_url", "doi", "identify", "is_strong", "lookup_key", "title_key"]

STRONG = ("arxiv:", "doi:", *(f"{kind}:" for kind in KINDS))
"""Kinds of alias that name one work and no other, the strongest first."""
TELLING = 200
"""Letters of an abstract from which on an equal one is of the same work, whatever else is told."""

_LONGEST_ALIAS = 200
_MOST_VERSIONS = 9_999
_SHORTEST_GUID = 4
_SHORTEST_NUMBER = 5
_WORDS = re.compile(r"[^\W_]+")
_GENERIC = re.compile(
    r"(?:authors?|publishers?|editors?|editorial)?"
    r"(?:editorial|correction|corrigend|errat|addend|retract|expressionofconcern|preface|foreword|contents|tableofcontents|"
    r"issueinformation|issuehighlights|inthisissue|frontmatter|backmatter|frontcover|backcover|coverimage|mastheads?|"
    r"bookreviews?|inmemoriam|obituary|newsinbrief|announcements?|lettertotheeditor|responsetotheeditor|replyto|"
    r"listofreviewers|calendarofevents|introductiontothe(?:special|theme)issue|guesteditorial|abstractsof|untitled|notitle)"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """The names of one entry: `aliases` strongest first, without `exact`; see `lookup_key` for `title_key`.

    `revision` is the version that the entry counts, 0 where it counts none. `exact` stands for all that the entry
    tells, in its source. `former` are the names that earlier versions of this program gave
    it, where they are others.
    """

    aliases: tuple[str, ...]
    title_key: str
    arxiv_id: str
    doi: str
    revision: int
    exact: str
    former: tuple[str, ...] = ()

    @property
    def text_alias(self) -> str:
        """The alias that equal title and equal abstract share; every entry has one."""
        return self.aliases[-1]

    @property
    def lookups(self) -> tuple[str, ...]:
        """All aliases by which the paper may be known."""
        return (*self.aliases, self.exact, *self.former)


def is_strong(alias: str) -> bool:
    """Whether `alias` is an arXiv id, a DOI or another name of one work."""
    return alias.startswith(STRONG)


def identify(entry: Entry, source: str) -> Identity:
    """The names of `entry`, seen in the source of that name."""
    arxiv, arxiv_version = _first_arxiv(entry)
    name, version = _first_doi(entry)
    strong = [f"arxiv:{arxiv}"] * bool(arxiv) + [f"doi:{name}"] * bool(name)
    strong += other_names((entry.id, entry.doi, entry.links.abstract, entry.links.pdf, entry.links.html))
    aliases = (*strong, *_guid_alias(entry, source), *_url_alias(entry), _text_alias(entry, source))
    revision = entry.version or arxiv_version or (version if not arxiv else 0) or 0
    return Identity(
        aliases,
        lookup_key(entry.title, entry.published, entry.authors),
        arxiv,
        name,
        min(max(revision, 0), _MOST_VERSIONS),
        exact=_exact_alias(entry, source),
        former=tuple(alias for alias in _former(entry, source) if alias not in aliases),
    )


def tells_much(abstract: str) -> bool:
    """Whether an equal abstract proves an equal work: a line of bibliography or a standing introduction does not."""
    return len(abstract) > TELLING and _weight(norm(abstract)) >= TELLING


def lookup_key(title: str, published: datetime | None, authors: tuple[str, ...]) -> str:
    """What a paper is looked up by, besides its aliases: `title_key`; of a title that says little, with the day.

    Where no day is told the authors stand in for it; "" where they are not told either.
    """
    key = title_key(title)
    if key:
        return key
    witness = f"{published:%Y-%m-%d}" if published else "|".join(sorted(map(norm, _WORDS.findall(" ".join(authors)))))
    return f"with-{_hash(norm(title) + chr(0) + witness)}" if witness and norm(title) else ""


def title_key(title: str) -> str:
    """The hash of the title's normal form; "" where the title is short or stands over many papers."""
    normal = norm(title)
    says_much = _weight(normal) >= 20 or (len(_WORDS.findall(title)) >= 4 and _weight(normal) >= 12)
    return _hash(normal) if says_much and not _GENERIC.match(normal) else ""


def _weight(normal: str) -> int:
    """How much a normalised title says, in letters of an alphabet (a Chinese character is worth two)."""
    return sum(2 if char > "\u2e7f" else 1 for char in normal)


def _first_arxiv(entry: Entry) -> tuple[str, int | None]:
    """The arXiv id and the version counted for it; versions come from the same id only."""
    best, counted = "", None
    for text in (entry.arxiv_id, entry.id, entry.links.abstract, entry.links.pdf, entry.links.html, entry.doi):
        found = arxiv_id(text) if text else None
        if found and best in ("", found[0]):
            best, counted = found[0], counted or found[1]
    return best, counted


def _first_doi(entry: Entry) -> tuple[str, int | None]:
    best, counted = "", None
    for text in (entry.doi, entry.id, entry.links.abstract, entry.links.pdf, entry.links.html):
        found = work_doi(text) if text else None
        if found and best in ("", found[0]):
            best, counted = found[0], counted or found[1]
    return best, counted


def _guid_alias(entry: Entry, source: str) -> tuple[str, ...]:
    """The feed's own id, unless it is an arXiv id or a DOI, or too short to be more than a counter."""
    guid = entry.id.strip()
    shortest = _SHORTEST_NUMBER if guid.isdecimal() else _SHORTEST_GUID
    if len(guid) < shortest or arxiv_id(guid) or doi(guid):
        return ()
    return (f"guid:{source}:{_short(page_url(guid) or guid)}",)


def _url_alias(entry: Entry) -> tuple[str, ...]:
    """The paper's page, unless its URL only repeats an arXiv id or a DOI, or is a whole site's."""
    url = page_url(entry.links.abstract)
    is_site = "/" not in url and "?" not in url
    if not url or is_site or arxiv_id(entry.links.abstract) or doi(entry.links.abstract):
        return ()
    return (f"url:{_short(url)}",)


def _text_alias(entry: Entry, source: str) -> str:
    """Title and abstract; where they say nothing ("Editorial"), whatever else tells it from others."""
    parts = [norm(entry.title), norm(entry.abstract)]
    if not parts[1] and not title_key(entry.title):
        parts += [source, entry.id, entry.links.best, entry.doi, entry.arxiv_id, "|".join(entry.authors)]
    return f"text:{_hash(chr(0).join(parts))}"


def _exact_alias(entry: Entry, source: str) -> str:
    """All that is told of the work, in this source."""
    parts = [norm(entry.title), norm(entry.abstract), source, entry.id, entry.links.best, entry.doi, entry.arxiv_id]
    parts += ["|".join(entry.authors), entry.published.isoformat() if entry.published else ""]
    return f"text:{_hash(chr(0).join((*parts, 'all')))}"


def _former(entry: Entry, source: str) -> tuple[str, ...]:
    texts = (entry.doi, entry.id, entry.links.abstract, entry.links.pdf, entry.links.html)
    guid = entry.id.strip()
    alias = f"guid:{source}:{_short(guid)}" if len(guid) >= _SHORTEST_GUID and not arxiv_id(guid) else ""
    return former_aliases(texts, alias, entry.links.abstract)


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_ALIAS else f"sha256-{_hash(value)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
