"""``digest doctor`` from the outside: real name servers, real relays, what a newcomer reads."""

from __future__ import annotations

import re

import pytest

from digest.cli.doctor import lines
from digest.doctor.findings import Finding, Level, ok, paste
from digest.doctor.rounds import Section
from digest.mail.dkim import make_key, public_record
from tests.acceptance.house import build
from tests.cli.calling import SECOND, call, drop, on_terminal
from tests.lab.dns import dns_server, reversed_name
from tests.mail.peers import Relay

CONFIG = """
[mail]
from = "Papers <papers@x.test>"
envelope_from = "bounces@mail.x.test"
transport = "smtp"

[smtp]
host = "127.0.0.1"
port = {port}
security = "none"

[dkim]
selector = "s1"

[[sources]]
name = "hf"
path = "spool"
"""
EHLO = "250-relay.test\r\n250-SIZE 10240000\r\n250-PIPELINING\r\n250-DSN\r\n250-SMTPUTF8\r\n250 8BITMIME"
ADDRESS = "198.41.0.4"


def zone(key):
    """A zone in which all is right."""
    return {
        "x.test": {"MX": ["10 mx.x.test."], "SOA": ["ns.x.test. hostmaster.x.test. 1 7200 900 86400 300"]},
        "mail.x.test": {"TXT": [f"v=spf1 ip4:{ADDRESS} -all"], "MX": ["10 mx.x.test."]},
        "mx.x.test": {"A": [ADDRESS]},
        "s1._domainkey.x.test": {"TXT": [key]},
        "_dmarc.x.test": {"TXT": ["v=DMARC1; p=none; rua=mailto:dmarc@x.test"]},
        reversed_name(ADDRESS): {"PTR": ["mx.x.test."]},
    }


@pytest.fixture
def clinic(folder):
    """An installation that sends by a relay and signs; its key, and its relay."""
    with Relay(EHLO=EHLO) as relay:
        house = build(folder, CONFIG.format(port=relay.port))
        drop(SECOND, house.spool)
        pem = make_key("rsa")
        (folder / "dkim.pem").write_bytes(pem)
        (folder / "dkim.pem").chmod(0o600)
        yield public_record(pem)


def examined(records):
    with dns_server(records) as port:
        called = call("doctor", "--json", "--nameserver", f"127.0.0.1:{port}", "--ip", ADDRESS)
    return called, {(f["section"], f["check"], f["level"]) for f in called.lines}


def levels(found, check):
    return {level for _, name, level in found if name == check}


def test_a_house_in_order(clinic):
    called, found = examined(zone(clinic))
    checks = ("SPF", "DKIM", "DMARC", "MX", "SOA", "PTR", "relay", "database", "templates", "hf")
    assert {name: levels(found, name) for name in checks} == {name: {"ok"} for name in checks}
    assert called.code == 0


@pytest.mark.parametrize(
    ("name", "wrong", "check", "words"),
    [
        ("mail.x.test", {"TXT": ["v=spf1 ip4:192.0.2.9 -all"]}, "SPF", "may not send for mail.x.test"),
        ("s1._domainkey.x.test", {"TXT": ["v=DKIM1; p="]}, "DKIM", "is revoked"),
        ("_dmarc.x.test", {"TXT": ["v=DMARC1; rua=mailto:a@x.test"]}, "DMARC", "has no p="),
        ("x.test", {"MX": ["10 nowhere.x.test."]}, "MX", "nowhere.x.test, which has no address"),
        (reversed_name(ADDRESS), {"PTR": ["other.x.test."]}, "PTR", "does not lead back"),
    ],
)
def test_what_is_wrong_in_the_dns_is_named(clinic, name, wrong, check, words):
    called, _ = examined(zone(clinic) | {name: wrong})
    errors = {f["check"]: f for f in called.lines if f["level"] == "error"}
    assert (called.code, words in errors[check]["what"], bool(errors[check]["todo"])) == (1, True, True)


@pytest.mark.usefixtures("clinic")
def test_an_empty_dns_has_everything_written_out():
    called, _ = examined({})
    todo = "".join(f["todo"] for f in called.lines)
    assert 'mail.x.test. IN TXT "v=spf1 ip4:198.41.0.4 -all"' in todo
    assert "s1._domainkey.x.test. IN TXT (" in todo
    assert '_dmarc.x.test. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@x.test"' in todo
    assert "x.test. IN MX 10 HOST." in todo


def test_without_the_network_nothing_of_it_is_asked(clinic):
    called = call("doctor", "--offline", "--json")
    assert {f["section"] for f in called.lines} == {"this machine", "sources", "what comes back", "the web"}
    assert called.code == 0


def test_people_read_a_list(clinic):
    called = call("doctor", "--offline")
    assert called.out.splitlines()[0] == "this machine"
    assert re.search(r" OK database: \S+ opens and is up to date ", " ".join(called.out.split()))
    assert re.search(r"^  NOTE subscribers: nobody is subscribed yet$", called.out, re.MULTILINE)
    assert called.out.splitlines()[-1].endswith("nothing stands in the way")
    assert (called.out.isascii(), called.err) == (True, "")


def test_nothing_is_changed(clinic, folder):
    before = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    examined(zone(clinic))
    assert {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()} == before


def test_a_configuration_with_mistakes_is_a_finding(folder):
    (folder / "config.toml").write_text('[mail]\nfrom = "nobody"\ntransprot = "smtp"\n')
    called = call("doctor")
    assert called.code == 1
    assert "FAIL configuration" in called.out
    assert called.out.count("FAIL") == 2


def test_without_a_configuration_one_is_to_be_made():
    called = call("doctor")
    assert (called.code, called.err) == (1, "")
    assert "digest init" in called.out


@pytest.mark.parametrize("args", [("--ip", "here"), ("--nameserver", "dns.invalid")])
def test_a_wrong_option_is_named(house, args):
    called = call("doctor", *args)
    assert (called.code, args[1] in called.err) == (2, True)


def test_a_terminal_gets_signs_and_colours(house):
    shown = on_terminal("doctor", "--offline").decode()
    assert "\x1b[32m✓\x1b[0m" in shown
    assert "OK " not in shown


def test_lines_keep_within_the_width_but_for_what_is_copied():
    finding = Finding("SPF", Level.ERROR, "word " * 40, "do this " * 30 + paste("x" * 200))
    told = lines([Section("the DNS", (finding, ok("a", "b")))], False, 80)
    assert [len(line) > 80 for line in told].count(True) == 1
    assert told[0] == "the DNS"
    assert told[-1] == "1 as it should be, 1 error: see to the errors first"


def test_nothing_from_outside_steers_the_terminal():
    told = lines([Section("s", (Finding("c", Level.NOTE, "a\x1b[31mb", "c\x1b]0;d"),))], False, 80)
    assert "\x1b" not in "".join(told)
