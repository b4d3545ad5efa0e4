"""One DOI for all its spellings and for all versions of a preprint; one address for all ways to a page."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.dois import doi, work_doi
from digest.papers.names import other_names
from digest.papers.registrants import without_version
from digest.papers.urls import page_url, same_but_for_tokens

SPELLINGS = (
    "{}",
    "doi:{}",
    "DOI {}",
    "doi: https://doi.org/{}",
    "DOI: http://dx.doi.org/{}",
    "info:doi/{}",
    "urn:doi:{}",
    "doi.org/{}",
    "dx.doi.org/{}",
    "https://doi.org/{}",
    "HTTPS://DOI.ORG/{}",
    "http://www.doi.org/{}/",
    "https://doi.org/doi:{}",
    "https://doi.org/https://doi.org/{}",
    "https://doi.org/{}?utm_source=rss&utm_medium=rss",
    "https://doi.org/{}#sec1",
    "{}#sec1",
    "{}?af=R",
    "https://doi.org/{}&utm_source=rss",
    "https://publisher.test/doi/full/{}?af=R",
    "https://publisher.test/doi/abs/{}",
    "https://publisher.test/doi/{}/pdf",
    "https://publisher.test/content/{}.full.pdf",
    "https://publisher.test/article;jsessionid=A1?id={}&rss=yes",
    "https://doi-org.proxy.library.test/{}",
    "(see https://doi.org/{}).",
    "{}\u200b",
    "<a href='https://doi.org/{}'>",
)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", ["10.1234/ant.2026.1", "10.1016/S0140-6736(20)30183-5"])
def test_every_spelling_is_one_name(spelling, name):
    for written in (name, name.upper(), name.lower()):
        assert doi(spelling.format(written)) == name.lower()


@pytest.mark.parametrize(
    "text",
    [
        "10.1002/(SICI)1099-0690(199805)1998:5<785::AID-EJOC785>3.0.CO;2-F",
        "doi:10.1002/(SICI)1099-0690(199805)1998:5&lt;785::AID-EJOC785&gt;3.0.CO;2-F",
        "https://doi.org/10.1002/(SICI)1099-0690(199805)1998:5%3C785::AID-EJOC785%3E3.0.CO;2-F",
        "http://dx.doi.org/10.1002%2F%28SICI%291099-0690%28199805%291998%3A5%3C785%3A%3AAID-EJOC785%3E3.0.CO%3B2-F",
    ],
)
def test_names_with_angle_brackets(text):
    assert doi(text) == "10.1002/(sici)1099-0690(199805)1998:5<785::aid-ejoc785>3.0.co;2-f"


@pytest.mark.parametrize("text", ["10.1000/456#789", "doi:10.1000/456#789", "https://doi.org/10.1000/456%23789"])
def test_the_handbooks_own_name_with_a_number_sign(text):
    assert doi(text) == "10.1000/456#789"


@pytest.mark.parametrize("text", ["10.1234%2Fant", "doi.org/10.1234%2fant", "https://doi.org/10.1234%252Fant"])
def test_escaped_slashes(text):
    assert doi(text) == "10.1234/ant"


@pytest.mark.parametrize(
    ("name", "work", "version"),
    [
        ("10.36227/techrxiv.170000000.00000001/v2", "10.36227/techrxiv.170000000.00000001", 2),
        ("10.36227/techrxiv.12345678.v1", "10.36227/techrxiv.12345678", 1),
        ("10.22541/au.170000000.00000001/v3", "10.22541/au.170000000.00000001", 3),
        ("10.22541/essoar.167000000.00000001/v1", "10.22541/essoar.167000000.00000001", 1),
        ("10.1002/essoar.10501234.2", "10.1002/essoar.10501234", 2),
        ("10.7554/eLife.12345.2", "10.7554/elife.12345", 2),
        ("10.7554/eLife.12345", "10.7554/elife.12345", None),
        ("10.12688/f1000research.12345.1", "10.12688/f1000research.12345", 1),
        ("10.12688/wellcomeopenres.12345.3", "10.12688/wellcomeopenres.12345", 3),
        ("10.6084/m9.figshare.1234567.v2", "10.6084/m9.figshare.1234567", 2),
        ("10.21203/rs.3.rs-123/v1", "10.21203/rs.3.rs-123", 1),
        ("10.20944/preprints202601.0001.v1", "10.20944/preprints202601.0001", 1),
        ("10.26434/chemrxiv-2024-abcde-v2", "10.26434/chemrxiv-2024-abcde", 2),
        ("10.31234/osf.io/abcde_v1", "10.31234/osf.io/abcde", 1),
        ("10.31730/osf.io/abcde_v2", "10.31730/osf.io/abcde", 2),
        ("10.17504/protocols.io.abcd/v2", "10.17504/protocols.io.abcd", 2),
        ("10.32388/ABC123.2", "10.32388/abc123", 2),
        ("10.7554/eLife.12345.001", "10.7554/elife.12345.001", None),
        ("10.1234/abc/v2", "10.1234/abc/v2", None),
        ("10.1234/abc.v2", "10.1234/abc.v2", None),
        ("10.1002/ant.12345.2", "10.1002/ant.12345.2", None),
        ("10.5281/zenodo.1234567", "10.5281/zenodo.1234567", None),
        ("10.2139/ssrn.1234567", "10.2139/ssrn.1234567", None),
    ],
)
def test_versions_go_where_the_registrant_numbers_them(name, work, version):
    assert work_doi(name) == work_doi(f"https://doi.org/{name}?utm_source=x") == (work, version)
    assert without_version(work) == (work, None)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("https://www.nature.com/articles/s41586-021-03819-2.pdf", ("10.1038/s41586-021-03819-2", None)),
        ("https://elifesciences.org/reviewed-preprints/12345v2", ("10.7554/elife.12345", 2)),
        ("https://www.researchsquare.com/article/rs-1234567/v1", ("10.21203/rs.3.rs-1234567", 1)),
        ("https://www.preprints.org/manuscript/202601.0001/v1", ("10.20944/preprints202601.0001", 1)),
        ("https://zenodo.org/records/1234567/files/a.pdf", ("10.5281/zenodo.1234567", None)),
        ("https://journals.plos.org/plosone/article?id=10.1371/journal.pone.01", ("10.1371/journal.pone.01", None)),
        ("https://nature.com.evil.test/articles/s41586-021-03819-2", None),
        ("https://www.nature.com/articles/d41586-021-03819-22", None),
        ("https://blog.test/?ref=10.1234/cited", None),
    ],
)
def test_pages_that_go_by_a_part_of_the_name(page, expected):
    assert work_doi(page) == expected


@pytest.mark.parametrize(
    ("text", "alias"),
    [
        ("https://pubmed.ncbi.nlm.nih.gov/38123456/?utm_source=Chrome", "pmid:38123456"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/38123456", "pmid:38123456"),
        ("https://europepmc.org/article/MED/38123456", "pmid:38123456"),
        ("pubmed:38123456", "pmid:38123456"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1234567/", "pmc:1234567"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC1234567/", "pmc:1234567"),
        ("PMC1234567", "pmc:1234567"),
        ("https://openreview.net/forum?id=AbC_d-12", "openreview:AbC_d-12"),
        ("https://openreview.net/pdf?id=AbC_d-12", "openreview:AbC_d-12"),
        ("https://aclanthology.org/2023.acl-long.12/", "acl:2023.acl-long.12"),
        ("https://www.aclweb.org/anthology/P18-1001.pdf", "acl:p18-1001"),
        ("10.18653/v1/P18-1001", "acl:p18-1001"),
    ],
)
def test_names_that_catalogues_give(text, alias):
    assert other_names((text,)) == (alias,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "38123456",
        "pmid:12 and more",
        "https://blog.test/pubmed/38123456",
        "https://openreview.net/group?id=ICLR.cc",
    ],
)
def test_what_is_no_such_name(text):
    assert other_names((text,)) == ()


@pytest.mark.parametrize(
    ("way", "page"),
    [
        ("https://m.site.test/a/amp/", "site.test/a"),
        ("https://www-site-test.cdn.ampproject.org/c/s/www.site.test/a?utm_x=1", "site.test/a"),
        ("https://www.google.com/url?q=https://site.test/a&sa=1", "site.test/a"),
        ("http://site.test/a;jsessionid=AB?x=1", "site.test/a?x=1"),
        ("https://site.test/(S(abc))/a?PHPSESSID=1", "site.test/a"),
        ("https://site.test/a.amp.html", "site.test/a.html"),
        ("https://site.test/a?from=rss", "site.test/a"),
        ("https://m.test/a", "m.test/a"),
        ("no url", ""),
    ],
)
def test_ways_to_one_page(way, page):
    assert page_url(way) == page
    assert page_url(f"https://{page}") == page or not page


def test_a_number_in_a_link_is_no_token():
    assert same_but_for_tokens("x.test/d?v=AAA1", "x.test/d?v=BBB2")
    assert not same_but_for_tokens("x.test/d?id=21", "x.test/d?id=22")
    assert not same_but_for_tokens("x.test/d?v=A", "x.test/e?v=A")
    assert not same_but_for_tokens("x.test/d?v=A", "x.test/d?w=A")


@given(st.text(alphabet="10.234/v<>:%2F()&#?doi.org;= ", max_size=60))
def test_a_name_that_was_read_is_read_again(text):
    name = doi(f"10.1234/{text}")
    assert name is None or doi(name) == name
    found = work_doi(text)
    assert found is None or work_doi(found[0]) is not None


@pytest.mark.parametrize("part", ["10.1234/" * 300, "<1:" * 700, "%2F" * 700, "10.1234/a" + ".full" * 400, "(" * 2000])
def test_reading_is_linear(part):
    started = time.process_time()
    for _ in range(20):
        doi(part)
        doi(f"https://doi.org/{part}")
        page_url(f"https://x.test/{part}")
    assert time.process_time() - started < 5
