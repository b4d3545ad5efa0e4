"""MX, SOA and PTR."""

from __future__ import annotations

import pytest

from digest.doctor.domains import mx_findings, ptr_findings, soa_findings
from digest.doctor.findings import Level
from digest.doctor.sending import Sending
from tests.doctor.zones import OUT_OF_ORDER, SOA, Zone, ip, mx

OUR = ip("198.41.0.4")


@pytest.mark.parametrize(
    ("records", "level", "what"),
    [
        ({"x.test": [mx("m.x.test")], "m.x.test": [OUR]}, Level.OK, "mail to x.test (From) goes to m.x.test"),
        ({"x.test": [OUR]}, Level.OK, "x.test (From) has no MX, but an address, which stands in for it"),
        ({"x.test": [mx("")]}, Level.WARNING, "x.test (From) says that it takes no mail at all (a null MX, RFC 7505)"),
        ({}, Level.ERROR, "x.test (From) has neither MX nor address"),
        (
            {"x.test": [mx("192.0.2.1")]},
            Level.ERROR,
            "mail to x.test (From) is to go to 192.0.2.1, which has no address",
        ),
        (
            {"x.test": [mx("m.x.test"), mx("n.x.test", 20)], "m.x.test": [OUR]},
            Level.WARNING,
            "mail to x.test (From) is to go to n.x.test, which has no address",
        ),
    ],
)
def test_where_mail_to_the_domain_goes(records, level, what):
    (finding,) = mx_findings(Zone(records), "x.test", "From")
    assert finding.level is level
    assert finding.what.startswith(what)


def test_the_zone_may_begin_above():
    (finding,) = soa_findings(Zone({"x.test": [SOA], "test": [SOA]}), "news.x.test")
    assert (finding.level, finding.what) == (Level.OK, "news.x.test lies in the zone x.test")


@pytest.mark.parametrize("records", [{}, {"test": [SOA]}])
def test_a_domain_that_nobody_registered_is_in_no_zone(records):
    (finding,) = soa_findings(Zone(records), "x.test")
    assert finding.level is Level.WARNING


@pytest.mark.parametrize(
    ("records", "level"),
    [
        ({str(OUR): [("PTR", "m.x.test")], "m.x.test": [OUR]}, Level.OK),
        ({str(OUR): [("PTR", "n.x.test"), ("PTR", "m.x.test")], "m.x.test": [OUR]}, Level.OK),
        ({str(OUR): [("PTR", "m.x.test")]}, Level.ERROR),
        ({str(OUR): [("PTR", "m.x.test")], "m.x.test": [ip("192.0.2.2")]}, Level.ERROR),
        ({}, Level.ERROR),
        ({str(OUR): [OUT_OF_ORDER]}, Level.WARNING),
    ],
)
def test_an_address_and_its_name_lead_to_each_other(records, level):
    (finding,) = ptr_findings(Zone(records), Sending((OUR,), certain=True))
    assert finding.level is level


def test_a_private_address_has_no_name_to_ask_for():
    (finding,) = ptr_findings(Zone({}), Sending((ip("10.0.0.1"),), certain=True))
    assert finding.what == "10.0.0.1 is not on the public internet"


def test_the_names_of_a_relay_are_not_ours_to_set():
    (finding,) = ptr_findings(Zone({}), Sending((OUR,), "r.test", relay="r.test"))
    assert finding.level is Level.NOTE


def test_an_unknown_address_is_asked_for():
    (finding,) = ptr_findings(Zone({}), Sending())
    assert finding.todo == "Name it: digest doctor --ip ADDRESS"
