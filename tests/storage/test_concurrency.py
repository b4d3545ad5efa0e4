"""Several threads and processes on one store: the database decides who won."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from digest.model import DeliveryStatus, Outcome
from digest.storage import create_store, open_store
from tests.factories import NOW, delivery, edition, paper
from tests.storage.databases import clean_sqlite, new_postgresql
from tests.storage.steps import LEASE, TOMORROW, enrol, ingest_new, put_in_outbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

WORKERS = 4


def at_once(work: Callable[[int], Any], workers: int = WORKERS) -> list[Any]:
    """What `work` returns to each of some threads that start together."""
    gate = threading.Barrier(workers)

    def begin(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(begin, range(workers)))


def test_claims_are_disjoint(url: str) -> None:
    with open_store(url) as store:
        made = {put_in_outbox(store).id for _ in range(40)}

    def work(number: int) -> list[int]:
        taken: list[int] = []
        with open_store(url) as store:
            while batch := store.claim(NOW, LEASE, 3, f"w{number}"):
                assert len(batch) <= 3
                taken += [d.id for d in batch]
        return taken

    taken = [number for share in at_once(work) for number in share]
    assert sorted(taken) == sorted(made)


def test_one_store_serves_many_threads(url: str) -> None:
    with open_store(url) as store:
        made = {put_in_outbox(store).id for _ in range(20)}
        shares = at_once(lambda n: [d.id for d in store.claim(NOW, LEASE, 5, f"w{n}")])
    assert sorted(number for share in shares for number in share) == sorted(made)


def test_one_of_many_publishes(url: str) -> None:
    with open_store(url) as store:
        one = paper()
        ingest_new(store, one)
        person = enrol(store)

    def work(_number: int) -> bool:
        with open_store(url) as store:
            draft = edition(one, id=0, subscriber_id=person.id)
            return store.publish(draft, TOMORROW, delivery()) is not None

    assert sorted(at_once(work)) == [False] * (WORKERS - 1) + [True]
    with open_store(url) as store:
        assert store.counts()["editions"] == 1
        assert store.delivery_counts() == {DeliveryStatus.PENDING: 1}


def test_one_of_many_settles(url: str) -> None:
    with open_store(url) as store:
        put_in_outbox(store)
        number = store.claim(NOW, LEASE, 1, "w")[0].id
        outcome = Outcome(DeliveryStatus.FAILED, 550, "no")
        assert sorted(at_once(lambda _: store.settle(number, "w", outcome, NOW))) == [False] * (WORKERS - 1) + [True]


def test_snapshot_ids_rise_in_the_order_of_commits(url: str) -> None:
    """Whoever sees a snapshot has seen all with lower ids: a reader never sees a gap filled later."""
    done = threading.Event()

    def watch() -> int:
        most = 0
        with open_store(url) as store:
            while not done.is_set():
                last = store.last_snapshot()
                assert len(store.papers_new(0, last)) == last >= most
                most = last
        return most

    def work(_number: int) -> None:
        with open_store(url) as store:
            for _ in range(8):
                ingest_new(store, paper())

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        at_once(work)
        done.set()
        watching.result()


def test_many_make_the_store_at_once(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/digest.db", new_postgresql()):
        at_once(lambda _, url=url: create_store(url).close())
        with open_store(url) as store:
            enrol(store)


_HALF_WAY = """
import os, signal, sys
from digest.storage import open_store
from tests.factories import paper, reading, snapshot
from tests.storage.steps import change
with open_store(sys.argv[1]).ingesting() as work:
    work.add(snapshot(), reading(), [change(paper()) for _ in range(3000)])
    print("half way", flush=True)
    signal.pause()
"""


def test_a_process_killed_half_way_leaves_nothing(tmp_path: Path) -> None:
    url = clean_sqlite(tmp_path)
    with open_store(url) as store:
        number = ingest_new(store, paper())
        before = store.counts()
    process = subprocess.Popen([sys.executable, "-c", _HALF_WAY, url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "half way\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with open_store(url) as store:
        assert store.counts() == before
        assert ingest_new(store, paper()) == number + 1
    with sqlite3.connect(tmp_path / "digest.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


_SETTLED = """
import os, sys
from digest.model import DeliveryStatus, Outcome
from digest.storage import open_store
from tests.factories import NOW
store = open_store(sys.argv[1])
number = int(sys.argv[2])
assert store.step(number, "w", DeliveryStatus.SENDING)
assert store.step(number, "w", DeliveryStatus.DOT_SENT)
assert store.settle(number, "w", Outcome(DeliveryStatus.ACCEPTED, 250, "ok"), NOW)
os.kill(os.getpid(), 9)
"""


def test_what_was_settled_survives_a_kill(url: str) -> None:
    with open_store(url) as store:
        put_in_outbox(store)
        number = store.claim(NOW, LEASE, 1, "w")[0].id
    killed = subprocess.run([sys.executable, "-c", _SETTLED, url, str(number)], check=False)
    assert killed.returncode == -signal.SIGKILL
    with open_store(url) as store:
        assert [(d.status, d.last_code) for d in store.deliveries()] == [(DeliveryStatus.ACCEPTED, 250)]
