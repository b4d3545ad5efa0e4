"""The header of a letter that is no edition: no mail of a list, nothing that a robot answers to, nothing forged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import MessageError
from digest.mail.check import check
from digest.mail.message import build_letter
from digest.model import DeliveryKind, Rendered, Unsubscribe
from tests.factories import delivery, letterhead
from tests.mail.reading import field, fields, header, strict
from tests.mail.test_dkim import holds
from tests.mail.test_message import SIGNERS

SIMPLE = Rendered("Please confirm: Paper Digest", "Some text.\n", "<p>Some text.</p>\n")
WAYS = Unsubscribe("https://digest.test/unsubscribe/abc", "unsubscribe+abc@example.test")
ANSWERED = "<mail-1@example.org>"


def built(kind=DeliveryKind.CONFIRMATION, rendered=SIMPLE, ways=None, signers=(), head=None, **content) -> bytes:
    row = delivery(
        kind=kind, edition_id=None, message_id="<abc@digest.test>", recipient="ada@example.test", content=content
    )
    return build_letter(rendered, letterhead=head or letterhead(), delivery=row, unsubscribe=ways, signers=signers)


def test_the_header_of_a_confirmation_is_complete_and_names_no_list():
    assert built().partition(b"\r\n\r\n")[0].decode().split("\r\n")[:-1] == [
        "Date: Mon, 25 May 2026 08:00:00 +0000",
        "From: Paper Digest <digest@example.test>",
        "To: ada@example.test",
        "Reply-To: help@example.test",
        "Subject: Please confirm: Paper Digest",
        "Message-ID: <abc@digest.test>",
        "MIME-Version: 1.0",
        "Feedback-ID: confirmation:papers.example.test:digest:exampletest",
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Content-Type: multipart/alternative;",
    ]


def test_only_a_letter_to_a_subscriber_has_a_way_to_unsubscribe():
    assert "List-Unsubscribe" not in dict(fields(built()))
    known = built(DeliveryKind.KNOWN, ways=WAYS)
    assert field(known, "List-Unsubscribe") == f"<{WAYS.web}>, <mailto:{WAYS.mail}?subject=unsubscribe>"
    assert field(known, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"


def test_an_answer_says_that_it_is_one_and_to_what():
    message = built(DeliveryKind.ANSWER, in_reply_to=ANSWERED, references="<a@x.test> <b@x.test>")
    assert field(message, "Auto-Submitted") == "auto-replied"
    assert field(message, "In-Reply-To") == ANSWERED
    assert field(message, "References") == f"<a@x.test> <b@x.test> {ANSWERED}"
    assert field(message, "X-Auto-Response-Suppress") == "OOF, AutoReply"


@pytest.mark.parametrize(
    ("before", "written"),
    [
        ("", ANSWERED),
        (["<a@x.test>", "<a@x.test>"], f"<a@x.test> {ANSWERED}"),
        (f"{ANSWERED} <a@x.test>", f"<a@x.test> {ANSWERED}"),
        ("<a@x.test>\r\nBcc: x@y.test", f"<a@x.test> {ANSWERED}"),
        ("<=?utf-8?q?x?=@x.test> <a@[1.2.3.4]> <b c@x.test> <\u00e9@x.test>", ANSWERED),
        (None, ANSWERED),
        ({"a": 1}, ANSWERED),
    ],
)
def test_of_what_a_stranger_refers_to_only_message_ids_go_on(before, written):
    message = built(DeliveryKind.ANSWER, in_reply_to=f"x {ANSWERED} <second@x.test>", references=before)
    assert field(message, "References") == written


def test_of_a_long_thread_the_first_and_the_last_mails_are_named():
    before = [f"<{n}@x.test>" for n in range(200)]
    message = built(DeliveryKind.ANSWER, in_reply_to=ANSWERED, references=before)
    assert field(message, "References").split() == [before[0], *before[-18:], ANSWERED]


def test_an_answer_to_a_mail_without_a_name_stands_alone():
    names = dict(fields(built(DeliveryKind.ANSWER, in_reply_to="no id", references=[1, 2])))
    assert not {"In-Reply-To", "References"} & names.keys()
    assert not {"In-Reply-To", "References"} & dict(fields(built(in_reply_to=ANSWERED))).keys()


HOSTILE = st.one_of(
    st.text(max_size=200),
    st.lists(st.text(max_size=50), max_size=30),
    st.lists(st.from_regex(r"<[!-~]{1,230}@[!-~]{1,260}>", fullmatch=True), max_size=30).map(" ".join),
    st.sampled_from(["<" * 9000, "<" + "@" * 9000, "<a@b>\r\n\r\nbody", "<a@b>\x00<c@d>"]),
)


@given(HOSTILE, HOSTILE, st.text(max_size=100))
def test_no_stranger_writes_a_field_of_ours(answered, before, subject):
    rendered = Rendered(subject, "t\n", "<p>t</p>\n")
    try:
        message = built(DeliveryKind.ANSWER, rendered, in_reply_to=answered, references=before)
    except MessageError:  # a subject with a control character, or none
        return
    check(message)
    names = [name for name, _ in fields(message)]
    assert len(names) == len(set(names))
    assert set(names) <= {
        *("Date", "From", "To", "Reply-To", "Subject", "Message-ID", "In-Reply-To", "References", "MIME-Version"),
        *("Feedback-ID", "Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "Content-Type"),
    }
    assert strict(field(message, "Subject")) == subject
    assert max(map(len, message.split(b"\r\n"))) <= 998


def test_letters_are_signed_with_what_binds_them_to_a_thread():
    message = built(DeliveryKind.ANSWER, signers=SIGNERS[:1], in_reply_to=ANSWERED)
    assert holds(message, 0, SIGNERS)
    signed = field(message, "DKIM-Signature").partition("h=")[2].partition(";")[0].split(":")
    assert {"In-Reply-To", "References", "Auto-Submitted"} <= set(signed)


@pytest.mark.parametrize("extra", ["In-Reply-To: no id", "References: <a@b> x", "In-Reply-To: <a@b> <c@d>"])
def test_the_last_look_refuses_what_is_no_message_id(extra):
    message = built().replace(b"MIME-Version", f"{extra}\r\nMIME-Version".encode(), 1)
    with pytest.raises(MessageError, match=extra.partition(":")[0]):
        check(message)


def test_the_subject_reads_back():
    assert header(built(rendered=Rendered("Grüße: 拡散", "t\n", "<p>t</p>\n")), "Subject") == "Grüße: 拡散"
