"""Which names an entry goes by: the aliases by which two sightings of one paper are recognised.

Aliases, strongest first::

    arxiv:<id>              without version, whoever names it
    doi:<doi>               without the version of a preprint server
    guid:<source>:<guid>    the feed's own id: says nothing outside its source
    url:<canonical>         the page of the paper
    text:<hash>             equal title and equal abstract

A title key is weaker than all of them and no alias: `papers.diff` says when it is enough.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.papers.ids import arxiv_id, canonical_url, doi, work_doi
from digest.papers.text import norm

if TYPE_CHECKING:
    from digest.model import Entry

__all__ = ["Identity", "arxiv_id", "canonical_url", "doi", "identify", "is_strong", "title_key"]

STRONG = ("arxiv:", "doi:")
"""Kinds of alias that name one work and no other."""

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
    """The names of one entry: `aliases` strongest first, `title_key` "" where the title says too little.

    `revision` is the version that the entry counts, 0 where it counts none.
    """

    aliases: tuple[str, ...]
    title_key: str
    arxiv_id: str
    doi: str
    revision: int

    @property
    def text_alias(self) -> str:
        """The alias that equal title and equal abstract share; every entry has one."""
        return self.aliases[-1]


def is_strong(alias: str) -> bool:
    """Whether `alias` is an arXiv id or a DOI."""
    return alias.startswith(STRONG)


def identify(entry: Entry, source: str) -> Identity:
    """The names of `entry`, seen in the source of that name."""
    arxiv, arxiv_version = _first_arxiv(entry)
    name, version = _first_doi(entry)
    strong = [f"arxiv:{arxiv}"] * bool(arxiv) + [f"doi:{name}"] * bool(name)
    aliases = (*strong, *_guid_alias(entry, source), *_url_alias(entry), _text_alias(entry, source))
    revision = entry.version or arxiv_version or (version if not arxiv else 0) or 0
    return Identity(aliases, title_key(entry.title), arxiv, name, min(max(revision, 0), _MOST_VERSIONS))


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
    return (f"guid:{source}:{_short(guid)}",)


def _url_alias(entry: Entry) -> tuple[str, ...]:
    """The paper's page, unless its URL only repeats an arXiv id or a DOI, or is a whole site's."""
    url = canonical_url(entry.links.abstract)
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


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_ALIAS else f"sha256-{_hash(value)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
