from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeed, Throttled
from digest.model import Entry, Reading
from digest.sources import pagetext
from digest.sources.collecting import MOST
from tests.factories import snapshot

if TYPE_CHECKING:
    from pathlib import Path

CAPTURED = datetime(2025, 11, 5, 9, 30, tzinfo=UTC)
PROMO = "Get trending papers in your email inbox!"
HEADER = ["new", PROMO, "Subscribe", "Daily Papers", "byAK and the research community", "Nov 4"]
GLUED = f"Get trending papers in your email inbox once a day!\n{PROMO}\nSubscribe"


def read(text: str | bytes, **fields: object) -> Reading:
    content = text if isinstance(text, bytes) else text.encode()
    return pagetext.read(snapshot(content=content, **{"taken_at": CAPTURED, **fields}))


def spaced(*blocks: str, header: list[str] = HEADER) -> str:
    return "\n\n".join([*header, *blocks])


def pairs(reading: Reading) -> list[tuple[str, str]]:
    return [(entry.title, entry.abstract) for entry in reading.entries]


def capture(captures: Path, number: str) -> Reading:
    (path,) = (captures / "page-text").glob(f"{number}_*")
    return read(path.read_bytes())


@pytest.mark.parametrize(
    ("number", "papers", "day"), [("000", 119, None), ("001", 52, "2025-11-04"), ("002", 56, "2025-03-11")]
)
def test_real_pages_are_read_in_full(captures: Path, number: str, papers: int, day: str | None) -> None:
    reading = capture(captures, number)
    assert (len(reading.entries), reading.rejects) == (papers, ())
    assert reading.kind == "page-text"
    assert reading.listed_on == (date.fromisoformat(day) if day else None)
    assert all(16 <= len(e.title) <= 176 and 450 <= len(e.abstract) <= 1_950 for e in reading.entries)
    assert not any(e.links.best or e.arxiv_id or e.upvotes for e in reading.entries)


def test_every_line_of_the_real_glued_page_is_a_title_or_an_abstract(captures: Path) -> None:
    (path,) = (captures / "page-text").glob("000_*")
    lines = path.read_text().splitlines()
    reading = capture(captures, "000")
    assert len(lines) == 2 + 2 * len(reading.entries)
    assert [e.place for e in reading.entries] == [f"line {n}" for n in range(3, len(lines) + 1, 2)]
    titles = [e.title for e in reading.entries]
    assert titles[0] == "Deep comparisons of Neural Networks from the EEGNet family"
    assert titles.count("Fully Convolutional Networks for Semantic Segmentation") == 2
    assert len({(e.title, e.abstract) for e in reading.entries}) == 119


def test_the_metadata_of_the_real_spaced_page(captures: Path) -> None:
    entries = capture(captures, "001").entries
    assert [e.title for e in entries if e.author_count is None and not e.organization] == [
        "STARFlow: Scaling Latent Normalizing Flows for High-resolution Image Synthesis"
    ]
    assert [(e.author_count, e.organization) for e in entries if e.organization] == [(None, "KaLM-Embedding")]
    assert [(e.published, e.comments) for e in entries if e.comments] == [
        (datetime(2018, 3, 9, tzinfo=UTC), 1),
        (datetime(2021, 3, 23, tzinfo=UTC), 1),
        (datetime(2024, 10, 10, tzinfo=UTC), 2),
    ]
    assert sum(e.published is not None for e in entries) == 51
    assert entries[6].published == datetime(2025, 2, 21, tzinfo=UTC)
    assert {e.listed_on for e in entries} == {date(2025, 11, 4)}
    assert entries[0].author_count == 1


def test_the_real_spaced_page_without_metadata(captures: Path) -> None:
    entries = capture(captures, "002").entries
    assert {(e.author_count, e.published, e.comments, e.organization) for e in entries} == {(None, None, None, "")}
    assert entries[-1].abstract.endswith("both balanced and imbalanced scenarios.")


def test_a_spaced_page_with_every_kind_of_metadata() -> None:
    reading = read(
        spaced(
            "One", "First abstract.", "  • 1 authors\n·\nJun 16, 2020",
            "Two?", "second abstract", "•\u00a0 12  authors\n  · \nFeb 21 3",
            "Three", "Third abstract", "Qwen Qwen\n·\nOct 30",
            "Four", "Fourth abstract",
            "Five....", "Fifth abstract", "  • Big Lab\n·\nFeb 29, 2023",
        )
    )  # fmt: skip
    day = date(2025, 11, 4)
    expected = [
        Entry("One", "First abstract.", author_count=1, published=datetime(2020, 6, 16, tzinfo=UTC), place="line 13"),
        Entry(
            "Two?",
            "second abstract",
            author_count=12,
            published=datetime(2025, 2, 21, tzinfo=UTC),
            comments=3,
            place="line 21",
        ),
        Entry(
            "Three",
            "Third abstract",
            organization="Qwen",
            published=datetime(2025, 10, 30, tzinfo=UTC),
            place="line 29",
        ),
        Entry("Four", "Fourth abstract", place="line 37"),
        Entry("Five....", "Fifth abstract", organization="Big Lab", place="line 41"),
    ]
    assert list(reading.entries) == [_listed(entry, day) for entry in expected]
    assert reading.rejects == ()


def _listed(entry: Entry, day: date) -> Entry:
    fields = {name: getattr(entry, name) for name in Entry.__slots__}
    return Entry(**{**fields, "listed_on": day})


@pytest.mark.parametrize(
    ("taken", "written", "published"),
    [
        (datetime(2025, 11, 5, tzinfo=UTC), "Jan 5", date(2025, 1, 5)),
        (datetime(2025, 11, 5, tzinfo=UTC), "Nov 6", date(2025, 11, 6)),  # a day's grace for the zone
        (datetime(2025, 11, 5, tzinfo=UTC), "Nov 7", date(2024, 11, 7)),  # later than the capture: it is of last year
        (datetime(2026, 1, 1, tzinfo=UTC), "Dec 31", date(2025, 12, 31)),
        (datetime(2025, 11, 5, tzinfo=UTC), "Feb 29", date(2024, 2, 29)),
        (datetime(2025, 11, 5, tzinfo=UTC), "Feb 31", None),
    ],
)
def test_a_date_without_a_year_is_the_latest_up_to_the_capture(
    taken: datetime, written: str, published: date | None
) -> None:
    (entry,) = read(
        spaced("One", "Text", f"2 authors\n·\n{written}", header=[PROMO, "Subscribe"]), taken_at=taken
    ).entries
    assert entry.published == (
        datetime(published.year, published.month, published.day, tzinfo=UTC) if published else None
    )


def test_the_day_of_the_snapshot_is_the_capture_and_stands_in_for_a_missing_page_day() -> None:
    text = spaced("One", "Text", "2 authors\n·\nMar 3", header=[PROMO, "Subscribe"])
    reading = read(text, listed_on=date(2023, 6, 1))
    assert reading.listed_on == date(2023, 6, 1)
    assert [(e.listed_on, e.published) for e in reading.entries] == [
        (date(2023, 6, 1), datetime(2023, 3, 3, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    "text",
    [
        GLUED + "First title\nabstract one\n2nd title?\nAbstract two",
        "\ufeff\n\n" + GLUED + "First title\nabstract one\n2nd title?\nAbstract two\n\n\n",
        (GLUED + "First title\nabstract one\n2nd title?\nAbstract two\n").replace("\n", "\r\n"),
        PROMO + "\nSubscribeFirst title\nabstract one\n2nd title?\nAbstract two\n",
        (GLUED + "First title\nabstract one\n2nd title?\nAbstract two").replace("\n", "\n\n"),
        spaced("First title", "abstract one", "2nd title?", "Abstract two"),
        spaced("First title", "abstract one", "2nd title?", "Abstract two") + "\n",
        spaced("First title", "abstract\none", "2nd title?", "Abstract two").replace("\n", "\r\n"),
        spaced("First title", "abstract one", "2nd title?", "Abstract two").replace("\n\n", "\n\n\n"),
        spaced("First title", "abstract one", "2nd title?", "Abstract two", header=HEADER[4:]),
        "\n".join([*HEADER, "First title", "abstract one", "2nd title?", "Abstract two"]),
    ],
)  # fmt: skip
def test_both_layouts_in_every_condition(text: str) -> None:
    assert pagetext.sniff(text.encode(), "")
    reading = read(text)
    assert pairs(reading) == [("First title", "abstract one"), ("2nd title?", "Abstract two")]
    assert reading.rejects == ()


def test_a_first_title_that_begins_with_subscribe_keeps_it() -> None:
    assert pairs(read(spaced("Subscribers and Churn", "Text"))) == [("Subscribers and Churn", "Text")]
    assert pairs(read(GLUED + "Subscribe or Not?\nText")) == [("Subscribe or Not?", "Text")]
    assert pairs(read(spaced("Subscriber Churn", "Text", header=[PROMO]))) == [("Subscriber Churn", "Text")]


def test_a_header_alone_is_a_page_without_papers() -> None:
    reading = read(spaced())
    assert (reading.entries, reading.rejects, reading.listed_on) == ((), (), date(2025, 11, 4))


def test_a_text_that_breaks_off_after_a_title() -> None:
    reading = read(spaced("One", "Text", "3 authors\n·\nJan 5", "Two"))
    assert pairs(reading) == [("One", "Text")]
    assert [(r.place, r.title) for r in reading.rejects] == [("line 21", "Two")]
    assert "the text ends here" in reading.rejects[0].reason


def test_blocks_that_do_not_alternate_become_rejects_and_the_next_metadata_puts_it_right() -> None:
    stamp = "3 authors\n·\nJan 5"
    reading = read(
        spaced(
            "One", "Text", "What is this?", stamp, "Two", "More", stamp, stamp, "Lonely", stamp, "Three", "End", stamp
        )
    )
    assert pairs(reading) == [("Two", "More"), ("Three", "End")]
    assert [r.reason for r in reading.rejects] == [
        "titles and abstracts do not alternate: 3 of them before the metadata",
        "metadata without a paper",
        "titles and abstracts do not alternate: 1 of them before the metadata",
    ]


def test_an_abstract_in_the_place_of_a_title_is_a_reject() -> None:
    reading = read(GLUED + "One\nText\n" + "long words " * 40 + "\nTwo\nThree\nEnd")
    assert pairs(reading) == [("One", "Text"), ("Three", "End")]
    assert [r.reason for r in reading.rejects] == ["too long for a title: titles and abstracts do not alternate here"]


def test_more_papers_than_are_read() -> None:
    reading = read(GLUED + "\n".join(f"Title {n}\nText" for n in range(MOST + 3)))
    assert len(reading.entries) == MOST
    assert [r.reason for r in reading.rejects] == ["3 entries beyond the first 5,000 were not read"]


def test_a_page_of_endless_lines_is_not_read() -> None:
    with pytest.raises(NotAFeed, match="100,000 lines"):
        read(GLUED + "Title" + "\n" * 200_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# README\n\nDaily Papers\n\nA tool that reads them.\n",
        "new\n\nSubscribe\n\nNov 4\n\nTitle\n\nAbstract",
        "My notes\n\n" + PROMO + "\n\nSubscribe\n\nTitle\n\nAbstract",
        "<html><title>Daily Papers</title></html>",
    ],
)
def test_other_texts_are_not_a_feed(text: str) -> None:
    assert not pagetext.sniff(text.encode(), "text/plain")
    with pytest.raises(NotAFeed):
        read(text)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", GLUED.encode(), spaced("").encode(), spaced("A", "B", "1 authors\n\xb7\nNov 4").encode()]),
)
def test_any_bytes_are_read_or_refused(tail: bytes, head: bytes) -> None:
    try:
        reading = read(head + tail)
    except (NotAFeed, Throttled):
        assert not head
    else:
        assert all(e.title and re.fullmatch(r"line \d+", e.place) for e in reading.entries)


WORDS = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=60).map(lambda t: "T" + t.strip())


@given(st.lists(st.tuples(WORDS, WORDS, st.sampled_from(["", "4 authors\n·\nNov 4", "Lab Lab\n·\nMay 1, 2020 7"]))))
def test_position_alone_tells_titles_from_abstracts(papers: list[tuple[str, str, str]]) -> None:
    text = spaced(*(block for paper in papers for block in paper if block))
    reading = read(text)
    assert reading.rejects == ()
    assert [e.comments for e in reading.entries] == [7 if "2020" in meta else None for _, _, meta in papers]
