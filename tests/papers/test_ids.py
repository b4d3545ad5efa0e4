"""arXiv ids, DOIs and URLs out of what feeds call them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.ids import arxiv_id, canonical_url, doi, work_doi


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2403.15527", ("2403.15527", None)),
        (" 2403.15527v2\n", ("2403.15527", 2)),
        ("arXiv:2403.15527v1", ("2403.15527", 1)),
        ("ARXIV: 2403.15527V3", ("2403.15527", 3)),
        ("oai:arXiv.org:2403.15527v1", ("2403.15527", 1)),
        ("https://arxiv.org/abs/2403.15527v2", ("2403.15527", 2)),
        ("http://www.arxiv.org/pdf/2403.15527v2.pdf", ("2403.15527", 2)),
        ("https://arxiv.org/html/2403.15527v1/", ("2403.15527", 1)),
        ("http://export.arxiv.org/abs/2403.15527?context=cs", ("2403.15527", None)),
        ("arxiv.org/abs/2403.15527", ("2403.15527", None)),
        ("https://www.alphaxiv.org/overview/2403.15527", ("2403.15527", None)),
        ("https://huggingface.co/papers/2403.15527", ("2403.15527", None)),
        ("https://hf.co/papers/2403.15527", ("2403.15527", None)),
        ("https://ar5iv.labs.arxiv.org/html/2403.15527", ("2403.15527", None)),
        ("10.48550/arXiv.2403.15527", ("2403.15527", None)),
        ("https://doi.org/10.48550/arXiv.hep-th/9901001", ("hep-th/9901001", None)),
        ("hep-th/9901001", ("hep-th/9901001", None)),
        ("math.GT/0309136", ("math/0309136", None)),
        ("https://arxiv.org/abs/math.GT/0309136v3", ("math/0309136", 3)),
        ("oai:arXiv.org:cs/0112017", ("cs/0112017", None)),
        ("Results (arXiv:1805.08714v1 [hep-ex] UPDATED)", ("1805.08714", 1)),
        ("0704.0001", ("0704.0001", None)),
        ("1412.9999v12", ("1412.9999", 12)),
        ("2403.15527v0", ("2403.15527", None)),
    ],
)
def test_arxiv_id(text, expected):
    assert arxiv_id(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I paid 2403.15527",
        "10.1234/2403.15527",
        "2413.15527",
        "0704.00011",
        "1501.0001",
        "2403.155271",
        "foo/9901001",
        "https://evil-arxiv.org/abs/2403.15527",
        "https://x.org/?u=https://arxiv.org/abs/2403.15527",
        "arxiv.org/list/cs.LG",
        "https://huggingface.co/datasets/2403.15527",
        "https://huggingface.co/papers",
        "myarxiv:2403.15527",
        "https://[::1",
    ],
)
def test_what_is_no_arxiv_id(text):
    assert arxiv_id(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1038/S41586-021-03819-2", "10.1038/s41586-021-03819-2"),
        ("doi:10.1016/S0140-6736(20)30183-5.", "10.1016/s0140-6736(20)30183-5"),
        ("(doi: 10.1016/abc)", "10.1016/abc"),
        ("https://doi.org/10.1002/%28SICI%291097-4571%28199806%29", "10.1002/(sici)1097-4571(199806)"),
        ("https://dx.doi.org/10.1103/PhysRevLett.1.1", "10.1103/physrevlett.1.1"),
        ("https://www.science.org/doi/abs/10.1126/science.ABC123?af=R", "10.1126/science.abc123"),
        ("https://link.springer.com/article/10.1007/s00-1#Sec1", "10.1007/s00-1"),
        ("https://academic.oup.com/bib/advance-article/doi/10.1093/bib/bbab001/6123456", "10.1093/bib/bbab001"),
        ("10.1101/2024.01.01.573000v2", "10.1101/2024.01.01.573000"),
        ("10.1101/2024.01.01.573000.full.pdf", "10.1101/2024.01.01.573000"),
        ("https://www.biorxiv.org/content/10.1101/2024.01.01.573000v2.full.pdf?rss=1", "10.1101/2024.01.01.573000"),
        ("https://www.medrxiv.org/content/10.64898/2025.12.01.25341000v1", "10.64898/2025.12.01.25341000"),
        ("10.48550/arXiv.2403.15527", None),
        ("https://example.test/2024/10.5", None),
        ("110.1038/x", None),
        ("", None),
    ],
)
def test_doi(text, expected):
    assert doi(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://www.biorxiv.org/content/10.1101/2024.01.01.573000v2?rss=1", ("10.1101/2024.01.01.573000", 2)),
        ("10.21203/rs.3.rs-12345/v2", ("10.21203/rs.3.rs-12345", 2)),
        ("10.20944/preprints202401.0001.v1", ("10.20944/preprints202401.0001", 1)),
        ("10.26434/chemrxiv-2024-abc-v2", ("10.26434/chemrxiv-2024-abc", 2)),
        ("10.1038/nature-v2", ("10.1038/nature-v2", None)),
        ("nothing", None),
    ],
)
def test_all_versions_of_a_preprint_share_one_doi(text, expected):
    assert work_doi(text) == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("https://www.Example.org:443/a/b/?utm_source=x&b=2&a=1#f", "http://example.org/a/b?a=1&b=2"),
        ("http://example.org:80/%7euser/%2f", "https://example.org/~user/%2F"),
        ("https://example.org/", "https://example.org"),
        ("https://x.test/p?rss=1&af=R&dgcid=rss_sd_all", "https://x.test/p"),
        ("  https://x.test/p\n", "https://x.test/p"),
    ],
)
def test_spellings_of_one_url(left, right):
    assert canonical_url(left) == canonical_url(right) != ""


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("https://x.test/p?id=1", "https://x.test/p?id=2"),
        ("https://x.test/p", "https://x.test/P"),
        ("https://x.test:8080/p", "https://x.test/p"),
    ],
)
def test_different_urls(left, right):
    assert canonical_url(left) != canonical_url(right)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "ftp://x.test/",
        "//x.test/a",
        "http://u:p@x.test/",
        "http://[::1",
        "http://x.test:99999/",
        "https://x.test/a b",
        "https://x.test/\x00",
        "https:///a",
        "https://x.test/" + "a" * 3000,
    ],
)
def test_what_is_no_url(url):
    assert canonical_url(url) == ""


ODD = st.one_of(
    st.text(),
    st.text(alphabet="htps:/.10v2-arxiv?#()[]%2Fdoi@ "),
    st.text(max_size=20).map("https://arxiv.org/abs/{}".format),
)


@given(ODD)
def test_any_text_is_read_without_fail(text):
    found = arxiv_id(text)
    assert found is None or arxiv_id(found[0]) == (found[0], None)
    name = doi(text)
    assert name is None or doi(name) == name
    url = canonical_url(text)
    assert url == "" or canonical_url(f"https://{url}") == url


@given(st.integers(1, 12), st.integers(7, 99), st.integers(1, 9999), st.integers(1, 30))
def test_every_written_form_of_an_arxiv_id_is_one(month, year, serial, version):
    bare = f"{year:02}{month:02}.{serial:0{4 if year < 15 else 5}}"
    forms = ["{}", "arXiv:{}", "oai:arXiv.org:{}", "https://arxiv.org/abs/{}", "http://arxiv.org/pdf/{}.pdf"]
    assert {arxiv_id(form.format(f"{bare}v{version}")) for form in forms} == {(bare, version)}
    assert {arxiv_id(form.format(bare)) for form in forms} == {(bare, None)}
