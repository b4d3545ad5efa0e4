"""The store's contract: what the papers taught is counted once, added up, and read back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model import Freshness
from digest.ranking.background import Background, count
from digest.storage import Expanded, Uncounted
from digest.storage.learned import LONGEST_FORM, LONGEST_KEY
from digest.storage.types import storable
from tests.factories import paper
from tests.storage.steps import change, ingest, ingest_new

if TYPE_CHECKING:
    from digest.storage import Store

HOSTILE = ("a\0b", "\ud800", "it's", 'say "so"', "back\\slash", "{}", "\n\t\x01\x7f", "\u2028", "é", "日本語", "😀", "")


def learn(store: Store, limit: int = 2000, **acronyms: int) -> int:
    """Count what is not yet counted; how many papers there were."""
    found = store.uncounted(limit)
    defined = {(short, f"what {short} means"): number for short, number in acronyms.items()}
    assert store.add_counts(found.after, found.through, count(found.papers), defined)
    return len(found.papers)


def test_a_new_store_has_learned_nothing(store: Store) -> None:
    assert store.uncounted() == Uncounted(0, 0, [])
    assert store.background() == Background(0, {})
    assert store.acronyms() == {}
    assert store.counted_papers() == 0
    assert store.expansions(["diffusion"]) == {}
    assert store.embeddings("minilm", ["k"]) == {}
    assert store.archive(10) == []


def test_papers_are_counted_in_the_order_in_which_they_came(store: Store) -> None:
    made = [paper() for _ in range(5)]
    ingest_new(store, *made[:3])
    ingest(store, *(change(p, Freshness.KNOWN) for p in made[3:]))
    first = store.uncounted(2)
    assert first == Uncounted(0, 2, made[:2]) == store.uncounted(2)
    assert store.add_counts(0, 2, count(first.papers), {})
    assert store.uncounted() == Uncounted(2, 5, made[2:])
    assert learn(store, 9) == 3
    assert store.uncounted() == Uncounted(5, 5, [])
    assert store.counted_papers() == store.counts()["learned_papers"] == 5


def test_a_paper_that_is_revised_is_not_counted_again(store: Store) -> None:
    one = paper(title="Old words")
    ingest_new(store, one)
    learn(store)
    ingest(store, change(paper(key=one.key, title="New words", revision=2), Freshness.REVISED))
    assert store.uncounted().papers == []
    assert "old" in store.background(1).frequency


@pytest.mark.parametrize("limits", [[7], [3, 3, 1], [1] * 7])
def test_counts_in_several_rounds_are_the_counts_of_all(store: Store, limits: list[int]) -> None:
    made = [paper(title=f"Word{n % 3} and word{n % 2}") for n in range(7)]
    ingest_new(store, *made)
    assert [learn(store, limit) for limit in limits] == limits
    assert store.background(1) == count(made)


def test_the_words_of_a_thousand_papers_at_once(store: Store) -> None:
    some = {f"word{n}": n % 3 + 1 for n in range(20_000)}
    others = {f"word{n}": 1 for n in range(10_000, 30_000)}
    assert store.add_counts(0, 1, Background(1_000, some), {})
    assert store.add_counts(1, 2, Background(1_000, others), {})
    assert store.background(1) == Background(1_000, some) + Background(1_000, others)


def test_the_background_leaves_out_what_is_rare(store: Store) -> None:
    store.add_counts(0, 4, Background(4, {"once": 1, "twice": 2, "often": 4}), {})
    assert store.background() == Background(4, {"twice": 2, "often": 4})
    assert store.background(3) == Background(4, {"often": 4})
    assert store.background(5) == Background(4, {})
    store.add_counts(4, 5, Background(1, {"once": 1}), {})
    assert store.background() == Background(5, {"once": 2, "twice": 2, "often": 4})


def test_of_two_that_counted_the_same_papers_one_comes_to_nothing(store: Store) -> None:
    ingest_new(store, paper(), paper())
    ours, theirs = store.uncounted(1), store.uncounted(2)
    assert store.add_counts(theirs.after, theirs.through, count(theirs.papers), {("RAG", "x"): 1})
    before = (store.background(1), store.acronyms(1), store.counted_papers(), store.uncounted())
    assert not store.add_counts(ours.after, ours.through, count(ours.papers), {("RAG", "x"): 1, ("GAN", "y"): 1})
    assert (store.background(1), store.acronyms(1), store.counted_papers(), store.uncounted()) == before
    assert store.counted_papers() == 2


def test_counts_from_a_mark_that_never_was_are_refused(store: Store) -> None:
    assert not store.add_counts(7, 9, Background(2, {"a": 2}), {})
    assert (store.background(1), store.counted_papers()) == (Background(0, {}), 0)


def test_acronyms_add_up(store: Store) -> None:
    store.add_counts(0, 1, Background(1), {("RAG", "retrieval augmented"): 1, ("RAG", "red amber green"): 3})
    assert store.acronyms() == {("RAG", "red amber green"): 3}
    store.add_counts(1, 2, Background(1), {("RAG", "retrieval augmented"): 1, ("rag", "a cloth"): 2})
    assert store.acronyms() == {
        ("RAG", "red amber green"): 3,
        ("RAG", "retrieval augmented"): 2,
        ("rag", "a cloth"): 2,
    }
    assert store.acronyms(4) == {}


def test_hostile_words_are_kept_as_a_database_can(store: Store) -> None:
    kept = {storable(word): 2 for word in HOSTILE}
    assert store.add_counts(0, 1, Background(1, dict.fromkeys(HOSTILE, 2)), {(w, w): 2 for w in HOSTILE})
    assert store.background() == Background(1, kept)
    assert store.acronyms() == {(word, word): 2 for word in kept}


def test_words_that_become_one_are_added_together(store: Store) -> None:
    assert store.add_counts(0, 1, Background(1, {"\0": 1, "\ud800": 2}), {("\0", "a"): 1, ("\udfff", "a"): 2})
    assert store.background().frequency == {"\ufffd": 3}
    assert store.acronyms() == {("\ufffd", "a"): 3}


def test_what_is_too_long_to_be_a_word_is_left_out(store: Store) -> None:
    longest, form = "é" * LONGEST_KEY, "日" * LONGEST_FORM
    words = {longest: 2, longest + "e": 2, "x" * 1_000_000: 2}
    forms = {(form, form): 2, (form + "x", "a"): 2, ("a", form + "x"): 2, ("a", "x" * 1_000_000): 2}
    assert store.add_counts(0, 1, Background(1, words), forms)
    assert store.background().frequency == {longest: 2}
    assert store.acronyms() == {(form, form): 2}


_counts = st.dictionaries(st.text(max_size=8) | st.from_regex(r"[\ud800-\udfff\0\"\\]{0,3}"), st.integers(1, 9))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(_counts, max_size=4))
def test_any_words_add_up(store: Store, rounds: list[dict[str, int]]) -> None:
    before, mark = store.background(1), store.uncounted().after
    for words in rounds:
        assert store.add_counts(mark, mark := mark + 1, Background(1, words), {})
    assert store.background(1) == before + Background(len(rounds), _total(rounds))


def _total(rounds: list[dict[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for words in rounds:
        for word, number in words.items():
            total[storable(word)] += number
    return total


def test_expansions_keep_the_order_of_their_words(store: Store) -> None:
    weights = {"score": 0.5, "noise": 0.5, "a": 0.25, "\0\ud800": 1e-9}
    store.keep_expansions(40, {"diffusion": weights, "RAG": {}})
    assert store.expansions(["RAG", "nothing", "diffusion", "RAG"]) == {
        "RAG": Expanded(40, {}),
        "diffusion": Expanded(40, weights),
    }
    assert list(store.expansions(["diffusion"])["diffusion"].words) == list(weights)
    assert store.expansions([]) == {}


def test_an_expansion_that_is_learned_anew_replaces_the_old(store: Store) -> None:
    store.keep_expansions(40, {"diffusion": {"noise": 0.5}, "rag": {"retrieval": 1.0}})
    store.keep_expansions(90, {"diffusion": {"score": 0.7}})
    store.keep_expansions(99, {})
    assert store.expansions(["diffusion", "rag"]) == {
        "diffusion": Expanded(90, {"score": 0.7}),
        "rag": Expanded(40, {"retrieval": 1.0}),
    }


@pytest.mark.parametrize("term", HOSTILE)
def test_any_term_may_be_expanded(store: Store, term: str) -> None:
    store.keep_expansions(1, {term: {term: 1.0}})
    assert store.expansions([term, "another"]) == {term: Expanded(1, {term: 1.0})}


def test_embeddings_are_those_of_their_model(store: Store) -> None:
    store.keep_embeddings("minilm", {"a": b"\x00\xff", "b": b""})
    store.keep_embeddings("other", {"a": b"other"})
    store.keep_embeddings("minilm", {})
    assert store.embeddings("minilm", ["b", "a", "c", "a"]) == {"a": b"\x00\xff", "b": b""}
    assert store.embeddings("other", ["a", "b"]) == {"a": b"other"}
    assert store.embeddings("third", ["a"]) == store.embeddings("minilm", []) == {}


def test_an_embedding_that_is_there_stays(store: Store) -> None:
    store.keep_embeddings("minilm", {"b": b"first"})
    store.keep_embeddings("minilm", {"a": b"new", "b": b"second", "c": b"new"})
    assert store.embeddings("minilm", "abc") == {"a": b"new", "b": b"first", "c": b"new"}


def test_more_than_one_statement_can_name(store: Store) -> None:
    keys = [f"{n:064x}" for n in range(1_200)]
    store.keep_embeddings("minilm", {key: key.encode() for key in keys})
    store.keep_expansions(1, {key: {key: 1.0} for key in keys})
    assert store.embeddings("minilm", keys) == {key: key.encode() for key in keys}
    assert store.expansions(keys) == {key: Expanded(1, {key: 1.0}) for key in keys}


def test_the_archive_is_the_last_papers_that_have_an_abstract(store: Store) -> None:
    made = [paper() for _ in range(4)]
    bare = paper(title='{"abstract":"none"}', abstract="")
    ingest_new(store, *made[:2], bare)
    ingest_new(store, *made[2:])
    ingest(store, change(bare, Freshness.KNOWN), change(made[0], Freshness.KNOWN))
    assert store.archive(9) == made
    assert store.archive(3) == made[1:]
    assert store.archive(0) == []


def test_the_archive_reads_as_the_papers_do_today(store: Store) -> None:
    one = paper()
    ingest_new(store, one, paper())
    revised = paper(key=one.key, abstract="New words.", revision=2)
    ingest(store, change(revised, Freshness.REVISED))
    assert store.archive(9)[0] == revised
