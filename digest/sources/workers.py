"""Snapshots are read in processes of their own: no answer of a source can hold this one, or use up its memory.

`read_within` is `read.read` there, under `ReadLimits`. A process that comes to an end (a limit, a crash) costs the
snapshot its reading, which is then no feed, and nothing else; the next snapshot gets another process. They are
started by exec, never forked, since threads run here, and are kept for the next snapshot: some at most, each for one
snapshot at a time. See `worker` for the other side.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from digest.errors import NotAFeed, SourceError, Throttled, Unreachable
from digest.model import Entry, Reading
from digest.sources.bounds import DEFAULT_LIMITS, ReadLimits
from digest.sources.frames import framed, header_of, pack, unpack
from digest.sources.transfer import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.model import Snapshot

log = logging.getLogger("digest.reading")

MOST = min(4, os.cpu_count() or 1)
"""Processes that read beside each other."""
KEPT_BELOW = 200 * 2**20
"""Bytes of memory up to which a process is kept for the next snapshot."""
ANSWER = 4
"""So many times the size of a snapshot that is allowed, its entries may have in all."""
_LAST = frozenset({"reading", "kind", "not_a_feed", "throttled", "memory", "failed"})
_GRACE = 10.0
"""Seconds beyond a process's own limit after which it is ended from here."""
_PASSED_ON = ("PYTHON", "LD_", "DYLD_", "LC_", "LANG", "PATH", "HOME", "TMP", "TZ", "VIRTUAL_ENV", "COVERAGE")
"""Beginnings of the environment variables that it gets: passwords are none of its business."""


def read_within(snapshot: Snapshot, limits: ReadLimits = DEFAULT_LIMITS) -> Reading:
    """What a snapshot holds, read in a process of its own within `limits`.

    Raises:
        NotAFeed: no feed, or none that could be read within the limits; says which limit.
        Throttled: the answer asks for fewer requests.
        Unreachable: no process could be started.
    """
    return _pool().read(snapshot, limits)


def kind_within(snapshot: Snapshot, limits: ReadLimits = DEFAULT_LIMITS) -> str:
    """The kind of the reader that would take a snapshot, found in the same way; raises the same."""
    return _pool().kind_of(snapshot, limits)


def warm() -> None:
    """Start a process that the first snapshot is going to need, without waiting for it."""
    _pool().warm()


@cache
def _pool() -> WorkerPool:
    pool = WorkerPool()
    atexit.register(pool.close)
    os.register_at_fork(after_in_child=pool.forget)
    return pool


class WorkerPool:
    """Processes that read, started when they are needed and kept. Safe to use from many threads.

    Args:
        most: so many at a time; who comes then waits.
    """

    def __init__(self, most: int = MOST) -> None:
        self._turns = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []

    def read(self, snapshot: Snapshot, limits: ReadLimits) -> Reading:
        """See `read_within`."""
        entries: list[Entry] = []
        for told in self._asked(snapshot, limits, "read"):
            entries += [value_of(Entry, entry) for entry in told.get("entries", ())]
            if "reading" in told:
                return replace(value_of(Reading, told["reading"]), entries=tuple(entries))
        raise NotAFeed(snapshot.place, "reading it ended before its end")

    def kind_of(self, snapshot: Snapshot, limits: ReadLimits) -> str:
        """See `kind_within`."""
        return next((str(told["kind"]) for told in self._asked(snapshot, limits, "kind") if "kind" in told), "")

    def warm(self) -> None:
        """See there."""
        with self._lock, suppress(OSError):
            if not self._idle:
                self._idle.append(_Worker())

    def close(self) -> None:
        """End all that are idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()

    def forget(self) -> None:
        """After a fork the processes belong to the parent."""
        self.__init__()  # type: ignore[misc]

    def _asked(self, snapshot: Snapshot, limits: ReadLimits, asked: str) -> Iterator[dict[str, Any]]:
        with self._turns, self._worker(snapshot.place) as worker:
            yield from worker.ask(snapshot, limits, asked)

    @contextmanager
    def _worker(self, place: str) -> Iterator[_Worker]:
        """A process for one request; one that did not come to the end of it, or has grown, is not kept."""
        with self._lock:
            idle = self._idle.pop() if self._idle else None
        try:
            worker = idle if idle is not None and idle.alive else _Worker()
        except OSError as error:
            raise Unreachable(place, f"no process could be started to read it: {error.strerror}") from error
        try:
            yield worker
        finally:
            if worker.fit:
                with self._lock:
                    self._idle.append(worker)
            else:
                worker.end()


class _Worker:
    """One process, and the pipes to and from it. `fit` is whether it can be given another request."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "digest.sources.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            process_group=0,
        )
        self._requests = cast("BinaryIO", self._process.stdin)
        self._answers = cast("BinaryIO", self._process.stdout)
        self.fit = True

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        return self._process.poll() is None

    def ask(self, snapshot: Snapshot, limits: ReadLimits, asked: str) -> Iterator[dict[str, Any]]:
        """The frames of the answer to a request; see `worker`. It is to be asked for nothing else if this raises.

        Raises:
            NotAFeed, Throttled: as its last frame says, or because the process has ended.
        """
        self.fit = False
        late = threading.Event()
        timer = threading.Timer(limits.wall + _GRACE, self._late, (late,))
        timer.start()
        try:
            yield from self._exchange(snapshot, limits, asked)
        except (EOFError, OSError):
            raise NotAFeed(snapshot.place, self._ended(limits, late.is_set())) from None
        except ValueError as error:
            raise NotAFeed(snapshot.place, f"what came of reading it cannot be used: {error}") from None
        finally:
            timer.cancel()

    def _exchange(self, snapshot: Snapshot, limits: ReadLimits, asked: str) -> Iterator[dict[str, Any]]:
        self._requests.write(pack(header_of(snapshot, limits, asked)))
        self._requests.write(framed(snapshot.content))
        self._requests.flush()
        left, told = ANSWER * limits.size, dict[str, Any]()
        while not _LAST.intersection(told):
            frame = unpack(self._answers, left)
            left -= len(frame)
            told = json.loads(frame.decode("utf-8", "surrogatepass"))
            if problem := _problem(snapshot.place, told, limits):
                self.fit = not {"memory", "failed"}.intersection(told)
                raise problem
            self.fit = bool(_LAST.intersection(told)) and told.get("memory_kept", 0) < KEPT_BELOW
            yield told

    def _late(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _ended(self, limits: ReadLimits, late: bool) -> str:
        """Why the process has ended, as a reason for people."""
        try:
            status = self._process.wait(10)
        except subprocess.TimeoutExpired:  # only its pipe has ended
            return "the process that read it fell silent"
        if status == -signal.SIGXCPU:
            return f"reading it took more than {limits.cpu} s of processor time"
        if late or status == -signal.SIGALRM:
            return f"reading it took more than {limits.wall} s"
        name = signal.Signals(-status).name if -status in set(signal.Signals) else f"status {status}"
        return f"the process that read it came to an end ({name})"

    def end(self) -> None:
        """End it now; it keeps nothing."""
        self._process.kill()
        with suppress(OSError):  # what could not be written any more
            self._requests.close()
        self._answers.close()
        self._process.wait()


def _problem(place: str, told: dict[str, Any], limits: ReadLimits) -> SourceError | None:
    """The error that an answer's last frame tells of."""
    if "throttled" in told:
        place, reason, moment = map(str, told["throttled"])
        return Throttled(place, reason, None if moment == "None" else datetime.fromisoformat(moment))
    if "not_a_feed" in told:
        place, reason = map(str, told["not_a_feed"])
        return NotAFeed(place, reason)
    if "memory" in told:
        return NotAFeed(place, f"reading it took more than {limits.memory // 2**20} MB of memory")
    if "failed" in told:
        log.error("a reader failed on %s: %s", place, told.get("trace"))
        return NotAFeed(place, f"cannot be read, by an error in digest: {told['failed']}")
    return None


def _environment() -> dict[str, str]:
    """What the process may know, and where it finds this package."""
    passed = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
    home = str(Path(__file__).parents[2])
    return {**passed, "PYTHONPATH": os.pathsep.join(filter(None, (home, passed.get("PYTHONPATH"))))}
