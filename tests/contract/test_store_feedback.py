"""The store's contract: what subscribers said of papers, the last word on each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import StatementError

from digest.errors import StorageError
from digest.model import Feedback, Freshness, Opinion, Paper
from tests.factories import NOW, paper
from tests.storage.steps import change, enrol, ingest, ingest_new

if TYPE_CHECKING:
    from digest.storage import Store

MINUTE = timedelta(minutes=1)
FOREIGN = Paper("doi:10.1000/x", "A paper from elsewhere", abstract="It was imported.")


def said(subscriber_id: int, of: Paper, **fields: Any) -> Feedback:
    """What a subscriber said of a paper: they liked it."""
    return Feedback(
        **{"subscriber_id": subscriber_id, "paper": of, "opinion": Opinion.LIKED, "at": NOW, "origin": "cli", **fields}
    )


def test_nobody_said_anything(store: Store) -> None:
    person = enrol(store)
    assert store.feedback([person.id, 99]) == store.feedback([]) == {}
    assert not store.drop_feedback(person.id, "arxiv:2605.00001")
    assert not store.drop_feedback(99, FOREIGN.key)
    assert store.counts()["feedback"] == 0


def test_opinions_are_read_back_the_oldest_first(store: Store) -> None:
    ada, bob, silent = (enrol(store).id for _ in range(3))
    one, two = paper(key="arxiv:2605.90001"), paper(key="arxiv:2605.90002")
    ingest_new(store, one, two)
    given = [
        said(ada, two, at=NOW + MINUTE, opinion=Opinion.DISLIKED, origin="mail"),
        said(bob, one, origin="web"),
        said(ada, FOREIGN, at=NOW + MINUTE, origin="import"),
        said(ada, one, at=NOW + 2 * MINUTE),
        said(ada, Paper("text:0", "Older"), at=NOW),
    ]
    for feedback in given:
        store.set_feedback(feedback)
    assert store.feedback([silent, ada, bob, ada]) == {ada: [given[4], given[0], given[2], given[3]], bob: [given[1]]}
    assert store.feedback([bob]) == {bob: [given[1]]}
    assert store.counts()["feedback"] == 5


def test_the_last_word_holds(store: Store) -> None:
    person, one = enrol(store).id, paper()
    ingest_new(store, one)
    for of in (one, FOREIGN):
        store.set_feedback(said(person, of))
        last = said(person, of, opinion=Opinion.DISLIKED, at=NOW - MINUTE, origin="web")
        store.set_feedback(last)
        assert last in store.feedback([person])[person]
    assert [f.opinion for f in store.feedback([person])[person]] == [Opinion.DISLIKED] * 2


def test_an_imported_paper_keeps_its_last_text(store: Store) -> None:
    person = enrol(store).id
    store.set_feedback(said(person, FOREIGN))
    shorter = Paper(FOREIGN.key, "A paper")
    store.set_feedback(said(person, replace(shorter, authors=("Nobody keeps this",), upvotes=3)))
    assert store.feedback([person]) == {person: [said(person, shorter)]}


def test_opinions_are_taken_back(store: Store) -> None:
    ada, bob, one = enrol(store).id, enrol(store).id, paper()
    ingest_new(store, one)
    for person in (ada, bob):
        store.set_feedback(said(person, one))
        store.set_feedback(said(person, FOREIGN))
    assert store.drop_feedback(ada, one.key)
    assert not store.drop_feedback(ada, one.key)
    assert store.feedback([ada, bob]) == {ada: [said(ada, FOREIGN)], bob: [said(bob, one), said(bob, FOREIGN)]}
    assert store.drop_feedback(ada, FOREIGN.key)
    assert store.feedback([ada]) == {}


def test_a_stored_paper_is_known_by_its_own_key_whichever_it_was_named_by(store: Store) -> None:
    person = enrol(store).id
    one = paper(aliases=frozenset({"arxiv:2605.77777", "doi:10.1000/x"}), key="arxiv:2605.77777")
    ingest_new(store, one)
    store.set_feedback(said(person, FOREIGN, opinion=Opinion.DISLIKED))
    assert store.feedback([person]) == {person: [said(person, one, opinion=Opinion.DISLIKED)]}
    store.set_feedback(said(person, one))
    assert store.feedback([person]) == {person: [said(person, one)]}
    assert store.drop_feedback(person, "doi:10.1000/x")
    assert store.counts()["feedback"] == 0


def test_a_stored_paper_reads_as_it_does_today(store: Store) -> None:
    person, one = enrol(store).id, paper()
    ingest_new(store, one)
    store.set_feedback(said(person, replace(one, title="What somebody else calls it", abstract="")))
    revised = replace(one, title="Its new title", revision=2, upvotes=9)
    ingest(store, change(revised, Freshness.REVISED))
    assert store.feedback([person]) == {person: [said(person, revised)]}


def test_an_imported_paper_that_is_stored_later_is_the_stored_one(store: Store) -> None:
    person = enrol(store).id
    store.set_feedback(said(person, FOREIGN))
    store.set_feedback(said(person, Paper("arxiv:2605.77777", "The same"), opinion=Opinion.DISLIKED, at=NOW + MINUTE))
    one = paper(aliases=frozenset({"arxiv:2605.77777", FOREIGN.key}), key="arxiv:2605.77777")
    ingest_new(store, one)
    disliked = said(person, one, opinion=Opinion.DISLIKED, at=NOW + MINUTE)
    assert store.feedback([person]) == {person: [disliked]}
    store.set_feedback(said(person, one))
    assert store.feedback([person]) == {person: [said(person, one)]}
    assert store.counts()["feedback"] == 1


def test_all_names_of_a_paper_are_dropped_together(store: Store) -> None:
    person = enrol(store).id
    store.set_feedback(said(person, FOREIGN))
    store.set_feedback(said(person, Paper("arxiv:2605.77777", "The same")))
    ingest_new(store, paper(aliases=frozenset({"arxiv:2605.77777", FOREIGN.key}), key="arxiv:2605.77777"))
    assert store.drop_feedback(person, FOREIGN.key)
    assert store.feedback([person]) == {}


def test_hostile_text_is_kept_as_a_database_can(store: Store) -> None:
    person = enrol(store).id
    store.set_feedback(said(person, Paper("text:\0", "a\ud800b", abstract="it's \0"), origin="\0"))
    kept = said(person, Paper("text:\ufffd", "a\ufffdb", abstract="it's \ufffd"), origin="\ufffd")
    assert store.feedback([person]) == {person: [kept]}
    assert store.drop_feedback(person, "text:\0")


def test_nobody_may_say_anything_who_is_not_there(store: Store) -> None:
    one = paper()
    ingest_new(store, one)
    for of in (one, FOREIGN):
        with pytest.raises(StorageError, match="there is no subscriber 99"):
            store.set_feedback(said(99, of))
    with pytest.raises(StatementError, match="naive"):
        store.set_feedback(said(enrol(store).id, one, at=datetime(2026, 5, 25)))  # noqa: DTZ001
    assert store.counts()["feedback"] == 0


def test_who_leaves_and_comes_back_has_said_the_same(store: Store) -> None:
    person = enrol(store)
    store.set_feedback(said(person.id, FOREIGN))
    store.remove_subscriber(person.id, NOW)
    back = enrol(store, address=person.address)
    assert store.feedback([back.id]) == {person.id: [said(person.id, FOREIGN)]}


def test_ten_thousand_subscribers_share_what_they_read(store: Store) -> None:
    made = [paper() for _ in range(600)]
    ingest_new(store, *made)
    ada, bob = enrol(store).id, enrol(store).id
    for one in made[::60]:
        store.set_feedback(said(ada, one))
    store.set_feedback(said(bob, made[0]))
    found = store.feedback(range(1, 10_001))
    assert found == {ada: [said(ada, one) for one in made[::60]], bob: [said(bob, made[0])]}
    assert found[ada][0].paper is found[bob][0].paper
