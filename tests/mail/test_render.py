from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.mail.render import render
from digest.mail.templates import environment
from digest.mail.text import columns
from digest.model import LIKED, Block, Interest, InterestKind, Links, Match, Pick, Unsubscribe
from tests.factories import edition, letterhead, paper, subscriber
from tests.mail.reading import Page

ENV = environment()
READER = subscriber(
    address="ada@example.test", zone="Europe/Berlin", interests=(Interest(InterestKind.WORDS, "agent"),)
)
HOSTILE = [
    "=?utf-8?q?a=0D=0ABcc:_x=40y?=",
    "<think> about <script>alert(1)</script> & <img src=x onerror=y>",
    "title\r\nBcc: x@example.test",
    "{{ 7 * 7 }}{% raw %}",
    "العربية والرياضيات \u202eevil",
    "x" * 5000,
    "word " * 1000,
    "\x00\x07\ud800\x92",
    "&amp;lt; &#x27; \"quoted\" 'single'",
]

OURS = {"html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td"}
OURS |= {"h1", "h2", "h3", "p", "br", "span", "a", "b", "ol", "li"}


def rendered(*papers, **fields):
    return render(edition(*papers, **fields), READER, letterhead(), ENV)


def three_blocks():
    picks = (
        Pick(1, paper(title="A ranked paper on agents"), matches=(Match("agent", "title", 1, ((18, 23),)),)),
        Pick(2, paper(title="A trending paper"), block=Block.TRENDING),
        Pick(3, paper(title="A revised paper", revision=2), block=Block.REVISED),
    )
    return rendered(picks=picks, looked_at=212)


def test_the_subject_counts_names_and_dates():
    assert three_blocks().subject == "1 paper: A ranked paper on agents (25 May)"
    assert rendered(paper(title="One"), paper()).subject == "2 papers: One (25 May)"
    assert rendered().subject == "No new papers for you (25 May)"


@pytest.mark.parametrize("title", HOSTILE)
def test_a_subject_is_one_line_of_at_most_100_characters(title):
    subject = rendered(paper(title=title)).subject
    assert len(subject) <= 100
    assert subject == " ".join(subject.split())
    assert subject.startswith("1 paper")
    assert subject.endswith("(25 May)")


def test_the_html_is_the_page_that_screen_readers_and_clients_ask_for():
    page = Page(three_blocks().html)
    assert page.stack == []
    assert page.headings == [
        ("h1", "1 new paper on agent; 1 new version; 212 looked at"),
        ("h2", "For you"),
        ("h3", "1. A ranked paper on agents"),
        ("h2", "Also trending"),
        ("h3", "2. A trending paper"),
        ("h2", "New versions of papers you had"),
    ]
    assert page.text.startswith("1 new paper on agent; 1 new version; 212 looked at Paper Digest · Monday, 25 May 2026")
    assert page.named("html") == [{"lang": "en", "dir": "ltr"}]
    assert [(d["lang"], d["dir"]) for d in page.named("div")] == [("en", "ltr")]
    assert all(table["role"] == "presentation" for table in page.named("table"))
    assert [li["value"] for li in page.named("li")] == ["3"]
    assert {"content": "light dark", "name": "color-scheme"} in page.named("meta")


@pytest.mark.parametrize("name", ["img", "script", "link", "form", "iframe", "object", "video", "input"])
def test_the_html_loads_runs_and_hides_nothing(name):
    html = three_blocks().html
    assert Page(html).named(name) == []
    assert not re.search(r"display:\s*none|visibility|url\(|@import|opacity|font-size:\s*[01]px", html)


def test_text_and_html_show_the_same_papers_with_the_same_numbers():
    made = three_blocks()
    page = Page(made.html)
    shown = [text for tag, text in page.headings if tag == "h3"]
    assert re.findall(r"^ ?\d+\. .*$", made.text, re.MULTILINE) == [f" {t}" for t in shown] + [
        " 3. A revised paper (version 2)"
    ]
    assert made.text.startswith(
        "1 new paper on agent; 1 new version; 212 looked at\nPaper Digest · Monday, 25 May 2026\n"
    )
    for link in page.links:
        assert f"{link}\n" in made.text
    for sentence in ("Why: agent in title", "We study case", "ada@example.test gets Paper Digest every day at 07:00"):
        assert sentence in page.text
        assert sentence in made.text


def test_the_text_part_is_wrapped_and_keeps_urls_whole():
    url = "https://example.test/" + "long-path/" * 20
    text = rendered(paper(title="T" * 200, abstract="漢字" * 300, links=Links(abstract=url))).text
    assert f"\n    {url}\n" in text
    assert max(columns(line) for line in text.split("\n") if "://" not in line) <= 76
    assert "\n\n\n" not in text
    assert not any(line != line.rstrip() for line in text.split("\n"))


def test_the_reasons_stand_before_the_abstract_and_the_links_behind_it():
    text = three_blocks().text
    places = [text.index(part) for part in ("Why: agent in title", "We study case", "Abstract:\n    https://", "PDF:")]
    assert places == sorted(places)


FIELD, OWN = "Phones are slow at diffusion.", "We propose a sampler <b> that is fast."


def test_the_line_that_sums_up_stands_between_the_reasons_and_the_abstract():
    made = rendered(paper(abstract=f"{FIELD} {OWN}"))
    shown, told = Page(made.html).text, " ".join(made.text.split())
    assert f"{OWN} {FIELD} {OWN} Abstract" in shown
    assert f"In short: {OWN} {FIELD} {OWN} Abstract" in told


def test_a_line_that_opens_the_abstract_is_said_once():
    made = rendered(paper(abstract=f"{OWN} {FIELD}"))
    assert Page(made.html).text.count(OWN) == made.text.count(OWN) == 1
    assert f"{OWN} {FIELD}" in Page(made.html).text
    assert f"    {OWN} {FIELD}\n" in made.text


def test_the_line_that_sums_up_can_be_the_sources_or_none():
    one = edition(paper(abstract=f"{FIELD} {OWN}", summary="Fast sampling."))
    for summary, times in (("source", 1), ("none", 0)):
        made = render(one, READER, letterhead(), ENV, summary=summary)
        assert Page(made.html).text.count("Fast sampling.") == made.text.count("In short: Fast sampling.") == times
        assert Page(made.html).text.count(OWN) == made.text.count(OWN) == 1


def test_a_paper_like_a_liked_one_says_so_in_both_parts():
    liked = Match("What <we> like", LIKED, 1)
    made = rendered(picks=(Pick(1, paper(), matches=(liked,)),))
    why = "Why: close to “What <we> like”, which you liked"
    assert why in Page(made.html).text
    assert why in made.text
    assert Page(made.html).text.startswith("1 new paper close to papers you liked; ")


@pytest.mark.parametrize("kind", ["html", "text"])
@pytest.mark.parametrize(
    ("web_url", "said"),
    [("https://digest.test", "50 more on the web"), ("", "50 more did not fit into one mail.")],
)
def test_what_is_not_shown_is_counted_and_linked(monkeypatch, web_url, said, kind):
    monkeypatch.setattr("digest.mail.render.MAX_LINES", 20)
    monkeypatch.setattr("digest.mail.render.MAX_CARDS", 10)
    made = render(edition(*[paper() for _ in range(80)]), READER, letterhead(web_url=web_url), ENV)
    words = " ".join(Page(made.html).text.split()) if kind == "html" else made.text
    assert said in words
    assert ("https://digest.test" in Page(made.html).links) == bool(web_url)
    assert ("on the web:\nhttps://digest.test\n" in made.text) == bool(web_url)


BOTH = Unsubscribe("https://digest.test/unsubscribe/t0ken", "stop+t0ken@example.test", "unsubscribe")


@pytest.mark.parametrize(
    ("unsubscribe", "links", "words"),
    [
        (None, ["mailto:unsubscribe@example.test?subject=unsubscribe"], "Unsubscribe with a mail to unsubscribe@"),
        (
            BOTH,
            [BOTH.web, "mailto:stop+t0ken@example.test?subject=unsubscribe"],
            "Unsubscribe on the web or with a mail",
        ),
        (replace(BOTH, mail=""), [BOTH.web], "Unsubscribe;"),
        (
            replace(BOTH, web="", subject="unsubscribe a&b"),
            ["mailto:stop+t0ken@example.test?subject=unsubscribe%20a%26b"],
            "",
        ),
        (Unsubscribe(), ["mailto:unsubscribe@example.test?subject=unsubscribe"], ""),
        (
            replace(BOTH, web="javascript:alert(1)", mail=""),
            ["mailto:unsubscribe@example.test?subject=unsubscribe"],
            "",
        ),
    ],
)
def test_the_footer_links_to_the_ways_out(unsubscribe, links, words):
    made = render(edition(), READER, letterhead(), ENV, unsubscribe)
    page = Page(made.html)
    assert page.links == [*links, "mailto:help@example.test?subject=help"]
    assert words in page.text
    for link in links:
        assert f"\n{link}\n" in made.text


def test_matched_words_are_marked_and_nothing_else():
    html = three_blocks().html
    assert re.findall(r'<span class="m"[^>]*>([^<]*)</span>', html) == ["agent"]


def test_a_quiet_day_has_an_honest_note():
    made = rendered(looked_at=212)
    note = "212 new papers came in since your last digest; none of them was close enough to your interests."
    assert note in Page(made.html).text
    assert note in " ".join(made.text.split())
    assert [tag for tag, _ in Page(made.html).headings] == ["h1"]
    assert "arXiv" not in made.html


def test_the_footer_says_why_how_to_leave_and_thanks_arxiv():
    page = Page(rendered(paper()).html)
    assert "ada@example.test gets Paper Digest every day at 07:00 (Europe/Berlin)." in page.text
    assert "mailto:unsubscribe@example.test?subject=unsubscribe" in page.links
    assert "mailto:help@example.test?subject=help" in page.links
    assert "Thank you to arXiv for use of its open access interoperability." in page.text
    assert "no tracking" in page.text


def test_a_footer_of_several_lines_keeps_them():
    made = render(edition(paper()), READER, letterhead(footer="Example University\n1 <Example> Street"), ENV)
    assert '<p style="margin:12px 0 0">Example University<br>1 &lt;Example&gt; Street</p>' in made.html
    assert made.text.endswith("\n\nExample University\n1 <Example> Street\n")


@pytest.mark.parametrize("bad", HOSTILE)
def test_hostile_words_stay_words(bad):
    links = Links(abstract="javascript:alert(1)", pdf=f'https://x.test/"><script>{bad[:100]}', code="data:text/html,x")
    hostile = paper(title=bad, abstract=bad, authors=(bad, bad), categories=(bad,), sources=(bad,), links=links)
    made = render(edition(hostile), replace(READER, zone=bad), letterhead(title=bad[:60], footer=bad), ENV)
    page = Page(made.html)
    assert page.stack == []
    assert {tag for tag, _ in page.elements} <= OURS
    assert all(link.startswith(("https://x.test/", "mailto:")) for link in page.links)
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", made.html + made.text + made.subject
    )


anything = st.text(st.characters(), max_size=120)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything, anything, st.lists(anything, max_size=5), anything)
def test_any_words_at_all_render_to_well_formed_parts(title, abstract, names, interest):
    match = Match(interest, "abstract", 1, ((0, 7), (9, 30)))
    odd = paper(title=title, abstract=abstract, authors=tuple(names), categories=tuple(names))
    made = rendered(picks=(Pick(1, odd, matches=(match,)),))
    assert Page(made.html).stack == []
    assert max(columns(line) for line in made.text.split("\n") if "://" not in line) <= 77
    assert len(made.subject) <= 100
    (made.subject + made.text + made.html).encode("utf-8")


def test_the_same_edition_renders_to_the_same_words():
    one = edition(paper())
    assert render(one, READER, letterhead(), ENV) == render(one, READER, letterhead(), environment())
