from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.dates import day_order, parse_date, parse_day, plausible
from digest.sources.datewords import MONTHS

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
    ("2026-W22-1", date(2026, 5, 25)),
    ("2026W22", date(2026, 5, 25)),
    ("2026-145", date(2026, 5, 25)),
    ("2026145", date(2026, 5, 25)),
    ("2026 May-Jun", date(2026, 5, 1)),
    ("May/June 2026", date(2026, 5, 1)),
    ("2025 Dec-2026 Jan", date(2025, 12, 1)),
    ("25-27 May 2026", date(2026, 5, 25)),
    ("May 25-27, 2026", date(2026, 5, 25)),
    ("25 May - 3 June 2026", date(2026, 5, 25)),
    ("2026-05-25/2026-05-27", date(2026, 5, 25)),
    ("05/2026", date(2026, 5, 1)),
    ("25.05.2026", date(2026, 5, 25)),
    ("25. 5. 2026", date(2026, 5, 25)),
    ("25/05/2026", date(2026, 5, 25)),
    ("05/25/2026", date(2026, 5, 25)),
    ("05-05-2026", date(2026, 5, 5)),
    ("2026年5月25日", date(2026, 5, 25)),
    ("2026年5月25日（月）", date(2026, 5, 25)),
    ("２０２６年５月", date(2026, 5, 1)),
    ("二〇二六年五月二十五日", date(2026, 5, 25)),
    ("令和8年5月25日", date(2026, 5, 25)),
    ("平成元年1月8日", date(1989, 1, 8)),
    ("2026년 5월 25일 월요일", date(2026, 5, 25)),
    ("2026. 5. 25.", date(2026, 5, 25)),
    ("٢٥/٥/٢٠٢٦", date(2026, 5, 25)),
    ("25. Mai 2026", date(2026, 5, 25)),
    ("le 1er août 2026", date(2026, 8, 1)),
    ("mar. 3 mars 2026", date(2026, 3, 3)),
    ("25 de mayo de 2026", date(2026, 5, 25)),
    ("25 de março de 2026", date(2026, 3, 25)),
    ("25 maggio 2026", date(2026, 5, 25)),
    ("25 mei 2026", date(2026, 5, 25)),
    ("25 listopada 2026 r.", date(2026, 11, 25)),
    ("25 мая 2026 г.", date(2026, 5, 25)),
    ("2026. május 25.", date(2026, 5, 25)),
    ("25 Kasım 2026", date(2026, 11, 25)),
    ("ngày 25 tháng 5 năm 2026", date(2026, 5, 25)),
    ("Available online 25 May 2026", date(2026, 5, 25)),
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
    ("1779703200", datetime(2026, 5, 25, 10, tzinfo=UTC)),
    ("1779703200500", datetime(2026, 5, 25, 10, 0, 0, 500_000, tzinfo=UTC)),
    ("20260525T101112Z", datetime(2026, 5, 25, 10, 11, 12, tzinfo=UTC)),
    ("20260525101112", datetime(2026, 5, 25, 10, 11, 12, tzinfo=UTC)),
    ("Sun, 15 Dec 2024 12:15 PM", datetime(2024, 12, 15, 12, 15, tzinfo=UTC)),
    ("12:15 AM, Dec 15, 2024", datetime(2024, 12, 15, 0, 15, tzinfo=UTC)),
    ("2026年5月25日 下午3:05", datetime(2026, 5, 25, 15, 5, tzinfo=UTC)),
    ("2026년 5월 25일 오전 12시 5분", datetime(2026, 5, 25, 0, 5, tzinfo=UTC)),
    ("2026年5月25日 10時30分", datetime(2026, 5, 25, 10, 30, tzinfo=UTC)),
    ("25 Mayo 2026 10h30", datetime(2026, 5, 25, 10, 30, tzinfo=UTC)),
    ("25. Mai 2026, 10.30 Uhr", datetime(2026, 5, 25, 10, 30, tzinfo=UTC)),
    ("Tue, 03 Mar 2026 9:05:00 JST", datetime(2026, 3, 3, 0, 5, tzinfo=UTC)),
    ("mer, 16 nov 2022 00:38:15 +0100", datetime(2022, 11, 15, 23, 38, 15, tzinfo=UTC)),
    ("Mon May 25 2026 10:00:00 GMT+0200 (Central European Summer Time)", datetime(2026, 5, 25, 8, tzinfo=UTC)),
    ("2026-05-25T10:00:00+08:00[Asia/Shanghai]", datetime(2026, 5, 25, 2, tzinfo=UTC)),
    ("2026-05-25 10:00 Europe/Berlin", datetime(2026, 5, 25, 8, tzinfo=UTC)),
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
    "25/05/26",
    "32/13/2026",
    "2026-366",
    "2026-W54-1",
    "2026-05-00",
    "99999999999",
    "25 May",
    "5月25日",
    "2026 Spring",
    "2025-2026",
    "Volume 5 May 2026",
    "In press",
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


def test_the_order_of_two_numbers_is_told_by_the_other_dates_of_a_feed() -> None:
    assert day_order(["05/06/2026", "25/06/2026"]) == "dmy"
    assert day_order(["05/06/2026", "06/25/2026"]) == "mdy"
    assert day_order(["25/06/2026", "06/25/2026"]) == ""
    assert day_order(["05/06/2026", "25 June 2026"]) == ""
    assert parse_day("05/06/2026", "dmy") == date(2026, 6, 5)
    assert parse_day("05/06/2026", "mdy") == date(2026, 5, 6)
    assert parse_day("25/06/2026", "mdy") == date(2026, 6, 25)


def test_a_date_years_after_its_snapshot_is_none() -> None:
    now = datetime(2026, 5, 25, tzinfo=UTC)
    assert plausible(datetime(2027, 12, 1, tzinfo=UTC), now) == datetime(2027, 12, 1, tzinfo=UTC)
    assert plausible(datetime(2036, 5, 25, tzinfo=UTC), now) is None


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


FORMS = ["{d}. {m} {y}", "{d} {m} {y}", "{d} de {m} de {y}", "{m} {d}, {y}", "{y} {m} {d}", "{d}-{m}-{y}"]


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(FORMS), st.data())
def test_months_by_name_in_any_language_and_order_round_trip(day: date, form: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([word for word, month in MONTHS.items() if month == day.month]))
    assert parse_day(form.format(d=day.day, m=name, y=day.year)) == day


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_weeks_ordinals_and_east_asian_dates_round_trip(day: date) -> None:
    year, week, weekday = day.isocalendar()
    if year < 2200:
        assert parse_day(f"{year}-W{week:02}-{weekday}") == day
    assert parse_day(day.strftime("%Y-%j")) == day
    assert (
        parse_day(f"{day.year}年{day.month}月{day.day}日") == parse_day(f"{day.year}. {day.month}. {day.day}.") == day
    )


@given(
    st.text(
        alphabet=st.characters(exclude_categories=("N",), exclude_characters="〇零一二三四五六七八九十元"), max_size=60
    )
)
def test_no_digits_no_date(text: str) -> None:
    assert parse_date(text) is None
