from __future__ import annotations

import json
import time

import pytest

from digest.errors import SourceError
from digest.model import Entry, Reading, Reject
from digest.ranking.stem import root
from digest.ranking.tokens import key, strict_key, words
from digest.sources.cutting import WORD, cut
from digest.sources.read import read
from tests.factories import snapshot
from tests.sources.attacks import FILLINGS, PLACES, SIZE, filled


def test_what_is_within_bounds_is_handed_on_as_it_is() -> None:
    entry = Entry("A title", "An abstract. " * 500 + "中" * 2_000, authors=("Ada",) * 5_000, keywords=("k",) * 100)
    reading = Reading("feed", (entry,), (Reject("item 2", "no title"),), title="F")
    assert cut(reading) == reading
    assert cut(reading).entries[0] is entry


def test_a_long_word_is_cut_and_what_follows_it_stays() -> None:
    entry = Entry("T", "before " + "aé" * 4_000 + " after " + "http://a.example/" + "b/" * 400)
    (found,) = cut(Reading("feed", (entry,))).entries
    assert found.abstract == "before " + "aé" * (WORD // 2) + " after http://a.example/" + "b/" * 400


def test_lists_and_rejects_are_bounded() -> None:
    entry = Entry("T" * 5_000, authors=("A" * 900,) * 7_000, keywords=("k",) * 500, id="i " * 5_000)
    found = cut(Reading("feed", (entry,), (Reject("p" * 900, "r" * 900, "t " * 900, count=3),), title="F " * 9_000))
    (one,) = found.entries
    assert (len(one.title), len(one.authors), len(one.authors[0]), len(one.keywords)) == (WORD, 6_000, 300, 100)
    assert (len(one.id), len(found.title)) == (999, 999)
    assert [len(text) for text in (found.rejects[0].reason, found.rejects[0].place)] == [300, 300]
    assert found.rejects[0].count == 3


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["one letter", "one vowel", "accented letters", "digits"])
def test_no_reader_hands_on_a_word_without_an_end(place: str, name: str) -> None:
    try:
        found = read(snapshot(content=PLACES[place](filled(FILLINGS[name]))))
    except SourceError:
        return
    texts = [text for e in found.entries for text in (e.title, e.abstract, e.summary, *e.authors, *e.keywords)]
    assert max((len(word) for text in texts for word in text.split()), default=0) <= 2 * WORD


@pytest.mark.parametrize("ending", ["", "ing", "ation", "ed", "s", "ies", "our", "al"])
@pytest.mark.parametrize("letters", ["e", "y", "ab", "s", "al", "ational", "ll"])
def test_the_stem_of_a_long_word_takes_linear_time(letters: str, ending: str) -> None:
    word = letters * (SIZE // len(letters)) + ending
    started = time.process_time()
    assert words(word) == [word]
    assert root(key(word)) <= strict_key(word)
    assert time.process_time() - started < 2


def test_a_feed_of_papers_with_everything_too_long_is_read() -> None:
    paper = {"id": "2605.00001", "title": "a" * 9_000, "summary": "b" * 90_000, "authors": [{"name": "c" * 9_000}]}
    (entry,) = read(snapshot(content=json.dumps([{"paper": paper}] * 1).encode())).entries
    assert (len(entry.title), len(entry.abstract), len(entry.authors[0])) == (WORD, WORD, 300)
