"""What is said about the key in the DNS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.doctor.dkim import dkim_findings, record_findings
from digest.doctor.findings import Finding, Level
from digest.doctor.names import LookupFailed
from digest.mail.dkim import make_key, public_record
from tests.doctor.zones import OUT_OF_ORDER, Zone

OURS, OTHER = public_record(make_key("rsa")), public_record(make_key("rsa"))
ED = public_record(make_key("ed25519"))
KEY = OURS.partition("p=")[2]
NAME = "s1._domainkey.x.test"


def told(*records, ours=OURS, **others):
    zone = Zone({NAME: list(records), **others})
    return list(dkim_findings(zone, "s1", "x.test", ours))


def only(*records, ours=OURS, **others):
    (finding,) = told(*records, ours=ours, **others)
    return finding


@pytest.mark.parametrize(
    "record",
    [OURS, f"v=DKIM1; p={KEY}", f"p={KEY}", f"v=DKIM1; k=rsa; h=sha1:sha256; s=email; n=hello; p={KEY};"],
    ids=["ours", "short", "bare", "long"],
)
def test_our_key_is_known_in_every_form(record):
    assert only(record) == Finding("DKIM", Level.OK, f"the key at {NAME} is ours")


def test_blanks_within_the_key_do_not_count():
    assert only(f"v=DKIM1; k=rsa; p={KEY[:200]} \t{KEY[200:]}").level is Level.OK


def test_an_ed25519_key_is_compared_as_well():
    assert only(ED, ours=ED).level is Level.OK
    assert only(OURS, ours=ED).what == f"the record at {NAME} holds a key of the kind rsa, ours is ed25519"


@pytest.mark.parametrize(
    ("record", "what"),
    [
        (OTHER, "holds another key than ours"),
        ("v=DKIM1; k=rsa; p=", "says that the key is revoked (p= is empty)"),
        ("v=DKIM1; k=rsa", "holds no key (p=)"),
        (f"k=rsa; v=DKIM1; p={KEY}", "must begin with v=DKIM1"),
        (f"v=DKIM2; p={KEY}", "must begin with v=DKIM1"),
        (f"v=DKIM1; h=sha1; p={KEY}", "forbids sha256, with which we sign (h=sha1)"),
        (f"v=DKIM1; s=tlsrpt; p={KEY}", "holds a key that is not for mail (s=tlsrpt)"),
        (f'v=DKIM1; p={KEY[:200]}" "{KEY[200:]}', "holds our key with quotation marks or other signs in it"),
        (f"v=DKIM1; p={KEY[:230]}", f"holds only the first 230 of the {len(KEY)} characters of our key"),
        ("v=DKIM1; p=!!!!", "holds no key: p= is no base64"),
        ("v=DKIM1; p=abc", "holds no key: p= is no base64"),
    ],
    ids=["other", "revoked", "none", "order", "version", "hash", "service", "quoted", "cut", "signs", "length"],
)
def test_a_wrong_record_is_told_and_the_right_one_written(record, what):
    finding = only(record)
    assert (finding.level, finding.what) == (Level.ERROR, f"the record at {NAME} {what}")
    assert joined(finding.todo) == OURS


def joined(todo):
    """The text of the TXT record in the last line, its strings put together."""
    return "".join(todo.splitlines()[-1].split('"')[1::2])


def test_a_missing_record_is_written_in_strings_that_fit():
    finding = only()
    line = finding.todo.splitlines()[-1].strip()
    assert finding.what == f"there is no key at {NAME}: nobody can check our signatures"
    assert line.startswith(f"{NAME}. IN TXT (")
    assert max(map(len, line.split('"')[1::2])) == 255
    assert joined(finding.todo) == OURS


def test_a_name_with_the_domain_twice_is_seen_through():
    finding = only(**{f"{NAME}.x.test": [OURS]})
    assert "give s1._domainkey as the name" in finding.todo


def test_two_records_are_one_too_many():
    assert only(OURS, OTHER).what.startswith(f"there are 2 TXT records at {NAME}")


def test_a_record_in_test_is_noted():
    assert [f.level for f in told(f"v=DKIM1; t=y:s; p={KEY}")] == [Level.OK, Level.NOTE]


def test_a_record_that_cannot_be_read_is_shown():
    finding = only("v=DKIM1; k")
    assert finding.what == f'the record at {NAME} cannot be read: "k" has no "=": "v=DKIM1; k"'


def test_a_dns_that_is_out_of_order_is_not_a_missing_key():
    with pytest.raises(LookupFailed):
        told(OUT_OF_ORDER)
    assert only(**{f"{NAME}.x.test": [OUT_OF_ORDER]}).level is Level.ERROR


@given(st.text() | st.text().map("v=DKIM1; p=".__add__))
def test_no_text_is_too_much(text):
    assert [isinstance(finding, Finding) for finding in record_findings(text, OURS, NAME)]
