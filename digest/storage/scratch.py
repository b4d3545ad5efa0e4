"""A copy of a SQLite database in memory, of which the original never knows.

Reading a database in WAL mode the usual way leaves traces: the side file ``-shm`` is made or marked, and the
last one to leave folds the ``-wal`` into the database. So a file without pending WAL is read as immutable, and
one with a WAL through a read-only view of its ``-shm`` (https://www.sqlite.org/wal.html#read_only_databases).
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.errors import StorageError
from digest.storage.failures import explain

_TRIES = 20
_PAUSE_SECONDS = 0.05
_VIEW = "mode=ro&readonly_shm=1"
_STILL = "immutable=1"


class _Moved(Exception):
    """The database was written to while it was read as immutable."""


def empty_memory() -> sqlite3.Connection:
    """An empty database in memory, open to all threads."""
    return sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)


def copy_to_memory(path: Path) -> sqlite3.Connection:
    """The database at `path`, copied into memory; nothing on disk is touched.

    Raises:
        StorageError: it cannot be read, or did not keep still for a second.
    """
    for _ in range(_TRIES):
        try:
            return _copy(path)
        except (_Moved, sqlite3.OperationalError, FileNotFoundError) as error:
            last: Exception = error
            time.sleep(_PAUSE_SECONDS)
        except sqlite3.Error as error:
            raise explain(error, str(path)) from error
    if isinstance(last, sqlite3.Error):
        raise explain(last, str(path)) from last
    raise StorageError(f"{path} keeps changing: try again when the process that writes to it is done") from last


def _copy(path: Path) -> sqlite3.Connection:
    wal, shm = _beside(path, "-wal"), _beside(path, "-shm")
    if _size(wal) == 0:
        return _copy_still(path)
    if shm.exists():
        return _backup(path, _VIEW)
    # Somebody moved the database without its -shm: nobody has it open, and nothing may be made beside it.
    with TemporaryDirectory(prefix="digest-") as folder:
        elsewhere = Path(folder, path.name)
        shutil.copyfile(path, elsewhere)
        shutil.copyfile(wal, _beside(elsewhere, "-wal"))
        return _backup(elsewhere, "mode=rw")


def _copy_still(path: Path) -> sqlite3.Connection:
    before = _state(path)
    memory = _backup(path, _STILL)
    if _state(path) != before:
        memory.close()
        raise _Moved
    return memory


def _backup(path: Path, options: str) -> sqlite3.Connection:
    memory = empty_memory()
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?{options}", uri=True)) as original:
            original.backup(memory)
    except sqlite3.Error:
        memory.close()
        raise
    return memory


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _state(path: Path) -> tuple[int, ...]:
    """What no write leaves as it is: the file's size and time, and the size of its WAL."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns, _size(_beside(path, "-wal"))
