"""Zones, times of day and rhythms as people write them."""

from __future__ import annotations

from datetime import time
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editions.timetable import check_zone, parse_rhythm, parse_send_at
from digest.errors import UsageError
from digest.model import DAILY, Rhythm

WEEKDAYS = Rhythm(frozenset(range(5)))
FRIDAY = Rhythm(frozenset({4}))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" America/New York ", "America/New_York"),
        ("Berlin", "Europe/Berlin"),
        ("utc", "UTC"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ],
)
def test_zones_by_name(written: str, meant: str) -> None:
    assert check_zone(written) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Europe/Berlim", 'no time zone is called "Europe/Berlim"; did you mean "Europe/Berlin"'),
        ("Istanbul", 'no time zone is called "Istanbul"; did you mean "Asia/Istanbul" or "Europe/Istanbul"?'),
        ("Kathmadu", 'no time zone is called "Kathmadu"; did you mean "Asia/Kathmandu"'),
        ("UTC+2", 'no time zone is called "UTC+2"; an offset knows no summer time: write the IANA name'),
        ("+05:30", 'no time zone is called "+05:30"; an offset knows no summer time: write the IANA name'),
        ("xyzzy", 'no time zone is called "xyzzy"; write its IANA name, like "Europe/Berlin"'),
        ("", 'no time zone is called ""; write its IANA name, like "Europe/Berlin"'),
        ("../../etc/passwd", 'no time zone is called "../../etc/passwd"'),
        ("localtime", 'no time zone is called "localtime"'),
    ],
)
def test_a_zone_that_is_none_comes_with_a_hint(written: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        check_zone(written)
    assert str(error.value).startswith(said)


def test_every_zone_of_the_database_is_one() -> None:
    names = available_timezones() - {"localtime", "Factory"}
    assert {check_zone(name) for name in names} == names


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("7", time(7)),
        ("07:00", time(7)),
        ("7:30", time(7, 30)),
        ("23:59", time(23, 59)),
        ("00:00", time(0)),
        ("7am", time(7)),
        ("7:30 PM", time(19, 30)),
        ("12am", time(0)),
        ("12 pm", time(12)),
    ],
)
def test_times_of_day(written: str, meant: time) -> None:
    assert parse_send_at(written) == meant


@pytest.mark.parametrize("written", ["", "24:00", "7:60", "7.30", "13pm", "0am", "-1", "7:3", "700", "noon", "٧:٠٠"])
def test_what_is_no_time_of_day(written: str) -> None:
    with pytest.raises(UsageError, match="is no time of day"):
        parse_send_at(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("daily", DAILY),
        ("Every day", DAILY),
        ("weekdays", WEEKDAYS),
        ("mon+tue+wed+thu+fri", WEEKDAYS),
        ("weekly:fri", FRIDAY),
        ("weekly fri", FRIDAY),
        ("weekly on Friday", FRIDAY),
        ("Weekly: Friday", FRIDAY),
        ("every friday", FRIDAY),
        ("fridays", FRIDAY),
        ("mon+thu", Rhythm(frozenset({0, 3}))),
        ("mon,thu", Rhythm(frozenset({0, 3}))),
        ("Monday and Thursday", Rhythm(frozenset({0, 3}))),
        ("weekly:mon+thurs", Rhythm(frozenset({0, 3}))),
    ],
)
def test_rhythms(written: str, meant: Rhythm) -> None:
    assert parse_rhythm(written) == meant


@given(st.frozensets(st.integers(0, 6), min_size=1).map(Rhythm))
def test_the_canonical_text_reads_back(rhythm: Rhythm) -> None:
    assert parse_rhythm(str(rhythm)) == rhythm


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("weekly", '"weekly" needs a day: write it like "weekly:fri"'),
        ("dayly", '"dayly" is no rhythm: "dayly" is no day of the week; did you mean "daily"?'),
        ("weekly:fry", '"weekly:fry" is no rhythm: "fry" is no day of the week; did you mean "friday"?'),
        ("mon+xx", '"mon+xx" is no rhythm: "xx" is no day of the week; write "daily", "weekdays" or "weekly:fri"'),
        ("", '"" is no rhythm; write "daily", "weekdays" or "weekly:fri"'),
    ],
)
def test_what_is_no_rhythm(written: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_rhythm(written)
    assert str(error.value) == said


def said_of(text: str) -> list[str]:
    """What the parsers have against a text."""
    said = []
    for parse in (check_zone, parse_send_at, parse_rhythm):
        try:
            parse(text)
        except UsageError as error:
            said.append(str(error))
    return said


@given(st.text(max_size=300))
def test_any_text_parses_or_is_refused_in_one_short_line(text: str) -> None:
    assert [line for line in said_of(text) if not line.isprintable() or len(line) > 300] == []
