"""Every real capture of a feed is read in full, or refused with its reason; nothing else ever happens."""

from __future__ import annotations

import glob
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from digest.errors import NotAFeed
from digest.model import Reading
from digest.sources import arxiv, dump, feed, jsonfeed, oai, scholarly
from tests.factories import snapshot
from tests.sources.manifest import item_counts, total

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDERS = {
    "arxiv_api": 22,
    "arxiv_oai": 8,
    "arxiv_rss": 5,
    "arxiv_rdf_old": 1,
    "arxiv_rss_dump": 16,
    "blogs": 145,
    "daily_series": 28,
    "hf_rss_daily": 30,
    "hf_rss_other": 3,
    "journals": 76,
    "nasty": 378,
    "scholarly_api": 21,
}
READERS = (jsonfeed, dump, oai, scholarly, arxiv, feed)

REFUSED = {
    "an error that arXiv tells": {"arxivpy__id_abc_s0_m100_b79c8dcf6bc3.json": "incorrect id format for abc"},
    "an HTML page": {
        "2021-11-24__e379dc5d4d4c416ee999e4b32339d5e8.xml": "an HTML page titled 'Validate User'",
        "zoobank__4a0d14b9-ff70-42c2-b499-55de4a726638.html": "an HTML page titled 'ZooBank.org'",
        "zoobank__4de5e9d9-ba56-4831-9f41-dfeb2824564a.html": "an HTML page titled 'ZooBank.org'",
        "fastpaper__scholar_search.html": "an HTML page titled 'Google Scholar'",
    },
    "a fragment of HTML": {
        "feedjira__AmazonWebServicesBlogFirstEntryContent.xml": "<div>",
        "feedjira__PaulDixExplainsNothingFirstEntryContent.xml": "<p>",
        "feedjira__TechCrunchFirstEntry.xml": "<img>",
        "feedjira__TenderLovemakingFirstEntry.xml": "<p>",
    },
    "other XML": {
        "feedrs__xml_sample_1.xml": "<catalog>",
        "feedrs__xml_sample_2.xml": "<catalog>",
        "feedparser__wellformed_cdf_channel_abstract_map_description.xml": "<CHANNEL>",
        "feedparser__wellformed_cdf_channel_lastmod_parsed.xml": "<CHANNEL>",
        "fv__ext_xrd_spec_noerr.xml": "<xrds:XRDS>",
        "fv__rss_must_missing_rss.xml": "<unknown>",
        "miniflux__iso88591.xml": "<note>",
    },
    "nothing": {
        "newsboat__empty.xml": "an empty answer",
        "feedparser__illformed_rss_empty_document.xml": "XML without an element",
    },
    "a mail": {"2021-12-14__new__intitle__new_species__-_new_results.eml": "a mail titled 'new intitle"},
    "notes of the person who saved the feed": {
        "r2e__allthingsrss_README": "text that begins 'feed.atom is a snapshot of",
        "r2e__bbc-chinese_README": "text that begins 'feed.atom is a snapshot of",
        "r2e__tumblr_README": "text that begins 'feed.rss is a snapshot of",
    },
    "recorded exchanges": {
        "commonmeta__test_blog_post.yaml": "a YAML file (recorded HTTP exchanges)",
        "commonmeta__test_get_crossref_list.yaml": "a YAML file (recorded HTTP exchanges)",
    },
    "an answer with ids only": {
        "fastpaper__pubmed_esearch.json": "ids only",
        "fastpaper__pubmed_search.json": "ids only",
    },
}
"""The files that are no feeds, by kind, each with words that its refusal must hold."""

COUNTED_BY_HAND = {
    "fastpaper__xueshu_search.json": 12,
    "rdmpage__zoobank.json": 13,
    "2021-12-14___n._sp.__OR__new_species__OR__n._gen.__OR__sp._nov_..._-_new_results.json": 18,
    "2021-12-14__new__intitle__new_species__-_new_results.json": 10,
    "2021-12-21__zoobank.json": 1,
    "dwfl__dwfl.json": 1,
    "kcxb__kcxb.json": 1,
    "zxxb__zxxb.json": 14,
    "wduverger__2025-11-11_nature.json": 20,
    "wduverger__2025-11-12_nature.json": 20,
    "wduverger__2025-11-14_nature.json": 20,
    "lemon24__10.json": 0,
}
"""Entries of JSON files for which the manifest says "object"."""


@cache
def outcome(path: Path) -> Reading | NotAFeed:
    """What becomes of one file: each is read once for all tests."""
    shot = snapshot(content=path.read_bytes(), place=path.name)
    reader: Any = next((r for r in READERS if r.sniff(shot.content, "")), feed)
    try:
        reading: Reading = reader.read(shot)
    except NotAFeed as refused:
        return refused
    return reading


def readings(folder: Path) -> Iterator[tuple[str, Reading]]:
    """Every file of a folder that is read, with its reading."""
    for path in sorted(folder.iterdir()):
        if isinstance(reading := outcome(path), Reading):
            yield path.name, reading


def expected(name: str, count: str) -> int:
    known = total(count)
    if name.startswith("zoobank__"):
        return 1
    return COUNTED_BY_HAND[name] if known is None else known


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_read_in_full_or_refused(captures: Path, folder: str) -> None:
    counts = item_counts(captures, folder)
    assert len(counts) == FOLDERS[folder]
    refused = {name for name in counts if isinstance(outcome(captures / folder / name), NotAFeed)}
    assert refused == {name for kind in REFUSED.values() for name in kind} & set(counts)
    found = {name: len(r.entries) + len(r.rejects) for name, r in readings(captures / folder) if name in counts}
    assert found == {name: expected(name, count) for name, count in counts.items() if name not in refused}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_says_what_the_file_is(captures: Path, kind: str) -> None:
    for name, words in REFUSED[kind].items():
        (path,) = captures.glob(f"*/{glob.escape(name)}")
        refused = outcome(path)
        assert isinstance(refused, NotAFeed)
        assert words in refused.reason


@pytest.mark.parametrize("folder", [name for name in FOLDERS if name not in ("nasty", "blogs")])
def test_no_entry_of_a_paper_feed_is_rejected(captures: Path, folder: str) -> None:
    assert {name: r.rejects for name, r in readings(captures / folder) if r.rejects} == {}


def test_the_program_that_lies_among_the_dumps_is_refused(captures: Path) -> None:
    assert isinstance(outcome(captures / "arxiv_rss_dump" / "rebuild_rss.py"), NotAFeed)


def test_what_is_rejected_has_nothing_to_show(captures: Path) -> None:
    reasons = {reject.reason for _, reading in readings(captures / "nasty") for reject in reading.rejects}
    assert reasons == {"neither title, text nor link"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_text_is_plain_and_every_link_absolute(captures: Path, folder: str) -> None:
    for name, reading in readings(captures / folder):
        for entry in reading.entries:
            told = (entry.title, entry.abstract, entry.summary, *entry.authors, *entry.categories, *entry.keywords)
            assert [text for text in told if text != " ".join(text.split())] == [], name
            assert entry.title, name
            assert "<script" not in entry.title + entry.abstract, name
            links = [getattr(entry.links, slot) for slot in ("abstract", "pdf", "html", "code", "project")]
            assert [link for link in links if link and not link.startswith(("http://", "https://"))] == [], name
