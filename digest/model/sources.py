"""What arrives: sources, snapshots, entries, and what a look at a source amounted to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from digest.redaction import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime


class Verdict(StrEnum):
    """What one look at a source amounted to."""

    NEW = "new"
    UNCHANGED = "unchanged"
    QUIET_EXPECTED = "quiet-expected"
    QUIET_UNEXPECTED = "quiet-unexpected"
    PARTIAL = "partial"
    THROTTLED = "throttled"
    NOT_A_FEED = "not-a-feed"
    UNREACHABLE = "unreachable"

    @property
    def failed(self) -> bool:
        """Whether the look itself failed, as opposed to finding nothing."""
        return self in (Verdict.THROTTLED, Verdict.NOT_A_FEED, Verdict.UNREACHABLE)


class Announcement(StrEnum):
    """How arXiv announced an entry (its `announce_type`)."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"

    @property
    def replaces(self) -> bool:
        """Whether this is a new version of a paper announced before."""
        return self in (Announcement.REPLACE, Announcement.REPLACE_CROSS)


LARGEST_SNAPSHOT = 10 * 2**20
"""Bytes of a snapshot, unpacked, that are read unless its source says otherwise; real ones have up to 2 MB."""
NEW_A_DAY = 5_000
"""New papers that a source on the web may bring in a day unless it says otherwise; all of arXiv has some 1,500."""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A configured source. Exactly one of `url` and `path` is set.

    `url` may hold ``{date}`` (one request for each of the last `days` days, newest last) and ``{page}``
    (from 0 until a page is empty). `every` is the polling interval in seconds. `private` says that the URL's host,
    at its port, may be outside the public internet. `max_size` is in bytes of a snapshot, unpacked, and `max_new` how
    many new papers a day may come of a URL (a folder is the operator's own, and may hold years).
    """

    name: str
    url: str = ""
    path: str = ""
    kind: str = "auto"
    every: int = 3600
    days: int = 2
    headers: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    max_size: int = LARGEST_SNAPSHOT
    max_new: int = NEW_A_DAY

    @property
    def shown(self) -> str:
        """The URL or path as it may be shown: without keys."""
        return without_secrets(self.url) or self.path


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the store remembers of a source between looks.

    `validators` is the fetcher's own memory (ETags by URL, file fingerprints by path): JSON values only. `begun_at` is
    when a poll began that has not ended: it is under way, or the process died of it. `failing_since` is the first of
    the polls that have brought nothing since one that did, None where the last one did.
    """

    name: str
    next_poll_at: datetime | None = None
    failures: int = 0
    validators: Mapping[str, object] = field(default_factory=dict)
    last_verdict: Verdict | None = None
    last_new_on: date | None = None
    last_error: str = ""
    begun_at: datetime | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a source, as stored, logged and shown: the verdict and what it rests on."""

    source: str
    at: datetime
    verdict: Verdict
    entries: int = 0
    new: int = 0
    revised: int = 0
    rejects: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The bytes of a source at one moment.

    `place` is the URL or path they came from; `kind` names a reader or is "auto"; `listed_on` is the
    day that the page stands for, where its URL or file name says so; `fresh_until` is how long the answer that it came
    with says that it holds.
    """

    source: str
    taken_at: datetime
    content: bytes
    place: str
    kind: str = "auto"
    media_type: str = ""
    listed_on: date | None = None
    fresh_until: datetime | None = None
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.content).hexdigest())


@dataclass(frozen=True, slots=True)
class Links:
    """Where a paper is to be had; each an absolute http(s) URL or ""."""

    abstract: str = ""
    pdf: str = ""
    html: str = ""
    code: str = ""
    project: str = ""

    @property
    def best(self) -> str:
        """The one URL that a title links to, or ""."""
        return self.abstract or self.html or self.pdf or self.project or self.code


NOWHERE = Links()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a snapshot told it: cleaned, but untrusted and unmerged.

    `id` is the feed's own (an arXiv id with its version, a guid, a DOI, or ""); `arxiv_id` is without
    version and `version` holds it. `author_count` is given where the source counts authors without
    naming them. `listed_on` is the day on which the source listed or announced the entry, `published`
    when the work itself came out. `place` says where in the snapshot it stood ("item 3", "line 12").
    """

    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    author_count: int | None = None
    categories: tuple[str, ...] = ()
    links: Links = NOWHERE
    id: str = ""
    arxiv_id: str = ""
    doi: str = ""
    version: int | None = None
    published: datetime | None = None
    updated: datetime | None = None
    listed_on: date | None = None
    upvotes: int | None = None
    comments: int | None = None
    announcement: Announcement | None = None
    summary: str = ""
    keywords: tuple[str, ...] = ()
    thumbnail: str = ""
    organization: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """An entry that could not be read: where it stood, why, and what could be seen of its title.

    `count` is more than one for entries that were cut off, all for one reason.
    """

    place: str
    reason: str
    title: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a snapshot.

    `kind` names the reader that took it ("huggingface-json", "page-text", "arxiv", "feed", ...).
    `listed_on` is the day that the content itself claims to stand for. `skip_days` are weekdays
    (0 = Monday) on which the feed says it never changes; `quiet_until` is how long it says that nothing will be new.
    """

    kind: str
    entries: tuple[Entry, ...] = ()
    rejects: tuple[Reject, ...] = ()
    listed_on: date | None = None
    title: str = ""
    skip_days: frozenset[int] = frozenset()
    quiet_until: datetime | None = None
