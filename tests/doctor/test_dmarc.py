"""What is said about DMARC, by the rules of RFC 9989."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.doctor.dmarc import dmarc_findings
from digest.doctor.dmarc_record import is_dmarc, steps, walk
from digest.doctor.findings import Finding, Level
from digest.doctor.names import LookupFailed
from tests.doctor.zones import OUT_OF_ORDER, Zone

GOOD = "v=DMARC1; p=reject; rua=mailto:dmarc@x.test"


def told(zone, author="x.test", signing="x.test", envelope="x.test"):
    return list(dmarc_findings(Zone({f"_dmarc.{k}": v for k, v in zone.items()}), author, signing, envelope))


def levels(*given, **more):
    return [finding.level for finding in told(*given, **more)]


def test_a_good_record_is_good():
    assert told({"x.test": [GOOD]}) == [
        Finding("DMARC", Level.OK, "the record at _dmarc.x.test asks receivers for p=reject"),
        Finding("DMARC", Level.OK, "the domain of the signature and the envelope belongs with x.test in From"),
    ]


def test_without_a_record_one_is_written():
    first, _ = told({})
    assert first.level is Level.WARNING
    line = '_dmarc.x.test. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@x.test"'
    assert first.todo.splitlines()[-1].strip() == line


def test_a_record_at_the_wrong_name_is_found():
    first, *_ = dmarc_findings(Zone({"x.test": [GOOD]}), "x.test", "", "x.test")
    assert first.what == "the DMARC record stands at x.test itself, where nobody looks for it"


@pytest.mark.parametrize(
    ("records", "what"),
    [
        ([GOOD, GOOD], "at _dmarc.x.test there are 2 DMARC records, and so none that counts"),
        (["v=DMARC1; p"], 'at _dmarc.x.test the DMARC record cannot be read: "p" has no "="'),
        (["v=dmarc1; p=none"], "at _dmarc.x.test the DMARC record must begin with v=DMARC1 in capitals"),
    ],
)
def test_a_broken_record_is_an_error(records, what):
    first, *_ = told({"x.test": records})
    assert (first.level, first.what) == (Level.ERROR, what)


@pytest.mark.parametrize("policy", ["", "p=block; ", "p=; "])
def test_a_record_without_a_policy_is_an_error(policy):
    assert levels({"x.test": [f"v=DMARC1; {policy}rua=mailto:a@x.test"]}) == [Level.ERROR, Level.OK]


def test_tags_that_are_gone_are_noted():
    *_, gone, _ = told({"x.test": [f"{GOOD}; pct=50; ri=60"]})
    assert gone.level is Level.NOTE
    assert "has pct= and ri=, which RFC 9989 (2026) took out" in gone.what


def test_a_test_is_noted():
    assert levels({"x.test": [f"{GOOD}; t=y"]}) == [Level.OK, Level.NOTE, Level.OK]


def test_reports_are_asked_for():
    _, finding, _ = told({"x.test": ["v=DMARC1; p=none"]})
    assert (finding.level, "rua=" in finding.what) == (Level.NOTE, True)


@pytest.mark.parametrize("uri", ["dmarc@x.test", "https://x.test/r", "mailto:x.test", "mailto:a@b@x.test"])
def test_reports_go_by_mailto(uri):
    assert levels({"x.test": [f"v=DMARC1; p=none; rua={uri}"]}) == [Level.OK, Level.WARNING, Level.OK]


def test_reports_to_others_need_their_consent():
    record = "v=DMARC1; p=none; rua=mailto:x@reports.y.test!10m"
    _, finding, _ = told({"x.test": [record]})
    assert finding.level is Level.WARNING
    assert finding.todo.splitlines()[-1].strip() == 'x.test._report._dmarc.reports.y.test. IN TXT "v=DMARC1"'
    zone = Zone({"_dmarc.x.test": [record], "x.test._report._dmarc.reports.y.test": ["v=DMARC1"]})
    assert [f.level for f in dmarc_findings(zone, "x.test", "x.test", "x.test")] == [Level.OK, Level.OK]


def test_a_subdomain_falls_under_its_organisation():
    first, *_ = told({"x.test": ["v=DMARC1; p=reject; sp=none; rua=mailto:a@x.test"]}, author="mail.x.test")
    assert first.what == "the record at _dmarc.x.test asks receivers for sp=none"


@pytest.mark.parametrize(
    ("author", "signing", "envelope", "tags", "expected"),
    [
        ("x.test", "x.test", "x.test", "", [Level.OK]),
        ("x.test", "mail.x.test", "bounces.x.test", "", [Level.OK]),
        ("x.test", "y.test", "x.test", "", [Level.ERROR]),
        ("x.test", "x.test", "y.test", "", [Level.NOTE, Level.OK]),
        ("x.test", "", "y.test", "", [Level.WARNING]),
        ("x.test", "", "x.test", "", [Level.OK]),
        ("x.test", "mail.x.test", "x.test", "; adkim=s", [Level.ERROR]),
        ("x.test", "x.test", "mail.x.test", "; aspf=s", [Level.NOTE, Level.OK]),
        ("news.x.test", "x.test", "x.test", "", [Level.OK]),
    ],
)
def test_domains_belong_together_or_not(author, signing, envelope, tags, expected):
    found = told({"x.test": [GOOD + tags]}, author=author, signing=signing, envelope=envelope)
    assert [finding.level for finding in found[1:]] == expected


def test_without_a_record_names_above_each_other_are_taken_as_one():
    assert levels({}, signing="mail.x.test", envelope="b.x.test") == [Level.WARNING, Level.OK]
    assert levels({}, signing="y.test") == [Level.WARNING, Level.ERROR]


def test_a_suffix_ends_the_organisation():
    zone = {"uni.test": ["v=DMARC1; p=none; psd=y; rua=mailto:a@uni.test"]}
    walked = walk(Zone({"_dmarc.uni.test": zone["uni.test"]}), "a.dep.uni.test")
    assert walked.organisation == "dep.uni.test"
    assert levels(zone, author="dep.uni.test", signing="other.uni.test", envelope="dep.uni.test")[-1] is Level.ERROR


@pytest.mark.parametrize(
    ("domain", "records", "organisation", "ruling"),
    [
        ("a.b.x.test", {"x.test": "p=none", "b.x.test": "p=reject"}, "x.test", "x.test"),
        ("a.b.x.test", {"x.test": "p=none", "b.x.test": "p=reject; psd=n"}, "b.x.test", "b.x.test"),
        ("b.x.test", {"x.test": "p=none", "b.x.test": "p=reject"}, "x.test", "b.x.test"),
        ("x.test", {"x.test": "p=none; psd=y"}, "x.test", "x.test"),
        ("x.test", {"test": "p=reject; psd=y"}, "x.test", "test"),
        ("x.test", {}, "x.test", None),
    ],
)
def test_the_walk_finds_the_organisation_and_the_record(domain, records, organisation, ruling):
    found = walk(Zone({f"_dmarc.{k}": [f"v=DMARC1; {v}"] for k, v in records.items()}), domain)
    assert (found.organisation, found.ruling.domain if found.ruling else None) == (organisation, ruling)


def test_the_walk_takes_eight_steps_at_most():
    assert steps("a.b.c.d.e.f.g.h.i.j.mail.example.com") == [
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    ]
    assert steps("x.test") == ["x.test", "test"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("v=DMARC1; p=none", True), ("v = DMARC1;", True), ("v=dmarc1", True), ("v=DMARC12; p=none", False), ("", False)],
)
def test_dmarc_is_told_from_other_texts(text, expected):
    assert is_dmarc(text) is expected


def test_a_dns_that_is_out_of_order_is_not_a_missing_record():
    with pytest.raises(LookupFailed):
        told({"x.test": [OUT_OF_ORDER]})


@given(st.lists(st.text(max_size=60) | st.text(max_size=60).map("v=DMARC1;".__add__), max_size=2))
def test_no_text_is_too_much(texts):
    assert all(isinstance(finding, Finding) for finding in told({"x.test": texts}))
