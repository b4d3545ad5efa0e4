"""The days on which arXiv announces nothing.

arXiv announces at 20:00 Eastern time, Sunday to Thursday; its feeds are built anew at midnight Eastern and hold
the announcement of the evening before. So the feeds of Monday to Friday have entries, those of Saturday and Sunday
are valid and empty (info.arxiv.org/help/availability, help/rss).

On holidays the announcement of that evening is put off (after a Friday or Saturday, that of the Sunday evening), which
leaves the feed of the next working day empty. arXiv publishes these days a year ahead; `PUBLISHED` has the table
for 2026. For other years they are worked out: the federal holidays that arXiv keeps, moved from a Saturday to the
Friday and from a Sunday to the Monday, and the last day of the year. That reproduces the published days of 2025 and
the fixed ones of 2023, but no day that arXiv grants ad hoc: this calendar explains silence, it never stops a look.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

_PUBLISHED_2026 = ((1, 1), (1, 19), (6, 19), (7, 3), (9, 7), (11, 26), (12, 25), (12, 29), (12, 31))

PUBLISHED: Mapping[int, frozenset[date]] = {2026: frozenset(date(2026, month, day) for month, day in _PUBLISHED_2026)}
"""The days of deferred announcements as arXiv published them, by year."""

_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = timedelta(days=1)


@cache
def eastern() -> ZoneInfo:
    """arXiv's time zone."""
    return ZoneInfo("America/New_York")


def eastern_day(now: datetime) -> date:
    """The day that it is for arXiv: that of its feed at `now`."""
    return now.astimezone(eastern()).date()


def eastern_moment(day: date, at: time) -> datetime:
    """The instant of a local time at arXiv."""
    return datetime.combine(day, at, eastern())


def day_name(day: date) -> str:
    """The English name of the weekday."""
    return _DAY_NAMES[day.weekday()]


@cache
def holidays(year: int) -> frozenset[date]:
    """The days of `year` on which arXiv keeps a holiday, as published or else worked out."""
    if year in PUBLISHED:
        return PUBLISHED[year]
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 12, 25), date(year, 12, 31)]
    martin_luther_king, labor, thanksgiving = _nth(year, 1, 0, 3), _nth(year, 9, 0, 1), _nth(year, 11, 3, 4)
    kept = {martin_luther_king, labor, thanksgiving, *map(_observed, fixed)}
    return frozenset(day for day in kept if day.year == year)


def reason_off(day: date) -> str:
    """Why arXiv's feed of `day` may be empty, in words; "" for a day on which it should not be.

    That is so on weekends and after a holiday. The holiday itself counts as well: its feed should hold the
    announcement of the evening before, but nobody is there if it does not.
    """
    if day.weekday() >= 5:
        return f"{day_name(day)}: arXiv announces nothing"
    before = day - _DAY
    while before.weekday() >= 5:
        before -= _DAY
    span = (day - back * _DAY for back in range((day - before).days + 1))
    holiday = next((d for d in span if d in holidays(d.year)), None)
    return f"arXiv holiday {holiday}" if holiday else ""


def last_announced(day: date) -> date:
    """The last day up to and including `day` whose feed should hold an announcement."""
    while reason_off(day):
        day -= _DAY
    return day


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    """The `nth` `weekday` (0 = Monday) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _observed(day: date) -> date:
    """The working day on which a holiday is kept that may fall on a weekend."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))
