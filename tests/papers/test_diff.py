"""What is new, revised or known: tables of what feeds do over days."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Announcement, Links
from digest.papers.diff import Known, diff, lookups
from tests.factories import entry
from tests.papers.memory import Memory, freshness

TITLE = "Fully Convolutional Networks for Semantic Segmentation"
FIRST = "Convolutional networks are powerful visual models. We improve on the previous best result in segmentation."
SECOND = "Convolutional networks are powerful visual models. We exceed the state of the art in segmentation."
NEW, CROSS, REPLACE, REPLACE_CROSS = Announcement


def arxiv(version: int | None = 1, announced: Announcement | None = None, number: int = 1, **fields):
    """An entry of arXiv; the text is the same for all versions."""
    told = {"title": f"The long title of work number {number}", "abstract": f"All about {number}."}
    return entry(**told | {"arxiv_id": f"2605.{number:05}", "version": version, "announcement": announced} | fields)


def test_nothing_known():
    changes = diff([entry(), entry()], "hf", Known({}, {}))
    assert freshness(changes) == ["new", "new"]
    assert [change.known for change in changes] == [False, False]
    assert diff([], "hf", Known({}, {})) == []


def test_lookups_ask_for_every_name():
    told = [arxiv(doi="10.1000/x"), entry(title="Editorial", abstract="", id="guid-12345")]
    aliases, titles = lookups(told, "feed")
    assert {"arxiv:2605.00001", "doi:10.1000/x", "guid:feed:guid-12345"} <= aliases
    assert len(aliases) == 7  # both tell little, so all that they tell is a name as well
    assert len(titles) == 1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (arxiv(None), arxiv(None), "known"),
        (arxiv(1, NEW), arxiv(1, NEW), "known"),
        (arxiv(1, NEW), arxiv(1, CROSS), "known"),
        (arxiv(1, NEW), arxiv(2, REPLACE), "revised"),
        (arxiv(1, NEW), arxiv(2, REPLACE_CROSS), "revised"),
        (arxiv(2, NEW), arxiv(2, REPLACE), "known"),
        (arxiv(3, NEW), arxiv(2, REPLACE), "known"),
        (arxiv(1), arxiv(2), "revised"),
        (arxiv(2), arxiv(1), "known"),
        (arxiv(None), arxiv(1, NEW), "known"),
        (arxiv(None), arxiv(3), "known"),
        (arxiv(None), arxiv(2, REPLACE), "revised"),
        (arxiv(2), arxiv(None), "known"),
        (arxiv(None), arxiv(None, REPLACE), "known"),
        (arxiv(None), arxiv(None, REPLACE, abstract="All anew."), "revised"),
        (arxiv(2, REPLACE), arxiv(2, NEW), "new"),
        (arxiv(2, REPLACE), arxiv(2, CROSS), "new"),
        (arxiv(2, REPLACE), arxiv(None), "new"),
        (arxiv(2, REPLACE), arxiv(2, REPLACE), "known"),
        (arxiv(2, REPLACE), arxiv(3, REPLACE), "revised"),
    ],
)
def test_a_second_day(first, second, expected):
    store = Memory()
    store.ingest(first)
    assert freshness(store.ingest(second, source="arxiv")) == [expected]
    assert len(store.papers) == 1


def test_the_replacement_of_something_never_seen_is_revised():
    (change,) = Memory().ingest(arxiv(4, REPLACE))
    assert (change.freshness.value, change.known, change.paper.revision) == ("revised", False, 4)


def test_a_paper_is_new_once():
    store = Memory()
    looks = [arxiv(2, REPLACE), arxiv(2, NEW), arxiv(2, NEW), arxiv(2, CROSS), arxiv(3, REPLACE)]
    assert [freshness(store.ingest(look)) for look in looks] == [
        ["revised"],
        ["new"],
        ["known"],
        ["known"],
        ["revised"],
    ]


@pytest.mark.parametrize("announced", list(itertools.permutations([NEW, CROSS, REPLACE], 3)))
def test_the_best_announcement_of_one_snapshot_wins(announced):
    (change,) = Memory().ingest(*(arxiv(1, one) for one in announced))
    assert change.freshness.value == "new"
    assert [told.announcement for told in change.entries] == list(announced)


def test_one_change_for_each_paper_in_order_of_first_appearance():
    store = Memory()
    store.ingest(arxiv(number=3))
    changes = store.ingest(arxiv(number=2), arxiv(number=3), arxiv(number=1), arxiv(number=2), arxiv(number=3))
    assert [change.paper.arxiv_id for change in changes] == ["2605.00002", "2605.00003", "2605.00001"]
    assert [len(change.entries) for change in changes] == [2, 2, 1]
    assert freshness(changes) == ["new", "known", "new"]


def test_same_title_in_one_snapshot_is_two_papers_and_stays_two():
    store = Memory()
    page = entry(title=TITLE, abstract=FIRST), entry(title=TITLE, abstract=SECOND)
    assert freshness(store.ingest(*page)) == ["new", "new"]
    assert freshness(store.ingest(*page, source="other")) == ["known", "known"]
    ids = (
        entry(title=TITLE, abstract=SECOND, arxiv_id="1605.06211"),
        entry(title=TITLE, abstract=FIRST, arxiv_id="1411.4038"),
    )
    assert freshness(store.ingest(*ids)) == ["known", "known"]
    assert {p.arxiv_id: p.abstract for p in store.papers.values()} == {"1605.06211": SECOND, "1411.4038": FIRST}


def test_with_two_papers_of_one_title_only_an_equal_text_decides():
    store = Memory()
    store.ingest(entry(title=TITLE, abstract=FIRST), entry(title=TITLE, abstract=SECOND))
    assert freshness(store.ingest(entry(title=TITLE, abstract=f"{FIRST} More.", arxiv_id="1411.4038"))) == ["new"]


def test_a_title_that_stands_twice_in_a_snapshot_decides_nothing():
    store = Memory()
    store.ingest(entry(title=TITLE, abstract=f"{FIRST} As it was."))
    ids = (
        entry(title=TITLE, abstract=FIRST, arxiv_id="1411.4038"),
        entry(title=TITLE, abstract=SECOND, arxiv_id="1605.06211"),
    )
    assert freshness(store.ingest(*ids)) == ["new", "new"]


def test_all_equal_is_one_paper():
    (change,) = Memory().ingest(entry(title=TITLE, abstract=FIRST), entry(title=TITLE, abstract=FIRST, upvotes=3))
    assert change.paper.upvotes == 3


def test_an_entry_may_show_that_others_are_one_paper():
    one, other = {"title": TITLE, "abstract": FIRST}, {"title": TITLE, "abstract": SECOND}
    page = [entry(**one), entry(**other), entry(**one, arxiv_id="1411.4038"), entry(**other, arxiv_id="1411.4038")]
    store = Memory()
    (change,) = store.ingest(*page, entry(**other), entry(**one))
    assert [told.abstract for told in change.entries] == [FIRST, SECOND, FIRST, SECOND, SECOND, FIRST]
    assert freshness(store.ingest(*page)) == ["known"]


def test_two_entries_that_contradict_each_other_are_not_both_the_known_paper():
    store = Memory()
    store.ingest(arxiv())
    page = arxiv(None, arxiv_id="", doi="10.1000/b"), arxiv(None, doi="10.1000/a", abstract="Reworded.")
    assert freshness(store.ingest(*page)) == ["new", "known"]
    assert {p.doi for p in store.papers.values()} == {"10.1000/a", "10.1000/b"}
    assert freshness(store.ingest(*page)) == ["known", "known"]


@pytest.mark.parametrize("name", ["arxiv_id", "doi"])
def test_different_strong_names_are_never_one_paper(name):
    names = {"arxiv_id": ("1411.4038", "1605.06211"), "doi": ("10.1000/a", "10.1000/b")}[name]
    one, two = (entry(title=TITLE, abstract=FIRST, **{name: value}) for value in names)
    store = Memory()
    assert freshness(store.ingest(one, two)) == ["new", "new"]
    assert freshness(store.ingest(one, two)) == ["known", "known"]
    apart = Memory()
    assert [freshness(apart.ingest(told)) for told in (one, two)] == [["new"], ["new"]]


def test_different_dois_are_one_paper_if_an_arxiv_id_is_shared():
    store = Memory()
    store.ingest(arxiv(doi="10.1000/preprint"))
    (change,) = store.ingest(arxiv(doi="10.1000/journal"))
    assert change.freshness.value == "known"
    assert {"doi:10.1000/preprint", "doi:10.1000/journal"} <= change.paper.aliases


def test_a_doi_that_appears_later_becomes_an_alias():
    store = Memory()
    store.ingest(arxiv(1, NEW))
    assert freshness(store.ingest(arxiv(2, REPLACE, doi="10.1000/x"))) == ["revised"]
    (change,) = store.ingest(entry(title="As printed in the journal", doi="10.1000/X"), source="journal")
    assert (change.freshness.value, change.paper.key) == ("known", "arxiv:2605.00001")


def test_a_doi_of_somebody_else_is_not_taken_over():
    store = Memory()
    store.ingest(arxiv(number=1, doi="10.1000/x"))
    (change,) = store.ingest(arxiv(number=2, doi="10.1000/x"))
    assert change.freshness.value == "new"
    assert "doi:10.1000/x" not in change.paper.aliases
    assert freshness(store.ingest(arxiv(number=2, doi="10.1000/x"), arxiv(number=1))) == ["known", "known"]


def test_page_text_and_ids_meet_by_title():
    store = Memory()
    store.ingest(entry(title=TITLE, abstract=FIRST), source="page")
    (change,) = store.ingest(entry(title=TITLE.upper(), abstract=f"{FIRST} Code is out.", arxiv_id="1411.4038"))
    assert change.freshness.value == "known"
    assert (change.paper.key[:5], change.paper.arxiv_id, change.paper.sources) == ("text:", "1411.4038", ("page", "hf"))
    assert freshness(store.ingest(entry(title="Another title now", abstract="x", arxiv_id="1411.4038"))) == ["known"]


@pytest.mark.parametrize(
    ("first", "second", "papers"),
    [
        ({"arxiv_id": "1411.4038"}, {"abstract": f"{FIRST} Code is out."}, 1),
        (
            {"arxiv_id": "1411.4038"},
            {"abstract": "Something wholly other about proteins and their folding in cells."},
            2,
        ),
        ({"arxiv_id": "1411.4038"}, {"abstract": ""}, 1),
        ({"arxiv_id": "1411.4038"}, {"abstract": "", "doi": "10.1000/x"}, 1),
        ({"arxiv_id": "1411.4038"}, {"abstract": f"{FIRST} Printed.", "doi": "10.1000/x"}, 2),
        ({"arxiv_id": "1411.4038"}, {"abstract": "", "arxiv_id": "1605.06211"}, 2),
        ({}, {"abstract": f"{FIRST} Code is out."}, 2),
        ({"title": "Editorial"}, {"title": "Editorial", "abstract": "", "doi": "10.1000/x"}, 2),
        (
            {"title": "Correction to: Fully Convolutional Networks"},
            {"title": "Correction to: Fully Convolutional Networks"},
            1,
        ),
        ({"title": "GPT-4", "arxiv_id": "1411.4038"}, {"title": "GPT-4", "abstract": ""}, 2),
    ],
)
def test_when_a_title_is_enough(first, second, papers):
    store = Memory()
    store.ingest(entry(**{"title": TITLE, "abstract": FIRST} | first))
    store.ingest(entry(**{"title": TITLE, "abstract": FIRST} | second))
    assert len(store.papers) == papers


def test_guids_and_links_that_repeat_within_a_snapshot_name_nothing():
    same = {"id": "guid-12345", "links": Links(abstract="https://x.test/issue")}
    page = [entry(title=f"Work number {n} of the month of May", **same) for n in range(3)]
    store = Memory()
    assert freshness(store.ingest(*page, source="j")) == ["new"] * 3
    assert not any(alias.startswith(("guid:", "url:")) for p in store.papers.values() for alias in p.aliases)
    assert freshness(store.ingest(*page, source="j")) == ["known"] * 3


def test_a_guid_names_a_paper_within_its_source_only():
    store = Memory()
    store.ingest(entry(title="A study of small things at large", abstract="One.", id="guid-12345"), source="j")
    reworded = entry(title="A study of small things at last", abstract="Two.", id="guid-12345")
    assert freshness(store.ingest(reworded, source="j")) == ["known"]
    assert freshness(
        store.ingest(entry(title="A study of small things", abstract="3.", id="guid-12345"), source="k")
    ) == ["new"]


def test_a_guid_or_a_page_that_serves_another_work_later_names_neither():
    page = Links(abstract="https://x.test/latest")
    days = [
        entry(title="Proteins fold within living cells", abstract="Amino acids.", id="latest", links=page),
        entry(title="Quantum gravity without background", abstract="Loops.", id="latest", links=page),
    ]
    store = Memory()
    assert [freshness(store.ingest(day, source="j")) for day in days] == [["new"], ["new"]]
    assert [freshness(store.ingest(day, source="j")) for day in days] == [["known"], ["known"]]


def test_editorials_are_as_many_as_their_pages():
    page = [entry(title="Editorial", abstract="", links=Links(abstract=f"https://x.test/{n}")) for n in range(3)]
    store = Memory()
    assert freshness(store.ingest(*page)) == ["new"] * 3
    assert freshness(store.ingest(*page)) == ["known"] * 3


def test_versions_of_a_preprint_are_one_paper():
    store = Memory()
    days = [
        entry(title="Same", links=Links(abstract=f"https://www.biorxiv.org/content/10.1101/2024.01.01.5v{n}"))
        for n in (1, 2, 2)
    ]
    assert [freshness(store.ingest(day)) for day in days] == [["new"], ["revised"], ["known"]]


TITLES = st.sampled_from([TITLE, "Editorial", "Attention Is All You Need", "Another study of the same old thing"])
ENTRIES = st.builds(
    lambda title, abstract, number, doi, guid, url, version, announced: entry(
        title=title,
        abstract=abstract,
        arxiv_id=number and f"2605.0000{number}",
        doi=doi and f"10.1000/{doi}",
        id=guid,
        links=Links(abstract=url),
        version=version,
        announcement=announced,
    ),
    TITLES,
    st.sampled_from(["", FIRST, SECOND]),
    st.sampled_from(["", "1", "2", "3"]),
    st.sampled_from(["", "1", "2"]),
    st.sampled_from(["", "guid-1", "guid-2"]),
    st.sampled_from(["", "https://x.test/1", "https://x.test/2"]),
    st.none() | st.integers(1, 3),
    st.none() | st.sampled_from(Announcement),
)
SNAPSHOTS = st.lists(st.lists(ENTRIES, max_size=5), max_size=4)


def test_an_entry_stays_the_paper_that_it_became_though_its_url_is_anothers():
    store = Memory()
    store.ingest(entry(title=TITLE, doi="10.1000/1", links=Links(abstract="https://x.test/1")))
    page = (
        entry(title=TITLE, abstract=FIRST, doi="10.1000/1"),
        entry(title="Editorial", abstract=FIRST, links=Links(abstract="https://x.test/1")),
    )
    assert freshness(store.ingest(*page)) == ["known", "new"]
    assert freshness(store.ingest(*page)) == ["known", "known"]


@given(SNAPSHOTS, st.lists(ENTRIES, max_size=6))
def test_the_same_snapshot_again_is_known(before, again):
    store = Memory()
    for page in before:
        store.ingest(*page)
    first = store.ingest(*again)
    second = store.ingest(*again)
    assert freshness(second) == ["known"] * len(first)
    assert [c.paper.key for c in second] == [c.paper.key for c in first]
    assert sum(len(c.entries) for c in first) == len(again)


@given(SNAPSHOTS)
def test_no_alias_has_two_papers_and_no_paper_two_arxiv_ids(pages):
    store = Memory()
    for page in pages:
        store.ingest(*page)
    aliases = [alias for paper in store.papers.values() for alias in paper.aliases]
    assert len(aliases) == len(set(aliases))
    for key, paper in store.papers.items():
        assert key == paper.key in paper.aliases
        assert sum(alias.startswith("arxiv:") for alias in paper.aliases) <= 1


@given(st.lists(st.lists(st.integers(1, 6), max_size=4), max_size=4), st.randoms())
def test_where_ids_are_given_the_order_of_snapshots_does_not_matter(days, random):
    pages = [
        [arxiv(None, number=n, title=TITLE, abstract=f"Of {n % 2}.", doi=f"10.1/{n}" * (n % 2)) for n in day]
        for day in days
    ]
    shuffled = random.sample(pages, len(pages))
    one, other = Memory(), Memory()
    for page, elsewhere in zip(pages, shuffled, strict=True):
        one.ingest(*page)
        other.ingest(*elsewhere)
    assert one.papers.keys() == other.papers.keys() == {f"arxiv:2605.{n:05}" for day in days for n in day}


@pytest.mark.parametrize(
    "fields", [{}, {"title": TITLE}, {"title": TITLE, "abstract": FIRST}, {"id": "guid-1", "title": TITLE}]
)
def test_thousands_of_entries_take_no_time(fields):
    page = [arxiv(number=n, **fields) if n % 2 else entry(**fields) for n in range(1, 3_001)]
    started = time.process_time()
    assert diff(page, "hf", Known({}, {}))
    assert time.process_time() - started < 5
