from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.cards import authors, card, plain, segments, web_link
from digest.model import Block, Links, Match, Pick
from tests.factories import paper


def the_card(*matches, rank=1, block=Block.RANKED, **fields):
    return card(Pick(rank=rank, paper=paper(**fields), matches=matches, block=block))


def test_a_card_says_everything_that_a_reader_needs():
    made = the_card(
        Match("diffusion", "title", 1, ((0, 9),)),
        Match("diffusion", "abstract", 1, ((3, 12),)),
        Match('author:"Alan Turing"^2', "authors", 1),
        rank=4,
        title="Diffusion models",
        abstract="On diffusion.",
        categories=("cs.LG", "cs.CV"),
        upvotes=12,
        arxiv_id="2605.00001",
        links=Links(abstract="https://arxiv.org/abs/2605.00001", code="https://github.com/a/b"),
    )
    assert made.number == 4
    assert made.title == (("Diffusion", True), (" models", False))
    assert made.abstract == (("On ", False), ("diffusion", True), (".", False))
    assert made.url == "https://arxiv.org/abs/2605.00001"
    assert (made.authors, made.date, made.upvotes) == ("Ada Lovelace, Alan Turing", "24 May 2026", 12)
    assert (made.sources, made.categories) == (("hf",), ("cs.LG", "cs.CV"))
    assert made.badges == ("hf", "cs.LG", "cs.CV")
    assert [(w.interest, w.where) for w in made.why] == [("diffusion", "title and abstract"), ("Alan Turing", "author")]
    assert made.links == (("Abstract", "https://arxiv.org/abs/2605.00001"), ("Code", "https://github.com/a/b"))


def test_a_paper_of_which_little_is_known_still_makes_a_card():
    made = the_card(title=" ", abstract="", authors=(), links=Links(), published=None, upvotes=None, sources=())
    assert (made.plain_title, made.url, made.authors, made.date, made.badges) == ("Untitled", "", "", "", ())
    assert (made.abstract, made.links, made.why) == ((), (), ())
    assert the_card(abstract="", summary="In short.").plain_abstract == "In short."
    assert the_card(published=None, listed_on=date(2026, 5, 3)).date == "3 May 2026"


def test_only_a_new_version_shows_its_number():
    assert the_card(revision=3).revision == 0
    assert the_card(revision=3, block=Block.REVISED).revision == 3


@pytest.mark.parametrize(
    ("names", "count", "shown"),
    [
        ((), None, ""),
        ((), 1, "1 author"),
        ((), 12, "12 authors"),
        (("A",), None, "A"),
        (("A", "B", "C", "D"), None, "A, B, C, D"),
        (("A", "B", "C", "D", "E", "F", "G"), None, "A, B, C +4"),
        (("A", "B", "C"), 664, "A, B, C +661"),
        (("A", "B"), 5, "A, B +3"),
    ],
)
def test_authors_are_named_and_the_rest_counted(names, count, shown):
    assert authors(paper(authors=names, author_count=count)) == shown


def test_six_hundred_authors_with_long_names_stay_short():
    assert len(authors(paper(authors=("Name " * 50,) * 664))) < 200


spans = st.lists(st.tuples(st.integers(-5, 900), st.integers(-5, 900)), max_size=40)


@given(st.text(max_size=900), spans)
def test_segments_keep_the_text_whatever_the_spans(text, found):
    parts = segments(text, found)
    joined = plain(parts)
    assert joined == text or (joined.endswith("\u00a0…") and text.startswith(joined[:-2]))
    assert all(part for part, _ in parts)
    assert len(joined) <= 662
    assert sum(is_match for _, is_match in parts) <= 12


def test_spans_are_clipped_to_the_cut_and_merged():
    text = "A sentence of fifty characters, more or less, yes. " * 20
    parts = segments(text, [(0, 1), (2, 10), (5, 12), (len(text) - 4, len(text))])
    assert [part for part, is_match in parts if is_match] == ["A", "sentence o"]
    assert plain(parts).endswith("yes.\u00a0…")


def test_badges_are_few_short_and_each_there_once():
    made = the_card(sources=("arxiv", "hf", "third"), categories=("arxiv", *"abcdd", "x" * 100))
    assert (made.sources, made.categories) == (("arxiv", "hf"), ("a", "b", "c"))
    assert the_card(categories=("x" * 100,)).categories == ("x" * 31 + "…",)


def test_wide_scripts_are_cut_where_they_say_as_much():
    assert 300 <= len(the_card(abstract="拡散モデルの研究である。" * 200).plain_abstract) <= 362
    assert 500 <= len(the_card(abstract="A study of diffusion. " * 100).plain_abstract) <= 662


def test_a_long_title_is_cut_at_a_word():
    made = the_card(title="word " * 1000)
    assert len(made.plain_title) <= 302
    assert made.plain_title.endswith("word\u00a0…")
    assert len(made.short_title) <= 160


FIELD, OWN = "Diffusion is slow on phones.", "We propose a fast sampler for diffusion."
ABSTRACT = f"{FIELD} {OWN} It works."
HIT = Match("diffusion", "abstract", 2, ((0, 9), (59, 68)))


def lines(*matches, summary="sentence", brief="", **fields):
    made = card(Pick(1, paper(summary=brief, **fields), matches=matches), summary)
    return made.plain_summary, plain(made.rest), made.plain_abstract


def test_the_summary_is_a_marked_sentence_of_the_abstract_which_follows_whole():
    made = the_card(HIT, abstract=ABSTRACT)
    assert made.summary == (("We propose a fast sampler for ", False), ("diffusion", True), (".", False))
    assert made.rest == made.abstract
    assert (made.plain_abstract, made.opens) == (ABSTRACT, False)


def test_a_summary_that_opens_the_abstract_is_followed_by_the_rest_of_it():
    made = the_card(Match("models", "abstract", 1, ((51, 57),)), abstract=f"{OWN} It is for models.")
    assert (made.plain_summary, made.opens) == (OWN, True)
    assert made.rest == (("It is for ", False), ("models", True), (".", False))
    assert made.plain_abstract == f"{OWN} It is for models."


def test_an_abstract_of_one_sentence_needs_no_summary():
    assert lines(abstract=OWN) == ("", OWN, OWN)
    assert lines(abstract=f" {OWN} ", summary="sentence")[0] == ""
    long = "We propose one and " + "another and " * 60 + "yet another."
    assert lines(abstract=long)[0] == ""
    assert lines(abstract=f"{long} {long}")[0] == ""
    assert lines(abstract="") == ("", "", "")


def test_the_setting_chooses_what_sums_up():
    brief = "In short, samplers."
    assert lines(abstract=ABSTRACT, brief=brief, summary="none")[0] == ""
    assert lines(abstract=ABSTRACT, brief=brief)[0] == OWN
    assert lines(abstract=ABSTRACT, brief=brief, summary="source") == (brief, ABSTRACT, ABSTRACT)
    assert lines(abstract=ABSTRACT, brief="", summary="source")[0] == OWN


def test_a_source_that_repeats_the_abstract_does_not_sum_it_up():
    for same in (ABSTRACT, FIELD, f"{FIELD[:-1]}…", f"{FIELD[:12]} ..."):
        assert lines(abstract=ABSTRACT, brief=same, summary="source")[0] == ""
    assert lines(title="A fast sampler", abstract=ABSTRACT, brief="A fast sampler.", summary="source")[0] == ""
    assert lines(abstract=ABSTRACT, brief=" \n", summary="source")[0] == OWN


def test_nothing_but_an_ellipsis_never_follows_a_summary():
    first = f"We propose {'a' * 288}."
    assert lines(abstract=f"{first} {'B' * 500}")[:2] == (first, "")


def test_what_has_no_words_is_not_summed_up():
    assert lines(abstract=". " * 400)[0] == ""


def test_without_an_abstract_the_summary_of_the_source_stands_in_its_place():
    for setting in ("sentence", "source", "none"):
        assert lines(abstract="", brief="In short.", summary=setting) == ("", "In short.", "In short.")


def test_a_summary_is_short_whatever_the_source_says():
    told = lines(abstract=ABSTRACT, brief="word " * 1000, summary="source")[0]
    assert len(told) <= 362
    assert told.endswith("word\u00a0…")


@given(st.text(max_size=900), st.text(max_size=400), spans, st.sampled_from(["sentence", "source", "none"]))
def test_any_words_make_a_card_that_says_nothing_twice_in_a_row(abstract, brief, found, setting):
    hit = Match("x", "abstract", 1, tuple(found))
    told, rest, whole = lines(hit, abstract=abstract, brief=brief, summary=setting)
    made = card(Pick(1, paper(abstract=abstract, summary=brief), matches=(hit,)), setting)
    assert len(told) <= 362
    if made.opens:
        assert whole.strip().startswith(told)
        assert whole.endswith(rest)
        assert len(told) + len(rest) <= len(whole)
    else:
        assert rest == whole


def test_many_reasons_are_counted():
    made = the_card(*(Match(f"interest{n}", "title", 1) for n in range(7)))
    assert (len(made.why), made.more_reasons) == (4, 3)


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://arxiv.org/abs/1", "https://arxiv.org/abs/1"),
        ("HTTP://Example.test:8080/a?b=c&d#e", "HTTP://Example.test:8080/a?b=c&d#e"),
        ("https://x.test/a%20b", "https://x.test/a%20b"),
        ("https://x.test/ü \"<>'", "https://x.test/%C3%BC%20%22%3C%3E'"),
        ("https://x.test/\r\nBcc: x", ""),
        *[
            (bad, "")
            for bad in ("", "javascript:alert(1)", "data:text/html,x", "//x.test/", "ftp://x.test/", "https://")
        ],
        *[
            (bad, "")
            for bad in ("https://arxiv.org@evil.test/", "https://[::1/", "https://x.test:port/", "https://bü.de/")
        ],
        ("https://x.test/" + "a" * 600, ""),
        ("https://x.test/" + "é" * 200, ""),
        ("https://x.test/\ud800", ""),
    ],
)
def test_links_are_http_and_one_ascii_word(url, link):
    assert web_link(url) == link


@given(st.text())
def test_any_link_is_safe_or_none(tail):
    link = web_link(f"https://{tail}")
    assert link.isascii()
    assert not set(link) & set(' \t\r\n"<>\\')
    assert link == "" or urlsplit(link).hostname
