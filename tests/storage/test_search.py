"""Whatever stands in a paper finds it, though the database looks through JSON, with patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.storage import scratch_store
from tests.factories import paper
from tests.storage.steps import ingest_new

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.storage import Store

anything = st.text(st.characters(categories=None), min_size=1, max_size=12)
signs = st.text('%_!\\"/u0éÉßſ', min_size=1, max_size=12)


@pytest.fixture(scope="module")
def shelf() -> Iterator[Store]:
    """A store that the papers of all examples gather in."""
    with scratch_store(None) as store:
        yield store


@given(anything | signs, st.data())
def test_any_piece_of_a_title_finds_it(shelf: Store, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : data.draw(st.integers(start, len(text)))]
    one = paper(title=text)
    ingest_new(shelf, one)
    assert one in shelf.matching([[piece]])


@given(st.text("abc %_!ИиЯяéÉ", min_size=1, max_size=8))
def test_a_piece_in_another_case_finds_it(shelf: Store, text: str) -> None:
    one = paper(abstract=f"« {text} »")
    ingest_new(shelf, one)
    for form in (text.upper(), text.lower(), text.swapcase(), text.casefold()):
        assert one in shelf.matching([[form, "«"]])


@given(signs, signs)
def test_what_is_not_there_is_not_found(shelf: Store, text: str, other: str) -> None:
    one = paper(title=text, abstract="", authors=())
    ingest_new(shelf, one)
    assert (one in shelf.matching([[other, text]])) == (other.casefold() in text.casefold())
