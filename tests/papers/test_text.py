"""`plain` and `norm`: what people see, and what is compared."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.text import has_words, norm, plain

TEX = (
    r"\ $ $$ { } ^ _ ~ % \alpha \' \'e \" \textit \foo \frac \sqrt \( \) \[ \] \$ \{ \} \\ \left \c \i \log \begin 5 "
    r"a B . , `` '' \unicode{x5c} \textbackslash \it {} \mathbb{R}"
)
TEX_BITS = st.sampled_from([*TEX.split(), " ", "\n", "e\u0301"])
TEXTS = st.one_of(st.text(), st.lists(TEX_BITS, max_size=25).map("".join))


@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(text):
    once = plain(text)
    assert plain(once) == once


@given(TEXTS, st.integers(0, 30), st.booleans())
def test_cleaning_twice_is_cleaning_once_with_a_limit(text, limit, tex):
    once = plain(text, limit=limit, tex=tex)
    assert len(once) <= limit
    assert plain(once, limit=limit, tex=tex) == once


@given(st.one_of(TEXTS, st.text(alphabet="<>/&;abp!-='\" #x1")), st.booleans())
def test_nothing_hidden_comes_out(text, html):
    out = plain(text, html=html)
    categories = {unicodedata.category(c) for c in out}
    assert categories.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    assert not set(out) & set("\u200b\u200e\u202e\u2066\ufeff\xad")
    assert out == " ".join(out.split())
    assert unicodedata.is_normalized("NFC", out)
    out.encode("utf-8")


@given(st.text(alphabet=st.characters(exclude_characters="\\${}`", exclude_categories=["C", "Z", "M", "Lm"])))
def test_prose_without_tex_signs_is_only_normalised(text):
    out = plain(text)
    assert len(out) <= len(unicodedata.normalize("NFC", text))
    assert norm(out) == norm(text)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Deep\n  Learning\t of   things ", "Deep Learning of things"),
        ("a\x00b\x07c\x7fd\x9be", "abcde"),
        ("one\u2028two\u2029three\x85four", "one two three four"),
        ("\u202eevil\u202c \u2066x\u2069 zero\u200bwidth\ufeff soft\xadhyphen", "evil x zerowidth softhyphen"),
        ("half \ud800 a pair", "half a pair"),
        ("Cafe\u0301", "Café"),
        ("non\xa0breaking", "non breaking"),
        ("", ""),
        ("DeepSeek-R1 Thoughtology: Let's <think> about LLM Reasoning", None),
        ("R&amp;D stays as it is in plain text", None),
        ("A 100% test of AT&T, C#, snake_case, ~10x, x^2 and R_0", None),
        ("Fully 1times1 Convolutional", None),
    ],
)
def test_plain(raw, expected):
    assert plain(raw) == (raw if expected is None else expected)


def test_the_limit_counts_characters_of_the_result():
    assert plain("a" * 50, limit=10) == "a" * 10
    assert plain("aaaa bbbb", limit=5) == "aaaa"
    assert plain(r"\textbf{Deep} \emph{Learning}", limit=13) == "Deep Learning"


def test_tex_may_be_left_alone():
    assert plain(r"C:\alpha \'e $x$", tex=False) == r"C:\alpha \'e $x$"


HOSTILE = {
    "braces": "{" * 100_000,
    "nested": "{\\it " * 20_000 + "}" * 20_000,
    "groups": "{a" * 30_000 + "}" * 30_000,
    "dollars": "$" * 100_000,
    "opened math": "$\\a" * 30_000,
    "macros in macros": "\\emph" * 20_000,
    "accents": "\\'" * 50_000,
    "exponents": "$" + "x^" * 40_000 + "$",
    "backslashes": "\\" * 100_000,
    "comments": "<!--" * 25_000,
    "elements": "<script>" * 12_000,
    "quotes": "<a '\"" * 20_000,
    "tags": "<b " * 30_000,
    "entities": "&amp;" * 20_000,
    "scripts": "<sup>" * 20_000,
    "marks": "e" + "\u0301" * 50_000,
}


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_no_time(name, html):
    started = time.process_time()
    plain(HOSTILE[name], html=html, limit=100_000)
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("α-fair", "Alpha Fair"),
        ("1×1 Convolution", "1times1 convolution"),
        ("O(n²)", "O(n^2)"),
        ("Fréchet", "Frechet"),
        ("Straße", "STRASSE"),
        ("Erdős–Rényi", "Erdos-Renyi"),
        ("ϵ and ε", "ε and ϵ"),
        ("ΛCDM", "Lambda CDM"),
        ("Łukasiewicz", "Lukasiewicz"),
        ("ﬁne-tuning", "fine tuning"),
        ("がくしゅう", "が く しゅう"),
    ],
)
def test_norm_sees_through_spelling(left, right):
    assert norm(left) == norm(right) != ""


@given(st.text())
def test_norm_is_idempotent_and_knows_no_space(text):
    once = norm(text)
    assert norm(once) == once
    assert not any(c.isspace() for c in once)


@pytest.mark.parametrize(
    ("text", "expected"), [("a", True), ("7", True), ("深", True), ("", False), (" –… ", False), ("___", False)]
)
def test_has_words(text, expected):
    assert has_words(text) is expected


@pytest.mark.parametrize(
    "hostile", ["a \x1b[31mred\x1b[0m title", "a \x1b]0;owned\x07red\x1b[2K title", "a \x1b]8;;x\x1b\\red title"]
)
def test_commands_for_a_terminal_go_whole(hostile: str) -> None:
    assert plain(hostile) == "a red title"
