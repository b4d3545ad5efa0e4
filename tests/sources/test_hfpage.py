from __future__ import annotations

import html
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeed, Throttled
from digest.sources import hfpage
from tests.factories import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from digest.model import Reading

PAPER = {
    "paper": {"id": "2605.00001", "title": "A \"quoted\" & 'single' <think> title", "upvotes": 5},
    "numComments": 1,
}


def page(props: Any, *, target: str = "DailyPapers", quote: str = '"') -> bytes:
    data = html.escape(props if isinstance(props, str) else json.dumps(props))
    head = (
        '<!doctype html>\n<html><head><title>Daily Papers - Hugging Face</title></head><body><div data-target="Main" '
    )
    return (
        head + 'data-props="{&quot;a&quot;:1}"></div>'
        f"<div data-target={quote}{target}{quote}\n data-props={quote}{data}{quote}><p>{{}}</p></div></body>"
    ).encode()


def read(content: bytes, **fields: Any) -> Reading:
    return hfpage.read(snapshot(content=content, **fields))


def test_the_real_page_is_read_in_full(captures: Path) -> None:
    content = (captures / "hf_html" / "slbqc__huggingface_papers.html").read_bytes()
    assert hfpage.sniff(content, "")
    reading = read(content)
    assert (len(reading.entries), reading.rejects, reading.kind) == (13, (), "huggingface-html")
    assert (reading.listed_on, reading.title) == (date(2024, 8, 1), "Daily Papers - Hugging Face")
    assert {e.listed_on for e in reading.entries} == {date(2024, 8, 1)}
    llama = reading.entries[0]
    assert (llama.title, llama.arxiv_id, llama.upvotes, llama.comments) == (
        "The Llama 3 Herd of Models",
        "2407.21783",
        94,
        5,
    )
    assert len(llama.authors) > 500


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_days_page(quote: str) -> None:
    content = page({"periodType": "day", "dateString": "2026-05-25", "dailyPapers": [PAPER]}, quote=quote)
    assert hfpage.sniff(content, "text/html")
    reading = read(content, listed_on=date(2020, 1, 1))
    assert [(e.title, e.upvotes, e.listed_on) for e in reading.entries] == [
        ("A \"quoted\" & 'single' <think> title", 5, date(2026, 5, 25))
    ]
    assert reading.listed_on == date(2026, 5, 25)


@pytest.mark.parametrize(
    "props",
    [
        {"periodType": "week", "dateString": "2026-W21", "dailyPapers": [PAPER]},
        {"periodType": "month", "dateString": "2026-05", "dailyPapers": [PAPER]},
        {"periodType": "trending", "dailyPapers": [PAPER]},
        {"query": {"q": "agents"}, "searchResults": [PAPER]},
        {"query": {"q": "agents"}, "searchResults": [PAPER["paper"]]},
    ],
)
def test_other_pages_stand_for_no_day(props: dict[str, Any]) -> None:
    reading = read(page(props, target="Anything"))
    assert [(e.arxiv_id, e.upvotes, e.listed_on) for e in reading.entries] == [("2605.00001", 5, None)]
    assert reading.listed_on is None


def test_papers_of_a_week_keep_their_own_days() -> None:
    paper = {"paper": {**PAPER["paper"], "submittedOnDailyAt": "2026-05-20T00:00:00.000Z"}}  # type: ignore[dict-item]
    reading = read(page({"periodType": "week", "dateString": "2026-W21", "dailyPapers": [paper]}))
    assert (reading.entries[0].listed_on, reading.listed_on) == (date(2026, 5, 20), None)


def test_a_page_of_a_day_without_papers() -> None:
    reading = read(page({"periodType": "day", "dateString": "2026-05-24", "dailyPapers": []}))
    assert (reading.entries, reading.rejects, reading.listed_on) == ((), (), date(2026, 5, 24))


def test_bad_papers_are_rejects() -> None:
    reading = read(page({"dailyPapers": [PAPER, {"paper": {"id": "2605.00002"}}, None]}))
    assert [e.place for e in reading.entries] == ["item 1"]
    assert [(r.place, r.reason) for r in reading.rejects] == [
        ("item 2 (2605.00002)", "no title"),
        ("item 3", "not an object but null"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        page({"papers": [PAPER]}),
        page({"dailyPapers": {"not": "a list"}}),
        page('{"dailyPapers": [{"paper": '),
        page({"dailyPapers": [PAPER]})[:-120],
        b"<html><head><title>Sign in</title></head></html>",
    ],
)
def test_pages_without_the_data_are_not_a_feed(content: bytes) -> None:
    with pytest.raises(NotAFeed, match="without the data of Daily Papers"):
        read(content)


def test_other_content_is_not_taken() -> None:
    assert not hfpage.sniff(b"data-props dailyPapers", "")
    assert not hfpage.sniff(b"<rss/>", "text/html")


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", page({"dailyPapers": [PAPER]})[:-160], b'<div data-props=\'{"dailyPapers":']),
)
def test_any_bytes_are_read_or_refused(tail: bytes, head: bytes) -> None:
    content = head + tail
    hfpage.sniff(content, "")
    try:
        read(content)
    except (NotAFeed, Throttled):
        return


def test_many_unclosed_attributes_take_no_time() -> None:
    with pytest.raises(NotAFeed):
        read(b"<div " + b"data-props=  '" * 200_000 + b'data-props="dailyPapers')
