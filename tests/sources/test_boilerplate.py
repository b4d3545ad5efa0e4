from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.sources.boilerplate import Item, abstracts
from digest.sources.feedtext import Labelled, TextBlock, blocks

TITLE = "Ants in deep tunnels"
TEXT = "Ants dig tunnels. They are deep."
OTHERS = (
    "Bees dance at noon.",
    "Moths fly to lamps.",
    "Worms move the soil.",
    "Flies see in slow motion.",
    "Wasps build.",
)


def one(raw: str, title: str = TITLE, authors: tuple[str, ...] = ()) -> Labelled:
    return abstracts([Item(title, blocks(raw), authors)])[0]


def feed(template: str, texts: tuple[str, ...] = OTHERS) -> list[str]:
    raw = [template.format(text=text, n=n, title=f"Title number {n} here") for n, text in enumerate(texts)]
    return [told.text for told in abstracts([Item(f"Title number {n} here", blocks(r)) for n, r in enumerate(raw)])]


@pytest.mark.parametrize(
    "raw",
    [
        "Abstract: {}",
        "ABSTRACT {}",
        "Abstract {}",
        "<h2>Abstract</h2><p>{}</p>",
        "<p>J. Ants. 2026;1:2. doi: 10.1234/ab.</p><p><b>ABSTRACT</b></p><p>{}</p><p>PMID:12 | DOI:10.1234/ab</p>",
        "<p>{}</p><p><a href='x'>HTML</a></p><p><a href='y'>PDF</a></p>",
        "{} HTML XML PDF",
        "{} Read more",
        "{} PMID:34815020 | DOI:10.1234/ab",
        "<p>{}</p><p>The post <a href='x'>Ants in deep tunnels</a> appeared first on <a href='y'>Ant News</a>.</p>",
        "<h1><a href='x'>Ants in deep tunnels</a></h1><p>{}</p>",
        "Ants in deep tunnels. {}",
        "<p>{}</p><figure><img src='a'/><figcaption>Photo: a nest, by Bob.</figcaption></figure>",
        "<p>Journal: J. Ants</p><p>Volume: 3</p><p>{}</p><p>Keywords: ants, nests</p>",
        "Journal: J. Ants. Authors: Ann Lee, Bo Chen. Abstract: {}",
        "Ann Lee, Bo Chen. {}",
        "<p>Ann Lee; Bo Chen</p><p>{}</p>",
    ],
)
def test_what_is_around_an_abstract_is_taken_off_one_text(raw: str) -> None:
    assert one(raw.format(TEXT), authors=("Ann Lee", "Bo Chen")).text == TEXT


@pytest.mark.parametrize(
    "raw",
    [
        "Abstract Meaning Representation is parsed.",
        "Abstract interpretation is sound.",
        "Abstract Syntax Trees grow.",
        "Ants in deep tunnels are blind. So it seems.",
        "Ann Lee, who found it, is right.",
        "Background: Ants dig. Methods: We looked. Results: They do.",
        "Data are at https://doi.org/10.1234/ab and open.",
        "We share PDF",
    ],
)
def test_what_belongs_to_an_abstract_stays(raw: str) -> None:
    assert one(raw, authors=("Ann Lee",)).text == raw


def test_values_of_labels_are_handed_on() -> None:
    told = one("<p>Publication date: May 2026</p><p>Source: J. Ants</p><p>Author(s): Ann Lee, Bo Chen</p>")
    assert (told.text, told.published, told.authors) == ("", "May 2026", "Ann Lee, Bo Chen")
    flat = one("Publication date: May 2026 Source: J. Ants, Volume 1 Author(s): Ann Lee, Bo Chen")
    assert (flat.text, flat.published, flat.authors) == ("", "May 2026", "Ann Lee, Bo Chen")
    lines = one(f"DOI: https://doi.org/10.1234/ab\nUpvotes: 7\nKeywords: ants, nests\n\n{TEXT}")
    assert (lines.text, lines.doi, lines.upvotes, lines.keywords) == (TEXT, "10.1234/ab", 7, "ants, nests")


@pytest.mark.parametrize(
    "template",
    [
        "<p>{text}</p><p>Ant Letters, vol. {n}, May 2026, p. 1{n}-2{n}</p>",
        "<p>Relevance: HIGH</p><p>{text}</p>",
        "{text} Read this and more at the Ant House.",
        "<p>Ant Letters <b>{n}</b></p><p>{text}</p><p>Buy it now</p>",
        "<p>{text}</p><p>You read {title}, number {n} of us.</p>",
        "From the Ant House: {text}",
    ],
)
def test_what_nearly_all_items_have_at_the_same_place_is_part_of_the_page(template: str) -> None:
    assert feed(template) == list(OTHERS)
    with_another = feed(template)[:3] + feed("{text}", OTHERS[3:4])
    assert with_another == list(OTHERS[:4])


@pytest.mark.parametrize(
    "template",
    [
        "<p>Background: {text}</p><p>Methods: We looked.</p><p>Results: {text}</p>",
        "<h4>Background</h4><p>Ants dig.</p><h4>Results</h4><p>{text}</p>",
        "BACKGROUND: {text} CONCLUSIONS: {text}",
        "In this paper we study x{text}",
        "Item {n} is an ant.",
        "The same in all.",
    ],
)
def test_structured_abstracts_and_whole_texts_are_no_part_of_the_page(template: str) -> None:
    whole = [" ".join(b.text for b in blocks(template.format(text=t, n=n))) for n, t in enumerate(OTHERS)]
    assert feed(template) == whole


def test_a_feed_of_three_loses_nothing() -> None:
    assert feed("<p>{text}</p><p>We all say so.</p>", OTHERS[:3]) == [f"{text} We all say so." for text in OTHERS[:3]]


def test_texts_that_only_cite_an_issue_are_no_abstracts() -> None:
    assert feed("Volume 3, Issue 4, May 2026, Page 1{n}-2{n} .") == [""] * 5


def test_bylines_in_texts_are_those_of_items_without_authors() -> None:
    people = ("Ann Lee, Bo Chen", "Eve Roe", "Ida Poe; Jo Fox", "Kit Law, Liv Orr", "Max Ray")
    items = [
        Item(f"T {n}", blocks(f"<p>{who}</p><p>{text}</p>"))
        for n, (who, text) in enumerate(zip(people, OTHERS, strict=True))
    ]
    assert [(told.authors, told.text) for told in abstracts(items)] == list(zip(people, OTHERS, strict=True))


def test_blocks_links_and_captions() -> None:
    raw = "<p>One <a href='x'>two</a></p><ul><li><a href='y'>Three</a></li></ul><figcaption>No</figcaption>x<br>y"
    assert blocks(raw) == (TextBlock("One two"), TextBlock("Three", link=True), TextBlock("x"), TextBlock("y"))
    assert blocks("a < b\n\nc") == (TextBlock("a < b"), TextBlock("c"))
    assert blocks("") == ()


def test_a_label_without_a_value_tells_nothing() -> None:
    assert one("Journal:") == Labelled("")


@given(st.lists(st.text(alphabet="Aa .:|<p>/\n1&;PDFdoi", max_size=80), max_size=8))
@settings(max_examples=60)
def test_any_texts_are_taken(raw: list[str]) -> None:
    told = abstracts([Item("Aa aa aa", blocks(text), ("Aa Aa",)) for text in raw])
    assert [len(one.text) <= len(text) + 80 for one, text in zip(told, raw, strict=True)] == [True] * len(raw)


@pytest.mark.parametrize(
    "unit", [" ", "\n", "PDF ", "download pdf ", "doi:1", "doi: 1 ", "The post ", "<p", "((", ", ", "a\n"]
)
def test_long_runs_take_linear_time(unit: str) -> None:
    raw = f"Text. {unit * (200_000 // len(unit))}!"
    began = time.process_time()
    abstracts([Item(TITLE, blocks(raw), ())])
    assert time.process_time() - began < 20
