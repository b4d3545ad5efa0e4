"""``digest sources``: what is configured, what is there, and what a file holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.calling import FIRST, SECOND, call, drop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.house import House

RSS = """<?xml version="1.0"?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>
<title>cs.CL updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.CL</link>
<pubDate>Fri, 22 May 2026 00:00:00 -0400</pubDate>
<item><title>A Study of Things</title><link>https://arxiv.org/abs/2605.00001</link>
<description>arXiv:2605.00001v1 Announce Type: cross
Abstract: We study things.</description>
<guid isPermaLink="false">oai:arXiv.org:2605.00001v1</guid><category>cs.CL</category><category>stat.ML</category>
<pubDate>Fri, 22 May 2026 00:00:00 -0400</pubDate><arxiv:announce_type>cross</arxiv:announce_type>
<dc:creator>Ada Lovelace, Alan Turing</dc:creator></item>
</channel></rss>
"""
ASKED_FOR = [
    "title",
    "abstract",
    "authors",
    "author_count",
    "published",
    "upvotes",
    "id",
    "url",
    "categories",
    "announcement",
    "comments",
]


def test_read_as_json_has_the_fields_first_and_in_order() -> None:
    record = call("sources", "read", str(SECOND), "--json").lines[0]
    told = json.loads(SECOND.read_text())[0]["paper"]
    assert list(record)[: len(ASKED_FOR)] == ASKED_FOR
    assert (record["title"], record["id"]) == (told["title"], told["id"])
    assert record["authors"] == [author["name"] for author in told["authors"]]
    assert record["author_count"] == len(told["authors"])
    assert record["upvotes"] == told["upvotes"]
    assert record["url"] == f"https://arxiv.org/abs/{told['id']}"


def test_read_an_arxiv_feed(tmp_path: Path) -> None:
    file = tmp_path / "cs.CL.xml"
    file.write_text(RSS)
    record = call("sources", "read", str(file), "--json").json
    assert {name: record[name] for name in ASKED_FOR} == {
        "title": "A Study of Things",
        "abstract": "We study things.",
        "authors": ["Ada Lovelace", "Alan Turing"],
        "author_count": 2,
        "published": None,
        "upvotes": None,
        "id": "2605.00001",
        "url": "https://arxiv.org/abs/2605.00001",
        "categories": ["cs.CL", "stat.ML"],
        "announcement": "cross",
        "comments": None,
    }


def test_read_for_people_is_one_line_an_entry() -> None:
    done = call("sources", "read", str(SECOND))
    header, *entries = (line.split("\t") for line in done.out.splitlines())
    told = [entry["paper"] for entry in json.loads(SECOND.read_text())]
    assert (done.code, done.err) == (0, "")
    assert header == ["n", "published", "title", "authors"]
    assert [(n, title) for n, _, title, _ in entries] == [(str(i), p["title"]) for i, p in enumerate(told, 1)]


def test_read_a_folder_and_standard_input() -> None:
    both = call("sources", "read", str(FIRST.parent), "--json")
    each = [call("sources", "read", str(path), "--json").out for path in (FIRST, SECOND)]
    assert both.out == "".join(each)
    assert call("sources", "read", "-", "--json", stdin=SECOND.read_bytes()).out == each[1]


def test_a_bad_entry_is_named_and_sinks_nothing(tmp_path: Path) -> None:
    entries = json.loads(SECOND.read_text())[:2]
    entries.insert(1, {"paper": {"id": "2605.99999"}})
    file = tmp_path / "day.json"
    file.write_text(json.dumps(entries))
    done = call("sources", "read", str(file), "--json")
    assert (done.code, len(done.lines)) == (0, 2)
    assert done.err.startswith("rejected item 2 (2605.99999): ")


def test_what_is_no_feed_is_said_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<html><body>Bad gateway</body></html>")
    done = call("sources", "read", str(file))
    assert (done.code, done.out) == (1, "")
    assert done.err == f"digest: {file}: not a feed but an HTML page\n"
    drop(SECOND, tmp_path)
    both = call("sources", "read", str(tmp_path), "--json")
    assert (both.code, len(both.lines), both.err) == (1, 17, done.err)


def test_a_feed_without_entries_is_no_failure() -> None:
    done = call("sources", "read", "-", stdin=RSS[: RSS.index("<item>")].encode() + b"</channel></rss>")
    assert (done.code, done.out) == (0, "no entries\n")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("nowhere.json",), 1),
        (("no*.json",), 1),
        ((".",), 1),
        (("-",), 1),
        ((str(SECOND), "--kind", "atom2"), 2),
        ((), 2),
    ],
)
def test_read_called_wrongly(args: tuple[str, ...], code: int) -> None:
    done = call("sources", "read", *args)
    assert (done.code, done.out) == (code, "")
    assert done.err


def test_list_before_and_after_a_look(house: House) -> None:
    before = call("sources", "list", "--json").json
    assert (before["name"], before["kind"], before["verdict"], before["looked_at"]) == (
        "huggingface",
        "auto",
        None,
        None,
    )
    drop(SECOND, house.spool)
    house.tick("2026-05-22T22:00:00Z")
    after = call("sources", "list", "--json").json
    assert (after["verdict"], after["entries"], after["new"], after["rejects"]) == ("new", 17, 17, 0)
    assert after["looked_at"] == "2026-05-22T22:00:00Z"
    row = call("sources", "list").out.splitlines()[1].split("\t")
    assert row[:4] == ["huggingface", "new", "2026-05-22 22:00Z", "17"]


def test_check_looks_and_stores_nothing(house: House) -> None:
    drop(SECOND, house.spool)
    before = (house.root / "digest.db").read_bytes()
    done = call("sources", "check", "--json")
    assert done.code == 0
    assert (done.json["name"], done.json["entries"], done.json["new"]) == ("huggingface", 17, 17)
    assert (house.root / "digest.db").read_bytes() == before
    assert call("papers", "--json").out == ""


def test_check_fails_where_a_source_does(house: House) -> None:
    house.spool.rmdir()
    done = call("sources", "check", "huggingface")
    assert done.code == 1
    assert done.out.splitlines()[1].startswith("huggingface\tunreachable\t0\t0\t0\t")


@pytest.mark.usefixtures("house")
def test_check_of_a_source_unknown() -> None:
    done = call("sources", "check", "nope")
    assert (done.code, done.err) == (2, "digest: no source 'nope': there are huggingface\n")


def test_without_any_source(house: House) -> None:
    house.config.write_text('[mail]\nfrom = "papers@example.test"\n')
    assert call("sources", "list").out == "no sources: name some under [[sources]] in the configuration\n"
