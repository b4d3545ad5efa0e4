from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeed, Throttled
from digest.model import Entry, Links, Reading
from digest.sources import huggingface
from digest.sources.collecting import MOST
from tests.factories import snapshot

if TYPE_CHECKING:
    from pathlib import Path

REPRS = {"2024-12-11": 26, "2024-12-25": 9, "2025-01-03": 18, "2025-01-08": 15}
ODD = {"2024-06-11": 14, "2024-06-12": 16, "2025-09-30": 50, "2025-10-03": 39, "2026-08-20": 15}
FIXTURES = {"lucas-m-lopes__hf_daily_papers": 30, "zzjjay__hf_daily_response": 3, "BuiVannn__hf_daily_papers": 5}


def read(answer: Any, **fields: Any) -> Reading:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return huggingface.read(snapshot(content=content, **fields))


def raw(**paper: Any) -> dict[str, Any]:
    return {"paper": {"id": "2605.00001", "title": "A title", "summary": "An abstract.", **paper}}


def day_of(path: Path) -> date:
    return date.fromisoformat(path.stem.removeprefix("hfcn__"))


def test_every_real_day_is_read_in_full(captures: Path) -> None:
    for path in sorted((captures / "hf_daily_json").glob("*.json")):
        content = path.read_bytes()
        reading = read(content)
        assert len(reading.entries) == len(json.loads(content)), path.name
        assert (reading.rejects, reading.listed_on, reading.kind) == ((), day_of(path), "huggingface-json")
        assert all(e.arxiv_id and e.abstract and e.authors and e.published and e.thumbnail for e in reading.entries)
        assert not any("\n" in e.title + e.abstract or "  " in e.title for e in reading.entries)


@pytest.mark.parametrize(("stem", "papers"), [*ODD.items(), *REPRS.items()])
def test_every_odd_day_is_read_in_full(captures: Path, stem: str, papers: int) -> None:
    path = captures / "hf_daily_odd" / f"hfcn__{stem}.json"
    reading = read(path.read_bytes(), listed_on=day_of(path))
    assert (len(reading.entries), reading.rejects, reading.listed_on) == (papers, (), day_of(path))
    assert {e.listed_on for e in reading.entries} == {day_of(path)}
    assert all("a Python repr, not JSON" in e.place for e in reading.entries) == (stem in REPRS)


@pytest.mark.parametrize(("stem", "papers"), FIXTURES.items())
def test_answers_of_other_archives(captures: Path, stem: str, papers: int) -> None:
    reading = read((captures / "hf_daily_odd" / f"{stem}.json").read_bytes())
    assert (len(reading.entries), reading.rejects) == (papers, ())


def test_an_entry_keeps_all_that_the_answer_knows() -> None:
    item = {
        **raw(
            title="Let's <think> about\n  Reasoning",
            summary="First line\nsecond line.",
            authors=[{"name": "Ada  Lovelace", "hidden": False}, {"name": "Alan Turing", "hidden": True}, {"name": ""}],
            publishedAt="2026-05-22T00:00:00.000Z",
            submittedOnDailyAt="2026-05-25T03:10:00.000Z",
            upvotes=106,
            projectPage="https://project.example/",
            githubRepo="https://github.com/a/b",
            ai_summary="In short.",
            ai_keywords=["agent skills", 3, None],
            organization={"name": "MR", "fullname": "Microsoft Research"},
        ),
        "publishedAt": "2026-05-21T20:00:00.000Z",
        "title": "Let's <think> about Reasoning",
        "thumbnail": "https://thumbnails.example/1.png",
        "numComments": 2,
    }
    assert read([item]).entries == (
        Entry(
            title="Let's <think> about Reasoning",
            abstract="First line second line.",
            authors=("Ada Lovelace", "Alan Turing"),
            links=Links(
                abstract="https://arxiv.org/abs/2605.00001",
                pdf="https://arxiv.org/pdf/2605.00001",
                code="https://github.com/a/b",
                project="https://project.example/",
            ),
            id="2605.00001",
            arxiv_id="2605.00001",
            published=datetime(2026, 5, 22, tzinfo=UTC),
            listed_on=date(2026, 5, 25),
            upvotes=106,
            comments=2,
            summary="In short.",
            keywords=("agent skills", "3"),
            thumbnail="https://thumbnails.example/1.png",
            organization="Microsoft Research",
            place="item 1",
        ),
    )


def test_the_flat_schema_of_one_paper_bare_and_in_a_list() -> None:
    flat = raw(upvotes=3, authors=[{"name": "A B"}], numComments=4)["paper"]
    for answer in (flat, [flat], {"papers": [flat]}):
        (entry,) = read(answer).entries
        assert (entry.arxiv_id, entry.upvotes, entry.comments, entry.authors) == ("2605.00001", 3, 4, ("A B",))
        assert huggingface.sniff(json.dumps(answer).encode(), "")


@pytest.mark.parametrize("name", ["dailyPapers", "searchResults", "papers", "data", "results"])
def test_a_wrapped_list(name: str) -> None:
    answer = {"status": "ok", "date": "2026-05-25", name: [raw()]}
    reading = read(answer, listed_on=date(2020, 1, 1))
    assert [e.id for e in reading.entries] == ["2605.00001"]
    assert (reading.listed_on, reading.entries[0].listed_on) == (date(2026, 5, 25), date(2026, 5, 25))
    assert huggingface.sniff(json.dumps(answer).encode(), "")


def test_an_empty_list_is_a_quiet_day() -> None:
    assert huggingface.sniff(b" [] ", "")
    reading = read([], listed_on=date(2026, 5, 24))
    assert (reading.entries, reading.rejects, reading.listed_on) == ((), (), date(2026, 5, 24))


def test_the_day_is_that_of_most_papers() -> None:
    days = ["2026-05-22", "2026-05-25", "2026-05-25"]
    reading = read([raw(submittedOnDailyAt=f"{day}T00:00:00Z") for day in days], listed_on=date(2026, 1, 1))
    assert reading.listed_on == date(2026, 5, 25)
    assert [str(e.listed_on) for e in reading.entries] == days


def test_bad_entries_are_rejects_and_sink_no_other() -> None:
    answer = [raw(), None, raw(title=" \n"), 7, [], "loose words", "{'paper': {'id': '2605.1', 'title'", {"paper": {}}]
    reading = read(answer)
    assert [e.place for e in reading.entries] == ["item 1"]
    assert [(r.place, r.reason) for r in reading.rejects] == [
        ("item 2", "not an object but null"),
        ("item 3 (2605.00001)", "no title"),
        ("item 4", "not an object but a number"),
        ("item 5", "not an object but a list"),
        ("item 6", "a string, not a JSON object"),
        ("item 7", "a Python repr, not JSON, and not a whole one"),
        ("item 8", "no title"),
    ]


def test_fields_of_the_wrong_type_are_left_out() -> None:
    item = raw(
        authors="A, B", upvotes=True, ai_keywords="x", organization=["x"], githubRepo="javascript:x", projectPage=3
    )
    (entry,) = read([{**item, "thumbnail": "/avatars/x.svg", "numComments": -1, "organization": None}]).entries
    expected = Entry(
        "A title", "An abstract.", id="2605.00001", arxiv_id="2605.00001", place="item 1", links=entry.links
    )
    assert entry == expected
    assert (entry.links.code, entry.links.project) == ("", "")


def test_an_id_that_is_not_arxivs_links_to_hugging_face() -> None:
    (good,) = read([raw(id="some-paper")]).entries
    (bad,) = read([raw(id='x"><script>')]).entries
    assert (good.arxiv_id, good.links.abstract) == ("", "https://huggingface.co/papers/some-paper")
    assert (bad.arxiv_id, bad.links.best) == ("", "")


def test_a_python_repr_is_read_as_data_and_never_run() -> None:
    tricks = [
        "__import__('os').getcwd()",
        "{'paper': open('x')}",
        "[" * 150_000,
        "-" * 100_000 + "1",
        "{'a': " * 300,
        "1+1",
        "9" * 90_000,
    ]
    reading = read([str(raw(title='It\'s "quoted"\né')), *tricks])
    assert [e.title for e in reading.entries] == ['It\'s "quoted" é']
    assert len(reading.rejects) == len(tricks)


def test_more_entries_than_are_read() -> None:
    reading = read([raw()] * (MOST + 2))
    assert len(reading.entries) == MOST
    assert "2 entries beyond the first 5,000" in reading.rejects[0].reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'[{"paper": {"id": "26', "not valid JSON: Unterminated string starting at line 1, column 19"),
        (b"[" * 100_000, "not valid JSON: nested too deep"),
        (b'[{"paper": 1' + b"1" * 5_000, "not valid JSON"),
        (b'{"error": "Bad date"}', "an error answer: Bad date"),
        (b'{"detail": [{"message": "no"}], "message": "Not <here>"}', "an error answer: Not <here>"),
        (b'{"kind": "other"}', "no list of papers"),
        (b"3", "no list of papers"),
        (b"", "empty"),
    ],
)
def test_what_is_no_list_of_papers(content: bytes, reason: str) -> None:
    assert not huggingface.sniff(content, "application/json")
    with pytest.raises(NotAFeed, match=reason.replace("(", r"\(")):
        read(content)


def test_an_error_answer_that_asks_for_patience() -> None:
    with pytest.raises(Throttled, match="We had to rate limit you"):
        read({"error": "We had to rate limit you (1.2.3.4)."})


def test_control_characters_and_lone_surrogates_within_strings() -> None:
    content = (
        b'\xef\xbb\xbf[{"paper": {"id": "2605.00001", "title": "A\ttitle \\ud800 with\x01 dirt", "upvotes": NaN}}]'
    )
    (entry,) = read(content).entries
    assert entry.title.encode().decode() == entry.title
    assert entry.title.startswith("A title")
    assert entry.upvotes is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["paper", "title", "id", "authors", "name", "upvotes", "publishedAt", "data"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200))
def test_anything_is_read_or_refused(content: bytes) -> None:
    huggingface.sniff(content, "")
    try:
        reading = read(content)
    except (NotAFeed, Throttled):
        return
    assert all(entry.title for entry in reading.entries)


def test_words_about_tags_stay_and_a_bad_byte_costs_one_character() -> None:
    summary = "a<b and c>d, <think> and List<int> stay."
    (entry,) = read([raw(title="CO2 & <think>", summary=summary)]).entries
    assert (entry.title, entry.abstract) == ("CO2 & <think>", summary)
    broken = json.dumps([raw(title="Étude", summary="Größe")], ensure_ascii=False).encode()
    assert read(broken.replace(b"summary", b"su\xe2mmary")).entries[0].title == "Étude"
