"""SpoolSource on real files: what is taken, in which order, and what waits."""

from __future__ import annotations

import io
import os
import socket
import sys
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import Unreachable
from digest.model import Snapshot, SourceSpec, SourceState
from digest.sources import NotModified
from digest.sources.spool import SpoolSource, day_in
from tests.factories import NOW

LONG_AGO = NOW.timestamp() - 3600


@pytest.fixture
def spool(tmp_path):
    """A folder for files."""
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def put(folder, name, content=b"x", at=LONG_AGO):
    """Write a file that was last changed at `at`."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at, at))
    return path


def source(path, sleep=lambda _: None, **options):
    """A source on `path` that waits for nothing; its clock stands at NOW."""
    limits = {"max_size": options.pop("limit")} if "limit" in options else {}
    spec = SourceSpec(name="spool", path=str(path), kind=options.pop("kind", "auto"), **limits)
    return SpoolSource(spec, clock=NOW.timestamp, sleep=sleep, **options)


def look(source, before=None, now=NOW):
    return list(source.fetch(SourceState("spool", validators=before or {}), now))


def contents(fetched):
    return [f.content for f in fetched]


def unreadable(source):
    """What came, and the error at the end."""
    fetching, came = source.fetch(SourceState("spool"), NOW), []
    with pytest.raises(Unreachable) as caught:
        came.extend(fetching)
    return contents(came), str(caught.value)


def test_a_snapshot_is_the_bytes_and_where_they_came_from(spool):
    path = put(spool, "hf-2026-05-22.json", b"[]")
    assert look(source(spool, kind="huggingface")) == [
        Snapshot("spool", NOW, b"[]", str(path), kind="huggingface", listed_on=date(2026, 5, 22))
    ]


# which files


def test_hidden_and_unfinished_files_and_folders_are_left_alone(spool):
    for name in (".hidden.json", "a.json.tmp", "a.PART", "b.crdownload", ".a.json.swp", "c.json~", "d.download"):
        put(spool, name)
    put(spool, "folder/inside.json")
    for name in ("page", "feed.xml", "packed.json.gz", "notes.txt"):
        put(spool, name, name.encode())
    assert contents(look(source(spool))) == [b"feed.xml", b"notes.txt", b"packed.json.gz", b"page"]


def test_links_to_files_are_followed_others_are_not_taken(spool, tmp_path):
    put(tmp_path, "elsewhere/real.json", b"linked")
    (spool / "link.json").symlink_to(tmp_path / "elsewhere/real.json")
    (spool / "folder").symlink_to(tmp_path / "elsewhere")
    (spool / "broken.json").symlink_to(tmp_path / "gone")
    os.mkfifo(spool / "pipe.json")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(spool / "s"))
        assert contents(look(source(spool))) == [b"linked"]


def test_one_file_is_taken_whatever_its_name(spool):
    path = put(spool, ".odd.tmp", b"one")
    assert contents(look(source(path))) == [b"one"]


def test_a_glob_goes_where_it_says(spool):
    for name in ("b/1.json", "a/2.json", "3.json", "a/.4.json", "a/5.json.tmp", "a/6.xml"):
        put(spool, name, name.encode())
    assert contents(look(source(spool / "**" / "*.json"))) == [b"b/1.json", b"a/2.json", b"3.json"]
    assert contents(look(source(spool / "a" / "*"))) == [b"a/2.json", b"a/6.xml"]
    assert look(source(spool / "*.rss")) == []


def test_a_name_may_look_like_a_glob(spool):
    path = put(spool, "day[1].json", b"one")
    assert contents(look(source(path))) == [b"one"]


def test_a_home_folder_is_found(spool, monkeypatch):
    monkeypatch.setenv("HOME", str(spool.parent))
    put(spool, "a.json", b"mine")
    assert contents(look(source("~/spool"))) == [b"mine"]


@pytest.mark.parametrize("name", ["nowhere", "nowhere/*.json", "no*/x.json/*.json"])
def test_what_is_not_there_is_said_with_what_to_do(spool, name):
    missing = source(spool / name)
    if name.startswith("no*"):
        assert look(missing) == []
        return
    before = {"kept": [1, 2]}
    with pytest.raises(Unreachable, match="no such file or folder; create it, or correct the path"):
        look(missing, before)
    assert missing.validators == before


def test_a_pipe_is_no_source(spool):
    os.mkfifo(spool / "pipe")
    with pytest.raises(Unreachable, match="neither a file nor a folder"):
        look(source(spool / "pipe"))


def test_a_name_of_any_bytes_can_be_stored_and_shown(spool):
    with open(os.path.join(os.fsencode(spool), b"caf\xe9.json"), "wb") as file:
        file.write(b"x")
    os.utime(file.name, (LONG_AGO, LONG_AGO))
    odd = source(spool)
    assert [s.place for s in look(odd)] == [f"{spool}/caf\\xe9.json"]
    assert list(odd.validators) == [f"{spool}/caf\\xe9.json"]
    assert look(odd, odd.validators) == [NotModified(str(spool))]


# order and dates


def test_files_come_by_date_then_name_and_those_without_date_last(spool):
    for name in ("20260520-b", "2026-05-20-a", "z-2026-05-19", "undated", "a-2026-05-25", "2026-13-45"):
        put(spool, name, name.encode())
    expected = [b"z-2026-05-19", b"2026-05-20-a", b"20260520-b", b"a-2026-05-25", b"2026-13-45", b"undated"]
    assert contents(look(source(spool))) == expected


def test_files_from_the_future_wait_for_their_day(spool):
    """A year of days is replayed from one folder."""
    for day in (24, 25, 26):
        put(spool, f"2026-05-{day}.json", str(day).encode())
    seen, replay = {}, []
    for day in (24, 25, 26, 27):
        replaying = source(spool)
        fetched = look(replaying, seen, datetime(2026, 5, day, 8, 0, tzinfo=UTC))
        replay.append([f if isinstance(f, NotModified) else (f.listed_on.day, f.taken_at.day) for f in fetched])
        seen = replaying.validators
    assert replay == [[(24, 24)], [(25, 25)], [(26, 26)], [NotModified(str(spool))]]


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2026-05-25.json", date(2026, 5, 25)),
        ("hf_20260525T080000Z.json", date(2026, 5, 25)),
        ("v2-2026-05-25-2026-05-26", date(2026, 5, 25)),
        ("2024-02-30 2024-02-29", date(2024, 2, 29)),
        ("2026-0525", None),
        ("2605.12345.json", None),
        ("120260525", None),
        ("20260525083000", None),
        ("2026-5-25", None),
        ("٢٠٢٦-٠٥-٢٥", None),
        ("", None),
    ],
)
def test_dates_in_names(name, day):
    assert day_in(name) == day


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["", "feed-", "x "]), st.booleans())
def test_every_date_is_found(day, before, compact):
    written = day.strftime("%Y%m%d") if compact else day.isoformat()
    assert day_in(f"{before}{written}.json") == day


@given(st.text(max_size=50))
def test_any_name_may_be_looked_at(name):
    assert day_in(name) is None or isinstance(day_in(name), date)


# memory


def test_unchanged_files_are_not_read_again_changed_ones_are(spool):
    put(spool, "a", b"a")
    put(spool, "b", b"b")
    first = source(spool)
    assert contents(look(first)) == [b"a", b"b"]

    assert look(source(spool), first.validators) == [NotModified(str(spool))]
    put(spool, "b", b"b, longer")
    put(spool, "c", b"c")
    assert contents(look(source(spool), first.validators)) == [b"b, longer", b"c"]
    put(spool, "a", b"A", at=LONG_AGO + 5)
    assert contents(look(source(spool), first.validators)) == [b"A", b"b, longer", b"c"]


def test_files_that_are_gone_are_forgotten(spool):
    gone, stays = put(spool, "gone"), put(spool, "stays")
    first = source(spool)
    look(first)
    assert set(first.validators) == {str(gone), str(stays)}
    gone.unlink()
    second = source(spool)
    assert look(second, first.validators) == [NotModified(str(spool))]
    assert set(second.validators) == {str(stays)}


def test_a_file_that_was_not_ingested_is_taken_again(spool):
    """The process dies between fetch and ingest of the second file."""
    a, b = put(spool, "a", b"a"), put(spool, "b", b"b")
    dying = source(spool)
    fetching = dying.fetch(SourceState("spool"), NOW)
    assert [next(fetching).content, next(fetching).content] == [b"a", b"b"]
    fetching.close()
    assert list(dying.validators) == [str(a)]
    again = source(spool)
    assert contents(look(again, dying.validators)) == [b"b"]
    assert set(again.validators) == {str(a), str(b)}


def test_an_empty_folder_is_no_news_at_all(spool):
    assert look(source(spool)) == []


# half-written files


def test_a_young_file_is_taken_after_it_stood_still(spool):
    put(spool, "a", b"a", at=NOW.timestamp() - 0.25)
    put(spool, "b", b"b")
    slept = []
    assert contents(look(source(spool, sleep=slept.append))) == [b"a", b"b"]
    assert slept == [pytest.approx(0.75, abs=0.01)]


def test_a_file_that_is_being_written_waits(spool):
    path = put(spool, "a", b"half", at=NOW.timestamp())
    put(spool, "b", b"whole")
    writing = source(spool, sleep=lambda _: put(spool, "a", b"half and", at=NOW.timestamp()))
    assert contents(look(writing)) == [b"whole"]
    assert str(path) not in writing.validators
    assert contents(look(source(spool), writing.validators)) == [b"half and"]


def test_a_file_that_vanishes_meanwhile_is_no_error(spool):
    path = put(spool, "a", at=NOW.timestamp())
    assert look(source(spool, sleep=lambda _: path.unlink())) == []


def test_a_file_that_changes_while_others_are_ingested_waits(spool):
    put(spool, "a", b"a")
    path = put(spool, "b", b"b")
    changing = source(spool)
    fetching = changing.fetch(SourceState("spool"), NOW)
    assert next(fetching).content == b"a"
    path.write_bytes(b"b, and more")
    assert list(fetching) == []
    assert str(path) not in changing.validators


def test_a_file_from_tomorrows_clock_is_taken_after_a_pause(spool):
    put(spool, "a", b"a", at=NOW.timestamp() + 86_400)
    slept = []
    assert contents(look(source(spool, sleep=slept.append))) == [b"a"]
    assert slept == [1.0]


def test_an_empty_file_waits_to_be_filled_for_a_while(spool):
    path = put(spool, "a", b"", at=NOW.timestamp() - 30)
    assert look(source(spool)) == []
    assert contents(look(source(path))) == [b""]
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert contents(look(source(spool))) == [b""]


# files that cannot be read


def test_a_large_file_is_named_after_everything_else_was_taken(spool):
    put(spool, "a-large", b"x" * 101)
    put(spool, "b", b"b" * 100)
    came, words = unreadable(source(spool, limit=100))
    assert came == [b"b" * 100]
    assert words == f"{spool}: could not be read in full: {spool}/a-large (larger than the 100 bytes that are read)"


def test_files_that_cannot_be_opened_are_named(spool):
    for n in range(7):
        (spool / f"{n}.json").symlink_to(f"{n}.json")
    put(spool, "8.json", b"good")
    came, words = unreadable(source(spool))
    assert came == [b"good"]
    assert words.count("symbolic links") == 5
    assert words.endswith(" and 2 more")


def test_a_file_without_permission_is_named(spool, monkeypatch):
    put(spool, "secret", b"s")
    put(spool, "open", b"o")
    real = open

    def guarded(path, *args, **kwargs):
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *args, **kwargs)

    monkeypatch.setattr("builtins.open", guarded)
    came, words = unreadable(source(spool))
    assert (came, words.endswith("secret (Permission denied)")) == ([b"o"], True)


# standard input


def test_standard_input_is_read_once(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"[]")))
    assert look(source("-")) == [Snapshot("spool", NOW, b"[]", "-")]
    assert look(source("-")) == [NotModified("-")]


def test_standard_input_is_bounded(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * 11)))
    with pytest.raises(Unreachable, match="larger than the 10 bytes"):
        look(source("-", limit=10))


def test_a_process_without_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(Unreachable, match="no standard input"):
        look(source("-"))
