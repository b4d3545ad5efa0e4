from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeed
from digest.model import Entry, Links, Reading
from digest.sources import jsonfeed
from tests.factories import snapshot

if TYPE_CHECKING:
    from pathlib import Path

REAL = {
    "commonmeta__json_feed": (15, 0),
    "extractus__json-feed-miss-base-url": (2, 0),
    "extractus__json-feed-standard-realworld": (10, 0),
    "feedjira__json_feed_with_escaped_uris": (30, 0),
    "feedrs__jsonfeed_elastic_1.1": (3, 0),
    "feedrs__jsonfeed_spec_1": (1, 0),
    "nnw__ScriptingNews": (50, 0),
    "nnw__allthis": (12, 0),
    "nnw__authors": (0, 4),  # entries without title and text
    "nnw__pxlnv": (20, 0),
}


def feed(*items: Any, **fields: Any) -> dict[str, Any]:
    return {"version": "https://jsonfeed.org/version/1.1", "title": "A feed", "items": list(items), **fields}


def read(answer: Any, **fields: Any) -> Reading:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return jsonfeed.read(snapshot(content=content, **fields))


def one(item: dict[str, Any], **fields: Any) -> Entry:
    (entry,) = read(feed({"title": "T", **item}, **fields)).entries
    return entry


@pytest.mark.parametrize(("stem", "counts"), REAL.items())
def test_real_feeds_are_read_in_full(captures: Path, stem: str, counts: tuple[int, int]) -> None:
    content = (captures / "jsonfeed" / f"{stem}.json").read_bytes()
    assert jsonfeed.sniff(content, "application/feed+json")
    reading = read(content)
    assert (len(reading.entries), len(reading.rejects)) == counts
    assert {r.reason for r in reading.rejects} <= {"neither title nor text"}
    assert all(e.title and e.links.abstract.startswith("http") for e in reading.entries if "Fake" not in e.title)


def test_what_real_feeds_say(captures: Path) -> None:
    folder = captures / "jsonfeed"
    blogs = read((folder / "commonmeta__json_feed.json").read_bytes()).entries
    assert (blogs[0].doi, blogs[0].published) == ("10.59350/26ft6-dmv65", datetime(2022, 5, 12, 7, 30, tzinfo=UTC))
    relative = read(
        (folder / "extractus__json-feed-miss-base-url.json").read_bytes(), place="https://base.example/feed.json"
    )
    assert relative.entries[0].links.abstract == "https://base.example/2020/08/07/json-feed-version.html"
    old = read((folder / "feedrs__jsonfeed_elastic_1.1.json").read_bytes())
    assert old.title == "Blog – InfluxData"
    assert old.entries[0].published == datetime(2019, 5, 31, 19, 17, 58, tzinfo=UTC)


def test_an_entry_keeps_all_that_the_feed_knows() -> None:
    entry = one(
        {
            "id": "https://arxiv.org/abs/2605.00001v2",
            "url": "/posts/1",
            "external_url": "https://elsewhere.example/",
            "title": "A &amp; B",
            "content_html": "<p>First.</p><p>Second &lt;part&gt;.</p>",
            "summary": "In <b>short</b>",
            "authors": [{"name": "Ada Lovelace"}, {"url": "https://x.example"}, "Alan Turing"],
            "author": {"name": "Ignored"},
            "tags": ["cs.LG", ""],
            "image": "pic.png",
            "date_published": "2026-05-25T10:00:00+02:00",
            "date_modified": "2026-05-26",
        },
        home_page_url="https://home.example/blog/",
    )
    assert entry == Entry(
        title="A & B",
        abstract="First. Second <part>.",
        authors=("Ada Lovelace", "Alan Turing"),
        categories=("cs.LG",),
        links=Links(abstract="https://home.example/posts/1", html="https://elsewhere.example/"),
        id="https://arxiv.org/abs/2605.00001v2",
        arxiv_id="2605.00001",
        version=2,
        published=datetime(2026, 5, 25, 8, tzinfo=UTC),
        updated=datetime(2026, 5, 26, tzinfo=UTC),
        summary="In short",
        thumbnail="https://home.example/blog/pic.png",
        place="item 1",
    )


def test_authors_of_the_entry_go_before_those_of_the_feed() -> None:
    root = {"authors": [{"name": "Root"}], "author": {"name": "Old root"}}
    assert one({}, **root).authors == ("Root",)
    assert one({"author": {"name": "Own"}}, **root).authors == ("Own",)
    assert one({"author": "By name"}).authors == ("By name",)
    assert one({}, author={"name": "Old root"}).authors == ("Old root",)


def test_text_links_and_ids_in_their_order() -> None:
    assert one({"content_text": "Plain <b>", "content_html": "<p>x"}).abstract == "Plain <b>"
    assert (one({"summary": "Only"}).abstract, one({"summary": "Only"}).summary) == ("Only", "")
    assert one({"external_url": "https://e.example/a"}).links == Links(abstract="https://e.example/a")
    assert one({"id": "https://e.example/id"}).links == Links(abstract="https://e.example/id")
    assert one({"id": 42, "url": "javascript:x"}).links == Links()
    assert one({"id": 42}).id == "42"
    assert one({"url": "https://doi.org/10.1000/XyZ"}).doi == "10.1000/xyz"
    assert one({"external_url": "https://arxiv.org/abs/2605.00001", "url": "https://b.example/"}).arxiv_id == ""


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("One sentence. Another one.", "One sentence."),
        ("Version 1.1 is out! Now read on.", "Version 1.1 is out!"),
        ("no end", "no end"),
        ("word " * 40, "word " * 19 + "word…"),
        ("x" * 200, "x" * 100 + "…"),
        ("... what?", "... what?"),
    ],
)
def test_without_a_title_the_first_sentence_stands_for_it(text: str, title: str) -> None:
    entry = one({"title": None, "content_text": text})
    assert (entry.title, entry.abstract) == (title, text.strip())


def test_bad_entries_are_rejects() -> None:
    reading = read(feed({"id": "1"}, None, "text", {"title": "Good"}), listed_on=date(2026, 5, 25))
    assert [e.place for e in reading.entries] == ["item 4"]
    assert [(r.place, r.reason) for r in reading.rejects] == [
        ("item 1", "neither title nor text"),
        ("item 2", "not an object, or an empty one"),
        ("item 3", "not an object, or an empty one"),
    ]
    assert (reading.kind, reading.title, reading.listed_on) == ("json-feed", "A feed", date(2026, 5, 25))


def test_an_empty_feed_is_a_quiet_one() -> None:
    assert jsonfeed.sniff(json.dumps(feed()).encode(), "")
    assert (read(feed()).entries, read(feed()).rejects) == ((), ())


def test_rss_written_as_json() -> None:
    item = {
        "title": "T",
        "link": "https://a.example/1",
        "description": "<i>D</i>",
        "guid": {"#value": "g1"},
        "pubDate": "Mon, 25 May 2026 00:00:00 GMT",
    }
    answer = {"rss": {"channel": {"title": "R", "item": item}}}
    assert jsonfeed.sniff(json.dumps(answer).encode(), "")
    (entry,) = read(answer).entries
    assert (entry.title, entry.abstract, entry.id, entry.links.abstract) == ("T", "D", "g1", "https://a.example/1")
    assert entry.published == datetime(2026, 5, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"version": "https://jsonfeed.org/version/1", "items": [{"title": "cut', "not valid JSON: .* at line 1"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "no list of items"),
        (b'{"version": 3, "items": 4}', "no list of items"),
        (b"[]", "no list of items"),
    ],
)
def test_what_is_no_json_feed(content: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed, match=reason):
        read(content)


def test_other_json_is_not_taken() -> None:
    for answer in ({"items": [{"title": "x"}]}, {"version": "2", "items": []}, [], {"rss": "x"}, {"data": []}):
        assert not jsonfeed.sniff(json.dumps(answer).encode(), "")


VALUES = (
    st.none()
    | st.integers()
    | st.text(max_size=30)
    | st.lists(st.text(max_size=5), max_size=3)
    | st.dictionaries(st.just("name"), st.text(max_size=5))
)
NAMES = [
    "id",
    "title",
    "url",
    "content_html",
    "content_text",
    "summary",
    "authors",
    "author",
    "tags",
    "date_published",
    "image",
    "doi",
]


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES), max_size=4))
def test_any_entries_are_read_or_rejected(items: list[dict[str, Any]]) -> None:
    reading = read(feed(*items))
    assert len(reading.entries) + len(reading.rejects) == len(items)
    assert all(e.title for e in reading.entries)
