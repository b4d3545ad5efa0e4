from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeed, Throttled
from digest.model import Entry, Links, Reading
from digest.sources import scholarly
from digest.sources.scholarly_fields import at, is_record, read_record
from tests.factories import snapshot

if TYPE_CHECKING:
    from pathlib import Path

FIRST = {
    "fastpaper__biorxiv_search.json": ("10.1101/029900", "K. M. Wright", "2024-12-16", "Anthropogenic environmental"),
    "fastpaper__medrxiv_search.json": (
        "10.1101/2023.10.21.23297352",
        "O. J. Watson",
        "2024-01-01",
        "In the thirteen years",
    ),
    "fastpaper__crossref_search.json": (
        "10.36948/ijfmr.2021.v03i04.42911",
        "Jwalin Thaker",
        "2021-07-08",
        "With a lot of",
    ),
    "fastpaper__doaj_search.json": (
        "10.3389/fpsyg.2021.700180",
        "Yongzhong Yang",
        "2021-09-06",
        "The visual revolution",
    ),
    "fastpaper__europepmc_search.json": (
        "10.1038/s41598-026-43147-x",
        "Qiaoling Liu",
        "2026-03-06",
        "Occlusion, sudden",
    ),
    "fastpaper__hal_search.json": ("", "Benyamin Ghojogh", "2020-01-01", "This is a tutorial and survey"),
    "fastpaper__openaire_graph_v3.json": ("10.1089/crispr.2020.0030", "Jennifer Tsang", "2020-06-01", ""),
    "fastpaper__openalex_search.json": ("10.1016/j.neucom.2021.03.091", "Zhaoyang Niu", "2021-04-01", ""),
    "fastpaper__pubmed_efetch.xml": ("10.1162/imag.a.1176", "Giorgia Parisi", "2026-03-23", "Considerable research"),
    "fastpaper__semantic_references.json": (
        "10.1103/physreva.87.032118",
        "J. Hodges",
        "2013-03-28",
        "Frequency standards",
    ),
    "fastpaper__semantic_search.json": ("10.1016/j.neucom.2021.03.091", "Zhaoyang Niu", "2021-01-01", ""),
    "fastpaper__xueshu_search.json": ("", "A Bernardino", "2002-01-01", "Proceedings of the Fifth"),
    "fastpaper__zenodo_search.json": ("10.5281/zenodo.10635481", "Tianrui Liu", "2024-02-12", "This paper explores"),
    "lucas-m-lopes__semantic_scholar_transformer.json": (
        "10.1109/iccv48922.2021.00986",
        "Ze Liu",
        "2021-01-01",
        "This paper presents a new vision Transformer",
    ),
    "lucas-m-lopes__pubmed_efetch.xml": (
        "10.1186/s13550-026-01466-0",
        "Stephan Settelmeier",
        "2026-06-12",
        "BACKGROUND: Cardiac transthyretin amyloidosis",
    ),
    "rdmpage__zoobank.json": ("10.11646/zootaxa.4974.3.8", "Thalita Da Silva Lima", "2021-05-01", ""),
}
"""Of the first entry of each real answer: DOI, first author, date, beginning of the abstract ("" = none)."""


def read(answer: Any) -> Reading:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return scholarly.read(snapshot(content=content, place="answer.json"))


def one(record: dict[str, Any]) -> Entry:
    return read_record(record, "item 1")


@pytest.mark.parametrize("name", FIRST)
def test_the_first_entry_of_each_real_answer(captures: Path, name: str) -> None:
    content = (captures / "scholarly_api" / name).read_bytes()
    assert scholarly.sniff(content, "")
    entry = read(content).entries[0]
    named, author, day, abstract = FIRST[name]
    published = entry.published.date().isoformat() if entry.published else ""
    assert (entry.doi, entry.authors[0], published) == (named, author, day)
    assert entry.abstract.startswith(abstract)
    assert bool(entry.abstract) is bool(abstract)
    assert entry.links.best.startswith("http")
    assert "</" not in entry.abstract


def test_no_entry_of_a_real_answer_lacks_its_authors_or_date(captures: Path) -> None:
    for name in ("fastpaper__biorxiv_search.json", "fastpaper__medrxiv_search.json"):
        entries = read((captures / "scholarly_api" / name).read_bytes()).entries
        assert len(entries) == 100
        assert all(e.doi and e.authors and e.published and e.abstract and e.version for e in entries)


def test_crossref_work_with_jats_and_parts_of_dates() -> None:
    work = {
        "DOI": "10.1000/ABC",
        "title": ["A <i>title</i>"],
        "abstract": "<jats:title>Abstract</jats:title><jats:p>We study it.</jats:p>",
        "author": [{"given": "Ada", "family": "Lovelace"}, {"name": "The Engine Group"}],
        "issued": {"date-parts": [[2026, 5]]},
        "URL": "https://doi.org/10.1000/abc",
    }
    expected = Entry(
        title="A title",
        abstract="Abstract We study it.",
        authors=("Ada Lovelace", "The Engine Group"),
        links=Links(abstract="https://doi.org/10.1000/abc"),
        id="10.1000/abc",
        doi="10.1000/abc",
        published=datetime(2026, 5, 1, tzinfo=UTC),
        place="item 1",
    )
    assert read({"status": "ok", "message": work}).entries == (expected,)
    assert read({"message": {"items": [work]}}).entries == (expected,)


def test_openalex_abstracts_are_put_back_into_order() -> None:
    entry = one({"display_name": "T", "abstract_inverted_index": {"again": [3], "We": [0], "it": [2, 4], "study": [1]}})
    assert entry.abstract == "We study it again it"


def test_ids_of_several_kinds() -> None:
    entry = one({"title": "T", "externalIds": {"ArXiv": "2103.14030", "DOI": "10.48550/arXiv.2103.14030"}})
    assert (entry.arxiv_id, entry.doi) == ("2103.14030", "")
    assert entry.links.abstract == "https://arxiv.org/abs/2103.14030"
    entry = one(
        {"title": "T", "bibjson": {"identifier": [{"type": "eissn", "id": "1"}, {"type": "doi", "id": "10.1/x"}]}}
    )
    assert (entry.doi, one({"title": "T", "doi": "10.1000/x"}).links.abstract) == ("", "https://doi.org/10.1000/x")


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("2021-05-00", datetime(2021, 5, 1, tzinfo=UTC)),
        ("2021-00-00", datetime(2021, 1, 1, tzinfo=UTC)),
        ("2021-05-12T10:00:00-00:30", datetime(2021, 5, 12, 10, 30, tzinfo=UTC)),
        (2021, datetime(2021, 1, 1, tzinfo=UTC)),
        ("soon", None),
    ],
)
def test_dates(date: object, published: datetime | None) -> None:
    assert one({"title": "T", "date": date}).published == published


def test_pubmed_takes_titles_translated_and_authors_that_are_groups() -> None:
    article = (
        "<MedlineCitation><PMID>1</PMID><Article><ArticleTitle>[A <i>translated</i> title].</ArticleTitle>"
        "<Journal><JournalIssue><PubDate><Year>2026</Year><Month>Jun</Month></PubDate></JournalIssue></Journal>"
        "<AuthorList><Author><CollectiveName>The Group</CollectiveName></Author></AuthorList></Article>"
        "</MedlineCitation>"
    )
    reading = read(
        f"<PubmedArticleSet><PubmedArticle>{article}</PubmedArticle><PubmedArticle/></PubmedArticleSet>".encode()
    )
    (entry,) = reading.entries
    assert (entry.title, entry.authors) == ("A translated title", ("The Group",))
    assert (entry.published, entry.id) == (datetime(2026, 6, 1, tzinfo=UTC), "pmid:1")
    assert [(r.place, r.reason) for r in reading.rejects] == [("item 2", "an article without title")]


def test_a_bad_record_is_a_reject_and_sinks_no_other() -> None:
    reading = read({"results": [{"title": "One", "doi": "10.1000/x"}, {"doi": "10.1000/y"}, None, "x"]})
    assert [entry.title for entry in reading.entries] == ["One"]
    assert [reject.place for reject in reading.rejects] == ["item 2", "item 3", "item 4"]


def test_an_answer_without_records_is_a_reading() -> None:
    assert read({"message": {"items": []}}) == Reading("scholarly")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"esearchresult": {"idlist": ["1"]}}, "PubMed's esearch answers with ids only"),
        ({"error": "no such journal"}, "answered with an error: no such journal"),
        ({"a": 1}, "JSON without a list of records"),
        (b"{", "not valid JSON"),
        (b"<PubmedArticleSet", "XML that does not parse"),
        (b"<x/>", "XML whose first element is <x>"),
    ],
)
def test_other_answers_are_refused(answer: Any, words: str) -> None:
    with pytest.raises(NotAFeed) as refused:
        read(answer)
    assert words in refused.value.reason


def test_too_many_requests() -> None:
    with pytest.raises(Throttled):
        read({"message": "Too Many Requests. Please wait", "code": "429"})


@pytest.mark.parametrize(
    "content",
    [b'{"version": "https://jsonfeed.org/version/1", "items": []}', b"<rss/>", b"[]", b'{"url": "x", "body": ""}', b""],
)
def test_other_content_is_not_sniffed(content: bytes) -> None:
    assert not scholarly.sniff(content, "")


def test_paths_and_records() -> None:
    assert at({"a": [{"b": {"c": 1}}]}, "a.b.c") == 1
    assert at({"a": []}, "a.b") is None
    assert is_record({"title": "T", "authors": ["A"]})
    assert not is_record({"title": "T"})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
known_fields = st.sampled_from(
    (
        "title",
        "authors",
        "author",
        "doi",
        "DOI",
        "date",
        "issued",
        "abstract",
        "abstract_inverted_index",
        "url",
        "links",
    )
) | st.sampled_from(
    ("pids", "authorships", "externalIds", "version", "server", "keywords", "bibjson", "item", "id", "topics", "pmid")
)


@given(st.dictionaries(known_fields, json_values, max_size=8))
def test_any_json_makes_an_entry_or_a_reject(record: dict[str, Any]) -> None:
    reading = read({"collection": [{**record, "title": "T", "doi": "10.1000/x"}, record]})
    assert len(reading.entries) + len(reading.rejects) == 2


@given(json_values)
def test_any_json_is_read_or_refused(answer: object) -> None:
    try:
        read(answer)
    except NotAFeed:
        return


def test_pubmed_dates_in_words_and_other_abstracts() -> None:
    article = (
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><Journal><JournalIssue><PubDate>"
        "<MedlineDate>2025 Dec-2026 Jan</MedlineDate></PubDate></JournalIssue></Journal>"
        "<ArticleTitle>Ants</ArticleTitle></Article>"
        "<OtherAbstract><AbstractText Label='AIM'>To dig.</AbstractText></OtherAbstract></MedlineCitation>"
        "</PubmedArticle></PubmedArticleSet>"
    )
    (entry,) = scholarly.read(snapshot(content=article.encode())).entries
    assert (entry.published, entry.abstract) == (datetime(2025, 12, 1, tzinfo=UTC), "AIM: To dig.")
