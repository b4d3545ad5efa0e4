"""A source on disk: a folder of snapshots, one file, a glob, or standard input.

What is taken:

- of a folder, every file directly in it (links to files too), but no hidden ones and none that a download or an
  editor is still busy with (`BUSY`). Folders within are not entered; a glob such as ``spool/**/*.json`` does that.
- files come in the order of the dates in their names (``2026-05-25`` or ``20260525``), then those without a date,
  and by name among themselves. A file dated after `now` waits for its day: a year of days is replayed from one
  folder by moving `now`.
- a file that was written to within the last `settle` seconds is looked at again after a pause, and waits for the
  next look unless size and time of change stood still. An empty file in a folder is taken for one that is about
  to be filled.

Size and time of change are remembered for each file that was yielded and is still there, so that it is not read
again until it changes; whether its bytes are new is the store's to say. "-" is standard input, read to its end at
the first look.
"""

from __future__ import annotations

import glob
import os
import re
import stat
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date
from typing import TYPE_CHECKING, BinaryIO

from digest.errors import Unreachable
from digest.model import Snapshot
from digest.sources import NotModified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from digest.model import SourceSpec, SourceState

BUSY = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".swp", ".swx", "~")
"""Ends of the names of files that somebody is still writing."""

EMPTY_WAITS = 60.0
"""Seconds for which an empty file is taken for one that is about to be filled; then it is an empty snapshot."""

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(-?)(\d\d)\2(\d\d)(?!\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it was seen: its path, the day in its name, size in bytes, and time of change."""

    path: str
    day: date | None
    size: int
    changed: int

    @property
    def key(self) -> str:
        """The path as text that can be stored and shown, whatever its bytes are."""
        return _shown(self.path)

    @property
    def mark(self) -> list[int]:
        """What is remembered of it: the same as long as nobody writes to it."""
        return [self.size, self.changed]

    @property
    def order(self) -> tuple[date, str, str]:
        """By day, without a day last, and by name."""
        return self.day or date.max, os.path.basename(self.path), self.path


class SpoolSource:
    """A `digest.sources.Source` on disk.

    Args:
        spec: with `path` set; a file of more than its `max_size` bytes is not read.
        settle: seconds without a change after which a file counts as written.
        clock: seconds since the epoch, the file system's own time.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        spec: SourceSpec,
        *,
        settle: float = 1.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.spec = spec
        self.validators: dict[str, object] = {}
        self._settle = settle
        self._limit = spec.max_size
        self._clock = clock
        self._sleep = sleep

    def fetch(self, state: SourceState, now: datetime) -> Iterator[Snapshot | NotModified]:
        """The files that have come or changed, or one `NotModified` where files are there and none has.

        Raises:
            Unreachable: nothing is at the path; or, at the end, which files could not be read.
        """
        self.validators = dict(state.validators)
        if self.spec.path == "-":
            yield self._standard_input(now)
            return
        unreadable: list[str] = []
        files = [f for f in self._files(unreadable) if f.day is None or f.day <= now.astimezone(UTC).date()]
        self.validators = {f.key: f.mark for f in files if state.validators.get(f.key) == f.mark}
        fresh = [f for f in files if f.key not in self.validators]
        if files and not fresh and not unreadable:
            yield NotModified(self.spec.path)
        yield from self._snapshots(self._settled(fresh), now, unreadable)
        if unreadable:
            raise Unreachable(self.spec.path, f"could not be read in full: {_some(unreadable)}")

    def _snapshots(self, files: Iterable[_File], now: datetime, unreadable: list[str]) -> Iterator[Snapshot]:
        """Read each file; a file is remembered when the caller comes back for the next one."""
        for file in sorted(files, key=lambda f: f.order):
            try:
                content = self._read(file)
            except (OSError, ValueError) as error:
                unreadable.append(f"{file.key} ({_why(error)})")
                continue
            if content is not None:
                yield self._snapshot(content, file.key, file.day, now)
                self.validators[file.key] = file.mark

    def _files(self, unreadable: list[str]) -> list[_File]:
        found = []
        for path in _paths(self.spec.path):
            try:
                file = _seen(path)
            except OSError as error:
                unreadable.append(f"{_shown(path)} ({_why(error)})")
                continue
            if file is not None:
                found.append(file)
        return found

    def _settled(self, files: list[_File]) -> list[_File]:
        """Those files that nobody is writing, after one pause for all that were written to just now."""
        youngest = min((self._age(f) for f in files), default=self._settle)
        if youngest < self._settle:
            self._sleep(self._settle - max(youngest, 0.0))
            files = [f for f in files if _same(f)]
        named = os.path.isfile(os.path.expanduser(self.spec.path))
        return [f for f in files if f.size or named or self._age(f) >= EMPTY_WAITS]

    def _age(self, file: _File) -> float:
        return self._clock() - file.changed / 1e9

    def _read(self, file: _File) -> bytes | None:
        """The content of `file`; None if it has gone or changed since it was seen, and so waits for the next look."""
        if file.size > self._limit:
            raise ValueError(f"larger than the {self._limit:,} bytes that are read")
        try:
            with open(file.path, "rb") as handle:
                content = handle.read(self._limit + 1)
        except FileNotFoundError:
            return None
        return content if len(content) == file.size and _same(file) else None

    def _standard_input(self, now: datetime) -> Snapshot | NotModified:
        stream: BinaryIO | None = getattr(sys.stdin, "buffer", None)
        if stream is None:
            raise Unreachable("-", "there is no standard input")
        content = stream.read(self._limit + 1)
        if len(content) > self._limit:
            raise Unreachable("-", f"larger than the {self._limit:,} bytes that are read")
        return self._snapshot(content, "-", None, now) if content else NotModified("-")

    def _snapshot(self, content: bytes, place: str, day: date | None, now: datetime) -> Snapshot:
        return Snapshot(self.spec.name, now, content, place, kind=self.spec.kind, listed_on=day)


def day_in(name: str) -> date | None:
    """The first date in a file's name, written ``2026-05-25`` or ``20260525``."""
    for found in _DATE.finditer(name):
        try:
            return date(int(found[1]), int(found[3]), int(found[4]))
        except ValueError:
            continue
    return None


def _paths(place: str) -> list[str]:
    """The paths of all files that `place` (a folder, a file or a glob) may mean; Unreachable if there is nothing."""
    path = os.path.expanduser(place)
    if os.path.isdir(path):
        return [os.path.join(path, name) for name in _listed(path) if _wanted(name)]
    if os.path.isfile(path):
        return [path]
    if os.path.exists(path):
        raise Unreachable(place, "neither a file nor a folder")
    if glob.has_magic(path) and os.path.isdir(_fixed_part(path)):
        return [found for found in glob.iglob(path, recursive=True) if _wanted(os.path.basename(found))]
    raise Unreachable(place, "there is no such file or folder; create it, or correct the path of this source")


def _listed(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError as error:
        raise Unreachable(path, f"the folder cannot be listed: {_why(error)}") from error


def _wanted(name: str) -> bool:
    return bool(name) and not name.startswith(".") and not name.lower().endswith(BUSY)


def _fixed_part(pattern: str) -> str:
    """The folder in which the search for a glob begins."""
    folder = os.path.dirname(pattern)
    while glob.has_magic(folder):
        folder = os.path.dirname(folder)
    return folder or os.curdir


def _seen(path: str) -> _File | None:
    """The file at `path` as it is now; None if it is a folder, a pipe or the like, or has just gone."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return _File(path, day_in(os.path.basename(path)), status.st_size, status.st_mtime_ns)


def _same(file: _File) -> bool:
    """Whether `file` still is as it was seen."""
    try:
        return _seen(file.path) == file
    except OSError:
        return False


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _why(error: Exception) -> str:
    words = error.strerror if isinstance(error, OSError) else None
    return words or str(error)


def _some(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return "; ".join(names[:most]) + more
