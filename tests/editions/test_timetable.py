"""When editions are due: tables for the days on which clocks change, properties for all others."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.editions.timetable import edition_date, first_due, last_due, next_due, parse_rhythm
from digest.errors import UsageError
from digest.model import DAILY, Rhythm

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Nuuk",
    "America/St_Johns",
    "America/Santiago",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Pacific/Kiritimati",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Europe/Dublin",
)
MISSING = {
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("Pacific/Kiritimati", date(1994, 12, 31)),
}

zones = st.sampled_from(ZONES)
clock_times = st.times().map(lambda t: t.replace(microsecond=0, fold=0))
rhythms = st.frozensets(st.integers(0, 6), min_size=1).map(Rhythm)
moments = st.datetimes(datetime(1975, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def at(text: str) -> datetime:
    """An instant from "2026-05-25 07:00", in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


ORDINARY = [
    ("daily", "07:00", "UTC", "2026-05-25 06:59", "2026-05-25 07:00"),
    ("daily", "07:00", "UTC", "2026-05-25 07:00", "2026-05-26 07:00"),
    ("daily", "07:00", "Asia/Kathmandu", "2026-05-25 00:00", "2026-05-25 01:15"),
    ("daily", "00:00", "Pacific/Kiritimati", "2026-05-25 09:59", "2026-05-25 10:00"),
    ("daily", "23:59", "America/Los_Angeles", "2026-05-25 00:00", "2026-05-25 06:59"),
    ("weekdays", "07:00", "UTC", "2026-05-22 08:00", "2026-05-25 07:00"),
    ("weekly:fri", "07:00", "Asia/Tokyo", "2026-05-25 00:00", "2026-05-28 22:00"),
    ("weekly:mon", "07:00", "Pacific/Auckland", "2026-05-25 00:00", "2026-05-31 19:00"),
    ("weekly:mon+thu", "07:00", "UTC", "2026-05-25 07:00", "2026-05-28 07:00"),
]

CLOCK_CHANGES = [
    # Berlin, spring: 02:00 becomes 03:00 on 29 March 2026. Autumn: 03:00 becomes 02:00 on 25 October.
    ("02:30", "Europe/Berlin", "2026-03-28 12:00", "2026-03-29 01:30"),
    ("02:00", "Europe/Berlin", "2026-03-28 12:00", "2026-03-29 01:00"),
    ("03:00", "Europe/Berlin", "2026-03-28 12:00", "2026-03-29 01:00"),
    ("07:00", "Europe/Berlin", "2026-03-28 12:00", "2026-03-29 05:00"),
    ("07:00", "Europe/Berlin", "2026-03-27 12:00", "2026-03-28 06:00"),
    ("02:30", "Europe/Berlin", "2026-10-24 12:00", "2026-10-25 00:30"),
    ("02:30", "Europe/Berlin", "2026-10-25 00:30", "2026-10-26 01:30"),
    ("07:00", "Europe/Berlin", "2026-10-24 12:00", "2026-10-25 06:00"),
    # New York: 8 March and 1 November 2026.
    ("02:30", "America/New_York", "2026-03-08 00:00", "2026-03-08 07:30"),
    ("01:30", "America/New_York", "2026-11-01 00:00", "2026-11-01 05:30"),
    ("01:30", "America/New_York", "2026-11-01 05:30", "2026-11-02 06:30"),
    # Lord Howe moves by half an hour: 02:00 to 02:30 on 4 October, 02:00 to 01:30 on 5 April 2026.
    ("02:15", "Australia/Lord_Howe", "2026-10-03 12:00", "2026-10-03 15:45"),
    ("01:45", "Australia/Lord_Howe", "2026-04-04 12:00", "2026-04-04 14:45"),
    ("01:45", "Australia/Lord_Howe", "2026-04-04 14:45", "2026-04-05 15:15"),
    # Beirut and Santiago skip midnight itself.
    ("00:00", "Asia/Beirut", "2026-03-28 12:00", "2026-03-28 22:00"),
    ("00:30", "America/Santiago", "2026-09-05 12:00", "2026-09-06 04:30"),
    # Nuuk skips the last hour of Saturday, 28 March 2026: 23:30 counts as 22:30, still on Saturday.
    ("23:30", "America/Nuuk", "2026-03-28 12:00", "2026-03-29 00:30"),
    ("23:30", "America/Nuuk", "2026-03-29 00:30", "2026-03-30 00:30"),
    # Apia leaves out 30 December 2011.
    ("07:00", "Pacific/Apia", "2011-12-29 12:00", "2011-12-29 17:00"),
    ("07:00", "Pacific/Apia", "2011-12-29 17:00", "2011-12-30 17:00"),
    ("07:00", "Pacific/Apia", "2011-12-30 17:00", "2011-12-31 17:00"),
]


@pytest.mark.parametrize(("rhythm", "send_at", "zone", "after", "due"), ORDINARY)
def test_ordinary_days(rhythm: str, send_at: str, zone: str, after: str, due: str) -> None:
    assert next_due(parse_rhythm(rhythm), time.fromisoformat(send_at), zone, at(after)) == at(due)


@pytest.mark.parametrize(("send_at", "zone", "after", "due"), CLOCK_CHANGES)
def test_days_on_which_the_clocks_change(send_at: str, zone: str, after: str, due: str) -> None:
    assert next_due(DAILY, time.fromisoformat(send_at), zone, at(after)) == at(due)


def test_a_weekly_edition_on_a_date_that_is_left_out_waits_a_week() -> None:
    friday = Rhythm(frozenset({4}))
    assert next_due(friday, time(7), "Pacific/Apia", at("2011-12-24 00:00")) == at("2012-01-05 17:00")


def test_a_week_away_is_made_up_with_one_edition() -> None:
    now = at("2026-05-25 06:30")
    assert last_due(DAILY, time(7), "UTC", now) == at("2026-05-24 07:00")
    assert last_due(DAILY, time(6, 30), "UTC", now) == now
    assert last_due(parse_rhythm("weekly:fri"), time(7), "Asia/Tokyo", now) == at("2026-05-21 22:00")


def test_a_time_shown_twice_is_due_once() -> None:
    between = at("2026-10-25 01:00")
    assert last_due(DAILY, time(2, 30), "Europe/Berlin", between) == at("2026-10-25 00:30")
    assert next_due(DAILY, time(2, 30), "Europe/Berlin", between) == at("2026-10-26 01:30")


@pytest.mark.parametrize(
    ("rhythm", "now", "due"),
    [
        ("daily", "2026-05-25 05:00", "2026-05-25 07:00"),
        ("daily", "2026-05-25 20:00", "2026-05-25 07:00"),
        ("weekly:mon", "2026-05-25 20:00", "2026-05-25 07:00"),
        ("weekly:tue", "2026-05-25 20:00", "2026-05-26 07:00"),
        ("weekdays", "2026-05-23 20:00", "2026-05-25 07:00"),
    ],
)
def test_who_joins_today_gets_today_s_edition(rhythm: str, now: str, due: str) -> None:
    assert first_due(parse_rhythm(rhythm), time(7), "UTC", at(now)) == at(due)


def test_today_is_the_subscriber_s_own() -> None:
    late_on_sunday = at("2026-05-24 20:00")
    assert first_due(parse_rhythm("weekly:mon"), time(7), "Asia/Tokyo", late_on_sunday) == at("2026-05-24 22:00")
    assert edition_date(late_on_sunday, "Asia/Tokyo") == date(2026, 5, 25)
    assert edition_date(late_on_sunday, "America/New_York") == date(2026, 5, 24)


def test_an_offset_other_than_utc_makes_no_difference() -> None:
    after = datetime.fromisoformat("2026-05-25T12:00:00+05:45")
    due = next_due(DAILY, time(7), "UTC", after)
    assert due == at("2026-05-25 07:00")
    assert due.tzinfo is UTC


def test_what_cannot_be_due_is_said() -> None:
    with pytest.raises(UsageError, match="Europe/Berlin"):
        next_due(DAILY, time(7), "Europe/Berlim", at("2026-05-25 00:00"))
    with pytest.raises(UsageError, match="at least one weekday"):
        next_due(Rhythm(frozenset()), time(7), "UTC", at("2026-05-25 00:00"))


@given(rhythms, clock_times, zones, moments)
@example(DAILY, time(7), "Pacific/Apia", at("2011-12-30 05:00"))
@example(DAILY, time(0, 0, 30), "America/St_Johns", at("2010-11-07 02:31"))
def test_next_and_last_enclose_now(rhythm: Rhythm, send_at: time, zone: str, now: datetime) -> None:
    last, following = last_due(rhythm, send_at, zone, now), next_due(rhythm, send_at, zone, now)
    assert last <= now < following
    assert next_due(rhythm, send_at, zone, last) == following
    assert last_due(rhythm, send_at, zone, following) == following
    assert last_due(rhythm, send_at, zone, following - timedelta(microseconds=1)) == last
    assert {edition_date(d, zone).weekday() for d in (last, following)} <= rhythm.days


@given(clock_times, zones, moments)
@example(time(23, 30), "America/Nuuk", at("2026-03-20 00:00"))
@example(time(7), "Pacific/Apia", at("2011-12-20 00:00"))
@example(time(7), "Pacific/Kwajalein", at("1993-08-15 00:00"))
@example(time(0, 30), "Pacific/Kiritimati", at("1994-12-24 00:00"))
def test_no_date_is_skipped_or_repeated(send_at: time, zone: str, start: datetime) -> None:
    dues = [next_due(DAILY, send_at, zone, start)]
    for _ in range(20):
        dues.append(next_due(DAILY, send_at, zone, dues[-1]))
    dates = [edition_date(due, zone) for due in dues]
    assert all(earlier < later for earlier, later in pairwise(dues))
    skipped = {before + timedelta(days=n) for before, after in pairwise(dates) for n in range(1, (after - before).days)}
    assert {(zone, day) for day in skipped} <= MISSING
    assert len(set(dates)) == len(dates)


@given(clock_times, zones, moments)
def test_it_is_due_at_the_time_asked_for_or_within_the_change(send_at: time, zone: str, start: datetime) -> None:
    from zoneinfo import ZoneInfo

    due = next_due(DAILY, send_at, zone, start).astimezone(ZoneInfo(zone))
    shown = timedelta(hours=due.hour, minutes=due.minute, seconds=due.second)
    asked = timedelta(hours=send_at.hour, minutes=send_at.minute, seconds=send_at.second)
    changed = (
        due.utcoffset() != (due - timedelta(hours=26)).utcoffset()
        or due.utcoffset() != (due + timedelta(hours=26)).utcoffset()
    )
    assert shown == asked or (changed and abs(shown - asked) <= timedelta(hours=1))


@given(rhythms, clock_times, zones, moments)
def test_the_first_is_today_or_later(rhythm: Rhythm, send_at: time, zone: str, now: datetime) -> None:
    first, today = first_due(rhythm, send_at, zone, now), edition_date(now, zone)
    assert edition_date(first, zone) >= today
    assert first in (last_due(rhythm, send_at, zone, now), next_due(rhythm, send_at, zone, now))
