"""check_host of RFC 7208."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.doctor.spf_eval import Evaluation, Result, evaluate
from tests.doctor.zones import OUT_OF_ORDER, Zone, ip, mx

HERE, SIX, FAR = ip("192.0.2.10"), ip("2001:db8::10"), ip("198.51.100.1")


def judged(record, address=HERE, **others):
    names = {name.replace("_", "."): records for name, records in others.items()}
    return evaluate(Zone({"x.test": [record], **names}), "x.test", address, "b@x.test")


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 ip4:192.0.2.10 -all", Result.PASS),
        ("v=spf1 ip4:192.0.2.0/24 -all", Result.PASS),
        ("v=spf1 ip4:192.0.2.11 -all", Result.FAIL),
        ("v=spf1 ip6:2001:db8::/32 ~all", Result.SOFTFAIL),
        ("v=spf1 -ip4:192.0.2.10 +all", Result.FAIL),
        ("v=spf1 ?all", Result.NEUTRAL),
        ("v=spf1", Result.NEUTRAL),
        ("v=spf1 +all", Result.PASS),
        ("v=spf1 -all ip4:192.0.2.10", Result.FAIL),
        ("v=spf1 wibble -all", Result.PERMERROR),
        ("other text", Result.NONE),
    ],
)
def test_a_record_by_itself(record, result):
    assert judged(record).result is result


def test_the_term_that_decides_is_told():
    assert judged("v=spf1 ip4:192.0.2.0/24 -all") == Evaluation(Result.PASS, "ip4:192.0.2.0/24", 0)
    assert judged("v=spf1 include:y.test -all", y_test=["v=spf1 ip4:192.0.2.10 -all"]).why == "include:y.test"
    assert judged("v=spf1 include:y.test ?include:y.test", y_test=["v=spf1 -all"]).why == ""


@pytest.mark.parametrize(
    ("record", "address", "result"),
    [
        ("v=spf1 a -all", HERE, Result.PASS),
        ("v=spf1 a -all", SIX, Result.PASS),
        ("v=spf1 a -all", FAR, Result.FAIL),
        ("v=spf1 a:far.test -all", FAR, Result.PASS),
        ("v=spf1 a/24 -all", ip("192.0.2.200"), Result.PASS),
        ("v=spf1 a//64 -all", ip("2001:db8::ffff"), Result.PASS),
        ("v=spf1 mx -all", ip("192.0.2.20"), Result.PASS),
        ("v=spf1 mx -all", FAR, Result.FAIL),
        ("v=spf1 exists:far.test -all", HERE, Result.PASS),
        ("v=spf1 exists:nowhere.test -all", HERE, Result.FAIL),
        ("v=spf1 exists:%{ir}.list.test -all", HERE, Result.PASS),
        ("v=spf1 exists:%{h}.list.test -all", HERE, Result.UNKNOWN),
        ("v=spf1 exists:%{h}.list.test ip4:192.0.2.10 -all", HERE, Result.PASS),
        ("v=spf1 ptr -all", HERE, Result.UNKNOWN),
        ("v=spf1 redirect=far.test", FAR, Result.PASS),
        ("v=spf1 redirect=far.test", HERE, Result.SOFTFAIL),
        ("v=spf1 redirect=nowhere.test", HERE, Result.PERMERROR),
        ("v=spf1 redirect=%{h}.test", HERE, Result.UNKNOWN),
        ("v=spf1 include:far.test -all", FAR, Result.PASS),
        ("v=spf1 include:far.test -all", HERE, Result.FAIL),
        ("v=spf1 include:nowhere.test -all", HERE, Result.PERMERROR),
        ("v=spf1 include:twice.test -all", HERE, Result.PERMERROR),
        ("v=spf1 include:broken.test -all", HERE, Result.TEMPERROR),
        ("v=spf1 include:x.test -all", HERE, Result.PERMERROR),
    ],
)
def test_a_record_that_asks_the_dns(record, address, result):
    zone = Zone(
        {
            "x.test": [record, HERE, SIX, mx("mail.x.test")],
            "mail.x.test": [ip("192.0.2.20")],
            "far.test": ["v=spf1 a ~all", FAR],
            "twice.test": ["v=spf1 -all", "v=spf1 +all"],
            "broken.test": [OUT_OF_ORDER],
            "10.2.0.192.list.test": [ip("127.0.0.2")],
        }
    )
    assert evaluate(zone, "x.test", address, "bounces@x.test").result is result


def test_ten_lookups_are_the_most():
    others = {f"i{n}_test": [f"v=spf1 include:i{n + 1}.test ?all"] for n in range(20)}

    assert judged("v=spf1 include:i0.test -all", **others) == Evaluation(
        Result.PERMERROR, "it takes more than 10 look-ups in the DNS", 11
    )


def test_two_names_that_are_not_there_are_the_most():
    assert judged("v=spf1 a:n1.test a:n2.test -all").result is Result.FAIL
    told = judged("v=spf1 a:n1.test a:n2.test a:n3.test -all")
    assert told.why == "it asks for more than 2 names that are not there, the last is n3.test"


def test_ten_hosts_of_an_mx_are_the_most():
    zone = Zone({"x.test": ["v=spf1 mx -all", *(mx(f"m{n}.test") for n in range(11))]})
    assert evaluate(zone, "x.test", HERE, "b@x.test").why == "x.test has 11 MX hosts, 10 are the most"


def test_without_an_address_it_is_strangers_who_are_judged():
    assert judged("v=spf1 a mx include:y.test ~all", None, y_test=["v=spf1 ip4:192.0.2.10 -all"]) == Evaluation(
        Result.SOFTFAIL, "~all", 3
    )


_word = st.sampled_from(
    [
        "a",
        "mx",
        "include:x.test",
        "exists:%{i}.x.test",
        "redirect=y.test",
        "ip4:192.0.2.0/24",
        "?all",
        "ptr",
        "a:%{d2}/8",
    ]
)


@given(st.lists(_word | st.text(max_size=8), max_size=12), st.sampled_from([HERE, SIX, None]))
def test_any_record_comes_to_an_end(words, address):
    text = " ".join(["v=spf1", *words])
    found = evaluate(Zone({"x.test": [text, HERE], "y.test": [text, SIX]}), "x.test", address, "b@x.test")
    assert found.lookups <= 11
