"""Search: what is asked for, what is found, and what is said where neither works."""

from __future__ import annotations

import pytest

from tests.web.conftest import listed
from tests.web.test_papers import page, titles


@pytest.fixture
def library(add):
    """Four papers on different matters."""
    add(
        listed(1, title="Sparse attention for long video", summary="We study attention. It is sparse."),
        listed(2, title="A survey of attention", summary="We survey what is known of attention."),
        listed(3, title="Protein folding", summary="We fold proteins.", authors=[{"name": "Gaël Varoquaux"}]),
        listed(4, title="RAG at scale", summary="We scale retrieval-augmented generation (RAG) with storage."),
    )


def found(client, **query):
    answer = client.get("/search", query_string=query)
    assert answer.status_code == 200
    return answer.text


def numbers(client, asked):
    return sorted(int(place[-5:]) for place in titles(page(client, f"/search?q={asked}")))


@pytest.mark.parametrize(
    ("asked", "hits"),
    [
        ("attention", [1, 2]),
        ("attention -survey", [1]),
        ("%22long video%22", [1]),
        ("folded protein", [3]),
        ("author:varoquaux", [3]),
        ("author:%22Gaël Varoquaux%22", [3]),
        ("author:%22Gael Varoquaux%22", [3]),
        ("RAG", [4]),
        ("retrieval-augmented generation", [4]),
        ("title:survey, protein", [2, 3]),
        ("nothing of that kind", []),
        ("-survey", []),
    ],
)
def test_what_is_found(client, library, asked, hits):
    assert numbers(client, asked) == hits


def test_hits_are_marked_and_told(client, library):
    html = found(client, q="sparse attention")
    assert "<mark>Sparse</mark> <mark>attention</mark>" in html or "<mark>Sparse attention</mark>" in html
    assert "Why: <b>sparse attention</b> in title" in html


def test_without_a_question_there_are_examples(client, library):
    outline = page(client, "/search")
    assert "For example:" in outline.words
    assert titles(outline) == []
    for link in outline.links:
        if link.startswith("/search?q="):
            page(client, link)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ('"long video', "This quote is not closed (at character 1)."),
        ("attention^x", "is not a number"),
        ("colour:red", "Unknown field"),
        ("x" * 501, "A search has at most 500 characters"),
    ],
)
def test_a_question_that_does_not_parse_is_told_where_and_why(client, library, asked, told):
    answer = client.get("/search", query_string={"q": asked})
    assert answer.status_code == 400
    assert told in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'aria-describedby="q-hint q-error"' in answer.text


def test_only_exclusions_ask_for_nothing(client, library):
    assert "Say what to look for as well." in found(client, q="-survey")


def test_results_have_pages(client, add, monkeypatch):
    monkeypatch.setattr("digest.web.papers.PER_SEARCH_PAGE", 3)
    add(*range(1, 8))
    first, second = (page(client, f"/search?q=case&page={number}") for number in (1, 2))
    assert "Papers 1 to 3, best first." in first.words
    assert "/search?q=case&page=2" in first.links
    assert set(titles(first)).isdisjoint(titles(second))
    assert "Papers 7 to 7, best first." in page(client, "/search?q=case&page=3").words
    page(client, "/search?q=case&page=4", 404)


def test_searching_writes_nothing(client, store, library):
    before = store.counts()
    found(client, q="attention, protein")
    assert store.counts() == before
    assert store.expansions(["attention", "protein"]) == {}


def test_who_asks_for_too_much_has_to_wait(client, library):
    statuses = [client.get("/search?q=attention").status_code for _ in range(70)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    last = client.get("/search?q=attention")
    assert int(last.headers["Retry-After"]) >= 1
    assert client.get("/").status_code == 200
