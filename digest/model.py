"""The nouns: frozen values that the whole package speaks in. No I/O, no clock.

Every instant is an aware `datetime` in UTC; where a source knows only a day, the instant is that
day's midnight UTC (`iso` writes such an instant as the bare date). Text in these values is plain
Unicode: white space folded, no markup, no control or bidi characters; it is *not* escaped.
Empty means unknown: "" for text, () for lists, None for numbers and dates.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Freshness(StrEnum):
    """What the diff says of an entry, compared with the papers known before its snapshot."""

    NEW = "new"
    REVISED = "revised"
    KNOWN = "known"


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


class InterestKind(StrEnum):
    """What an interest is compared with."""

    WORDS = "words"
    PHRASE = "phrase"
    AUTHOR = "author"
    CATEGORY = "category"


class Block(StrEnum):
    """The part of an edition that a pick stands in."""

    RANKED = "ranked"
    TRENDING = "trending"
    REVISED = "revised"


class SubscriberStatus(StrEnum):
    """A subscriber's life: only `ACTIVE` ones are mailed."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


class DeliveryStatus(StrEnum):
    """The states of one message to one recipient.

    ``pending -> claimed -> sending -> dot_sent -> accepted``, or from there to `DEFERRED` (4xx, due
    again later), `FAILED` (5xx), `UNKNOWN` (the line or the process broke after the final dot),
    `EXPIRED` (the edition's life ended first) or `CANCELLED` (unsubscribed or suppressed meanwhile).
    """

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    DOT_SENT = "dot_sent"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The bytes of a source at one moment.

    `place` is the URL or path they came from; `kind` names a reader or is "auto"; `listed_on` is the
    day that the page stands for, where its URL or file name says so.
    """

    source: str
    taken_at: datetime
    content: bytes
    place: str
    kind: str = "auto"
    media_type: str = ""
    listed_on: date | None = None
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
    links: Links = Links()
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
    """An entry that could not be read: where it stood, why, and what could be seen of its title."""

    place: str
    reason: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a snapshot.

    `kind` names the reader that took it ("huggingface-json", "page-text", "arxiv", "feed", ...).
    `listed_on` is the day that the content itself claims to stand for. `skip_days` are weekdays
    (0 = Monday) on which the feed says it never changes.
    """

    kind: str
    entries: tuple[Entry, ...] = ()
    rejects: tuple[Reject, ...] = ()
    listed_on: date | None = None
    title: str = ""
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Paper:
    """The work: what all sightings together say of it.

    `key` is the strongest alias at first sight and never changes afterwards; `aliases` holds every
    alias known, the key among them ("arxiv:2403.15527", "doi:10.1000/x", "text:<hash>", ...).
    `revision` is the highest version seen (0 where no source counts versions). `sources` are names of
    the sources it was seen in, oldest first. `listed_on` is the first day any source listed it.
    `upvotes` and `comments` are the latest counts.
    """

    key: str
    title: str
    aliases: frozenset[str] = frozenset()
    abstract: str = ""
    authors: tuple[str, ...] = ()
    author_count: int | None = None
    categories: tuple[str, ...] = ()
    links: Links = Links()
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


@dataclass(frozen=True, slots=True)
class Change:
    """What one entry does to what is known: the decision of `papers.diff`, carried out by the store.

    `paper` is the work after this entry was merged in; `known` says whether the store had it before.
    Several entries of one snapshot may concern one paper: the store gets one Change for each paper,
    with every entry that led to it (in snapshot order).
    """

    freshness: Freshness
    paper: Paper
    known: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Interest:
    """One weighted term of a subscriber.

    `term` is as the subscriber wrote it, without quotes, prefix or weight. `field` restricts WORDS and
    PHRASE to "title" or "abstract" ("" = anywhere). `weight` is above 0; `excluded` turns the interest
    into a reason against. ``str(interest)`` is its canonical text in the interest language.
    """

    kind: InterestKind
    term: str
    weight: float = 1.0
    field: str = ""
    excluded: bool = False

    def __str__(self) -> str:
        prefix = _PREFIXES.get(self.kind, f"{self.field}:" if self.field else "")
        # A term with a sign of the language in it reads back as one term only in quotes.
        plain_run = self.kind is InterestKind.WORDS and not prefix
        quoted = self.kind is InterestKind.PHRASE or (not plain_run and any(c in " ,;^" for c in self.term))
        body = f'"{self.term}"' if quoted else self.term
        weight = "" if self.weight == 1.0 else f"^{self.weight:g}"
        return f"{'-' if self.excluded else ''}{prefix}{body}{weight}"


_PREFIXES = {InterestKind.AUTHOR: "author:", InterestKind.CATEGORY: "cat:"}


@dataclass(frozen=True, slots=True)
class Profile:
    """All the interests of one subscriber; without any, ranking falls back to what is trending."""

    interests: tuple[Interest, ...] = ()

    @property
    def wanted(self) -> tuple[Interest, ...]:
        """The interests that speak for a paper."""
        return tuple(i for i in self.interests if not i.excluded)

    @property
    def excluded(self) -> tuple[Interest, ...]:
        """The interests that speak against a paper."""
        return tuple(i for i in self.interests if i.excluded)


@dataclass(frozen=True, slots=True)
class Match:
    """One interest that hit a paper in one field.

    `field` is "title", "abstract", "authors", "categories" or "keywords"; `count` how often it hit;
    `spans` are the (start, end) character offsets of the hits in that field's text (title and abstract).
    """

    interest: str
    field: str
    count: int
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A paper as ranked for one profile: `score` in 0..1, why, and the exclusions that hit it."""

    paper: Paper
    score: float
    matches: tuple[Match, ...] = ()
    excluded_by: tuple[str, ...] = ()


class EmptyPolicy(StrEnum):
    """What a subscriber gets on a day without picks."""

    SKIP = "skip"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The weekdays (0 = Monday) on which a subscriber is mailed.

    Written "daily", "weekdays" or "weekly:fri".
    """

    days: frozenset[int]

    def __str__(self) -> str:
        if len(self.days) == 7:
            return "daily"
        if self.days == frozenset(range(5)):
            return "weekdays"
        return "weekly:" + "+".join(WEEKDAYS[d] for d in sorted(self.days))


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAILY = Rhythm(frozenset(range(7)))


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person: one address, one time zone, a rhythm.

    `send_at` is the local time of day in `zone` (an IANA name). `next_due_at` is when the next edition
    is due, None until the first tick after joining. `cutoff` is the id of the last snapshot that an
    edition covered. `max_papers` and `min_score` of None mean the installation's defaults.
    """

    id: int
    address: str
    status: SubscriberStatus = SubscriberStatus.ACTIVE
    name: str = ""
    zone: str = "UTC"
    send_at: time = time(7, 0)
    rhythm: Rhythm = DAILY
    max_papers: int | None = None
    min_score: float | None = None
    empty: EmptyPolicy = EmptyPolicy.SKIP
    interests: tuple[Interest, ...] = ()
    next_due_at: datetime | None = None
    cutoff: int = 0
    created_at: datetime | None = None
    paused_until: datetime | None = None

    @property
    def profile(self) -> Profile:
        """The subscriber's interests, ready for a ranker."""
        return Profile(self.interests)


@dataclass(frozen=True, slots=True)
class Pick:
    """One paper in an edition, frozen: its place (from 1 within the whole edition), block and reasons."""

    rank: int
    paper: Paper
    score: float = 0.0
    matches: tuple[Match, ...] = ()
    block: Block = Block.RANKED


@dataclass(frozen=True, slots=True)
class Edition:
    """What one subscriber gets on one (local) date: an ordered list of picks, frozen once made.

    `looked_at` counts the new papers that were ranked for it, `left_out` those of them not picked.
    It covers the snapshots in (`from_snapshot`, `through_snapshot`]. `id` is 0 before it is stored.
    """

    subscriber_id: int
    edition_date: date
    picks: tuple[Pick, ...]
    looked_at: int
    left_out: int
    from_snapshot: int
    through_snapshot: int
    created_at: datetime
    id: int = 0

    def block(self, block: Block) -> tuple[Pick, ...]:
        """The picks of one block, in order."""
        return tuple(p for p in self.picks if p.block is block)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one recipient: a row of the outbox.

    `message_id` (with angle brackets) is minted with the row and never changes.
    """

    id: int
    edition_id: int
    recipient: str
    message_id: str
    status: DeliveryStatus
    due_at: datetime
    expires_at: datetime
    attempts: int = 0
    claimed_by: str = ""
    lease_until: datetime | None = None
    last_code: int = 0
    last_error: str = ""
    queue_id: str = ""
    sent_at: datetime | None = None
    created_at: datetime | None = None
    kind: str = "edition"


@dataclass(frozen=True, slots=True)
class Envelope:
    """The SMTP envelope: MAIL FROM and RCPT TO (RFC 5321), bare addresses."""

    sender: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A 2xx: the server's code and words, and its queue id where it named one."""

    code: int = 250
    text: str = ""
    queue_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt, as `settle` writes it down. `retry_at` goes with DEFERRED."""

    status: DeliveryStatus
    code: int = 0
    text: str = ""
    queue_id: str = ""
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered edition: subject, complete text part, complete HTML part (str, LF line ends)."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What a message says of its sender, the same for all messages of an installation.

    `sender` and `reply_to` are bare addresses; `list_id` is a domain-like id (RFC 2919) without
    brackets; `unsubscribe` and `help` are mail addresses or "", `web_url` an https base URL or "".
    """

    title: str
    sender: str
    sender_name: str = ""
    reply_to: str = ""
    list_id: str = ""
    unsubscribe: str = ""
    help: str = ""
    web_url: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A configured source. Exactly one of `url` and `path` is set.

    `url` may hold ``{date}`` (one request for each of the last `days` days, newest last) and ``{page}``
    (from 0 until a page is empty). `every` is the polling interval in seconds.
    """

    name: str
    url: str = ""
    path: str = ""
    kind: str = "auto"
    every: int = 3600
    days: int = 2
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the store remembers of a source between looks.

    `validators` is the fetcher's own memory (ETags by URL, file fingerprints by path): JSON values only.
    """

    name: str
    next_poll_at: datetime | None = None
    failures: int = 0
    validators: Mapping[str, object] = field(default_factory=dict)
    last_verdict: Verdict | None = None
    last_new_on: date | None = None
    last_error: str = ""


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


def iso(moment: datetime | None) -> str | None:
    """`moment` in ISO 8601, UTC: "2026-05-25T07:30:00Z", or the bare date where it is midnight UTC."""
    if moment is None:
        return None
    moment = moment.astimezone(UTC)
    if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0):
        return moment.date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")
