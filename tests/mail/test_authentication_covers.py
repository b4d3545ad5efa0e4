"""What a signature has to cover, and what SPF and DMARC prove without one."""

from __future__ import annotations

import pytest

from digest.mail.incoming import Desk
from digest.mail.incoming.authentication import authenticated, author_of
from digest.mail.incoming.parts import parts_of
from tests.mail.proofs import ADA, COVERED, HOP, MX, PASS, author, header, results, signature

DESK = Desk("digest@digest.test", "digest.test", MX)
POLICY = f"{MX}; dmarc=pass header.from=reader.test; "


def proved(*fields: tuple[str, str], desk: Desk = DESK, envelope: str = "") -> str:
    """Who is proved by a mail with these fields, and what a mail has, but for a signature."""
    return authenticated(header(*fields, signed=False), MX, 0, envelope, desk.takes).address


@pytest.mark.parametrize(
    ("names", "covers"),
    [
        (COVERED, True),
        ("From : TO:Subject:Date:Message-ID:from:to", True),
        ("from:cc:to:subject:date:message-id:content-type", True),
        ("from:to:date:message-id", False),
        ("to:subject:date:message-id", False),
        ("from:subject:date:message-id", False),
        ("from:cc:subject:date:message-id", False),
        ("from:to:subject:message-id", False),
        ("from:to:subject:date", False),
        ("from;to:subject:date:message-id", False),
        ("", False),
    ],
)
def test_a_signature_proves_what_it_covers(names: str, covers: bool) -> None:
    fields = (*results(PASS), HOP, signature(names=names), ("subject", "unsubscribe"))
    assert bool(proved(*fields)) is covers


def test_a_subject_that_is_not_there_need_not_be_covered() -> None:
    names = "from:to:date:message-id"
    assert proved(*results(PASS), HOP, signature(names=names)) == ADA
    assert proved(*results(PASS), HOP, signature(names=names), ("subject", "unsubscribe")) == ""


@pytest.mark.parametrize(
    ("to", "ours"),
    [
        ("digest@digest.test", True),
        ("Papers <DIGEST@Digest.Test>", True),
        (f"digest+{'a' * 40}@digest.test", True),
        ("Friends: bob@other.test, <digest@digest.test>;", True),
        ('"someone, else" <bob@other.test>, digest@digest.test', True),
        ("digest-help@digest.test", True),
        ("answers@digest.test", True),
        ("bob@other.test", False),
        ('"digest@digest.test" <bob@other.test>', False),
        ("bob@other.test (digest@digest.test)", False),
        ("digest@digest.test.other.test", False),
        ("bob@digest.test", False),
        ("unsubscribe@other.test", False),
        ("undisclosed-recipients:;", False),
        ("", False),
    ],
)
def test_a_signed_mail_to_somebody_else_commands_nothing_here(to: str, ours: bool) -> None:
    desk = Desk("digest@digest.test", "digest.test", MX, others=("answers@digest.test",))
    mail = (*results(PASS), HOP, signature(names=f"{COVERED}:cc"), ("subject", "stop"))
    assert bool(proved(*mail, ("to", to), desk=desk)) is ours
    assert bool(proved(*mail, ("to", "bob@other.test"), ("cc", to), desk=desk)) is ours


@pytest.mark.parametrize("name", ["to", "date", "message-id"])
def test_what_has_to_be_covered_has_to_be_there(name: str) -> None:
    assert proved(*results(PASS), HOP, signature(), (name, "")) == ""


def test_which_signature_a_result_is_about() -> None:
    """Somebody adds a signature that covers all, and is none, to a mail with a good one that does not."""
    real = ("dkim-signature", "v=1; a=rsa-sha256; d=reader.test; s=s1; h=from:date; bh=x; b=Real1234")
    forged = ("dkim-signature", f"v=1; a=rsa-sha256; d=reader.test; s=s2; h={COVERED}; bh=x; b=Forged12")
    about_real = f"{MX}; dkim=pass header.d=reader.test header.s=s1 header.b=Real12"
    assert proved(*results(about_real), HOP, forged, real) == ""
    assert proved(*results(PASS), HOP, forged, real) == ""
    assert proved(*results(f"{MX}; dkim=pass header.d=reader.test header.b=Forged"), HOP, real, forged) == ADA
    assert proved(*results(f"{MX}; dkim=pass header.d=reader.test header.b=Other1"), HOP, real, forged) == ""
    twice = ("dkim-signature", f"v=1; d=reader.test; d=reader.test; s=s1; h={COVERED}; b=Real1234")
    assert proved(*results(PASS), HOP, twice, signature()) == ""
    assert proved(*results(PASS), HOP) == ""
    assert proved(*results(PASS), HOP, *[signature()] * 21) == ""


def test_a_child_of_the_domain_proves_it_only_by_its_policy() -> None:
    said = "dkim=pass header.d=mail.reader.test"
    child = signature("mail.reader.test")
    assert proved(*results(f"{MX}; {said}"), HOP, child) == ""
    assert proved(*results(POLICY + said), HOP, child) == ADA
    assert proved(*results(f"{MX}; dmarc=pass header.from=other.test; {said}"), HOP, child) == ""


@pytest.mark.parametrize(
    ("said", "envelope", "equal"),
    [
        (f"smtp.mailfrom={ADA}", "", True),
        (f"smtp.mailfrom=<{ADA}>", "", True),
        ("smtp.mailfrom=Ada@READER.test", "", True),
        ("smtp.mailfrom=reader.test", ADA, True),
        ("smtp.mailfrom=reader.test", f"<{ADA}>", True),
        ("smtp.mailfrom=reader.test", "eve@reader.test", False),
        ("smtp.mailfrom=eve@reader.test", ADA, False),
        ("smtp.mailfrom=reader.test", "", False),
        ("smtp.mailfrom=other.test", ADA, False),
        (f"smtp.helo={ADA}", ADA, False),
        ("smtp.mailfrom=mail.reader.test", "ada@mail.reader.test", False),
    ],
)
def test_spf_proves_the_equal_mailbox_alone(said: str, envelope: str, equal: bool) -> None:
    assert bool(proved(*results(f"{MX}; spf=pass {said}"), HOP, envelope=envelope)) is equal


def test_the_envelope_in_a_header_counts_where_our_server_wrote_it() -> None:
    said = results(f"{MX}; spf=pass smtp.mailfrom=reader.test")
    back = ("return-path", f"<{ADA}>")
    assert authenticated(header(back, *said, HOP, signed=False), MX, 0).address == ADA
    assert authenticated(header(*said, HOP, back, signed=False), MX, 0).address == ""
    assert authenticated(header(HOP, back, *said, HOP, signed=False), MX, 1).address == ADA


def test_a_policy_alone_needs_both_in_order() -> None:
    assert proved(*results(POLICY), HOP, envelope=ADA) == ADA
    assert proved(*results(POLICY), HOP, envelope="eve@reader.test") == ""
    assert proved(*results(POLICY), HOP, signature(), envelope=ADA) == ADA
    assert proved(*results(POLICY), HOP, signature(), envelope="eve@reader.test") == ""
    assert proved(*results(POLICY), HOP, signature(names="from"), envelope=ADA) == ""
    assert proved(*results(POLICY), HOP, signature("mail.reader.test", "from"), envelope=ADA) == ""
    assert proved(*results(POLICY), HOP, signature("list.test", "from"), envelope=ADA) == ADA


@pytest.mark.parametrize("blank", ["\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0", "\u2028", "\u3000", "\r", "\x00"])
def test_only_blanks_and_tabs_part_words(blank: str) -> None:
    assert author(f"{MX}; dkim=pass{blank}header.d=reader.test") == ""
    assert author(f"{MX}; spf=pass (helo=x);dkim=pass{blank}header.d=reader.test() smtp.mailfrom=evil.test") == ""
    raw = f"Authentication-Results{blank}: {PASS}\r\nFrom{blank}: {ADA}\r\n\r\n"
    (message,) = parts_of(raw.encode())
    assert not message.has("authentication-results")
    assert author_of(message) == ""
    assert author(f"{MX};\tdkim=pass\theader.d=reader.test") == ADA
