from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.dates import parse_date, parse_day

DAYS = [
    ("2026-05-25", date(2026, 5, 25)),
    ("2026-6-30", date(2026, 6, 30)),
    ("2026/06/30", date(2026, 6, 30)),
    ("20260630", date(2026, 6, 30)),
    ("2026-06", date(2026, 6, 1)),
    ("2026", date(2026, 1, 1)),
    ("Feb 24, 2022", date(2022, 2, 24)),
    ("February 24 2022", date(2022, 2, 24)),
    ("24 Feb 2022", date(2022, 2, 24)),
    ("24-Feb-2022", date(2022, 2, 24)),
    ("24th of February, 2022", date(2022, 2, 24)),
    ("Sept. 3, 2021", date(2021, 9, 3)),
    ("2022 Feb 24", date(2022, 2, 24)),
    ("2022 Feb", date(2022, 2, 1)),
    ("May 2022", date(2022, 5, 1)),
    ("  2026-05-25\n", date(2026, 5, 25)),
]
INSTANTS = [
    ("2026-05-20T00:00:00.000Z", datetime(2026, 5, 20, tzinfo=UTC)),
    ("2026-05-20T23:30:15.123456789-05:00", datetime(2026, 5, 21, 4, 30, 15, 123456, tzinfo=UTC)),
    ("2026-05-20 10:11", datetime(2026, 5, 20, 10, 11, tzinfo=UTC)),
    ("2026-05-20T10:11:12+0530", datetime(2026, 5, 20, 4, 41, 12, tzinfo=UTC)),
    ("2026-05-20T10:11:12+02", datetime(2026, 5, 20, 8, 11, 12, tzinfo=UTC)),
    ("2026-05-25T24:00:00Z", datetime(2026, 5, 26, tzinfo=UTC)),
    ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("Mon, 25 May 2026 00:00:00 -0400", datetime(2026, 5, 25, 4, tzinfo=UTC)),
    ("25 May 2026 00:00 EDT", datetime(2026, 5, 25, 4, tzinfo=UTC)),
    ("Thu, 01 Jan 04 19:48:21 GMT", datetime(2004, 1, 1, 19, 48, 21, tzinfo=UTC)),
    ("Thu, 01 Jan 98 19:48:21 GMT", datetime(1998, 1, 1, 19, 48, 21, tzinfo=UTC)),
    ("Fri, 1 Mar 2020 10:00:00 +0200 (CEST)", datetime(2020, 3, 1, 8, tzinfo=UTC)),
    ("Wed, 02 Oct 2002 13:00:00 GMT+0100", datetime(2002, 10, 2, 12, tzinfo=UTC)),
    ("Wednesday, January 5, 2022 5:30 PM EST", datetime(2022, 1, 5, 22, 30, tzinfo=UTC)),
    ("January 5, 2022 at 12:05 a.m.", datetime(2022, 1, 5, 0, 5, tzinfo=UTC)),
    ("Tue Jan  6 10:00:00 2020", datetime(2020, 1, 6, 10, tzinfo=UTC)),
    ("Wed Oct 10 20:19:24 +0000 2018", datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC)),
]
NONE = [
    "",
    "yesterday",
    "2026-02-30",
    "2026-13-01",
    "2026-05-25T25:00",
    "2026-05-25T10:61",
    "2026-05-25T24:00:01Z",
    "Jan 5, 2022 13:00 PM",
    "2026:10:11",
    "0001-01-01",
    "9999-12-31",
    "12/05/2026",
    "32 May 2026",
    "2026-05-25" + " " * 100 + "x",
]


@pytest.mark.parametrize(("text", "day"), DAYS)
def test_a_day_alone_is_its_midnight_utc(text: str, day: date) -> None:
    assert parse_date(text) == datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert parse_day(text) == day


@pytest.mark.parametrize(("text", "instant"), INSTANTS)
def test_instants_are_in_utc(text: str, instant: datetime) -> None:
    parsed = parse_date(text)
    assert parsed == instant
    assert parsed is not None
    assert parsed.utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", NONE)
def test_what_names_no_day_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_a_day_is_the_calendar_day_as_written_whatever_its_zone() -> None:
    assert parse_day("2026-05-20T23:30:00-05:00") == date(2026, 5, 20)
    assert parse_day("2026-02-30") is None


ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2199, 12, 30), timezones=ZONES))  # noqa: DTZ001
def test_iso_and_rfc_5322_round_trip(moment: datetime) -> None:
    assert parse_date(moment.isoformat()) == moment
    assert parse_date(format_datetime(moment)) == moment.replace(microsecond=0)


@given(st.text() | st.from_regex(r"[A-Za-z]{3}, \d{1,2} [A-Z][a-z]{2} \d{2,4} \d\d:\d\d [+-]\d{4}", fullmatch=True))
def test_any_text_gives_a_date_or_none(text: str) -> None:
    parsed = parse_date(text)
    assert parsed is None or parsed.utcoffset() == timedelta(0)
    assert (parse_day(text) is None) or (1800 <= parse_day(text).year < 2200)  # type: ignore[union-attr]
