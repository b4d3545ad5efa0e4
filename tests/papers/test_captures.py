"""The real captures, day by day, through the diff."""

from __future__ import annotations

import json
import re
from datetime import date

from digest.model import Announcement, Entry
from digest.papers.text import plain
from tests.papers.memory import Memory, freshness

RELISTED = {"2604.07429"}


def daily(path) -> list[Entry]:
    """One archived answer of the daily papers API."""
    listed = date.fromisoformat(path.stem)
    return [
        Entry(
            title=plain(told["title"]),
            abstract=plain(told["summary"]),
            authors=tuple(plain(author["name"]) for author in told["paper"]["authors"]),
            arxiv_id=told["paper"]["id"],
            upvotes=told["paper"]["upvotes"],
            listed_on=listed,
        )
        for told in json.loads(path.read_text())
    ]


def page_text(path) -> list[Entry]:
    """The titles and abstracts of a glued page: they alternate, line by line."""
    lines = path.read_text().splitlines()[2:]
    lines[0] = lines[0].removeprefix("Subscribe")
    return [
        Entry(title=plain(title), abstract=plain(abstract))
        for title, abstract in zip(lines[::2], lines[1::2], strict=True)
    ]


def dumped(path) -> list[Entry]:
    """One archived day of arXiv's feeds, as feedparser's fields."""
    feeds = json.loads(path.read_text()).values()
    return [arxiv_entry(told) for feed in feeds for told in feed["entries"]]


def arxiv_entry(told: dict) -> Entry:
    """The announcement type stands in the summary, as in arXiv's own feeds."""
    head, _, abstract = told["summary"].partition("Abstract: ")
    announced = Announcement(head.partition("Announce Type: ")[2].strip())
    return Entry(title=plain(told["title"]), abstract=plain(abstract), id=told["id"], announcement=announced)


def test_every_day_of_daily_papers(captures):
    store = Memory()
    known: list[str] = []
    for path in sorted((captures / "hf_daily_json").glob("*.json")):
        told = daily(path)
        changes = store.ingest(*told)
        assert len(changes) == len({entry.arxiv_id for entry in told})
        assert {change.freshness.value for change in changes} <= {"new", "known"}
        known += [change.paper.arxiv_id for change in changes if change.freshness.value == "known"]
        assert all(change.paper.key == f"arxiv:{change.paper.arxiv_id}" for change in changes)
        assert set(freshness(store.ingest(*told))) <= {"known"}
    assert set(known) == RELISTED
    (relisted,) = (paper for paper in store.papers.values() if paper.arxiv_id in RELISTED)
    assert relisted.upvotes == 42
    assert len(store.papers) > 2_000


def test_page_text_twice_and_then_with_ids(captures):
    told = page_text(next((captures / "page-text").glob("000*")))
    store = Memory()
    assert freshness(store.ingest(*told, source="page")) == ["new"] * 119
    assert freshness(store.ingest(*told, source="page")) == ["known"] * 119
    assert freshness(store.ingest(*told, source="another page")) == ["known"] * 119
    named = [
        Entry(title=entry.title, abstract=entry.abstract, arxiv_id=f"1605.{n:05}")
        for n, entry in enumerate(told, start=1)
    ]
    assert freshness(store.ingest(*named)) == ["known"] * 119
    assert freshness(store.ingest(*told, source="page")) == ["known"] * 119
    assert len(store.papers) == 119


def test_eight_days_of_arxiv(captures):
    store = Memory()
    seen: set[str] = set()
    for path in sorted((captures / "arxiv_rss_dump").glob("*.json")):
        told = dumped(path)
        changes = store.ingest(*told, source="arxiv")
        for change in changes:
            announced = {entry.announcement for entry in change.entries}
            listed = announced & {Announcement.NEW, Announcement.CROSS}
            first = change.paper.arxiv_id not in seen
            assert (change.freshness.value == "new") == bool(listed and first), change
            seen |= {change.paper.arxiv_id} if listed else set()
        assert set(freshness(store.ingest(*told, source="again"))) <= {"known"}
    assert len(store.papers) == len({paper.arxiv_id for paper in store.papers.values()}) > 3_000


def test_no_tex_is_left_in_titles_but_unknown_macros(captures):
    left = set()
    for path in (captures / "hf_daily_json").glob("*.json"):
        for told in json.loads(path.read_text()):
            left |= set(re.findall(r"\\\w*|[{}]|\$(?![\d ])", plain(told["title"])))
    assert left <= {"$"}
