"""Nothing that a stranger can write makes the reader fail, or slow."""

from __future__ import annotations

import time
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.mail.incoming import LOOK, Desk, Incoming, read_incoming
from digest.mail.incoming.parts import parts_of
from tests.mail import notices

KINDS = get_args(Incoming)
SAMPLES = [*notices.BOUNCES.values(), notices.DELAYED, notices.feedback(), notices.letter("unsubscribe")]
DESK = Desk("digest@digest.test", "digest.test", "mx.test")
SECONDS = 2.0

lines = st.sampled_from(
    [
        b"Content-Type: multipart/report; boundary=x; report-type=delivery-status",
        b'Content-Type: multipart/mixed; boundary="x"',
        b"Content-Type: message/delivery-status",
        b"Content-Type: message/feedback-report",
        b"Content-Type: message/rfc822",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Final-Recipient: utf-8; \\x{D800}\\x{110000}@x",
        b"Original-Recipient: rfc822;a+FFb",
        b"Action: failed",
        b"Status: 5.1.1",
        b"Diagnostic-Code: smtp; 550 5.1.1",
        b"Feedback-Type: abuse",
        b"X-Failed-Recipients: ,,,",
        b"Return-Path: <>",
        b"Message-ID: <<a@b>>",
        b"To: " + notices.VERP.encode(),
        b"From: Ada <ada@reader.test>",
        b"Received: x",
        b"Authentication-Results: mx.test; dkim=pass header.d=reader.test",
        b"Content-Type: text/html; charset=utf-16",
        b"Subject: =?utf-8?b?c2g?= set",
        b"subscribe",
        b"--x",
        b"--x--",
        b"",
        b" folded",
        b": no name",
        b"\xff\xfe=?=\x00",
    ]
)


@given(st.binary(max_size=2000), st.text(max_size=100), st.none() | st.text(max_size=20))
def test_any_bytes_are_read(message: bytes, recipient: str, sender: str | None) -> None:
    assert isinstance(read_incoming(message, recipient=recipient, sender=sender), KINDS)
    assert isinstance(read_incoming(message, recipient=recipient, sender=sender, desk=DESK), KINDS)


@given(st.lists(lines | st.binary(max_size=40), max_size=40), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_anything_put_together_from_lines_of_reports_is_read(found: list[bytes], end: bytes) -> None:
    assert isinstance(read_incoming(end.join(found), sender=""), KINDS)
    assert isinstance(read_incoming(end.join(found), sender="ada@x", desk=DESK), KINDS)


@settings(max_examples=300)
@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_reports_are_read(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(damaged)))
        cut = data.draw(st.integers(0, 40))
        damaged[at : at + cut] = data.draw(st.binary(max_size=20))
    assert isinstance(read_incoming(bytes(damaged), sender=""), KINDS)


@pytest.mark.parametrize("sample", SAMPLES)
def test_cut_off_anywhere(sample: bytes) -> None:
    assert all(isinstance(read_incoming(sample[:at], sender=""), KINDS) for at in range(0, len(sample), 7))


def _nested(depth: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth)
    )


HOSTILE = {
    "nested": _nested(20_000),
    "same boundary": b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 20_000,
    "many parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n" * 200_000,
    "many fields": b"To: a\n" * 150_000,
    "one folded field": b"Subject: a\n" + b" b\n" * 300_000,
    "a long line": b"Subject: " + b"a" * 1_000_000,
    "parameters": b"Content-Type: multipart/mixed" + b"; boundary=" * 90_000,
    "quotes": b"Content-Type: multipart/mixed; boundary=" + b'"' * 900_000,
    "blanks in a delimiter": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x" + b" " * 900_000 + b"y\n",
    "blank lines": notices.report("\n \t\n" * 200_000),
    "almost tokens": b"To: " + b"a2" * 450_000 + b"\n",
    "plus signs": notices.report("Action: failed\nOriginal-Recipient: rfc822;" + "+2B" * 200_000),
    "blocks": notices.report("Action: failed\n\n" * 60_000),
    "base64": b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n" + b"=A" * 450_000,
    "zeros": bytes(1_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_malice_is_read_at_once(name: str) -> None:
    started = time.process_time()
    assert isinstance(read_incoming(HOSTILE[name], sender="", recipient=notices.VERP), KINDS)
    assert isinstance(read_incoming(HOSTILE[name], sender="ada@x", desk=DESK), KINDS)
    assert time.process_time() - started < SECONDS


def test_only_the_start_of_a_long_message_is_looked_at() -> None:
    long = b"Subject: a\n\n" + b"x" * (3 * LOOK)
    assert sum(len(part.body) for part in parts_of(long)) < LOOK
    assert isinstance(read_incoming(notices.POSTFIX[:-10] + b"x" * (3 * LOOK), sender=""), KINDS)
