"""The store's contract: snapshots, papers, and what the diff asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.errors import StorageError
from digest.model import Announcement, Change, Freshness, Links, Paper, Reject, Standing
from digest.papers.identity import lookup_key, title_key
from digest.storage import PaperRow, Store
from tests.factories import NOW, entry, paper, reading, snapshot
from tests.storage.steps import change, ingest, ingest_new

RICH = Paper(
    key="doi:10.1000/x",
    title="Émile’s “Δ-Attention” \u2014 量子 𝔸 of the very long title",
    aliases=frozenset({"doi:10.1000/x", "guid:hf:a b", "text:00ff"}),
    abstract="One.\tTwo with 'quotes' and \\ and %s :name $dollar",
    authors=("Ø. Ünal", "Ada"),
    author_count=12,
    categories=("cs.LG",),
    links=Links(abstract="https://doi.org/10.1000/x", code="https://git.test/x"),
    doi="10.1000/x",
    revision=3,
    published=datetime(2026, 5, 20, 23, 59, 59, 999999, tzinfo=UTC),
    listed_on=date(2026, 5, 21),
    upvotes=0,
    comments=5,
    summary="S",
    keywords=("k", "l"),
    thumbnail="https://img.test/1.png",
    organization="Org",
    sources=("b", "a"),
)


def test_papers_come_out_as_they_went_in(store: Store) -> None:
    blank = Paper(key="text:1", title="", aliases=frozenset({"text:1"}))
    number = ingest_new(store, RICH, blank)
    assert store.papers_new(0, number) == [RICH, blank]
    assert store.paper("doi:10.1000/x") == RICH
    assert store.paper("guid:hf:a b") == RICH
    assert store.paper("doi:10.1000/y") is None


def test_text_that_no_database_takes_is_kept(store: Store) -> None:
    odd = paper(title="nul \x00 and \ud83d alone", key="guid:hf:\x00", aliases=frozenset({"guid:hf:\x00"}), arxiv_id="")
    ingest_new(store, odd)
    with store.ingesting() as work:
        known = work.known(["guid:hf:\x00"], [])
    assert known.by_alias == {"guid:hf:\x00": odd}


def test_a_paper_whose_key_no_database_takes_is_known_again(store: Store) -> None:
    odd = paper(key="guid:hf:\x00", aliases=frozenset({"guid:hf:\x00"}))
    ingest_new(store, odd)
    ingest(store, change(replace(odd, upvotes=8), Freshness.KNOWN))
    assert [p.upvotes for p in store.papers_new(0, 2)] == [8]


def test_snapshots_are_known_by_source_and_bytes(store: Store) -> None:
    taken = snapshot(content=b"same")
    number = ingest(store, taken=taken)
    with store.ingesting() as work:
        assert work.snapshot_id("hf", taken.sha256) == number
        assert work.snapshot_id("arxiv", taken.sha256) is None
        assert work.snapshot_id("hf", "0" * 64) is None
    with pytest.raises(StorageError):
        ingest(store, taken=taken)
    assert ingest(store, taken=snapshot(source="arxiv", content=b"same")) > number


def test_snapshot_ids_rise_and_are_found_by_time(store: Store) -> None:
    assert store.last_snapshot() == 0
    assert store.snapshot_before(NOW) == 0
    first = ingest(store, taken=snapshot(taken_at=NOW - timedelta(days=2)))
    second = ingest(store, taken=snapshot(taken_at=NOW))
    assert 0 < first < second == store.last_snapshot()
    assert store.snapshot_before(NOW) == first
    assert store.snapshot_before(NOW + timedelta(microseconds=1)) == second


def test_an_exception_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(ValueError, match="by the way"):
        _break_off(store)
    assert store.last_snapshot() == 0
    assert store.counts()["papers"] == 0


def _break_off(store: Store) -> None:
    with store.ingesting() as work:
        work.add(snapshot(), reading(), [change(paper())])
        raise ValueError("by the way")


def test_bytes_are_forgotten_once(store: Store) -> None:
    ingest(store, taken=snapshot(taken_at=NOW - timedelta(days=9)))
    ingest(store, taken=snapshot(taken_at=NOW))
    assert store.forget_bytes(NOW) == 1
    assert store.forget_bytes(NOW) == 0


def test_rejects_are_listed_newest_first(store: Store) -> None:
    old, odd = Reject("item 1", "no title"), Reject("item 2", "nul \x00", "T \ud800")
    for taken, rejects in ((snapshot(), (old,)), (snapshot(), ()), (snapshot(source="b"), (odd, old))):
        with store.ingesting() as work:
            work.add(taken, reading(rejects=rejects), [])
    assert store.rejects() == [("b", NOW, odd), ("b", NOW, old), ("hf", NOW, old)]
    assert store.rejects(1) == [("b", NOW, odd)]


def test_known_answers_by_alias_and_by_title(store: Store) -> None:
    one = paper(
        title="A long and quite particular title of one paper", aliases=frozenset({"arxiv:1", "url:a"}), key="arxiv:1"
    )
    twin = replace(one, key="doi:2", aliases=frozenset({"doi:2"}))
    ingest_new(store, one, twin, paper())
    key = title_key(one.title)
    with store.ingesting() as work:
        known = work.known(
            {"url:a", "arxiv:1", "arxiv:none"}, {key, title_key("Another title that nobody ever gave to a paper")}
        )
        assert work.known([], [""]).by_title == {}
    assert known.by_alias == {"url:a": one, "arxiv:1": one}
    assert known.by_title == {key: (one, twin)}
    assert known.unannounced == frozenset()


def test_a_title_follows_the_paper(store: Store) -> None:
    before = paper(title="The title under which it was first submitted to us")
    after = replace(before, title="Quite another title that came with its second version")
    ingest_new(store, before)
    ingest(store, change(after, Freshness.REVISED))
    with store.ingesting() as work:
        known = work.known([], [title_key(before.title), title_key(after.title)])
    assert known.by_title == {title_key(after.title): (after,)}


def test_replacements_of_unseen_papers_are_unannounced_until_they_are_new(store: Store) -> None:
    one = paper()
    first = ingest(store, change(one, Freshness.REVISED))
    with store.ingesting() as work:
        assert work.known(one.aliases, []).unannounced == {one.key}
    assert store.papers_new(0, first) == []
    assert store.papers_revised(0, first) == [one]
    second = ingest(store, change(one, Freshness.NEW))
    with store.ingesting() as work:
        assert work.known(one.aliases, []).unannounced == frozenset()
    assert store.papers_new(first, second) == [one]
    third = ingest(store, change(one, Freshness.NEW))
    assert store.papers_new(second, third) == []


def test_a_paper_whose_text_came_later_is_new_once_more(store: Store) -> None:
    one = paper(abstract="")
    first = ingest_new(store, one)
    told = replace(one, abstract="At last.")
    second = ingest(store, Change(Freshness.NEW, told, True, (entry(),), again=True), taken=snapshot(source="other"))
    third = ingest(store, change(told, Freshness.KNOWN))
    assert store.papers_new(0, first) == [told]
    assert store.papers_new(first, second) == [told]
    assert store.papers_new(second, third) == []
    assert store.latest_papers(third, 5) == [told]


def test_who_told_a_paper_is_kept(store: Store) -> None:
    papers = [paper(standing=standing, told_by="feed") for standing in Standing]
    number = ingest_new(store, *papers)
    assert store.papers_new(0, number) == papers


def test_a_title_that_says_little_is_found_with_its_day(store: Store) -> None:
    one = paper(title="Editorial")
    ingest_new(store, one, replace(one, key="url:a", aliases=frozenset({"url:a"}), published=NOW + timedelta(days=7)))
    key = lookup_key(one.title, one.published, ())
    with store.ingesting() as work:
        assert work.known([], [key]).by_title == {key: (one,)}


def test_windows_are_open_below_and_closed_above(store: Store) -> None:
    papers = [paper() for _ in range(3)]
    numbers = [ingest_new(store, p) for p in papers]
    assert store.papers_new(numbers[0], numbers[1]) == [papers[1]]
    assert store.papers_new(numbers[0], numbers[2]) == papers[1:]
    assert store.papers_new(numbers[2], numbers[2]) == []
    assert store.latest_papers(numbers[2], 2) == [papers[2], papers[1]]
    assert store.latest_papers(numbers[1], 9) == [papers[1], papers[0]]


def test_a_paper_new_and_revised_in_one_window_is_new(store: Store) -> None:
    one = paper(revision=1)
    first = ingest_new(store, one)
    after = replace(one, revision=2)
    second = ingest(store, change(after, Freshness.REVISED))
    assert store.papers_new(0, second) == [after]
    assert store.papers_revised(0, second) == []
    assert store.papers_revised(first, second) == [after]


def test_changes_update_the_paper(store: Store) -> None:
    one = paper(upvotes=3)
    ingest_new(store, one)
    aliases = one.aliases | {"doi:10.1/new"}
    richer = replace(one, aliases=aliases, upvotes=9, comments=1, sources=("hf", "arxiv"), summary="S")
    ingest(store, change(richer, Freshness.KNOWN), taken=snapshot(source="arxiv"))
    assert store.paper("doi:10.1/new") == richer
    assert store.counts()["papers"] == 1


def test_an_alias_stays_with_its_first_owner(store: Store) -> None:
    one = paper(key="arxiv:1", aliases=frozenset({"arxiv:1", "url:shared"}))
    other = paper(key="arxiv:2", aliases=frozenset({"arxiv:2", "url:shared"}))
    ingest_new(store, one)
    ingest_new(store, other)
    assert store.paper("url:shared") == one
    assert store.paper("arxiv:2") == other


def test_a_change_back_to_an_old_content(store: Store) -> None:
    one = paper(summary="first")
    for version in (one, replace(one, summary="second"), one):
        ingest(store, change(version, Freshness.KNOWN))
        assert store.paper(one.key) == version


def test_sightings_of_several_entries_and_sources(store: Store) -> None:
    one = paper()
    told = (entry(announcement=Announcement.NEW, upvotes=4), entry(announcement=None, upvotes=None, comments=2))
    ingest(store, Change(Freshness.NEW, one, False, told))
    ingest(store, change(one, Freshness.KNOWN, announcement=Announcement.CROSS), taken=snapshot(source="arxiv"))
    ingest(store, change(one, Freshness.KNOWN, upvotes=6))
    assert [p.key for p in store.papers_new(0, 3)] == [one.key]


def test_papers_are_listed_by_snapshot_newest_first(store: Store) -> None:
    early, late = [paper(), paper()], [paper(), paper()]
    ingest(store, *map(change, early), taken=snapshot(taken_at=NOW - timedelta(days=3)))
    ingest(store, *map(change, late), taken=snapshot(taken_at=NOW))
    assert [row.paper for row in store.papers()] == [*late, *early]
    assert store.papers(since=NOW) == [PaperRow(p, NOW) for p in late]
    assert [row.paper for row in store.papers(limit=1)] == late[:1]


def test_a_thousand_papers_in_one_snapshot(store: Store) -> None:
    papers = [paper() for _ in range(1_000)]
    ingest_new(store, *papers)
    with store.ingesting() as work:
        known = work.known([alias for p in papers for alias in p.aliases], [])
    assert known.by_alias == {p.key: p for p in papers}
    more = [replace(p, upvotes=p.upvotes and p.upvotes + 1) for p in papers]
    ingest(store, *(change(p, Freshness.KNOWN) for p in more))
    assert store.papers_new(0, 1) == more
