"""What is one work and what is two, where no strong name tells it: two days of one feed, and of two."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Entry, Links
from digest.papers.identity import identify
from tests.papers.memory import Memory, freshness

MONDAY, TUESDAY = datetime(2026, 5, 25, 6, tzinfo=UTC), datetime(2026, 6, 1, 6, tzinfo=UTC)
LONG = "Ant locomotion in narrow tunnels under changing light"
SHORT = "Ant motion"
CHINESE = "蚂蚁在隧道中的运动"
COLUMN = "Weekly research highlights in ant science"
BLURB = "Every week we read the new papers on ants for you, and here are those that we liked best."


def told(title=LONG, abstract="", link="", guid="", day=None, authors=(), **fields) -> Entry:
    return Entry(title, abstract, authors, links=Links(abstract=link), id=guid, published=day, **fields)


def link(what: str) -> str:
    return f"https://journal.test/{what}"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # a token in the link or in the feed's id, or both
        (told(CHINESE, link=link("d?v=AAA1"), day=MONDAY), told(CHINESE, link=link("d?v=BBB1"), day=MONDAY), "known"),
        (told(SHORT, link=link("d?v=AAA1"), day=MONDAY), told(SHORT, link=link("d?v=BBB1"), day=MONDAY), "known"),
        (told(LONG, link=link("d?v=AAA1"), day=MONDAY), told(LONG, link=link("d?v=BBB1"), day=MONDAY), "known"),
        (told(LONG, link=link("d?v=AAA1")), told(LONG, link=link("d?v=BBB1")), "known"),
        (told(LONG, link=link("AAA1/d"), day=MONDAY), told(LONG, link=link("BBB1/d"), day=MONDAY), "known"),
        (told(SHORT, guid="6ba7-aaaa", link=link("1")), told(SHORT, guid="6ba7-bbbb", link=link("1")), "known"),
        (
            told(SHORT, guid="6ba7-aaaa", link=link("d?v=A1"), day=MONDAY),
            told(SHORT, guid="6ba7-bbbb", link=link("d?v=B1"), day=MONDAY),
            "known",
        ),
        (
            told(SHORT, link=link("d?v=AAA1"), authors=("Doe, Jane",)),
            told(SHORT, link=link("d?v=BBB1"), authors=("Jane Doe",)),
            "known",
        ),
        (told(SHORT, link=link("d;jsessionid=A1")), told(SHORT, link=link("d;jsessionid=B2")), "known"),
        # a counter in the description
        (
            told(LONG, "Views: 123", link=link("d?v=AAA1")),
            told(LONG, "Views: 124", link=link("d?v=BBB1")),
            "known",
        ),
        (told(SHORT, "Views: 123", link=link("1")), told(SHORT, "Views: 1240", link=link("1")), "known"),
        # the same page by another way
        (told(SHORT, link="http://www.journal.test/1/"), told(SHORT, link=f"{link('1')}?utm_source=rss"), "known"),
        (told(SHORT, link=link("1")), told(SHORT, link="https://m.journal.test/1/amp"), "known"),
        # an id that stays, whatever else changes
        (
            told(COLUMN, guid="tag:journal.test,2026:21", link=link("21"), day=MONDAY),
            told(COLUMN, guid="tag:journal.test,2026:21", link=link("column/21"), day=TUESDAY),
            "known",
        ),
        # a column, and two works of one title
        (
            told(COLUMN, guid=link("21"), link=link("21"), day=MONDAY, authors=("Jane Doe",)),
            told(COLUMN, guid=link("22"), link=link("22"), day=TUESDAY, authors=("Max Moth",)),
            "new",
        ),
        (told(COLUMN, link=link("21"), day=MONDAY), told(COLUMN, link=link("22"), day=TUESDAY), "new"),
        (told(COLUMN, day=MONDAY), told(COLUMN, day=TUESDAY), "new"),
        (told(COLUMN, BLURB, link=link("21"), day=MONDAY), told(COLUMN, BLURB, link=link("22"), day=TUESDAY), "new"),
        (told(COLUMN, link=link("c?id=21")), told(COLUMN, link=link("c?id=22")), "new"),
        (told(COLUMN, link=link("21")), told(COLUMN, link=link("22")), "new"),
        (
            told(COLUMN, guid="column-21", link=link("column"), day=MONDAY),
            told(COLUMN, guid="column-22", link=link("column"), day=TUESDAY),
            "new",
        ),
        (
            told(LONG, link=link("1"), day=MONDAY, authors=("Jane Doe",)),
            told(LONG, link=link("2"), day=MONDAY, authors=("Max Moth",)),
            "new",
        ),
        (told("Editorial", link=link("1"), day=MONDAY), told("Editorial", link=link("2"), day=MONDAY), "new"),
        (told("Editorial", link=link("1"), day=MONDAY), told("Editorial", link=link("2"), day=TUESDAY), "new"),
        # chapters that link to their book
        (told("Chapter 1: ants", link=link("book")), told("Chapter 2: ants", link=link("book")), "new"),
        (told("Guano and the rift", link=link("book")), told("Grass and global markets", link=link("book")), "new"),
    ],
)
def test_two_days_of_one_feed(first, second, expected):
    store = Memory()
    assert freshness(store.ingest(first)) == ["new"]
    assert freshness(store.ingest(second)) == [expected]
    assert freshness(store.ingest(second)) == ["known"]
    assert freshness(store.ingest(first)) == ["known"]


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (told(LONG, link=link("1"), day=MONDAY), told(LONG, link="https://blog.test/9", day=MONDAY), "known"),
        (told("Editorial", link=link("1"), day=MONDAY), told("Editorial", link="https://x.test/9", day=MONDAY), "new"),
        (
            told(SHORT, link=link("1"), day=MONDAY, authors=("Jane Doe",)),
            told(SHORT, link="https://blog.test/9", day=MONDAY, authors=("J. Doe",)),
            "known",
        ),
        (told(COLUMN, link=link("1"), day=MONDAY), told(COLUMN, link="https://x.test/9", day=TUESDAY), "new"),
        (told(LONG, doi="10.1234/ant.1", day=MONDAY), told(LONG, link=link("1"), day=TUESDAY), "known"),
        (told(LONG, doi="10.1234/ant.1"), told("Otherwise", link="doi.org/10.1234/ANT.1?utm_source=x"), "known"),
        (
            told(LONG, link="https://doi.org/10.1234/ant.1"),
            told(LONG, link="https://doi.org/10.1234/ant.1#sec"),
            "known",
        ),
        (told(LONG, guid="pmid:38123456"), told("A", link="https://pubmed.ncbi.nlm.nih.gov/38123456/"), "known"),
        (told(LONG, doi="10.22541/au.1.2/v1"), told(LONG, doi="10.22541/au.1.2/v2"), "revised"),
        (told(LONG, doi="10.1234/abc/v1"), told(LONG, doi="10.1234/abc/v2"), "new"),
    ],
)
def test_two_feeds(here, there, expected):
    store = Memory()
    store.ingest(here, source="here")
    assert freshness(store.ingest(there, source="there")) == [expected]
    assert freshness(store.ingest(there, source="there")) == ["known"]


@pytest.mark.parametrize(
    "page",
    [
        [
            told("Ants one", "First.", guid="x-1234", link=link("1")),
            told("Bees and ants two", "Second.", guid="x-1234", link=link("2")),
            told("Poll of ants", "Third.", link=link("poll")),
            told("Poll of ants again", "Fourth.", link=link("poll")),
        ],
        [told(COLUMN, link=link(n), day=day) for n, day in (("21", MONDAY), ("22", TUESDAY))],
        [told(SHORT, link=link(f"d?v=A{n}"), day=MONDAY) for n in range(3)],
        [told(LONG, link=link("1"), day=MONDAY, authors=(name,)) for name in ("Jane Doe", "Max Moth")],
        [told(f"Chapter {n}", link=link("book")) for n in range(4)],
    ],
)
def test_each_of_one_snapshot_is_its_own_and_stays_so(page):
    store = Memory()
    assert freshness(store.ingest(*page)) == ["new"] * len(page)
    assert freshness(store.ingest(*page)) == ["known"] * len(page)
    assert freshness(store.ingest(*page[::-1])) == ["known"] * len(page)


def test_several_of_one_title_whose_links_change_are_matched_one_by_one():
    store = Memory()
    store.ingest(*(told(SHORT, link=link(f"d?v=A{n}"), day=MONDAY) for n in range(3)))
    assert (
        freshness(store.ingest(*(told(SHORT, link=link(f"d?v=B{n}"), day=MONDAY) for n in range(3)))) == ["known"] * 3
    )


def test_a_work_that_is_listed_twice_in_a_day_is_one():
    page = [told(LONG, link=link(f"d?v=A{n}"), day=MONDAY, authors=("Jane Doe",)) for n in range(2)]
    assert freshness(Memory().ingest(*page)) == ["new"]


@pytest.mark.parametrize(
    ("entry", "stored"),
    [
        (told(link="https://doi.org/10.1234/a?utm_source=x"), "doi:10.1234/a?utm_source=x"),
        (told(doi="10.22541/au.1.2/v1"), "doi:10.22541/au.1.2/v1"),
        (told(link="https://www.nature.com/articles/s41586-021-03819-2"), "url:nature.com/articles/s41586-021-03819-2"),
        (told(link="https://m.journal.test/1/amp/"), "url:m.journal.test/1/amp"),
        (told(guid="https://www.journal.test/1"), "guid:feed:https://www.journal.test/1"),
        (told(guid="info:doi/10.1234/a"), "guid:feed:info:doi/10.1234/a"),
    ],
)
def test_what_an_older_version_stored_is_found(entry, stored):
    """A paper that an older version knows under one form of its name is not sent again under another."""
    store = Memory()
    (change,) = store.ingest(told(title=entry.title, link="https://elsewhere.test/a"), source="feed")
    old = replace(change.paper, key=stored, aliases=frozenset({stored}), links=entry.links)
    store.papers = {stored: old}
    (again,) = store.ingest(replace(entry, title="Ant locomotion in narrow tunnels, revisited"), source="feed")
    assert (again.freshness.value == "new", again.paper.key) == (False, stored)
    assert set(identify(entry, "feed").aliases[:1]) <= again.paper.aliases


PAGE = st.lists(
    st.builds(
        told,
        st.sampled_from([LONG, SHORT, CHINESE, COLUMN, "Editorial"]),
        st.sampled_from(["", "Views: 1", "Views: 2", BLURB, BLURB * 4]),
        st.sampled_from(["", link("1"), link("2"), link("d?v=A"), link("d?v=B")]),
        st.sampled_from(["", "guid-1", "guid-2", link("1")]),
        st.sampled_from([None, MONDAY, TUESDAY]),
        st.sampled_from([(), ("Jane Doe",), ("Max Moth", "Jane Doe"), ("Max Moth",)]),
        doi=st.sampled_from(["", "", "10.1234/a", "10.1234/b"]),
    ),
    max_size=6,
)


@given(st.lists(PAGE, max_size=3), PAGE, st.randoms())
def test_the_same_snapshot_again_brings_nothing_new_in_whatever_order(before, page, random):
    store = Memory()
    for one in before:
        store.ingest(*one)
    store.ingest(*page)
    assert set(freshness(store.ingest(*page))) <= {"known"}
    assert set(freshness(store.ingest(*random.sample(page, len(page))))) <= {"known"}
    aliases = [alias for paper in store.papers.values() for alias in paper.aliases]
    assert len(aliases) == len(set(aliases))
