"""Feedback: papers by all their names, the last word on each, and the ones that nobody knows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import StorageError
from digest.model import Entry, Feedback, Links, Opinion, Paper
from digest.papers.identity import identify
from digest.services.feedback import LONGEST_NAME, aliases, as_record, drop, find_paper, like, listed
from tests.factories import NOW, subscriber
from tests.services.parts import enrolled, key, put
from tests.services.parts import listed as on_the_list

if TYPE_CHECKING:
    from digest.model import Subscriber
    from digest.storage import Store

LATER = NOW + timedelta(hours=1)
JOURNAL = "https://www.journal.test/papers/read?id=12&utm_source=feed"


@pytest.fixture
def reader(store: Store) -> Subscriber:
    """Somebody, where four papers are stored."""
    put(store, 1, 2, 3, on_the_list(4, title="An older one", id="hep-th/9901001"))
    return enrolled(store)


def opinions(store: Store, reader: Subscriber) -> dict[str, str]:
    """What somebody said, by paper, the latest first."""
    return {one.paper.key: one.opinion.value for one in listed(store, reader)}


@pytest.mark.parametrize(
    "name",
    [
        "arxiv:2605.00001",
        "2605.00001",
        " 2605.00001v3\n",
        "arXiv:2605.00001v1",
        "ARXIV:2605.00001",
        "https://arxiv.org/abs/2605.00001",
        "http://www.arxiv.org/pdf/2605.00001v2.pdf#page=3",
        "arxiv.org/abs/2605.00001",
        "https://huggingface.co/papers/2605.00001",
        "https://alphaxiv.org/abs/2605.00001?tab=comments",
        "10.48550/arXiv.2605.00001",
        "https://doi.org/10.48550/arXiv.2605.00001",
    ],
)
def test_a_paper_of_arxiv_has_many_names(store: Store, reader: Subscriber, name: str) -> None:
    done = like(store, reader, [name], NOW)
    assert ([one.paper.key for one in done.done], done.skipped) == ([key(1)], [])
    assert opinions(store, reader) == {key(1): "liked"}
    assert [one.paper.key for one in drop(store, reader, [name]).done] == [key(1)]
    assert opinions(store, reader) == {}


def test_an_old_id(store: Store, reader: Subscriber) -> None:
    names = ["hep-th/9901001", "https://arxiv.org/abs/hep-th/9901001v2"]
    assert [one.paper.title for one in like(store, reader, names, NOW).done] == ["An older one"] * 2


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        (
            Entry("On a matter of some length", doi="10.1000/XYZ.7"),
            ["doi:10.1000/xyz.7", "10.1000/XYZ.7", "https://doi.org/10.1000/xyz.7", "DOI: 10.1000/xyz.7."],
        ),
        (
            Entry("On a matter of some length", links=Links(abstract=JOURNAL)),
            [JOURNAL, "http://journal.test/papers/read/?id=12", "url:journal.test/papers/read?id=12"],
        ),
    ],
)
def test_names_that_are_no_arxiv_ids(entry: Entry, names: list[str]) -> None:
    known = identify(entry, "journal").aliases
    assert [bool(set(aliases(name)) & set(known)) for name in names] == [True] * len(names)


def test_the_last_word_holds_and_is_listed_first(store: Store, reader: Subscriber) -> None:
    like(store, reader, [key(1), key(2)], NOW)
    done = like(store, reader, ["2605.00001"], LATER, opinion=Opinion.DISLIKED, origin="web")
    assert done.done == [Feedback(reader.id, listed(store, reader)[0].paper, Opinion.DISLIKED, LATER, "web")]
    assert list(opinions(store, reader).items()) == [(key(1), "disliked"), (key(2), "liked")]


def test_one_bad_name_stops_no_other(store: Store, reader: Subscriber) -> None:
    done = like(store, reader, ["2605.00001", "2605.09999", "", "nonsense", key(3)], NOW)
    assert [one.paper.key for one in done.done] == [key(1), key(3)]
    reason = "no such paper is stored: `digest papers` lists them"
    assert done.skipped == [(name, reason) for name in ("2605.09999", "", "nonsense")]
    back = drop(store, reader, ["2605.00002", key(3), key(3)])
    assert [one.paper.key for one in back.done] == [key(3)]
    assert back.skipped == [(n, f"{reader.address} said nothing of such a paper") for n in ("2605.00002", key(3))]
    assert opinions(store, reader) == {key(1): "liked"}


def test_nobody_touches_what_another_said(store: Store, reader: Subscriber) -> None:
    other = enrolled(store)
    like(store, reader, [key(1)], NOW)
    assert drop(store, other, [key(1)]).done == []
    assert (opinions(store, reader), opinions(store, other)) == ({key(1): "liked"}, {})


def test_an_imported_paper_can_be_taken_back_by_any_of_its_names(store: Store, reader: Subscriber) -> None:
    imported = Paper("arxiv:1706.03762", "A paper from elsewhere", abstract="Of which no source told.")
    store.set_feedback(Feedback(reader.id, imported, Opinion.LIKED, NOW, "import"))
    assert [as_record(one) for one in listed(store, reader)] == [
        {
            "key": "arxiv:1706.03762",
            "title": "A paper from elsewhere",
            "opinion": "liked",
            "at": "2026-05-25T08:00:00Z",
            "origin": "import",
        }
    ]
    assert like(store, reader, ["1706.03762"], NOW).done == []
    assert [one.paper.title for one in drop(store, reader, ["https://arxiv.org/abs/1706.03762v7"]).done] == [
        "A paper from elsewhere"
    ]
    assert listed(store, reader) == []


def test_without_a_subscriber_the_store_objects(store: Store, reader: Subscriber) -> None:
    with pytest.raises(StorageError, match="no subscriber"):
        like(store, subscriber(id=reader.id + 99), [key(1)], NOW)


TEXTS = st.text(max_size=60) | st.from_regex(r"(https?://|doi:|arxiv:)?[a-z0-9./:?#%-]{0,40}", fullmatch=True)


@given(TEXTS)
def test_whatever_is_called_a_paper(name: str) -> None:
    names = aliases(name)
    assert names[:1] == ([name.strip()] if name.strip() else [])
    assert all(alias.startswith(("arxiv:", "doi:", "url:")) for alias in names[1:])


@pytest.mark.parametrize("name", ["\x00", "\ud800", "x" * (LONGEST_NAME + 1), "%", "https://[", "guid:hf:1"])
def test_what_is_no_name_finds_nothing(store: Store, reader: Subscriber, name: Any) -> None:
    assert find_paper(store, name) is None
    assert len(drop(store, reader, [name]).skipped) == 1
