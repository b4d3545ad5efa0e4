"""Importing: nothing twice, nothing against what somebody said themselves, and within bounds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import UsageError
from digest.imports import Imported, read_import
from digest.model import Feedback, Opinion, Origin, SubscriberStatus
from digest.ranking.query import MAX_INTERESTS, parse
from digest.services import importing, managing
from digest.services.feedback import drop, like, listed
from digest.services.importing import as_record, bring
from tests.factories import NOW
from tests.services.parts import BOTH, enrolled, key, put

if TYPE_CHECKING:
    from digest.model import Subscriber
    from digest.storage import Store

DATABASES = BOTH

LATER = NOW + timedelta(hours=1)
BIB = b"""
@misc{one, title = {Another title than here}, eprint = {2605.00001}}
@misc{two, title = {Not stored at all}, abstract = {We study it.}, doi = {10.1000/two}, keywords = {robots, RAG}}
@misc{three, doi = {10.48550/arXiv.2605.00003v2}}
@misc{four, doi = {10.1000/four}}
"""


@pytest.fixture
def reader(store: Store) -> Subscriber:
    """Somebody with two interests, where three papers are stored."""
    put(store, 1, 2, 3)
    return enrolled(store, interests=parse("diffusion^3, -robots"))


def imported(**fields: object) -> Imported:
    return Imported(**{"kind": "list", **fields})


def test_interests_come_behind_those_that_are_there(store: Store, reader: Subscriber) -> None:
    found = imported(interests=parse('Diffusion, robots, "state space", cat:cs.CL'), skipped=(("a", "b"),))
    done = bring(store, reader, found, NOW)
    assert [str(interest) for interest in done.interests] == ['"state space"', "cat:cs.CL"]
    assert done.skipped == (("a", "b"), ("robots", "the interest -robots says the opposite"))
    assert (done.known, done.liked) == (1, ())
    after = store.subscriber(reader.id)
    assert [str(interest) for interest in after.interests] == ["diffusion^3", "-robots", '"state space"', "cat:cs.CL"]
    assert bring(store, after, found, LATER).interests == ()
    assert store.subscriber(reader.id) == after


def test_papers_are_liked_and_found_by_any_name(store: Store, reader: Subscriber) -> None:
    done = bring(store, reader, read_import(BIB), NOW, interests=False)
    assert done.interests == ()
    assert {one.paper.key for one in done.liked} == {key(1), key(3), "doi:10.1000/two", "doi:10.1000/four"}
    assert {(one.origin, one.opinion) for one in done.liked} == {(Origin.IMPORT, Opinion.LIKED)}
    stored = {one.paper.key: one.paper.title for one in listed(store, reader)}
    assert (stored[key(1)], stored["doi:10.1000/two"]) == ("Paper number 1", "Not stored at all")
    # The last opinions count in ranking: what has no text comes first, nothing lies in the future.
    assert listed(store, reader)[-1].paper.key == "doi:10.1000/four"
    assert listed(store, reader)[0].at == NOW
    assert store.subscriber(reader.id).interests == reader.interests


def test_the_same_file_again_changes_nothing(store: Store, reader: Subscriber) -> None:
    first = bring(store, reader, read_import(BIB), NOW)
    before = listed(store, reader)
    again = bring(store, store.subscriber(reader.id), read_import(BIB), LATER)
    assert (again.liked, again.interests) == ((), ())
    assert again.known == len(first.liked) + len(first.interests)
    assert listed(store, reader) == before
    drop(store, reader, ["doi:10.1000/two"])
    third = bring(store, store.subscriber(reader.id), read_import(BIB), LATER)
    assert [one.paper.key for one in third.liked] == ["doi:10.1000/two"]


def test_what_somebody_said_themselves_holds(store: Store, reader: Subscriber) -> None:
    like(store, reader, [key(1)], NOW, opinion=Opinion.DISLIKED)
    done = bring(store, reader, read_import(BIB), LATER)
    assert (len(done.liked), done.known) == (3, 1)
    (said,) = (one for one in listed(store, reader) if one.paper.key == key(1))
    assert (said.opinion, said.origin) == (Opinion.DISLIKED, "cli")


def test_two_names_of_one_stored_paper_are_one(store: Store, reader: Subscriber) -> None:
    done = bring(store, reader, read_import(b"2605.00001\nhttps://huggingface.co/papers/2605.00001\n"), NOW)
    assert [one.paper.key for one in done.liked] == [key(1)]
    assert isinstance(done.liked[0], Feedback)


def test_there_is_an_end_to_it(store: Store, reader: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    many = imported(interests=parse(", ".join(f"word{n}" for n in range(MAX_INTERESTS))))
    done = bring(store, reader, many, NOW)
    assert len(store.subscriber(reader.id).interests) == MAX_INTERESTS
    assert [place for place, _ in done.skipped] == ["word198", "word199"]
    assert {reason for _, reason in done.skipped} == {"there are 200 interests already"}
    monkeypatch.setattr(importing, "MOST_OPINIONS", 3)
    like(store, reader, [key(2)], NOW)
    done = bring(store, reader, read_import(BIB), NOW, interests=False)
    assert (len(done.liked), len(done.skipped)) == (2, 2)
    assert {reason for _, reason in done.skipped} == {"there are 3 opinions already"}
    assert len(listed(store, reader)) == 3


def test_who_has_left_gets_nothing(store: Store, reader: Subscriber) -> None:
    store.remove_subscriber(reader.id, NOW)
    for interests in (True, False):
        with pytest.raises(UsageError):
            bring(store, reader, read_import(BIB), NOW, interests=interests)
    assert store.feedback([reader.id]) == {}


def test_what_took_a_while_to_fetch_undoes_nothing_that_was_said_meanwhile(store: Store, reader: Subscriber) -> None:
    managing.pause(store, reader, None, NOW)
    muted = managing.mute(store, reader, "survey", NOW)
    bring(store, reader, imported(interests=parse("a")), NOW)
    now = store.subscriber(reader.id)
    assert now.status is SubscriberStatus.PAUSED
    assert set(now.interests) == {*reader.interests, muted, *parse("a")}


def test_for_programs(store: Store, reader: Subscriber) -> None:
    assert as_record(bring(store, reader, read_import(BIB), NOW)) == {
        "interests": ["RAG"],
        "liked": [
            {"key": "doi:10.1000/four", "title": ""},
            {"key": key(1), "title": "Paper number 1"},
            {"key": "doi:10.1000/two", "title": "Not stored at all"},
            {"key": key(3), "title": "Paper number 3"},
        ],
        "known": 0,
        "skipped": [{"place": "robots", "reason": "the interest -robots says the opposite"}],
    }
