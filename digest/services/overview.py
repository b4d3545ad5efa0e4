"""Overview: how an installation is doing, in numbers for whoever runs it. It names no subscriber and no address."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from digest.model import DeliveryStatus, SubscriberStatus, TurnedAway, Verdict, midnight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.model import DomainPause, Look, SourceSpec, SourceState, SuppressionReason
    from digest.storage import LookDay, SnapshotRow, Store

WEEKS = 8
"""So many weeks are shown of sources and subscribers, the running one included."""
VOLUME_DAYS = 28
"""So many days are shown of deliveries."""
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)

_S = DeliveryStatus
FAILED = (_S.FAILED, _S.EXPIRED, _S.UNKNOWN)
"""What did not arrive, or nobody knows whether it did."""

# What a day amounted to is the best that a look at the source found on it.
_BEST_FIRST = (
    Verdict.NEW,
    Verdict.PARTIAL,
    Verdict.QUIET_UNEXPECTED,
    Verdict.UNCHANGED,
    Verdict.QUIET_EXPECTED,
    Verdict.THROTTLED,
    Verdict.NOT_A_FEED,
    Verdict.UNREACHABLE,
)


@dataclass(frozen=True, slots=True)
class SourceDay:
    """One day (UTC) of a source: what it amounted to, the looks by their verdicts, and how many papers were new."""

    day: date
    verdict: Verdict
    looks: Mapping[Verdict, int]
    new: int

    @property
    def failures(self) -> int:
        """How many looks failed."""
        return sum(number for verdict, number in self.looks.items() if verdict.failed)


@dataclass(frozen=True, slots=True)
class SourceReport:
    """A configured source: its last look (None before the first), what is remembered of it, its days in order.

    `every` is the time between two looks in seconds.
    """

    name: str
    every: int
    last: Look | None
    state: SourceState
    days: tuple[SourceDay, ...]


@dataclass(frozen=True, slots=True)
class VolumeDay:
    """The deliveries that were last due on one day (UTC): taken by their servers, not arrived, and still to be sent."""

    day: date
    accepted: int = 0
    failed: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class MemberDay:
    """One day (UTC) of the subscribers: who came, who left, and how many there were at its end."""

    day: date
    came: int
    left: int
    total: int


@dataclass(frozen=True, slots=True)
class Strangers:
    """What people ask for who are no subscribers: requests that wait for a yes, demands let through and turned away.

    `usual` is the mean of the demands an hour over the week before the last hour; `turned_away` is of the last day.
    """

    waiting: int
    hour: int
    day: int
    usual: float
    turned_away: Mapping[TurnedAway, int]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything at the moment `at`. Days without anything are there, too, but for those of sources."""

    at: datetime
    papers: int
    editions: int
    subscribers: Mapping[SubscriberStatus, int]
    members: tuple[MemberDay, ...]
    strangers: Strangers
    sources: tuple[SourceReport, ...]
    deliveries: Mapping[DeliveryStatus, int]
    volume: tuple[VolumeDay, ...]
    accepted_last_day: int
    failed_last_day: int
    longest_due: datetime | None
    next_edition_at: datetime | None
    suppressions: Mapping[SuppressionReason, int]
    pauses: tuple[DomainPause, ...]
    snapshots: tuple[SnapshotRow, ...]


def overview(store: Store, sources: Sequence[SourceSpec], now: datetime) -> Overview:
    """How the installation with these configured sources is doing.

    Raises:
        StorageError: the store cannot be read.
    """
    counts, following = store.counts(), store.next_due()
    statuses = (SubscriberStatus.ACTIVE, SubscriberStatus.PAUSED, SubscriberStatus.GONE)
    since = midnight(now.astimezone(UTC).date()) - (VOLUME_DAYS - 1) * DAY
    enrolled = {status: counts[f"subscribers_{status.value}"] for status in statuses}
    return Overview(
        at=now,
        papers=counts["papers"],
        editions=counts["editions"],
        subscribers=enrolled,
        members=_members(store, enrolled, now),
        strangers=_strangers(store, now),
        sources=_sources(store, sources, now),
        deliveries=store.delivery_counts(),
        volume=volume(store.deliveries_by_day(since), now.date()),
        accepted_last_day=store.accepted_since(now - DAY),
        failed_last_day=store.failed_since(now - DAY),
        longest_due=store.longest_due(),
        next_edition_at=following[1] if following else None,
        suppressions=store.suppressions_by_reason(),
        pauses=tuple(store.pauses(now)),
        snapshots=tuple(store.last_snapshots()),
    )


def volume(counted: Iterable[tuple[date, DeliveryStatus, int]], today: date) -> tuple[VolumeDay, ...]:
    """The last `VOLUME_DAYS` days up to `today`; what was cancelled, and what is due later, does not count."""
    numbers: Counter[tuple[date, str]] = Counter()
    for day, status, number in counted:
        numbers[day, _kind(status)] += number
    days = [today - offset * DAY for offset in range(VOLUME_DAYS - 1, -1, -1)]
    return tuple(VolumeDay(d, numbers[d, "accepted"], numbers[d, "failed"], numbers[d, "waiting"]) for d in days)


def source_days(looks: Iterable[LookDay]) -> tuple[SourceDay, ...]:
    """The days of one source, from all its looks."""
    days: dict[date, dict[Verdict, int]] = {}
    new: Counter[date] = Counter()
    for look in looks:
        days.setdefault(look.day, {})[look.verdict] = look.looks
        new[look.day] += look.new
    return tuple(
        SourceDay(day, min(verdicts, key=_BEST_FIRST.index), verdicts, new[day])
        for day, verdicts in sorted(days.items())
    )


def first_day(today: date) -> date:
    """The Monday on which the first of `WEEKS` weeks begins."""
    return today - timedelta(days=today.weekday()) - (WEEKS - 1) * WEEK


def _kind(status: DeliveryStatus) -> str:
    if status is _S.ACCEPTED:
        return "accepted"
    if status in FAILED:
        return "failed"
    return "cancelled" if status is _S.CANCELLED else "waiting"


def _sources(store: Store, sources: Sequence[SourceSpec], now: datetime) -> tuple[SourceReport, ...]:
    by_source: dict[str, list[LookDay]] = {}
    for row in store.looks_by_day(midnight(first_day(now.date()))):
        by_source.setdefault(row.source, []).append(row)
    return tuple(
        SourceReport(
            name=spec.name,
            every=spec.every,
            last=next(iter(store.looks(spec.name, 1)), None),
            state=store.source_state(spec.name),
            days=source_days(by_source.get(spec.name, ())),
        )
        for spec in sources
    )


def _members(store: Store, enrolled: Mapping[SubscriberStatus, int], now: datetime) -> tuple[MemberDay, ...]:
    """Counted back from how many there are now. Who comes again counts as one who came long ago and never left."""
    start, total = first_day(now.date()), enrolled[SubscriberStatus.ACTIVE] + enrolled[SubscriberStatus.PAUSED]
    came, left = store.comings_and_goings(midnight(start))
    days = []
    for offset in range((now.date() - start).days, -1, -1):
        day = start + offset * DAY
        days.append(MemberDay(day, came[day], left[day], max(total, 0)))
        total += left[day] - came[day]
    return tuple(reversed(days))


def _strangers(store: Store, now: datetime) -> Strangers:
    hour, before = store.demands_since(now - HOUR), store.demands_since(now - HOUR - WEEK)
    turned: Counter[TurnedAway] = Counter()
    for _, why, number in store.turned_away(now - DAY):
        turned[why] += number
    return Strangers(
        waiting=store.open_confirmations(now),
        hour=hour,
        day=store.demands_since(now - DAY),
        usual=(before - hour) / (WEEK / HOUR),
        turned_away=turned,
    )
