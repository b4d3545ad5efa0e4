"""The store's contract: looking around among the papers, and numbers by the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from digest.model import Announcement, Change, DeliveryKind, DeliveryStatus, Freshness, Paper, Sighting, VoteCount
from tests.factories import NOW, entry, paper, snapshot
from tests.storage.joining import put_letter
from tests.storage.steps import change, enrol, ingest, ingest_new, publish, put_in_outbox, send

if TYPE_CHECKING:
    from digest.storage import Store

S = DeliveryStatus
MAY = [date(2026, 5, day) for day in range(1, 32)]


def morning(day: date) -> datetime:
    """When that day's snapshot is taken."""
    return datetime(day.year, day.month, day.day, 0, 0, tzinfo=UTC)


def arrive(store: Store, taken_on: date, *papers: Paper, last_moment: bool = False) -> None:
    """A snapshot of that day in which all of these are new."""
    at = morning(taken_on) + (timedelta(days=1, microseconds=-1) if last_moment else timedelta())
    ingest(store, *map(change, papers), taken=snapshot(taken_at=at))


def keys(papers: list[Paper]) -> list[str]:
    return [one.key for one in papers]


def test_days_are_those_of_the_lists_or_else_of_the_snapshots(store: Store) -> None:
    assert (store.days(), store.papers_by_day(date.min)) == ([], [])
    dated = [paper(listed_on=MAY[n]) for n in (3, 3, 5)]
    arrive(store, MAY[9], *dated, paper(listed_on=None))
    arrive(store, MAY[5], paper(listed_on=None), paper(listed_on=None), last_moment=True)
    arrive(store, MAY[6], paper(listed_on=None))
    every = [(MAY[9], 1), (MAY[6], 1), (MAY[5], 3), (MAY[3], 2)]
    assert store.days() == every
    assert store.days(before=MAY[6]) == every[2:]
    assert store.days(before=MAY[3]) == []
    assert store.papers_by_day(MAY[5]) == every[2::-1]
    assert store.papers_by_day(MAY[10]) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9])
def test_the_last_days_are_counted_in_full(store: Store, limit: int) -> None:
    for n in range(6):
        arrive(store, MAY[n], paper(listed_on=None), *(paper(listed_on=MAY[n + shift]) for shift in range(3)))
    every = store.days(99)
    assert [count for _, count in every] == [1, 2, 4, 4, 4, 4, 3, 2][:8]
    assert sum(count for _, count in every) == 24
    assert store.days(limit) == every[:limit]
    assert store.days(limit, before=MAY[4]) == every[4 : 4 + limit]


def test_what_is_listed_stands_by_upvotes_then_by_day(store: Store) -> None:
    votes = [None, 5, 0, 5, 9]
    days = [MAY[4], MAY[4], MAY[4], MAY[5], MAY[3]]
    made = [paper(listed_on=day, upvotes=n) for day, n in zip(days, votes, strict=True)]
    silent = paper(listed_on=None, upvotes=5)
    arrive(store, MAY[20], *made)
    arrive(store, MAY[4], silent)
    first, best, low, late, early = made
    assert keys(store.listed(MAY[3], MAY[5])) == keys([early, late, silent, best, low, first])
    assert keys(store.listed(MAY[4], MAY[4])) == keys([silent, best, low, first])
    assert store.listed(MAY[3], MAY[5], limit=2) == [early, late]
    assert store.listed(MAY[3], MAY[5], limit=2, start=1) == store.listed(MAY[3], MAY[5])[1:3]
    assert store.listed(MAY[3], MAY[5], start=6) == []
    assert store.listed(MAY[6], MAY[19]) == []
    assert store.listed(MAY[5], MAY[3]) == []
    assert len(store.listed(date.min, date.max)) == 6


def test_a_day_has_both_its_ends(store: Store) -> None:
    ends = [paper(listed_on=None), paper(listed_on=None)]
    arrive(store, MAY[4], ends[0])
    arrive(store, MAY[4], ends[1], last_moment=True)
    assert keys(store.listed(MAY[4], MAY[4])) == keys(ends[::-1])
    assert store.listed(MAY[3], MAY[3]) == store.listed(MAY[5], MAY[5]) == []


def test_papers_without_upvotes_stand_as_listed(store: Store) -> None:
    made = [paper(listed_on=MAY[4], upvotes=None) for _ in range(4)]
    arrive(store, MAY[4], *made[:2])
    arrive(store, MAY[4], *made[2:])
    assert keys(store.listed(MAY[4], MAY[4])) == keys([*made[2:], *made[:2]])


WHOLE: dict[str, Any] = {
    "title": 'Schrödinger\'s "Straße" to 100% C:\\maths_2',
    "abstract": "Καλημέρα, 深度学习 and ΣΟΦΟΣ 𝐱-rays",
    "authors": ("Zoë Ångström", "İnci Müller"),
    "categories": ("cs.LG",),
    "keywords": ("graph neural nets",),
}


@pytest.mark.parametrize(
    "fragment",
    [
        *("Schrödinger", "SCHRÖDINGER", "schrödinger's", '"straße"', "straße", "traßE", "100%", "c:\\MATHS_2"),
        *("καλημέρα", "ΚΑΛΗΜΈΡΑ", "深度", "学习", "σοφ", "ΣΟΦΟΣ", "σοφος", "𝐱-rays", "zoë å", "ångström"),
        *("İnci", "CS.lg", "neural NETS", "müLLer", ""),
    ],
)
def test_words_are_found_in_any_field_and_any_case(store: Store, fragment: str) -> None:
    one = paper(**WHOLE)
    ingest_new(store, one, paper())
    assert one in store.matching([[fragment]])


@pytest.mark.parametrize(
    "fragment",
    [
        *(
            "100_",
            "maths%2",
            "m_ths",
            "1%0",
            "schr%dinger",
            "schr_dinger",
            "!",
            "\\u00f6",
            "u00",
            "title",
            'abstract":',
        ),
        *("arxiv.org", "zoe", "深学", "schrodinger", "aliases", "neural netsx", "\x00", "𝐲-rays", "c:\\\\"),
    ],
)
def test_nothing_else_is_found(store: Store, fragment: str) -> None:
    ingest_new(store, paper(**WHOLE))
    assert store.matching([[fragment]]) == []


def test_all_of_a_group_and_any_of_the_groups(store: Store) -> None:
    made = [paper(title=f"{a} {b}", abstract="") for a in ("red", "blue") for b in ("fish", "bird")]
    ingest_new(store, *made)
    red_fish, red_bird, blue_fish, blue_bird = made
    assert store.matching([["red"]]) == [red_bird, red_fish]
    assert store.matching([["fish", "blue"]]) == [blue_fish]
    assert store.matching([["fish", "blue"], ["bird", "red"], ["fish", "blue"]]) == [blue_fish, red_bird]
    assert store.matching([["fish", "bird"]]) == []
    assert store.matching([]) == []
    assert store.matching([[]]) == [blue_bird, blue_fish, red_bird, red_fish]


def test_the_newest_are_found_first_and_as_they_are_now(store: Store) -> None:
    made = [paper(title=f"Graph {n}") for n in range(5)]
    ingest_new(store, *made)
    ingest(store, change(replace(made[0], title="Tree", upvotes=9), Freshness.KNOWN))
    assert store.matching([["graph"]], limit=2) == [made[4], made[3]]
    assert len(store.matching([["graph"]])) == 4
    assert store.matching([["tree"]]) == [replace(made[0], title="Tree", upvotes=9)]
    assert store.matching([["graph"]], limit=0) == []


def test_many_groups_are_no_harm(store: Store) -> None:
    one = paper(title="The needle")
    ingest_new(store, one, *(paper() for _ in range(300)))
    groups = [[f"straw {n}", "%" * 50] for n in range(2_000)]
    assert store.matching([*groups, ["needle"]]) == [one]
    assert store.matching([["x" * 10_000]]) == []


def test_sightings_of_a_paper(store: Store) -> None:
    one = paper(aliases=frozenset({"doi:10.1/x"}))
    told = (entry(announcement=Announcement.NEW, upvotes=4), entry(listed_on=MAY[3]))
    at = [NOW + timedelta(hours=n) for n in range(3)]
    ingest(store, Change(Freshness.NEW, one, False, told), change(paper()), taken=snapshot(taken_at=at[0]))
    ingest(store, change(one, Freshness.KNOWN), taken=snapshot(source="arxiv", taken_at=at[1]))
    ingest(store, change(one, Freshness.KNOWN, upvotes=6), taken=snapshot(taken_at=at[2]))
    seen = [Sighting("hf", at[0], at[2], MAY[3], "new", 6), Sighting("arxiv", at[1], at[1])]
    assert store.sightings(one.key) == store.sightings("doi:10.1/x") == seen
    assert store.sightings("nothing") == []


def test_upvotes_over_time(store: Store) -> None:
    one = paper(upvotes=None)
    at = [NOW + timedelta(hours=n) for n in range(4)]
    for moment, upvotes in zip(at, (None, 3, 3, 8), strict=True):
        seen = replace(one, upvotes=upvotes)
        ingest(store, change(seen, Freshness.KNOWN), change(paper()), taken=snapshot(taken_at=moment))
    assert store.votes(one.key) == [VoteCount(at[1], 3), VoteCount(at[3], 8)]
    assert store.votes("nothing") == []


def test_deliveries_by_day(store: Store) -> None:
    day = timedelta(days=1)
    for shift in (0, 0, 1):
        put_in_outbox(store, due_at=NOW + shift * day)
    put_letter(store, DeliveryKind.ANSWER, due_at=NOW + day)
    send(store, now=NOW - day)
    today = NOW.date()
    counted = [(today, S.PENDING, 2), (today + day, S.PENDING, 2)]
    assert store.deliveries_by_day(NOW) == counted
    assert store.deliveries_by_day(NOW - 200 * day) == [(today - 100 * day, S.ACCEPTED, 1), *counted]
    assert store.deliveries_by_day(NOW + 2 * day) == []


def test_editions_of_a_subscriber_by_their_numbers(store: Store) -> None:
    papers = [paper(), paper()]
    ingest_new(store, *papers)
    person, other = enrol(store), enrol(store)
    full = publish(store, person, *papers)
    empty = publish(store, replace(person, cutoff=1), edition_date=full.edition_date + timedelta(days=1))
    publish(store, other, papers[0])
    told = [(empty.id, empty.edition_date, 0), (full.id, full.edition_date, 2)]
    assert store.edition_ids(person.id) == told
    assert store.edition_ids(person.id, limit=1) == told[:1]
    assert store.edition_ids(99) == []
