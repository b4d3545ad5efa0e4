"""Publishing with what is learned: likes count, many are served as one is, and no bug costs anybody their mail."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any

import pytest

from digest.model import Block, Opinion
from digest.ranking.query import parse_all
from digest.services import learning
from digest.services.guard import Guard
from digest.services.publish import Batches, draft
from tests.factories import NOW
from tests.services.meaning import ByMeaning, HashedWords
from tests.services.parts import RANKER, RULES, at, enrolled, key, keys, listed, publish, put, say

if TYPE_CHECKING:
    from digest.ranking import Ranker
    from digest.storage import Store


SUBJECTS = ("zebrafish larvae brain", "compiler register allocation", "tidal energy turbine")


def about(number: int) -> dict[str, Any]:
    """A paper on one of three subjects, by its number."""
    subject = SUBJECTS[number % 3]
    return listed(number, title=f"On {subject.split()[0]}, {number}", summary=f"We look into {subject} ({number}).")


def test_who_liked_papers_gets_papers_like_them(store: Store) -> None:
    put(store, *map(about, range(1, 7)))
    keen, quiet = enrolled(store), enrolled(store)
    publish(store, NOW, ranker=ByMeaning())
    say(store, keen, 3)
    say(store, keen, 2, opinion=Opinion.DISLIKED)
    put(store, *map(about, range(7, 13)), now=at("05-26 06:00"))
    got = {p.subscriber.id: p.edition for p in publish(store, at("05-26 08:00"), ranker=ByMeaning())}
    assert [(p.block, p.paper.key) for p in got[keen.id].picks] == [(Block.RANKED, key(12)), (Block.RANKED, key(9))]
    assert {p.block for p in got[quiet.id].picks} == {Block.TRENDING}
    assert len(got[quiet.id].picks) == 6


def test_a_reader_is_served_alike_among_few_and_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, *map(about, range(1, 10)))
    readers = [enrolled(store, interests=parse_all([SUBJECTS[n % 3].split()[1]])) for n in range(7)]
    for n, reader in enumerate(readers):
        say(store, reader, n % 3 + 1)
    profiles, ranker = learning.profiles(store, readers), ByMeaning()
    alone: dict[int, list[str]] = {}
    for reader in readers:
        batches = Batches(store, ranker, learning.known(store, ranker, [profiles[reader.id]], Guard()))
        edition = draft(store, batches, RULES, reader, profiles[reader.id], store.last_snapshot(), NOW)
        alone[reader.id] = keys(edition)
    assert all(alone.values())
    monkeypatch.setattr("digest.services.publish._AT_ONCE", 2)
    assert {p.subscriber.id: keys(p.edition) for p in publish(store, ranker=ranker)} == alone
    assert len(ranker.embedder.texts) == len(set(ranker.embedder.texts)) == 9 + 3


@pytest.mark.parametrize(("ranker", "times"), [(RANKER, 1), (ByMeaning(), 2)])
def test_what_was_said_is_read_again_only_for_its_meaning(
    store: Store, monkeypatch: pytest.MonkeyPatch, ranker: Ranker, times: int
) -> None:
    put(store, *map(about, range(1, 7)))
    reader, asked = enrolled(store), list[list[int]]()
    say(store, reader, 3)
    read = store.feedback
    monkeypatch.setattr(store, "feedback", lambda ids: (asked.append(list(ids)), read(ids))[1])
    (one,) = publish(store, ranker=ranker)
    assert (one.edition.picks[0].block, asked) == (Block.RANKED, [[reader.id]] * times)


def test_what_goes_with_an_interest_is_learned_before_the_edition(store: Store) -> None:
    put(store, *map(about, range(1, 31)))
    enrolled(store, interests=parse_all(["zebrafish", "-turbine"]))
    publish(store)
    assert store.counted_papers() == 30
    assert set(store.expansions(["zebrafish", "turbine"])) == {"zebrafish", "turbine"}


def test_nothing_is_learned_where_nobody_is_due(store: Store) -> None:
    put(store, 1)
    enrolled(store, send_at=time(9, 30))
    publish(store)
    assert store.counted_papers() == 0


@pytest.mark.parametrize("part", ["background.count", "Archive", "recall", "profiles"])
def test_a_bug_in_learning_costs_nobody_their_mail(store: Store, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    put(store, *map(about, range(1, 7)))
    reader = enrolled(store, interests=parse_all(["zebrafish"]))
    monkeypatch.setattr(f"digest.services.learning.{part}", lambda *_: 1 / 0)
    guard = Guard()
    (one,) = publish(store, guard=guard)
    assert (one.subscriber.id, sorted(keys(one.edition))) == (reader.id, [key(3), key(6)])
    assert guard.failures
    assert all(failure.endswith(": ZeroDivisionError: division by zero") for failure in guard.failures)


def test_a_text_without_a_vector_costs_nobody_their_mail(store: Store) -> None:
    put(store, *map(about, range(1, 7)))
    enrolled(store, interests=parse_all(["zebrafish"]))
    guard = Guard()
    (one,) = publish(store, ranker=ByMeaning(HashedWords(spoilt="zebrafish")), guard=guard)
    assert (one.edition.looked_at, guard.failures) == (6, ["learning what texts mean: ZeroDivisionError: zebrafish"])
