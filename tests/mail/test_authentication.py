"""Who wrote a mail: by the results of our own server alone, for a domain that is the sender's."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.incoming.alignment import aligned, speaks_for
from digest.mail.incoming.authentication import authenticated, author_of
from digest.mail.incoming.parts import LONGEST_FIELD, parts_of
from digest.mail.incoming.results import Result, results_of
from tests.mail.proofs import ADA, HOP, MX, PASS, author, header, results


@pytest.mark.parametrize(
    "value",
    [
        PASS,
        f"{MX.upper()}; DKIM=PASS header.D=Reader.Test",
        f'"{MX}" 1; dkim=pass header.d=reader.test',
        f"{MX} (our own) ; dkim = pass (2048-bit key; unprotected) header.d = reader.test",
        f"{MX}; spf=fail smtp.mailfrom=reader.test; dkim=pass header.i=@reader.test header.s=s1",
        f"{MX}; dkim=fail header.d=reader.test header.s=other; dkim=pass header.d=reader.test header.s=s1",
        f'{MX}; dkim=pass reason="a; (b" header.b="AXqTmuy+" header.d=reader.test',
        f"{MX}; spf=pass (sender SPF authorized) smtp.mailfrom={ADA} smtp.helo=mail.test",
        f"{MX}; spf=pass smtp.mailfrom=reader.test.",
        f"{MX}; dmarc=pass (p=reject dis=none) header.from=reader.test",
        f"{MX}; dkim/1=pass header.d=reader.test",
        f"{MX}; dkim=pass header.d=test.reader.test.evil.test; dmarc=pass header.from=reader.test",
    ],
)
def test_a_pass_of_our_server_for_the_senders_domain_proves_it(value: str) -> None:
    assert author(value, envelope=ADA) == ADA


SERVERS = {
    "opendkim": "dkim=pass (2048-bit key) header.d=reader.test header.i=@reader.test header.a=rsa-sha256 header.s=s1 "
    "header.b=AXqTmuy+; dkim-atps=neutral",
    "opendmarc": "dmarc=pass (p=none dis=none) header.from=reader.test",
    "policyd-spf": "spf=pass (mailfrom) smtp.mailfrom=reader.test (client-ip=192.0.2.1; helo=mx.reader.test; "
    "envelope-from=ada@reader.test; receiver=<UNKNOWN>)",
    "rspamd": 'dkim=pass header.d=reader.test header.s=s1 header.b="AXqTmu"; dmarc=pass (policy=reject) '
    "header.from=reader.test; spf=pass (mx.digest.test: domain of ada@reader.test designates 192.0.2.1 as permitted "
    "sender) smtp.mailfrom=ada@reader.test",
    "large provider": "dkim=pass header.i=@reader.test header.s=s1 header.b=AXqTmuy; spf=pass (p.test: domain of "
    "ada@reader.test designates 192.0.2.1 as permitted sender) smtp.mailfrom=ada@reader.test; dmarc=pass (p=NONE "
    "sp=QUARANTINE dis=NONE) header.from=reader.test",
    "exim": "iprev=pass (mx.reader.test) smtp.remote-ip=192.0.2.1; spf=pass smtp.mailfrom=reader.test; dkim=none",
    "amavis": "dkim=pass (1024-bit key) header.d=reader.test",
}


@pytest.mark.parametrize("server", SERVERS)
def test_what_servers_write(server: str) -> None:
    assert author(f"{MX}; {SERVERS[server]}", envelope=ADA) == ADA
    assert author(f"{MX};\t{SERVERS[server]}", sender="Eve <eve@evil.test>", envelope="eve@evil.test") == ""


@pytest.mark.parametrize(
    "value",
    [
        f"{MX}; none",
        f"{MX}",
        "",
        f"mx.evil.test; dkim=pass header.d=reader.test ({MX})",
        f"{MX}.evil.test; dkim=pass header.d=reader.test",
        f"{MX} 2; dkim=pass header.d=reader.test",
        f"{MX}; dkim/2=pass header.d=reader.test",
        f"{MX}; dkim=pass header.d=evil.test",
        f"{MX}; dkim=pass",
        f"{MX}; dkim=pass header.s=reader.test",
        f"{MX}; dkim=passed header.d=reader.test",
        f"{MX}; dkim=fail header.d=reader.test",
        f"{MX}; dkim=none (dkim=pass header.d=reader.test)",
        f"{MX}; spf=pass smtp.mailfrom=eve@evil.test smtp.helo=reader.test",
        f"{MX}; spf=softfail smtp.mailfrom={ADA}",
        f"{MX}; spf=pass smtp.mailfrom=reader.test=x@evil.test",
        f"{MX}; dmarc=pass header.from=mail.reader.test",
        f"{MX}; dmarc=bestguesspass header.from=reader.test",
        f"{MX}; iprev=pass policy.iprev=reader.test; arc=pass header.d=reader.test",
        f'{MX}; dkim=pass reason="header.d=reader.test',
        f"{MX}; dkim=pass (header.d=reader.test",
        f"{MX}; dkim=pass) header.d=reader.test",
        f"dkim=pass header.d=reader.test; {MX}",
        f"{MX}; header.d=reader.test dkim=pass",
        f"{MX}; dkim=pass x={'a' * LONGEST_FIELD} header.d=reader.test",
    ],
)
def test_nothing_else_proves_anybody(value: str) -> None:
    assert author(value) == ""


@pytest.mark.parametrize(
    "value",
    [
        f'{MX}; spf=pass smtp.mailfrom="a; dkim=pass header.d=reader.test "@evil.test',
        f'{MX}; spf=pass (envelope-from="a) ; dkim=pass header.d=reader.test ("@evil.test) smtp.mailfrom=evil.test',
        f"{MX}; spf=pass (helo=x);dkim=pass()header.d=reader.test() smtp.mailfrom=evil.test",
    ],
)
def test_what_a_stranger_chooses_becomes_no_result(value: str) -> None:
    assert author(value) == ""


# What OpenDKIM 2.11 wrote of a good signature of evil.test with the identity below, decoded as it is.
SMUGGLED = f"{MX}; dkim=pass (2048-bit key) header.d=evil.test header.i=x;dkim=pass header.d=reader.test header.s=s"
SIGNED = "v=1; a=rsa-sha256; d=evil.test; s=s; {} h=from; bh=; b=Zm9v"


@pytest.mark.parametrize(
    "identity",
    [
        "i=x=3Bdkim=3Dpass=20header.d=3Dreader.test@evil.test;",
        "t=1;\ti = x=3bdkim=3Dpass=20header.d=3Dreader.test@evil.test;",
        "i=x=3 Bdkim@evil.test;",
        "i=ada@evil.test; i=x=20y@evil.test;",
        "i==28@evil.test;",
        "i==22@evil.test;",
        "i=x=C2=A0=0A@evil.test;",
        f"n={'x' * LONGEST_FIELD};",
    ],
)
def test_a_signature_whose_identity_could_be_read_as_a_result_proves_nobody(identity: str) -> None:
    signature = ("dkim-signature", SIGNED.format(identity)[:LONGEST_FIELD])
    good = ("dkim-signature", SIGNED.format("i=@evil.test;"))
    assert authenticated(header(*results(SMUGGLED), HOP, good, signature), MX, 0).address == ""


@pytest.mark.parametrize("identity", ["", "i=@reader.test;", "i=ada+x=3Dy@rea der.test;", "t=20; i=ada@reader.test;"])
def test_a_plain_identity_is_no_hindrance(identity: str) -> None:
    signature = ("dkim-signature", SIGNED.format(identity))
    assert authenticated(header(*results(PASS), HOP, signature), MX, 0).address == ADA


def test_an_envelope_that_could_be_read_as_a_result_proves_nobody() -> None:
    """As a policy server in Python writes it, which has the sender from Postfix without its quotes."""
    sender = '"a) ; dkim=pass header.d=reader.test x=(b"@evil.test'
    written = results(f"{MX}; spf=pass smtp.mailfrom={sender.replace(chr(34), '')})")
    for envelope, fields in ((sender, ()), (None, (("return-path", f"<{sender}>"),))):
        assert authenticated(header(*fields, *written, HOP), MX, 0, envelope).address == ""
    for envelope in (None, ADA, f"<{ADA}>", "ada=x+tag@lists.reader.test", "jörg@reader.test"):
        assert authenticated(header(*results(PASS), HOP), MX, 0, envelope).address == ADA


@pytest.mark.parametrize("name", ["subject", "content-type", "content-transfer-encoding", "message-id", "to"])
def test_what_somebody_put_on_top_of_a_signed_mail_is_not_its_authors(name: str) -> None:
    """The signature of an old mail of theirs stays good: it covers the lowest field of each name (RFC 6376 5.4.2)."""
    one, two = (name, "digest@digest.test" if name == "to" else "unsubscribe"), (name, "Lunch?")
    assert authenticated(header(*results(PASS), HOP, one, two), MX, 0).address == ""
    assert authenticated(header(*results(PASS), HOP, one), MX, 0).address == ADA


@pytest.mark.parametrize("length", ["l=0;", "t=1;l = 12;"])
def test_a_signature_of_a_part_of_the_text_proves_none_of_it(length: str) -> None:
    signature = ("dkim-signature", SIGNED.format(length))
    assert authenticated(header(*results(PASS), HOP, signature), MX, 0).address == ""


def test_a_property_with_two_values_says_nothing() -> None:
    assert author(f"{MX}; dkim=pass header.d=evil.test header.d=reader.test") == ""
    assert author(f"{MX}; dkim=pass header.d=reader.test header.d=evil.test") == ""
    assert author(f"{MX}; dkim=pass header.d=reader.test header.d=reader.test") == ADA


def test_what_fails_the_policy_of_the_domain_is_not_believed() -> None:
    assert author(PASS, f"{MX}; dmarc=fail (p=none) header.from=reader.test") == ""
    assert author(PASS, f"{MX}; dmarc=fail header.from=other.test") == ADA


@pytest.mark.parametrize(
    ("hops", "fields", "proved"),
    [
        (1, [HOP, *results(PASS), HOP], True),
        (1, [*results(PASS), HOP, HOP], True),
        (1, [HOP, HOP, *results(PASS)], False),
        (2, [HOP, HOP, *results(PASS), HOP], True),
        (2, [HOP, HOP, HOP, *results(PASS)], False),
        (0, [*results(PASS), HOP], True),
        (0, [HOP, *results(PASS)], False),
        (1, [HOP, *results(PASS)], True),
        (1, [*results(f"{MX}; dkim=none"), HOP, *results(PASS), HOP], False),
        (1, [*results(f"{MX}; none"), HOP, *results(PASS), HOP], False),
        (1, [*results(f"{MX}; dkim=none ("), HOP, *results(PASS), HOP], False),
        (1, [*results("mx.evil.test; none"), HOP, *results(PASS), HOP], True),
        (1, [*results(f"{MX}; none"), *results(PASS), HOP], True),
        (1, [HOP, ("x-authentication-results", PASS), ("arc-authentication-results", f"i=1; {PASS}")], False),
    ],
)
def test_only_what_stands_above_the_first_foreign_hop_counts(
    hops: int, fields: list[tuple[str, str]], proved: bool
) -> None:
    assert bool(authenticated(header(*fields), MX, hops).address) is proved


def test_without_a_trusted_server_nobody_is_proved() -> None:
    assert authenticated(header(*results("; dkim=pass header.d=reader.test")), "", 1).address == ""


@pytest.mark.parametrize(
    ("one", "other", "related"),
    [
        ("reader.test", "reader.test", True),
        ("mail.reader.test", "reader.test", True),
        ("reader.test", "a.b.reader.test", True),
        ("a.reader.test", "b.reader.test", True),
        ("a.reader.co.uk", "b.reader.co.uk", True),
        ("eu.org", "attacker.eu.org", False),
        ("eu.org", "eu.org", True),
        ("victim.eu.org", "attacker.eu.org", False),
        ("one.github.io", "other.github.io", False),
        ("one.duckdns.org", "other.duckdns.org", False),
        ("k12.ma.us", "pvt.k12.ma.us", False),
        ("evilreader.test", "reader.test", False),
        ("test", "reader.test", False),
        ("co.uk", "reader.co.uk", False),
        ("reader.co.uk", "mail.reader.co.uk", True),
        ("com.au", "reader.com.au", False),
        ("ac.jp", "u.ac.jp", False),
        ("", "reader.test", False),
        ("", "", False),
    ],
)
def test_alignment(one: str, other: str, related: bool) -> None:
    assert aligned(one, other) is related
    assert aligned(other, one) is related


@pytest.mark.parametrize(
    ("signer", "domain", "speaks"),
    [
        ("reader.test", "reader.test", True),
        ("reader.test", "mail.reader.test", True),
        ("mail.reader.test", "reader.test", False),
        ("a.reader.test", "b.reader.test", False),
        ("eu.org", "victim.eu.org", False),
        ("attacker.eu.org", "eu.org", False),
        ("eu.org", "eu.org", True),
        ("co.uk", "reader.co.uk", False),
        ("test", "reader.test", False),
        ("", "reader.test", False),
        ("", "", False),
    ],
)
def test_no_child_speaks_for_its_parent(signer: str, domain: str, speaks: bool) -> None:
    assert speaks_for(signer, domain) is speaks


def test_a_name_that_only_looks_like_our_servers_is_another() -> None:
    assert results_of("mx.wor\u212a.test; dkim=pass header.d=reader.test", "mx.work.test") is None


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (ADA, ADA),
        (f"<{ADA}>", ADA),
        (f'"Ada, Countess <eve@evil.test>" <{ADA}>', ADA),
        (f"Ada (eve@evil.test) <{ADA}>", ADA),
        (f"{ADA} (Ada)", ADA),
        (f"=?utf-8?q?Ada=2C?= <{ADA}>", ADA),
        ("θ@bücher.test", "θ@xn--bcher-kva.test"),
        (f"{ADA}, eve@evil.test", ""),
        (f"<{ADA}> <eve@evil.test>", ""),
        (f"eve@evil.test <{ADA}>", ""),
        (f"friends: {ADA};", ""),
        (f"friends: <{ADA}>", ""),
        (f'"Ada <{ADA}>', ""),
        ('"ada b"@reader.test', ""),
        ("ada", ""),
        ("", ""),
        (f"<@relay.test:{ADA}>", ""),
        (f"{'a' * LONGEST_FIELD} <{ADA}>", ""),
    ],
)
def test_the_one_author(written: str, address: str) -> None:
    assert author_of(header(author=written)) == address


@pytest.mark.parametrize(
    "raw",
    [
        f"From: {ADA}\r\nFrom: eve@evil.test\r\n\r\n",
        f"From: {ADA}\r\nFROM : eve@evil.test\r\n\r\n",
        f"From: {ADA}\r\n" + "X: y\r\n" * 600 + "From: eve@evil.test\r\n\r\n",
        f"From: {ADA}\r\nX: " + "y" * 120_000 + "\r\nFrom: eve@evil.test\r\n\r\n",
        "To: ada@reader.test\r\n\r\nFrom: ada@reader.test\r\n",
    ],
    ids=["two", "spelled otherwise", "too many fields", "too long", "in the text"],
)
def test_two_authors_or_none_are_nobody(raw: str) -> None:
    assert author_of(parts_of(raw.encode())[0]) == ""


def test_everything_in_a_field() -> None:
    assert results_of(f'{MX}; dkim=Pass (good) header.d=a.test header.s=b; spf=none; "x y"', MX) == [
        Result("dkim", "pass", {"header.d": "a.test", "header.s": "b"}),
        Result("spf", "none"),
    ]


pieces = st.sampled_from(
    [
        MX,
        ";",
        "=",
        "(",
        ")",
        '"',
        "\\",
        " ",
        "\t",
        "dkim",
        "pass",
        "header.d",
        "reader.test",
        "@",
        "/1",
        "1",
        "\x00",
        "é",
    ]
)


@given(st.lists(pieces | st.text(max_size=3), max_size=40).map("".join))
def test_any_field_is_read(value: str) -> None:
    found = results_of(value, MX)
    assert found is None or all(isinstance(one, Result) for one in found)
    assert author(value, sender=value) in ("", author_of(header(author=value)))


@given(st.text(max_size=60).filter(lambda text: not set(text) & set('()"\\')))
def test_a_comment_says_nothing(words: str) -> None:
    assert results_of(f"{MX}; dkim=pass ({words}) header.d=reader.test", MX) == results_of(PASS, MX)


@pytest.mark.parametrize("piece", ["(", '"', "\\", ";", "=", "a=", " ", "a;", "((", '""', "<a@", ","])
def test_malice_is_read_at_once(piece: str) -> None:
    value = (piece * LONGEST_FIELD)[: LONGEST_FIELD - 30]
    started = time.process_time()
    for _ in range(50):
        results_of(f"{MX}; {value}", MX)
        author_of(header(author=value))
    assert time.process_time() - started < 2.0
