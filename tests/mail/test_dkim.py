"""Signatures, read by dkimpy and by hand; canonical forms against the RFCs' examples and dkimpy's."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta, timezone

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from dkim.canonicalization import Relaxed
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ConfigError, MessageError
from digest.mail.dkim import (
    load_signer,
    make_key,
    public_record,
    record_strings,
    relaxed_body,
    relaxed_field,
    signatures,
    signed_text,
    split_fields,
)
from tests.factories import NOW

RSA, ED25519 = make_key("rsa"), make_key("ed25519")
SIGNERS = (load_signer(RSA, "Example.TEST", "digest2026"), load_signer(ED25519, "example.test", "short"))
MESSAGE = (
    b"Date: Mon, 25 May 2026 08:00:00 +0000\r\n"
    b"From: Paper Digest <digest@example.test>\r\n"
    b"To: ada@example.test\r\n"
    b"Subject: 7 papers\r\n"
    b"List-Unsubscribe: <https://example.test/u/x>\r\n"
    b"X-Unknown: is not signed\r\n"
    b"\r\n"
    b"Some text  with \tspaces. \r\n"
    b"\r\n"
)


def tags(signature: bytes) -> dict[str, str]:
    """The tags of a DKIM-Signature field, as RFC 6376 3.2 has them."""
    value = signature.decode("ascii").replace("\r\n", "").partition(":")[2]
    return {tag.partition("=")[0].strip(): tag.partition("=")[2].replace(" ", "") for tag in value.split(";")}


def holds(message: bytes, at: int = 0, signers=SIGNERS) -> bool:
    """Whether dkimpy accepts the signature number `at` of `message`, told the public keys of `signers`."""
    published = {f"{signer.name}.": signer.record.encode() for signer in signers}
    try:
        return dkim.DKIM(message).verify(at, dnsfunc=lambda name, timeout=5: published.get(name.decode()))
    except dkim.DKIMException:
        return False


def ed25519_holds(signature: bytes, message: bytes, public: bytes) -> bool:
    """The same for one Ed25519 signature, by RFC 8463 and RFC 6376 6.1 and nothing of dkimpy but canonical forms."""
    found = tags(signature)
    head, _, body = message.partition(b"\r\n\r\n")
    fields = [(n, v + b"\r\n") for n, _, v in (raw.partition(b":") for _, raw in reversed(split_fields(head)))]
    chosen = []
    for name in found["h"].split(":"):
        wanted = next((f for f in fields if f[0].strip().lower() == name.encode().lower()), None)
        if wanted:
            fields.remove(wanted)
            chosen.append(wanted)
    unsigned = re.sub(rb"(?s)(\bb=)[^;]*\Z", rb"\1", signature.rstrip(b"\r\n"))
    chosen.append((b"DKIM-Signature", unsigned.partition(b":")[2] + b"\r\n"))
    text = b"".join(n + b":" + v for n, v in Relaxed.canonicalize_headers(chosen)).removesuffix(b"\r\n")
    key = ed25519.Ed25519PublicKey.from_public_bytes(public)
    try:
        key.verify(base64.b64decode(found["b"]), hashlib.sha256(text).digest())
    except InvalidSignature:
        return False
    return found["bh"] == base64.b64encode(hashlib.sha256(Relaxed.canonicalize_body(body)).digest()).decode()


def public(signer) -> bytes:
    return base64.b64decode(signer.record.partition("p=")[2])


SIGNED = signatures(MESSAGE, SIGNERS, NOW) + MESSAGE
ED_SIGNATURE = SIGNERS[1].sign(MESSAGE, NOW)


def test_both_signatures_hold():
    pytest.importorskip("nacl", reason="dkimpy needs it for Ed25519")
    assert [holds(SIGNED, at) for at in (0, 1)] == [True, True]


def test_the_short_signature_holds_for_a_reader_written_here():
    assert ed25519_holds(ED_SIGNATURE, MESSAGE, public(SIGNERS[1]))
    assert not ed25519_holds(ED_SIGNATURE, MESSAGE.replace(b"7 papers", b"8 papers"), public(SIGNERS[1]))


def test_signatures_stand_on_top_in_the_order_of_the_signers_as_if_each_were_alone():
    one, two = (signer.sign(MESSAGE, NOW) for signer in SIGNERS)
    assert one + two + MESSAGE == SIGNED


def test_every_tag_says_what_was_meant():
    found = tags(SIGNERS[0].sign(MESSAGE, NOW))
    assert {k: v for k, v in found.items() if k not in "bh"} == {
        "v": "1",
        "a": "rsa-sha256",
        "c": "relaxed/relaxed",
        "d": "example.test",
        "s": "digest2026",
        "t": str(int(NOW.timestamp())),
    }
    oversigned = "From:To:Cc:Reply-To:Subject:Date:Message-ID:MIME-Version:Content-Type"
    ways = "List-Unsubscribe:List-Unsubscribe-Post"
    assert found["h"] == f"From:To:Subject:Date:List-Unsubscribe:{oversigned}:{ways}"
    assert len(base64.b64decode(found["b"])) == 256
    assert len(base64.b64decode(tags(ED_SIGNATURE)["b"])) == 64


TAMPERED = {
    "a word of the body": (b"Some text", b"Some texts"),
    "a line behind the body": (b"spaces. \r\n", b"spaces. \r\nBuy this\r\n"),
    "the subject": (b"Subject: 7", b"Subject: 8"),
    "the case of the subject": (b"7 papers", b"7 Papers"),
    "a second subject above": (b"Date:", b"Subject: Buy this\r\nDate:"),
    "a second subject below": (b"X-Unknown", b"Subject: Buy this\r\nX-Unknown"),
    "a second sender": (b"Date:", b"From: mallory@example.test\r\nDate:"),
    "a second recipient": (b"Date:", b"To: mallory@example.test\r\nDate:"),
    "a copy": (b"Date:", b"Cc: mallory@example.test\r\nDate:"),
    "another date": (b"25 May", b"26 May"),
    "another address for answers": (b"Date:", b"Reply-To: mallory@example.test\r\nDate:"),
    "another way to unsubscribe": (b"/u/x", b"/u/y"),
    "one more way to unsubscribe": (b"Date:", b"List-Unsubscribe: <https://mallory.test/>\r\nDate:"),
    "a promise of one click": (b"Date:", b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nDate:"),
    "another type of the body": (b"Date:", b"Content-Type: text/html\r\nDate:"),
    "another identity": (b"Date:", b"Message-ID: <a@mallory.test>\r\nDate:"),
    "a field that is gone": (b"Subject: 7 papers\r\n", b""),
}


@pytest.mark.parametrize("tampering", TAMPERED.values(), ids=TAMPERED)
def test_what_is_changed_on_the_way_is_caught(tampering):
    signature = SIGNERS[0].sign(MESSAGE, NOW)
    assert holds(signature + MESSAGE)
    assert tampering[0] in MESSAGE
    assert not holds(signature + MESSAGE.replace(*tampering, 1))


@pytest.mark.parametrize("change", [(b"t=17", b"t=16"), (b"h=From:", b"h="), (b"List-Unsubscribe:", b"")])
def test_a_signature_that_is_changed_is_caught(change):
    signature = SIGNERS[0].sign(MESSAGE, NOW)
    assert change[0] in signature
    assert not holds(signature.replace(*change, 1) + MESSAGE)


HARMLESS = {
    "white space at the end of a line": (b"Subject: 7 papers", b"Subject: 7 papers  "),
    "a fold": (b"Subject: 7 papers", b"Subject: 7\r\n\tpapers"),
    "the case of a name": (b"Subject:", b"SUBJECT:"),
    "empty lines at the end": (b"spaces. \r\n", b"spaces.\r\n\r\n\r\n"),
    "another field": (b"Date:", b"Received: by mx.example.test\r\nDate:"),
    "an unknown field": (b"is not signed", b"is changed"),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_relays_do_is_no_harm(change):
    assert change[0] in MESSAGE
    assert holds(SIGNERS[0].sign(MESSAGE, NOW) + MESSAGE.replace(*change, 1))


def test_a_field_that_is_there_twice_is_signed_twice():
    message = b"List-Id: <b.test>\r\nList-Id: <a.test>\r\n" + MESSAGE
    signed = SIGNERS[0].sign(message, NOW) + message
    assert tags(signed[: -len(message)])["h"].count("List-Id") == 2
    assert holds(signed)
    assert not holds(signed.replace(b"<b.test>", b"<c.test>"))


def test_lines_are_short_whatever_the_domain():
    long = ".".join(["label" * 12] * 4) + ".test"
    signer = load_signer(RSA, long, "s" * 60)
    message = b"".join(b"%b: x\r\n" % name for name in (b"Feedback-ID", b"List-Archive", b"Precedence")) + MESSAGE
    for one, limit in ((signer, 300), (SIGNERS[0], 78), (SIGNERS[1], 78)):
        signature = one.sign(message, NOW)
        assert signature.endswith(b"\r\n")
        assert max(map(len, signature.split(b"\r\n"))) <= limit
        assert all(line.startswith(b" ") for line in signature.split(b"\r\n")[1:-1])
    assert holds(signer.sign(message, NOW) + message, signers=[signer])


def test_the_time_is_the_moment_and_the_bytes_are_the_same_for_the_same_moment():
    india = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert SIGNERS[0].sign(MESSAGE, NOW) == SIGNERS[0].sign(MESSAGE, india)
    later = SIGNERS[0].sign(MESSAGE, datetime(2027, 1, 1, tzinfo=UTC))
    assert tags(later)["t"] == "1798761600"


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=200),
    st.lists(st.tuples(st.sampled_from(["Subject", "To", "List-Id", "X-A", "from"]), st.text("aé \t=:;", max_size=90))),
)
def test_any_message_is_signed_so_that_it_holds(body, fields):
    lines = re.sub(rb"[\r\n]+", b"\r\n", body)
    head = "".join(f"{name}:{value.strip()}\r\n" for name, value in fields).encode()
    message = head + b"From: a@example.test\r\n\r\n" + lines + b"\r\n"
    assert holds(SIGNERS[0].sign(message, NOW) + message)


white = st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"  ", b"a", b"=", b"\xc3\xa9", b"."])).map(b"".join)


@given(white)
def test_bodies_have_dkimpys_canonical_form(body):
    assert relaxed_body(body + b"\r\n") == Relaxed.canonicalize_body(body + b"\r\n").removeprefix(b"\r\n" * (not body))


@given(white.map(lambda value: value.replace(b"\r\n", b"\r\n ")))
def test_fields_have_dkimpys_canonical_form(value):
    ((name, expected),) = Relaxed.canonicalize_headers([(b"Sub-Ject", value + b"\r\n")])
    assert relaxed_field(b"Sub-Ject:" + value) + b"\r\n" == name + b":" + expected


def test_the_examples_of_rfc_6376():
    head, body = b"A: X\r\nB : Y\t\r\n\tZ  ", b" C \r\nD \t E\r\n\r\n\r\n"
    fields = split_fields(head)
    assert [name for name, _ in fields] == ["a", "b"]
    assert [relaxed_field(raw) for _, raw in fields] == [b"a:X", b"b:Y Z"]
    assert relaxed_body(body) == b" C\r\nD E\r\n"
    for empty in (b"", b"\r\n", b" \r\n\t\r\n\r\n"):
        assert relaxed_body(empty) == b""


RFC_8463_SIGNATURE = (
    b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    b" d=football.example.com; i=@football.example.com;\r\n"
    b" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    b" subject : date : message-id : from : subject : date;\r\n"
    b" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    b" b="
)
RFC_8463_SEAL = "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
RFC_8463_MESSAGE = (
    b"From: Joe SixPack <joe@football.example.com>\r\n"
    b"To: Suzie Q <suzie@shopping.example.net>\r\n"
    b"Subject: Is dinner ready?\r\n"
    b"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    b"\r\n"
    b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
)
RFC_8463_KEY = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
RFC_8463_PUBLIC = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def test_the_vector_of_rfc_8463():
    key = ed25519.Ed25519PrivateKey.from_private_bytes(base64.b64decode(RFC_8463_KEY))
    signer = load_signer(_pem(key), "football.example.com", "brisbane")
    assert (signer.name, signer.record) == (
        "brisbane._domainkey.football.example.com",
        f"v=DKIM1; k=ed25519; p={RFC_8463_PUBLIC}",
    )
    head, _, body = RFC_8463_MESSAGE.partition(b"\r\n\r\n")
    assert base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode() in RFC_8463_SIGNATURE.decode()
    names = tags(RFC_8463_SIGNATURE)["h"].split(":")
    text = signed_text(split_fields(head), names, RFC_8463_SIGNATURE)
    assert base64.b64encode(signer.seal(text)).decode() == RFC_8463_SEAL


def _pem(key, how=None) -> bytes:
    how = how or serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)


# RSA with 512 bits, made for this test: nothing makes such keys any more, but they can still be read.
WEAK = b"""-----BEGIN PRIVATE KEY-----
MIIBUwIBADANBgkqhkiG9w0BAQEFAASCAT0wggE5AgEAAkEAuGK2C/TwO9ij9N9u
pV/5OcIqU1MOXqO+rj8iWMesWuFXBVzFspMsuDpivDHkB+B7leq94zisgo8cit3T
yzzEhwIDAQABAkAwouEQQFjKAHgnFHS0LJ+p65yMhCELN7gJcF/X+TtucQUEwQUI
tX5fcvd/7bjNl3i5Dyi39wbkr9HHghuD4VqxAiEA7yahKJUx/klQ5f86wLyVn13k
z0m1Xy0/nWjuk1cKF5kCIQDFYFMB5IzlUq5x/Q396XnjbEFv6I0jIeI+vS1UecDR
HwIgZTQ9wwTQMUIpgAtwe5vS3axIZghVPr/RSfXb8HJHDRECIHvvwC+wE8jr4h4x
iFeoA6GKmIxsujMVU7uRjqU8zpaBAiBo9hRy9VrKn8vzr8ghWQibJopDB+riEL3/
1NrJlCA4Mw==
-----END PRIVATE KEY-----
"""


@pytest.mark.parametrize(
    ("pem", "reason"),
    [
        (b"", "not a private key in PEM form"),
        (b"\xff\0", "not a private key in PEM form"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key in PEM form"),
        (
            rsa.generate_private_key(65537, 1024)
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
            "not a private key in PEM form",
        ),
        (WEAK, "RSA with 512 bits; receivers ignore less than 1024"),
        (_pem(ec.generate_private_key(ec.SECP256R1())), "EC, which DKIM does not know"),
        (
            _pem(ed25519.Ed25519PrivateKey.generate(), serialization.BestAvailableEncryption(b"x")),
            "encrypted; as nobody is there",
        ),
    ],
    ids=["nothing", "bytes", "no-key-inside", "public", "weak", "ec", "encrypted"],
)
def test_what_cannot_sign_is_refused_with_the_reason(pem, reason):
    with pytest.raises(ConfigError, match=rf"the key of s\._domainkey\.example\.test is {reason}"):
        load_signer(pem, "example.test", "s")
    with pytest.raises(ConfigError, match=rf"the key is {reason}"):
        public_record(pem)


@pytest.mark.parametrize(("domain", "selector"), [("no domain", "s"), ("example.test", "a b"), ("", "s")])
def test_names_that_the_dns_does_not_take_are_refused(domain, selector):
    with pytest.raises(MessageError):
        load_signer(ED25519, domain, selector)


def test_an_international_domain_signs_by_its_a_labels():
    assert load_signer(ED25519, "Bücher.example", "S1").name == "s1._domainkey.xn--bcher-kva.example"


def test_the_records_hold_the_public_keys_and_nothing_of_the_private_ones():
    assert public_record(RSA) == SIGNERS[0].record
    key = serialization.load_der_public_key(base64.b64decode(SIGNERS[0].record.removeprefix("v=DKIM1; k=rsa; p=")))
    assert key.key_size == 2048
    assert len(public(SIGNERS[1])) == 32
    assert b"BEGIN PRIVATE KEY" in RSA
    assert not any(line in SIGNERS[0].record for line in RSA.decode().splitlines()[3:-3])
    assert "seal" not in repr(SIGNERS[0])


def test_a_record_is_cut_into_strings_that_the_dns_can_carry():
    strings = record_strings(SIGNERS[0].record)
    assert [len(s) for s in strings] == [255, len(SIGNERS[0].record) - 255]
    assert "".join(strings) == SIGNERS[0].record
    assert record_strings("short") == ["short"]
