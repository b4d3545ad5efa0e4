"""Several threads and processes that count, learn and like at once; and one killed in the middle of it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from digest.model import Feedback, Opinion, Paper
from digest.ranking.background import Background, count
from digest.storage import open_store, scratch_store
from digest.storage.engine import WAIT_SECONDS
from tests.factories import NOW, paper
from tests.storage.steps import enrol, ingest_new
from tests.storage.test_concurrency import WORKERS, at_once

if TYPE_CHECKING:
    from digest.storage import Store


def learn(store: Store, limit: int) -> int:
    """Count the next papers; how many were counted, -1 where somebody else was faster."""
    found = store.uncounted(limit)
    counted = store.add_counts(found.after, found.through, count(found.papers), {("RAG", "long"): len(found.papers)})
    return len(found.papers) if counted else -1


def learn_all(store: Store) -> int:
    """Count until nothing is left; how many this one counted."""
    total = 0
    while number := learn(store, 3):
        total += max(number, 0)
    return total


def test_every_paper_is_counted_once(url: str) -> None:
    made = [paper(title=f"Word{n % 5} of the day") for n in range(40)]
    with open_store(url) as store:
        ingest_new(store, *made)

    def work(_number: int) -> int:
        with open_store(url) as store:
            return learn_all(store)

    assert sum(at_once(work)) == len(made)
    with open_store(url) as store:
        assert store.background(1) == count(made)
        assert store.acronyms() == {("RAG", "long"): len(made)}


def test_the_first_count_is_one_of_many(url: str) -> None:
    with open_store(url) as store:
        won = at_once(lambda _: store.add_counts(0, 1, Background(1, {"a": 2}), {}), 8)
        assert sorted(won) == [False] * 7 + [True]
        assert store.background() == Background(1, {"a": 2})


def test_papers_that_come_meanwhile_are_counted_too(url: str) -> None:
    done = threading.Event()

    def watch() -> int:
        total = 0
        with open_store(url) as store:
            while not done.is_set():
                total += max(learn(store, 100), 0)
            return total + learn_all(store)

    def work(_number: int) -> None:
        with open_store(url) as store:
            for _ in range(6):
                ingest_new(store, paper(), paper())

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        at_once(work)
        done.set()
        assert watching.result() == 12 * WORKERS
    with open_store(url) as store:
        assert store.background().frequency["paper"] == store.counted_papers() == 12 * WORKERS


def test_a_word_is_never_in_more_papers_than_there_are(url: str) -> None:
    done = threading.Event()

    def watch() -> None:
        with open_store(url) as store:
            while not done.is_set():
                found = store.background(1)
                assert found.frequency.get("a", 0) <= found.papers

    with ThreadPoolExecutor(1) as pool, open_store(url) as store:
        watching = pool.submit(watch)
        for n in range(40):
            assert store.add_counts(n, n + 1, Background(1, {"a": 1}), {})
        done.set()
        watching.result()


def test_learning_the_same_in_another_order_waits_for_nobody_for_ever(url: str) -> None:
    names = [f"term {n}" for n in range(300)]

    def work(number: int) -> None:
        order = names[::-1] if number % 2 else names
        with open_store(url) as store:
            for _ in range(4):
                store.keep_expansions(number, {name: {name: 1.0} for name in order})
                store.keep_embeddings("minilm", {name: name.encode() for name in order})

    at_once(work)
    with open_store(url) as store:
        assert len({found.papers for found in store.expansions(names).values()}) == 1
        assert store.embeddings("minilm", names) == {name: name.encode() for name in names}


def test_opinions_of_one_paper_at_once_leave_one(url: str) -> None:
    with open_store(url) as store:
        person = enrol(store).id
        one = paper(aliases=frozenset({"arxiv:2605.77777", "doi:10.1000/x"}), key="arxiv:2605.77777")
        store.set_feedback(Feedback(person, Paper("doi:10.1000/x", "Imported"), Opinion.LIKED, NOW, "import"))
        ingest_new(store, one)

        def work(number: int) -> None:
            of, opinion = Paper(sorted(one.aliases)[number % 2], ""), list(Opinion)[number // 2 % 2]
            for _ in range(5):
                store.set_feedback(Feedback(person, of, opinion, NOW, f"w{number}"))

        at_once(work, 8)
        [left] = store.feedback([person])[person]
        assert (left.paper, store.counts()["feedback"]) == (one, 1)


_KILLED = """
import os, sys
from digest.ranking.background import Background
from digest.storage import learned, open_store
def kill(*_args):
    os.kill(os.getpid(), 9)
learned._add_acronyms = kill
open_store(sys.argv[1]).add_counts(0, 2, Background(2, {"a": 2}), {("RAG", "long"): 2})
"""


def test_a_process_killed_while_it_adds_leaves_nothing(url: str) -> None:
    with open_store(url) as store:
        ingest_new(store, paper(), paper())
    killed = subprocess.run([sys.executable, "-c", _KILLED, url], check=False)
    assert killed.returncode == -signal.SIGKILL
    with open_store(url) as store:
        assert (store.background(1), store.counted_papers(), store.uncounted().after) == (Background(0, {}), 0, 0)
        assert learn_all(store) == 2


def test_a_scratch_store_learns_for_itself(url: str) -> None:
    with open_store(url) as store:
        person, one = enrol(store).id, paper()
        ingest_new(store, one)
        learn_all(store)
        store.keep_expansions(1, {"rag": {"retrieval": 1.0}})
        store.keep_embeddings("minilm", {"a": b"1"})
        store.set_feedback(Feedback(person, one, Opinion.LIKED, NOW, "cli"))
        before = _all(store, person)
    with scratch_store(url) as store:
        assert _all(store, person) == before
        ingest_new(store, paper())
        assert learn_all(store) == 1
        store.keep_expansions(2, {"rag": {"graph": 1.0}})
        store.keep_embeddings("minilm", {"b": b"2"})
        store.drop_feedback(person, one.key)
        assert _all(store, person) != before
    with open_store(url) as store:
        assert _all(store, person) == before


def test_a_long_preview_holds_up_nobody_who_learns(url: str) -> None:
    with open_store(url) as store:
        ingest_new(store, paper(), paper())
        with scratch_store(url) as preview:
            assert learn_all(preview) == 2
            preview.keep_expansions(2, {"rag": {"graph": 1.0}})
            preview.keep_embeddings("minilm", {"a": b"1"})
            began = time.monotonic()
            learn(store, 100)
            store.keep_expansions(2, {"rag": {"graph": 1.0}})
            store.keep_embeddings("minilm", {"a": b"1"})
            assert time.monotonic() - began < WAIT_SECONDS / 2
        learn_all(store)
        assert store.counted_papers() == 2


def _all(store: Store, person: int) -> tuple[object, ...]:
    learned = (store.background(1), store.acronyms(), store.expansions(["rag"]), store.embeddings("minilm", "ab"))
    return *learned, store.uncounted(), store.feedback([person])
