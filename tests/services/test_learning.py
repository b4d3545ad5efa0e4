"""Learning: each paper is counted once, each interest is learned once, and a bug in it costs nobody their mail."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import StorageError, UsageError
from digest.model import Feedback, Opinion, Profile
from digest.ranking import Past, acronyms, background
from digest.ranking.archive import Archive
from digest.ranking.embedding import BLANK, paper_text, text_key
from digest.ranking.lexical import LexicalRanker
from digest.ranking.query import parse_all
from digest.ranking.semantic import SemanticRanker
from digest.services import learning
from digest.services.guard import Guard
from digest.services.learning import catch_up, known, profiles, recall, with_papers
from digest.storage import scratch_store
from tests.factories import NOW, paper
from tests.services.meaning import ByMeaning, HashedWords
from tests.services.parts import RANKER, enrolled, listed, put

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from digest.model import Interest, Paper, Subscriber
    from digest.ranking import Ranker
    from digest.storage import Store

SUBJECTS = ("zebrafish larvae brain", "compiler register allocation", "tidal energy turbine")


def told(number: int) -> dict[str, Any]:
    """A paper on one of three subjects, whose words go together."""
    subject = SUBJECTS[number % 3]
    title, summary = f"On {subject.split()[0]} number {number}", f"We look into {subject} with much care ({number})."
    return listed(number, title=title, summary=summary)


def stored(store: Store) -> list[Paper]:
    """All papers of a store."""
    return [row.paper for row in store.papers(limit=10_000)]


def learned(store: Store, *texts: str, ranker: Ranker = RANKER, guard: Guard | None = None) -> Past:
    """What is known for ranking by these interests; nothing may fail, unless a guard is given."""
    watch = guard or Guard()
    past = known(store, ranker, [Profile(parse_all([text])) for text in texts], watch)
    assert guard or watch.failures == []
    return past


def said(store: Store, subscriber: Subscriber, *papers: Paper, opinion: Opinion = Opinion.LIKED) -> None:
    """An opinion of each paper, one a minute; imported ones, too."""
    for minute, one in enumerate(papers):
        store.set_feedback(Feedback(subscriber.id, one, opinion, NOW + timedelta(minutes=minute), "import"))


@pytest.fixture
def taught(store: Store) -> Store:
    """A store of thirty papers on three subjects."""
    put(store, *map(told, range(1, 31)))
    return store


@pytest.fixture
def archives(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many papers each archive was made."""
    made: list[int] = []

    class Noted(Archive):
        def __init__(self, papers: list[Paper], past: Past) -> None:
            made.append(len(papers))
            super().__init__(papers, past)

    monkeypatch.setattr(learning, "Archive", Noted)
    return made


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sets(st.integers(1, 40), max_size=9), st.booleans()), max_size=5))
def test_each_paper_is_counted_once_however_they_come(days: list[tuple[set[int], bool]]) -> None:
    with scratch_store(None) as store:
        store.uncounted = partial(store.uncounted, 4)  # type: ignore[method-assign]
        for numbers, counts in days:
            put(store, *map(told, sorted(numbers)))
            if counts:
                catch_up(store)
        catch_up(store)
        assert catch_up(store) == 0
        assert store.background(1) == background.count(stored(store))


def test_acronyms_are_counted_with_the_words(store: Store) -> None:
    put(store, *(listed(n, summary=f"Retrieval-augmented generation (RAG), case {n}.") for n in (1, 2)), 3)
    assert catch_up(store) == 3
    assert store.acronyms(1) == acronyms.count(stored(store)) == {("RAG", "retrieval augmented generation"): 2}
    assert learned(store).glossary.long_forms("RAG")[0] == "retrieval augmented generation"


def test_who_is_slower_leaves_it_to_the_other(taught: Store) -> None:
    add = taught.add_counts

    def overtaken(*counts: Any) -> bool:
        assert add(*counts)  # by another process, in the meantime
        return add(*counts)

    taught.add_counts = overtaken  # type: ignore[method-assign]
    assert catch_up(taught) == 0
    assert taught.background(1) == background.count(stored(taught))


class Killed(BaseException):
    """The process is no more."""


class Mortal:
    """A store in front of which the process dies before its n-th call."""

    def __init__(self, store: Store, calls: int) -> None:
        self._store, self._left = store, calls

    def __getattr__(self, name: str) -> Any:
        self._left -= 1
        if self._left < 0:
            raise Killed
        return getattr(self._store, name)


def test_who_dies_leaves_nothing_half_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "_KEEP_EVERY", 1)
    tastes = [Profile(parse_all(["zebrafish", "compiler", "-turbine"]))]
    ranker = ByMeaning()

    def live(calls: int, store: Store) -> Past:
        mortal: Any = Mortal(store, calls)
        return known(mortal, ranker, tastes, Guard())

    def scene() -> Store:
        opened = scratch_store(None)
        put(opened, *map(told, range(1, 31)))
        return opened

    with scene() as store:
        whole = live(1_000, store)
    for calls in range(100):
        with scene() as store:
            try:
                live(calls, store)
            except Killed:
                assert live(1_000, store) == whole
                assert store.background(1) == background.count(stored(store))
            else:
                break
    assert 10 < calls < 99


def test_profiles_hold_the_latest_of_what_was_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "OPINIONS", 3)
    keen, quiet = enrolled(store, interests=parse_all(["case", "-survey"])), enrolled(store)
    papers = [paper(abstract="Imported.", title=f"A title of its own, {n}") for n in range(6)]
    said(store, keen, *papers[:5])
    said(store, keen, papers[5], opinion=Opinion.DISLIKED)
    found = profiles(store, [keen, quiet])
    assert found[quiet.id] == Profile()
    assert found[keen.id].interests == keen.interests
    assert [p.key for p in found[keen.id].liked] == [p.key for p in papers[2:5]]
    assert [p.key for p in found[keen.id].disliked] == [papers[5].key]


def test_the_last_word_on_a_paper_holds(taught: Store) -> None:
    reader, one = enrolled(taught), stored(taught)[0]
    said(taught, reader, one)
    said(taught, reader, one, opinion=Opinion.DISLIKED)
    assert profiles(taught, [reader])[reader.id] == Profile((), (), (one,))


def test_nothing_is_known_of_an_empty_store(store: Store, archives: list[int]) -> None:
    past = learned(store, "zebrafish")
    assert (past, archives) == (Past(), [])


def test_what_goes_with_an_interest_is_learned_once(taught: Store, archives: list[int]) -> None:
    past = learned(taught, "zebrafish", "-compiler", "author:lovelace", "cat:cs.AI", "zebrafish^3")
    assert set(past.expansions) == {"zebrafish", "compiler"}
    assert {"larvae", "brain"} <= set(past.expansions["zebrafish"])
    assert {"register", "allocation"} <= set(past.expansions["compiler"])
    assert past.background is not None
    assert past.background.papers == 30
    assert learned(taught, "compiler", "zebrafish") == past
    assert archives == [30]


def test_a_new_interest_alone_is_learned(taught: Store, archives: list[int]) -> None:
    first = learned(taught, "zebrafish")
    both = learned(taught, "zebrafish", "turbine")
    assert both.expansions["zebrafish"] == first.expansions["zebrafish"]
    assert (set(both.expansions), archives) == ({"zebrafish", "turbine"}, [30, 30])


@pytest.mark.parametrize(("papers", "anew"), [(39, False), (40, True)])
def test_what_was_learned_long_ago_is_learned_anew(taught: Store, archives: list[int], papers: int, anew: bool) -> None:
    learned(taught, "zebrafish")
    put(taught, *map(told, range(31, papers + 1)), now=NOW + timedelta(days=1))
    learned(taught, "zebrafish")
    assert archives == ([30, papers] if anew else [30])
    assert taught.expansions(["zebrafish"])["zebrafish"].papers == archives[-1]


def test_what_was_learned_of_more_papers_than_there_are_is_learned_anew(taught: Store, archives: list[int]) -> None:
    taught.keep_expansions(31, {"zebrafish": {"nonsense": 1.0}})
    assert "nonsense" not in learned(taught, "zebrafish").expansions["zebrafish"]
    assert archives == [30]


def test_so_many_are_learned_at_once_and_the_new_ones_first(taught: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "MOST_TERMS", 2)
    taught.keep_expansions(1, {"zebrafish": {"old": 1.0}})
    words = ["zebrafish", "compiler", "turbine", "larvae"]
    assert [set(learned(taught, *words).expansions) for _ in range(2)] == [set(words) - {"larvae"}, set(words)]
    assert "old" not in learned(taught, *words).expansions["zebrafish"]


def spoil(monkeypatch: pytest.MonkeyPatch, term: str) -> Callable[[], None]:
    """Let nothing be learned of that term, until the result is called."""
    sound = Archive.expansion

    def expansion(self: Archive, interest: Interest) -> Mapping[str, float]:
        if interest.term == term:
            raise ZeroDivisionError("oops")
        return sound(self, interest)

    monkeypatch.setattr(Archive, "expansion", expansion)
    return lambda: monkeypatch.setattr(Archive, "expansion", sound)


def test_a_bug_costs_one_interest_and_is_told_once(taught: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mend = spoil(monkeypatch, "zebrafish")
    guard = Guard()
    past = learned(taught, "zebrafish", "compiler", guard=guard)
    assert guard.failures == ["learning what goes with 'zebrafish': ZeroDivisionError: oops"]
    assert (past.expansions["zebrafish"], "register" in past.expansions["compiler"]) == ({}, True)
    learned(taught, "zebrafish", "compiler")
    mend()
    put(taught, *map(told, range(31, 41)), now=NOW + timedelta(days=1))
    assert "larvae" in learned(taught, "zebrafish").expansions["zebrafish"]


def test_what_was_known_stays_where_it_cannot_be_learned_anew(taught: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = learned(taught, "zebrafish").expansions
    spoil(monkeypatch, "zebrafish")
    put(taught, *map(told, range(31, 41)), now=NOW + timedelta(days=1))
    guard = Guard()
    assert learned(taught, "zebrafish", guard=guard).expansions == before
    assert len(guard.failures) == 1


def test_without_counts_the_rest_is_recalled(taught: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    learned(taught, "zebrafish")
    put(taught, told(31), now=NOW + timedelta(days=1))
    monkeypatch.setattr(background, "count", lambda _: 1 / 0)
    guard = Guard()
    past = learned(taught, "zebrafish", guard=guard)
    assert guard.failures == ["counting the papers: ZeroDivisionError: division by zero"]
    assert (past.background and past.background.papers, set(past.expansions)) == (30, {"zebrafish"})


def test_a_store_that_fails_ends_everything(taught: Store) -> None:
    taught.close()
    with pytest.raises(StorageError):
        known(taught, RANKER, [], Guard())


def test_vectors_are_made_once_for_all_that_has_a_meaning(taught: Store) -> None:
    embedder = HashedWords()
    ranker = ByMeaning(embedder)
    reader = enrolled(taught, interests=parse_all(["zebrafish larvae", "-compiler", "author:lovelace"]))
    liked, disliked, *batch = stored(taught)[:5]
    said(taught, reader, liked)
    said(taught, reader, disliked, opinion=Opinion.DISLIKED)
    tastes = list(profiles(taught, [reader]).values())
    texts = ["zebrafish larvae", "compiler", paper_text(liked), paper_text(disliked)]
    guard = Guard()
    past = recall(taught, ranker, tastes, guard)
    assert past.embeddings == dict(zip(map(text_key, texts), HashedWords().embed(texts), strict=True))
    whole = with_papers(taught, ranker, past, batch, guard)
    assert set(whole.embeddings) == {text_key(t) for t in (*texts, *map(paper_text, batch))}
    again = recall(taught, ranker, tastes, guard)
    assert (with_papers(taught, ranker, again, batch, guard), guard.failures) == (whole, [])
    assert Counter(embedder.texts) == Counter([*texts, *map(paper_text, batch)])


def test_many_texts_are_embedded_so_many_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "_EMBED_AT_ONCE", 2)
    papers = [paper() for _ in range(5)]
    embedder = HashedWords(spoilt=paper_text(papers[4]))
    guard = Guard()
    past = with_papers(store, ByMeaning(embedder), learned(store), papers, guard)
    made = {text_key(paper_text(p)) for p in papers[:4]}
    assert {key for key, vector in past.embeddings.items() if vector != BLANK} == made
    assert past.embeddings[text_key(paper_text(papers[4]))] == BLANK
    assert [failure.partition(": ")[0] for failure in guard.failures] == ["learning what texts mean"]
    assert set(store.embeddings(embedder.model, past.embeddings)) == made


def test_another_model_makes_vectors_of_its_own(store: Store) -> None:
    one, two = HashedWords(), HashedWords("another")
    for embedder in (one, two, one, two):
        learned(store, "zebrafish", ranker=ByMeaning(embedder))
    assert one.texts == two.texts == ["zebrafish"]


def test_a_ranker_by_words_costs_no_vectors(taught: Store) -> None:
    past = learned(taught, "zebrafish")
    assert with_papers(taught, RANKER, past, stored(taught), Guard()) is past


def test_a_model_that_fails_leaves_the_day_to_the_words(taught: Store) -> None:
    class Broken:
        model = "broken"

        def embed(self, texts: Sequence[str]) -> list[bytes]:
            raise UsageError("no such model")

    ranker, guard = SemanticRanker(Broken()), Guard()
    profile = Profile(parse_all(["zebrafish"]))
    papers = stored(taught)
    past = with_papers(taught, ranker, known(taught, ranker, [profile], guard), papers, guard)
    ranked = ranker.prepare(papers, past).rank(profile)
    assert [s.paper.key for s in ranked] == [s.paper.key for s in LexicalRanker().prepare(papers, past).rank(profile)]
    assert ranked[0].matches
    assert guard.failures == ["learning what texts mean: no such model"] * 2
