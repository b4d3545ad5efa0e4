"""Status and headers of answers: whatever a server says, there is a value or nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.answers import LONGEST_WAIT, Answer, error_words, exhausted_until, retry_at, throttling
from tests.factories import NOW

HEADER = st.text(st.characters(codec="latin-1"), max_size=60)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 30 ", 30),
        ("Mon, 25 May 2026 08:01:00 GMT", 60),
        ("Mon, 25 May 2026 10:01:00 +0200", 60),
        ("Mon, 25 May 2026 08:01:00 -0000", 60),
        ("Monday, 25-May-26 08:01:00 GMT", 60),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT.total_seconds()),
        ("Mon, 01 Jan 0001 00:00:00 +1400", 0),
        ("999999999", LONGEST_WAIT.total_seconds()),
    ],
)
def test_retry_after(value, seconds):
    assert retry_at({"retry-after": value}, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "-1", "1.5", "9" * 5000, "soon", "Mon, 99 May 2026 08:01:00 GMT", "²"])
def test_retry_after_that_says_nothing(value):
    assert retry_at({"retry-after": value}, NOW) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ('"api";r=0;t=123', 123),
        ('"api"; r=0; t=123', 123),
        ('"api";r=0;t=1, "pages";r=0;t=9', 9),
        ('"api";r=489;t=227', None),
        ('"api";r=0', None),
        ('"api";t=5', None),
        ("", None),
        ("limit=100, remaining=0", None),
    ],
)
def test_quotas(value, seconds):
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert exhausted_until({"ratelimit": value}, NOW) == expected


@given(HEADER | st.from_regex(r'"api";r=\d{1,12};t=\d{1,12}', fullmatch=True), HEADER | st.integers().map(str))
def test_any_header_gives_a_moment_within_a_day_or_none(quota, retry):
    for moment in (exhausted_until({"ratelimit": quota}, NOW), retry_at({"retry-after": retry}, NOW)):
        assert moment is None or NOW <= moment <= NOW + LONGEST_WAIT


@given(st.timedeltas(timedelta(days=-9000), timedelta(days=9000)))
def test_any_date_gives_a_moment_within_a_day(away):
    found = retry_at({"retry-after": format_datetime(NOW + away, usegmt=True)}, NOW)
    assert found is not None
    assert NOW <= found <= NOW + LONGEST_WAIT


@given(st.integers(100, 999), st.binary(max_size=300))
def test_any_answer_can_be_told_in_one_line(status, content):
    answer = Answer("http://feeds.test/", status, {}, content)
    words = error_words(answer)
    assert words.startswith(f"HTTP {status}")
    assert "\n" not in words
    assert len(words) < 280
    if status in (406, 429, 503):
        assert throttling(answer, "p", NOW) is not None


def test_nothing_heavy_is_imported_before_the_first_request():
    program = (
        "import sys, digest.sources.http, digest.sources.spool, digest.sources.verdict\n"
        "print(sorted({'httpx', 'httpcore', 'feedparser', 'ssl', 'pylatexenc', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
