"""No input of a size that anybody can send takes long to read; see `attacks` for what is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.errors import NotAFeed, SourceError
from digest.sources.bounds import ReadLimits
from digest.sources.workers import WorkerPool
from tests.factories import snapshot
from tests.sources import mutations
from tests.sources.attacks import FILLINGS, PLACES, SHAPES, filled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMITS = ReadLimits(seconds=4)
"""Each takes under a second on a machine that does nothing else."""
EVERY = 29
"""Of all fillings at a place, one in so many is tried here; all by `python -m tests.sources.attacks`."""


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    pool = WorkerPool(1)
    yield pool
    pool.close()


def attack(pool: WorkerPool, content: bytes) -> str:
    """Read hostile content: "", or the limit or the fault of ours by which it ended, where that was not its own end."""
    try:
        pool.read(snapshot(content=content), LIMITS)
    except SourceError as problem:
        ours = ("took more than", "came to an end", "an error in digest")
        return problem.reason if any(words in problem.reason for words in ours) else ""
    return ""


@pytest.mark.parametrize("place", PLACES)
def test_one_sign_repeated_costs_no_more_than_its_length(pool: WorkerPool, place: str) -> None:
    first = list(PLACES).index(place)
    for sign in list(FILLINGS.values())[first % EVERY :: EVERY]:
        assert attack(pool, PLACES[place](filled(sign))) == ""


@pytest.mark.parametrize("name", SHAPES)
def test_no_shape_costs_more_than_its_length(pool: WorkerPool, name: str) -> None:
    assert attack(pool, SHAPES[name]) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("10,000 attributes of an item", "an element of more than 500 attributes"),
        ("25,000 short attributes", "an element of more than 500 attributes"),
        ("nested elements", "more than 2,000 elements within each other"),
        ("nested bases that grow", "more than 2,000 elements within each other"),
        ("a long base of many elements", "a base URL of more than 2,000 characters"),
        ("nested lists of JSON", "nested too deep"),
        ("nested elements of OAI", "more than 200 levels"),
        ("entities that grow", "grow beyond measure"),
    ],
)
def test_what_grows_with_its_square_is_refused_by_name(pool: WorkerPool, name: str, words: str) -> None:
    with pytest.raises(NotAFeed, match=words):
        pool.read(snapshot(content=SHAPES[name]), LIMITS)


def test_what_nobody_would_write_is_no_reason_to_refuse_the_rest(pool: WorkerPool) -> None:
    loose = "<p>a<br>b<img src=x>c" * 1_500
    feed = f"<rss><channel><item><title>A</title><description>{loose}</description></item></channel></rss>"
    wide = "<description><![CDATA[" + "<p><li>" * 9_000 + "<a " + "b=c " * 900 + ">]]></description>"
    for content in (feed, feed.replace(f"<description>{loose}</description>", wide)):
        assert [entry.title for entry in pool.read(snapshot(content=content.encode()), LIMITS).entries] == ["A"]


def test_damaged_captures_are_read_or_refused(captures: Path) -> None:
    paths = mutations.usable(captures)
    for seed in range(120):
        assert mutations.outcome(mutations.mutated(paths, seed)) in ("read", "refused"), seed
