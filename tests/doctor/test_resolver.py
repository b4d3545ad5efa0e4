"""The DNS by way of real name servers: what is there, what is not, and what cannot be known."""

from __future__ import annotations

import dns.rcode
import pytest

from digest.doctor import resolver
from digest.doctor.names import LookupFailed
from digest.doctor.resolver import Resolver, split_nameserver
from digest.errors import UsageError
from tests.doctor.nameservers import failing
from tests.doctor.zones import ip
from tests.lab.dns import dns_server, reversed_name

LONG = "v=DKIM1; p=" + "A" * 400


@pytest.fixture(scope="module")
def names():
    zone = {
        "x.test": {
            "TXT": ["v=spf1 -all"],
            "MX": ["20 b.x.test.", "10 a.x.test."],
            "SOA": ["ns.x.test. h.x.test. 1 2 3 4 5"],
        },
        "long.test": {"TXT": [LONG]},
        "null.test": {"MX": ["0 ."]},
        "a.x.test": {"A": ["192.0.2.1"]},
        "both.x.test": {"A": ["192.0.2.2"], "AAAA": ["2001:db8::2"]},
        reversed_name("192.0.2.1"): {"PTR": ["a.x.test."]},
    }
    with dns_server(zone) as port:
        yield Resolver(f"127.0.0.1:{port}")


def test_what_is_there_is_found(names):
    assert names.txt("x.test") == ["v=spf1 -all"]
    assert names.txt("X.test.") == ["v=spf1 -all"]
    assert names.txt("long.test") == [LONG]
    assert names.mx("x.test") == [(10, "a.x.test"), (20, "b.x.test")]
    assert names.addresses("both.x.test") == [ip("192.0.2.2"), ip("2001:db8::2")]
    assert names.addresses("both.x.test", 6) == [ip("2001:db8::2")]
    assert names.mx("null.test") == [(0, "")]
    assert names.ptr(ip("192.0.2.1")) == ["a.x.test"]
    assert names.has_soa("x.test") is True


def test_what_is_not_there_is_nothing(names):
    assert names.txt("nowhere.test") == []
    assert names.mx("a.x.test") == []
    assert names.addresses("a.x.test", 6) == []
    assert names.ptr(ip("192.0.2.9")) == []
    assert names.has_soa("a.x.test") is False


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".test", ".".join(["label"] * 60), "", "%{i}.x.test", "ü.test"])
def test_what_can_be_no_name_is_nowhere(names, name):
    assert names.txt(name) == []


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
def test_a_server_that_is_out_of_order_is_no_answer(rcode):
    with failing(rcode) as place, pytest.raises(LookupFailed, match=r"x\.test \(TXT\) .*(SERVFAIL|REFUSED)"):
        Resolver(place).txt("x.test")


def test_a_silent_server_is_no_answer(monkeypatch):
    monkeypatch.setattr(resolver, "LIFETIME", 0.3)
    with failing(None) as place, pytest.raises(LookupFailed, match=r"no answer from the name server about x\.test"):
        Resolver(place).txt("x.test")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
    ],
)
def test_a_name_server_is_named_by_its_address(text, place):
    assert split_nameserver(text) == place


@pytest.mark.parametrize("text", ["dns.invalid", "192.0.2.53:0", "192.0.2.53:x", "192.0.2.53:70000", ":53"])
def test_what_is_no_name_server_is_refused(text):
    with pytest.raises(UsageError):
        Resolver(text)
