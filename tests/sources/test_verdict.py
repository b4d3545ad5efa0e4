"""Verdicts: one table for each promise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeed, Throttled, Unreachable
from digest.model import SourceState, Verdict
from digest.sources.verdict import Facts, expectation, judge, source_day

MONDAY, TUESDAY = date(2026, 5, 18), date(2026, 5, 19)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def verdict(now: str, last_new_on: date | None = MONDAY, **facts: object) -> tuple[Verdict, str]:
    return judge(Facts(**facts), SourceState("s", last_new_on=last_new_on), at(now))


@pytest.mark.parametrize(
    ("kind", "url", "expected"),
    [
        ("auto", "https://huggingface.co/api/daily_papers?date={date}&p={page}", "weekdays"),
        ("auto", "https://huggingface.co/papers/date/{date}", "weekdays"),
        ("auto", "https://huggingface.co/papers/trending", "any"),
        ("huggingface", "https://huggingface.co/api/daily_papers?sort=trending", "any"),
        ("auto", "https://huggingface.co/blog/feed.xml", "any"),
        ("huggingface", "", "weekdays"),
        ("huggingface-json", "http://127.0.0.1/day", "weekdays"),
        ("auto", "https://rss.arxiv.org/rss/cs.AI+cs.CL", "arxiv"),
        ("feed", "https://rss.arxiv.org/atom/cs.AI", "arxiv"),
        ("auto", "http://export.arxiv.org/rss/cs.AI", "arxiv"),
        ("arxiv", "https://export.arxiv.org/api/query?search_query=cat:cs.AI", "any"),
        ("oai-pmh", "https://oaipmh.arxiv.org/oai", "any"),
        ("arxiv", "http://127.0.0.1/rss", "arxiv"),
        ("arxiv", "", "arxiv"),
        ("feed", "https://notarxiv.org/rss/x", "any"),
        ("page-text", "", "any"),
        ("auto", "http://[bad", "any"),
    ],
)
def test_what_a_source_promises(kind, url, expected):
    assert expectation(kind, url) == expected


def test_a_sources_day():
    early = at("2026-05-19T02:00")
    assert (source_day("arxiv", early), source_day("weekdays", early), source_day("any", early)) == (
        MONDAY,
        TUESDAY,
        TUESDAY,
    )


@pytest.mark.parametrize(
    ("now", "facts", "expected"),
    [
        # the list of Tuesday grows until noon UTC
        ("2026-05-19T04:16", {"entries": 1, "new": 1, "listed_on": TUESDAY}, Verdict.PARTIAL),
        ("2026-05-19T11:59", {"entries": 15, "new": 2, "listed_on": TUESDAY}, Verdict.PARTIAL),
        ("2026-05-19T12:00", {"entries": 15, "new": 2, "listed_on": TUESDAY}, Verdict.NEW),
        ("2026-05-19T20:00", {"entries": 3, "new": 2, "listed_on": TUESDAY}, Verdict.PARTIAL),
        # late papers of Monday
        ("2026-05-19T04:00", {"entries": 2, "new": 2, "listed_on": MONDAY}, Verdict.NEW),
        ("2026-05-19T04:00", {"entries": 2, "new": 2}, Verdict.NEW),
        # nothing
        ("2026-05-19T04:00", {}, Verdict.QUIET_EXPECTED),
        ("2026-05-19T04:00", {"unchanged": True}, Verdict.UNCHANGED),
        ("2026-05-19T12:00", {}, Verdict.QUIET_UNEXPECTED),
        ("2026-05-19T12:00", {"unchanged": True}, Verdict.QUIET_UNEXPECTED),
        ("2026-05-19T12:00", {"entries": 20, "listed_on": MONDAY}, Verdict.QUIET_UNEXPECTED),
        ("2026-05-19T12:00", {"entries": 20, "listed_on": TUESDAY}, Verdict.UNCHANGED),
        ("2026-05-18T20:00", {"unchanged": True}, Verdict.UNCHANGED),
        ("2026-05-23T12:00", {"unchanged": True}, Verdict.QUIET_EXPECTED),
        ("2026-05-24T12:00", {"entries": 20, "listed_on": date(2026, 5, 22)}, Verdict.QUIET_EXPECTED),
        ("2026-05-23T01:00", {"entries": 20, "new": 1, "listed_on": date(2026, 5, 22)}, Verdict.NEW),
    ],
)
def test_hugging_face(now, facts, expected):
    assert verdict(now, expects="weekdays", **facts)[0] is expected


@pytest.mark.parametrize(
    ("now", "facts", "expected"),
    [
        ("2026-05-19T04:01", {"entries": 400, "new": 150, "listed_on": TUESDAY}, Verdict.NEW),
        ("2026-05-19T04:01", {"entries": 2, "new": 2, "listed_on": TUESDAY}, Verdict.NEW),
        # Monday evening in New York
        ("2026-05-19T03:00", {"entries": 400, "listed_on": MONDAY}, Verdict.UNCHANGED),
        # midnight has passed, the feed may be a little late
        ("2026-05-19T05:59", {"entries": 400, "listed_on": MONDAY}, Verdict.QUIET_EXPECTED),
        ("2026-05-19T05:59", {"unchanged": True}, Verdict.UNCHANGED),
        ("2026-05-19T06:00", {"entries": 400, "listed_on": MONDAY}, Verdict.QUIET_UNEXPECTED),
        # today's date above the entries of yesterday
        ("2026-05-19T12:00", {"entries": 400, "listed_on": TUESDAY}, Verdict.QUIET_UNEXPECTED),
        ("2026-05-19T12:00", {"unchanged": True}, Verdict.QUIET_UNEXPECTED),
        ("2026-05-19T12:00", {"entries": 5, "revised": 5, "listed_on": TUESDAY}, Verdict.UNCHANGED),
        # winter: midnight in New York is 05:00 UTC
        ("2026-12-08T06:59", {}, Verdict.QUIET_EXPECTED),
        ("2026-12-08T07:00", {}, Verdict.QUIET_UNEXPECTED),
        # a feed that has never had anything
        ("2026-05-23T12:00", {}, Verdict.QUIET_EXPECTED),
        ("2026-11-26T12:00", {}, Verdict.QUIET_EXPECTED),
        ("2026-11-27T12:00", {}, Verdict.QUIET_EXPECTED),
        ("2026-11-30T12:00", {}, Verdict.QUIET_UNEXPECTED),
    ],
)
def test_arxiv(now, facts, expected):
    assert verdict(now, expects="arxiv", **facts)[0] is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"entries": 3, "new": 1}, Verdict.NEW),
        ({}, Verdict.QUIET_EXPECTED),
        ({"entries": 3}, Verdict.QUIET_EXPECTED),
        ({"unchanged": True}, Verdict.UNCHANGED),
        ({"entries": 3, "unchanged": True}, Verdict.UNCHANGED),
        ({"entries": 3, "first_look": True}, Verdict.UNCHANGED),
        ({"entries": 3, "revised": 2}, Verdict.UNCHANGED),
        ({"rejects": 3}, Verdict.QUIET_UNEXPECTED),
        ({"skip_days": frozenset({1})}, Verdict.QUIET_EXPECTED),
    ],
)
def test_a_feed_without_promise(facts, expected):
    assert verdict("2026-05-19T12:00", **facts)[0] is expected


@pytest.mark.parametrize(
    ("now", "facts", "detail"),
    [
        ("2026-05-23T12:00", {"expects": "arxiv"}, "Saturday: arXiv announces nothing"),
        ("2026-11-27T12:00", {"expects": "arxiv"}, "arXiv holiday 2026-11-26"),
        ("2026-05-24T12:00", {"expects": "weekdays"}, "Sunday: papers are listed Monday to Friday"),
        ("2026-05-19T12:00", {"skip_days": frozenset({1})}, "Tuesday: the feed does not change on this day"),
        (
            "2026-05-19T04:00",
            {"expects": "weekdays", "entries": 13, "new": 12, "revised": 1, "listed_on": TUESDAY},
            "12 new of 13 entries, 1 revised; the list of 2026-05-19 is partial and still growing",
        ),
        ("2026-05-19T04:00", {"expects": "weekdays"}, "nothing listed yet for 2026-05-19; no entries"),
        ("2026-05-18T20:00", {"expects": "weekdays"}, "nothing new since the papers of 2026-05-18"),
        (
            "2026-05-19T12:00",
            {"expects": "arxiv", "entries": 1, "listed_on": MONDAY},
            "nothing new on 2026-05-19, a Tuesday; 1 entry, all known already"
            "; the feed is that of 2026-05-18, behind the announcement of 2026-05-19",
        ),
        (
            "2026-05-19T12:00",
            {"expects": "arxiv", "unchanged": True},
            "nothing new on 2026-05-19, a Tuesday; not modified",
        ),
        ("2026-05-19T12:00", {"rejects": 2}, "2 entries, none of which could be read"),
        ("2026-05-19T12:00", {"entries": 7, "revised": 5}, "no new papers, 5 revised"),
    ],
)
def test_the_reason_is_said(now, facts, detail):
    assert verdict(now, **facts)[1] == detail


@pytest.mark.parametrize(
    ("problem", "expected", "detail"),
    [
        (Unreachable("http://s/", "HTTP 500"), Verdict.UNREACHABLE, "http://s/: HTTP 500"),
        (NotAFeed("f.json", "an HTML page"), Verdict.NOT_A_FEED, "f.json: an HTML page"),
        (Throttled("http://s/", "slow down"), Verdict.THROTTLED, "http://s/: slow down"),
        (
            Throttled("http://s/", "slow down", at("2026-05-19T12:02")),
            Verdict.THROTTLED,
            "http://s/: slow down; again after 2026-05-19T12:02:00Z",
        ),
    ],
)
def test_problems(problem, expected, detail):
    assert verdict("2026-05-19T12:00", problems=(problem,)) == (expected, detail)


def test_a_look_that_was_cut_short_says_what_came_before():
    problems = (NotAFeed("a", "empty"), Unreachable("b", "HTTP 500"))
    assert verdict("2026-05-19T12:00", entries=9, new=3, revised=1, problems=problems) == (
        Verdict.UNREACHABLE,
        "b: HTTP 500 (and 1 more problem); before that 3 new, 1 revised",
    )


FACTS = st.builds(
    Facts,
    entries=st.integers(0, 50),
    new=st.integers(0, 5),
    revised=st.integers(0, 5),
    rejects=st.integers(0, 5),
    unchanged=st.booleans(),
    listed_on=st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    first_look=st.booleans(),
    skip_days=st.frozensets(st.integers(0, 6)),
    expects=st.sampled_from(["any", "arxiv", "weekdays"]),
)


@given(FACTS, st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 10 * 365 * 24))
def test_every_look_has_one_verdict_and_one_line_of_reason(facts, last_new_on, hours):
    now = at("2020-01-01T00:00") + timedelta(hours=hours)
    found, detail = judge(facts, SourceState("s", last_new_on=last_new_on), now)
    assert detail
    assert "\n" not in detail
    assert not found.failed
    if facts.entries or not facts.rejects:
        assert (found in (Verdict.NEW, Verdict.PARTIAL)) == (facts.new > 0)
    if facts.expects == "any" and not facts.rejects:
        assert found is not Verdict.QUIET_UNEXPECTED
