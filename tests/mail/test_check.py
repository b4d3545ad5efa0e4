from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import MessageError
from digest.mail.check import check
from tests.mail.test_message import SIMPLE, built

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
