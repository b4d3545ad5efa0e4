"""Files that somebody names on the command line."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from digest.errors import NotAFeed, Unreachable
from digest.model import SourceSpec, SourceState
from digest.services.reading import GivenSource, label, read_path
from tests.factories import NOW
from tests.services.parts import as_json, drop

if TYPE_CHECKING:
    from pathlib import Path


def test_every_file_of_a_folder_is_read_or_told(spool_folder: Path) -> None:
    drop(spool_folder, "2026-05-25.json", 1, 2)
    (spool_folder / "2026-05-26.json").write_text("{")
    drop(spool_folder, "2999-01-01.json", 3)
    (first, none), (nothing, problem), (future, also_none) = read_path(str(spool_folder), NOW)
    assert (none, nothing, also_none) == (None, None, None)
    assert isinstance(problem, NotAFeed)
    assert first is not None
    assert future is not None
    assert [entry.title for entry in (*first.entries, *future.entries)] == [f"Paper number {n}" for n in (1, 2, 3)]


def test_a_place_where_nothing_is_is_told(tmp_path: Path) -> None:
    ((reading, problem),) = read_path(str(tmp_path / "missing"), NOW)
    assert reading is None
    assert isinstance(problem, Unreachable)


def test_a_given_source_reads_its_files_each_time_and_takes_them_now(spool_folder: Path) -> None:
    drop(spool_folder, "2027-01-01.json", 1)
    source = GivenSource(SourceSpec("given", path=str(spool_folder)))
    for _ in range(2):
        (snapshot,) = source.fetch(SourceState("given", validators=dict(source.validators)), NOW)
        assert (snapshot.taken_at, snapshot.content) == (NOW, as_json([1]))  # type: ignore[union-attr]


def test_a_file_is_called_after_what_it_holds(spool_folder: Path) -> None:
    day = drop(spool_folder, "day.json", 1)
    shutil.copy(day, spool_folder / "copy.txt")
    (spool_folder / "notes.txt").write_text("milk, bread")
    assert [label(str(spool_folder / name)) for name in ("day.json", "copy.txt", "notes.txt", "missing.xml")] == [
        *("huggingface", "huggingface", "notes", "missing"),
    ]
