from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from digest.errors import NotAFeed, SourceError, Throttled
from digest.model import Announcement, Entry, Links, Reading, Reject
from digest.sources import workers
from digest.sources.bounds import ReadLimits
from digest.sources.read import read
from digest.sources.transfer import plain_of, value_of
from digest.sources.workers import WorkerPool
from tests.factories import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAILY = json.dumps([{"paper": {"id": "2605.00001", "title": "A title", "upvotes": 1}}]).encode()
SLOW = b"<rss><channel>" + b"<item><title>x</title><description>y</description></item>" * 150_000
"""Nothing but a feed, of a size that takes seconds."""
ONE_SECOND = ReadLimits(seconds=1)
USUAL = ReadLimits()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are started during the test."""
    made: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*args: Any, **kwargs: Any) -> subprocess.Popen[bytes]:
        made.append(real(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    return made


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    pool = WorkerPool()
    yield pool
    pool.close()


def reason(pool: WorkerPool, content: bytes, limits: ReadLimits = USUAL) -> str:
    with pytest.raises(NotAFeed) as caught:
        pool.read(snapshot(content=content, place="there"), limits)
    assert caught.value.place == "there"
    return caught.value.reason


def outcome(reader: Callable[[], Reading]) -> Reading | tuple[type, str]:
    try:
        return reader()
    except SourceError as problem:
        return type(problem), str(problem)


def test_what_is_read_apart_is_what_is_read_here(pool: WorkerPool) -> None:
    feed = b"<rss><channel><item><title>A</title><pubDate>Mon, 25 May 2026</pubDate></item></channel></rss>"
    for content in (DAILY, gzip.compress(DAILY), feed, "[]".encode("utf-16")):
        shot = snapshot(content=content, listed_on=date(2026, 5, 25))
        assert pool.read(shot, USUAL) == read(shot)
        assert pool.kind_of(shot, USUAL) == read(shot).kind


def test_captures_are_read_alike(pool: WorkerPool, captures: Path) -> None:
    paths = sorted(path for path in captures.rglob("*") if path.is_file())
    for path in paths[:: len(paths) // 40]:
        shot = snapshot(content=path.read_bytes(), place=path.name)
        assert outcome(partial(pool.read, shot, USUAL)) == outcome(partial(read, shot))


def test_one_process_reads_one_snapshot_after_the_other(
    pool: WorkerPool, started: list[subprocess.Popen[bytes]]
) -> None:
    for _ in range(3):
        pool.read(snapshot(content=DAILY), USUAL)
        reason(pool, b"no feed")
        with pytest.raises(Throttled):
            pool.read(snapshot(content=b"Rate exceeded."), USUAL)
    assert len(started) == 1


def test_too_much_processor_time_is_told_and_the_next_snapshot_read(
    pool: WorkerPool, started: list[subprocess.Popen[bytes]]
) -> None:
    assert reason(pool, SLOW, ONE_SECOND) == "reading it took more than 1 s of processor time"
    assert pool.read(snapshot(content=DAILY), USUAL).entries
    assert [process.returncode for process in started] == [-signal.SIGXCPU, None]


def test_too_much_time_of_a_clock_is_told(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReadLimits, "wall", property(lambda _: 1))
    monkeypatch.setattr(workers, "_GRACE", 0.0)
    assert reason(pool, SLOW) == "reading it took more than 1 s"


def test_too_much_memory_is_told(pool: WorkerPool) -> None:
    nested = b"[" * 10 + b"]" * 10 + b","  # 40 times as much memory as bytes
    assert reason(pool, b"[" + nested * 490_000 + b"{}]") == "reading it took more than 450 MB of memory"
    assert pool.read(snapshot(content=DAILY), USUAL).entries


def test_a_large_list_out_of_a_small_gzip_is_refused_by_its_size(pool: WorkerPool) -> None:
    packed = gzip.compress(b"[" + b"[]," * (17 * 2**20) + b"[]]")
    assert len(packed) < 60_000
    assert reason(pool, packed) == "more than the 10 MB that are read (max_size of the source)"


def test_a_crash_costs_the_snapshot_and_nothing_else(pool: WorkerPool, started: list[subprocess.Popen[bytes]]) -> None:
    pool.warm()
    for sent in (signal.SIGKILL, signal.SIGSEGV):
        threading.Timer(0.3, lambda sent=sent: os.kill(started[-1].pid, sent)).start()
        assert reason(pool, SLOW) == f"the process that read it came to an end ({sent.name})"
    assert pool.read(snapshot(content=DAILY), USUAL).entries
    assert len(started) == 3


def test_the_interpreter_is_free_while_something_is_read(pool: WorkerPool) -> None:
    reading = threading.Thread(target=lambda: reason(pool, SLOW, ONE_SECOND))
    spent, turns = time.thread_time(), 0
    reading.start()
    while reading.is_alive():
        time.sleep(0.01)
        turns += 1
    assert turns > 20
    assert time.thread_time() - spent < 1


def test_many_threads_share_the_processes(started: list[subprocess.Popen[bytes]]) -> None:
    pool, read_by = WorkerPool(most=2), list[int]()
    threads = [
        threading.Thread(target=lambda: read_by.append(len(pool.read(snapshot(content=DAILY), USUAL).entries)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_by == [1] * 8
    assert 1 <= len(started) <= 2
    pool.close()
    assert all(process.returncode is not None for process in started)


def test_an_interruption_leaves_no_process_with_half_an_answer(
    pool: WorkerPool, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    pool.warm()
    with monkeypatch.context() as patched:
        patched.setattr(workers, "unpack", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pool.read(snapshot(content=DAILY), USUAL)
    assert started[0].returncode is not None
    assert pool.read(snapshot(content=DAILY), USUAL).entries


@pytest.mark.parametrize("content", [b"", SLOW], ids=["idle", "busy"])
def test_no_process_outlives_who_started_it_however_that_ends(content: bytes, tmp_path: Path) -> None:
    place = tmp_path / "content"
    place.write_bytes(content)
    code = (
        "import subprocess, sys, threading, time\nfrom datetime import UTC, datetime\n"
        "from digest.model import Snapshot\nfrom digest.sources import workers\n"
        "real, made = subprocess.Popen, []\n"
        "def popen(*a, **k):\n    made.append(real(*a, **k))\n    return made[-1]\n"
        "subprocess.Popen = popen\nworkers.warm()\nprint(made[0].pid, flush=True)\n"
        f"content = open({str(place)!r}, 'rb').read()\n"
        "if content: workers.read_within(Snapshot('s', datetime.now(UTC), content, 'p'))\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(0.5)
        parent.kill()
    waited = time.monotonic() + 60
    while _running(child):
        assert time.monotonic() < waited
        time.sleep(0.1)


def _running(number: int) -> bool:
    """Whether the process is there and no zombie that merely waits for whoever adopts it."""
    try:
        os.kill(number, 0)
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_passwords_of_the_environment_are_none_of_its_business(
    pool: WorkerPool, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("there is no /proc to look into")
    monkeypatch.setenv("DIGEST_SMTP_PASSWORD", "hunter2")
    pool.read(snapshot(content=DAILY), USUAL)
    assert b"hunter2" not in Path(f"/proc/{started[0].pid}/environ").read_bytes()


def test_what_goes_over_comes_back_the_same() -> None:
    entry = Entry(
        "T\ud800", "x", ("A", "B"), 3, ("c",), Links("http://a.b/"), "id", "2605.00001", "10.1/x", 2,
        datetime(2026, 5, 25, tzinfo=UTC), None, date(2026, 5, 25), 1, 0, Announcement.REPLACE_CROSS, "s", ("k",),
    )  # fmt: skip
    reading = Reading("feed", (entry,), (Reject("p", "r", count=5),), date(2026, 1, 1), "t", frozenset({0, 6}))
    assert value_of(Reading, json.loads(json.dumps(plain_of(reading)))) == reading


@pytest.mark.parametrize(
    "plain",
    [{"title": 1}, {}, [], {"title": "T", "new": 1}, {"title": "T", "authors": ["A", 1]}, {"title": "T", "links": ""},
     {"title": "T", "published": "x"}, {"title": "T", "version": True}, {"title": "T", "announcement": "x"}],
)  # fmt: skip
def test_what_is_no_entry_is_not_taken_for_one(plain: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        value_of(Entry, plain)
