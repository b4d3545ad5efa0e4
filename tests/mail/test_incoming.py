"""Mail that comes in, read: every server's bounce, complaints, requests, robots."""

from __future__ import annotations

import base64

import pytest

from digest.mail.incoming import (
    AutoReply,
    BounceReport,
    ComplaintReport,
    Incoming,
    Other,
    RecipientReport,
    TokenRequest,
    read_incoming,
)
from digest.mail.tokens import Purpose
from tests.mail import notices
from tests.mail.notices import BOUNCE_TOKEN, KEYS, LEAVE_TOKEN, MESSAGE_ID, READER, VERP, letter, per_recipient, report


def read(message: bytes, recipient: str = "", sender: str | None = "<>") -> Incoming:
    return read_incoming(message, recipient=recipient, sender=sender)


@pytest.mark.parametrize(
    ("server", "statuses"),
    [
        ("postfix", ["5.1.1"]),
        ("exim", ["5.1.1"]),  # it writes 5.0.0, and repeats what the other server said
        ("sendmail", ["4.4.7"]),
        ("exchange", ["5.1.10"]),
        ("gmail", ["5.2.2"]),
        ("amazon", ["5.7.1"]),
        ("global", ["5.1.1"]),
        ("qmail", []),  # no fields, and what stands in the text is no field
        ("old exim", [""]),
    ],
)
@pytest.mark.parametrize("recipient", ["", VERP, VERP.upper(), BOUNCE_TOKEN])
def test_every_servers_bounce(server: str, statuses: list[str], recipient: str) -> None:
    found = read(notices.BOUNCES[server], recipient)
    assert isinstance(found, BounceReport)
    assert found.tokens[0] == BOUNCE_TOKEN
    assert [told.status for told in found.failures] == statuses


def test_everything_in_a_bounce() -> None:
    assert read(notices.POSTFIX) == BounceReport(
        tokens=(BOUNCE_TOKEN, LEAVE_TOKEN),
        message_ids=(MESSAGE_ID,),
        recipients=(
            RecipientReport(
                action="failed",
                status="5.1.1",
                final=READER,
                original=READER,
                diagnostic=f"550 5.1.1 <{READER}>: Recipient address rejected: User unknown in virtual mailbox table",
            ),
        ),
        envid=BOUNCE_TOKEN,
    )


def test_an_internationalised_recipient() -> None:
    found = read(notices.GLOBAL)
    assert isinstance(found, BounceReport)
    assert found.failures[0].addresses == ("θσ@reader.test", READER)


def test_an_original_recipient_in_xtext() -> None:
    told = RecipientReport(original="a+2Bb@reader.test")
    assert told.addresses == ("a+2Bb@reader.test", "a+b@reader.test")


@pytest.mark.parametrize("message", [notices.DELAYED, notices.RELAYED], ids=["delayed", "relayed"])
def test_not_every_report_is_a_bounce(message: bytes) -> None:
    assert read(message) == Other("a report of delivery without a failure")


@pytest.mark.parametrize(
    ("action", "status", "failed"),
    [
        ("failed", "5.1.1", True),
        ("Failed (really)", "5.1.1", True),
        ("failed", "4.4.7", True),
        ("failed", "", True),
        ("failed", "gibberish", True),
        ("failed", "2.0.0", False),
        ("", "5.1.1", True),
        ("", "4.4.1", False),
        ("expanded", "2.0.0", False),
        ("delivered", "5.1.1", False),
    ],
)
def test_what_counts_as_a_failure(action: str, status: str, failed: bool) -> None:
    found = read(report(per_recipient(status, action)))
    assert isinstance(found, BounceReport) is failed


def test_one_recipient_of_several_failed() -> None:
    fields = (
        per_recipient("2.0.0", "relayed")
        + "\nFinal-Recipient: rfc822; bob@reader.test\nAction: failed\nStatus: 5.2.1\n"
    )
    found = read(report(fields))
    assert isinstance(found, BounceReport)
    assert [told.final for told in found.failures] == ["bob@reader.test"]
    assert len(found.recipients) == 2


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_fields_that_are_encoded_though_they_must_not_be(encoding: str) -> None:
    plain = per_recipient()
    coded = base64.encodebytes(plain.encode()).decode() if encoding == "base64" else plain.replace("=", "=3D")
    kinds = ("delivery-status", f"message/delivery-status\nContent-Transfer-Encoding: {encoding}", "message/rfc822")
    found = read(report(coded, kinds=kinds))
    assert isinstance(found, BounceReport)
    assert [told.status for told in found.failures] == ["5.1.1"]


def test_a_report_within_a_wrapper_is_found_and_one_that_was_sent_back_is_not() -> None:
    inner = notices.POSTFIX.decode()
    start, rest = inner.split("Content-Type: multipart/report", 1)
    wrapped = (
        f"{start}Content-Type: multipart/mixed; boundary=W\r\n\r\n--W\r\nContent-Type: multipart/report{rest}--W--\r\n"
    )
    assert isinstance(read(wrapped.encode()), BounceReport)
    returned = report(
        per_recipient("4.4.1", "delayed"), returned=notices.POSTFIX.decode().replace("\r\n", "\n").replace("B1/x", "B2")
    )
    assert read(returned) == Other("a report of delivery without a failure")


def test_a_report_without_fields_counts_only_with_a_token_and_without_a_sender() -> None:
    empty = report("", returned="")
    assert read(empty) == BounceReport((BOUNCE_TOKEN,))
    assert isinstance(read(empty, sender="eve@evil.test"), Other)
    assert isinstance(read(report("", to="bounces@digest.test", returned="")), Other)


def test_a_notice_without_fields_counts_only_with_a_token_and_without_a_sender() -> None:
    assert read(notices.QMAIL, sender="eve@evil.test") == TokenRequest((BOUNCE_TOKEN,), (BOUNCE_TOKEN,), "qmail.test")
    assert read(notices.QMAIL.replace(VERP.encode(), b"bounces@digest.test")) == Other(
        "it has no sender, and is no report"
    )


@pytest.mark.parametrize("sender", ["", "<>", " <> ", "MAILER-DAEMON", "<mailer-daemon>", "#@[]", None])
def test_nobodys_names(sender: str | None) -> None:
    assert isinstance(read(notices.QMAIL, sender=sender), BounceReport)


def test_only_the_topmost_return_path_counts() -> None:
    forged = b"Return-Path: <eve@evil.test>\r\n" + notices.QMAIL
    assert not isinstance(read(forged, sender=None), BounceReport)


OUT_OF_OFFICE = {
    "rfc3834": {"Auto_Submitted": "auto-replied"},
    "comment": {"Auto_Submitted": "auto-replied (vacation); owner=ada"},
    "generated": {"Auto_Submitted": "auto-generated"},
    "exchange": {"X_Auto_Response_Suppress": "All", "Auto_Submitted": "auto-generated"},
    "exchange's rules": {"X_MS_Exchange_Generated_Message_Source": "Mailbox Rules Agent"},
    "a shop": {"X_Amazon_Auto_Reply": "true"},
    "a help desk": {"X_Autogenerated": "Reply"},
    "misspelled": {"Preference": "auto_reply"},
    "groupware": {"X_FC_MachineGenerated": "true"},
    "cpanel": {"X_Autorespond": "away"},
    "vacation": {"Precedence": "bulk"},
    "old": {"Precedence": "junk"},
    "list": {"List_Id": "<people.reader.test>"},
}


@pytest.mark.parametrize("how", OUT_OF_OFFICE)
@pytest.mark.parametrize("sender", ["", READER, None])
@pytest.mark.parametrize("to", [VERP, f"unsubscribe+{LEAVE_TOKEN}@digest.test", "digest@digest.test"])
def test_an_answer_of_a_program_is_neither_a_bounce_nor_a_request(how: str, sender: str | None, to: str) -> None:
    answer = letter(f"Re: unsubscribe {LEAVE_TOKEN}", to, **OUT_OF_OFFICE[how])
    assert isinstance(read(answer, to, sender), AutoReply)


def test_an_answer_without_a_sender_is_no_bounce() -> None:
    away = read(letter("Away", VERP, In_Reply_To=MESSAGE_ID), VERP, "")
    assert away == AutoReply("it answers a message", leave=(BOUNCE_TOKEN,))


def test_a_receipt_is_no_bounce() -> None:
    receipt = report(
        "Final-Recipient: rfc822; ada@reader.test\nDisposition: automatic-action/MDN-sent-automatically; deleted\n",
        kinds=("disposition-notification", "message/disposition-notification", "message/rfc822"),
    )
    assert read(receipt) == AutoReply("it is a receipt")


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        *((kind, True) for kind in ("abuse", "Abuse", "fraud", "virus", "other", "opt-out")),
        *((kind, False) for kind in ("not-spam", "auth-failure", "")),
    ],
)
def test_complaints(kind: str, complaint: bool) -> None:
    found = read(notices.feedback(kind), sender="feedback@provider.test")
    assert isinstance(found, ComplaintReport if complaint else Other)


def test_everything_in_a_complaint() -> None:
    fields = f"Original-Mail-From: <{VERP}>\nOriginal-Rcpt-To: <{READER}>\n"
    found = read(notices.feedback(fields=fields), sender="feedback@provider.test")
    assert found == ComplaintReport((BOUNCE_TOKEN, LEAVE_TOKEN), (MESSAGE_ID,), "abuse", READER)


@pytest.mark.parametrize(
    ("message", "recipient"),
    [
        (letter(), ""),
        (letter(to="undisclosed-recipients:;"), f"unsubscribe+{LEAVE_TOKEN}@digest.test"),
        (letter(to="papers@digest.test"), LEAVE_TOKEN),  # Postfix's EXTENSION, qmail's EXT
        (letter(to="papers@digest.test", X_Original_To=f"unsubscribe+{LEAVE_TOKEN}@digest.test"), ""),
        (letter(f"unsubscribe {LEAVE_TOKEN}", "papers@digest.test"), "papers@digest.test"),
        (letter(f"Unsubscribe {LEAVE_TOKEN.upper()}", "papers@digest.test"), ""),
        (letter(f"Re: unsubscribe {LEAVE_TOKEN}", "papers@digest.test", Auto_Submitted="no"), ""),
    ],
)
def test_requests_to_leave(message: bytes, recipient: str) -> None:
    found = read(message, recipient, READER)
    assert isinstance(found, TokenRequest)
    assert (found.leave, found.domain) == ((LEAVE_TOKEN,), "reader.test")


CONFIRM_TOKEN = KEYS.token(Purpose.CONFIRM, 9)
DIGEST = "digest@digest.test"


@pytest.mark.parametrize(
    ("message", "recipient"),
    [
        (letter("confirm", f"digest+{CONFIRM_TOKEN}@digest.test"), ""),
        (letter("", DIGEST), f"digest+{CONFIRM_TOKEN}@digest.test"),
        (letter("", DIGEST), CONFIRM_TOKEN),
        (letter(f"confirm {CONFIRM_TOKEN}", DIGEST), DIGEST),
        (letter(f"Confirm  {CONFIRM_TOKEN.upper()}", DIGEST), ""),
    ],
)
def test_where_a_token_confirms(message: bytes, recipient: str) -> None:
    found = read(message, recipient, READER)
    assert isinstance(found, TokenRequest)
    assert found.confirm == (CONFIRM_TOKEN,)


@pytest.mark.parametrize(
    ("message", "recipient"),
    [
        (letter(f"Re: confirm {CONFIRM_TOKEN}", DIGEST), DIGEST),
        (letter(f"Away: confirm {CONFIRM_TOKEN}", DIGEST), DIGEST),
        (letter(f"please confirm {CONFIRM_TOKEN} unsubscribe", DIGEST), DIGEST),
        (letter("", f"digest+{CONFIRM_TOKEN}@digest.test"), DIGEST),
        (letter("confirm", DIGEST, Reply_To=f"digest+{CONFIRM_TOKEN}@digest.test"), DIGEST),
        (letter("confirm", DIGEST).replace(b"Bye.", f"> digest+{CONFIRM_TOKEN}@digest.test".encode()), DIGEST),
    ],
    ids=["answer", "prefix", "in a longer subject", "header alone", "reply-to", "text"],
)
def test_where_a_token_confirms_nothing(message: bytes, recipient: str) -> None:
    found = read(message, recipient, READER)
    assert getattr(found, "confirm", ()) == ()


@pytest.mark.parametrize(
    "message",
    [
        letter("unsubscribe", "papers@digest.test"),
        letter(f"About {LEAVE_TOKEN}", "papers@digest.test"),
        letter("Hello", "papers@digest.test"),
        b"",
    ],
)
def test_anything_else_is_left_alone(message: bytes) -> None:
    assert read(message, "papers@digest.test", READER) == Other("neither a report nor a request with a token")
