from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.links import LONGEST, http_url

KEPT = [
    ("https://arxiv.org/abs/2605.00001v1", "", "https://arxiv.org/abs/2605.00001v1"),
    ("  HTTPS://Ex.Org:443/A\n", "", "https://ex.org/A"),
    ("http://ex.org:8080/?q=a&b=%20c#top", "", "http://ex.org:8080/?q=a&b=%20c#top"),
    ("//ex.org/a", "", "https://ex.org/a"),
    ("//ex.org/a", "http://base.org/", "http://ex.org/a"),
    ("../c?d", "https://base.org/a/b/", "https://base.org/a/c?d"),
    ("/a b\"<c>'", "https://base.org", "https://base.org/a%20b%22%3Cc%3E'"),
    ("https://bücher.example/ü", "", "https://xn--bcher-kva.example/%C3%BC"),
    ("http://[2001:DB8::1]:80/x", "", "http://[2001:db8::1]/x"),
    ("https://ex.org/a\n\tb", "", "https://ex.org/ab"),
]
DROPPED = [
    "",
    "a/b",
    "arxiv.org/abs/1",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://ex.org/",
    "mailto:a@ex.org",
    "http://",
    "http:///path",
    "https://arxiv.org@evil.example/",
    "https://user:pass@ex.org/",
    "http://ex.org:99999/",
    "http://ex.org:x/",
    "http://[zz]/",
    "http://a..b/",
    "http://ex ample.org/",
    "http://ex.org\\@evil.example/",
    "https://ex.org/" + "a" * LONGEST,
]


@pytest.mark.parametrize(("url", "base", "clean"), KEPT)
def test_a_link_is_absolute_and_ascii(url: str, base: str, clean: str) -> None:
    assert http_url(url, base) == clean


@pytest.mark.parametrize("url", DROPPED)
def test_what_is_no_http_link_is_dropped(url: str) -> None:
    assert http_url(url) == ""


def test_a_foreign_scheme_is_not_taken_for_a_relative_link() -> None:
    assert http_url("javascript:alert(1)", "https://base.org/") == ""
    assert http_url("arXiv:2605.00001", "https://base.org/") == ""


@given(st.text() | st.text().map("https://".__add__), st.sampled_from(["", "https://base.org/a/"]))
def test_any_text_gives_a_safe_url_or_nothing(url: str, base: str) -> None:
    clean = http_url(url, base)
    assert clean == "" or urlsplit(clean).scheme in ("http", "https")
    assert clean.isascii()
    assert not set(clean) & set(' <>"\\\n\r\t')
    assert http_url(clean) == clean
