"""SPF records taken apart, and their macros filled in."""

from __future__ import annotations

import time
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.doctor.spf_terms import NotJudged, Record, SpfError, Term, expand, parse_record, spf_records


def test_spf_records_are_told_from_other_texts():
    texts = ["v=spf1 -all", "v=spf10 -all", "V=SPF1", "v=spf1", "google-site-verification=1", "xv=spf1 -all"]
    assert spf_records(texts) == ["v=spf1 -all", "V=SPF1", "v=spf1"]


def test_every_mechanism_is_read():
    record = parse_record(
        "v=spf1 ip4:192.0.2.0/24 ?ip6:2001:db8::/32 a a:x.test/28//64 mx/30 ~include:y.test  exists:%{i}.z.test "
        "ptr:p.test -ALL exp=why.test unknown=1"
    )
    assert record == Record(
        (
            Term("ip4:192.0.2.0/24", "+", "ip4", network=ip_network("192.0.2.0/24")),
            Term("?ip6:2001:db8::/32", "?", "ip6", network=ip_network("2001:db8::/32")),
            Term("a", "+", "a"),
            Term("a:x.test/28//64", "+", "a", "x.test", None, 28, 64),
            Term("mx/30", "+", "mx", "", None, 30, 128),
            Term("~include:y.test", "~", "include", "y.test"),
            Term("exists:%{i}.z.test", "+", "exists", "%{i}.z.test"),
            Term("ptr:p.test", "+", "ptr", "p.test"),
            Term("-ALL", "-", "all"),
        )
    )


def test_a_redirect_is_kept_apart():
    assert parse_record("v=spf1 redirect=_spf.x.test") == Record((), "_spf.x.test")


@pytest.mark.parametrize(
    "term",
    [
        "ip4:1.2.3",
        "ip4",
        "ip4:192.0.2.1/33",
        "ip6:192.0.2.1",
        "include",
        "include:",
        "a:",
        "a/33",
        "mx//129",
        "all:x.test",
        "exists",
        "wibble",
        "wibble:x.test",
        "--all",
        "192.0.2.1",
        "redirect=",
        "redirect=a.test redirect=b.test",
        "exp=a.test exp=b.test",
        '"ip4:192.0.2.1"',
        "include:a/b",
    ],
)
def test_a_term_of_no_proper_form_breaks_the_record(term):
    with pytest.raises(SpfError):
        parse_record(f"v=spf1 {term} -all")


LETTERS = {
    "s": "strong-bad@email.example.com",
    "l": "strong-bad",
    "o": "email.example.com",
    "d": "email.example.com",
    "i": "192.0.2.3",
    "v": "in-addr",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    # The examples of RFC 7208 section 7.4.
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("a%%b%_c%-d", "a%b c%20d"),
        ("%{S}", "strong-bad%40email.example.com"),
    ],
)
def test_macros_are_filled_in(text, expected):
    assert expand(text, LETTERS) == expected


def test_a_long_name_loses_labels_from_its_left():
    assert expand(".".join(["label"] * 60), {}) == ".".join(["label"] * 42)


def test_a_name_of_megabytes_is_cut_in_no_time():
    letters = {"d": ".".join("a" * 126)}
    began = time.process_time()
    assert expand("%{d}." * 16_000 + "b", letters) == ".".join(["a"] * 126 + ["b"])
    assert time.process_time() - began < 2
    assert expand("c" * 300 + "." + "b" * 300, {}) == "b" * 300


@pytest.mark.parametrize("text", ["%", "%{", "%{d", "%(d)", "%{d0}", "50%x"])
def test_a_bad_macro_breaks_the_record(text):
    with pytest.raises(SpfError):
        expand(text, LETTERS)


def test_what_cannot_be_known_is_not_judged():
    with pytest.raises(NotJudged):
        expand("%{h}", LETTERS)


@given(st.text())
def test_any_text_is_a_record_or_an_error(text):
    try:
        record = parse_record(f"v=spf1 {text}")
        for term in record.terms:
            expand(term.domain, LETTERS)
    except (SpfError, NotJudged):
        return
    assert all(term.qualifier in "+-~?" for term in record.terms)
