"""What sources say of the time until their next news."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Snapshot
from digest.sources.freshness import LONGEST, Rest, fresh_until, rest_of
from digest.sources.read import read
from tests.factories import NOW
from tests.sources.server import Reply, look, source

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({}, None),
        ({"cache-control": "max-age=1800"}, 30 * MINUTE),
        ({"cache-control": "public, Max-Age = 1800, must-revalidate"}, 30 * MINUTE),
        ({"cache-control": 'max-age="1800"'}, 30 * MINUTE),
        ({"cache-control": "max-age=1800", "age": "600"}, 20 * MINUTE),
        ({"cache-control": "max-age=1800", "age": "6000"}, None),
        ({"cache-control": "max-age=0"}, None),
        ({"cache-control": "s-maxage=1800"}, None),
        ({"cache-control": "no-cache, max-age=1800"}, None),
        ({"cache-control": "max-age=1800, no-store"}, None),
        ({"cache-control": "max-age=604800"}, LONGEST),
        ({"cache-control": "max-age=99999999999999"}, None),
        ({"cache-control": "max-age=-5"}, None),
        ({"expires": "Mon, 25 May 2026 09:00:00 GMT", "date": "Mon, 25 May 2026 08:00:00 GMT"}, HOUR),
        ({"expires": "Mon, 25 May 2026 05:00:00 GMT", "date": "Mon, 25 May 2026 04:30:00 GMT"}, 30 * MINUTE),
        ({"expires": "Mon, 25 May 2037 09:00:00 GMT"}, LONGEST),
        ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
        ({"expires": "0"}, None),
        ({"cache-control": "max-age=600", "expires": "Mon, 25 May 2037 09:00:00 GMT"}, 10 * MINUTE),
    ],
)
def test_the_headers_of_an_answer(headers: dict[str, str], fresh: timedelta | None) -> None:
    assert fresh_until(headers, NOW) == (NOW + fresh if fresh else None)


@pytest.mark.parametrize(
    ("told", "rest"),
    [
        ("", Rest()),
        ("<ttl>90</ttl>", Rest(90 * MINUTE)),
        ("<ttl> 90 </ttl>", Rest(90 * MINUTE)),
        ("<ttl>soon</ttl>", Rest()),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", Rest(HOUR)),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>8</sy:updateFrequency>", Rest(3 * HOUR)),
        ("<x:updatePeriod> Daily </x:updatePeriod><x:updateFrequency>0</x:updateFrequency>", Rest(24 * HOUR)),
        ("<sy:updatePeriod>fortnightly</sy:updatePeriod>", Rest()),
        (
            "<skipHours><hour>0</hour><hour>24</hour><hour>5</hour><hour>99</hour></skipHours>",
            Rest(skip_hours=frozenset({0, 5})),
        ),
        ("<skipDays><day>Saturday</day><day>sun</day></skipDays>", Rest(skip_days=frozenset({5, 6}))),
        ("<item><title><ttl>90</ttl></title></item>" + " " * 5000, Rest()),
    ],
)
def test_what_a_feed_says(told: str, rest: Rest) -> None:
    assert rest_of(f"<rss><channel><title>t</title>{told}</channel></rss>") == rest


def test_what_stands_behind_the_items_counts_too() -> None:
    assert rest_of("<rss><channel>" + "<item><title>x</title></item>" * 9999 + "<ttl>60</ttl></channel></rss>") == Rest(
        HOUR
    )


@pytest.mark.parametrize(
    ("rest", "at", "until"),
    [
        (Rest(), "08:20", ""),
        (Rest(HOUR), "08:20", "09:20"),
        (Rest(24 * HOUR), "08:20", "14:20"),
        (Rest(skip_hours=frozenset({8, 9, 11})), "08:20", "10:00"),
        (Rest(10 * MINUTE, frozenset({8})), "08:20", "09:00"),
        (Rest(skip_hours=frozenset({9})), "08:20", ""),
        (Rest(skip_days=frozenset({0})), "08:20", "14:20"),
        (Rest(skip_days=frozenset({0})), "21:30", "24:00"),
    ],
)
def test_until_when_nothing_is_new(rest: Rest, at: str, until: str) -> None:
    """On a Monday."""
    midnight = datetime(2026, 5, 25, tzinfo=UTC)

    def moment(text: str) -> datetime:
        hours, minutes = text.split(":")
        return midnight + timedelta(hours=int(hours), minutes=int(minutes))

    assert rest.until(moment(at)) == (moment(until) if until else None)


@pytest.mark.parametrize("piece", ["<ttl>", "<ttl> ", "<skipDays>", "<hour>", ":updatePeriod> ", "<item", "a", " "])
def test_a_long_text_costs_little(piece: str) -> None:
    begun = time.process_time()
    rest_of(piece * (400_000 // len(piece)))
    fresh_until({"cache-control": piece * 100_000, "expires": piece * 100_000, "age": piece * 100_000}, NOW)
    assert time.process_time() - begun < 2


@given(st.text(max_size=300), st.text(max_size=60))
def test_whatever_is_told_has_its_bounds(text: str, header: str) -> None:
    quiet = rest_of(text).until(NOW)
    assert quiet is None or NOW < quiet <= NOW + LONGEST
    fresh = fresh_until({"cache-control": header, "expires": header, "age": header, "date": header}, NOW)
    assert fresh is None or NOW < fresh <= NOW + LONGEST


def test_a_feed_and_the_answer_that_it_came_with(web, polite) -> None:
    feed = b"<rss version='2.0'><channel><title>t</title><ttl>120</ttl><item><title>A</title></item></channel></rss>"
    headers = {"Cache-Control": "max-age=600", "ETag": '"1"', "Content-Type": "application/rss+xml"}
    web.replies["/"] = [Reply(feed, headers=headers), Reply(status=304, headers={"Cache-Control": "max-age=1200"})]
    asked = source(web.url + "/", polite)
    (snapshot,) = look(asked, NOW)
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.fresh_until, read(snapshot).quiet_until) == (NOW + 10 * MINUTE, NOW + 2 * HOUR)
    (same,) = look(asked, NOW, dict(asked.validators))
    assert same.fresh_until == NOW + 20 * MINUTE
