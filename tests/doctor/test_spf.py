"""What is said about SPF, and what to publish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.doctor.findings import Finding, Level
from digest.doctor.names import LookupFailed
from digest.doctor.sending import Sending
from digest.doctor.spf import spf_findings
from digest.doctor.spf_terms import parse_record
from tests.doctor.zones import OUT_OF_ORDER, Zone, ip

HERE = ip("192.0.2.10")
KNOWN = Sending((HERE,), "the address that you named", certain=True)
GUESSED = Sending((HERE,), "smtp.relay.test", relay="smtp.relay.test")
NOBODY = Sending()


def told(zone, sending=KNOWN):
    return list(spf_findings(Zone(zone), "bounces@x.test", sending))


def only(zone, sending=KNOWN):
    (finding,) = told(zone, sending)
    return finding


def test_a_good_record_is_good():
    assert only({"x.test": ["v=spf1 ip4:192.0.2.0/24 -all"]}) == Finding(
        "SPF",
        Level.OK,
        "x.test lets 192.0.2.10 (the address that you named) send: ip4:192.0.2.0/24",
    )


@pytest.mark.parametrize(
    ("sending", "record"),
    [
        (KNOWN, 'x.test. IN TXT "v=spf1 ip4:192.0.2.10 -all"'),
        (Sending((ip("2001:db8::1"),), certain=True), 'x.test. IN TXT "v=spf1 ip6:2001:db8::1 -all"'),
        (GUESSED, 'x.test. IN TXT "v=spf1 a:smtp.relay.test ~all"'),
        (NOBODY, 'x.test. IN TXT "v=spf1 ip4:ADDRESS -all"'),
    ],
)
def test_without_a_record_one_is_written(sending, record):
    finding = only({"x.test": ["something else"]}, sending)
    assert finding.level is Level.ERROR
    assert finding.todo.splitlines()[-1].strip() == record


def test_several_records_are_made_one():
    finding = only({"x.test": ["v=spf1 a -all", "v=spf1 mx include:y.test ~all"]})
    assert (finding.level, finding.what) == (Level.ERROR, "x.test has 2 SPF records, and so none that counts")
    assert finding.todo.splitlines()[-1].strip() == 'x.test. IN TXT "v=spf1 a mx include:y.test ~all"'


@pytest.mark.parametrize(
    ("record", "word"), [("-all", "forbids it (-all)"), ("~all", "says that it should not (~all)")]
)
def test_an_address_that_is_left_out_is_added(record, word):
    finding = only({"x.test": [f"v=spf1 mx {record}"]})
    assert finding.level is Level.ERROR
    assert finding.what == f"192.0.2.10 (the address that you named) may not send for x.test: the record {word}"
    assert finding.todo.splitlines()[-1].strip() == f'x.test. IN TXT "v=spf1 ip4:192.0.2.10 mx {record}"'


def test_a_relay_may_send_from_elsewhere():
    finding = only({"x.test": ["v=spf1 -all"]}, GUESSED)
    assert finding.level is Level.WARNING
    assert "its operator says what belongs into the record" in finding.todo


@pytest.mark.parametrize("record", ["v=spf1 wibble -all", "v=spf1 include:x.test -all"])
def test_a_broken_record_is_an_error_whoever_sends(record):
    finding = only({"x.test": [record]}, NOBODY)
    assert (finding.level, record in finding.todo) == (Level.ERROR, True)


def test_everybody_is_too_many():
    first, second = told({"x.test": ["v=spf1 +all"]})
    assert (first.level, second.level) == (Level.WARNING, Level.OK)
    assert first.todo.splitlines()[-1].strip() == 'x.test. IN TXT "v=spf1 ~all"'


def test_a_record_without_an_end_is_noted():
    assert [f.level for f in told({"x.test": ["v=spf1 ip4:192.0.2.10"]})] == [Level.NOTE, Level.OK]


def test_many_lookups_are_noted():
    terms = " ".join(f"exists:e{n}.test" for n in range(9))
    first, _ = told({"x.test": [f"v=spf1 ip4:192.0.2.10 {terms} -all"]})
    assert (first.level, first.what) == (Level.NOTE, "the record takes 9 look-ups; at 11 it counts for nothing")


def test_an_unknown_address_is_asked_for():
    assert only({"x.test": ["v=spf1 -all"]}, NOBODY).todo == "Name it: digest doctor --ip ADDRESS"


def test_a_dns_that_is_out_of_order_is_not_a_missing_record():
    with pytest.raises(LookupFailed):
        told({"x.test": [OUT_OF_ORDER]})
    finding = only({"x.test": ["v=spf1 include:y.test -all"], "y.test": [OUT_OF_ORDER]})
    assert finding.level is Level.WARNING


def test_what_depends_on_the_unknown_is_left_open():
    levels = [f.level for f in told({"x.test": ["v=spf1 exists:%{h}.y.test -all"]})]
    assert levels == [Level.NOTE]


@given(st.lists(st.text(max_size=60) | st.text(max_size=40).map("v=spf1 ".__add__), max_size=3))
def test_no_text_is_too_much(texts):
    assert all(isinstance(finding, Finding) for finding in told({"x.test": texts}))


@given(st.lists(st.sampled_from(["a", "mx", "?all", "ip4:198.51.100.7", "include:y.test", "+all"]), max_size=5))
def test_what_is_advised_can_be_read_and_lets_us_send(words):
    zone = {"x.test": [" ".join(["v=spf1", *words])], "y.test": ["v=spf1 -all"]}
    for finding in told(zone):
        for line in finding.todo.splitlines():
            if ' IN TXT "' in line:
                parse_record(line.partition('"')[2].removesuffix('"'))
