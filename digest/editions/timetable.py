"""When an edition is due: a local time of day in an IANA zone, on the days of a rhythm.

Every date of the rhythm has exactly one occurrence, whatever the clocks do on it:

- A time that the clocks skip (02:30 on the night to summer time) counts as if they had not been changed yet,
  and so shows as 03:30. Where that would be tomorrow already (a gap that ends at midnight, as in Nuuk) it
  counts as if they had been changed before, and so shows earlier by the gap.
- A time that the clocks show twice counts once, at the first.
- A date that a zone leaves out whole (30 December 2011 in Apia) has no occurrence.

The edition of an occurrence carries its local date, and no date has two: a run that comes late makes up
for all missed ones with `last_due`, and `next_due` goes on from there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.editions.wording import check_zone, parse_rhythm, parse_send_at
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, time

    from digest.model import Rhythm

__all__ = [
    "check_zone",
    "edition_date",
    "first_due",
    "last_due",
    "next_due",
    "parse_rhythm",
    "parse_send_at",
]


def next_due(rhythm: Rhythm, send_at: time, zone: str, after: datetime) -> datetime:
    """The first occurrence strictly after `after` (aware); in UTC.

    Raises:
        UsageError: an unknown zone, or a rhythm without days.
    """
    return next(due for due in _occurrences(rhythm, send_at, zone, after, step=1) if due > after)


def last_due(rhythm: Rhythm, send_at: time, zone: str, now: datetime) -> datetime:
    """The latest occurrence that is not after `now` (aware); in UTC.

    Raises:
        UsageError: an unknown zone, or a rhythm without days.
    """
    return next(due for due in _occurrences(rhythm, send_at, zone, now, step=-1) if due <= now)


def first_due(rhythm: Rhythm, send_at: time, zone: str, now: datetime) -> datetime:
    """The first occurrence for somebody who joins at `now` (aware); in UTC.

    It is today's by the local calendar, even if its time has passed; where today is no day of the
    rhythm, the next one.

    Raises:
        UsageError: an unknown zone, or a rhythm without days.
    """
    today = edition_date(now, zone)
    due = _occurrence(today, send_at, _zone(zone)) if today.weekday() in rhythm.days else None
    return due or next_due(rhythm, send_at, zone, now)


def edition_date(due: datetime, zone: str) -> date:
    """The local date of an instant (aware): the date that its edition carries.

    Raises:
        UsageError: an unknown zone.
    """
    return due.astimezone(_zone(zone)).date()


def _occurrences(rhythm: Rhythm, send_at: time, zone: str, around: datetime, step: int) -> Iterator[datetime]:
    """Occurrences in the direction of `step` (1 or -1), from a little before `around`, for ever.

    Two days before: clocks that go back over midnight, or over the date line, show a date again.
    """
    if not rhythm.days:
        raise UsageError("a rhythm needs at least one weekday")
    where = _zone(zone)
    start = edition_date(around, zone) - step * timedelta(days=2)
    days = (start + step * timedelta(days=n) for n in count())
    found = (_occurrence(day, send_at, where) for day in days if day.weekday() in rhythm.days)
    return (due for due in found if due is not None)


def _occurrence(day: date, send_at: time, where: ZoneInfo) -> datetime | None:
    """The instant of `send_at` on `day`, in UTC; None where the zone leaves that date out.

    In a gap, fold 0 is read with the offset before it and fold 1 with the one after it (PEP 495).
    """
    for fold in (0, 1):
        due = datetime.combine(day, send_at.replace(tzinfo=None, fold=fold), tzinfo=where).astimezone(UTC)
        if due.astimezone(where).date() == day:
            return due
    return None


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(check_zone(name))
