"""One paper out of many sightings."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Links
from digest.papers.identity import identify
from digest.papers.merge import merge
from tests.factories import entry

TITLE = "A Title That Says Enough to Everybody"
HF = entry(
    title=TITLE,
    abstract="We study things. They are short.",
    authors=("A. One", "B. Two"),
    arxiv_id="2605.00001",
    links=Links(abstract="https://huggingface.co/papers/2605.00001", code="https://github.com/x/y"),
    published=datetime(2026, 5, 20, tzinfo=UTC),
    listed_on=date(2026, 5, 22),
    upvotes=3,
    comments=1,
    summary="Short things.",
    keywords=("things",),
    thumbnail="https://cdn.test/t.png",
    organization="Lab",
)
ARXIV = entry(
    title=TITLE,
    abstract="We study things. They are short, and we say more of them here.",
    authors=("A. One", "B. Two", "C. Three"),
    categories=("cs.LG", "stat.ML"),
    id="oai:arXiv.org:2605.00001v1",
    doi="10.1000/later",
    links=Links(abstract="https://arxiv.org/abs/2605.00001", pdf="https://arxiv.org/pdf/2605.00001"),
    published=datetime(2026, 5, 21, tzinfo=UTC),
    listed_on=date(2026, 5, 21),
)


def merged(*told, paper=None):
    for one, source in told:
        paper = merge(paper, one, identify(one, source), source)
    return paper


def test_a_paper_has_the_best_of_each_source():
    paper = merged((HF, "hf"), (ARXIV, "arxiv"))
    assert paper.key == "arxiv:2605.00001"
    assert {"arxiv:2605.00001", "doi:10.1000/later"} <= paper.aliases
    assert (paper.abstract, paper.authors, paper.categories) == (ARXIV.abstract, ARXIV.authors, ARXIV.categories)
    assert (paper.arxiv_id, paper.doi, paper.revision) == ("2605.00001", "10.1000/later", 1)
    assert (paper.upvotes, paper.comments, paper.summary, paper.keywords) == (3, 1, "Short things.", ("things",))
    assert (paper.thumbnail, paper.organization) == (HF.thumbnail, "Lab")
    assert (paper.published, paper.listed_on) == (HF.published, ARXIV.listed_on)
    assert paper.sources == ("hf", "arxiv")
    assert paper.links == Links(
        abstract="https://huggingface.co/papers/2605.00001",
        pdf="https://arxiv.org/pdf/2605.00001",
        code="https://github.com/x/y",
    )


def test_the_order_of_sources_changes_little():
    one, other = merged((HF, "hf"), (ARXIV, "arxiv")), merged((ARXIV, "arxiv"), (HF, "hf"))
    for name in (
        "key",
        "aliases",
        "abstract",
        "authors",
        "categories",
        "doi",
        "published",
        "listed_on",
        "upvotes",
        "revision",
    ):
        assert getattr(one, name) == getattr(other, name), name


def test_a_newer_version_rewrites_the_text_and_an_older_one_does_not():
    newer = entry(title="A New Title", abstract="Shorter now.", id="arXiv:2605.00001v2", authors=("A. One",))
    paper = merged((ARXIV, "arxiv"), (newer, "arxiv"))
    assert (paper.title, paper.abstract, paper.revision) == ("A New Title", "Shorter now.", 2)
    assert paper.authors == ARXIV.authors
    again = merged((ARXIV, "arxiv"), (HF, "hf"), paper=paper)
    assert (again.title, again.abstract, again.revision) == ("A New Title", "Shorter now.", 2)


def test_a_cut_abstract_never_replaces_a_whole_one():
    cut = entry(
        title=TITLE, abstract="We study things. They are short, and we say much more of them …", id="arXiv:2605.00001v3"
    )
    assert merged((ARXIV, "arxiv"), (cut, "feed")).abstract == ARXIV.abstract
    assert merged((cut, "feed"), (HF, "hf")).abstract == HF.abstract
    assert merged((cut, "feed")).abstract == cut.abstract


def test_missing_text_is_filled_in():
    bare = entry(title=TITLE, abstract="", id="arXiv:2605.00001v5")
    assert merged((bare, "a"), (HF, "hf")).abstract == HF.abstract
    assert merged((HF, "hf"), (bare, "a")).abstract == HF.abstract


def test_counts_are_the_latest_and_never_lost():
    more = entry(title=TITLE, arxiv_id="2605.00001", upvotes=54)
    assert merged((HF, "hf"), (more, "hf")).upvotes == 54
    assert merged((HF, "hf"), (more, "hf"), (ARXIV, "arxiv")).upvotes == 54
    assert merged((HF, "hf"), (more, "hf")).comments == 1


def test_categories_of_arxiv_win():
    journal = entry(title=TITLE, doi="10.1000/later", categories=("Research Article",))
    assert merged((journal, "j"), (ARXIV, "arxiv")).categories == ARXIV.categories
    assert merged((ARXIV, "arxiv"), (journal, "j")).categories == ARXIV.categories


def test_authors_may_be_counted_only():
    counted = entry(title=TITLE, author_count=12)
    paper = merged((counted, "page"), (HF, "hf"))
    assert (paper.author_count, paper.authors) == (12, HF.authors)


TOLD = st.builds(
    lambda version, abstract, n, votes, categories: entry(
        title=TITLE if n % 2 else f"{TITLE}…",
        abstract=abstract,
        authors=tuple(f"Author {i}" for i in range(n)),
        arxiv_id="2605.00001",
        version=version,
        upvotes=votes,
        categories=categories,
        listed_on=date(2026, 5, 1 + n),
    ),
    st.none() | st.integers(1, 4),
    st.sampled_from(["", "Short.", "A long one of many words.", "A long one of many wo…"]),
    st.integers(0, 4),
    st.none() | st.integers(0, 9),
    st.sampled_from([(), ("cs.LG",), ("Article",), ("cs.CL", "cs.LG")]),
)


@given(st.lists(TOLD, min_size=1, max_size=6))
def test_merging_again_changes_nothing(told):
    paper = merged(*((one, "s") for one in told))
    assert merged((told[-1], "s"), paper=paper) == paper


@given(st.lists(TOLD, min_size=1, max_size=6))
def test_nothing_that_was_told_is_lost(told):
    paper = merged(*((one, "s") for one in told))
    assert bool(paper.abstract) == any(one.abstract for one in told)
    assert len(paper.authors) == max(len(one.authors) for one in told)
    assert paper.revision == max(one.version or 0 for one in told)
    assert paper.listed_on == min(one.listed_on for one in told)
