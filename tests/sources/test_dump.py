from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from digest.errors import NotAFeed, Throttled
from digest.model import Announcement, Entry, Links, Reading
from digest.sources import dump
from tests.factories import snapshot

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://export.arxiv.org/api/query?search_query=x"
RSS = '<rss version="2.0"><channel><title>Ours</title><item><title>T</title><link>/1</link></item></channel></rss>'
ITEM = {
    "id": "oai:arXiv.org:2605.00001v2",
    "title": "A title",
    "link": "https://arxiv.org/abs/2605.00001",
    "author": "A. One (X, Y), B. Two",
    "published": "Mon, 25 May 2026 00:00:00 -0400",
    "summary": "arXiv:2605.00001v2 Announce Type: replace \nAbstract: We study it.",
}


def read(answer: Any) -> Reading:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return dump.read(snapshot(content=content, place="dump.json"))


def recorded(body: str, status: object = 200, **fields: Any) -> dict[str, Any]:
    return {"url": URL, "status_code": status, "body": body, **fields}


def test_a_real_dump_of_two_feeds(captures: Path) -> None:
    content = (captures / "arxiv_rss_dump" / "2025-04-07_rss_cache.json").read_bytes()
    assert dump.sniff(content, "")
    reading = read(content)
    assert (reading.kind, len(reading.entries), reading.rejects) == ("feed-dump", 416, ())
    assert reading.listed_on == date(2025, 4, 7)
    assert reading.title.endswith("cs.SD, eess.AS updates on arXiv.org")
    assert [entry.place for entry in reading.entries[405:408]] == ["item 406", "item 407", "item 408"]
    assert all(entry.version and entry.announcement and entry.authors for entry in reading.entries)


def test_the_same_paper_stands_in_both_feeds_of_a_day(captures: Path) -> None:
    reading = read((captures / "arxiv_rss_dump" / "2025-04-08_rss_cache.json").read_bytes())
    ids = [entry.arxiv_id for entry in reading.entries]
    assert (len(ids), len(set(ids))) == (894, 888)


def test_one_entry_of_a_dump() -> None:
    expected = Entry(
        title="A title",
        abstract="We study it.",
        authors=("A. One", "B. Two"),
        links=Links(abstract="https://arxiv.org/abs/2605.00001", pdf="https://arxiv.org/pdf/2605.00001"),
        id="2605.00001v2",
        arxiv_id="2605.00001",
        version=2,
        updated=datetime(2026, 5, 25, tzinfo=UTC),
        listed_on=date(2026, 5, 25),
        announcement=Announcement.REPLACE,
        place="item 1",
    )
    feed = {"feed": {"title": "Ours"}, "entries": [ITEM]}
    assert read({"https://rss.arxiv.org/rss/cs.LG": feed}).entries == (expected,)
    assert read(feed).entries == (expected,)


def test_entries_of_other_feeds_and_of_odd_types_are_taken_as_they_come() -> None:
    other = {"title": "Elsewhere", "link": "/1", "authors": "nobody", "tags": {"x": 1}, "published_parsed": [2026]}
    reading = read({"x": {"feed": {"link": "https://example.org/"}, "entries": [other, {"id": 3}, {}]}})
    assert [(e.title, e.links.abstract) for e in reading.entries] == [("Elsewhere", "https://example.org/1")]
    assert [reject.place for reject in reading.rejects] == ["item 2", "item 3"]


def test_what_a_page_watcher_keeps(captures: Path) -> None:
    content = (captures / "daily_series" / "wduverger__2025-11-11_nature.json").read_bytes()
    assert dump.sniff(content, "")
    reading = read(content)
    assert (reading.title, len(reading.entries)) == ("Nature - research articles", 20)
    assert reading.entries[0].links.abstract == "https://www.nature.com/articles/s41586-025-09850-x"


def test_recorded_answers_of_the_search_api(captures: Path) -> None:
    folder = captures / "arxiv_api"
    paths = sorted(folder.glob("arxivpy__q_*.json"))
    assert all(dump.sniff(path.read_bytes(), "") for path in paths)
    assert [len(read(path.read_bytes()).entries) for path in paths] == [10, 15, 10, 10, 10, 10, 15, 15]
    (old,) = read((folder / "arxivpy__id_quant-ph_0201082v1_s0_m100_86989fe779ef.json").read_bytes()).entries
    assert (old.arxiv_id, old.version, old.categories) == ("quant-ph/0201082", 1, ("quant-ph", "cs.PL"))
    assert read((folder / "arxivpy__id_0000.0000_s0_m100_8b51d9633a68.json").read_bytes()).entries == ()


def test_a_recorded_error_is_told_in_its_words(captures: Path) -> None:
    with pytest.raises(NotAFeed, match="incorrect id format for abc"):
        read((captures / "arxiv_api" / "arxivpy__id_abc_s0_m100_b79c8dcf6bc3.json").read_bytes())


def test_a_recorded_feed_of_any_kind_is_read_with_its_own_address() -> None:
    reading = read(recorded(RSS, url="https://example.org/feed"))
    assert (reading.kind, reading.entries[0].links.abstract) == ("feed", "https://example.org/1")


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (recorded("Rate exceeded."), Throttled, "Rate exceeded."),
        (recorded("<html><title>Busy</title></html>", 503), Throttled, "status 503"),
        (recorded("", 429), Throttled, "status 429"),
        (recorded(RSS, 500), NotAFeed, "status 500: Ours"),
        (recorded("<!doctype html><title>Sign in</title>"), NotAFeed, "an HTML page titled 'Sign in'"),
        (recorded(json.dumps(recorded(RSS))), NotAFeed, "a recorded answer within a recorded answer"),
        (recorded(RSS, 200, url=None, status_code=None), None, ""),
        ({"a": 1}, NotAFeed, "neither feeds nor a recorded answer"),
        (b"{", NotAFeed, "not valid JSON"),
    ],
)
def test_what_is_recorded_is_refused_with_its_reason(answer: Any, error: type[Exception] | None, words: str) -> None:
    if error is None:
        assert len(read(answer).entries) == 1
        return
    with pytest.raises(error) as raised:
        read(answer)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"entries": []}',
        b'{"feed": {}}',
        b'{"body": "x"}',
        b'{"items": []}',
        b'{"entries": "',
        RSS.encode(),
    ],
)
def test_other_content_is_not_sniffed(content: bytes) -> None:
    assert not dump.sniff(content, "")
