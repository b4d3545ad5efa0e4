"""The aliases that an entry goes by."""

from __future__ import annotations

import pytest

from digest.model import Links
from digest.papers.identity import identify, is_strong, title_key
from tests.factories import entry


def kinds(identity):
    return [alias.partition(":")[0] for alias in identity.aliases]


def test_aliases_stand_strongest_first():
    identity = identify(
        entry(
            id="tag:x.test,2024:77", arxiv_id="2403.15527", doi="10.1000/X", links=Links(abstract="https://x.test/p/")
        ),
        "feed",
    )
    assert identity.aliases[:-1] == (
        "arxiv:2403.15527",
        "doi:10.1000/x",
        "guid:feed:tag:x.test,2024:77",
        "url:x.test/p",
    )
    assert identity.text_alias.startswith("text:")
    assert (identity.arxiv_id, identity.doi, identity.revision) == ("2403.15527", "10.1000/x", 0)
    assert [is_strong(a) for a in identity.aliases] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("fields", "revision"),
    [
        ({"id": "oai:arXiv.org:2403.15527v3"}, 3),
        ({"arxiv_id": "2403.15527", "version": 2, "id": "oai:arXiv.org:2403.15527v2"}, 2),
        ({"arxiv_id": "2403.15527", "links": Links(pdf="https://arxiv.org/pdf/2403.15527v4")}, 4),
        ({"links": Links(abstract="https://huggingface.co/papers/2403.15527")}, 0),
        ({"doi": "10.48550/arXiv.2403.15527"}, 0),
    ],
)
def test_an_arxiv_id_makes_other_names_of_the_same_page_needless(fields, revision):
    identity = identify(entry(**fields), "any")
    assert kinds(identity) == ["arxiv", "text"]
    assert identity.aliases[0] == "arxiv:2403.15527"
    assert identity.revision == revision


def test_versions_of_a_preprint_have_one_doi_and_count_up():
    first = identify(entry(id="10.1101/2024.01.01.573000v1"), "biorxiv")
    second = identify(
        entry(links=Links(abstract="https://www.biorxiv.org/content/10.1101/2024.01.01.573000v2?rss=1")), "x"
    )
    assert first.aliases[0] == second.aliases[0] == "doi:10.1101/2024.01.01.573000"
    assert (first.revision, second.revision) == (1, 2)


def test_a_version_counts_for_its_own_id_only():
    identity = identify(entry(arxiv_id="2403.15527", links=Links(pdf="https://arxiv.org/pdf/2401.00001v7")), "x")
    assert (identity.arxiv_id, identity.revision) == ("2403.15527", 0)


@pytest.mark.parametrize("guid", ["", "1", "42", "9999", "a1"])
def test_a_guid_that_is_a_counter_names_nothing(guid):
    assert kinds(identify(entry(id=guid), "feed")) == ["text"]


def test_a_guid_says_nothing_outside_its_source():
    told = entry(id="34812345")
    assert identify(told, "a").aliases != identify(told, "b").aliases
    assert identify(told, "a").aliases[0] == "guid:a:34812345"


@pytest.mark.parametrize("url", ["https://x.test/", "https://x.test", "javascript:x", ""])
def test_a_site_is_no_page(url):
    assert kinds(identify(entry(links=Links(abstract=url)), "feed")) == ["text"]


def test_long_names_are_kept_short():
    identity = identify(entry(id="g" * 5_000, links=Links(abstract="https://x.test/" + "p" * 1_000)), "feed")
    assert all(len(alias) < 300 for alias in identity.aliases)
    assert kinds(identity) == ["guid", "url", "text"]


def test_the_text_alias_sees_through_spelling_but_not_through_words():
    first = identify(entry(title="On $p$-Norms", abstract="We study Fréchet means."), "a")
    same = identify(entry(title="On $p$-norms ", abstract="We  study Frechet means"), "b")
    other = identify(entry(title="On $p$-norms", abstract="We study Fréchet medians."), "a")
    assert first.text_alias == same.text_alias != other.text_alias


def test_an_editorial_is_told_from_others_by_whatever_there_is():
    one, two = (
        identify(entry(title="Editorial", abstract="", links=Links(abstract=f"https://x.test/{n}")), "j") for n in "12"
    )
    assert one.text_alias != two.text_alias
    assert one.title_key == ""


@pytest.mark.parametrize(
    "title",
    [
        "Fully Convolutional Networks for Semantic Segmentation",
        "Attention Is All You Need",
        "深度学习在自然语言处理中的应用",
        "Contentful representations of visual scenes",
    ],
)
def test_titles_that_say_something(title):
    assert title_key(title) == title_key(title.upper()) != ""


@pytest.mark.parametrize(
    "title",
    [
        "",
        "Editorial",
        "Preface",
        "GPT-4",
        "A b c d",
        "Correction to: A Study of Very Long Things and Their Names",
        "Contents",
        "Author Correction: The same study",
        "Erratum: x and y and z of the universe",
        "Table of Contents for Volume 12 Issue 3",
    ],
)
def test_titles_that_say_too_little(title):
    assert title_key(title) == ""
