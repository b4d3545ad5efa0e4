"""Snapshots that somebody names on the command line: to be shown, or to stand in for a source in a preview."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import SourceError
from digest.model import Snapshot, SourceSpec, SourceState
from digest.sources import NotModified
from digest.sources.bounds import ReadLimits
from digest.sources.spool import SpoolSource
from digest.sources.workers import kind_within, read_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from digest.model import Reading

# Files that are named are read whatever day their names bear, so the spool looks after every one of them.
_END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
_FAMILIES = {
    "huggingface-json": "huggingface",
    "huggingface-html": "huggingface",
    "page-text": "huggingface",
    "arxiv": "arxiv",
}


NAMED_SIZE = 50 * 2**20
"""Bytes that a file may have which somebody names: more than what comes by itself."""


class GivenSource:
    """A `digest.sources.Source` of files named by hand: all of them at once, without waiting."""

    def __init__(self, spec: SourceSpec) -> None:
        self.spec = spec = replace(spec, max_size=NAMED_SIZE)
        self._spool = SpoolSource(spec, settle=0.0)

    @property
    def validators(self) -> Mapping[str, object]:
        """Nothing: what is named again is read again."""
        return {}

    def fetch(self, state: SourceState, now: datetime) -> Iterator[Snapshot | NotModified]:
        """Every file, as taken at `now`.

        Raises:
            SourceError: there is none, or some of them cannot be read.
        """
        for snapshot in self._spool.fetch(replace(state, validators={}), _END_OF_TIME):
            yield replace(snapshot, taken_at=now) if isinstance(snapshot, Snapshot) else snapshot


def label(path: str) -> str:
    """A name for the source that a file seems to be from: "huggingface", "arxiv", or the file's own."""
    file = Path(path)
    if path != "-" and file.is_file():
        snapshot = Snapshot("label", _END_OF_TIME, file.read_bytes(), path)
        with suppress(SourceError):
            return _FAMILIES.get(kind_within(snapshot, ReadLimits(NAMED_SIZE)), file.stem)
    return file.stem if path != "-" else "standard input"


def read_path(path: str, now: datetime, kind: str = "auto") -> Iterator[tuple[Reading | None, SourceError | None]]:
    """Read the file, folder, glob or standard input ("-") at `path`: a reading or a problem for each file.

    Args:
        now: when the files count as taken, for dates that leave out their year.
    """
    source = GivenSource(SourceSpec(name="read", path=path, kind=kind))
    try:
        for snapshot in source.fetch(SourceState("read"), now):
            if isinstance(snapshot, NotModified):
                continue
            try:
                yield read_within(snapshot, ReadLimits(NAMED_SIZE)), None
            except SourceError as problem:
                yield None, problem
    except SourceError as problem:
        yield None, problem
