from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.text import clean, columns, cut, one_line, sentence_end, within, wrap


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("plain", "plain"),
        ("a\x00b\x07c\x7fd\x92e", "abcde"),
        ("a\tb\r\nc\nd\re", "a b\nc\nde"),
        ("a\u2028b\u202ec\u2066d\ufeffe", "abcde"),
        ("half \ud83d a pair", "half  a pair"),
        ("می‌خواهم 👩‍🔬", "می‌خواهم 👩‍🔬"),
    ],
)
def test_clean_keeps_what_may_stand_in_a_mail(raw, cleaned):
    assert clean(raw) == cleaned


@given(st.text(alphabet=st.characters()))
def test_one_line_is_one_line_of_encodable_text(text):
    line = one_line(text)
    line.encode("utf-8")
    assert line == " ".join(line.split())
    assert one_line(line) == line


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 10, "short"),
        ("exactly ten", 11, "exactly ten"),
        ("one two three four", 10, "one two…"),
        ("one two, three", 9, "one two…"),
        ("Donaudampfschiff", 8, "Donauda…"),
    ],
)
def test_cut_ends_at_a_word_where_there_is_one(text, limit, expected):
    assert cut(text, limit) == expected


@given(st.text(), st.integers(3, 50))
def test_cut_never_exceeds_its_limit(text, limit):
    assert len(cut(text, limit)) <= limit
    assert len(cut(text, limit, "...")) <= limit


def test_a_sentence_end_in_reach_is_preferred_to_a_word():
    text = "One sentence of some length. " * 10
    assert text[: sentence_end(text, 100)].endswith("length.")
    assert sentence_end("word " * 100, 100) == 99
    assert sentence_end("x" * 500, 100) == 100
    assert sentence_end("short", 100) == 5


def test_an_abbreviation_ends_no_sentence_and_a_quote_behind_a_stop_belongs_to_it():
    text = "They say “we are there.” " + "It goes on with many words, e.g. these, and on " * 9
    assert text[: sentence_end(text, 40)] == "They say “we are there.”"
    assert not text[: sentence_end(text, 100)].endswith("e.g.")


def test_a_decimal_point_ends_no_sentence():
    text = "a" * 60 + " about 3.14 " + "b " * 200
    assert not text[: sentence_end(text, 100)].endswith("3.")


def test_wide_and_combining_characters_are_counted_as_a_terminal_shows_them():
    assert [columns(t) for t in ("abc", "漢字", "e\u0301", "")] == [3, 4, 1, 0]


@pytest.mark.parametrize(
    ("text", "characters"), [("abc", 10), ("漢字" * 20, 5), ("a漢字漢字漢字", 5), ("e\u0301" * 50, 10)]
)
def test_within_counts_the_characters_that_fill_a_width(text, characters):
    assert within(text, 10) == characters


def test_wrap_hangs_the_following_lines():
    assert wrap("one two three four", " 1. ", width=14) == " 1. one two\n    three four"
    assert wrap("one two", "- ", "", width=6) == "- one\ntwo"
    assert wrap("", "    ") == ""


@given(st.text(max_size=400), st.sampled_from(["", " 1. ", "100. "]))
def test_wrapped_lines_fit_and_lose_nothing_but_space(text, first):
    lines = wrap(text, first).split("\n")
    assert max(map(columns, lines)) <= 76
    assert "".join("".join(lines).split()) == "".join((first + text).split())
