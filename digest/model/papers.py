"""The work, and what a snapshot does to what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from digest.model.sources import NOWHERE, Entry, Links

if TYPE_CHECKING:
    from datetime import date, datetime


class Freshness(StrEnum):
    """What the diff says of an entry, compared with the papers known before its snapshot."""

    NEW = "new"
    REVISED = "revised"
    KNOWN = "known"


class Standing(IntEnum):
    """By what right a source speaks of a paper (see `papers.authority`)."""

    STRANGER = 0
    PUBLISHER = 1
    AUTHORITY = 2


@dataclass(frozen=True, slots=True)
class Paper:
    """The work: what all sightings together say of it.

    `key` is the strongest alias at first sight and never changes afterwards; `aliases` holds every
    alias known, the key among them ("arxiv:2403.15527", "doi:10.1000/x", "text:<hash>", ...).
    `revision` is the highest version seen (0 where no source counts versions). `sources` are names of
    the sources it was seen in, oldest first. `listed_on` is the first day any source listed it.
    `upvotes` and `comments` are the latest counts. `told_by` is the source whose words these are, by right of
    `standing`; "" where an older version wrote them down.
    """

    key: str
    title: str
    aliases: frozenset[str] = frozenset()
    abstract: str = ""
    authors: tuple[str, ...] = ()
    author_count: int | None = None
    categories: tuple[str, ...] = ()
    links: Links = NOWHERE
    arxiv_id: str = ""
    doi: str = ""
    revision: int = 0
    published: datetime | None = None
    listed_on: date | None = None
    upvotes: int | None = None
    comments: int | None = None
    summary: str = ""
    keywords: tuple[str, ...] = ()
    thumbnail: str = ""
    organization: str = ""
    sources: tuple[str, ...] = ()
    standing: Standing = Standing.AUTHORITY
    told_by: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What one entry does to what is known: the decision of `papers.diff`, carried out by the store.

    `paper` is the work after this entry was merged in; `known` says whether the store had it before.
    Several entries of one snapshot may concern one paper: the store gets one Change for each paper,
    with every entry that led to it (in snapshot order). `again` says that a paper which was new before is to
    be new once more, for those it was not sent to: what was known of it was not yet its text.
    """

    freshness: Freshness
    paper: Paper
    known: bool
    entries: tuple[Entry, ...]
    again: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """A paper seen in a source: from when to when, on which day's list, how announced, with how many upvotes."""

    source: str
    first_seen: datetime
    last_seen: datetime
    listed_on: date | None = None
    announcement: str = ""
    upvotes: int | None = None


@dataclass(frozen=True, slots=True)
class VoteCount:
    """How many upvotes a paper had at a moment."""

    at: datetime
    upvotes: int
