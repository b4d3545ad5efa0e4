"""Dates as feeds write them, read into aware UTC instants: what the text says, or nothing.

::

    text -> digits and signs of one kind (`_plain`) -> time of day taken out (`_clock`) -> day (`_calendar_day`)

Understood: ISO 8601 (calendar, week and ordinal dates, basic and extended, intervals) and its loose kin
(``2026-6-30``, ``2026/06/30``), RFC 5322 with and without a weekday, ctime, the American order, months by name in the
languages of `datewords`, ``25.05.2026``, Chinese, Japanese and Korean dates with their eras and halves of the day, and
seconds, milliseconds or microseconds since 1970. Of a range (``2026 May-Jun``) the first day counts.

``05/06/2026`` is read only where one number can be no month, or where `order` says which comes first (`day_order`
finds it in the other dates of a feed). A day alone is its midnight UTC, a month or year its first day; a time without
a zone, or with the name of one that is not in the list, is taken as UTC. Seasons, and years with two digits among
numbers, are nothing. No clock is asked: nothing that the text leaves out is made up.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.sources.datewords import FILLERS, MONTHS, WEEKDAYS, ZONES, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

LONGEST = 100
"""Characters beyond which a text is no date."""
AHEAD = timedelta(days=2 * 366)
"""A date further ahead of its snapshot than this is absurd (issues are dated a year ahead at most)."""

_BRACKETS = re.compile(r"\([^()]{0,60}\)|\[[^\[\]]{0,60}\]")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_ERA = re.compile(r"(令和|平成|昭和|民國|民国)\s*(元|\d{1,3})\s*年")
_EAST_ASIAN = (
    (re.compile(r"(?:星期|礼拜|周)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일"), " "),
    (re.compile(r"(\d)\s*[年년]\s*"), r"\1-"),
    (re.compile(r"(\d)\s*[月월]\s*"), r"\1-"),
    (re.compile(r"(\d)\s*[日日号號일]"), r"\1 "),
    (re.compile(r"(?:上午|午前|早上|凌晨|오전)\s*(\d[\d:時时点點시分분秒초 ]{0,20})"), r"\1 am "),
    (re.compile(r"(?:下午|午後|晚上|오후)\s*(\d[\d:時时点點시分분秒초 ]{0,20})"), r"\1 pm "),
    (re.compile(r"(\d)\s*[時时点點시]\s*(\d{1,2})\s*[分분]\s*(\d{1,2})\s*[秒초]"), r"\1:\2:\3"),
    (re.compile(r"(\d)\s*[時时点點시]\s*(\d{1,2})\s*[分분]?"), r"\1:\2"),
    (re.compile(r"(\d)\s*[時时点點시]"), r"\1:00"),
    (re.compile(r"(?:ngày )?(\d{1,2}) tháng (\d{1,2})(?:,| năm) (\d{4})"), r"\3-\2-\1"),
)
_NUMERAL = re.compile(r"[〇零一二三四五六七八九十]{1,4}(?=[年月日])")
_NUMERALS = {sign: number for number, sign in enumerate("〇一二三四五六七八九十")} | {"零": 0}
_ORDINAL = re.compile(r"(\d)(?:st|nd|rd|th|er|e|º|ª|°|o|-?го)\b", re.IGNORECASE)
_HOURS = re.compile(r"\b(\d{1,2})(?: ?h ?|[.](?=\d{2} ?uhr))(\d{2})\b", re.IGNORECASE)
_TIME = re.compile(
    r"(?<![\d:.])(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,12}))?)?(?![\d:])"
    r"(?:\s?(?P<half>[ap])\.?\s?m\b\.?)?"
    r"\s?(?P<zone>(?:utc|gmt)?\s?[+-]\d{1,2}:?(?:\d{2})?(?!\d)|[a-z]+/[a-z_]+(?:/[a-z_]+)?|z\b)?",
    re.IGNORECASE | re.ASCII,
)
_BASIC = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?)?"
    r"(?P<zone>Z|[+-]\d\d:?(?:\d\d)?)?",
    re.ASCII,
)
_EPOCH = re.compile(r"(?P<seconds>\d{9,10})(?P<fraction>\d{3}|\d{6})?(?:\.\d{1,9})?", re.ASCII)
_WEEK = re.compile(r"(?P<year>\d{4})-?W(?P<week>\d\d)(?:-?(?P<weekday>[1-7]))?\b", re.ASCII)
_YEAR_DAY = re.compile(r"(?P<year>\d{4})-?(?P<yearday>\d{3})", re.ASCII)
_ISO_INTERVAL = re.compile(r"(\d{4}-\d\d(?:-\d\d)?(?:T[\d:.Z+-]{4,20})?)/\d{4}-\d\d.{0,24}", re.ASCII)
_WORD = re.compile(r"[^\W\d_]+")
_RANGE = re.compile(r"(?P<first>[^M]*M\d\d[^M/-]*)[/-](?P<last>[^M]*M\d\d.*)")
_DAYS = (re.compile(r"(?<!\d)(\d{1,2})-\d{1,2}(?=[ .]?M)"), re.compile(r"(M\d\d \d{1,2})-\d{1,2}(?!\d)"))
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        r"(?P<year>\d{4})(?:(?P<sep>[-/.])(?P<month>\d{1,2})(?:(?P=sep)(?P<day>\d{1,2}))?)?",
        r"(?P<year>\d{4})[-/. ]?M(?P<month>\d\d)(?:[-/. ]?(?P<day>\d{1,2}))?",
        r"(?:(?P<day>\d{1,2})[-/. ]{0,2})?M(?P<month>\d\d)[-/. ]{0,2}(?P<year>\d{4}|\d{2})",
        r"M(?P<month>\d\d)[-/. ]?(?P<day>\d{1,2})[-/. ]{1,2}(?P<year>\d{4})",
        r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})",
        r"(?P<one>\d{1,2})(?P<sep>[-/.])(?P<two>\d{1,2})(?P=sep)(?P<year>\d{4})",
    )
)

Parts = dict[str, str | None]


def parse_date(text: str, order: str = "") -> datetime | None:
    """The instant that `text` names, aware and in UTC; None where it names none (or one outside 1800..2199).

    `order` is "dmy" or "mdy", the order of the day and the month in ``05/06/2026``; without it that is no date.
    """
    try:
        part = _parts(text)
        return _instant(part, order) if part else None
    except (ValueError, OverflowError):
        return None


def parse_day(text: str, order: str = "") -> date | None:
    """The day that `text` names, as written: its own calendar day, whatever its zone; None where it names none."""
    try:
        part = _parts(text)
        return _calendar_day(part, order) if part else None
    except (ValueError, OverflowError):
        return None


def day_order(texts: Iterable[str]) -> str:
    """ "dmy" or "mdy", where dates such as ``25/05/2026`` among `texts` tell it and none says the other; else ""."""
    told = {_told_order(part) for part in map(_parts, texts) if part.get("one")} - {""}
    return told.pop() if len(told) == 1 else ""


def plausible(moment: datetime | None, taken_at: datetime) -> datetime | None:
    """`moment`, or None where it lies absurdly far in the future of the snapshot that tells it."""
    return moment if moment and moment <= taken_at + AHEAD else None


def _parts(text: str) -> Parts:
    """The named parts of a date, {} where `text` is none: numbers as text, the month by number."""
    if len(text) > LONGEST or not text.strip():
        return {}
    text = _plain(text)
    for whole in (_BASIC, _EPOCH):
        if found := whole.fullmatch(text):
            return found.groupdict()
    if interval := _ISO_INTERVAL.fullmatch(text):
        text = interval[1]
    text, clock = _clock(text)
    for alone in (_WEEK, _YEAR_DAY):
        if found := alone.fullmatch(text):
            return {**found.groupdict(), **clock}
    text = _first_of_range(_worded(text))
    found = next(filter(None, (form.fullmatch(text) for form in _FORMS)), None)
    return {**found.groupdict(), **clock} if found else {}


def _plain(text: str) -> str:
    """`text` with ASCII digits and signs, East Asian dates in the order and with the signs of ISO 8601."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() and not c.isascii() else c for c in text)
    text = _BRACKETS.sub(" ", re.sub("[‐-―−]", "-", text[: 2 * LONGEST]))
    text = _NUMERAL.sub(lambda found: _number(found[0]), text)
    text = _ERA.sub(lambda era: f"{_ERAS[era[1]] + (1 if era[2] == '元' else int(era[2]))}年", text)
    if not text.isascii():
        for pattern, sign in _EAST_ASIAN:
            text = pattern.sub(sign, text)
    return " ".join(text.split()).strip(" -,;")


def _number(signs: str) -> str:
    """Chinese numerals of a year (``二〇二六``) or of a number below 100 (``二十五``) in digits."""
    tens, ten, ones = signs.partition("十")
    digits = "".join(str(_NUMERALS[sign]) for sign in (ones if ten else signs) if sign != "十")
    return str(int(str(_NUMERALS[tens[0]]) if tens else "1") * 10 + int(digits or 0)) if ten else digits


def _clock(text: str) -> tuple[str, Parts]:
    """`text` without its time of day, and that time: hour, minute, second, fraction, half and zone."""
    text = _HOURS.sub(r"\1:\2", text)
    found = _TIME.search(re.sub(r"(?<=\d)[Tt](?=\d)", " ", text))
    if not found:
        return text, {}
    clock = found.groupdict()
    before, after = text[: found.start()].rstrip(), text[found.end() :].lstrip()
    name = re.match(r"[A-Za-z]{2,5}\b", after)
    if name and folded(name[0]) not in (*MONTHS, *WEEKDAYS, *FILLERS):
        clock["zone"] = clock["zone"] or name[0]
        after = after[name.end() :]
    before = before[:-1] if before[-2:-1].isdigit() and before[-1:] in "Tt" else before
    return f"{before.rstrip(' ,')} {after.lstrip(' ,')}".strip(), clock


def _worded(text: str) -> str:
    """`text` with its months as ``M05``, without weekdays and fillers; any other word stays and is no date."""
    text = _ORDINAL.sub(r"\1", text)
    words = [folded(word) for word in _WORD.findall(text)]
    several = sum(word in MONTHS for word in words) > 1
    weekday = words[0] if several and words[0] in WEEKDAYS else ""  # "mar. 3 mars": a Tuesday

    def read(word: re.Match[str]) -> str:
        name = folded(word[0])
        if name == weekday:
            return " "
        month = MONTHS.get(name) or _english(name)
        if month:
            return f" M{month:02} "
        return " " if name in WEEKDAYS or name in FILLERS else word[0].lower()

    text = re.sub(r"(?<=\d)\. ?$|[,;:'’]|(?<![\d])\.", " ", _WORD.sub(read, text))
    text = re.sub(r" ?([-/.]) ?", r"\1", " ".join(text.split()))
    return text.strip(" .-/")


def _english(name: str) -> int:
    """The month that the beginning of an English name stands for (``Sept``, ``Octo``), 0 for none."""
    if len(name) < 3:
        return 0
    whole = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october")
    return next((n for n, month in enumerate((*whole, "november", "december"), 1) if month.startswith(name)), 0)


def _first_of_range(text: str) -> str:
    """The first day or month of a range: ``M05-M06 2026`` is ``M05 2026``; any other text as it is."""
    if found := _RANGE.fullmatch(text):
        year = re.search(r"(?<!\d)\d{4}(?!\d)", found["first"]) or re.search(r"(?<!\d)\d{4}(?!\d)", found["last"])
        first = found["first"].strip()
        return first if year is None or year[0] in first else f"{first} {year[0]}"
    for days in _DAYS:
        text = days.sub(r"\1", text)
    return text


def _told_order(part: Mapping[str, str | None]) -> str:
    """The order in which two numbers must be day and month, "" where either is possible; dots are day first."""
    one, two = int(part["one"] or 0), int(part["two"] or 0)
    if one > 12 or two > 12:
        return "dmy" if two <= 12 else "mdy"
    return "dmy" if part["sep"] == "." or one == two else ""


def _instant(part: Parts, order: str) -> datetime:
    if seconds := part.get("seconds"):
        return _epoch(seconds, part["fraction"])
    day = _calendar_day(part, order)
    start = datetime(day.year, day.month, day.day, tzinfo=_zone(part.get("zone") or ""))
    return (start + _time_of_day(part)).astimezone(UTC)


def _epoch(seconds: str, fraction: str | None) -> datetime:
    """An instant by seconds since 1970 and a fraction of them, between 1980 and 2100."""
    if not 315_532_800 <= int(seconds) < 4_102_444_800:
        raise ValueError("no date of a paper")
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(f"{fraction or ''}000000"[:6]))


def _calendar_day(part: Parts, order: str) -> date:
    if seconds := part.get("seconds"):
        return _epoch(seconds, None).date()
    year = int(part["year"] or 0)
    if len(part["year"] or "") == 2:  # RFC 2822, section 4.3
        year += 2000 if year < 50 else 1900
    if not 1800 <= year < 2200:
        raise ValueError(f"the year {year}")
    if week := part.get("week"):
        return date.fromisocalendar(year, int(week), int(part["weekday"] or 1))
    if number := part.get("yearday"):
        day = date(year, 1, 1) + timedelta(days=int(number) - 1)
        if day.year != year:
            raise ValueError(f"the day {number} of {year}")
        return day
    if part.get("one"):
        return _ordered(part, year, order)
    return date(year, int(part["month"] or 1), int(part.get("day") or 1))


def _ordered(part: Parts, year: int, order: str) -> date:
    one, two = int(part["one"] or 0), int(part["two"] or 0)
    order = _told_order(part) or order
    if not order:
        raise ValueError("either number may be the month")
    return date(year, two, one) if order == "dmy" else date(year, one, two)


def _time_of_day(part: Parts) -> timedelta:
    hour, minute, second = (int(part.get(name) or 0) for name in ("hour", "minute", "second"))
    if half := part.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError(f"{hour} on a clock of twelve hours")
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError("a time of day that no clock shows")
    micro = int(((part.get("fraction") or "") + "000000")[:6])
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59), microseconds=micro)


def _zone(text: str) -> tzinfo:
    """A zone by its offset, its name in `ZONES` or in the IANA database; UTC for any other."""
    if "/" in text:
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return UTC
    text = text.lower().removeprefix("utc").removeprefix("gmt").strip()
    if text[:1] not in ("+", "-"):
        return timezone(timedelta(hours=ZONES.get(text, 0)))
    digits = text[1:].replace(":", "")
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if text[0] == "-" else offset)
