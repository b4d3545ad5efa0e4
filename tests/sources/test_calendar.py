"""arXiv's days without announcement."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.sources.calendar import eastern_day, eastern_moment, holidays, last_announced, reason_off


def days(*texts: str) -> set[date]:
    return {date.fromisoformat(text) for text in texts}


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-05-25T03:59:59", "2026-05-24"),
        ("2026-05-25T04:00:00", "2026-05-25"),
        ("2026-01-15T04:59:59", "2026-01-14"),
        ("2026-01-15T05:00:00", "2026-01-15"),
        ("2026-03-08T04:59:59", "2026-03-07"),
        ("2026-03-09T04:00:00", "2026-03-09"),
        ("2026-11-02T04:59:59", "2026-11-01"),
    ],
)
def test_the_feeds_day_begins_at_midnight_eastern(now, day):
    assert eastern_day(datetime.fromisoformat(now).replace(tzinfo=UTC)) == date.fromisoformat(day)


def test_eastern_moments_follow_daylight_saving():
    assert eastern_moment(date(2026, 1, 5), time(2, 0)) == datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
    assert eastern_moment(date(2026, 7, 6), time(2, 0)) == datetime(2026, 7, 6, 6, 0, tzinfo=UTC)


def test_the_published_days_of_2026():
    assert holidays(2026) == days(
        *("2026-01-01", "2026-01-19", "2026-06-19", "2026-07-03", "2026-09-07"),
        *("2026-11-26", "2026-12-25", "2026-12-29", "2026-12-31"),
    )


def test_other_years_are_worked_out():
    """The published days of 2025 (4 July, a Friday, was given as the Sunday evening that it empties)."""
    published = days("2025-01-01", "2025-01-20", "2025-06-19", "2025-07-04", "2025-09-01", "2025-11-27")
    assert holidays(2025) == published | days("2025-12-25", "2025-12-31")
    assert days("2023-01-16", "2023-06-19", "2023-07-04", "2023-09-04", "2023-11-23", "2023-12-25") < holidays(2023)
    assert days("2027-07-05", "2027-06-18") < holidays(2027)


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-05-23", "Saturday: arXiv announces nothing"),
        ("2026-05-24", "Sunday: arXiv announces nothing"),
        ("2026-05-25", ""),
        ("2026-11-25", ""),
        ("2026-11-26", "arXiv holiday 2026-11-26"),
        ("2026-11-27", "arXiv holiday 2026-11-26"),
        ("2026-11-30", ""),
        ("2026-01-20", "arXiv holiday 2026-01-19"),
        ("2025-07-07", "arXiv holiday 2025-07-04"),
        ("2026-01-01", "arXiv holiday 2026-01-01"),
        ("2027-01-01", "arXiv holiday 2027-01-01"),
        ("2025-01-02", "arXiv holiday 2025-01-01"),
    ],
)
def test_why_a_feed_may_be_empty(day, reason):
    assert reason_off(date.fromisoformat(day)) == reason


@pytest.mark.parametrize(
    ("day", "last"),
    [
        ("2026-05-25", "2026-05-25"),
        ("2026-05-24", "2026-05-22"),
        ("2026-11-29", "2026-11-25"),
        ("2026-07-06", "2026-07-02"),
    ],
)
def test_the_last_announcement(day, last):
    assert last_announced(date.fromisoformat(day)) == date.fromisoformat(last)


@given(st.dates(date(1995, 1, 1), date(2100, 12, 31)))
@example(date(2027, 1, 1))
def test_arxiv_is_never_silent_for_two_weeks(day):
    """Around the end of 2026 the published days follow each other so closely that eleven days have none."""
    assert timedelta(0) <= day - last_announced(day) <= timedelta(days=11)
    assert not reason_off(last_announced(day))
