"""A person: one address, one time zone, a rhythm."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from digest.model.interests import Interest, Profile


class SubscriberStatus(StrEnum):
    """A subscriber's life: only `ACTIVE` ones are mailed.

    Who is `PENDING` has asked and not yet confirmed: a `Confirmation`, and no subscriber before that.
    """

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


class EmptyPolicy(StrEnum):
    """What a subscriber gets on a day without picks."""

    SKIP = "skip"
    NOTE = "note"


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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


DAILY = Rhythm(frozenset(range(7)))


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person: one address, one time zone, a rhythm.

    A pause ends at `paused_until`; with None it lasts until the subscriber ends it. `send_at` is the local time of
    day in `zone` (an IANA name). `next_due_at` is when the next edition is due, None until the first tick after
    joining. `cutoff` is the id of the last snapshot that an edition covered. `max_papers` and `min_score` of None
    mean the installation's defaults. Links that name them are bound to `salt`, random words that the store gives and
    never changes ("" for who subscribed before there were any), and, but for those to unsubscribe, to
    `link_generation`, which making a new link raises.
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
    salt: str = field(default="", repr=False, compare=False)
    link_generation: int = field(default=0, compare=False)

    @property
    def profile(self) -> Profile:
        """The subscriber's interests, ready for a ranker."""
        return Profile(self.interests)
