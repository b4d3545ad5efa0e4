"""The operator's pictures: what they show stands where it should, and is said in words as well."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Verdict
from digest.services.overview import MemberDay, SourceDay, VolumeDay
from digest.web import charts
from digest.web.charts import CELL, GAP, Bar, Run, calendar, members, runs, volume

V = Verdict
DAY = timedelta(days=1)
MONDAY = date(2026, 5, 25)
START = date(2026, 4, 6)


def source_day(day, verdict=V.NEW, new=0, failed=0):
    looks = {verdict: 2} | ({V.UNREACHABLE: failed} if failed else {})
    return SourceDay(day, verdict, looks, new)


def test_a_calendar_has_a_column_a_week_and_a_row_a_weekday():
    made = calendar([source_day(START), source_day(MONDAY)], MONDAY)
    assert len(made.cells) == 50
    assert made.cells[0].verdict == made.cells[-1].verdict == "new"
    assert {cell.verdict for cell in made.cells[1:-1]} == {""}
    step = CELL + GAP
    first = made.cells[0]
    assert [(c.x - first.x, c.y - first.y) for c in made.cells[:8]] == [*((0, n * step) for n in range(7)), (step, 0)]
    assert max(c.x + CELL for c in made.cells) <= made.width
    assert max(c.y + CELL for c in calendar([], MONDAY + 6 * DAY).cells) <= made.height


def test_a_calendar_names_its_weekdays_and_months():
    words = [label.words for label in calendar([], MONDAY).labels]
    assert words == [*"MTWTFSS", "Apr", "May"]
    # A month that begins in the second week leaves no room for the name of the one before.
    assert [label.words for label in calendar([], date(2026, 6, 15)).labels][7:] == ["May", "Jun"]


def test_each_day_says_what_happened():
    days = [
        source_day(MONDAY - 2 * DAY, V.NEW, new=1),
        source_day(MONDAY - DAY, V.QUIET_EXPECTED, failed=1),
        source_day(MONDAY, V.UNREACHABLE),
    ]
    none, new, quiet, down = calendar(days, MONDAY).cells[-4:]
    assert none.words == "Fri 22 May: no look"
    assert (new.words, new.flawed) == ("Sat 23 May: new papers; 2 looks, 1 new paper", False)
    assert quiet.words == "Sun 24 May: nothing new, as expected; 3 looks, 1 of them failed"
    assert (quiet.flawed, down.flawed) == (True, False)
    assert down.words == "Mon 25 May: unreachable; 2 looks, 2 of them failed"


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        ([], "New papers on 0 of 0 days."),
        ([V.NEW], "New papers on 1 of 1 day."),
        (
            [V.NEW, V.QUIET_UNEXPECTED, V.NOT_A_FEED, V.THROTTLED],
            "New papers on 1 of 4 days, missing on 1, failed on 2.",
        ),
        ([V.QUIET_EXPECTED, V.UNREACHABLE], "New papers on 0 of 2 days, failed on 1."),
    ],
)
def test_a_calendar_is_summed_up(verdicts, told):
    days = [source_day(MONDAY - n * DAY, verdict) for n, verdict in enumerate(verdicts)]
    assert calendar(days, MONDAY).told == told


def test_every_verdict_has_words():
    assert set(charts.WORDS) == set(V)
    assert len(set(charts.WORDS.values())) == len(V)


def test_days_in_a_row_are_one_run_the_last_first():
    days = [
        source_day(MONDAY - 5 * DAY, V.NEW, new=4),
        source_day(MONDAY - 4 * DAY, V.NEW, new=3, failed=1),
        source_day(MONDAY - 2 * DAY, V.NEW, new=1),
        source_day(MONDAY - DAY, V.QUIET_EXPECTED),
    ]
    assert runs(days) == (
        Run("Sun 24 May", "nothing new, as expected", 2, 0, 0),
        Run("Sat 23 May", "new papers", 2, 0, 1),
        Run("Wed 20 May to Thu 21 May", "new papers", 5, 1, 7),
    )
    assert runs([]) == ()


def volume_days(*numbers):
    return [VolumeDay(MONDAY - n * DAY, *found) for n, found in reversed(list(enumerate(reversed(numbers))))]


def test_bars_stand_upon_each_other_in_one_scale():
    made = volume(volume_days((10, 0, 0), (4, 2, 4)))
    tall, *stack = made.bars
    assert [bar.kind for bar in (tall, *stack)] == ["accepted", "accepted", "failed", "waiting"]
    assert tall.height == pytest.approx(sum(bar.height for bar in stack), abs=0.3)
    assert stack[0].y + stack[0].height == pytest.approx(made.floor)
    assert [bar.y + bar.height for bar in stack[1:]] == pytest.approx([bar.y for bar in stack[:-1]], abs=0.11)
    assert [label.words for label in made.labels[:3]] == ["0", "5", "10"]
    assert [day.words for day in made.days] == [
        "Sun 24 May: 10 accepted",
        "Mon 25 May: 4 accepted, 2 failed, 4 waiting",
    ]
    assert made.told == "14 accepted and 2 failed in 2 days; 4 wait."


def test_days_without_deliveries_have_no_bars():
    made = volume(volume_days(*[(0, 0, 0)] * 28))
    assert made.bars == ()
    assert len(made.days) == 28
    assert volume([]).days == ()


def test_subscribers_are_a_line_over_the_days():
    days = [MemberDay(MONDAY - n * DAY, n % 2, 0, 100 - n) for n in range(49, -1, -1)]
    made = members(days)
    assert made.line.startswith("M") and made.line.count("L") == 49  # noqa: PT018
    assert made.told == "100 now; 25 came and 0 left in 8 weeks."
    assert made.days[-1].words == "Mon 25 May: 100; 0 came, 0 left"
    assert members([]).line == members(days[:1]).line == ""


numbers = st.tuples(*[st.integers(0, 10**9)] * 3)


@given(st.lists(numbers, max_size=60))
def test_everything_stays_within_the_picture(found):
    made = volume(volume_days(*found))
    for bar in made.bars:
        assert isinstance(bar, Bar)
        assert made.left <= bar.x and bar.x + bar.width <= made.right + 0.2  # noqa: PT018
        assert 0 <= bar.y <= bar.y + bar.height <= made.floor + 0.2
    assert all(0 <= label.x <= made.width and 0 < label.y < made.height for label in made.labels)


@given(st.integers(0, 10**12))
def test_a_scale_ends_at_an_even_number_not_far_above(most):
    top = charts._nice(most)
    assert most <= top <= max(most * 5 // 2, 2)
    assert top % 2 == 0
