from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import Deferral, Outage, Refusal
from digest.mail.transports.replies import NONSENSE, enhanced, failure, parse_line, queue_id, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2.0.0 Ok: queued as 4QxT2y1Zz9z", "4QxT2y1Zz9z"),
        ("OK id=1sAbCd-000000001Ab-2xYz", "1sAbCd-000000001Ab-2xYz"),
        ("2.0.0 44P5x7Qd012345 Message accepted for delivery", "44P5x7Qd012345"),
        ("2.0.0 <ada@example.test> qK9fCmMqT2Z0bwAA4Q6sEQ:T3 Saved", "qK9fCmMqT2Z0bwAA4Q6sEQ:T3"),
        ("Ok 0100018f7c1a2b3c-1b2c3d4e-0f1e-000000", "0100018f7c1a2b3c-1b2c3d4e-0f1e-000000"),
        ("2.0.0 OK: queued as <202605250705.12345678901@smtp-relay.example.net>", "202605250705.12345678901"),
        ("2.0.0 OK  1716012345 d2e1a72fcca58-6f4d2a1si1234567b3a.12 - gsmtp", "d2e1a72fcca58-6f4d2a1si1234567b3a.12"),
        ("2.6.0 <5f2c8e1a@host.example.net> [InternalId=1234, Hostname=h] 12 bytes Queued mail", "5f2c8e1a"),
        ("2.0.0 Ok", ""),
        ("Ok thank you", ""),
        ("", ""),
    ],
)
def test_queue_ids_of_common_servers(text, found):
    assert queue_id(text) == found


@pytest.mark.parametrize(
    ("text", "status"),
    [("5.1.1 no such user", "5.1.1"), ("4.7.28", "4.7.28"), ("no 5.1.1 here", ""), ("5.1.1000 x", ""), ("3.1.1 x", "")],
)
def test_enhanced_status(text, status):
    assert enhanced(text) == status


@pytest.mark.parametrize(
    ("code", "after_dot", "error"),
    [
        (450, False, Deferral),
        (450, True, Deferral),
        (550, False, Refusal),
        (550, True, Refusal),
        (421, False, Outage),
        (421, True, Deferral),
        (-1, False, Outage),
        (354, True, Outage),
    ],
)
def test_the_first_digit_decides(code, after_dot, error):
    assert type(failure(code, "4.0.0 words", after_dot=after_dot)) is error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("too many recipients", Deferral),
        ("4.5.3 too many recipients", Deferral),
        ("5.5.3 too many recipients", Deferral),
        ("5.2.2 mailbox full", Refusal),
        ("5.3.4 too big", Refusal),
    ],
)
def test_552_for_a_recipient_can_mean_452(text, error):
    assert type(failure(552, text, step="rcpt")) is error
    assert type(failure(552, text, step="mail")) is type(failure(552, text, after_dot=True, step="dot")) is Refusal


def test_a_closing_server_s_5_x_x_is_not_for_good():
    error = failure(421, "5.7.32 try the other sender", after_dot=True, step="dot")
    assert (type(error), error.code, error.enhanced, error.step) == (Deferral, 421, "5.7.32", "dot")


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        (b"250 2.1.0 Ok\r\n", (250, False, b"2.1.0 Ok")),
        (b"250-SIZE 10\r\n", (250, True, b"SIZE 10")),
        (b"354\r\n", (354, False, b"")),
        (b"250\n", (250, False, b"")),
        (b"2500 Ok\r\n", (NONSENSE, False, b"2500 Ok")),
        (b"+25 Ok\r\n", (NONSENSE, False, b"+25 Ok")),
        (b"199 Ok", (NONSENSE, False, b"199 Ok")),
        (b"", (NONSENSE, False, b"")),
    ],
)
def test_a_line_of_a_reply(line, parsed):
    assert parse_line(line) == parsed


@given(st.binary(max_size=200))
def test_any_line_parses(line):
    code, more, text = parse_line(line)
    assert code == NONSENSE or 200 <= code <= 599
    assert not (more and code == NONSENSE)
    assert text in line


@given(st.binary(max_size=2000))
def test_a_reply_becomes_one_printable_line(reply):
    text = words(reply)
    assert len(text) <= 500
    assert text == " ".join(text.split())
    assert text.isprintable() or not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text)
