"""When a source may be asked again, as it says itself: in the headers of an answer, and in the feed. Pure.

What is told is a lower bound of the next poll, never an upper one: `Cache-Control: max-age` and `Expires` (RFC 9111
4.2.1), RSS 2.0's `ttl`, `skipHours` and `skipDays`, and the syndication module's `updatePeriod` and `updateFrequency`.
`Retry-After`, which comes with a refusal, is another matter (see `answers.retry_at`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = timedelta(hours=6)
"""The most that is believed. A `ttl` of a day is the default of some programs and says little: with it, papers would
come a whole day late. So what was out this long before an edition is in it, whatever a feed says."""

_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})(?!\d)", re.IGNORECASE | re.ASCII)
_NO_CACHE = re.compile(r"(?:^|[,\s])no-(?:cache|store)(?![\w-])", re.IGNORECASE)
_TTL = re.compile(r"<ttl>\s{0,20}(\d{1,6})\s{0,20}</ttl>", re.ASCII)
_PERIOD = re.compile(r":updatePeriod>\s{0,20}(hourly|daily|weekly|monthly|yearly)\s{0,20}<", re.IGNORECASE)
_FREQUENCY = re.compile(r":updateFrequency>\s{0,20}(\d{1,6})\s{0,20}<", re.ASCII)
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}
_ITEM = re.compile(r"<(?:\w{1,20}:)?(?:item|entry)[\s>]")
_HOUR = re.compile(r"<hour>\s{0,20}(\d{1,2})\s{0,20}</hour>", re.ASCII)
_DAY = re.compile(r"<day>\s{0,20}([A-Za-z]{3})[A-Za-z]{0,10}\s{0,20}</day>")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HEAD, _TAIL = 65_536, 4_096


@dataclass(frozen=True, slots=True)
class Rest:
    """How long a feed says that it stays as it is, and the hours (0 to 23) and weekdays (0 = Monday) without news.

    Hours and days are in UTC.
    """

    lifetime: timedelta = timedelta(0)
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()

    def until(self, now: datetime) -> datetime | None:
        """Until when nothing new is to be expected, `LONGEST` after `now` at most; None where it may be there now."""
        moment, end = now.astimezone(UTC), now + LONGEST
        while moment < end and self._skips(moment):
            moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        until = min(max(moment, now + self.lifetime), end)
        return until if until > now else None

    def _skips(self, moment: datetime) -> bool:
        return moment.hour in self.skip_hours or moment.weekday() in self.skip_days


def rest_of(text: str) -> Rest:
    """What the text of a feed says of itself, around its items; feedparser keeps the last hour and day only."""
    item = _ITEM.search(text, 0, _HEAD)
    head = text[: item.start() if item else _HEAD]
    around = head + text[len(head) :][-_TAIL:]
    ttl, period, frequency = _TTL.search(around), _PERIOD.search(around), _FREQUENCY.search(around)
    minutes = int(ttl[1]) if ttl else 0
    if period:
        minutes = max(minutes, 60 * _PERIODS[period[1].lower()] // max(1, int(frequency[1]) if frequency else 1))
    hours = {int(hour) % 24 for hour in _HOUR.findall(_within(around, "skipHours")) if int(hour) <= 24}
    days = (day.lower() for day in _DAY.findall(_within(text, "skipDays")))
    skipped = frozenset(_WEEKDAYS.index(day) for day in days if day in _WEEKDAYS)
    return Rest(timedelta(minutes=minutes), frozenset(hours) if len(hours) < 24 else frozenset(), skipped)


def _within(text: str, element: str) -> str:
    return text.partition(f"<{element}>")[2][:2000].partition(f"</{element}>")[0]


def fresh_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when an answer with these headers (names in lower case) is fresh; None where it does not say.

    `max-age` goes before `Expires` and is less the answer's `Age`; both are by the host's own clock.
    """
    control = headers.get("cache-control", "")[:1000]
    if _NO_CACHE.search(control):
        return None
    if found := _AGE.search(control):
        age = headers.get("age", "").strip()
        left = int(found[1]) - (int(age) if age.isdecimal() and len(age) < 10 else 0)
    else:
        expires, sent = _date(headers.get("expires", "")), _date(headers.get("date", ""))
        left = int((expires - (sent or now)).total_seconds()) if expires else 0
    return now + min(timedelta(seconds=left), LONGEST) if left > 0 else None


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value[:100])
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
