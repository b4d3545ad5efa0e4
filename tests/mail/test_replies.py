from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import Deferral, Outage, Refusal
from digest.mail.transports.replies import enhanced, failure, queue_id, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2.0.0 Ok: queued as 4QxT2y1Zz9z", "4QxT2y1Zz9z"),
        ("OK id=1sAbCd-000000001Ab-2xYz", "1sAbCd-000000001Ab-2xYz"),
        ("2.0.0 44P5x7Qd012345 Message accepted for delivery", "44P5x7Qd012345"),
        ("2.0.0 Ok", ""),
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


@given(st.binary(max_size=2000))
def test_a_reply_becomes_one_printable_line(reply):
    text = words(reply)
    assert len(text) <= 500
    assert text == " ".join(text.split())
    assert text.isprintable() or not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text)
