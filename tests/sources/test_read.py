from __future__ import annotations

import contextlib
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeed, SourceError, Throttled
from digest.sources.read import KINDS, READERS, read
from tests.factories import snapshot

if TYPE_CHECKING:
    from digest.model import Reading

DAILY = json.dumps([{"paper": {"id": "2605.00001", "title": "A title", "upvotes": 1}}]).encode()
FEED = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "T"}]}).encode()
PAGE = b'<!doctype html><div data-target="DailyPapers" data-props="{&quot;dailyPapers&quot;:[]}"></div>'
TEXT = b"Get trending papers in your email inbox!\nSubscribeTitle\nAbstract\n"
SAMPLES = {"huggingface-json": DAILY, "json-feed": FEED, "huggingface-html": PAGE, "page-text": TEXT}


def reading(content: bytes, **fields: Any) -> Reading:
    return read(snapshot(content=content, **fields))


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_content_chooses_the_reader(kind: str) -> None:
    for content in (
        SAMPLES[kind],
        b"\xef\xbb\xbf" + SAMPLES[kind],
        b"\n \r\n" + SAMPLES[kind],
        gzip.compress(SAMPLES[kind], mtime=0),
    ):
        assert reading(content).kind == kind
    assert reading(SAMPLES[kind].decode().encode("utf-16"), kind=kind).kind == kind


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_named_kind_is_the_reader(kind: str) -> None:
    assert reading(SAMPLES[kind], kind=kind).kind == kind
    for other in SAMPLES.keys() - {kind}:
        with pytest.raises(NotAFeed):
            reading(SAMPLES[kind], kind=other)


def test_a_family_chooses_among_its_own() -> None:
    for kind in ("huggingface-json", "huggingface-html", "page-text"):
        assert reading(SAMPLES[kind], kind="huggingface").kind == kind
    with pytest.raises(NotAFeed, match="JSON, but no feed that is known"):
        reading(FEED, kind="huggingface")


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("hf_daily_json", "huggingface-json"),
        ("hf_daily_odd", "huggingface-json"),
        ("hf_html", "huggingface-html"),
        ("page-text", "page-text"),
    ],
)
def test_real_captures_of_hugging_face_find_their_reader(captures: Path, folder: str, kind: str) -> None:
    for path in sorted((captures / folder).iterdir()):
        for asked in ("auto", "huggingface"):
            found = reading(path.read_bytes(), kind=asked, place=path.name)
            assert (found.kind, found.rejects) == (kind, ()), path.name
            assert found.entries, path.name


def test_real_json_feeds_find_their_reader(captures: Path) -> None:
    for path in sorted((captures / "jsonfeed").iterdir()):
        if path.stem == "nnw__allthis-partial":
            with pytest.raises(NotAFeed, match="not valid JSON: Unterminated string starting at line 1, column 10308"):
                reading(path.read_bytes())
        else:
            assert reading(path.read_bytes()).kind == "json-feed", path.name


@pytest.mark.parametrize("kind", ["auto", "huggingface", "huggingface-json", "page-text"])
@pytest.mark.parametrize("content", [b"", b" \n\t", b"\xef\xbb\xbf\n", gzip.compress(b"", mtime=0)])
def test_nothing_is_not_a_feed(content: bytes, kind: str) -> None:
    with pytest.raises(NotAFeed, match="empty"):
        reading(content, kind=kind)


@pytest.mark.parametrize("kind", ["auto", "arxiv", "feed", "huggingface-json"])
def test_rate_exceeded_is_throttled(kind: str) -> None:
    with pytest.raises(Throttled, match="Rate exceeded"):
        reading(b"Rate exceeded.", kind=kind)


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (
            b"<!DOCTYPE html>\n<html><head><title>Sign in &amp; wait</title>",
            NotAFeed,
            "an HTML page titled 'Sign in & wait'",
        ),
        (b"<!-- x -->\n<html><body>data-props", NotAFeed, "an HTML page"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC ""><html/>', NotAFeed, "an HTML page"),
        (b"<html><title>429 Too Many Requests</title>", Throttled, "429 Too Many Requests"),
        (b"Received: from a.example\nSubject: Papers today\nFrom: b@a.example\n\nHello", NotAFeed, "a mail"),
        (b"From ada@a.example Mon May 25 00:00:00 2026\nSubject: x\n\nHello", NotAFeed, "a mail"),
        (b'{"error": "Invalid date"}', NotAFeed, "an error answer: Invalid date"),
        (b'{"error": "Rate limit reached"}', Throttled, "Rate limit reached"),
        (b'{"a": 1}', NotAFeed, "JSON, but no feed that is known"),
        (b'[{"paper": ', NotAFeed, "not valid JSON: Expecting value at line 1, column"),
        (b"%PDF-1.7 ...", NotAFeed, "PDF"),
        (b"\x1f\x8bbroken", NotAFeed, "a gzip file that is broken"),
        (gzip.compress(DAILY * 50, mtime=0)[:-20], NotAFeed, "a gzip file that is broken"),
        (b"Just some words.", NotAFeed, "Just some words"),
    ],
)
def test_what_is_no_feed_is_named(content: bytes, error: type[SourceError], words: str) -> None:
    with pytest.raises(error) as caught:
        reading(content, place="there.json")
    assert words in caught.value.reason
    assert caught.value.place == "there.json"


def test_an_unknown_kind_lists_the_known_ones() -> None:
    with pytest.raises(NotAFeed) as caught:
        reading(DAILY, kind="huggingfaces")
    assert all(kind in caught.value.reason for kind in KINDS)


def test_bounds() -> None:
    for content in (b"[" + b" " * 1_000 + b"]", gzip.compress(b"[" + b" " * 10_000 + b"]")):
        with pytest.raises(NotAFeed, match="more than"):
            read(snapshot(content=content), 1_000)
    assert reading(gzip.compress(b"[") + gzip.compress(b"]")).kind == "huggingface-json"


def test_every_reader_can_be_imported_and_keeps_the_protocol() -> None:
    for reader in READERS.values():
        assert reader.sniff(b"", "") is False


def test_a_source_of_json_does_not_load_feedparser() -> None:
    code = (
        "import sys\nfrom datetime import datetime, UTC\n"
        "from digest.model import Snapshot\nfrom digest.sources.read import read\n"
        f"for content in {list(SAMPLES.values())!r}: read(Snapshot('s', datetime.now(UTC), content, 'p'))\n"
        "sys.exit(bool({'feedparser', 'httpx', 'sqlalchemy'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@given(
    st.sampled_from(
        [b"", b"[", b"{", b"<", b"\x1f\x8b\x08\0", b"Subscribe", *SAMPLES.values(), gzip.compress(DAILY, mtime=0)]
    ),
    st.binary(max_size=120),
    st.integers(0, 30),
    st.sampled_from(["auto", "huggingface", *SAMPLES]),
)
def test_any_bytes_are_read_or_refused(head: bytes, tail: bytes, cut: int, kind: str) -> None:
    with contextlib.suppress(NotAFeed, Throttled):
        found = reading(head[: len(head) - cut] + tail, kind=kind)
        assert all(entry.title for entry in found.entries)
