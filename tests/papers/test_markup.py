"""HTML to text: what goes, what stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.text import plain


def text(raw: str) -> str:
    return plain(raw, html=True)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("a<br>b<br/>c<hr />d", "a b c d"),
        ("<b>bo</b>ld and <em class='x'>it</em>alic", "bold and italic"),
        ("<a href=\"https://x.test/?a>b\" title='c > d'>link</a>", "link"),
        ("<ul><li>one</li><li>two</li></ul>", "one two"),
        ("<td nowrap>x</td><td>y</td>", "x y"),
        ("<script>alert('<p>')</script>x<style>p{}</style>y<!-- <b>no</b> -->z", "x yz"),
        ("<SCRIPT type='a'>x</Script >rest", "rest"),
        ("<![CDATA[a < b]]> c", "a < b c"),
        ("<?xml version='1.0'?><!DOCTYPE html><html><body>x</body></html>", "x"),
        ("<jats:p>In <jats:italic>E. coli</jats:italic></jats:p>", "In E. coli"),
        ("10<sup>5</sup> CO<sub>2</sub> 1<sup>st</sup> 10<sup>−3</sup>", "10⁵ CO₂ 1st 10⁻³"),
        ("<mml:math><mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mn>1</mml:mn></mml:math>", "x=1"),
        ("<math><mi>α</mi><annotation encoding='application/x-tex'>\\alpha</annotation></math>", "α"),
        ("caf&eacute; &#233; &#xe9; &nbsp;x", "café é é x"),
        ("It&rsquo;s $\\alpha$ &lt; 1", "It’s α < 1"),
    ],
)
def test_markup_goes(raw, expected):
    assert text(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "p < 0.05 and n > 3",
        "a<b and c>d",
        "x<y, y>z and <3",
        "R&D of AT&T; see ?a=1&copy=2",
        "Let's <think> about vector<int>",
        "an unclosed <b",
        "a &unknown; entity",
        "&#99999999999999999999;",
    ],
)
def test_text_stays(raw):
    assert text(raw) == raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Q&amp;amp;A", "Q&A"),
        ("&lt;p&gt;We study&lt;/p&gt; &lt;b&gt;this&lt;/b&gt;", "We study this"),
        ("p &amp;lt; 0.05", "p < 0.05"),
        ("&amp;lt;b&amp;gt;", "<b>"),
        ("&amp;amp;amp;", "&amp;"),
        ("Let's &lt;think&gt; first", "Let's <think> first"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;x", "x"),
    ],
)
def test_what_was_escaped_twice_is_read_twice(raw, expected):
    assert text(raw) == expected


def test_what_nothing_closes():
    assert text("before <!-- never closed") == "before"
    assert text("before <script> never closed") == "before never closed"
    assert text("before <![CDATA[ never closed") == "before never closed"


@given(st.text(alphabet="<>/&;=abpscript!-[]CDAT'\" \n#x1"))
def test_any_brackets_are_read_without_fail(raw):
    assert len(text(raw)) <= len(raw)
