"""``digest preview`` without a configuration: snapshots in, a digest out."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from digest.cli.preview import FORMATS
from tests.cli.calling import FIRST, SECOND, call

if TYPE_CHECKING:
    from pathlib import Path

DAY = ("--snapshot", str(SECOND), "--interest", "reinforcement learning^2", "--interest", "-survey")


def test_the_json_has_the_shape_that_was_agreed(folder: Path) -> None:
    done = call("preview", *DAY, "--date", "2026-05-22", "--json")
    record = done.json
    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    assert record["edition_date"] == "2026-05-22"
    assert re.fullmatch(r"[^@\s]+@[^@\s]+", record["subscriber"])
    (source,) = record["sources"]
    assert {name: source[name] for name in ("name", "verdict", "entries", "new", "rejects")} == {
        "name": "huggingface",
        "verdict": source["verdict"],
        "entries": 17,
        "new": 17,
        "rejects": 0,
    }
    assert source["verdict"] in ("new", "partial")
    assert record["left_out"] == 17 - len({pick["key"] for pick in record["picks"]})
    assert set(record["bytes"]) == {"html", "text", "message"}
    assert list(folder.iterdir()) == []


def test_a_pick_in_the_json_is_the_paper_that_was_told() -> None:
    told = {entry["paper"]["id"]: entry["paper"] for entry in json.loads(SECOND.read_text())}
    picks = call("preview", *DAY, "--json").json["picks"]
    assert [pick["rank"] for pick in picks] == list(range(1, len(picks) + 1))
    for pick in picks:
        paper = told[pick["key"].removeprefix("arxiv:")]
        assert (pick["title"], pick["authors"]) == (paper["title"], [author["name"] for author in paper["authors"]])
        assert (pick["upvotes"], pick["sources"]) == (paper["upvotes"], ["huggingface"])
        assert pick["url"] == f"https://arxiv.org/abs/{paper['id']}"
        assert pick["published"].startswith(paper["publishedAt"][:10])
        assert 0 <= pick["score"] <= 1
        assert pick["abstract"]
    matched = picks[0]["matched"]
    assert {tuple(match) for match in matched} == {("term", "field", "count")}
    assert {match["term"] for match in matched} == {"reinforcement learning^2"}


def test_the_sizes_in_the_json_are_those_of_the_formats() -> None:
    day = (*DAY, "--date", "2026-05-22")
    sizes = call("preview", *day, "--json").json["bytes"]
    for name, form in (("html", "html"), ("text", "text"), ("message", "eml")):
        assert sizes[name] == len(call("preview", *day, "--format", form).out.encode()), form


def test_every_format_has_every_pick() -> None:
    day = (*DAY, "--interest", "agents")
    titles = [pick["title"] for pick in call("preview", *day, "--json").json["picks"]]
    assert len(titles) > 3
    written = {form: call("preview", *day, "--format", form) for form in FORMATS}
    assert {done.code for done in written.values()} == {0}
    message = message_from_bytes(written["eml"].out.encode(), policy=policy.default)
    parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    for text in (written["terminal"].out, written["text"].out, parts["text/plain"]):
        folded = " ".join(text.split())
        places = [folded.index(title) for title in titles]
        assert places == sorted(places)
    for html in (written["html"].out, parts["text/html"]):
        words = " ".join(re.sub(r"<[^>]*>", "", html).split())
        assert [title for title in titles if title not in words] == []
    assert written["terminal"].out == call("preview", *day).out


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.html", b"<!DOCTYPE html>"),
        ("a.HTM", b"<!DOCTYPE html>"),
        ("a.txt", b""),
        ("a.eml", b"From: "),
        ("a.json", b"{\n"),
        ("a.page", b"<!DOCTYPE html>"),
    ],
)
def test_the_suffix_of_the_file_picks_the_format(folder: Path, name: str, start: bytes) -> None:
    done = call("preview", *DAY, "--output", name)
    written = (folder / name).read_bytes()
    assert done.code == 0
    assert done.out.splitlines()[-1].endswith(f" written to {name}")
    assert written.startswith(start) or b"From: " in written[:2000]
    if name == "a.json":
        assert json.loads(written)["picks"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_that_is_named_wins(folder: Path, form: str) -> None:
    call("preview", *DAY, "--date", "2026-05-22", "--format", form, "-o", "a.html")
    printed = call("preview", *DAY, "--date", "2026-05-22", "--format", form).out
    written = (folder / "a.html").read_bytes().decode()
    assert json.loads(written) == json.loads(printed) if form == "json" else written == printed


def test_a_file_that_cannot_be_written(folder: Path) -> None:
    done = call("preview", *DAY, "-o", "nowhere/a.html")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("digest: cannot write nowhere/a.html: ")
    assert call("preview", *DAY, "-o", str(folder)).code == 2


def test_max_bounds_the_ranked_papers_only() -> None:
    picks = call("preview", *DAY, "--max", "1", "--json").json["picks"]
    assert [pick["block"] for pick in picks].count("ranked") == 1
    trending = call("preview", "-s", str(SECOND), "--max", "3", "--json").json["picks"]
    told = sorted((entry["paper"]["upvotes"] for entry in json.loads(SECOND.read_text())), reverse=True)
    assert [pick["upvotes"] for pick in trending] == told[:3]


def test_the_date_of_the_edition() -> None:
    assert call("preview", *DAY, "--date", "2026-06-01", "--json").json["edition_date"] == "2026-06-01"
    today = call("preview", *DAY, "--json").json["edition_date"]
    assert abs((datetime.fromisoformat(today).replace(tzinfo=UTC) - datetime.now(UTC)).days) <= 1


def test_what_was_seen_is_not_shown_again() -> None:
    record = call("preview", "--seen", str(FIRST), "--snapshot", str(SECOND), "--json").json
    assert [(look["entries"], look["new"]) for look in record["seen"]] == [(11, 11)]
    assert [(look["entries"], look["new"]) for look in record["sources"]] == [(17, 16)]
    assert len(record["picks"]) + record["left_out"] == 16


def test_several_snapshots_are_one_digest() -> None:
    record = call("preview", "-s", str(FIRST), "-s", str(SECOND), "--json").json
    folder = call("preview", "-s", str(FIRST.parent), "--json").json
    assert [look["entries"] for look in record["sources"]] == [11, 17]
    assert len(record["picks"]) + record["left_out"] == 27
    assert [pick["key"] for pick in folder["picks"]] == [pick["key"] for pick in record["picks"]]


def test_standard_input_is_a_snapshot() -> None:
    record = call("preview", "-s", "-", "--json", stdin=SECOND.read_bytes()).json
    assert [(look["name"], look["entries"]) for look in record["sources"]] == [("standard input", 17)]


def test_the_sample(folder: Path) -> None:
    done = call("preview", "--sample", "--output", "preview.html")
    assert (done.code, done.err) == (0, "")
    assert "Friday, 22 May 2026" in done.out
    assert "WHY" in done.out.upper()
    assert done.out.splitlines()[-1] == "html written to preview.html"
    assert [path.name for path in folder.iterdir()] == ["preview.html"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_snapshot_that_is_no_feed_is_said(tmp_path: Path, form: str) -> None:
    file = tmp_path / "gateway.html"
    file.write_text("<html><body>Bad gateway</body></html>")
    done = call("preview", "-s", str(file), "--format", form)
    assert (done.code, done.err) == (1, f"digest: {file}: not a feed but an HTML page\n")
    if form == "json":
        assert (done.json["sources"][0]["verdict"], done.json["picks"]) == ("not-a-feed", [])
    if form == "terminal":
        assert done.out == "gateway: not-a-feed\n"
    beside = call("preview", "-s", str(file), "-s", str(SECOND), "--format", form)
    assert (beside.code, beside.err) == (1, done.err)
    assert "TransitLM" in beside.out


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("-s", "nowhere.json"), 1, "nowhere.json"),
        (("-s", str(SECOND), "-i", '"open'), 2, "(column 1)"),
        (("-s", str(SECOND), "--for", "ada@example.test"), 2, "`digest init`"),
        (("--snapshot",), 2, "requires an argument"),
    ],
)
def test_called_wrongly(args: tuple[str, ...], code: int, said: str) -> None:
    done = call("preview", *args)
    assert done.code == code
    assert said in done.err
