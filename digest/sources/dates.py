"""Dates as feeds write them, read into aware UTC instants.

Understood: ISO 8601 and its loose kin (``2026-6-30``, ``2026/06/30``, ``20260630``, ``2026-06``), RFC 5322 with and
without a weekday (``Mon, 25 May 2026 00:00:00 -0400``), the American order (``May 25, 2026``), each with an optional
time and zone, and the order of C's ctime (``Mon May 25 00:00:00 2026``). English month names only. A day alone is its
midnight UTC, a month or year its first day; a time without a zone, or with the name of one that is not in the list
below, is taken as UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

LONGEST = 80
"""Characters beyond which a text is no date."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_MONTH = r"(?P<name>(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6})\.?,?"
_TIME = (
    r"(?:(?:\s*,\s*|\s+(?:at\s+)?|t)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,12}))?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?\s*(?P<zone>z|(?:utc|gmt)?[+-]\d{1,2}:?(?:\d{2})?|[a-z]{1,5})?(?:\s*\([^()]{0,40}\))?)?"
)
_FORMS = tuple(
    re.compile(form + _TIME, re.IGNORECASE | re.ASCII)
    for form in (
        r"(?P<year>\d{4})(?:(?P<sep>[-/.])(?P<month>\d{1,2})(?:(?P=sep)(?P<day>\d{1,2}))?)?",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        rf"(?P<year>\d{{4}})[-\s]{_MONTH}(?:[-\s](?P<day>\d{{1,2}}))?",
        rf"{_WEEKDAY}(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[-\s]+(?:of\s+)?)?{_MONTH}[-\s]+(?P<year>\d{{4}}|\d{{2}})",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})",
    )
)
_CTIME = re.compile(r"^(\w+\s+\w+\s+\d+)\s+(\d{1,2}:\d{2}:\d{2})\s+((?:[a-z]{1,5}|[+-]\d{4})\s+)?(\d{4})$", re.I | re.A)
_ZONES = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "cet": 1, "cest": 2}


def parse_date(text: str) -> datetime | None:
    """The instant that `text` names, aware and in UTC; None where it names none (or one outside 1800..2199)."""
    part = _parts(text)
    try:
        return _instant(part) if part else None
    except (ValueError, OverflowError):
        return None


def parse_day(text: str) -> date | None:
    """The day that `text` names, as written: its own calendar day, whatever its zone; None where it names none."""
    part = _parts(text)
    try:
        return _day(part).date() if part else None
    except ValueError:
        return None


def _parts(text: str) -> dict[str, str | None]:
    text = text.strip() if len(text) <= LONGEST else ""
    text = _CTIME.sub(r"\1 \4 \2 \3", text).strip()
    found = next(filter(None, (form.fullmatch(text) for form in _FORMS)), None)
    return found.groupdict() if found else {}


def _instant(part: dict[str, str | None]) -> datetime:
    return (_day(part) + _time_of_day(part)).replace(tzinfo=_zone(part["zone"] or "")).astimezone(UTC)


def _day(part: dict[str, str | None]) -> datetime:
    year = int(part["year"] or 0)
    if len(part["year"] or "") == 2:  # RFC 2822, section 4.3
        year += 2000 if year < 50 else 1900
    if not 1800 <= year < 2200:
        raise ValueError(f"the year {year}")
    return datetime(year, _month(part), int(part["day"] or 1))  # noqa: DTZ001 - the zone is set by the caller


def _month(part: dict[str, str | None]) -> int:
    if name := part.get("name"):
        return _MONTHS.index(name[:3].lower()) + 1
    return int(part.get("month") or 1)


def _time_of_day(part: dict[str, str | None]) -> timedelta:
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    if part["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"{hour} on a clock of twelve hours")
        hour = hour % 12 + (12 if part["half"].lower() == "p" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError("a time of day that no clock shows")
    micro = int(((part["fraction"] or "") + "000000")[:6])
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59), microseconds=micro)


def _zone(text: str) -> timezone:
    text = text.lower().removeprefix("utc").removeprefix("gmt")
    if text[:1] not in ("+", "-"):
        return timezone(timedelta(hours=_ZONES.get(text, 0)))
    digits = text[1:].replace(":", "")
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if text[0] == "-" else offset)
