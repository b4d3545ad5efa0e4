"""A scratch store shows what is there and leaves no trace, whoever else has the database open."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from digest.errors import StorageError
from digest.storage import open_store, scratch, scratch_store
from tests.factories import paper
from tests.storage.databases import clean_postgresql, clean_sqlite
from tests.storage.steps import enrol, ingest_new, publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WRITER = """
import os, sys
from digest.storage import open_store
from tests.storage.steps import enrol
store = open_store(sys.argv[1])
for n in range(3):
    enrol(store, address=f"writer{n}@example.test")
print("written", flush=True)
if sys.stdin.readline() == "die\\n":
    os.kill(os.getpid(), 9)
"""


class Writer:
    """Another process that has written three subscribers and keeps the store open."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-c", _WRITER, url]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "written\n"

    def end(self, word: str = "end") -> None:
        """Let it end in good order, or "die"."""
        self._process.communicate(word + "\n", timeout=20)


def on_disk(folder: Path) -> dict[str, tuple[Any, ...]]:
    """Names, bytes, times and inodes of all there is."""
    return {
        path.name: (path.stat().st_mtime_ns, path.stat().st_ino, path.stat().st_mode, path.read_bytes())
        for path in folder.iterdir()
    }


def try_out(url: str) -> list[str]:
    """Who is in the store, seen by a scratch copy that is then written to."""
    with scratch_store(url) as store:
        found = [person.address for person in store.subscribers()]
        one = paper()
        ingest_new(store, one)
        publish(store, enrol(store), one)
        assert store.counts()["editions"] == 1
    return found


WRITTEN = [f"writer{n}@example.test" for n in range(3)]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return clean_sqlite(tmp_path)


def check_untouched(url: str, folder: Path, files: set[str]) -> None:
    before = on_disk(folder)
    assert set(before) == files
    assert try_out(url) == WRITTEN
    assert on_disk(folder) == before


def test_a_store_that_nobody_has_open(url: str, tmp_path: Path) -> None:
    Writer(url).end()
    check_untouched(url, tmp_path, {"digest.db"})


def test_a_store_that_another_process_has_open(url: str, tmp_path: Path) -> None:
    writer = Writer(url)
    check_untouched(url, tmp_path, {"digest.db", "digest.db-wal", "digest.db-shm"})
    writer.end()


def test_a_store_whose_process_was_killed(url: str, tmp_path: Path) -> None:
    Writer(url).end("die")
    check_untouched(url, tmp_path, {"digest.db", "digest.db-wal", "digest.db-shm"})


def test_a_store_that_was_moved_without_its_shm(url: str, tmp_path: Path) -> None:
    Writer(url).end("die")
    (tmp_path / "digest.db-shm").unlink()
    check_untouched(url, tmp_path, {"digest.db", "digest.db-wal"})


def test_a_store_whose_wal_is_folded_in(url: str, tmp_path: Path) -> None:
    writer = Writer(url)
    with sqlite3.connect(tmp_path / "digest.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    check_untouched(url, tmp_path, {"digest.db", "digest.db-wal", "digest.db-shm"})
    writer.end()


def test_a_store_in_a_folder_without_permission_to_write(url: str, tmp_path: Path) -> None:
    Writer(url).end()
    (tmp_path / "digest.db").chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        check_untouched(url, tmp_path, {"digest.db"})
    finally:
        tmp_path.chmod(0o700)


def test_a_copy_is_whole_while_others_write(url: str) -> None:
    """Every copy is the state after some commit: two papers for each snapshot."""
    stop = threading.Event()

    def write() -> None:
        with open_store(url) as store:
            while not stop.is_set():
                ingest_new(store, paper(), paper())

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(20):
            with scratch_store(url) as store:
                assert store.counts()["papers"] == 2 * store.counts()["snapshots"]
    finally:
        stop.set()
        writer.join()


def test_a_file_that_never_keeps_still_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "_PAUSE_SECONDS", 0)
    states = iter(range(1_000))
    monkeypatch.setattr(scratch, "_state", lambda path: (next(states),))
    with pytest.raises(StorageError, match="keeps changing"):
        scratch_store(url)


def test_a_file_that_moved_once_is_copied_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "_PAUSE_SECONDS", 0)
    states: Iterator[int] = iter([1, 2, 3, 3])
    monkeypatch.setattr(scratch, "_state", lambda path: (next(states),))
    scratch_store(url).close()
    assert list(states) == []


def test_a_copy_of_a_copied_file(url: str, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "digest.db", tmp_path / "copy.db")
    assert try_out(f"sqlite:///{tmp_path}/copy.db") == []


def test_nothing_to_copy() -> None:
    with scratch_store(None) as store, scratch_store(None) as other:
        person = enrol(store)
        assert store.subscribers() == [person]
        assert other.subscribers() == []


def test_postgresql_forgets_it_all() -> None:
    url = clean_postgresql()
    Writer(url).end()
    with open_store(url) as store:
        before = store.counts()
        assert try_out(url) == WRITTEN
        assert store.counts() == before


def test_a_scratch_store_is_one_for_all_threads(url: str) -> None:
    with scratch_store(url) as store:
        threads = [threading.Thread(target=ingest_new, args=(store, paper())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.counts()["papers"] == 8


def test_a_scratch_store_answers_inside_a_transaction(url: str) -> None:
    with scratch_store(url) as store, store.ingesting():
        assert store.subscribers() == []
