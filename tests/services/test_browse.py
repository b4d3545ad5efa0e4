"""Browsing and searching what is stored; nothing is written by it."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest

from digest.errors import QueryError
from digest.model import Profile, Snapshot
from digest.ranking.query import parse
from digest.services import browse, learning, look
from digest.storage import create_store
from tests.factories import NOW
from tests.services.meaning import ByMeaning
from tests.services.parts import RANKER, as_json, key, listed

MONDAY = date(2026, 5, 25)
DAY = timedelta(days=1)


def on(store, day, *papers):
    """Ingest the list of one day."""
    at = NOW + (day - MONDAY)
    store.sync_sources(["hf"])
    look.ingest(store, Snapshot("hf", at, as_json(papers), "day.json", listed_on=day))


def keys(papers):
    return [paper.key for paper in papers]


def found(store, text, **options):
    return keys([scored.paper for scored in browse.search(store, RANKER, text, **options).scored])


def test_a_day_stands_between_the_days_that_have_papers(store):
    for days in (0, 1, 9, 200, 3000):
        on(store, MONDAY - days * DAY, days + 1)
    assert browse.latest_day(store) == MONDAY
    for days, earlier, later in (
        (0, 1, None),
        (1, 9, 0),
        (9, 200, 1),
        (200, 3000, 9),
        (3000, None, 200),
        (100, 200, 9),
    ):
        shelf = browse.day(store, MONDAY - days * DAY)
        nearest = [None if span is None else MONDAY - span * DAY for span in (earlier, later)]
        assert [shelf.earlier, shelf.later] == nearest
    assert keys(browse.day(store, MONDAY - 9 * DAY).papers) == [key(10)]
    assert browse.day(store, MONDAY - 5 * DAY).total == 0


def test_weeks_and_months_begin_and_end_with_themselves(store):
    for day in (date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 3), date(2026, 5, 4), date(2026, 5, 31)):
        on(store, day, day.month * 100 + day.day)
    week, month = browse.week(store, date(2026, 5, 2)), browse.month(store, date(2026, 5, 9))
    assert (week.first, week.last) == (date(2026, 4, 27), date(2026, 5, 3))
    assert keys(week.papers) == [key(503), key(501), key(430)]
    assert [day for day, _ in week.days] == [date(2026, 5, 3), date(2026, 5, 1), date(2026, 4, 30)]
    assert (month.first, month.last, month.total) == (date(2026, 5, 1), date(2026, 5, 31), 4)
    assert (month.earlier, month.later) == (date(2026, 4, 30), None)


@pytest.mark.parametrize("day", [date.min, date.max, date(9999, 12, 1), date(1, 1, 2)])
@pytest.mark.parametrize("kind", [browse.day, browse.week, browse.month])
def test_the_calendar_ends_somewhere(store, kind, day):
    on(store, MONDAY, 1)
    shelf = kind(store, day)
    assert shelf.first <= day <= shelf.last
    assert (shelf.total, shelf.papers) == (0, [])


@pytest.mark.parametrize(
    ("on_", "first", "last"),
    [
        (date(2024, 2, 10), date(2024, 2, 1), date(2024, 2, 29)),
        (date(2025, 12, 31), date(2025, 12, 1), date(2025, 12, 31)),
        (date(9999, 12, 31), date(9999, 12, 1), date(9999, 12, 31)),
    ],
)
def test_months_are_as_long_as_they_are(store, on_, first, last):
    shelf = browse.month(store, on_)
    assert (shelf.first, shelf.last) == (first, last)


def test_an_empty_store_has_no_day(store):
    assert browse.latest_day(store) is None
    assert browse.day(store, MONDAY).papers == []
    assert browse.trending(store, NOW).papers == []


def test_long_lists_have_pages(store, monkeypatch):
    monkeypatch.setattr(browse, "PER_PAGE", 3)
    on(store, MONDAY, *range(1, 8))
    pages = [browse.day(store, MONDAY, number) for number in (1, 2, 3, 4)]
    assert [keys(page.papers) for page in pages] == [
        [key(7), key(6), key(5)],
        [key(4), key(3), key(2)],
        [key(1)],
        [],
    ]
    assert [(page.start, page.more) for page in pages] == [(0, True), (3, True), (6, False), (9, False)]
    assert {page.total for page in pages} == {7}


def test_trending_is_the_last_seven_days_by_upvotes(store):
    for days, votes in ((0, 5), (6, 9), (7, 99)):
        on(store, MONDAY - days * DAY, listed(days + 1, upvotes=votes))
    assert keys(browse.trending(store, NOW).papers) == [key(7), key(1)]


def test_a_story_tells_where_and_when(store):
    on(store, MONDAY, listed(1, upvotes=3))
    on(store, MONDAY + DAY, listed(1, upvotes=8))
    story = browse.story(store, "2605.00001")
    assert story is not None
    assert story.paper.key == key(1)
    assert [count.upvotes for count in story.votes] == [3, 8]
    assert [(seen.source, seen.first_seen, seen.last_seen) for seen in story.sightings] == [("hf", NOW, NOW + DAY)]
    assert browse.story(store, "2605.99999") is None
    assert browse.story(store, "") is None


@pytest.fixture
def library(store):
    """Papers in which the same things are written in different ways."""
    on(
        store,
        MONDAY,
        listed(1, title="Schrödinger bridges", authors=[{"name": "Ünal Çelik"}]),
        listed(2, title="Pre-training of models", summary="We study pre-training. Training before training."),
        listed(3, title="Pretraining again", summary="Nothing else is known of pretraining."),
        listed(4, title="RAG", summary="A storage fragment of an average paragraph."),
        listed(5, title="Retrieval-augmented generation for us", summary="We retrieve."),
        listed(6, title="Coverage of storage", summary="A fragment on average."),
        listed(7, title="State space models", summary="A model of states."),
        listed(
            8, title="Analyses of matrices", summary="We organise behaviours.", authors=[{"name": "O'Brien, Flann"}]
        ),
    )
    learning.catch_up(store)
    return store


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("schrodinger bridge", [1]),
        ("Schrödinger bridge", [1]),
        ("author:celik", [1]),
        ("author:Çelik", [1]),
        ("author:O'Brien", [8]),
        ('author:"Flann O\'Brien"', [8]),
        ("pretraining", [2, 3]),
        ("pre-training", [2, 3]),
        ("RAG", [4, 5]),
        ('"RAG"', [4]),
        ("retrieval augmented generation", [4, 5]),
        ("state-space model", [7]),
        ("matrix", [8]),
        ("analysis", [8]),
        ("organization", [8]),
        ("behavior", [8]),
        ("title:models", [2, 7]),
        ("nothing of the kind", []),
    ],
)
def test_search_finds_what_the_ranker_would_find_in_everything(library, asked, numbers):
    past = browse.Memory(library).past()
    everything = RANKER.prepare(library.archive(100), past).rank(Profile(parse(asked)))
    hits = [scored.paper.key for scored in everything if scored.matches]
    assert sorted(hits) == [key(number) for number in numbers]
    assert sorted(found(library, asked, past=past)) == sorted(hits)


def test_results_come_in_the_order_of_the_ranker_with_reasons(library):
    result = browse.search(library, RANKER, "pretraining^2, model")
    assert [scored.score for scored in result.scored] == sorted((s.score for s in result.scored), reverse=True)
    assert all(scored.matches for scored in result.scored)
    assert [str(interest) for interest in result.interests] == ["pretraining^2", "model"]
    assert (result.wants, result.is_cut) == (True, False)


def test_what_is_excluded_is_not_found(library):
    assert sorted(found(library, "storage")) == [key(4), key(6)]
    assert found(library, "storage -coverage") == [key(4)]


def test_only_so_many_are_told(store):
    on(store, MONDAY, *range(1, 21))
    assert len(found(store, "case", most=7)) == 7
    assert len(found(store, "case")) == 20


def test_the_newest_are_ranked_where_there_are_very_many(store, monkeypatch):
    monkeypatch.setattr(browse, "MOST_CANDIDATES", 5)
    on(store, MONDAY, *range(1, 11))
    on(store, MONDAY + DAY, *range(11, 21))
    result = browse.search(store, RANKER, "case")
    assert result.is_cut
    assert {scored.paper.key for scored in result.scored} == {key(number) for number in range(16, 21)}


@pytest.mark.parametrize("text", ['"open', "x^y", "field:x", "-"])
def test_a_bad_search_is_told(store, text):
    with pytest.raises(QueryError):
        browse.search(store, RANKER, text)


@pytest.mark.parametrize("text", ["", " ,; ", "-survey"])
def test_a_search_for_nothing_finds_nothing(store, text):
    on(store, MONDAY, 1)
    result = browse.search(store, RANKER, text)
    assert (result.scored, result.wants) == ((), False)


def test_a_search_that_says_nothing_is_told(store):
    with pytest.raises(QueryError, match="nothing to look for"):
        browse.search(store, RANKER, "# a comment")


def test_a_ranker_by_meaning_is_given_vectors_and_none_is_kept(library):
    ranker = ByMeaning()
    result = browse.search(library, ranker, "state space model")
    assert [scored.paper.key for scored in result.scored] != [] or result.candidates
    assert ranker.embedder.texts == ["state space model"] or "state space model" in ranker.embedder.texts
    assert not any(text.startswith("State space models") for text in ranker.embedder.texts)


def test_memory_is_read_again_when_the_store_has_grown(store):
    memory = browse.Memory(store)
    assert memory.past().background is None
    on(store, MONDAY, 1, 2)
    learning.catch_up(store)
    first = memory.past()
    assert first.background is not None
    assert first.background.papers == 2
    assert memory.past() is first


def test_memory_serves_many_threads(tmp_path):
    with create_store(f"sqlite:///{tmp_path / 'digest.db'}") as store:
        on(store, MONDAY, 1, 2)
        learning.catch_up(store)
        memory, seen = browse.Memory(store), []
        threads = [threading.Thread(target=lambda: seen.append(memory.past())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(seen) == 8
    assert all(past is seen[0] for past in seen)
