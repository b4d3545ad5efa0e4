from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from digest.errors import MessageError
from digest.mail.dkim import load_signer, make_key
from digest.mail.headers import wire_address
from digest.mail.message import build, message_id
from digest.mail.render import render
from digest.mail.templates import environment
from digest.model import Match, Pick, Rendered, Unsubscribe
from tests.factories import delivery, edition, letterhead, paper, subscriber
from tests.mail.reading import field, fields, header, parsed, part, strict, strict_mailbox
from tests.mail.test_dkim import ed25519_holds, holds, public

ENV = environment()
SIMPLE = Rendered(subject="7 papers: a title (25 May)", text="Some text.\n", html="<p>Some text.</p>\n")
DELIVERY = delivery(message_id="<abc@digest.test>", recipient="ada@example.test")


WAYS = Unsubscribe("https://digest.test/unsubscribe/abc", "unsubscribe+abc@example.test")
SIGNERS = [load_signer(make_key(kind), "example.test", kind) for kind in ("rsa", "ed25519")]


def built(rendered=SIMPLE, *, row=DELIVERY, ways=None, signers=(), **fields) -> bytes:
    return build(
        rendered,
        letterhead=letterhead(**fields),
        delivery=row,
        edition=edition(),
        unsubscribe=ways,
        signers=signers,
    )


def test_the_header_is_complete_ordered_and_plain():
    assert built().partition(b"\r\n\r\n")[0].decode().split("\r\n") == [
        "Date: Mon, 25 May 2026 08:00:00 +0000",
        "From: Paper Digest <digest@example.test>",
        "To: ada@example.test",
        "Reply-To: help@example.test",
        "Subject: 7 papers: a title (25 May)",
        "Message-ID: <abc@digest.test>",
        "MIME-Version: 1.0",
        'List-Id: "Paper Digest" <papers.example.test>',
        "List-Unsubscribe: <mailto:unsubscribe@example.test?subject=unsubscribe>",
        "List-Help: <mailto:help@example.test?subject=help>",
        "List-Post: NO",
        "Feedback-ID: 2026-05-25:papers.example.test:digest:exampletest",
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Content-Type: multipart/alternative;",
        ' boundary="=_f0eaf41a03a03f95d44c2fe42b362473"',
    ]


def test_the_parts_are_text_then_html_and_read_back():
    message = built()
    assert [p.get_content_type() for p in parsed(message).walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert (part(message, "text/plain"), part(message, "text/html")) == (SIMPLE.text, SIMPLE.html)
    assert parsed(message).defects == []
    assert message.endswith(b"--\r\n")


def test_optional_fields_are_left_out_and_unsubscribing_never_is():
    message = built(reply_to="", list_id="", unsubscribe="", help="", sender_name="")
    names = parsed(message).keys()
    assert not {"Reply-To", "List-Id", "List-Help"} & set(names)
    assert header(message, "List-Unsubscribe") == "<mailto:digest@example.test?subject=unsubscribe>"
    assert header(message, "From") == "Paper Digest <digest@example.test>"


def test_every_field_that_there_may_be_is_in_its_place():
    message = built(ways=WAYS, owner="ops@example.test", web_url="https://digest.test/d", signers=SIGNERS)
    assert [name for name, _ in fields(message)] == [
        *("DKIM-Signature", "DKIM-Signature"),
        *("Date", "From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version"),
        *("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Help", "List-Owner", "List-Post"),
        *("List-Archive", "Feedback-ID", "Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "Content-Type"),
    ]
    assert max(map(len, message.split(b"\r\n"))) <= 78
    assert field(message, "List-Owner") == "<mailto:ops@example.test>"
    assert field(message, "List-Archive") == "<https://digest.test/d>"


def test_one_click_is_offered_where_there_is_a_page_that_takes_it():
    message = built(ways=WAYS)
    assert b"List-Unsubscribe: <https://digest.test/unsubscribe/abc>,\r\n <mailto:unsubscribe+abc@" in message
    ways = "<https://digest.test/unsubscribe/abc>, <mailto:unsubscribe+abc@example.test?subject=unsubscribe>"
    assert field(message, "List-Unsubscribe") == ways
    assert field(message, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    only_mail = built(ways=Unsubscribe(mail="leave@example.test", subject="unsubscribe abc"))
    assert field(only_mail, "List-Unsubscribe") == "<mailto:leave@example.test?subject=unsubscribe%20abc>"
    assert b"One-Click" not in only_mail


def test_signatures_cover_the_bytes_that_leave():
    unsigned = built(ways=WAYS)
    message = built(ways=WAYS, signers=SIGNERS)
    assert message.endswith(unsigned)
    rsa, ed25519 = re.findall(rb"DKIM-Signature: (?:.+\r\n)(?: .+\r\n)+", message[: -len(unsigned)])
    assert holds(message, 0, SIGNERS)
    assert ed25519_holds(ed25519, unsigned, public(SIGNERS[1]))
    assert built(ways=WAYS, signers=SIGNERS[:1]) == rsa + unsigned
    assert f"t={int(DELIVERY.created_at.timestamp())};".encode() in rsa


def test_the_list_headers_and_the_feedback_id_are_signed():
    signed = field(built(ways=WAYS, signers=SIGNERS[:1], owner="a@b.test"), "DKIM-Signature")
    names = signed.partition("h=")[2].partition(";")[0].replace(" ", "").split(":")
    message = built(ways=WAYS, owner="a@b.test")
    assert {name for name, _ in fields(message)} - set(names) == {"X-Auto-Response-Suppress"}


@pytest.mark.parametrize(
    ("address", "wire"),
    [("дана@example.test", "дана@example.test"), ("jo\u0308rg@bücher.example", "jörg@xn--bcher-kva.example")],
)
def test_an_address_beyond_ascii_stands_in_to_as_it_is_and_the_rest_is_seven_bit(address, wire):
    message = built(row=replace(DELIVERY, recipient=address), signers=SIGNERS)
    assert f"\r\nTo: {wire}\r\n".encode() in message
    assert message.replace(wire.encode(), b"").isascii()
    assert field(message, "To") == wire
    assert holds(message, 0, SIGNERS)


@pytest.mark.parametrize(
    ("domain", "identity"),
    [
        ("example.test", "exampletest"),
        ("a.io", "aio"),
        ("mail.a-very-long-name-of-a-place.example.org", "mailave"),
        ("bücher.example", "xnbcher"),
    ],
)
def test_the_senders_id_in_the_feedback_id_is_constant_and_of_the_length_that_is_read(domain, identity):
    value = field(built(sender=f"digest@{domain}", list_id="papers.example.test"), "Feedback-ID")
    one, two, three, last = value.split(":")
    assert (one, two, three) == ("2026-05-25", "papers.example.test", "digest")
    assert re.fullmatch(r"[a-z0-9]{5,15}", last)
    assert last.startswith(identity)
    other = built(sender=f"news@{domain}", list_id="", row=replace(DELIVERY, recipient="x@y.test"))
    assert field(other, "Feedback-ID").rpartition(":")[2] == last


@pytest.mark.parametrize(
    "ways",
    [
        Unsubscribe(),
        Unsubscribe("http://digest.test/u"),
        Unsubscribe("https://digest.test/ü"),
        Unsubscribe("https://digest.test/> <x"),
        Unsubscribe("https://digest.test/\r\nBcc: x"),
        Unsubscribe("https://digest.test/" + "x" * 1000),
        Unsubscribe(mail="дана@example.test"),
        Unsubscribe(mail="no address"),
    ],
)
def test_a_way_to_unsubscribe_that_nobody_could_go_is_refused(ways):
    with pytest.raises(MessageError):
        built(ways=ways)


def test_a_comma_in_the_url_does_not_part_the_field():
    message = built(ways=Unsubscribe("https://digest.test/a,b/u"))
    assert field(message, "List-Unsubscribe") == "<https://digest.test/a%2Cb/u>"


def test_a_list_name_that_is_long_is_left_out_rather_than_folded():
    assert field(built(title="Paper " * 10), "List-Id") == "<papers.example.test>"


def test_a_list_name_that_is_not_plain_is_left_out_rather_than_encoded():
    assert header(built(title="Täglich"), "List-Id") == "<papers.example.test>"
    assert header(built(title="Täglich", sender_name=""), "From") == "Täglich <digest@example.test>"


def test_the_same_input_gives_the_same_bytes_and_another_delivery_another_boundary():
    assert built() == built()
    other = built(row=replace(DELIVERY, message_id="<def@digest.test>"))
    boundaries = [re.search(rb'boundary="([^"]+)"', m).group(1) for m in (built(), other)]
    assert boundaries[0] != boundaries[1]


def test_the_date_is_that_of_the_delivery_else_of_the_edition():
    created = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert header(built(row=replace(DELIVERY, created_at=created)), "Date") == "Fri, 02 Jan 2026 03:04:05 +0000"
    assert header(built(row=replace(DELIVERY, created_at=None)), "Date") == "Mon, 25 May 2026 08:00:00 +0000"


def test_domains_travel_as_a_labels():
    message = built(row=replace(DELIVERY, recipient="ada@bücher.example"), sender="digest@bücher.example")
    assert header(message, "To") == "ada@xn--bcher-kva.example"
    assert header(message, "From") == "Paper Digest <digest@xn--bcher-kva.example>"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"recipient": "jörg @example.test"}, "not a"),
        ({"recipient": "=?utf-8?q?a?=@example.test"}, "not a"),
        ({"recipient": "a@x.test\r\nBcc: b@x.test"}, "not a"),
        ({"message_id": "no brackets"}, "Message-ID"),
        ({"message_id": "<a@b>\r\nBcc: x"}, "Message-ID"),
        ({"message_id": "<a b@c.test>"}, "Message-ID"),
        ({"message_id": "<ä@c.test>"}, "Message-ID"),
    ],
)
def test_what_cannot_be_written_is_refused(change, text):
    with pytest.raises(MessageError, match=text):
        built(row=replace(DELIVERY, **change))


@pytest.mark.parametrize(
    "rendered",
    [
        replace(SIMPLE, subject="a\r\nBcc: x@example.test"),
        replace(SIMPLE, subject="a\ud800"),
        replace(SIMPLE, subject=""),
        replace(SIMPLE, text="a\ud800"),
        replace(SIMPLE, text="a\x00"),
        replace(SIMPLE, html="a\x92"),
        replace(SIMPLE, text=" \n"),
    ],
)
def test_rendered_text_that_was_never_cleaned_is_refused(rendered):
    with pytest.raises(MessageError):
        built(rendered)


@pytest.mark.parametrize("name", ["Digest\r\nBcc: x@example.test", "Digest\nx", "\0"])
def test_no_letterhead_smuggles_a_field_in(name):
    with pytest.raises(MessageError):
        built(sender_name=name)


def test_lines_that_relays_tamper_with_are_encoded():
    text = ".\n..\nFrom here on\n.hidden\n" + "x" * 74 + ".\n"
    message = built(replace(SIMPLE, text=text))
    assert not re.search(rb"(?m)^\.", message)
    assert b"\r\n=2E\r\n=2E.\r\n=46rom here on\r\n=2Ehidden\r\n" in message
    assert part(message, "text/plain") == text


def test_message_ids_are_the_same_for_the_same_names_alone():
    names = ((1, 2), (1, 3), (12,))
    made = {message_id(secret, "bücher.example", *name) for secret in (b"a", b"b") for name in names}
    assert len(made) == 6
    assert message_id(b"a", "bücher.example", 1, 2) in made
    assert all(re.fullmatch(r"<[0-9a-f]{32}@xn--bcher-kva\.example>", one) for one in made)
    with pytest.raises(MessageError):
        message_id(b"a", "no domain")


HOSTILE = [
    "=?utf-8?q?a=0D=0ABcc:_x=40y?=",
    "\r\nBcc: x@example.test",
    "x" * 5000,
    "العربية \u202eevil",
    "<think>",
    "é" * 300,
]
anything = st.one_of(st.text(st.characters(), max_size=300), st.sampled_from(HOSTILE))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything, anything, anything)
def test_any_paper_makes_a_message_that_reads_back_to_what_was_rendered(title, author, abstract):
    odd = paper(title=title, authors=(author,), abstract=abstract)
    made = edition(picks=(Pick(1, odd, matches=(Match(author, "title", 1, ((0, 3),)),)),))
    rendered = render(made, subscriber(address="ada@example.test"), letterhead(), ENV)
    message = build(rendered, letterhead=letterhead(), delivery=DELIVERY, edition=made)
    assert header(message, "Subject") == strict(field(message, "Subject")) == rendered.subject
    assert part(message, "text/plain") == rendered.text
    assert part(message, "text/html") == rendered.html
    assert parsed(message).keys() == parsed(built()).keys()
    assert message.isascii()
    assert max(map(len, message.split(b"\r\n"))) <= 78
    assert message == build(rendered, letterhead=letterhead(), delivery=DELIVERY, edition=made)


def _is_address(address: str) -> bool:
    try:
        wire_address(address)
    except MessageError:
        return False
    return True


nice = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=200)
locals_ = st.text(st.characters(categories=["L", "N", "So", "Mn"]), min_size=1, max_size=15)
NAMES = [name for name, _ in fields(built())]


@settings(max_examples=150, deadline=None)
@given(nice, nice, locals_)
def test_any_subject_name_and_address_read_back_and_add_no_field(subject, name, local):
    assume(subject.strip())
    assume(name.strip())
    row = replace(DELIVERY, recipient=f"{local}@bücher.example")
    assume(_is_address(row.recipient))
    message = built(replace(SIMPLE, subject=subject), row=row, sender_name=name, signers=SIGNERS[1:])
    assert [found for found, _ in fields(message)] == ["DKIM-Signature", *NAMES]
    assert parsed(message).keys() == ["DKIM-Signature", *NAMES]
    assert strict(field(message, "Subject")) == header(message, "Subject") == subject
    assert strict_mailbox(field(message, "From")) == (name, "digest@example.test")
    assert unicodedata.normalize("NFC", local) + "@xn--bcher-kva.example" == field(message, "To")
