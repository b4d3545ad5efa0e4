"""Whether an edition waits for sources."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editions.waiting import GRACE, SourceStanding, Wait, all_fail, unreached, waits_for
from tests.factories import NOW

HOUR = timedelta(hours=1)
DUE = NOW


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


GOOD = SourceStanding("good")
DOWN = SourceStanding("down", failing_since=ago(hours=5))
LATE = SourceStanding("late", failing_since=ago(minutes=2))
BEGUN = SourceStanding("begun", moving_since=ago(seconds=5))
STUCK = SourceStanding("stuck", moving_since=ago(minutes=5))
FOLDER = SourceStanding("folder", moving_since=ago(seconds=1), polled_at=ago(minutes=1))
AGAIN = SourceStanding("again", failing_since=ago(hours=5), moving_since=ago(seconds=5))


@pytest.mark.parametrize(
    ("standings", "after", "waits"),
    [
        ([], 0, Wait.NOTHING),
        ([GOOD], 0, Wait.NOTHING),
        ([GOOD, DOWN], 0, Wait.NOTHING),
        ([GOOD, DOWN, LATE, STUCK], 0, Wait.NOTHING),
        ([DOWN], 0, Wait.SOURCES),
        ([DOWN, LATE], 0, Wait.SOURCES),
        ([DOWN], 59, Wait.SOURCES),
        ([DOWN], 60, Wait.NOTHING),
        ([DOWN, LATE], 57, Wait.SOURCES),
        ([STUCK], 0, Wait.SOURCES),
        ([STUCK, DOWN], 0, Wait.SOURCES),
        # polls in hand
        ([BEGUN], 0, Wait.POLLS),
        ([GOOD, BEGUN], 0, Wait.POLLS),
        ([DOWN, BEGUN], 600, Wait.POLLS),
        ([AGAIN], 0, Wait.POLLS),
        ([AGAIN, DOWN], 0, Wait.POLLS),
        ([GOOD, AGAIN], 0, Wait.NOTHING),
        ([GOOD, AGAIN, BEGUN], 0, Wait.POLLS),
        ([GOOD, STUCK], 0, Wait.NOTHING),
        # and those of a folder, which is polled again and again
        ([FOLDER], 0, Wait.POLLS),
        ([FOLDER], 2, Wait.NOTHING),
        ([FOLDER, BEGUN], 2, Wait.POLLS),
    ],
)
def test_what_an_edition_waits_for(standings: list[SourceStanding], after: int, waits: Wait) -> None:
    """`after` minutes from its due time, at which the clock stands in the table."""
    assert waits_for(standings, DUE - timedelta(minutes=after), NOW, HOUR) is waits


@pytest.mark.parametrize(
    ("failing", "due", "until"),
    [
        (ago(hours=5), DUE, DUE + HOUR),
        (DUE + 2 * HOUR, DUE, DUE + 3 * HOUR),  # the machine was off at the hour, and woke without a network
        (ago(hours=5), ago(days=3), ago(days=3) + 24 * HOUR * 3 - 4 * HOUR),
    ],
)
def test_the_wait_has_an_end(failing: datetime, due: datetime, until: datetime) -> None:
    down = [SourceStanding("down", failing_since=failing)]
    assert waits_for(down, due, until - timedelta(seconds=1), HOUR) is Wait.SOURCES
    assert waits_for(down, due, until, HOUR) is Wait.NOTHING


def test_without_patience_nothing_waits_for_sources_that_fail() -> None:
    assert waits_for([DOWN], DUE, NOW, timedelta(0)) is Wait.NOTHING
    assert waits_for([BEGUN], DUE, NOW, timedelta(0)) is Wait.POLLS


def test_what_a_clock_wrote_that_was_ahead_holds_nobody_for_a_year() -> None:
    ahead = [SourceStanding("ahead", failing_since=NOW + timedelta(days=365))]
    assert waits_for(ahead, DUE - HOUR, NOW, HOUR) is Wait.NOTHING
    assert (
        waits_for([SourceStanding("ahead", moving_since=NOW + timedelta(days=365))], DUE - HOUR, NOW, HOUR)
        is Wait.NOTHING
    )


def test_which_sources_fail_and_since_when() -> None:
    told = unreached([GOOD, LATE, DOWN, BEGUN, STUCK, AGAIN], NOW)
    assert told == (
        ("again", ago(hours=5)),
        ("down", ago(hours=5)),
        ("stuck", ago(minutes=5)),
        ("late", ago(minutes=2)),
    )
    assert [all_fail(some, NOW) for some in ([], [GOOD, DOWN], [DOWN, LATE, STUCK], [BEGUN])] == [
        False,
        False,
        True,
        False,
    ]


MOMENTS = st.none() | st.integers(-3 * 86_400, 3 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds))


@given(
    st.lists(st.builds(SourceStanding, st.just("s"), MOMENTS, MOMENTS, MOMENTS), max_size=5),
    st.integers(0, 7 * 86_400).map(lambda seconds: timedelta(seconds=seconds)),
)
def test_nothing_waits_for_ever(standings: list[SourceStanding], late: timedelta) -> None:
    """Where nothing changes, every edition goes out in the end; with one source that answers, after `GRACE` at most."""
    end = NOW + timedelta(days=4) + HOUR
    assert waits_for(standings, NOW, end + late, HOUR) is Wait.NOTHING
    answered = [*standings, GOOD]
    assert waits_for(answered, NOW, NOW, HOUR) is not Wait.SOURCES
    assert waits_for(answered, NOW, NOW + timedelta(days=3) + GRACE, HOUR) is Wait.NOTHING
