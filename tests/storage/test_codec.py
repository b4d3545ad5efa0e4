"""Values survive JSON, whatever is in them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Links, Match, Paper, Reject, Rhythm, Standing
from digest.storage import codec
from digest.storage.subscribers import address_key
from digest.storage.types import Instant, storable

texts = st.text(st.characters(categories=None), max_size=20)  # Lone surrogates too.
lists = st.lists(texts, max_size=3).map(tuple)
counts = st.none() | st.integers(0, 10**9)
instants = st.datetimes(timezones=st.just(UTC))
links = st.builds(Links, texts, texts, texts, texts, texts)
papers = st.builds(
    Paper,
    key=texts,
    title=texts,
    aliases=st.frozensets(texts, max_size=3),
    abstract=texts,
    authors=lists,
    author_count=counts,
    categories=lists,
    links=links,
    arxiv_id=texts,
    doi=texts,
    revision=st.integers(0, 99),
    published=st.none() | instants,
    listed_on=st.none() | st.dates(),
    upvotes=counts,
    comments=counts,
    summary=texts,
    keywords=lists,
    thumbnail=texts,
    organization=texts,
    sources=lists,
)
matches = st.builds(
    Match, texts, texts, st.integers(0, 99), st.lists(st.tuples(st.integers(), st.integers())).map(tuple)
)


@given(papers)
def test_papers(paper: Paper) -> None:
    record = codec.paper_record(paper)
    again = codec.paper_from(record, upvotes=paper.upvotes, comments=paper.comments, sources=paper.sources)
    assert again == paper
    assert codec.paper_record(again) == record


def test_every_field_of_a_paper_is_written_somewhere() -> None:
    """A field added to the model must be added to the codec, or it would be lost without a word."""
    full = {
        "aliases": frozenset("a"),
        "links": Links("a"),
        "published": datetime(2026, 1, 1, tzinfo=UTC),
        "listed_on": datetime(2026, 1, 1, tzinfo=UTC).date(),
        "standing": Standing.STRANGER,
    }
    texts = {"key", "title", "abstract", "arxiv_id", "doi", "summary", "thumbnail", "organization", "told_by"}
    numbers = {"author_count", "revision", "upvotes", "comments"}
    names = {field.name for field in dataclasses.fields(Paper)}
    paper = Paper(**{n: full.get(n, "x" if n in texts else 7 if n in numbers else ("x",)) for n in names})
    again = codec.paper_from(codec.paper_record(paper), upvotes=7, comments=7, sources=("x",))
    assert again == paper


def test_a_record_does_not_depend_on_counts_and_sources() -> None:
    one = Paper(key="k", title="t", aliases=frozenset({"b", "a"}))
    other = dataclasses.replace(one, upvotes=1, comments=2, sources=("hf",))
    assert codec.paper_record(one) == codec.paper_record(other)
    assert codec.paper_record(one) == '{"aliases":["a","b"],"key":"k","revision":0,"title":"t"}'


@given(st.lists(matches).map(tuple))
def test_matches(found: tuple[Match, ...]) -> None:
    assert codec.matches_from(codec.matches_json(found)) == found


@given(st.lists(st.builds(Reject, texts, texts, texts)).map(tuple))
def test_rejects(found: tuple[Reject, ...]) -> None:
    assert codec.rejects_from(codec.rejects_json(found)) == found


@given(st.frozensets(st.integers(0, 6)).map(Rhythm))
def test_rhythms(rhythm: Rhythm) -> None:
    assert codec.rhythm_from(codec.rhythm_text(rhythm)) == rhythm


@given(texts)
def test_storable_text_is_valid_and_of_the_same_length(text: str) -> None:
    kept = storable(text)
    assert len(kept) == len(text)
    assert "\0" not in kept.encode().decode()
    assert storable(kept) == kept


zones = st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23)))
zoned = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones)  # noqa: DTZ001


@given(zoned, zoned)
def test_instants_are_ordered_as_text_as_they_are_in_time(one: datetime, other: datetime) -> None:
    left, right = (Instant().process_bind_param(moment, None) for moment in (one, other))  # type: ignore[arg-type]
    assert left is not None
    assert right is not None
    assert (left < right, left == right) == (one < other, one == other)
    assert Instant().process_result_value(left, None) == one  # type: ignore[arg-type]


@given(texts)
def test_an_address_key_is_its_own_key(text: str) -> None:
    assert address_key(address_key(text)) == address_key(text)


@given(papers)
def test_what_is_searched_is_every_word_and_nothing_else(paper: Paper) -> None:
    parts = (paper.title, paper.abstract, *paper.authors, *paper.categories, *paper.keywords)
    assert codec.searched_text(codec.paper_record(paper)) == "\n".join(parts).casefold()
