"""HTML to text: what goes, what stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.papers import elements
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
        ("<mml:math><mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mn>1</mml:mn></mml:math>", "x = 1"),
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


MATHML = "<mml:math><mml:mi>α</mml:mi></mml:math>"
DOCUMENT = r"\documentclass[12pt]{minimal}\usepackage{amsmath}\begin{document}$$\alpha $$\end{document}"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("flow with <scp>CFD</scp> and <scp>CO<sub>2</sub></scp>", "flow with CFD and CO₂"),
        ("(p. <jats:related-article page='8'>8</jats:related-article>)", "(p. 8)"),
        ("<named-content content-type='x'>a</named-content><ext-link xlink:href='u'>b</ext-link>", "ab"),
        ("a <x:unheard-of>b</x:unheard-of> c <o:p></o:p>", "a b c"),
        ('<my-own class="x">a</my-own> <new thing="1">b</new>', "a b"),
        ("<i>Lasius</i> <i>niger</i>, H<sub>2</sub>O, <b>A</b>BC", "Lasius niger, H₂O, ABC"),
        ("<div>a</div>b<section>c</section><blockquote>d</blockquote>e<h2>f</h2>g", "a b c d e f g"),
        ("<dl><dt>a<dd>b</dl><ol><li>c<li>d</ol><tr><th>e<td>f", "a b c d e f"),
        ("<p hidden>a</p><span style='display:none'>b <span>c</span></span><div aria-hidden='true'>d</div>e", "e"),
        ("<template>a</template><svg><text>b</text></svg><noscript><img src=x></noscript><object>c</object>d", "d"),
        ("<q>a</q> <ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "“a” 漢(kan)"),
        (
            "e<sup>x</sup> x<sub>i</sub> T<sub>reg</sub> V<sub>max</sub> HbA<sub>1c</sub> PM<sub>2.5</sub>",
            "e^x x_i Treg Vmax HbA₁c PM₂.₅",
        ),
        (
            "SO<sub>4</sub><sup>2&minus;</sup> 10<sup>0.5</sup> a<sup>b+1</sup> X<sup>TM</sup>",
            "SO₄²⁻ 10^0.5 a^(b+1) X™",
        ),
        (
            "XIX<sup>e</sup> 2<sup>nd</sup> so<sup>1,2</sup> H<inf>2</inf>O <superscript>13</superscript>C",
            "XIXe 2nd so¹,² H₂O ¹³C",
        ),
        ("so<sup>[1]</sup> it<sup><a href='#n'>2</a></sup> is <sup>\ue0f23\ue0f3</sup>", "so[1] it² is \ue0f2³\ue0f3"),
        ("<p>a &lt;rss version=&quot;2.0&quot;&gt; feed</p>", 'a <rss version="2.0"> feed'),
        ("K <math> <mi>K</mi> </math>-g-Frames", "K K-g-Frames"),
        (
            f"<alternatives><tex-math>{DOCUMENT}</tex-math>{MATHML}<graphic xlink:href='a'/></alternatives>-fair",
            "α-fair",
        ),
        (f"<inline-formula>{MATHML}<tex-math>$\\alpha$</tex-math></inline-formula>-fair", "α-fair"),
        (f"a <tex-math><![CDATA[{DOCUMENT}]]></tex-math>-fair", "a α-fair"),
        ("<tex-math>\\beta</tex-math>", "β"),
        ('<math alttext="\\sqrt{2}"/> <img class="latex" alt="\\gamma" src="x"> <img alt="a cat" src="y">z', "√2 γ z"),
        ('<script type="math/tex">x^2</script> is', "x² is"),
        (f'<span class="MathJax_Preview">a</span>{MATHML}<script type="math/tex">\\alpha</script>', "α"),
        (f'<span class="katex">{MATHML}<span class="katex-html" aria-hidden="true"><b>α</b></span></span> is', "α is"),
        ("a list: <ul>\n <li>one", "a list: one"),
        ("begins late </section>", "begins late"),
        ("cut off in <i>Lasius niger", "cut off in Lasius niger"),
        ("niger</i> begins late", "niger begins late"),
        ('<a href="it"s">m</a> <a href=x>n</a>', "m n"),
        ("<P><EM>Large</EM> <FONT COLOR=red SIZE=2>letters</FONT></P>", "Large letters"),
        ("<jats:p>CO&lt;sub&gt;2&lt;/sub&gt; of &lt;i&gt;ants&lt;/i&gt;</jats:p>", "CO₂ of ants"),
    ],
)
def test_every_element_is_known_and_formulas_are_told_once(raw: str, expected: str) -> None:
    assert text(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "RSS <<<Tutorial>>>",
        "Ants ohne <blink>",
        "<think>: a title",
        "format <think>a</think><answer>b</answer>",
        "to the end </s> of it",
        "the <image> token, the <mask> token",
        "List<int>, List<Object> and Option<i>",
        "Map<String, List<a>>",
        "a < b > c",
        "the <body> and the <ul> tags",
        "i<j, k>l",
        "write to <a@b.test> or <https://x.test/>",
        "usage: run <input> <output>",
        "10.1002/(SICI)1097(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2",
    ],
)
def test_words_about_tags_stay(raw: str) -> None:
    assert text(raw) == raw
    assert text(f"<p>{raw.replace('<', '&lt;')}</p>") == raw


@pytest.mark.parametrize("name", sorted(elements.KNOWN - {"plaintext"}))
def test_no_known_element_is_left(name: str) -> None:
    for raw in (f"a <{name}>b</{name}> c", f'<{name} class="x">b</{name}>', f"<x:{name}>b</x:{name}>", f"a<{name}/>b"):
        assert "<" not in text(raw)
        assert text(raw) == text(text(raw))


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [
                "<i>",
                "</i>",
                "<p>",
                "<b>",
                "<sup>",
                "</sup>",
                "<math>",
                "<mi>",
                "</math>",
                "<think>",
                "2",
                "x",
                "&",
                "<a href='x'>",
            ]
        )
    )
)
def test_text_of_text_is_itself(parts: list[str]) -> None:
    once = text(" ".join(parts))
    assert text(once) == once
