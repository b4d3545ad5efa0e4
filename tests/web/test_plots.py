"""Numbers as pictures: inside the frame, in order, and told in words."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from digest.web import plots
from tests.factories import NOW

POINTS = st.lists(
    st.tuples(st.datetimes(timezones=st.just(UTC)), st.integers(0, 10**9)),
    max_size=150,
).map(lambda found: sorted(found))


def places(path):
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path)]


def test_a_curve_goes_through_its_points():
    plot = plots.curve([(NOW, 0), (NOW + timedelta(days=1), 5), (NOW + timedelta(days=4), 10)], "upvote")
    assert plot.told == "0 upvotes on 25 May, 10 on 29 May"
    (x0, y0), (x1, y1), (x2, y2) = places(plot.line)
    assert (y0, y2) == (plot.floor, 10)
    assert abs((x1 - x0) / (x2 - x0) - 1 / 4) < 0.01
    assert abs((y0 - y1) / (y0 - y2) - 1 / 2) < 0.01
    assert [mark.words for mark in plot.marks] == ["25 May: 0", "26 May: 5", "29 May: 10"]


def test_one_day_is_told_by_the_hour():
    plot = plots.curve([(NOW, 1), (NOW + timedelta(hours=3), 2)], "upvote")
    assert plot.told == "1 upvote on 25 May, 08:00, 2 on 25 May, 11:00"


def test_what_is_no_curve_is_none():
    assert plots.curve([], "upvote") is None
    assert plots.curve([(NOW, 1)], "upvote") is None
    assert plots.curve([(NOW, 1), (NOW, 2)], "upvote") is None
    assert plots.bars([], "paper") is None


def test_bars_stand_on_the_floor():
    plot = plots.bars([("1 May", 0), ("2 May", 4), ("3 May", 2)], "paper")
    assert plot.told == "6 papers from 1 May to 3 May, most on 2 May: 4"
    assert [round(mark.y + mark.height, 1) for mark in plot.marks] == [plot.floor] * 3
    assert [mark.height for mark in plot.marks] == [0, plot.floor - 10, (plot.floor - 10) / 2]
    assert (plot.line, plot.area) == ("", "")


@given(POINTS)
def test_every_curve_stays_in_its_frame(points):
    plot = plots.curve(points, "upvote")
    if plot is None:
        return
    found = places(plot.line)
    assert found == [(mark.x, mark.y) for mark in plot.marks]
    assert len(found) <= plots.MOST_DOTS + 1
    assert all(0 <= x <= plot.width and 0 <= y <= plot.floor for x, y in found)
    assert [x for x, _ in found] == sorted(x for x, _ in found)
    assert plot.told.endswith(f"{points[-1][1]:,} on {plot.labels[-1].words}")


@given(st.lists(st.tuples(st.text(max_size=5), st.integers(0, 10**9)), min_size=1, max_size=90))
def test_bars_stand_side_by_side(values):
    plot = plots.bars(values, "paper")
    assert len(plot.marks) == len(values)
    for one, other in pairwise(plot.marks):
        assert one.x + one.width <= other.x + 0.2
    assert all(mark.x >= 0 and mark.x + mark.width <= plot.width and mark.y >= 0 for mark in plot.marks)
