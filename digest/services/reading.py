"""Read snapshots from files for a person to look at: no store, no memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.errors import SourceError
from digest.model import SourceSpec, SourceState
from digest.sources import NotModified
from digest.sources.read import read
from digest.sources.spool import SpoolSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.model import Reading

# Files are read whatever day their names bear, so the look takes place after every one of them.
_END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


def read_path(path: str, now: datetime, kind: str = "auto") -> Iterator[tuple[Reading | None, SourceError | None]]:
    """Read the file, folder, glob or standard input ("-") at `path`: a reading or a problem for each file."""
    source = SpoolSource(SourceSpec(name="read", path=path, kind=kind))
    try:
        for snapshot in source.fetch(SourceState("read"), _END_OF_TIME):
            if isinstance(snapshot, NotModified):
                continue
            try:
                yield read(replace(snapshot, taken_at=now)), None
            except SourceError as problem:
                yield None, problem
    except SourceError as problem:
        yield None, problem
