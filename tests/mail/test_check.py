from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import MessageError
from digest.mail.check import check
from tests.mail.test_message import SIGNERS, SIMPLE, built

GOOD = built()


def changed(old: bytes, new: bytes) -> bytes:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_a_built_message_passes():
    check(GOOD)
    assert SIMPLE.text.strip().encode() in GOOD


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        (b"Some text.", b"Some t\xc3\xa9xt.", "7-bit"),
        (b"Some text.", b"Some\0text.", "7-bit"),
        (b"Some text.", b"Some\ntext.", "bare CR or LF"),
        (b"Some text.", b"Some\rtext.", "bare CR or LF"),
        (b"Some text.", b"x" * 77, "more than 76"),
        (b"Some text.", b".", "starts with a dot"),
        (b"Some text.", b"", "text/plain is empty"),
        (b"Some text.", b"=E9", "does not decode"),
        (b"Some text.", b"=07", "control character"),
        (b"Some text.", b"x" * 1000, "998"),
        (b"Subject: ", b"Bcc: x@example.test\r\nSubject: ", "unexpected field: Bcc"),
        (b"Subject: ", b"Subject: one\r\nSubject: ", "Subject is there twice"),
        (b"Subject: ", b"Sub ject: ", "not a header field"),
        (b"Subject: 7", b"Subject:\r\n \r\nX: 7", "not a header field"),
        (b"Subject: 7 papers: a title (25 May)", b"Subject: =?utf-8?q?_?=", "Subject is empty"),
        (b"Subject: 7", b"Subject: =?utf-8?q?a=0D=0ABcc:_x=40y?=", "hides a control character"),
        (b"Subject: 7", b"Subject: =?utf-8?b?!!?=", ""),
        (b"Subject: 7", b"Subject: =?utf-8?q?" + b"a" * 70 + b"?=", "over 75"),
        (b"Subject: 7", b"Subject: =?no-such?q?a=E9?=", "does not decode"),
        (b"List-Post: NO", b"List-Post: =?utf-8?q?NO?=", "encoded word"),
        (b"MIME-Version: 1.0\r\n", b"", "required field"),
        (b"<abc@digest.test>", b"abc@digest.test", "Message-ID"),
        (b"To: ada@example.test", b"To: ada", "no address"),
        (b"To: ada@example.test", b"To: ada@example.test, bob@example.test", "not just one"),
        (b"To: ada@example.test", b"To: Ada <ada@example.test>", "no address"),
        (b"To: ada@example.test", b"To: =?utf-8?q?a=40b.test=2C?= ada@example.test", "no address"),
        (b"To: ada@example.test", "To: jo\u0308rg@example.test".encode(), "normal form"),
        (b"To: ada@example.test", "To: a\u0085b@example.test".encode(), "control character"),
        (b"To: ada@example.test", "To: a@bücher.example".encode(), "no address"),
        (b"To: ada@example.test", b"To: \xff@example.test", "neither 7-bit text nor UTF-8"),
        (b"From: Paper Digest <", b"From: Paper <a@example.test>, Digest <", "not just one"),
        (b"From: Paper Digest <", b'From: "Paper, Digest@Home" <', ""),
        (b"From: Paper Digest <", "From: Täglich <".encode(), "From is not 7-bit"),
        (b"Subject: 7", "Subject: é".encode(), "Subject is not 7-bit"),
        (b"Reply-To: help@", b"Reply-To: help@example.test, x@", "Reply-To holds no address, or not just one"),
        (b"<mailto:unsubscribe@", b"mailto:unsubscribe@", "List-Unsubscribe is malformed"),
        (b"<mailto:unsubscribe@", b"<http://example.test>, <mailto:unsubscribe@", "List-Unsubscribe is malformed"),
        (b"<mailto:unsubscribe@", b"<https://example.test/u>, <mailto:unsubscribe@", "goes with an https URL"),
        (b"List-Post: NO", b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", "goes with an https URL"),
        (b"multipart/alternative", b"multipart/mixed", "multipart/alternative"),
        (b"text/plain", b"text/html", "no text/plain part"),
        (b"text/html", b"text/plain", "no text/html part"),
        (b"charset=utf-8", b"charset=latin-1", "no text/plain part"),
        (b"quoted-printable", b"8bit", "transfer encoding"),
        (b"Content-Transfer-Encoding", b"Content-Disposition", "unexpected field"),
        (b"--\r\n", b"--\r\ntrailer\r\n", "do not add up"),
    ],
)
def test_each_fault_is_found_and_named(old, new, mistake):
    if not mistake:
        check(changed(old, new))
        return
    with pytest.raises(MessageError, match=mistake):
        check(changed(old, new))


@pytest.mark.parametrize("message", [b"", b"\r\n", GOOD[:-2], GOOD + b"\r\n", GOOD.replace(b"\r\n", b"\n")])
def test_what_is_no_message_is_refused(message):
    with pytest.raises(MessageError):
        check(message)


@given(st.binary(max_size=300), st.integers(0, len(GOOD)))
def test_whatever_is_put_in_only_message_errors_come_out(noise, at):
    try:
        check(GOOD[:at] + noise + GOOD[at:])
    except MessageError:
        return


SIGNED = built(signers=SIGNERS)


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        (lambda m: m, ""),
        (lambda m: m.replace(b"DKIM-Signature: v=1;", b"DKIM-Signature: v=2;", 1), "malformed signature"),
        (lambda m: m.replace(b" h=From:", b" l=10; h=From:", 1), "malformed signature"),
        (lambda m: m.replace(b"\r\nSubject:", b"\r\nDKIM-Signature: x\r\nSubject:"), "unexpected field: DKIM-Sig"),
        (lambda m: m.replace(b"\r\nDate: ", b"\r\nDKIM-Signature: v=1\r\nDate: "), "more than 2 signatures"),
        (lambda m: m[: m.index(b"Date: ")] + m, "more than 2 signatures"),
        (lambda m: m.replace(b"DKIM-Signature: v=1; a=rsa", b"DKIM-Signature: v=1; a=dsa"), "malformed signature"),
        (lambda m: b"X-Other: x\r\n" + m, "unexpected field: X-Other"),
    ],
)
def test_signatures_stand_on_top_two_at_most_and_well_formed(change, mistake):
    message = change(SIGNED)
    if not mistake:
        check(message)
        return
    with pytest.raises(MessageError, match=mistake):
        check(message)
